package bench

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// probe is a row of the README's table: a situation of a zone, and the command that shows how the provider handles it.
type probe struct {
	what    string
	applied bool // whether the zone is applied before
	prepare func(s *scene, c contender)
	command []string
}

func probes() []probe {
	rewrite := func(name string, content func(old string) string) func(*scene, contender) {
		return func(s *scene, _ contender) { s.cli.Write(name, content(s.cli.Read(name))) }
	}
	set := func(enabled *bool) func(*scene, contender) {
		return func(s *scene, _ contender) { s.Sim.SetAssociation(zoneID(0), hostname(0), s.certificateID(), enabled) }
	}
	return []probe{
		{"Somebody disabled the association", true, set(new(bool)), plan},
		{"Somebody voided the association", true, set(nil), plan},
		{"PEM with other line ends", true, rewrite("c0.pem", func(old string) string { return strings.ReplaceAll(old, "\n", "\r\n") }), plan},
		{"PEM with a blank line at its end", true, rewrite("c0.pem", func(old string) string { return old + "\n" }), plan},
		{"An imported certificate", true, func(s *scene, c contender) { // removed from the state, and imported again
			id, address := s.certificateID(), c.certificate+".c[0]"
			s.cli.Must(0, "state", "rm", address)
			s.cli.Write("import.tf", fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address, zoneID(0)+"/"+id))
		}, plan},
		{"The key of another certificate", false, func(s *scene, _ contender) { s.cli.Write("c0.key", certtest.Leaf(s.t, "another").PrivateKey) }, plan},
		{"Text that is not PEM", false, rewrite("c0.pem", func(string) string { return "hello" }), plan},
		{"A malformed zone id", false, rewrite("main.tf", func(old string) string { return strings.ReplaceAll(old, zoneID(0), "nope") }), plan},
		{"The answer to an upload is lost", false, func(s *scene, _ contender) {
			s.Sim.AddFault(simulator.Fault{Method: "POST", Path: "/hostnames/certificates$", Times: 1, Do: simulator.Action{ResetAfter: true}})
		}, apply},
	}
}

func (s *scene) certificateID() string {
	return s.Sim.Dump().Zones[zoneID(0)].HostnameCertificates[0].ID
}

// compareProbes runs all probes. Each has a separate zone with one hostname.
func compareProbes(t *testing.T, all []contender) {
	t.Helper()
	names := []string{""}
	for _, c := range all {
		names = append(names, c.name)
	}
	titles(names...)
	for _, p := range probes() {
		row := []string{p.what}
		for _, c := range all {
			s := serve(t, 10*time.Millisecond, func(*simulator.Behaviour) {})
			s.use(c.binary)
			s.issuePairs("first")
			s.cli.Write("provider.tf", "")
			s.cli.Write("main.tf", c.zone(1, 1))
			if p.applied {
				s.measure(apply...)
			}
			p.prepare(s, c)
			_, r := s.run(p.command...)
			row = append(row, outcome(r))
		}
		fmt.Printf("| %s |\n", strings.Join(row, " | "))
	}
}

var (
	summary = regexp.MustCompile(`(?m)^(No changes|Plan: .*$|Apply complete!.*$)`)
	replace = regexp.MustCompile(`must be replaced`)
)

// outcome summarises the output of a command. It does not treat every exit code as a failure: that of a plan with changes is 2.
func outcome(r acctest.Result) string {
	if said := complaints(r.Output); said != "" {
		return "refused: " + said
	}
	found := summary.FindAllString(r.Output, -1)
	if len(found) == 0 {
		return fmt.Sprintf("exit code %d", r.Code)
	}
	text := found[len(found)-1]
	if n := len(replace.FindAllString(r.Output, -1)); n > 0 {
		text += fmt.Sprintf(" %d replaced.", n)
	}
	return text
}
