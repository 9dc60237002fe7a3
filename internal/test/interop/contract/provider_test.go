package contract

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const configuration = `
terraform {
  required_providers {
    origintls = { source = "origintls/origintls" }
  }
}
provider "origintls" {
  api_token = "writer"
  base_url  = %[2]q
}
resource "origintls_zone_certificate" "edge" {
  zone_id     = %[1]q
  certificate = file("zone%[3]s.pem")
  private_key = file("zone%[3]s.key")
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_certificate" "api" {
  zone_id     = %[1]q
  certificate = file("api%[3]s.pem")
  private_key = file("api%[3]s.key")
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_association" "one" {
  zone_id        = %[1]q
  hostname       = "one.example.com"
  certificate_id = origintls_hostname_certificate.api.id
}
resource "origintls_hostname_associations" "more" {
  zone_id      = %[1]q
  associations = { for i in [1, 2, 3] : "h${i}.example.com" => { certificate_id = origintls_hostname_certificate.api.id, enabled = i > 1 } }
}
resource "origintls_zone_setting" "this" {
  zone_id = %[1]q
  enabled = true
}
`

// TestProvider runs the provider with the real CLI through creation, rotation and destroy, under every preset. Every request of the
// provider must match Cloudflare's schema.
func TestProvider(t *testing.T) {
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if cli == "" {
		t.Skip("TF_ACC_TERRAFORM_PATH does not name a Terraform or OpenTofu binary")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "terraform-provider-origintls"), ".")
	build.Dir = "../../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, preset := range simulator.Presets() {
		t.Run(string(preset), func(t *testing.T) {
			b := preset.Behaviour()
			fast := simulator.Duration(60 * time.Millisecond)
			b.DeployAfter, b.AssociateAfter, b.VoidAfter, b.DeleteAfter = fast, fast, fast, fast
			b.ListLag, b.ReuploadLag, b.StatusLag, b.WriteTakes = 0, 0, 0, 0
			check := newChecker(t, simulator.New(simulator.Options{Behaviour: b}))
			server := httptest.NewServer(check)
			defer server.Close()
			dir := t.TempDir()
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"registry.terraform.io/origintls/origintls\" = %[1]q\n    \"registry.opentofu.org/origintls/origintls\" = %[1]q\n  }\n  direct {}\n}\n", bin))
			run := func(args ...string) {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), cli, args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v: %v\n%s", args, err, out)
				}
			}
			for _, generation := range []string{"1", "2"} {
				for _, name := range []string{"zone", "api"} {
					pair := certtest.Leaf(t, name+" "+generation)
					write(name+generation+".pem", pair.Certificate)
					write(name+generation+".key", pair.PrivateKey)
				}
				write("main.tf", fmt.Sprintf(configuration, zone, server.URL+"/client/v4", generation))
				run("apply", "-auto-approve", "-no-color")
			}
			run("destroy", "-auto-approve", "-no-color")
			for text := range check.wrong {
				t.Error(text)
			}
			if check.n < 20 {
				t.Errorf("the test checked only %d requests", check.n)
			}
		})
	}
}
