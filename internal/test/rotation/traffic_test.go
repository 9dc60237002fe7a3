package rotation

import (
	"crypto/x509"
	"slices"
	"sync"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// traffic pulls every hostname without a pause, each time over a new connection. A pull fails unless the origin answers 200 and
// has seen a certificate that the hostname may have at that time. Stricter origins would reject a certificate of other
// hostnames, or of another time.
type traffic struct {
	t       *testing.T
	sim     *simulator.Server
	address string
	roots   *x509.CertPool
	quit    func()

	mu     sync.Mutex
	phases []*phase
}

// subjects are the subjects of the certificates that the origin sees, by hostname.
type subjects map[string]string

// phase is a period of the traffic. A pull belongs to the phase in which it ends.
type phase struct {
	name   string
	want   []subjects // the edge may present each of them
	enough func()     // called after minPulls pulls; may be nil

	pulls, failed map[string]int  // by hostname
	within        map[string]bool // hostnames with a pull that began and ended in this phase
	failures      map[string]int  // the number of times that each failure happened
}

func startTraffic(t *testing.T, sim *simulator.Server, address string, roots *x509.CertPool, want subjects) *traffic {
	t.Helper()
	done := make(chan struct{})
	var pullers sync.WaitGroup
	tr := &traffic{t: t, sim: sim, address: address, roots: roots}
	tr.quit = sync.OnceFunc(func() {
		close(done)
		pullers.Wait()
	})
	t.Cleanup(tr.quit)
	tr.enter(phase{name: "nothing changed", want: []subjects{want}})
	for hostname := range want {
		pullers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					tr.pull(hostname)
				}
			}
		})
	}
	return tr
}

// enter begins a phase, given its name, want and enough.
func (tr *traffic) enter(p phase) *phase {
	p.pulls, p.failed, p.within, p.failures = map[string]int{}, map[string]int{}, map[string]bool{}, map[string]int{}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.phases = append(tr.phases, &p)
	return &p
}

func (tr *traffic) pull(hostname string) {
	tr.mu.Lock()
	begun := len(tr.phases) - 1
	tr.mu.Unlock()
	subject, failure := origins.Pull(tr.t.Context(), tr.sim, hostname, tr.address, tr.roots)

	tr.mu.Lock()
	defer tr.mu.Unlock()
	passed := tr.phases[begun:]
	p := passed[len(passed)-1]
	if failure == "" && !presentable(passed, hostname, subject) {
		failure = "presented " + subject
	}
	p.pulls[hostname]++
	if failure != "" {
		p.failed[hostname]++
		p.failures[failure]++
	}
	p.within[hostname] = p.within[hostname] || len(passed) == 1
	if p.enough != nil && total(p.pulls) == minPulls {
		p.enough()
	}
}

func presentable(phases []*phase, hostname, subject string) bool {
	return slices.ContainsFunc(phases, func(p *phase) bool {
		return slices.ContainsFunc(p.want, func(want subjects) bool { return want[hostname] == subject })
	})
}

// throughAll waits until every hostname has been pulled within the present phase. Each hostname has a single puller, so after
// that, no pull from an earlier phase is under way.
func (tr *traffic) throughAll() {
	tr.t.Helper()
	acctest.Until(tr.t, "a pull of every hostname", func() bool {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		p := tr.phases[len(tr.phases)-1]
		return len(p.within) == len(p.want[0])
	})
}

// stop ends the traffic and logs its results.
func (tr *traffic) stop() {
	tr.t.Helper()
	tr.quit()
	for _, p := range tr.phases {
		tr.t.Logf("%d of %d pulls failed while %s", total(p.failed), total(p.pulls), p.name)
		for failure, n := range p.failures {
			tr.t.Logf("  %d times: %s", n, failure)
		}
	}
}

// noneFailed fails the test if a pull failed.
func (tr *traffic) noneFailed() {
	tr.t.Helper()
	tr.noneFailedBut(nil)
}

// noneFailedBut fails the test if a pull failed in another phase than this one.
func (tr *traffic) noneFailedBut(expected *phase) {
	tr.t.Helper()
	for _, p := range tr.phases {
		if n := total(p.failed); n > 0 && p != expected {
			tr.t.Errorf("%d of %d pulls failed while %s: %v", n, total(p.pulls), p.name, p.failed)
		}
	}
}

func total(byHostname map[string]int) int {
	sum := 0
	for _, n := range byHostname {
		sum += n
	}
	return sum
}
