package faults

import (
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// smallGeneratedZone is smallZone with generated certificates. Each object depends on the one before, so every apply sends the same
// requests in the same order.
func smallGeneratedZone() string {
	return acctest.Setting(true) +
		acctest.Generated("zone", "edge", "edge", "", "  depends_on = [origintls_zone_setting.this]") +
		acctest.Generated("hostname", "api", "api", "", "  depends_on = [origintls_zone_certificate.edge]") +
		acctest.Association("api", "api.example.com", "api")
}

// losesCertificate reports whether the state misses a certificate if the provider is killed at this request of a first apply: the
// upload, or a look at the certificate that was uploaded.
var losesCertificate = regexp.MustCompile(`^(POST .*|GET .*/[0-9a-f-]{36})$`).MatchString

// warnedOf returns the ids of the certificates that a command warns of as left over.
func warnedOf(output string) []string {
	var ids []string
	for _, m := range regexp.MustCompile(`([0-9a-f-]{36}) \(uploaded on`).FindAllStringSubmatch(output, -1) {
		ids = append(ids, m[1])
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// liveIDs returns the ids of the live certificates.
func liveIDs(w *world) []string {
	var ids []string
	for _, c := range w.Live() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// The provider is killed after each single request of an apply that generates certificates. The next apply succeeds
// without an import. A kill between a POST and the update of the state orphans one certificate, and no other kill orphans
// any. The next create of the same common name warns of that certificate by its id and does not touch it. Nothing else is
// left after a destroy.
func TestAccKilledProviderThatGenerates(t *testing.T) {
	printSeed(t)
	var all []mishap
	for n := 1; n <= requestsOfApply+2; n++ {
		all = append(all, mishap{n, syscall.SIGKILL, "apply"})
	}
	t.Parallel()
	var orphaned atomic.Int32
	t.Cleanup(func() {
		t.Logf("%d certificates were orphaned by %d kills", orphaned.Load(), len(all))
		if !t.Failed() && orphaned.Load() < 4 { // two uploads, and a look at each
			t.Error("not every upload was killed, so this test proves little")
		}
	})
	concurrently(t, 4, all, func(t *testing.T, m mishap) { orphaned.Add(m.generated(t)) })
}

// generated plays the mishap with generated certificates. It returns the number of orphaned certificates.
func (m mishap) generated(t *testing.T) int32 {
	t.Helper()
	w := newWorld(t, acctest.Behaviour(t, 50*time.Millisecond))
	defer w.close()
	cli := w.CLI(t)
	cli.Write("main.tf", smallGeneratedZone())
	w.killsProvider(func(n int, _ *http.Request) bool { return n == m.n })
	killed := cli.Run("apply", "-auto-approve", "-no-color", "-parallelism=1")
	w.straighten()
	requests := w.Sim.Requests()
	reached := len(requests) >= m.n
	if reached == (killed.Code == 0) {
		t.Errorf("request %d reached: %v\n%s", m.n, reached, killed.Output)
	}
	lost := 0
	if reached && losesCertificate(requests[m.n-1].Method+" "+requests[m.n-1].Path) {
		lost = 1
	}
	next := cli.Run("apply", "-auto-approve", "-no-color")
	if next.Code != 0 {
		t.Fatalf("the apply after %s fails:\n%s", m, next.Output)
	}
	w.WantEverythingActive()
	cli.EmptyPlan()
	warned := warnedOf(next.Output)
	if len(warned) > 0 && !acctest.Says("Another certificate has this common name", "The provider does not delete it on its own.").MatchString(next.Output) {
		t.Errorf("the warning is not what it should be:\n%s", next.Output)
	}
	cli.Destroy()
	orphans := liveIDs(w)
	if len(orphans) != lost || !slices.Equal(orphans, warned) {
		t.Errorf("live after the destroy are %v, want %d, and the apply had warned of %v:\n%s", orphans, lost, warned, next.Output)
	}
	return int32(len(orphans))
}

// The provider is killed during a renewal, so the state still has the former certificate. The next apply renews it again.
// It warns of the certificate that no state knows, and not of the former one.
func TestAccKilledRenewal(t *testing.T) {
	w := newWorld(t, acctest.Behaviour(t, 50*time.Millisecond))
	defer w.close()
	cli := w.CLI(t)
	t.Parallel()
	cli.Write("main.tf", acctest.Generated("zone", "edge", "edge", "", acctest.CBD))
	cli.SetClock(0)
	cli.Apply()
	former := liveIDs(w)

	cli.SetClock(61 * 24 * time.Hour)
	w.killsProvider(func(_ int, r *http.Request) bool { return r.Method == http.MethodPost })
	cli.Must(1, "apply", "-auto-approve", "-no-color")
	w.straighten()
	orphan := slices.DeleteFunc(liveIDs(w), func(id string) bool { return id == former[0] })
	out := cli.Apply()
	if warned := warnedOf(out); len(orphan) != 1 || !slices.Equal(warned, orphan) {
		t.Errorf("the apply warned of %v, want %v; the former one is %v:\n%s", warned, orphan, former, out)
	}
	z := w.State().ZoneCertificates
	gone := slices.IndexFunc(z, func(c simulator.CertificateState) bool { return c.ID == former[0] && c.Status == "deleted" })
	if len(liveIDs(w)) != 2 || gone < 0 {
		t.Errorf("the former certificate should be gone, and the orphan and the new one live: %+v", z)
	}
	cli.EmptyPlan()
}
