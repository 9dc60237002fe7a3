package guides

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The README shows the configuration before it says how to build the provider, so it is followed in two rounds:
// whoever has a release begins with init, and whoever has not goes by the CLI's configuration.
func TestAccReadme(t *testing.T) {
	g := follow(t, "README.md", "make")
	ca := certtest.CA(t, "authority")
	issue := func(generation string) {
		pair := ca.Issue(t, "client "+generation)
		g.put("client.pem", pair.Certificate)
		g.put("client.key", pair.PrivateKey)
	}

	g.at("Terraform provider origintls")
	g.excuse("text", "a picture")
	g.at("The smallest configuration")
	g.write("terraform", "main.tf")
	g.says("With `CLOUDFLARE_API_TOKEN` set to a token")
	issue("1")
	g.do(0, "terraform init")
	g.told(0, "terraform apply")
	g.serves("client 1")
	g.says("To rotate it, put another pair into the two files and apply again.")
	issue("2")
	g.do(0, "terraform apply")
	g.serves("client 2")
	if strings.Contains(g.read("terraform.tfstate"), "PRIVATE KEY") {
		t.Error("the key is in the state")
	}

	g.at("See it work, without an account")
	g.make("-n demo") // .ci/run runs it, for whichever CLI there is
	g.make("-n test") // and this, of which this test is a part

	g.at("Using it")
	g.make("-n build") // the helper has built it, elsewhere
	rc := ".terraformrc"
	g.do(0, "terraform version")
	if strings.HasPrefix(g.out, "OpenTofu") {
		rc = ".tofurc"
	}
	g.says("In `~/.terraformrc` (OpenTofu: `~/.tofurc`):")
	g.fill("/path/to/terraform-provider-origintls/.bin", filepath.Join(g.absolute(root), ".bin", "acceptance"))
	g.write("text", rc)
	g.env = slices.DeleteFunc(g.env, func(v string) bool { return strings.HasPrefix(v, "TF_CLI_CONFIG_FILE=") })
	g.env = append(g.env, "HOME="+g.dir)
	g.says("after which no `init` is needed")
	issue("3")
	g.do(0, "unset TF_CLI_CONFIG_FILE; export HOME='"+g.dir+"'; rm -r .terraform .terraform.lock.hcl; terraform apply")
	g.serves("client 3")
	g.shows("Provider development overrides are in effect")
}

// serves fails unless the edge presents a certificate of this name.
func (g *walk) serves(name string) {
	g.t.Helper()
	if got := g.presents("example.com"); got != name {
		g.t.Errorf("in %q of %s, the edge presents %q, want %q", g.section, g.page.path, got, name)
	}
	if err := acctest.EverythingActive(g.world); err != nil {
		g.t.Error(err)
	}
}

// make runs the next block, which is `make` and a target, with other arguments.
func (g *walk) make(arguments string) {
	g.t.Helper()
	script := strings.TrimSpace(g.block("sh"))
	target, is := strings.CutPrefix(script, "make ")
	if !is || !strings.Contains(" "+arguments+" ", " "+target+" ") {
		g.t.Fatalf("in %q of %s, make %s is expected, and here is %s", g.section, g.page.path, arguments, script)
	}
	g.do(0, "make -C '"+g.absolute(root)+"' "+arguments)
}
