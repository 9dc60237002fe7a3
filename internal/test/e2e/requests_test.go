package e2e

import (
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// spend runs a command and fails the test if it sent more requests than most.
func spend(t *testing.T, w *acctest.World, what string, most int, run func()) {
	t.Helper()
	w.Sim.ClearRequests()
	run()
	n := len(w.Sim.Requests())
	t.Logf("%s: %d requests, at most %d: %v", what, n, most, acctest.Routes(w.Sim.Requests()))
	if n > most {
		t.Errorf("%s sent %d requests, more than %d", what, n, most)
	}
}

// The official provider spends 210 requests on the apply, 210 on every plan, 428 on the rotation and 419
// on the destroy of the same, and waits for nothing (the project's issue on scale).
func TestAccRequestsFor200SingleAssociations(t *testing.T) {
	w := acctest.New(t, seconds(2*time.Second), func(b *simulator.Behaviour) {
		b.HostnameCertificateQuota = 20 // 8 old and 8 new ones: by the documented quota they would have to take turns
	})
	cli := w.CLI(t)
	t.Parallel()
	zone := func(generation string) string {
		return acctest.ZoneOf(t, generation, 8, acctest.Hostnames("h%d.example.com", 200))
	}
	cli.Write("main.tf", zone("first"))
	spend(t, w, "apply", 150, func() { cli.Apply() })
	w.WantEverythingActive()
	spend(t, w, "plan", 12, cli.EmptyPlan)
	w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 404 })
	spend(t, w, "plan without the paged list", 212, cli.EmptyPlan)
	w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 0 })
	cli.Write("main.tf", zone("second"))
	spend(t, w, "rotation", 220, func() { cli.Apply() })
	w.WantEverythingActive()
	// The setting and the zone certificate take two of the ten places at first, so that two groups of voids are under way;
	// one of the missing in each list is confirmed by a read of its own.
	spend(t, w, "destroy", 220, func() { cli.Destroy() })
	w.WantNothingLive()
}
