package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func days(n int) time.Time { return time.Now().Add(time.Duration(n) * 24 * time.Hour) }

func ends(n int) func(*x509.Certificate) { return func(c *x509.Certificate) { c.NotAfter = days(n) } }

// Each of these situations is not an error, but users should know of it. The plan warns once, or not at all if the user has turned
// the warning off. TestPlans_ChangedIntermediates and TestSettingThatWasOn have the other warnings, without a CLI.
func TestAccWarnings(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	acctest.NoError(t, err)
	const renewal = "Certificate is ready for renewal"
	silent := "provider \"origintls\" {\n  expiry_warning_days = 0\n}\n"
	for _, c := range []struct {
		name          string
		before, after string // configurations: before is applied first, if it is set, and then after is planned
		says, not     []string
	}{
		{
			name: "ends soon", after: certificate(certtest.Leaf(t, "soon", ends(10))),
			says: []string{renewal, `The certificate "CN=soon,O=origintls tests" expires on`, "within the 30 days of the provider's expiry_warning_days."},
		},
		{
			name:   "ends soon, at the edge already",
			before: certificate(certtest.Leaf(t, "soon", ends(10))), after: "", says: []string{renewal},
		},
		{name: "ends soon, warnings off", after: silent + certificate(certtest.Leaf(t, "soon", ends(10))), not: []string{renewal}},
		{name: "ends later", after: certificate(certtest.Leaf(t, "later", ends(40))), not: []string{renewal}},
		{
			name: "ended", after: silent + certificate(certtest.Leaf(t, "old", ends(-1), func(c *x509.Certificate) { c.NotBefore = days(-30) })),
			says: []string{"Certificate has expired", "Cloudflare still presents it, and an origin that checks it will refuse it."},
		},
		{
			name: "not begun", after: certificate(certtest.Leaf(t, "new", func(c *x509.Certificate) { c.NotBefore = days(1) })),
			says: []string{"Certificate is not valid yet", `The certificate "CN=new,O=origintls tests" becomes valid on`},
		},
		{
			name: "weak key", after: certificate(certtest.WithKey(t, "weak", weak)),
			says: []string{"Certificate has a weak key", `The key of the certificate "CN=weak,O=origintls tests" is RSA with 1024 bits.`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, cli := acctest.Start(t)
			after := c.after
			if c.before != "" {
				cli.Write("main.tf", c.before)
				cli.Apply()
				if after == "" {
					after = c.before
				}
			}
			cli.Write("main.tf", after)
			out := cli.Must(0, "plan", "-no-color")
			for _, text := range c.says {
				acctest.WantSays(t, out, text)
			}
			for _, text := range c.not {
				if acctest.Says(text).MatchString(out) {
					t.Errorf("the plan says %q:\n%s", text, out)
				}
			}
		})
	}
}

func certificate(p certtest.Pair) string { return acctest.Certificate("zone", "c", p) }

// If a write-only certificate is unknown at plan, the plan keeps the present certificate. Once it is known, it counts.
func TestAccWriteOnlyCertificateUnknownAtPlan(t *testing.T) {
	w, cli := acctest.Start(t)
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	config := func(p certtest.Pair, generation int) string {
		return fmt.Sprintf("resource \"terraform_data\" \"source\" {\n  input = { certificate = %q, key = %q }\n  triggers_replace = %d\n}\n", p.Certificate, p.PrivateKey, generation) +
			"resource \"origintls_zone_certificate\" \"c\" {\n  zone_id = \"" + acctest.Zone + "\"\n" +
			"  certificate_wo = terraform_data.source.output.certificate\n  private_key_wo = terraform_data.source.output.key\n" + acctest.CBD + "\n}\n"
	}
	cli.Write("main.tf", config(one, 1))
	cli.Apply()
	cli.EmptyPlan()
	cli.Write("main.tf", config(two, 2))
	out := cli.Apply()
	acctest.WantSays(t, out, "Certificate not known yet", "so this plan keeps the existing certificate. If the value turns out to be another certificate, the next plan replaces the existing one.")
	out = cli.Apply()
	acctest.WantSays(t, out, "Plan: 1 to add, 0 to change, 1 to destroy.")
	cli.EmptyPlan()
	cli.Destroy()
	w.WantNothingLive()
}
