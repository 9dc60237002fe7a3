package e2e

import (
	"archive/zip"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// keyVariables declares the variables that journal.vars sets.
const keyVariables = `
variable "zone_certificate" { type = string }
variable "hostname_certificate" { type = string }
variable "zone_key" {
  type      = string
  ephemeral = true
}
variable "hostname_key" {
  type      = string
  ephemeral = true
}
`

// writeOnly is a configuration with a zone certificate and a hostname certificate, both with write-only keys, and an
// association.
const writeOnly = keyVariables + `
resource "origintls_zone_certificate" "c" {
  zone_id        = "` + acctest.Zone + `"
  certificate    = var.zone_certificate
  private_key_wo = var.zone_key
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_certificate" "c" {
  zone_id        = "` + acctest.Zone + `"
  certificate_wo = var.hostname_certificate
  private_key_wo = var.hostname_key
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_association" "a" {
  zone_id        = "` + acctest.Zone + `"
  hostname       = "api.example.com"
  certificate_id = origintls_hostname_certificate.c.id
}
`

// secretLines returns the texts that must not be written anywhere: the token, and each line of the keys except the PEM labels.
func secretLines(pairs ...certtest.Pair) []string {
	secrets := []string{acctest.Token}
	for _, p := range pairs {
		for line := range strings.Lines(p.PrivateKey) {
			if line = strings.TrimSpace(line); len(line) > 16 && !strings.HasPrefix(line, "-----") {
				secrets = append(secrets, line)
			}
		}
	}
	return secrets
}

// journal collects everything that the CLI and the provider leave behind: output, logs, state and plans.
type journal struct {
	t   *testing.T
	cli *acctest.CLI
	log string // the path of the trace log
	out strings.Builder
}

func newJournal(t *testing.T, w *acctest.World) *journal {
	t.Helper()
	j := &journal{t: t, cli: w.CLI(t), log: filepath.Join(t.TempDir(), "trace.log")}
	j.cli.Env = append(j.cli.Env, "TF_LOG=TRACE", "TF_LOG_PATH="+j.log)
	t.Cleanup(func() {
		if t.Skipped() {
			return
		}
		if !strings.Contains(j.places()["trace log"], "Cloudflare API request") {
			t.Error("the trace holds no line of the client, so it proves nothing")
		}
	})
	return j
}

func (j *journal) run(code int, args ...string) {
	j.t.Helper()
	j.out.WriteString(j.cli.Must(code, args...))
}

func (j *journal) vars(zone, hostname certtest.Pair) {
	j.cli.Env = append(j.cli.Env,
		"TF_VAR_zone_certificate="+zone.Certificate, "TF_VAR_zone_key="+zone.PrivateKey,
		"TF_VAR_hostname_certificate="+hostname.Certificate, "TF_VAR_hostname_key="+hostname.PrivateKey)
}

// places returns everything that the commands left behind, by name. A saved plan is a zip, so each file in it has an entry.
func (j *journal) places() map[string]string {
	places := map[string]string{"output": j.out.String(), "trace log": acctest.ReadFile(j.t, j.log)}
	for _, name := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		places[name] = j.cli.Read(name)
	}
	saved := j.cli.Read("saved.tfplan")
	if saved == "" {
		return places
	}
	archive, err := zip.NewReader(strings.NewReader(saved), int64(len(saved)))
	acctest.NoError(j.t, err)
	for _, file := range archive.File {
		r, err := file.Open()
		acctest.NoError(j.t, err)
		content, err := io.ReadAll(r)
		acctest.NoError(j.t, err)
		places["saved plan, "+file.Name] = string(content)
	}
	return places
}

func (j *journal) holdsNone(secrets []string, except ...string) {
	j.t.Helper()
	for place, content := range j.places() {
		for _, secret := range secrets {
			if strings.Contains(content, secret) && !slices.Contains(except, place) {
				at := strings.Index(content, secret)
				j.t.Errorf("%s holds a secret:\n…%s…", place, content[max(0, at-300):min(len(content), at+len(secret)+100)])
				break
			}
		}
	}
}

func TestAccWriteOnlyKeysAreNowhere(t *testing.T) {
	w := acctest.New(t)
	j := newJournal(t, w)
	t.Parallel()
	pairs := []certtest.Pair{}
	for _, name := range []string{"zone one", "hostname one", "zone two", "hostname two"} {
		pairs = append(pairs, certtest.Leaf(t, name))
	}
	secrets := secretLines(pairs...)
	j.cli.Write("main.tf", writeOnly)
	check := func() { j.t.Helper(); j.holdsNone(secrets) }

	j.vars(pairs[0], pairs[1])
	j.run(0, "plan", "-no-color", "-out=saved.tfplan")
	j.run(0, "show", "-json", "saved.tfplan")
	j.run(0, "apply", "-no-color", "saved.tfplan")
	check()
	j.run(0, "plan", "-detailed-exitcode", "-no-color") // the certificates are the same, so the plan is empty
	w.Sim.ClearRequests()

	// A new certificate and key replace each certificate. Nothing else changes.
	j.vars(pairs[2], pairs[3])
	j.run(2, "plan", "-detailed-exitcode", "-no-color", "-out=saved.tfplan")
	acctest.WantSays(t, j.out.String(), "Plan: 2 to add, 1 to change, 2 to destroy.")
	j.run(0, "show", "-json", "saved.tfplan")
	j.run(0, "apply", "-no-color", "saved.tfplan")
	check()
	w.WantEverythingActive()
	live := w.Live() // the zone certificate comes first
	if len(live) != 2 || !strings.Contains(live[0].Subject, "zone two") || !strings.Contains(live[1].Subject, "hostname two") {
		t.Fatalf("after the replacement, live are %+v", live)
	}

	// An import into an empty state neither needs the keys nor stores them.
	j.run(0, "state", "rm", "origintls_zone_certificate.c", "origintls_hostname_certificate.c")
	j.run(0, "import", "-no-color", "origintls_zone_certificate.c", acctest.Zone+"/"+live[0].ID)
	j.run(0, "import", "-no-color", "origintls_hostname_certificate.c", acctest.Zone+"/"+live[1].ID)
	j.run(0, "plan", "-detailed-exitcode", "-no-color")
	check()

	// An apply fails, and a plan is rejected.
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = true })
	j.vars(pairs[0], pairs[1])
	j.run(1, "apply", "-auto-approve", "-no-color")
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = false })
	j.vars(certtest.Pair{Certificate: pairs[0].Certificate, PrivateKey: pairs[1].PrivateKey}, pairs[1])
	j.run(1, "plan", "-no-color")
	check()
	j.vars(pairs[0], pairs[1])
	j.run(0, "apply", "-auto-approve", "-no-color")
	j.run(0, "destroy", "-auto-approve", "-no-color")
	check()
	w.WantNothingLive()
}

func TestAccKeysWithoutWriteOnlyAreInTheStateAlone(t *testing.T) {
	w := acctest.New(t)
	j := newJournal(t, w)
	t.Parallel()
	one, two := certtest.Leaf(t, "one"), certtest.Leaf(t, "two")
	// The keys are literals in the configuration. The CLI would print them with a diagnostic that points there.
	heredoc := func(p certtest.Pair, key string) string {
		return "resource \"origintls_zone_certificate\" \"c\" {\n  zone_id = \"" + acctest.Zone + "\"\n  certificate = <<-EOT\n" + p.Certificate +
			"EOT\n  private_key = <<-EOT\n" + key + "EOT\n}\n"
	}
	stateToo := []string{"terraform.tfstate", "terraform.tfstate.backup"}
	secrets := secretLines(one, two)
	j.cli.Write("main.tf", heredoc(one, two.PrivateKey))
	j.run(1, "plan", "-no-color")
	j.cli.Write("main.tf", heredoc(one, one.PrivateKey[:len(one.PrivateKey)/2]+"\n"))
	j.run(1, "plan", "-no-color")
	// A key is passed as the certificate: the two arguments are swapped, one file holds both, or both arguments get the key.
	for _, wrong := range []string{
		heredoc(certtest.Pair{Certificate: one.PrivateKey}, one.Certificate),
		heredoc(certtest.Pair{Certificate: one.Certificate + one.PrivateKey}, one.PrivateKey),
		heredoc(certtest.Pair{Certificate: one.PrivateKey}, one.PrivateKey),
		strings.Replace(heredoc(certtest.Pair{Certificate: one.PrivateKey}, one.PrivateKey), "private_key ", "certificate_wo ", 1),
	} {
		j.cli.Write("main.tf", wrong)
		j.run(1, "plan", "-no-color")
		j.run(1, "plan", "-json")
		j.run(1, "validate", "-json")
	}
	j.cli.Write("main.tf", heredoc(one, one.PrivateKey))
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = true })
	j.run(1, "apply", "-auto-approve", "-no-color")
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = false })
	j.run(0, "apply", "-auto-approve", "-no-color")
	j.run(0, "plan", "-detailed-exitcode", "-no-color")
	// The state holds the key of an object, and a refresh or a destroy of it fails.
	for _, refusal := range []struct {
		method  string
		command []string
		says    string
	}{
		{"GET", []string{"plan", "-no-color"}, "Unable to read zone certificate"},
		{"DELETE", []string{"destroy", "-auto-approve", "-no-color"}, "Unable to delete zone certificate"},
	} {
		w.Sim.AddFault(simulator.Fault{Method: refusal.method, Do: simulator.Action{Status: 403, Code: 10000, Message: "Authentication error"}})
		j.run(1, refusal.command...)
		w.Sim.ClearFaults()
		acctest.WantSays(t, j.out.String(), refusal.says)
	}
	j.holdsNone(secrets, stateToo...)
	if !strings.Contains(j.cli.Read("terraform.tfstate"), strings.Split(one.PrivateKey, "\n")[1]) {
		t.Error("the key is not in the state, so this test proves nothing")
	}

	// A change to private_key_wo sends no request, and removes the key from the state.
	w.Sim.ClearRequests()
	j.cli.Write("main.tf", strings.Replace(heredoc(one, one.PrivateKey), "private_key ", "private_key_wo ", 1))
	j.run(0, "apply", "-auto-approve", "-no-color")
	w.WantNoWrites()
	j.holdsNone(secrets, "terraform.tfstate.backup")
	j.run(0, "plan", "-detailed-exitcode", "-no-color")
	j.run(0, "destroy", "-auto-approve", "-no-color")
	j.holdsNone(secrets, "terraform.tfstate.backup")
}
