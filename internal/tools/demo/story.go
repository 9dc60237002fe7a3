package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

//go:embed config/*.tf
var config embed.FS

// story is the state that the steps share.
type story struct {
	ca     certtest.Pair
	world  *world
	runner *runner
	screen *screen
	dir    string // the working directory of the CLI
}

// step is a step of the demo. It fails if it does not do what its title says.
type step struct {
	title string
	do    func(context.Context) error
}

func (s *story) steps() []step {
	secret := step{"The private key is in no state file", s.withoutKey}
	if !s.runner.hasWriteOnly() {
		secret = step{"This CLI has no write-only arguments (1.11), so the state holds the private key", s.withKey}
	}
	adopt := step{"The state is lost: import blocks bring everything back, and need no key", s.adopt}
	if !s.runner.hasImportBlocks() {
		adopt = step{"The state is lost: imports bring everything back, and need no key", s.adopt}
	}
	return []step{
		{"The configuration", s.configuration},
		{"An origin that requires a client certificate refuses everybody", s.refusal},
		{"Apply: it ends when the edge presents the certificate", s.apply},
		secret,
		{"Rotate the certificate while the edge keeps pulling from the origin", s.rotate},
		{"The same rotation without create_before_destroy is an outage", s.rotateBadly},
		{"Somebody turns the setting off in the dashboard: the next plan shows it", s.drift},
		adopt,
		{"Destroy", s.destroy},
	}
}

// run runs the steps in order. The first one that fails ends the demo.
func (s *story) run(ctx context.Context) error {
	if err := s.prepare(); err != nil {
		return err
	}
	began := time.Now()
	s.screen.showf(plain, "%s %s, a simulated Cloudflare API and a real TLS origin.\nWhile this runs, a browser shows the API at %s",
		strings.ToUpper(s.runner.name[:1])+s.runner.name[1:], s.runner.version, s.world.page())
	steps := s.steps()
	for i, step := range steps {
		s.screen.showf(title, "\n%d. %s", i+1, step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	s.screen.showf(good, "all %d steps did what they say, in %.0f s", len(steps), time.Since(began).Seconds())
	return nil
}

func (s *story) prepare() error {
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	text, err := s.text("main.tf")
	if err != nil {
		return err
	}
	return errors.Join(s.write("main.tf", text), s.issue("client 1"))
}

// text returns one of the demo's configuration files, with the features that this CLI has.
func (s *story) text(name string) (string, error) {
	raw, err := config.ReadFile("config/" + name)
	text := string(raw)
	if !s.runner.hasWriteOnly() {
		text = strings.ReplaceAll(text, "private_key_wo =", "private_key    =")
	}
	return text, err
}

func (s *story) write(name, text string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600)
}

// issue writes a new client certificate and its key.
func (s *story) issue(name string) error {
	pair, err := certtest.New(name, s.ca, nil)
	return errors.Join(err, s.write("client.pem", pair.Certificate), s.write("client.key", pair.PrivateKey))
}

func (s *story) cli(ctx context.Context, args ...string) error {
	return s.runner.run(ctx, s.dir, args...)
}

func (s *story) configuration(context.Context) error {
	text, err := s.text("main.tf")
	s.screen.show(output, text)
	return err
}

func (s *story) refusal(ctx context.Context) error {
	if err := s.stranger(ctx); err != nil {
		return err
	}
	if name, err := s.world.pull(ctx); err == nil {
		return fmt.Errorf("the origin serves the edge, which presents %q", name)
	}
	s.screen.show(bad, "the edge, too: it presents no certificate yet")
	return nil
}

// stranger connects to the origin directly, without Cloudflare.
func (s *story) stranger(ctx context.Context) error {
	_, port, err := net.SplitHostPort(s.world.origin)
	if err != nil {
		return err
	}
	curl, _ := exec.LookPath("curl")
	if curl == "" {
		s.screen.show(output, "(curl is not installed, so nobody tries to go past Cloudflare)")
		return nil
	}
	args := []string{"-sSk", "--resolve", hostname + ":" + port + ":127.0.0.1", "https://" + hostname + ":" + port + "/"}
	s.screen.show(command, "curl "+strings.Join(args, " "))
	process := exec.CommandContext(ctx, curl, args...)
	var refusal bytes.Buffer
	process.Stderr = &refusal
	if body, err := process.Output(); err == nil {
		return fmt.Errorf("the origin serves a client without a certificate: %s", body)
	}
	line, _, _ := strings.Cut(refusal.String(), "\n")
	s.screen.show(output, line)
	s.screen.show(good, "a client that goes past Cloudflare is refused")
	return nil
}

func (s *story) apply(ctx context.Context) error {
	if err := errors.Join(s.cli(ctx, "init"), s.cli(ctx, "apply", "-auto-approve")); err != nil {
		return err
	}
	return errors.Join(s.serves(ctx, "client 1"), s.stranger(ctx))
}

// serves fails unless the origin serves the edge with a certificate of this name now.
func (s *story) serves(ctx context.Context, name string) error {
	presented, err := s.world.pull(ctx)
	if err != nil {
		return fmt.Errorf("the origin refuses the edge: %w", err)
	}
	if presented != name {
		return fmt.Errorf("the edge presents %q, not %q", presented, name)
	}
	s.screen.showf(good, "the next pull is served: the edge presents %q", presented)
	return s.world.holds(name)
}

// keys counts the private keys in the state. It fails unless there are some, or none, as expected.
func (s *story) keys(some bool) error {
	raw, err := os.ReadFile(filepath.Join(s.dir, "terraform.tfstate"))
	n := bytes.Count(raw, []byte("BEGIN PRIVATE KEY"))
	how := good
	if n > 0 {
		how = bad
	}
	s.screen.showf(how, "terraform.tfstate holds %d private keys", n)
	if err == nil && (n > 0) != some {
		err = fmt.Errorf("the state holds %d private keys", n)
	}
	return err
}

func (s *story) withoutKey(context.Context) error { return s.keys(false) }

func (s *story) withKey(context.Context) error { return s.keys(true) }

// replace applies another certificate while the edge pulls from the origin.
func (s *story) replace(ctx context.Context, name string) (traffic, error) {
	if err := s.issue(name); err != nil {
		return traffic{}, err
	}
	stop := s.world.watch(ctx)
	err := s.cli(ctx, "apply", "-auto-approve")
	seen := stop()
	return seen, err
}

func (s *story) rotate(ctx context.Context) error {
	seen, err := s.replace(ctx, "client 2")
	if err != nil {
		return err
	}
	if seen.failed > 0 || seen.served["client 1"] == 0 || seen.served["client 2"] == 0 {
		return fmt.Errorf("this is no rotation without a gap: %s", seen)
	}
	s.screen.show(good, seen.String())
	return s.world.holds("client 2")
}

var createFirst = regexp.MustCompile(`\n  lifecycle \{\n    create_before_destroy = true\n  \}\n`)

func (s *story) rotateBadly(ctx context.Context) error {
	text, err := s.text("main.tf")
	if err != nil {
		return err
	}
	if !createFirst.MatchString(text) {
		return errors.New("the configuration has no create_before_destroy to leave out")
	}
	if err := s.write("main.tf", createFirst.ReplaceAllString(text, "")); err != nil {
		return err
	}
	seen, err := s.replace(ctx, "client 3")
	if err != nil {
		return err
	}
	if seen.failed == 0 {
		return fmt.Errorf("no pull failed: %s", seen)
	}
	s.screen.showf(bad, "%s; pulls failed for %.1f s", seen, seen.gap.Seconds())
	s.screen.show(output, "(The simulator stops presenting a zone certificate when its deletion begins. How soon Cloudflare does is not documented.)")
	return errors.Join(s.world.holds("client 3"), s.write("main.tf", text))
}

func (s *story) drift(ctx context.Context) error {
	s.world.api.SetSetting(zoneID, false)
	if name, err := s.world.pull(ctx); err == nil {
		return fmt.Errorf("the origin still serves the edge, which presents %q", name)
	}
	s.screen.show(bad, "the edge presents no certificate, so the origin refuses it")
	if err := s.cli(ctx, "apply", "-auto-approve"); err != nil {
		return err
	}
	return s.serves(ctx, "client 3")
}

// adopt imports everything into an empty state without a write.
func (s *story) adopt(ctx context.Context) error {
	one, err := s.world.certificate()
	if err != nil {
		return err
	}
	text, err := s.text("main.tf")
	if err != nil {
		return err
	}
	keyless := regexp.MustCompile(`(?m)^  private_key.*\n`).ReplaceAllString(text, "")
	if err := errors.Join(s.write("main.tf", keyless), os.Remove(filepath.Join(s.dir, "terraform.tfstate"))); err != nil {
		return err
	}
	s.screen.show(output, "(terraform.tfstate is deleted, main.tf has no private_key_wo any more, and this is added:)")
	before := s.world.writes()
	if err := s.imports(ctx, one.ID); err != nil {
		return err
	}
	if err := s.cli(ctx, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	if n := s.world.writes() - before; n != 0 {
		return fmt.Errorf("%d requests were no GET, though nothing had to change", n)
	}
	s.screen.show(good, "nothing was changed at Cloudflare: every request was a GET")
	return s.withoutKey(ctx)
}

func (s *story) imports(ctx context.Context, id string) error {
	if !s.runner.hasImportBlocks() {
		return errors.Join(s.cli(ctx, "import", "origintls_zone_certificate.edge", zoneID+"/"+id), s.cli(ctx, "import", "origintls_zone_setting.this", zoneID))
	}
	text, err := s.text("import.tf")
	if err != nil {
		return err
	}
	text = strings.Replace(text, "CERTIFICATE_ID", id, 1)
	s.screen.show(output, text)
	return errors.Join(s.write("import.tf", text), s.cli(ctx, "apply", "-auto-approve"))
}

func (s *story) destroy(ctx context.Context) error {
	if err := s.cli(ctx, "destroy", "-auto-approve"); err != nil {
		return err
	}
	return s.world.holdsNothing()
}
