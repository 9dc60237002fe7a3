package migration

import (
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
		source              string // how the state names the provider, "" for as it is
	}{
		"v5":                {state: "cloudflare-v5.tfstate", moves: movesFromV5},
		"v5 under OpenTofu": {state: "cloudflare-v5.tfstate", moves: movesFromV5, source: "registry.opentofu.org/cloudflare/cloudflare"},
		"v4":                {state: "cloudflare-v4.tfstate", moves: movesFromV4},
		"v4, imported":      {state: "cloudflare-v4-imported.tfstate", pairs: "cloudflare-v4.tfstate", moves: movesFromV4},
	} {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			cli.Override("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
			f := load(t, c.state)
			pairs := f
			if c.pairs != "" {
				pairs = load(t, c.pairs)
			}
			f.seed(t, w, pairs)
			pairs.writePairs(t, cli)
			state := withoutGlobal(t, f.text)
			if c.source != "" {
				state = strings.ReplaceAll(state, "registry.terraform.io/cloudflare/cloudflare", c.source)
			}
			if c.pairs == "" && !strings.Contains(state, "PRIVATE KEY") {
				t.Error("the state holds no key, so that none could be shown")
			}
			cli.Write("terraform.tfstate", state)
			cli.Write("main.tf", configuration("private_key_wo")+c.moves)

			log := filepath.Join(t.TempDir(), "trace.log")
			cli.Env = append(cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
			out := cli.Apply()
			if !strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
				t.Errorf("the move changed something:\n%s", out)
			}
			w.WantNoWrites()
			cli.EmptyPlan()
			trace := acctest.ReadFile(t, log)
			if !strings.Contains(trace, "Cloudflare API request") {
				t.Error("the trace holds nothing of the provider")
			}
			if strings.Contains(trace, "PRIVATE KEY") || strings.Contains(out, "PRIVATE KEY") {
				t.Error("a private key is in the log or in the output")
			}
			after := cli.Read("terraform.tfstate")
			for _, gone := range []string{"PRIVATE KEY", `"type": "cloudflare_`} {
				if strings.Contains(after, gone) {
					t.Errorf("after the move the state still holds %s", gone)
				}
			}
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}

// A state that was imported into the official provider does not hold the certificates' text. Without a refresh
// it is taken for the configured one, rather than replaced.
func TestAccMoveWithoutARefresh(t *testing.T) {
	w, cli := acctest.Start(t)
	cli.Override("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
	f, pairs := load(t, "cloudflare-v4-imported.tfstate"), load(t, "cloudflare-v4.tfstate")
	f.seed(t, w, pairs)
	pairs.writePairs(t, cli)
	cli.Write("terraform.tfstate", withoutGlobal(t, f.text))
	cli.Write("main.tf", configuration("private_key_wo")+movesFromV4)
	out := cli.Must(0, "apply", "-auto-approve", "-no-color", "-refresh=false")
	if !strings.Contains(out, "0 added,") || !strings.Contains(out, "0 destroyed") {
		t.Errorf("the move replaced something:\n%s", out)
	}
	w.WantNoWrites()
	cli.EmptyPlan()
	cli.Destroy()
}
