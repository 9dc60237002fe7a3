package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// probe is one of the situations of the README's table: what is done to a zone, and which command then shows how the
// provider takes it.
type probe struct {
	what    string
	applied bool // whether the zone is applied first
	prepare func(ctx context.Context, s *scene, c contender) error
	command []string
}

var (
	plan  = []string{"plan", "-detailed-exitcode"}
	apply = []string{"apply", "-auto-approve"}
)

func probes() []probe {
	rewrite := func(name string, content func(old string) string) func(context.Context, *scene, contender) error {
		return func(_ context.Context, s *scene, _ contender) error {
			old, err := s.read(name)
			return errors.Join(err, s.write(name, content(old)))
		}
	}
	return []probe{
		{"Somebody disabled the association", true, setAssociation(new(bool)), plan},
		{"Somebody voided the association", true, setAssociation(nil), plan},
		{"PEM with other line ends", true, rewrite("c0.pem", func(old string) string { return strings.ReplaceAll(old, "\n", "\r\n") }), plan},
		{"PEM with a blank line at its end", true, rewrite("c0.pem", func(old string) string { return old + "\n" }), plan},
		{"An imported certificate", true, importAgain, plan},
		{"The key of another certificate", false, func(_ context.Context, s *scene, _ contender) error {
			_, key, err := issue("another")
			return errors.Join(err, s.write("c0.key", key))
		}, plan},
		{"Text that is not PEM", false, rewrite("c0.pem", func(string) string { return "hello" }), plan},
		{"A malformed zone id", false, rewrite("main.tf", func(old string) string { return strings.ReplaceAll(old, zoneID(0), "nope") }), plan},
		{"The answer to an upload is lost", false, func(_ context.Context, s *scene, _ contender) error {
			s.api.AddFault(simulator.Fault{Method: "POST", Path: "/hostnames/certificates$", Times: 1, Do: simulator.Action{ResetAfter: true}})
			return nil
		}, apply},
	}
}

// setAssociation changes the zone's association behind the provider's back; nil voids it.
func setAssociation(enabled *bool) func(context.Context, *scene, contender) error {
	return func(_ context.Context, s *scene, _ contender) error {
		s.api.SetAssociation(zoneID(0), hostname(0), s.certificateID(), enabled)
		return nil
	}
}

// importAgain makes the state forget the hostname certificate, which an import block then brings back.
func importAgain(ctx context.Context, s *scene, c contender) error {
	id := s.certificateID()
	address := c.certificate + ".c[0]"
	if _, out, err := s.run(ctx, "state", "rm", address); err != nil {
		return fmt.Errorf("state rm: %w\n%s", err, out)
	}
	return s.write("import.tf", fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, zoneID(0)+"/"+id))
}

func (s *scene) certificateID() string {
	return s.api.Dump().Zones[zoneID(0)].HostnameCertificates[0].ID
}

// probed runs all probes for all contenders that are written down in single resources.
func (b *bench) probed(ctx context.Context, t *comparison, all []contender) error {
	titles := []string{""}
	for _, c := range all {
		titles = append(titles, c.name)
	}
	t.head(titles...)
	for _, p := range probes() {
		row := []string{p.what}
		for _, c := range all {
			text, err := b.probe(ctx, p, c)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", p.what, c.name, err)
			}
			row = append(row, text)
		}
		t.row(row...)
	}
	return nil
}

// probe runs one probe on a zone with one hostname.
func (b *bench) probe(ctx context.Context, p probe, c contender) (string, error) {
	behaviour, d := simulator.Defaults(), simulator.Duration(10*time.Millisecond)
	behaviour.DeployAfter, behaviour.AssociateAfter, behaviour.VoidAfter, behaviour.DeleteAfter = d, d, d, d
	s, err := b.serve(ctx, behaviour)
	if err != nil {
		return "", err
	}
	defer s.close()
	_, err = s.issuePairs("first")
	if err := errors.Join(err, s.use(c.binary), s.write("main.tf", c.zone(1, 1))); err != nil {
		return "", err
	}
	if p.applied {
		if _, out, err := s.run(ctx, apply...); err != nil {
			return "", fmt.Errorf("apply: %w\n%s", err, out)
		}
	}
	if err := p.prepare(ctx, s, c); err != nil {
		return "", err
	}
	_, out, err := s.run(ctx, p.command...)
	return outcome(string(out), err), nil
}

var (
	summary = regexp.MustCompile(`(?m)^(No changes|Plan: .*$|Apply complete!.*$)`)
	replace = regexp.MustCompile(`must be replaced`)
)

// outcome sums up what a command said.
func outcome(out string, err error) string {
	if said := complaints([]byte(out)); said != "" {
		return "refused: " + said
	}
	found := summary.FindAllString(out, -1)
	if len(found) == 0 { // an error is no failure by itself: the exit code of a plan with changes is 2
		return fmt.Sprint(err)
	}
	text := found[len(found)-1]
	if n := len(replace.FindAllString(out, -1)); n > 0 {
		text += fmt.Sprintf(" %d replaced.", n)
	}
	return text
}
