package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// arrivals are the ways to pass a pair to a configuration. Each writes zone certificate "c", with further lines in its
// block. key is the argument for the private key.
var arrivals = map[string]func(cli *acctest.CLI, p certtest.Pair, key, ignored string){
	"heredoc": func(cli *acctest.CLI, p certtest.Pair, key, ignored string) {
		cli.Write("main.tf", pairFrom("<<-EOT\n"+p.Certificate+"EOT", key, "<<-EOT\n"+p.PrivateKey+"EOT", ignored))
	},
	"file": func(cli *acctest.CLI, p certtest.Pair, key, ignored string) {
		cli.Write("client.pem", p.Certificate)
		cli.Write("client.key", p.PrivateKey)
		cli.Write("main.tf", pairFrom(`file("client.pem")`, key, `file("client.key")`, ignored))
	},
	"variable": func(cli *acctest.CLI, p certtest.Pair, key, ignored string) {
		cli.Env = append(cli.Env, "TF_VAR_certificate="+p.Certificate, "TF_VAR_key="+p.PrivateKey)
		cli.Write("main.tf", "variable \"certificate\" {}\nvariable \"key\" { sensitive = true }\n"+pairFrom("var.certificate", key, "var.key", ignored))
	},
	"JSON": func(cli *acctest.CLI, p certtest.Pair, key, ignored string) {
		arguments := map[string]any{"zone_id": acctest.Zone, "certificate": p.Certificate, key: p.PrivateKey}
		if ignored != "" {
			arguments["lifecycle"] = map[string]any{"ignore_changes": []string{ignored}}
		}
		raw, _ := json.Marshal(map[string]any{"resource": map[string]any{"origintls_zone_certificate": map[string]any{"c": arguments}}})
		cli.Write("main.tf.json", string(raw))
	},
	"known at apply": func(cli *acctest.CLI, p certtest.Pair, key, ignored string) {
		cli.Write("main.tf", fmt.Sprintf("resource \"terraform_data\" \"pair\" {\n  input = { certificate = %q, key = %q }\n}\n", p.Certificate, p.PrivateKey)+
			pairFrom("terraform_data.pair.output.certificate", key, "terraform_data.pair.output.key", ignored))
	},
}

func pairFrom(certificate, key, keyValue, ignored string) string {
	return fmt.Sprintf("resource \"origintls_zone_certificate\" \"c\" {\n  zone_id = %q\n  certificate = %s\n  %s = %s\n  lifecycle {\n    ignore_changes = [%s]\n  }\n}\n",
		acctest.Zone, certificate, key, keyValue, ignored)
}

func servesOnly(t *testing.T, w *acctest.World, p certtest.Pair) {
	t.Helper()
	w.WantEverythingActive()
	if live := w.Live(); len(live) != 1 || live[0].Fingerprint != certpem.Fingerprint(p.Certificate) {
		t.Errorf("want only %s to be live, but live are %+v", p.Leaf.Subject, live)
	}
}

// Users of the official provider have ignore_changes = [private_key] in their configurations, because it needs that after
// an import. With it, a new pair still replaces the old one, and a certificate and key that do not belong together are
// rejected before anything is sent.
func TestAccIgnoredKey(t *testing.T) {
	for name, arrive := range arrivals {
		for _, key := range []string{"private_key", "private_key_wo"} {
			t.Run(name+" "+key, func(t *testing.T) {
				w := acctest.New(t)
				cli := w.CLI(t)
				if key == "private_key_wo" {
					cli.Needs("write-only arguments", "1.11", "1.11")
				}
				t.Parallel()
				one, two, three := certtest.Leaf(t, "one"), certtest.Leaf(t, "two"), certtest.Leaf(t, "three")
				arrive(cli, one, key, key)
				cli.Apply()
				arrive(cli, two, key, key)
				cli.Apply()
				servesOnly(t, w, two)
				cli.EmptyPlan()
				w.Sim.ClearRequests()
				three.PrivateKey = one.PrivateKey
				arrive(cli, three, key, key)
				if out := cli.Must(1, "apply", "-auto-approve", "-no-color"); !acctest.Says("Private key does not match certificate").MatchString(out) {
					t.Errorf("the error about a wrong pair has another text:\n%s", out)
				}
				if w.Sent("POST") > 0 {
					t.Error("the provider sent a wrong pair")
				}
			})
		}
	}
}

// With ignore_changes = [certificate], a certificate that somebody renewed outside Terraform causes no change and no error.
func TestAccIgnoredCertificate(t *testing.T) {
	for name, arrive := range arrivals {
		t.Run(name, func(t *testing.T) {
			w, cli := acctest.Start(t)
			one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
			arrive(cli, one, "private_key", "certificate")
			cli.Apply()
			w.Sim.ClearRequests()
			arrive(cli, two, "private_key", "certificate")
			cli.Apply()
			w.WantNoWrites()
			servesOnly(t, w, one)
			cli.EmptyPlan()
		})
	}
}

// The configuration of an imported certificate ignores changes of both arguments.
func TestAccIgnoredAfterImport(t *testing.T) {
	w, cli := acctest.Start(t)
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	id := w.Sim.AddCertificate("zone", acctest.Zone, one.Certificate, one.PrivateKey)
	cli.Write("main.tf", pairFrom(fmt.Sprintf("%q", two.Certificate), "private_key", fmt.Sprintf("%q", two.PrivateKey), "certificate, private_key"))
	cli.Must(0, "import", "-no-color", "origintls_zone_certificate.c", acctest.Zone+"/"+id)
	w.Sim.ClearRequests()
	cli.Apply()
	cli.EmptyPlan()
	w.WantNoWrites()
	servesOnly(t, w, one)
}

// A resource with count = 0 may have an empty certificate, because the file of it does not exist.
func TestAccEmptyCertificateWithoutAnInstance(t *testing.T) {
	_, cli := acctest.Start(t)
	config := func(count int) string {
		var out strings.Builder
		for _, name := range []string{"origintls_zone_certificate", "origintls_hostname_certificate"} {
			fmt.Fprintf(&out, "resource %q \"c\" {\n  count = %d\n  zone_id = %q\n  certificate = try(file(\"none.pem\"), \"\")\n  private_key = try(file(\"none.key\"), \"\")\n}\n", name, count, acctest.Zone)
		}
		fmt.Fprintf(&out, "data \"origintls_origin\" \"o\" {\n  count = %d\n  hostname = \"www.example.com\"\n  issuer = try(file(\"none.pem\"), \"\")\n}\n", count)
		return out.String()
	}
	cli.Write("main.tf", config(0))
	cli.Must(0, "validate")
	cli.EmptyPlan()
	cli.Write("main.tf", config(1))
	out := cli.Must(1, "plan", "-no-color")
	for _, says := range []string{
		"Invalid certificate", "The value of certificate cannot be used: it is empty", "Invalid private key", "The value of private_key cannot be used: it is empty",
		"The value of issuer cannot be used: it is empty",
	} {
		acctest.WantSays(t, out, says)
	}
}

// Users get null elements from expressions such as `condition ? {...} : null`.
func TestAccNullElements(t *testing.T) {
	w, cli := acctest.Start(t)
	bulk := func(associations string) string {
		return fmt.Sprintf(`
resource "terraform_data" "no" { input = { bulk = { "a.example.com" = null }, origins = [null] } }
resource "origintls_hostname_associations" "all" {
  zone_id      = %q
  associations = %s
}
`, acctest.Zone, associations)
	}
	says := func(out string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			acctest.WantSays(t, out, text)
		}
		if strings.Contains(out, "error in the provider") || strings.Contains(out, "Provider produced") {
			t.Errorf("the output blames the provider:\n%s", out)
		}
	}
	advice := []string{"Missing association", `The value for the hostname "a.example.com" is null`, "hostname => association if association != null"}
	const element = `{ "a.example.com" = false ? { certificate_id = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60", enabled = true } : null }`
	cli.Write("main.tf", bulk(element))
	says(cli.Must(1, "validate", "-no-color"), advice...)
	says(cli.Must(1, "plan", "-no-color"), advice...)
	acctest.WantNoError(t, acctest.NoRequest(w))
	cli.Write("main.tf", bulk("terraform_data.no.output.bulk")) // it is only known during the apply that it is null
	says(cli.Must(1, "apply", "-auto-approve", "-no-color"), advice...)
	cli.Write("main.tf", bulk(`{ "a.example.com" = { certificate_id = null } }`))
	says(cli.Must(1, "plan", "-no-color"), `associations["a.example.com"].certificate_id`)

	pair := certtest.Leaf(t, "one")
	origins := func(list string) string {
		hcl := certificate(pair)
		return bulk("{}") + hcl[:len(hcl)-3] + "  verify_origins = " + list + "\n}\n"
	}
	cli.Write("main.tf", origins(`[false ? { address = "www.example.com" } : null]`))
	says(cli.Must(1, "plan", "-no-color"), "Missing address", "[for origin in local.origins : origin if origin != null]")
	cli.Write("main.tf", origins("terraform_data.no.output.origins"))
	says(cli.Must(1, "apply", "-auto-approve", "-no-color"), "Missing address", "An element of verify_origins is null.")
}
