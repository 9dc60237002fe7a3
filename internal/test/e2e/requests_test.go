package e2e

import (
	"fmt"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A plan reads all associations of a zone with one request, and with one for each hostname where Cloudflare does not serve the
// list. What applies send is counted on a fake clock (TestRequestsFor200SingleAssociations), since it depends on the machine.
func TestAccRequestsOfPlans(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	cli := w.CLI(t)
	hcl := acctest.Setting(true) + acctest.Certificate("zone", "edge", certtest.Leaf(t, "edge"), acctest.CBD)
	for i := range 8 {
		hcl += acctest.Certificate("hostname", fmt.Sprint("c", i), certtest.Leaf(t, fmt.Sprint("c", i)), acctest.CBD)
	}
	for i := range 60 {
		hcl += acctest.Association(fmt.Sprint("h", i), fmt.Sprintf("h%d.example.com", i), fmt.Sprint("c", i%8))
	}
	cli.Write("main.tf", w.Provider()+hcl)
	cli.Apply()
	if err := acctest.EverythingActive(w); err != nil {
		t.Error(err)
	}
	for status, most := range map[int]int{0: 11, 404: 71} {
		w.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = status })
		w.Sim.ClearRequests()
		cli.EmptyPlan()
		if requests := w.Sim.Requests(); len(requests) > most {
			t.Errorf("with status %d for the list, a plan sent %d requests, more than %d: %v", status, len(requests), most, acctest.Routes(requests))
		}
	}
}
