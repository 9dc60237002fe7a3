package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// TestAccVoidedRowsStayInTheList covers a zone with years of history, whose list shows 2,500 voided associations as active
// with enabled:null. A plan still reads only the list, in three pages, and no single hostname, and its result is right.
func TestAccVoidedRowsStayInTheList(t *testing.T) {
	const voided, single = 2500, 20
	w := acctest.New(t, func(b *simulator.Behaviour) {
		b.VoidedStayActive, b.PagedListStatus = true, 0
	})
	cli := w.CLI(t)
	t.Parallel()
	former := certtest.Leaf(t, "former")
	id := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, former.Certificate, former.PrivateKey)
	for i := range voided {
		w.Sim.SetAssociation(acctest.Zone, fmt.Sprintf("h%d.example.com", i), id, nil)
	}

	hcl := acctest.Certificate("hostname", "c", certtest.Leaf(t, "c"))
	for i := range single { // these hostnames were voided before, and are associated again
		hcl += acctest.Association(fmt.Sprint("h", i), fmt.Sprintf("h%d.example.com", i), "c")
	}
	cli.Write("main.tf", w.Provider()+hcl)
	cli.Apply()
	if n := len(w.State().Associations); n != single {
		t.Fatalf("%d associations are live, want %d", n, single)
	}

	pages := func(what string) {
		t.Helper()
		lists := 0
		for _, r := range w.Sim.Requests() {
			_, path, _ := strings.Cut(r.Path, "/origin_tls_client_auth")
			switch {
			case path == "/hostnames":
				lists++
			case strings.HasPrefix(path, "/hostnames/h"):
				t.Errorf("%s reads a single hostname: %s", what, path)
			}
		}
		if lists != 3 {
			t.Errorf("%s sends %d requests for the list, want its 3 pages", what, lists)
		}
		w.Sim.ClearRequests()
	}
	w.Sim.ClearRequests()
	cli.EmptyPlan()
	pages("a plan of the present state")

	w.Sim.SetAssociation(acctest.Zone, "h7.example.com", id, nil)
	out := cli.Must(2, "plan", "-detailed-exitcode", "-no-color")
	if !strings.Contains(out, "1 to add, 0 to change, 0 to destroy") || !strings.Contains(out, "h7.example.com") {
		t.Errorf("after somebody voided an association outside Terraform, the plan is\n%s", out)
	}
	cli.Apply()
	cli.EmptyPlan()
	cli.Destroy()
	if n := len(w.State().Associations); n != 0 {
		t.Errorf("%d associations are left", n)
	}
}
