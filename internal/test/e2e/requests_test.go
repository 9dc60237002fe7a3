package e2e

import (
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// A plan reads all associations of a zone with one request, and with one for each hostname where Cloudflare does not serve the
// list. What applies send is counted on a fake clock (TestRequestsFor200SingleAssociations), since it depends on the machine.
func TestAccRequestsOfPlans(t *testing.T) {
	w, cli := acctest.Start(t)
	cli.Write("main.tf", w.Provider()+acctest.ZoneOf(t, "", 8, acctest.Hostnames("h%d.example.com", 60)))
	cli.Apply()
	w.WantEverythingActive()
	for status, most := range map[int]int{0: 11, 404: 71} {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = status })
		w.Sim.ClearRequests()
		cli.EmptyPlan()
		if requests := w.Sim.Requests(); len(requests) > most {
			t.Errorf("with status %d for the list, a plan sent %d requests, more than %d: %v", status, len(requests), most, acctest.Routes(requests))
		}
	}
}
