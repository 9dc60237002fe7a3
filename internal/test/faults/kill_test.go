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

// mishap is an apply that ends at its nth request.
type mishap struct {
	n      int
	signal syscall.Signal // to the provider, or SIGINT to the CLI
	then   string         // the command that follows
}

func (m mishap) String() string {
	return fmt.Sprintf("%s at request %d, then %s", m.signal, m.n, m.then)
}

// requestsOfApply is more than the apply of smallZone sends, so that every position is tried; behind
// the end the apply comes through.
const requestsOfApply = 20

// surelyUnfinished is a position at which an apply has not even begun with everything.
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

// The provider is killed after each single request of an apply: the work is done, the answer never
// arrives. The next apply comes through, or names the certificate that no state knows, and comes through
// once that is imported as the error says. After a destroy nothing is left.
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

// Ctrl-C after a request: the provider ends by itself, so that nothing has to be imported.
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
			next.ServeHTTP(rw, r) // the CLI interrupts the provider meanwhile
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

// recover goes on as a user would who does what the errors say.
func (m mishap) recover(t *testing.T, w *world, cli *acctest.CLI) {
	t.Helper()
	if m.then == "destroy" {
		// It takes away what the state knows. Where the killed run had written an association that no state
		// knows, the certificate cannot go: the error names the hostname, and an apply takes it over.
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
			t.Errorf("%s, which the error names, is not at the API", told[3])
		}
		address := map[string]string{"zone": "origintls_zone_certificate.edge", "hostname": "origintls_hostname_certificate.api"}[told[1]]
		cli.Must(0, "import", "-no-color", address, told[2])
		r = cli.Run("apply", "-auto-approve", "-no-color")
	}
	if r.Code != 0 {
		t.Fatalf("the apply after %s does not come through:\n%s", m, r.Output)
	}
	w.WantEverythingActive()
	z := w.State()
	if live := len(z.ZoneCertificates) + len(z.HostnameCertificates); live < 2 || len(z.Associations) != 1 || !z.Enabled {
		t.Errorf("the zone is not whole: %+v", z)
	}
}

// importAdvice is the block of an error about a certificate that is there already: its kind, import id
// and id.
var importAdvice = regexp.MustCompile(`1406 (?s:.*?)The certificate is in the zone already(?s:.*?)to = origintls_(\w+)_certificate(?s:.*?)id = "([0-9a-f]{32}/([0-9a-f-]{36}))"`)

// providersOf finds the provider processes of one test: the base URL in their environment is its own.
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

// killsProvider kills the provider once a request has been carried out that when selects, so that its answer never arrives.
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

// kill ends processes that no longer shall do anything, and waits for that.
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
