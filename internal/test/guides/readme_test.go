package guides

import (
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// The README's reader has installed the provider. docs/index.md, which TestAccIndex follows, explains how.
func TestAccReadme(t *testing.T) {
	g := follow(t, "README.md", "make")
	ca := certtest.CA(t, "authority")
	g.put("ca.pem", ca.Certificate)
	g.put("ca.key", ca.PrivateKey)

	g.at("Terraform provider origintls")
	g.excuse("text", "a picture")
	g.at("The smallest configuration")
	g.write("terraform", "main.tf")
	g.command(0, "terraform init")
	g.command(0, "terraform apply")
	g.serves("origin pull")
	if issuer := ca.Leaf.Subject.String(); !strings.Contains(g.read("terraform.tfstate"), "\"issuer\": \""+issuer) {
		t.Errorf("%s is not the issuer:\n%s", issuer, g.read("terraform.tfstate"))
	}
	g.do(0, "rm ca.key")
	g.unchanged("terraform plan -detailed-exitcode")
	if strings.Contains(g.read("terraform.tfstate"), "PRIVATE KEY") {
		t.Error("the key is in the state")
	}

	g.at("See it work, without an account")
	g.make("-n demo") // .ci/run runs it with the CLI that is installed
}

// serves fails unless the edge presents a certificate with this common name.
func (g *walk) serves(name string) {
	g.t.Helper()
	if got := g.presents("example.com"); got != name {
		g.t.Errorf("in %q of %s, the edge presents %q, want %q", g.section, g.page.path, got, name)
	}
	g.world.WantEverythingActive()
}

// make runs the next block, which is `make` with a target, with other arguments.
func (g *walk) make(arguments string) {
	g.t.Helper()
	script := strings.TrimSpace(g.block("sh"))
	target, is := strings.CutPrefix(script, "make ")
	if !is || !strings.Contains(" "+arguments+" ", " "+target+" ") {
		g.t.Fatalf("in %q of %s, want make %s, but the block is %s", g.section, g.page.path, arguments, script)
	}
	g.do(0, "make -C '"+g.absolute(root)+"' "+arguments)
}
