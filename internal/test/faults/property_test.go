package faults

import (
	"context"
	"flag"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// Random changes, by the user and by others, under random faults and interruptions: once the weather is
// good, one or two applies bring API, state and configuration together, nothing is orphaned, and what
// others made is untouched.
func TestAccRandomSequences(t *testing.T) {
	printSeed(t)
	t.Parallel()
	certificates, total := newPool(t), &tally{}
	start, checks := time.Now(), 20
	defer func() { t.Logf("%s in %s", total, time.Since(start).Round(time.Second)) }()
	for n := uint64(0); n == 0 || time.Since(start) < soak(); n++ {
		// rapid takes the seed and the number of sequences from flags alone.
		setRapid(t, seed()+n*uint64(checks), checks)
		rapid.Check(t, func(rt *rapid.T) {
			if err := sequence(t, drawScript(rt), certificates, total); err != nil {
				rt.Fatal(err)
			}
		})
		if soak() > 0 {
			t.Log(total)
		}
	}
}

// setRapid sets options that rapid reads only from flags. It writes no failure files: they would land in the
// repository, and the seed repeats a run just as well.
func setRapid(t *testing.T, seed uint64, checks int) {
	t.Helper()
	for name, value := range map[string]string{
		"rapid.seed": strconv.FormatUint(seed, 10), "rapid.checks": strconv.Itoa(checks),
		"rapid.nofailfile": "true", "rapid.shrinktime": "20s",
	} {
		acctest.NoError(t, flag.Set(name, value))
	}
}

// sequence plays a script to its end and says what is wrong then. What happened goes to the test's own
// log: goroutines make runs differ, so the failure that rapid shows may be another one, or none.
func sequence(t *testing.T, s script, certificates pool, total *tally) error {
	w := newWorld(t, s.behaviour)
	defer w.close()
	p := &player{
		world: w, tf: w.terraform(), pool: certificates, cfg: config{}, names: map[string]string{},
		others: outsiders{certificates: map[string]bool{}, hostnames: map[string]bool{}},
	}
	// A sequence ends by itself; this is for one that does not.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if s.base {
		s.rounds[0].edits = append(base(), s.rounds[0].edits...)
	}
	for _, r := range s.rounds {
		p.play(ctx, r)
	}
	f := &found{}
	err := p.converge(ctx)
	if err != nil {
		f.wrong("two applies in good weather do not come through: %v", err)
	} else {
		w.Until(func() bool { return !w.deleting() }) // of an interrupted deletion nobody awaits the end
		f = compare(p.tf, p.configured(), p.others)
		if changes, err := p.tf.plan(ctx, p.configured()); err != nil || len(changes) > 0 {
			f.wrong("the next plan is not empty: %v %v", changes, err)
		}
	}
	f.orphans = append(f.orphans, p.forgotten...)
	p.tally.sequences, p.tally.requests, p.tally.faults = 1, len(w.Sim.Requests()), w.fired("script")
	p.tally.orphans, p.tally.disagreements = len(f.orphans), len(f.disagreements)
	total.add(p.tally)
	err = f.problem()
	if err != nil && total.orphans+total.disagreements == p.tally.orphans+p.tally.disagreements { // the first failure
		t.Logf("behaviour: %+v\n%s\n%v", s.behaviour, p.history.String(), err)
	}
	return err
}
