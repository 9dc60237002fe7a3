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

// Random changes by the user and by others, under random faults and interruptions. Once the faults have ended, one or two
// applies make API, state and configuration agree, no certificate or association is orphaned, and objects that others
// created are untouched.
func TestAccRandomSequences(t *testing.T) {
	printSeed(t)
	t.Parallel()
	certificates, total := newPool(t), &tally{}
	start, checks := time.Now(), 20
	defer func() { t.Logf("%s in %s", total, time.Since(start).Round(time.Second)) }()
	for n := uint64(0); n == 0 || time.Since(start) < soak(); n++ {
		// rapid reads the seed and the number of sequences from flags only.
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

// setRapid sets options that rapid reads from flags only. It turns off rapid's failure files: they would be written into
// the repository, and the seed is enough to repeat a run.
func setRapid(t *testing.T, seed uint64, checks int) {
	t.Helper()
	for name, value := range map[string]string{
		"rapid.seed": strconv.FormatUint(seed, 10), "rapid.checks": strconv.Itoa(checks),
		"rapid.nofailfile": "true", "rapid.shrinktime": "20s",
	} {
		acctest.NoError(t, flag.Set(name, value))
	}
}

// sequence plays a script to its end and returns what is wrong then. It writes what happened to the log of the test
// itself: goroutines make runs differ, so the failure that rapid repeats and shows may be another one, or none.
func sequence(t *testing.T, s script, certificates pool, total *tally) error {
	w := newWorld(t, s.behaviour)
	defer w.close()
	p := &player{
		world: w, tf: w.terraform(), pool: certificates, cfg: config{}, names: map[string]string{},
		others: outsiders{certificates: map[string]bool{}, hostnames: map[string]bool{}},
	}
	// A sequence has an end, on a busy machine after minutes. The timeout is for one that hangs because of a defect.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
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
		w.Until(func() bool { return !w.deleting() }) // after an interruption, nobody waits for the deletion to end
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
	if err != nil && total.orphans+total.disagreements == p.tally.orphans+p.tally.disagreements { // not yet counted: the first failure
		t.Logf("behaviour: %+v\n%s\n%v", s.behaviour, p.history.String(), err)
	}
	return err
}
