package examples

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// What somebody else has disabled makes the postcondition of the example fail, with the reason.
func TestAccPresentedSpeaksUp(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	t.Parallel()
	s := newStage(t, cli, exampleNamed(t, "presented"))
	s.provide("first")
	cli.Apply()
	off := false
	w.Sim.SetAssociation(acctest.Zone, "api.example.com", "", &off)
	out := cli.Must(1, "plan", "-refresh-only", "-no-color")
	want := "The edge does not present the new certificate for api.example.com. The hostname's association is disabled"
	if !acctest.Says(want).MatchString(out) {
		t.Errorf("the plan does not say %q:\n%s", want, out)
	}
	cli.Apply() // enables it again
	cli.EmptyPlan()
}

// exampleNamed returns the example in a directory of that name.
func exampleNamed(t *testing.T, name string) example {
	t.Helper()
	all := examples(t)
	at := slices.IndexFunc(all, func(e example) bool { return filepath.Base(e.dir) == name })
	if at < 0 {
		t.Fatalf("there is no example %s", name)
	}
	return all[at]
}

// A certificate that is about to end makes both checks of the example speak up.
func TestAccExpiryCheckWarns(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	t.Parallel()
	s := newStage(t, cli, exampleNamed(t, "expiry-check"))
	s.days = 10
	s.provide("first")
	cli.Apply()
	out := cli.Must(0, "plan", "-no-color", "-detailed-exitcode")
	for _, want := range []string{"Certificate is ready for renewal", "The client certificate expires within two weeks, on"} {
		if !acctest.Says(want).MatchString(out) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "Check block assertion failed"); n != 2 {
		t.Errorf("%d checks failed, want 2:\n%s", n, out)
	}
}
