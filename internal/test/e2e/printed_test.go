package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// block is a block of configuration whose arguments are all strings.
type block struct {
	kind, name string // "resource", "origintls_zone_certificate"
	arguments  map[string]string
}

// heredocs writes blocks as HCL. Arguments of several lines become heredocs.
func heredocs(blocks []block) string {
	var out strings.Builder
	for i, b := range blocks {
		fmt.Fprintf(&out, "%s %q \"c%d\" {\n", b.kind, b.name, i)
		for name, value := range b.arguments {
			if strings.Contains(value, "\n") {
				fmt.Fprintf(&out, "  %s = <<-EOT\n%s\nEOT\n", name, strings.TrimSuffix(value, "\n"))
			} else {
				fmt.Fprintf(&out, "  %s = %q\n", name, value)
			}
		}
		out.WriteString("}\n")
	}
	return out.String()
}

// tree returns blocks in the structure of Terraform's JSON configurations.
func tree(blocks []block) map[string]map[string]map[string]map[string]string {
	out := map[string]map[string]map[string]map[string]string{}
	for i, b := range blocks {
		if out[b.kind] == nil {
			out[b.kind] = map[string]map[string]map[string]string{}
		}
		if out[b.kind][b.name] == nil {
			out[b.kind][b.name] = map[string]map[string]string{}
		}
		out[b.kind][b.name][fmt.Sprint("c", i)] = b.arguments
	}
	return out
}

// wrongBlocks are blocks whose certificate or key the provider rejects. Each has a private key somewhere. summaries are
// the summaries of the errors.
func wrongBlocks(one, two certtest.Pair) (blocks []block, summaries []string) {
	add := func(summary, kind, name string, arguments map[string]string) {
		blocks = append(blocks, block{kind, name, arguments})
		summaries = append(summaries, summary)
	}
	for _, name := range []string{"origintls_zone_certificate", "origintls_hostname_certificate"} {
		for _, c := range []struct{ summary, certificate, key string }{
			{"Invalid certificate", one.PrivateKey, one.Certificate},
			{"Invalid certificate", one.Certificate + one.PrivateKey, one.PrivateKey},
			{"Invalid certificate", one.PrivateKey + one.Certificate, one.PrivateKey},
			{"Invalid certificate", strings.ReplaceAll(one.PrivateKey, "\n", " "), one.PrivateKey},
			{"Invalid certificate", base64.StdEncoding.EncodeToString([]byte(one.PrivateKey)), one.PrivateKey},
			{"Invalid private key", one.Certificate, one.PrivateKey + two.PrivateKey},
			{"Invalid private key", one.Certificate, one.PrivateKey + one.Certificate},
			{"Invalid private key", one.Certificate, strings.Replace(one.PrivateKey, "-----BEGIN", "----BEGIN", 1)},
			{"Invalid private key", one.Certificate, strings.Replace(one.PrivateKey, "PRIVATE", "private", 1)},
			{"Invalid private key", one.Certificate, one.PrivateKey[:150] + "\n"},
			{"Invalid private key", one.Certificate, strings.Join(strings.Split(one.PrivateKey, "\n")[1:3], "\n")},
			{"Private key does not match certificate", one.Certificate, two.PrivateKey},
		} {
			add(c.summary, "resource", name, map[string]string{"zone_id": acctest.Zone, "certificate": c.certificate, "private_key": c.key})
			add(c.summary, "resource", name, map[string]string{"zone_id": acctest.Zone, "certificate_wo": c.certificate, "private_key_wo": c.key})
			add(c.summary, "ephemeral", "origintls_origin_handshake", map[string]string{"hostname": "www.example.com", "certificate": c.certificate, "private_key": c.key})
			if strings.Contains(c.certificate, "PRIVATE") {
				add(c.summary, "data", "origintls_origin", map[string]string{"hostname": "www.example.com", "issuer": c.certificate})
			}
		}
		add("Conflicting private keys", "resource", name, map[string]string{
			"zone_id": acctest.Zone, "certificate": one.Certificate, "private_key": one.PrivateKey, "private_key_wo": one.PrivateKey,
		})
		add("Conflicting certificates", "resource", name, map[string]string{
			"zone_id": acctest.Zone, "certificate": one.Certificate, "certificate_wo": one.Certificate, "private_key": one.PrivateKey,
		})
		add("Missing certificate", "resource", name, map[string]string{"zone_id": acctest.Zone, "private_key": one.PrivateKey})
	}
	return blocks, summaries
}

// No error about a certificate or key makes the CLI print a private key from the configuration, neither from a heredoc nor
// from JSON that has a line for each argument.
func TestAccErrorsPrintNoKey(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	cli.Needs("write-only arguments", "1.11", "1.11")
	t.Parallel()
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	blocks, summaries := wrongBlocks(one, two)
	pretty, err := json.MarshalIndent(tree(blocks), "", "  ")
	acctest.NoError(t, err)
	for name, config := range map[string][2]string{"heredocs": {heredocs(blocks), "{}"}, "JSON": {"", string(pretty)}} {
		cli.Write("main.tf", config[0])
		cli.Write("more.tf.json", config[1])
		for _, args := range [][]string{{"validate", "-no-color"}, {"validate", "-json"}, {"plan", "-no-color"}, {"plan", "-json"}} {
			out := cli.Must(1, args...)
			for _, summary := range summaries {
				if !strings.Contains(out, summary) {
					t.Errorf("%s, %s: the output does not say %q", name, args, summary)
				}
			}
			if args[1] == "-no-color" && strings.Count(out, "Error: ") < len(blocks) {
				t.Errorf("%s, %s: %d errors for %d blocks", name, args, strings.Count(out, "Error: "), len(blocks))
			}
			holdsNoLineOf(t, out, one, two)
		}
	}
}

func holdsNoLineOf(t *testing.T, out string, pairs ...certtest.Pair) {
	t.Helper()
	for _, p := range pairs {
		lines := strings.Split(p.PrivateKey, "\n")
		// The rest of the encoding is the public key, which the certificate shows as well.
		for _, secret := range []string{lines[1], lines[2][:24], base64.StdEncoding.EncodeToString([]byte(p.PrivateKey))[60:100]} {
			if at := strings.Index(out, secret); at >= 0 {
				t.Fatalf("the output shows a key:\n…%s…", out[max(0, at-600):min(len(out), at+100)])
			}
		}
	}
}

// If a configuration is a single line, the CLI prints all of it with any diagnostic that points into it. So a correct
// configuration must cause no such diagnostic when it is created, refreshed or destroyed.
func TestAccOneLineOfJSONIsNotPrinted(t *testing.T) {
	_, cli := acctest.Start(t)
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	for _, p := range []certtest.Pair{one, two} {
		line, err := json.Marshal(tree([]block{
			{"resource", "origintls_zone_certificate", map[string]string{"zone_id": acctest.Zone, "certificate": p.Certificate, "private_key": p.PrivateKey}},
			{"resource", "origintls_hostname_certificate", map[string]string{"zone_id": acctest.Zone, "certificate": p.Certificate, "private_key": p.PrivateKey}},
		}))
		acctest.NoError(t, err)
		cli.Write("main.tf.json", string(line))
		for _, args := range [][]string{
			{"validate", "-json"}, {"plan", "-no-color"}, {"plan", "-json"}, {"apply", "-auto-approve", "-no-color"}, {"plan", "-json"}, {"apply", "-auto-approve", "-json"},
		} {
			holdsNoLineOf(t, cli.Must(0, args...), one, two)
		}
	}
	holdsNoLineOf(t, cli.Destroy(), one, two)
}
