package guides

import (
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

func TestAccGuideZoneLevel(t *testing.T) {
	g := follow(t, "docs/guides/zone-level.md", "openssl", "curl")
	o := g.newOrigin()
	g.fill("API_TOKEN=...", "API_TOKEN="+acctest.Token)
	g.fillOrigin("example.com")
	sees := func(verdict string) {
		t.Helper()
		g.code(verdict)
		g.seesOfEdge(verdict)
	}

	g.at("1. Make a CA and a client certificate")
	g.sh()
	if !strings.Contains(g.out, "client.pem: OK") {
		t.Errorf("openssl prints\n%s", g.out)
	}

	g.at("2. Let the origin ask for the certificate, without requiring it")
	g.step("copy the CA")
	g.do(0, "cp ca.pem "+o.dir+"/etc/tls/origin-pull-ca.pem")
	g.write("nginx", o.dir+"/etc/site.conf")
	g.startOrigin()
	sees("NONE")

	g.at("3. Upload the certificate and turn zone-level pulls on")
	g.step("write main.tf")
	g.write("terraform", "main.tf")
	g.sh()
	if err := acctest.EverythingActive(g.world); err != nil || !g.world.State().Enabled {
		t.Errorf("setting on: %v, %v", g.world.State().Enabled, err)
	}

	g.at("4. Check")
	sees("SUCCESS")
	g.shown()

	g.at("5. Require the certificate")
	g.named("ssl_verify_client on;")
	g.sh()
	g.prints("400 No required SSL certificate was sent")
	g.prints("the page")
	g.served("example.com")
	g.step("delete the key")
	g.do(0, "rm client.key; unset TF_VAR_private_key")

	g.at("How to go back")
	g.named("ssl_verify_client off;")
	g.command(0, "terraform state rm origintls_zone_setting.this")
	if !g.world.State().Enabled {
		t.Error("the command has turned the setting off, and should only remove it from the state")
	}
	g.do(0, "terraform import origintls_zone_setting.this "+acctest.Zone) // for the other way, which removes everything
	g.command(0, "terraform destroy")
	g.served("example.com")
	g.world.WantNothingLive()
}
