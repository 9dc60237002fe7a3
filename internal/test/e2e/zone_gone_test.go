package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The API's answers do not distinguish a deleted zone from one that the credentials may not see. So whatever the API says
// of such a zone, the provider removes none of its objects from the state, and each error shows how the user can do so.
func TestAccZoneGone(t *testing.T) {
	w, cli := acctest.Start(t)
	pair := certtest.Leaf(t, "seeded")
	seeded := w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)
	// No object refers to another, so that an error about one object does not hide the errors about the others.
	cli.Write("main.tf", certificate(certtest.Leaf(t, "zone"))+acctest.Certificate("hostname", "h", certtest.Leaf(t, "hostname"))+acctest.Setting(true)+fmt.Sprintf(`
resource "origintls_hostname_association" "a" {
  zone_id        = %[1]q
  hostname       = "a.example.com"
  certificate_id = %[2]q
}
resource "origintls_hostname_associations" "all" {
  zone_id      = %[1]q
  associations = { "b.example.com" = { certificate_id = %[2]q } }
}
`, acctest.Zone, seeded))
	cli.Apply()
	objects := cli.Must(0, "state", "list")
	for _, c := range []struct {
		status, code int
		says         string
	}{
		{400, 1001, "What to do: check zone_id"},
		{404, 1001, "What to do: check zone_id"},
		{404, 7003, "What to do: check zone_id"},
		{403, 10000, "What to do: give the API token the zone permission"},
		{403, 9109, "What to do: give the API token the zone permission"},
	} {
		w.Sim.ClearFaults()
		w.Sim.AddFault(simulator.Fault{Do: simulator.Action{Status: c.status, Code: c.code}})
		for _, args := range [][]string{{"plan"}, {"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"}} {
			name := fmt.Sprint(c.status, " ", c.code, " ", args)
			out := cli.Must(1, append(args, "-no-color")...)
			errors := strings.Split(out, "Error: Unable to ")[1:]
			if len(errors) != 5 {
				t.Errorf("%s: %d errors, and there are 5 objects:\n%s", name, len(errors), out)
			}
			for _, text := range errors {
				acctest.WantSays(t, text, c.says, "If the zone was deleted, remove its objects from the configuration and from the state: `terraform state rm ADDRESS`")
			}
			if now := cli.Must(0, "state", "list"); now != objects {
				t.Errorf("%s: objects are missing from the state:\n%s", name, now)
			}
		}
	}
	cli.Must(0, append([]string{"state", "rm"}, strings.Fields(objects)...)...)
	cli.Write("main.tf", "")
	cli.EmptyPlan()
}
