package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// existing is a zone that somebody has set up without Terraform.
type existing struct {
	*acctest.World

	zoneCert, hostnameCert string // ids
}

func newExisting(t *testing.T) *existing {
	t.Helper()
	w := acctest.New(t)
	zone, host := certtest.Leaf(t, "zone"), certtest.Leaf(t, "host")
	e := &existing{World: w}
	e.zoneCert = w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, zone.Certificate, zone.PrivateKey)
	e.hostnameCert = w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, host.Certificate, host.PrivateKey)
	w.Sim.AddAssociation(acctest.Zone, "api.example.com", e.hostnameCert, true)
	w.Sim.AddAssociation(acctest.Zone, "off.example.com", e.hostnameCert, false)
	w.Sim.SetSetting(acctest.Zone, true)
	w.Sim.ClearRequests()
	return e
}

// listsAssociations makes every preset serve the list of associations, because finding all of them depends on it.
func (e *existing) listsAssociations() {
	e.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 0 })
}

// takenOver applies and fails unless the apply imports n objects, changes nothing and sends no write, and the next plan is
// empty.
func (e *existing) takenOver(t *testing.T, cli *acctest.CLI, n int) {
	t.Helper()
	out := cli.Apply()
	if want := fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", n); !strings.Contains(out, want) {
		t.Errorf("the apply does not say %q:\n%s", want, out)
	}
	cli.EmptyPlan()
	e.WantNoWrites()
	cli.Destroy()
	e.WantNothingLive()
}

// The configuration that the CLI generates from import blocks can be applied without an edit.
func TestAccConfigurationIsGeneratedFromImportBlocks(t *testing.T) {
	for name, ids := range map[string]map[string]string{
		"one by one": {
			"zone_certificate.edge": "/CERT", "hostname_certificate.own": "/HOST", "zone_setting.this": "",
			"hostname_association.api": "/api.example.com", "hostname_association.off": "/off.example.com",
		},
		"all associations at once": {"hostname_certificate.own": "/HOST", "hostname_associations.all": "", "zone_setting.this": "", "zone_certificate.edge": "/CERT"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newExisting(t)
			cli := e.CLI(t)
			t.Parallel()
			cli.Needs("generating configuration from import blocks", "1.5", "1.6")
			if name == "all associations at once" {
				e.listsAssociations()
				cli.Needs("generated maps whose keys have dots (it writes them without quotes)", "1.11", acctest.Never)
			}
			var blocks strings.Builder
			for address, id := range ids {
				id = strings.NewReplacer("CERT", e.zoneCert, "HOST", e.hostnameCert).Replace(id)
				fmt.Fprintf(&blocks, "import {\n  to = origintls_%s\n  id = %q\n}\n", address, acctest.Zone+id)
			}
			cli.Write("import.tf", blocks.String())
			cli.Must(0, "plan", "-no-color", "-generate-config-out=generated.tf")
			e.takenOver(t, cli, len(ids))
		})
	}
}

// A query finds the existing objects. The configuration that the CLI generates from it can be applied without an edit.
func TestAccQuery(t *testing.T) {
	e := newExisting(t)
	cli := e.CLI(t)
	t.Parallel()
	cli.Needs("the command query", "1.14", acctest.Never)
	e.listsAssociations()
	var blocks strings.Builder
	for _, typ := range []string{"zone_certificate", "hostname_certificate", "hostname_association", "zone_setting"} {
		fmt.Fprintf(&blocks, "list \"origintls_%s\" \"all\" {\n  provider = origintls\n  config {\n    zone_id = %q\n  }\n}\n", typ, acctest.Zone)
	}
	cli.Write("all.tfquery.hcl", blocks.String())
	cli.Must(0, "query", "-no-color", "-generate-config-out=generated.tf")
	e.takenOver(t, cli, 5)
}
