package faults

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// script is one random sequence. It is drawn completely before anything runs, so that the timing of goroutines cannot
// change it.
type script struct {
	behaviour simulator.Behaviour
	base      bool // whether to begin with a large configuration instead of an empty one
	rounds    []round
}

// round is what happens between two applies, and during the second one.
type round struct {
	edits     []edit
	outside   []incident
	faults    []simulator.Fault
	interrupt int // interrupt the apply at this request; 0 means never
	days      int // days by which the provider's clock advances before the apply
}

// edit is a change of the configuration. The numbers select its object. Each kind of edit uses them modulo the number of
// objects that it can select from.
type edit struct {
	what                 string
	one, another, degree int
	on                   bool
}

// incident is something that somebody else does at the API.
type incident edit

const (
	slots       = 3 // the number of certificate resources of each kind
	generations = 3 // the number of certificates that a resource changes between, also back to a former one
	hosts       = 6
)

func drawScript(t *rapid.T) script {
	return script{
		behaviour: drawBehaviour(t),
		base:      rapid.IntRange(0, 4).Draw(t, "base") < 4,
		rounds:    rapid.SliceOfN(rapid.Custom(drawRound), 1, 6).Draw(t, "rounds"),
	}
}

// drawBehaviour draws one of the ways in which the API may behave.
func drawBehaviour(t *rapid.T) simulator.Behaviour {
	b := acctest.Behaviour(t, 4*time.Millisecond)
	if rapid.Bool().Draw(t, "conflicts") {
		overlapping(&b)
	}
	for _, option := range []*bool{
		&b.PutAnswersAll, &b.DeletedIs404, &b.GoneAtOnce, &b.VoidedIsNull, &b.VoidShowsDisabled,
		&b.ZoneReuploadFreshID, &b.InitializingFirst, &b.HostnameRowsAreAssociations, &b.VoidedStayActive,
	} {
		*option = rapid.IntRange(0, 3).Draw(t, "option") == 3
	}
	b.PagedListStatus = rapid.SampledFrom([]int{0, 0, noPagedList, 405, 400}).Draw(t, "paged_list_status")
	b.ListLag = simulator.Duration(rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Millisecond}).Draw(t, "list_lag"))
	b.ReuploadLag = simulator.Duration(rapid.SampledFrom([]time.Duration{0, 0, 10 * time.Millisecond}).Draw(t, "reupload_lag"))
	b.StatusLag = simulator.Duration(rapid.SampledFrom([]time.Duration{0, 0, 10 * time.Millisecond}).Draw(t, "status_lag"))
	return b
}

func drawRound(t *rapid.T) round {
	return round{
		edits:     rapid.SliceOfN(rapid.Custom(drawEdit), 2, 8).Draw(t, "edits"),
		outside:   rapid.SliceOfN(rapid.Custom(drawIncident), 0, 2).Draw(t, "outside"),
		faults:    rapid.SliceOfN(rapid.Custom(drawFault), 1, 5).Draw(t, "faults"),
		interrupt: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 5, 8, 13, 21, 34}).Draw(t, "interrupt"),
		days:      rapid.SampledFrom([]int{0, 0, 0, 61}).Draw(t, "days"),
	}
}

// base returns edits that create all the resources that a script can have.
func base() []edit {
	edits := []edit{{what: "setting", on: true}}
	for i := range slots {
		edits = append(edits, edit{what: "zone", one: i}, edit{what: "hostname", one: i})
	}
	for i := range hosts {
		edits = append(edits, edit{what: "associate", one: i, another: i, on: true}, edit{what: "bulk", one: i, another: i, on: true})
	}
	return edits
}

func drawEdit(t *rapid.T) edit {
	what := []string{"zone", "zone", "hostname", "hostname", "generate zone", "generate hostname", "generate hostname", "associate", "associate", "associate", "bulk", "bulk", "bulk", "drop bulk", "drop zone", "drop hostname", "dissociate", "setting", "drop setting", "rename", "rename", "replace"}
	return drawNumbers(t, what)
}

func drawIncident(t *rapid.T) incident {
	what := []string{"delete zone", "delete hostname", "tombstone hostname", "void", "re-pin", "disable", "setting", "stranger"}
	return incident(drawNumbers(t, what))
}

func drawNumbers(t *rapid.T, what []string) edit {
	return edit{
		what: rapid.SampledFrom(what).Draw(t, "what"), one: rapid.IntRange(0, 5).Draw(t, "one"),
		another: rapid.IntRange(0, 5).Draw(t, "another"), degree: rapid.IntRange(0, generations-1).Draw(t, "degree"),
		on: rapid.Bool().Draw(t, "on"),
	}
}

// drawFault draws a fault of the matrix, in any place. Its number of repetitions may exhaust the provider's retries.
func drawFault(t *rapid.T) simulator.Fault {
	o := rapid.SampledFrom(append(operations, operation{"any", "", ""})).Draw(t, "operation")
	k := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.name == tooLate.name })).Draw(t, "kind")
	f := simulator.Fault{
		Name: "script", Method: o.method, Path: o.path, Do: k.do(),
		After: rapid.IntRange(0, 6).Draw(t, "after"), Times: rapid.SampledFrom([]int{1, 2, 5, 20}).Draw(t, "times"),
		Every: rapid.IntRange(1, 3).Draw(t, "every"),
	}
	if f.Do.RetryAfter != "" || f.Do.Delay != 0 {
		f.Times = min(f.Times, 2) // each of these takes long
	}
	return f
}

func (e edit) String() string {
	return fmt.Sprintf("%s(%d %d %d %v)", e.what, e.one, e.another, e.degree, e.on)
}

func (i incident) String() string { return edit(i).String() }
