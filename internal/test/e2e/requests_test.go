package e2e

import (
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// A plan reads all associations of a zone with one request. If Cloudflare does not serve the list, it sends one request
// for each hostname. TestRequestsFor200SingleAssociations counts the requests of applies on a fake clock, because their
// number depends on the speed of the machine.
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
