package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A plan warns if it would need more hostname certificates than a zone may have (10). It counts the largest number that
// exist at the same time: with create_before_destroy, a certificate and its replacement exist side by side.
func TestAccQuotaAtPlan(t *testing.T) {
	own := func(name string) string {
		return acctest.Certificate("hostname", name, certtest.Leaf(t, name), acctest.CBD)
	}
	made := func(name string) string {
		return fmt.Sprintf("resource \"origintls_hostname_certificate\" \"made\" {\n  zone_id = %q\n  generate = { common_name = %q }\n%s\n}\n", acctest.Zone, name, acctest.CBD)
	}
	a, b := own("a"), own("b")
	renewed := strings.Replace(own("renewed"), `"renewed"`, `"a"`, 1)
	for _, c := range []struct {
		name          string
		others        int    // the number of certificates that this state does not know
		before, after string // configurations: the one that is applied first, and the one that is then planned
		warns         string // "" for no warning
	}{
		{"the last place", 8, a, a + b, ""},
		{"one too many", 9, a, a + b, "has 10 hostname certificates, and this plan creates 1 more"},
		{"two too many from nothing", 10, "", a + b, "has 10 hostname certificates, and this plan creates 2 more"},
		{"a renewal without a place", 9, a, renewed, "has 10 hostname certificates, and this plan creates 1 more"},
		{"a renewal with a place", 8, a, renewed, ""},
		{"a renewal that the provider makes", 9, made("old"), made("new"), "has 10 hostname certificates, and this plan creates 1 more"},
		{"the same again", 9, a, a, ""}, // the certificate is tainted, and the provider adopts it
		{"nothing changes", 9, a, a, ""},
		{"zone certificates have places of their own", 10, "", acctest.Certificate("zone", "edge", certtest.Leaf(t, "edge")), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := acctest.New(t)
			for i := range c.others {
				p := certtest.Leaf(t, fmt.Sprint("other", i))
				w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, p.Certificate, p.PrivateKey)
			}
			cli := w.CLI(t)
			if c.before != "" {
				cli.Write("main.tf", w.Provider()+c.before)
				cli.Apply()
			}
			if c.name == "the same again" {
				cli.Must(0, "taint", "origintls_hostname_certificate.a")
			}
			cli.Write("main.tf", w.Provider()+c.after)
			out := cli.Must(0, "plan", "-json") // in text, the CLI shows only the first of several equal warnings
			const warning = "Zone may have no place for this certificate"
			switch {
			case c.warns == "" && strings.Contains(out, warning):
				t.Errorf("the plan warns:\n%s", out)
			case c.warns != "" && !acctest.Says(warning, c.warns, "Cloudflare allows 10 in a zone").MatchString(out):
				t.Errorf("the plan does not warn:\n%s", out)
			}
		})
	}
}
