package guides

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// mine is a configuration that the reader has.
const mine = declared + `
resource "origintls_zone_certificate" "edge" {
  zone_id     = "` + acctest.Zone + `"
  certificate = file("client.pem")
  private_key = file("client.key")
}
resource "origintls_zone_setting" "this" {
  zone_id    = origintls_zone_certificate.edge.zone_id
  enabled    = true
}
`

// quickly are flags that the page has itself. With them, the test does not have to wait for deployments.
const quickly = " -deploy-after 50ms -associate-after 50ms -void-after 50ms -delete-after 50ms"

// ofAJob begins the shell of a CI job, which does not have the reader's variables.
const ofAJob = "unset CLOUDFLARE_BASE_URL CLOUDFLARE_API_TOKEN\n"

func TestAccGuideSimulator(t *testing.T) {
	g := follow(t, "docs/guides/simulator.md", "openssl", "curl", "jq")
	// The test uses only the simulator that the guide starts.
	g.env = slices.DeleteFunc(g.env, func(v string) bool { return strings.HasPrefix(v, "CLOUDFLARE_") })
	o := g.newOrigin()
	_, port, _ := net.SplitHostPort(origins.FreeAddress(t))
	g.fill(
		// The test uses this checkout instead of the last commit, so that it also follows changes that are not committed.
		"git clone https://github.com/origintls/terraform-provider-origintls",
		"mkdir terraform-provider-origintls; tar -C "+g.absolute(root)+" --exclude=./.bin --exclude=./.git -c . | tar -C terraform-provider-origintls -x",
		"./origintls-simulator\n", "./origintls-simulator -listen 127.0.0.1:"+port+quickly+"\n",
		"127.0.0.1:8787", "127.0.0.1:"+port, "127.0.0.1:443", "127.0.0.1:"+o.port,
		`"retry_after":"2"`, `"retry_after":"0"`,
	)
	ca := certtest.CA(t, "authority")

	g.at("Start it")
	g.terminal("CLOUDFLARE_BASE_URL=http://127.0.0.1:" + port + "/client/v4")
	g.put("mine/main.tf", mine)
	g.pair(ca, "1")
	g.do(0, "cd mine; terraform init")
	g.sh()
	g.shows("Apply complete! Resources: 2 added")
	g.excuse("sh", "no version is published here; TestGoRunFromAnywhere of the command starts it this way, through a proxy in the file system")

	g.at("Testing a module")
	g.write("terraform", "module/main.tf")
	g.step("write the test")
	g.write("terraform", "module/tests/module.tftest.hcl")
	g.do(0, "cd ../module\n"+g.block("sh"))

	g.at("In CI")
	g.step("go to the module")
	g.do(0, "cp ../terraform-provider-origintls/origintls-simulator .\n(\n"+ofAJob+g.block("sh")+")")
	g.shows("Success! 3 passed, 0 failed.")

	g.excuse("yaml", "it runs on GitHub; the block before it is the same job as a script")
	g.at("With mocks")
	for _, lang := range []string{"terraform", "terraform", "sh", "terraform", "sh"} {
		g.excuse(lang, "TestAccMocks runs it with each CLI")
	}

	g.at("Make it fail")
	g.do(0, "cd ../mine")
	g.failures(ca)
	g.at("Play the edge")
	g.insisting(ca)
	g.sh()
	g.do(0, "openssl x509 -in server.pem -noout -checkhost shop.example.com | grep 'does match'")
	g.put("mine/server.pem", o.Certificate)
	g.do(0, "terraform apply")
	g.sh()
	g.shows(`"status": 200`)
}

// terminal runs the next block in a separate terminal, where it stays, and waits for the line that the page shows.
func (g *walk) terminal(line string) {
	g.t.Helper()
	script := g.block("sh")
	g.out = script
	g.shows("# " + line)
	log := filepath.Join(g.home, "terminal")
	cmd := g.shell(g.t.Context(), "set -euo pipefail\nexec > "+log+" 2>&1\n"+strings.Replace(script, "\n./", "\nexec ./", 1))
	acctest.NoError(g.t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the end of the test kills it
		close(ended)
	}()
	for !strings.Contains(g.read(log), line) {
		select {
		case <-ended:
			g.t.Fatalf("in %q of %s, the command has ended early:\n%s\n%s", g.section, g.page.path, script, g.read(log))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pair replaces the certificate and key in the reader's directory.
func (g *walk) pair(ca certtest.Pair, generation string) {
	g.t.Helper()
	pair := ca.Issue(g.t, "client "+generation)
	g.put("mine/client.pem", pair.Certificate)
	g.put("mine/client.key", pair.PrivateKey)
}

// failures follows the next block in pieces. Each begins with a comment that says what should happen.
func (g *walk) failures(ca certtest.Pair) {
	g.t.Helper()
	pieces := strings.Split(g.block("sh"), "\n# ")
	if len(pieces) != 6 {
		g.t.Fatalf("%s shows the block in %d pieces: %q", g.page.path, len(pieces), pieces)
	}
	do := func(i int) { g.t.Helper(); g.do(0, "# "+pieces[i]) }
	g.do(0, pieces[0])
	do(1) // Deployments end as deployment_timed_out.
	g.pair(ca, "2")
	g.do(1, "terraform apply")
	g.shows("deployment_timed_out")
	g.do(0, `curl -sS -X PATCH $SIM/behaviour -d '{"time_out_deployments":false}'; terraform apply`)

	do(2) // Every third request is answered 429.
	g.pair(ca, "3")
	g.do(0, "terraform apply; curl -sS $SIM/requests")
	g.shows(`"status": 429`)

	do(3) // The response to the next upload is lost, although the upload succeeds.
	g.pair(ca, "4")
	g.do(0, "terraform apply; curl -sS $SIM/requests")
	g.shows("\"method\": \"POST\",\n\"fault\": \"fault-2\"")

	do(4) // Which certificate does the edge present, and why?
	g.shows(`"source": "zone", "presented": true`)
	g.shows("client 4")

	do(5) // Clear state, faults and the log of requests; keep the behaviour.
	g.do(0, "curl -sS $SIM/state; curl -sS $SIM/requests")
	if strings.Contains(g.out, "client") {
		g.t.Errorf("after the reset, the simulator still has\n%s", g.out)
	}
}
