package examples

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// If somebody disables an association, the example's postcondition fails and gives the reason.
func TestAccPresentedSpeaksUp(t *testing.T) {
	w, cli := acctest.Start(t)
	s := newStage(t, cli, exampleNamed(t, "presented"))
	s.provide("first")
	cli.Apply()
	off := false
	w.Sim.SetAssociation(acctest.Zone, "api.example.com", "", &off)
	out := cli.Must(1, "plan", "-refresh-only", "-no-color")
	want := "The edge does not present the new certificate for api.example.com. The hostname's association is disabled"
	acctest.WantSays(t, out, want)
	cli.Apply() // this enables the association again
	cli.EmptyPlan()
}

// exampleNamed returns the example with this directory name.
func exampleNamed(t *testing.T, name string) example {
	t.Helper()
	all := examples(t)
	at := slices.IndexFunc(all, func(e example) bool { return filepath.Base(e.dir) == name })
	if at < 0 {
		t.Fatalf("there is no example %s", name)
	}
	return all[at]
}
