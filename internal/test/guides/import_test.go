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

// The ids of the certificates that the page shows. The simulator's certificates get the same ids.
const (
	zoneID = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
	hostID = "b7075263-1f3c-4a7e-9d51-6e0c8a2b94d7"
)

// importing opens the guide for a zone that somebody has set up without Terraform.
func importing(t *testing.T) *walk {
	t.Helper()
	g := follow(t, "docs/guides/import.md", "openssl")
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
	g := importing(t)
	g.cli.Needs("the command query", "1.14", acctest.Never)

	g.at("1. List what the zone has")
	g.step("write the query")
	g.write("terraform", "all.tfquery.hcl")
	g.sh()
	g.step("read the list")
	for line := range strings.Lines(g.block("text")) {
		g.shows(line)
	}
	const other = "TestAccGuideImport follows it"
	g.excuse("terraform", other)

	g.at("2. Let the CLI write the configuration")
	g.command(0, "terraform query -generate-config-out=generated.tf")
	g.excuse("terraform", other)
	g.adopt("main")

	g.at("3. Or write the configuration by hand")
	g.excuse("terraform", other)
	g.step("first rotation")
	g.at("How to go back")
	g.excuse("terraform", other)
}

func TestAccGuideImport(t *testing.T) {
	g := importing(t)
	g.cli.Needs("generating configuration from import blocks", "1.5", "1.6")

	g.at("1. List what the zone has")
	const other = "TestAccGuideImportByQuery follows it"
	g.excuse("terraform", other)
	g.excuse("sh", other)
	g.excuse("text", other)
	g.step("write the query")
	g.step("read the list")
	g.write("terraform", "there.tf")
	g.command(0, "terraform plan")
	list := g.out
	g.do(0, "cp edge.pem client.pem")
	g.command(0, "openssl x509 -in client.pem -outform der | sha256sum")
	fingerprint, _, _ := strings.Cut(g.out, " ")
	acctest.WantSays(t, list, `"api.example.com" = "`+hostID, "setting_is_on = true", zoneID+`" = "`+fingerprint)
	g.do(0, "rm there.tf client.pem")

	g.at("2. Let the CLI write the configuration")
	g.write("terraform", "import.tf")
	g.command(0, "terraform plan -generate-config-out=generated.tf")
	g.adopt("api")

	g.at("3. Or write the configuration by hand")
	g.do(0, "rm generated.tf import.tf *.tfstate*")
	g.write("terraform", "main.tf")
	g.do(0, "terraform apply")
	g.empty()
	g.code("terraform import ADDRESS ID")
	_, resource, _ := strings.Cut(g.read("main.tf"), "resource ")
	g.step("first rotation")
	next := certtest.Leaf(t, "next")
	g.put("next.pem", next.Certificate)
	g.put("next.key", next.PrivateKey)
	g.put("main.tf", "resource "+strings.Replace(resource, "data.origintls_zone_certificate.edge.certificate", "file(\"next.pem\")\n  private_key = file(\"next.key\")", 1))
	g.do(0, "terraform plan")
	g.shows(`+/- resource "origintls_zone_certificate" "edge"`)
	g.put("main.tf", "resource "+strings.Replace(resource, "data.origintls_zone_certificate.edge.certificate", `file("edge.pem")`, 1))
	g.do(0, "rm *.tfstate*\nterraform import origintls_zone_certificate.edge "+acctest.Zone+"/"+zoneID)
	g.empty()

	g.at("How to go back")
	g.write("terraform", "main.tf")
	g.unchanged("terraform apply")
	g.do(0, "terraform state list")
	if g.out != "" {
		t.Errorf("the state still has %s", g.out)
	}
}

// What the reader changes in the generated file: the block of each certificate, and the setting's zone_id.
var (
	certificates = regexp.MustCompile(`resource "origintls_(?:zone|hostname)_certificate" "(\w+)" \{\n`)
	setting      = regexp.MustCompile(`(resource "origintls_zone_setting" "\w+" \{[^}]*?zone_id *= )"\w+"`)
)

// adopt checks the plan of the import, and imports. The reader renames the hostname certificate to name.
func (g *walk) adopt(name string) {
	g.t.Helper()
	if text := g.read("generated.tf"); text == "" || strings.Contains(text, "PRIVATE KEY") {
		g.t.Errorf("generated.tf: %q", text)
	}
	g.unchanged("terraform plan")
	g.shown()
	g.step("tidy up and apply")
	text := strings.ReplaceAll(g.read("generated.tf"), "all_0", name)
	association := regexp.MustCompile(`(?m)^  certificate_id( *)= "` + hostID + `"`)
	if !association.MatchString(text) {
		g.t.Fatalf("there is no id to replace:\n%s", text)
	}
	text = association.ReplaceAllString(text, "  certificate_id = origintls_hostname_certificate."+name+".id")
	text = certificates.ReplaceAllString(text, "$0  lifecycle {\n    create_before_destroy = true\n  }\n")
	zone := regexp.MustCompile(`"origintls_zone_certificate" "(\w+)"`).FindStringSubmatch(text)
	text = setting.ReplaceAllString(text, "${1}origintls_zone_certificate."+zone[1]+".zone_id")
	if strings.Count(text, "create_before_destroy") != 2 || !strings.Contains(text, ".zone_id") {
		g.t.Fatalf("there is no certificate or setting to change:\n%s", text)
	}
	g.put("generated.tf", text)
	g.unchanged("terraform apply")
	g.empty()
}

// empty fails unless the plan is empty.
func (g *walk) empty() { g.t.Helper(); g.do(0, "terraform plan -detailed-exitcode") }
