package faults

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// mishap is an apply that is interrupted or killed at its nth request, and the command that follows.
type mishap struct {
	n      int
	signal syscall.Signal // to the provider, or SIGINT to the CLI
	then   string         // the command that follows
}

func (m mishap) String() string {
	return fmt.Sprintf("%s at request %d, then %s", m.signal, m.n, m.then)
}

// requestsOfApply is more than the number of requests that the apply of smallZone sends. So the tests try every position,
// and some positions after the last request, where the apply succeeds.
const requestsOfApply = 20

// surelyUnfinished is a position in an apply at which some of its operations have not even begun.
const surelyUnfinished = 6

// smallZone is one of each resource. The timeout ends a destroy that cannot finish.
func smallZone(t *testing.T) string {
	t.Helper()
	const soon = "  timeouts {\n    delete = \"10s\"\n  }"
	return acctest.Setting(true) +
		acctest.Certificate("zone", "edge", certtest.Leaf(t, "edge"), soon) +
		acctest.Certificate("hostname", "api", certtest.Leaf(t, "api"), soon) +
		acctest.Association("api", "api.example.com", "api", soon)
}

// The provider is killed after each single request of an apply: the API carries the request out, but its answer never
// arrives. The next apply succeeds, or its error names the certificate that no state knows, and the apply after the
// advised import succeeds. After a destroy nothing is left.
func TestAccKilledProvider(t *testing.T) {
	printSeed(t)
	var applies, destroys []mishap
	for n := 1; n <= requestsOfApply; n++ {
		applies = append(applies, mishap{n, syscall.SIGKILL, "apply"})
		destroys = append(destroys, mishap{n, syscall.SIGKILL, "destroy"})
	}
	t.Parallel()
	concurrently(t, 4, append(applies, share("killed", destroys, 2)...), func(t *testing.T, m mishap) { m.run(t) })
}

// The user presses Ctrl-C after a request. The provider stops in an orderly way, so nobody has to import anything.
func TestAccInterruptedCLI(t *testing.T) {
	printSeed(t)
	var all []mishap
	for n := 1; n <= requestsOfApply; n++ {
		all = append(all, mishap{n, syscall.SIGINT, "apply"}, mishap{n, syscall.SIGINT, "destroy"})
	}
	t.Parallel()
	concurrently(t, 4, share("interrupted", all[:2*10], 3), func(t *testing.T, m mishap) { m.run(t) })
}

func (m mishap) run(t *testing.T) {
	t.Helper()
	w := newWorld(t, acctest.Behaviour(t, 50*time.Millisecond))
	defer w.close()
	cli := w.CLI(t)
	cli.Write("main.tf", smallZone(t))
	cmd, out := cli.Command("apply", "-auto-approve", "-no-color", "-parallelism=1")
	running := make(chan struct{})
	if m.signal == syscall.SIGKILL {
		w.killsProvider(func(n int, _ *http.Request) bool { return n == m.n })
	} else {
		w.bend(func(n int, next http.Handler, rw http.ResponseWriter, r *http.Request) {
			if n == m.n {
				<-running
				_ = cmd.Process.Signal(syscall.SIGINT)
			}
			next.ServeHTTP(rw, r) // during this, the CLI interrupts the provider
		})
	}
	acctest.NoError(t, cmd.Start())
	close(running)
	err := cmd.Wait()
	w.straighten()
	reached := len(w.Sim.Requests()) >= m.n
	switch {
	case reached && m.n == requestsOfApply:
		t.Errorf("an apply has more than the %d positions that are tried", requestsOfApply)
	case reached && err == nil && (m.signal == syscall.SIGKILL || m.n <= surelyUnfinished), !reached && err != nil:
		t.Errorf("request %d reached: %v, exit: %v\n%s", m.n, reached, err, out)
	}
	m.recover(t, w, cli)
	cli.Destroy()
	w.WantNothingLive()
}

// recover does what a user would do who follows the advice of the errors.
func (m mishap) recover(t *testing.T, w *world, cli *acctest.CLI) {
	t.Helper()
	if m.then == "destroy" {
		// The destroy removes what the state knows. If the killed run has written an association that no state knows, the API
		// rejects the deletion of its certificate. The error names the hostname, and an apply adopts the association.
		r := cli.Run("destroy", "-auto-approve", "-no-color")
		if r.Code != 0 && !acctest.Says("1433", whoUsesIt(w, "api.example.com")).MatchString(r.Output) {
			t.Fatalf("destroy:\n%s", r.Output)
		}
		if r.Code != 0 && m.signal == syscall.SIGINT {
			t.Errorf("an interrupted apply left an association that no state knows:\n%s", r.Output)
		}
	}
	r := cli.Run("apply", "-auto-approve", "-no-color")
	if told := importAdvice.FindStringSubmatch(r.Output); told != nil {
		if m.signal == syscall.SIGINT {
			t.Errorf("an interrupted apply left a certificate that no state knows:\n%s", r.Output)
		}
		if live := w.Sim.Dump(); !strings.Contains(fmt.Sprint(live), told[3]) {
			t.Errorf("the error names %s, which does not exist", told[3])
		}
		address := map[string]string{"zone": "origintls_zone_certificate.edge", "hostname": "origintls_hostname_certificate.api"}[told[1]]
		cli.Must(0, "import", "-no-color", address, told[2])
		r = cli.Run("apply", "-auto-approve", "-no-color")
	}
	if r.Code != 0 {
		t.Fatalf("the apply after %s fails:\n%s", m, r.Output)
	}
	w.WantEverythingActive()
	z := w.State()
	if live := len(z.ZoneCertificates) + len(z.HostnameCertificates); live < 2 || len(z.Associations) != 1 || !z.Enabled {
		t.Errorf("objects are missing from the zone: %+v", z)
	}
}

// importAdvice matches an error about a certificate that exists already. It captures the kind, the import id and the id.
var importAdvice = regexp.MustCompile(`1406 (?s:.*?)The certificate is in the zone already(?s:.*?)to = origintls_(\w+)_certificate(?s:.*?)id = "([0-9a-f]{32}/([0-9a-f-]{36}))"`)

// providersOf returns the provider processes of one test. It recognises them by the base URL in their environment.
func providersOf(url string) []int {
	var pids []int
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environments {
		raw, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(raw), "CLOUDFLARE_BASE_URL="+url+"\x00") {
			continue
		}
		exe, err := os.Readlink(filepath.Join(filepath.Dir(file), "exe"))
		if pid, convErr := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && convErr == nil &&
			filepath.Base(exe) == "terraform-provider-origintls" {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killsProvider kills the provider after the API has carried out a request that when selects, so that the answer never
// arrives.
func (w *world) killsProvider(when func(n int, r *http.Request) bool) {
	w.bend(func(n int, next http.Handler, rw http.ResponseWriter, r *http.Request) {
		if !when(n, r) {
			next.ServeHTTP(rw, r)
			return
		}
		next.ServeHTTP(httptest.NewRecorder(), r)
		acctest.WantNoError(w.T, kill(providersOf(w.URL)))
		panic(http.ErrAbortHandler)
	})
}

// kill kills processes and waits until they have ended.
func kill(pids []int) error {
	if len(pids) == 0 {
		return errors.New("no provider process was found")
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return err
		}
		for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil && !isZombie(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				return fmt.Errorf("the provider %d goes on after SIGKILL", pid)
			}
		}
	}
	return nil
}

func isZombie(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	return err != nil || strings.HasPrefix(rest, "Z")
}
