package guides

import (
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// declared is the configuration that the reader already has, unless a guide says otherwise.
const declared = "terraform {\n  required_providers {\n    origintls = { source = \"origintls/origintls\" }\n  }\n}\n"

func TestAccGuideKeysOutOfState(t *testing.T) {
	g := follow(t, "docs/guides/keys-out-of-state.md", "openssl")
	pair := certtest.Leaf(t, "client")
	g.put("client.pem", pair.Certificate)
	g.put("client.key", pair.PrivateKey)
	secret := strings.Split(pair.PrivateKey, "\n")[1]
	g.put("provider.tf", declared)
	g.do(0, "terraform init")

	g.generate()

	g.at("The key is needed only for an upload")
	g.write("terraform", "main.tf")
	g.do(1, "terraform plan")
	g.prints("Missing private key")
	given := g.read("main.tf")

	g.at("From a file or the environment")
	g.write("terraform", "main.tf")
	g.do(0, "terraform plan -out=wo.tfplan")
	g.do(0, "mv client.key kept.key")
	g.do(1, "terraform plan") // without the file of the key, an upload cannot be planned
	g.shows("Missing private key")
	g.do(0, "mv kept.key client.key")
	g.put("main.tf", given)
	g.sh()
	g.active(1)
	g.unchanged("terraform plan -detailed-exitcode") // without the key, because the page says "a pipeline that only checks for drift does not need one"
	g.clean(secret, "terraform.tfstate", "wo.tfplan")

	g.at("From Vault")
	g.excuse("terraform", "needs the Vault provider and a Vault")
	g.at("From AWS Secrets Manager")
	g.excuse("terraform", "needs the AWS provider and an account")

	g.at("Moving from private_key to private_key_wo")
	g.put("main.tf", strings.Replace(given, "private_key_wo = var.private_key", `private_key = file("client.key")`, 1))
	g.do(0, "terraform apply")
	if !strings.Contains(g.read("terraform.tfstate"), secret) {
		t.Error("private_key is not in the state, so there is nothing to move")
	}
	g.step("rename the argument")
	g.put("main.tf", strings.Replace(g.read("main.tf"), "private_key =", "private_key_wo =", 1))
	g.do(0, "terraform plan -out=move.tfplan")
	g.shown()
	g.unchanged("terraform apply")

	g.at("Cleaning up")
	g.step("find old copies")
	g.do(0, "terraform show -json move.tfplan; cat terraform.tfstate.backup")
	if strings.Count(g.out, secret) < 2 {
		t.Errorf("the plan of the move and the backup do not contain the key:\n%s", g.out)
	}
	g.do(1, g.block("sh")) // grep exits with 1 if it finds nothing
	if g.out != "0\n" {
		t.Errorf("the state contains a key:\n%s", g.out)
	}
}

// generate follows the section about certificates that the provider generates.
func (g *walk) generate() {
	g.t.Helper()
	g.at("Let the provider make the key")
	g.sh()
	g.write("terraform", "main.tf")
	g.do(1, "terraform plan")
	g.prints("Missing CA private key")
	g.sh()
	g.active(1)
	if c := g.world.State().ZoneCertificates[0]; c.Subject != "CN=edge origin pull" || !strings.Contains(g.read("terraform.tfstate"), `"issuer": "CN=Origin pull CA 2026"`) {
		g.t.Errorf("the generated certificate is %+v", c)
	}
	g.do(0, "terraform plan -out=generated.tfplan")
	for _, line := range strings.Split(g.read("ca.key"), "\n")[1:3] {
		g.clean(line, "terraform.tfstate", "generated.tfplan")
	}
	g.at("Renewal")
	g.step("no renewal yet")
	g.unchanged("terraform plan -detailed-exitcode") // a plan without changes does not need the CA's key
	g.excuse("yaml", "a workflow of GitHub")
	g.at("Without a CA")
	g.excuse("terraform", "TestAccExamplesApply applies it, and TestAccRotation_GeneratedFailsNoPull renews one like it under traffic")
	g.do(0, "terraform destroy")
}

// unchanged runs a command, and fails if it sends anything but reads.
func (g *walk) unchanged(command string) {
	g.t.Helper()
	g.world.Sim.ClearRequests()
	g.do(0, command)
	g.world.WantNoWrites()
}

// clean fails if a file contains a secret. A plan is a ZIP archive, so use the output of "terraform show -json" for it.
func (g *walk) clean(secret string, files ...string) {
	g.t.Helper()
	for _, file := range files {
		g.do(0, "terraform show -json "+file+"; test -s "+file)
		if strings.Contains(g.out+g.read(file), secret) {
			g.t.Errorf("in %q of %s, %s contains the key", g.section, g.page.path, file)
		}
	}
}

// active fails unless there are n live certificates, all of them active.
func (g *walk) active(n int) {
	g.t.Helper()
	g.world.WantEverythingActive()
	if live := g.world.Live(); len(live) != n {
		g.t.Errorf("in %q of %s, live are %+v", g.section, g.page.path, live)
	}
}
