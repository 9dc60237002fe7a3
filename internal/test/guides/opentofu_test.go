package guides

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestAccGuideOpenTofu(t *testing.T) {
	if os.Getenv("TF_ACC") != "" {
		acctest.Require(t, "state encryption", acctest.Never, "1.12")
	}
	g := follow(t, "docs/guides/opentofu.md")
	g.fill("tofu ", "terraform ")
	pair := certtest.Leaf(t, "client")
	g.put("client.pem", pair.Certificate)
	g.put("client.key", pair.PrivateKey)
	g.put("state-passphrase", "a passphrase for tests alone")

	g.at("State encryption")
	g.write("terraform", "main.tf")
	g.sh()
	if !strings.HasSuffix(g.out, "\n0\n") {
		t.Errorf("the state contains a key:\n%s", g.out)
	}
	g.active(1)
	g.do(0, "terraform state pull") // the decrypted state contains the key, so the count above proves something
	if !strings.Contains(g.out, "PRIVATE KEY") {
		t.Errorf("the decrypted state contains no key:\n%s", g.out)
	}

	g.at("Keep the setting on")
	g.write("terraform", "setting.tf")
	g.step("exit code")
	g.do(0, "terraform apply")
	g.do(1, "terraform destroy")
	if !g.world.State().Enabled {
		t.Error("the destroy has turned off the setting that should be kept")
	}
	g.step("keep the certificate too")
	g.gone(simulator.ZoneCertificate)
	g.do(0, "rm setting.tf")

	g.at("Turn resources off by a variable")
	g.write("terraform", "own.tf")
	g.do(0, "terraform apply")
	z := g.world.State()
	if len(z.Associations) != 1 || z.Associations[0].Status != "active" {
		t.Errorf("associations: %+v", z.Associations)
	}
	g.do(0, "terraform state list")
	g.shows("origintls_hostname_association.own\norigintls_hostname_certificate.own\n")
	g.do(0, "terraform apply -var own_certificate=false")
	g.gone(simulator.HostnameCertificate)
	if n := len(g.world.State().Associations); n > 0 {
		t.Errorf("%d associations are left", n)
	}
}

// gone fails if the zone still has a certificate of the kind.
func (g *walk) gone(kind simulator.Kind) {
	g.t.Helper()
	live := map[simulator.Kind][]simulator.CertificateState{
		simulator.ZoneCertificate: g.world.State().ZoneCertificates, simulator.HostnameCertificate: g.world.State().HostnameCertificates,
	}[kind]
	if slices.ContainsFunc(live, func(c simulator.CertificateState) bool { return c.Status != "deleted" }) {
		g.t.Errorf("in %q of %s, live are %+v", g.section, g.page.path, live)
	}
}
