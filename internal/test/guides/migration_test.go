package guides

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/migration"
)

const (
	both = "terraform {\n  required_providers {\n    origintls = { source = \"origintls/origintls\" }\n    cloudflare = { source = \"cloudflare/cloudflare\" }\n  }\n}\n"

	// The rest of the reader's configuration. The keys are variables, as in the configuration of version 5.
	variables = `
variable "zone_id" {
  default = "` + acctest.Zone + `"
}
variable "zone_private_key" {
  ephemeral = true
  default   = null
}
variable "host_private_key" {
  ephemeral = true
  default   = null
}
`

	// The reader's configuration of version 5, with the names of the guide's table.
	former = `
resource "cloudflare_authenticated_origin_pulls_certificate" "edge" {
  zone_id     = var.zone_id
  certificate = file("zone.pem")
  private_key = file("zone.key")
}
resource "cloudflare_authenticated_origin_pulls_hostname_certificate" "api" {
  zone_id     = var.zone_id
  certificate = file("host.pem")
  private_key = file("host.key")
}
resource "cloudflare_authenticated_origin_pulls_settings" "zone" {
  zone_id = var.zone_id
  enabled = true
}
`
	formerAssociation = `
resource "cloudflare_authenticated_origin_pulls" "api" {
  zone_id = var.zone_id
  config  = [{ hostname = "api.example.com", cert_id = cloudflare_authenticated_origin_pulls_hostname_certificate.api.id, enabled = true }]
}
`
)

func TestAccGuideMigration(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v5", "v4"} {
		t.Run(version, func(t *testing.T) {
			g := follow(t, "docs/guides/migration.md")
			g.install("cloudflare/cloudflare", acctest.CloudflareStandIn(t))
			g.fromOfficial("cloudflare-" + version + ".tfstate")
			g.put("provider.tf", both+variables)

			g.at("Step by step")
			if version == "v5" {
				g.put("main.tf", former+formerAssociation)
				g.do(0, "terraform init")
				g.empty()
			}
			g.sh()
			block := g.block("terraform")
			g.step("addresses of version 4")
			if version == "v4" {
				block = strings.NewReplacer("pulls_hostname_certificate", "pulls_certificate", "pulls_settings", "pulls").Replace(block)
			}
			g.put("main.tf", block)
			g.command(0, "terraform init")
			g.command(0, "terraform plan")
			g.shown()
			g.unchanged("terraform apply")
			g.prints("Apply complete! Resources: 0 added, 0 changed, 0 destroyed.")
			g.empty()
			g.command(1, `terraform state pull | grep -c "PRIVATE KEY"`) // grep exits with 1 if it finds nothing
			if g.out != "0\n" || !strings.Contains(g.read("before.tfstate"), "PRIVATE KEY") {
				t.Errorf("the state contains keys, or the former state contained none: %s", g.out)
			}
			g.step("clean up")
			g.put("provider.tf", declared+variables)
			g.put("main.tf", withoutMoves(block))
			g.empty()
			g.manyHostnames(version, block)
			g.backTo(version)
		})
	}
}

// manyHostnames follows the migration to the bulk resource, for the only hostname of this zone. internal/test/migration tests it
// for 40 zones.
func (g *walk) manyHostnames(version, moved string) {
	g.t.Helper()
	const script = "examples/scenarios/bulk-migration/bulk.sh"
	g.fill("curl -sSO https://raw.githubusercontent.com/origintls/terraform-provider-origintls/main/"+script, "cp '"+filepath.Join(g.absolute(root), script)+"' .")
	g.at("Many hostnames and zones")
	g.excuse("terraform", "an example of a condition; here there is one hostname, and its resource goes")
	g.step("go on")
	if version == "v4" {
		const reason = "the stand-in for the official provider speaks version 5; the script's own test has a state of version 4"
		g.excuse("sh", reason)
		g.excuse("sh", reason)
		g.excuse("text", reason)
		return
	}
	g.do(0, "mkdir ../many; cp *.pem *.key ../many; cp before.tfstate ../many/terraform.tfstate; cd ../many")
	g.put("../many/provider.tf", both+variables)
	g.put("../many/main.tf", withoutAssociation(moved))
	g.do(0, "terraform init")
	g.sh()
	g.world.Sim.ClearRequests()
	g.sh()
	g.shown()
	g.do(0, "terraform apply")
	g.world.WantNoWrites()
	g.empty()
	g.do(0, "terraform state list; cd '"+g.dir+"'")
	if strings.Contains(g.out, "cloudflare_") || !strings.Contains(g.out, "origintls_hostname_associations.zone_"+acctest.Zone) {
		g.t.Errorf("after the migration, the state has\n%s", g.out)
	}
}

// backTo follows the rest of the page, whose examples are for version 5.
func (g *walk) backTo(version string) {
	g.t.Helper()
	if version == "v4" {
		const reason = "the stand-in for the official provider speaks version 5"
		g.at("What is refused")
		g.step("remove and import")
		g.excuse("terraform", reason)
		g.at("How to go back")
		g.step("go back")
		g.excuse("sh", reason)
		return
	}
	g.at("What is refused")
	g.step("remove and import")
	g.do(0, "mkdir ../refused; cp *.pem *.key ../refused; cp before.tfstate ../refused/terraform.tfstate; cd ../refused")
	g.put("../refused/provider.tf", both+variables)
	g.put("../refused/main.tf", former+`
resource "origintls_hostname_association" "api" {
  zone_id        = var.zone_id
  hostname       = "api.example.com"
  certificate_id = cloudflare_authenticated_origin_pulls_hostname_certificate.api.id
}
`)
	g.write("terraform", "../refused/association.tf")
	g.unchanged("terraform init; terraform apply")
	g.shows("1 imported, 0 added, 0 changed, 0 destroyed")
	g.do(0, "terraform state list; cd '"+g.dir+"'")
	if strings.Contains(g.out, "cloudflare_authenticated_origin_pulls.api") || !strings.Contains(g.out, "origintls_hostname_association.api") {
		g.t.Errorf("after the removal and the import, the state has\n%s", g.out)
	}

	g.at("How to go back")
	g.step("go back")
	g.put("provider.tf", both+variables)
	g.put("main.tf", former+formerAssociation)
	g.sh()
	g.shows("No changes.")
}

// fromOfficial opens the guide for a reader whose state was written by the official provider. The simulator gets the objects of
// that state.
func (g *walk) fromOfficial(name string) {
	g.t.Helper()
	f := migration.Load(g.t, name)
	f.Seed(g.t, g.world, f)
	f.WritePairs(g.t, g.put)
	text := f.WithoutGlobal(g.t) // the page says that the global switch does not move
	g.do(0, "terraform version")
	if strings.HasPrefix(g.out, "OpenTofu") {
		text = strings.ReplaceAll(text, "registry.terraform.io", "registry.opentofu.org")
	}
	g.put("terraform.tfstate", text)
}

// withoutAssociation removes the association, and its moved block, from the page's configuration.
func withoutAssociation(text string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(text, "\n\n"), func(part string) bool {
		return strings.Contains(part, "origintls_hostname_association.api") || strings.Contains(part, `"origintls_hostname_association"`)
	}), "\n\n")
}

func withoutMoves(text string) string {
	var kept []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if !strings.HasPrefix(part, "moved ") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "\n\n")
}
