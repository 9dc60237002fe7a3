package migration

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

var (
	movesFromV5 = moves(
		"cloudflare_authenticated_origin_pulls_certificate.edge", "origintls_zone_certificate.edge",
		"cloudflare_authenticated_origin_pulls_hostname_certificate.api", "origintls_hostname_certificate.api",
		"cloudflare_authenticated_origin_pulls.api", "origintls_hostname_association.api",
		"cloudflare_authenticated_origin_pulls_settings.zone", "origintls_zone_setting.zone",
	)
	movesFromV4 = moves(
		"cloudflare_authenticated_origin_pulls_certificate.edge", "origintls_zone_certificate.edge",
		"cloudflare_authenticated_origin_pulls_certificate.api", "origintls_hostname_certificate.api",
		"cloudflare_authenticated_origin_pulls.api", "origintls_hostname_association.api",
		"cloudflare_authenticated_origin_pulls.zone", "origintls_zone_setting.zone",
	)
)

func TestAccMoveFromTheOfficialProvider(t *testing.T) {
	for name, c := range map[string]struct {
		state, pairs, moves string
		source              string // the source address to write into the state; "" to leave it unchanged
		args                []string
	}{
		"v5":                {state: "cloudflare-v5.tfstate", moves: movesFromV5},
		"v5 under OpenTofu": {state: "cloudflare-v5.tfstate", moves: movesFromV5, source: "registry.opentofu.org/cloudflare/cloudflare"},
		"v4":                {state: "cloudflare-v4.tfstate", moves: movesFromV4},
		"v4, imported":      {state: "cloudflare-v4-imported.tfstate", pairs: "cloudflare-v4.tfstate", moves: movesFromV4},
		// Such a state has no text of the certificates. The provider then assumes that the configured text is the uploaded one.
		"v4, imported, without a refresh": {state: "cloudflare-v4-imported.tfstate", pairs: "cloudflare-v4.tfstate", moves: movesFromV4, args: []string{"-refresh=false"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			cli.Override("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
			f := Load(t, c.state)
			pairs := f
			if c.pairs != "" {
				pairs = Load(t, c.pairs)
			}
			f.Seed(t, w, pairs)
			pairs.WritePairs(t, cli.Write)
			state := f.WithoutGlobal(t)
			if c.source != "" {
				state = strings.ReplaceAll(state, "registry.terraform.io/cloudflare/cloudflare", c.source)
			}
			if c.pairs == "" && !strings.Contains(state, "PRIVATE KEY") {
				t.Error("the state contains no key, so this test proves nothing")
			}
			cli.Write("terraform.tfstate", state)
			cli.Write("main.tf", configuration("private_key_wo")+c.moves)

			log := filepath.Join(t.TempDir(), "trace.log")
			cli.Env = append(cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
			out := cli.Must(0, append([]string{"apply", "-auto-approve", "-no-color"}, c.args...)...)
			if !strings.Contains(out, "0 added,") || !strings.Contains(out, "0 destroyed") || c.args == nil && !strings.Contains(out, "0 changed,") {
				t.Errorf("the move changed something:\n%s", out)
			}
			w.WantNoWrites()
			cli.EmptyPlan()
			trace := acctest.ReadFile(t, log)
			if c.args == nil && !strings.Contains(trace, "Cloudflare API request") {
				t.Error("the trace has no line of the provider")
			}
			if strings.Contains(trace, "PRIVATE KEY") || strings.Contains(out, "PRIVATE KEY") {
				t.Error("a private key is in the log or in the output")
			}
			after := cli.Read("terraform.tfstate")
			for _, gone := range []string{"PRIVATE KEY", `"type": "cloudflare_`} {
				if strings.Contains(after, gone) {
					t.Errorf("after the move, the state still contains %s", gone)
				}
			}
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}

// configuration declares the objects of the fixtures for this provider. key is the name of the argument for the private keys.
func configuration(key string) string {
	return fmt.Sprintf(`
resource "origintls_zone_certificate" "edge" {
  zone_id     = %[1]q
  certificate = file("zone.pem")
  %[2]s       = file("zone.key")
}

resource "origintls_hostname_certificate" "api" {
  zone_id     = %[1]q
  certificate = file("host.pem")
  %[2]s       = file("host.key")
}

resource "origintls_hostname_association" "api" {
  zone_id        = %[1]q
  hostname       = "api.example.com"
  certificate_id = origintls_hostname_certificate.api.id
}

resource "origintls_zone_setting" "zone" {
  zone_id = %[1]q
  enabled = true
}
`, acctest.Zone, key)
}

// moves returns a moved block for each pair of addresses.
func moves(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "moved {\n  from = %s\n  to   = %s\n}\n", pairs[i], pairs[i+1])
	}
	return b.String()
}
