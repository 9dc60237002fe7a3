package guides

import (
	"crypto/x509"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The certificates' ids that the page shows. Here they have them.
const (
	zoneID = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
	hostID = "b7075263-1f3c-4a7e-9d51-6e0c8a2b94d7"
)

// takingOver opens the guide for a zone that somebody has set up by hand.
func takingOver(t *testing.T) *walk {
	t.Helper()
	g := follow(t, "docs/guides/import.md")
	plain := func(c *x509.Certificate) { c.Subject.Organization = nil }
	one, two := certtest.Leaf(t, "one", plain), certtest.Leaf(t, "two", plain)
	sim := g.world.Sim
	sim.AddCertificateAs(simulator.ZoneCertificate, acctest.Zone, zoneID, one.Certificate, one.PrivateKey)
	sim.AddCertificateAs(simulator.HostnameCertificate, acctest.Zone, hostID, two.Certificate, two.PrivateKey)
	sim.AddAssociation(acctest.Zone, "api.example.com", hostID, true)
	sim.SetSetting(acctest.Zone, true)
	// "The token needs SSL and Certificates Read until the first change."
	sim.Behave(func(b *simulator.Behaviour) {
		b.Tokens = map[string]simulator.Permission{acctest.Token: simulator.PermissionRead}
	})
	g.put("edge.pem", one.Certificate)
	g.put("provider.tf", declared)
	g.do(0, "terraform init")
	return g
}

func TestAccGuideImportByQuery(t *testing.T) {
	g := takingOver(t)
	g.cli.Needs("the command query", "1.14", acctest.Never)

	g.at("1. What is there")
	g.says("In a file `all.tfquery.hcl`:")
	g.write("terraform", "all.tfquery.hcl")
	g.sh()
	g.says("one line for each object, in any order")
	for line := range strings.Lines(g.block("text")) {
		g.shows(line)
	}
	const other = "TestAccGuideImport follows it"
	g.excuse("terraform", other)

	g.at("2. Configuration that the CLI writes")
	g.told(0, "terraform query -generate-config-out=generated.tf")
	g.excuse("terraform", other)
	g.takenOver("main")

	g.at("3. Or by hand")
	g.excuse("terraform", other)
	g.at("Going back")
	g.excuse("terraform", other)
}

func TestAccGuideImport(t *testing.T) {
	g := takingOver(t)
	g.cli.Needs("generating configuration from import blocks", "1.5", "1.6")

	g.at("1. What is there")
	const other = "TestAccGuideImportByQuery follows it"
	g.excuse("terraform", other)
	g.excuse("sh", other)
	g.excuse("text", other)
	g.write("terraform", "there.tf")
	g.do(0, "terraform apply")
	for _, want := range []string{zoneID, `"api.example.com" = "` + hostID} {
		if !strings.Contains(g.out, want) {
			t.Errorf("the output does not show %s:\n%s", want, g.out)
		}
	}
	g.do(0, "rm there.tf")

	g.at("2. Configuration that the CLI writes")
	g.write("terraform", "import.tf")
	g.told(0, "terraform plan -generate-config-out=generated.tf")
	g.takenOver("api")

	g.at("3. Or by hand")
	g.do(0, "rm generated.tf import.tf *.tfstate*")
	g.write("terraform", "main.tf")
	g.do(0, "terraform apply")
	g.empty()
	g.says("`terraform import ADDRESS ID`")
	_, resource, _ := strings.Cut(g.read("main.tf"), "resource ")
	g.put("main.tf", "resource "+strings.Replace(resource, "data.origintls_zone_certificate.edge.certificate", `file("edge.pem")`, 1))
	g.do(0, "rm *.tfstate*\nterraform import origintls_zone_certificate.edge "+acctest.Zone+"/"+zoneID)
	g.empty()

	g.at("Going back")
	g.write("terraform", "main.tf")
	g.unchanged("terraform apply")
	g.do(0, "terraform state list")
	if g.out != "" {
		t.Errorf("the state still has %s", g.out)
	}
}

// takenOver looks at what is to be imported, and imports it. name is what the hostname certificate is called then.
func (g *walk) takenOver(name string) {
	g.t.Helper()
	g.says("the file holds no key")
	if text := g.read("generated.tf"); text == "" || strings.Contains(text, "PRIVATE KEY") {
		g.t.Errorf("generated.tf: %q", text)
	}
	g.unchanged("terraform plan")
	g.shown()
	g.says("Rename what is called `all_0`, replace ids by references, and apply. The next plan is empty.")
	text := strings.ReplaceAll(g.read("generated.tf"), "all_0", name)
	association := regexp.MustCompile(`(?m)^  certificate_id( *)= "` + hostID + `"`)
	if !association.MatchString(text) {
		g.t.Fatalf("no id is to be replaced:\n%s", text)
	}
	g.put("generated.tf", association.ReplaceAllString(text, "  certificate_id = origintls_hostname_certificate."+name+".id"))
	g.unchanged("terraform apply")
	g.empty()
}

// empty fails unless a plan finds nothing to do.
func (g *walk) empty() { g.t.Helper(); g.do(0, "terraform plan -detailed-exitcode") }
