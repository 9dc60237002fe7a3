package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var errRefused = errors.New("refused")

// created is the creation of an object by another resource of the same apply. The API gives a certificate this id, or none.
func created(begin, took time.Duration, key Key, id string, err error) step {
	return step{begin, func(l *Ledger) {
		c := l.begin(key)
		time.AfterFunc(took, func() {
			if id != "" {
				l.claim(id)
			}
			c.end(err)
		})
	}}
}

// Terraform destroys a certificate at its old address in any order with its creation at a new one. What becomes of the creation
// decides whether the certificate is deleted.
func TestADestructionDependsOnTheCreationOfTheSameCertificate(t *testing.T) {
	const second = time.Second
	for name, c := range map[string]struct {
		expected  bool // whether the plan contains a creation
		steps     []step
		deleted   bool
		cause     error // of the KeptError
		unstarted bool
		took      time.Duration
	}{
		"no creation":                              {false, nil, true, nil, false, 0},
		"the creation of another certificate":      {false, []step{created(0, 5*second, certB, "2", nil)}, true, nil, false, 0},
		"created before":                           {false, []step{created(0, 0, certA, "1", nil)}, false, nil, false, 0},
		"being created":                            {false, []step{created(0, 5*second, certA, "1", nil)}, false, nil, false, 5 * second},
		"being created, and then refused":          {false, []step{created(0, 5*second, certA, "", errRefused)}, false, errRefused, false, 5 * second},
		"created under another id":                 {false, []step{created(0, 5*second, certA, "2", nil)}, true, nil, false, 5 * second},
		"announced, and created later":             {false, []step{planned(0, certA, Creates), created(second, 5*second, certA, "1", nil)}, false, nil, false, 6 * second},
		"announced, but it does not start":         {false, []step{planned(0, certA, Creates)}, false, errUnstarted, true, 2 * second},
		"announced, while others report":           {false, []step{planned(0, certA, Creates), planned(second, certB, Keeps)}, false, errUnstarted, true, 3 * second},
		"expected, and created later":              {true, []step{created(second, 5*second, certA, "1", nil)}, false, nil, false, 6 * second},
		"expected, but it does not start":          {true, nil, false, errUnstarted, true, 2 * second},
		"expected, and interrupted":                {true, every(second, planned(0, certB, Keeps)), false, context.DeadlineExceeded, false, 8 * second},
		"being created when it is interrupted":     {false, []step{created(0, 9*second, certA, "1", nil)}, false, context.DeadlineExceeded, false, 8 * second},
		"kept at another address, but not created": {false, []step{planned(0, certA, Keeps)}, true, nil, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const route = "DELETE /hostnames/certificates/1"
				api := byRoute(t, map[string][]answer{route: {refuse(404, 1551, "certificate not found")}})
				z := newZone(t, api)
				play(t, z.Ledger, c.steps)
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), 8*second)
				defer cancel()
				started := time.Now()
				err := z.HostnameCertificates.Delete(ctx, "1", certA, StatusActive, c.expected)
				if took := time.Since(started); took != c.took {
					t.Errorf("the decision took %s, want %s", took, c.took)
				}
				if deleted := api.count(route) > 0; deleted != c.deleted {
					t.Errorf("deleted %v, want %v", deleted, c.deleted)
				}
				if !errors.Is(err, c.cause) || IsKept(err) != (c.cause != nil) || IsUnstarted(err) != c.unstarted || err != nil && !strings.HasSuffix(err.Error(), "and that failed: "+c.cause.Error()) {
					t.Errorf("error %v, want one with the cause %v", err, c.cause)
				}
			})
		})
	}
}

// A refused creation does not make an object that serves, and one under way does not do so yet.
func TestServes(t *testing.T) {
	for name, c := range map[string]struct {
		step  step
		wants []bool // after each second
	}{
		"no creation": {planned(0, certA, Creates), []bool{false, false}},
		"successful":  {created(0, time.Second, certA, "1", nil), []bool{false, true}},
		"refused":     {created(0, time.Second, certA, "", errRefused), []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testLedger()
				play(t, l, []step{c.step})
				var got []bool
				for range c.wants {
					time.Sleep(900 * time.Millisecond)
					got = append(got, l.Serves(certA))
				}
				if !slices.Equal(got, c.wants) || l.Serves(certB) {
					t.Errorf("serves %v, want %v", got, c.wants)
				}
			})
		})
	}
}

// Terraform announces an association only after the certificate that it depends on. So the void of a hostname waits for the hostname
// certificates of the apply. Otherwise, the hostname would have no association in between.
func TestAVoidWaitsForTheCertificatesOfTheApply(t *testing.T) {
	const (
		second    = time.Second
		undelayed = batchPause + batchStep + batchPause // two pauses for writes that start at the same time
	)
	finished := func(after time.Duration, key Key) step { return step{after, func(l *Ledger) { l.Finish(key) }} }
	for name, c := range map[string]struct {
		steps []step
		until time.Duration
	}{
		"none":                             {nil, batchPause},
		"a zone certificate":               {[]step{planned(0, zoneA, Creates), created(0, 80*second, zoneA, "1", nil)}, batchPause},
		"one that does not start":          {[]step{planned(0, certA, Creates)}, 2 * second},
		"one whose plan takes long":        {[]step{planned(0, certA, Creates), asked(0, 5*second)}, 7 * second},
		"one whose plan does not end":      {[]step{planned(0, certA, Creates), asked(0, 80*second)}, batchPause + 60*second},
		"an answer, and no certificate":    {[]step{asked(0, 5*second)}, batchPause},
		"one that does not end":            {[]step{planned(0, certA, Creates), created(second, 80*second, certA, "1", nil)}, batchPause + 60*second},
		"one that is being deployed":       {[]step{planned(0, certA, Creates), created(second, second, certA, "1", nil), finished(5*second, certA)}, 5*second + briefly},
		"two, and the last one ends last":  {[]step{planned(0, certA, Creates), planned(0, certB, Creates), created(0, second, certB, "2", nil), finished(second, certA), finished(4*second, certB)}, 4*second + briefly},
		"two, and the first one ends last": {[]step{planned(0, certB, Creates), planned(0, certA, Creates), created(0, second, certB, "2", nil), finished(second, certA), finished(4*second, certB)}, 4*second + briefly},
		"a plan follows the last one":      {[]step{planned(0, certA, Creates), finished(second, certA), planned(second+200*time.Millisecond, certB, Keeps)}, second + 700*time.Millisecond},
		"one that was finished earlier":    {[]step{{0, func(l *Ledger) { l.Plan(certA, Creates, Holding{}); l.Finish(certA) }}}, briefly},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, sent := timeline(func(method, _, _ string) answer {
					if method == "PUT" {
						return ok("[]")
					}
					return refuse(404, 1553, "setting for this hostname not found")
				})
				z := newZone(t, api)
				play(t, z.Ledger, c.steps)
				if err := z.Associations.Void(t.Context(), "shop.example.com", "old", "", false); err != nil {
					t.Error(err)
				}
				if puts := sent("PUT /hostnames"); len(puts) != 1 || puts[0] != c.until-batchPause+undelayed {
					t.Errorf("voided at %v, want the wait to end after %s", puts, c.until)
				}
			})
		})
	}
}

// The wait for certificates leaves half of the time for the void.
func TestAVoidHasTimeLeftAfterItsWaitForCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLedger()
		play(t, l, []step{planned(0, certA, Creates), created(0, 80*time.Second, certA, "1", nil)})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		started := time.Now()
		l.awaitCertificates(ctx)
		if took := time.Since(started); took < 15*time.Second || took > 15*time.Second+batchPause {
			t.Errorf("the wait took %s, want half of 30 seconds", took)
		}
	})
}

// A hostname that is written at another address must not be voided at its former one.
func TestAVoidGivesWayToAWriteThatIsAnnouncedLate(t *testing.T) {
	const second = time.Second
	for name, c := range map[string]struct {
		expected bool
		steps    []step
		err      error
		took     time.Duration
	}{
		"once its certificate is deployed": {
			false,
			[]step{
				planned(0, certA, Creates),
				created(0, second, certA, "1", nil),
				{4 * second, func(l *Ledger) { l.Finish(certA) }},
				planned(4*second+400*time.Millisecond, shopAt, Creates),
				created(5*second, second, shopAt, "", nil),
			},
			nil, 6 * second,
		},
		"expected: its certificate does not matter": {
			true,
			[]step{planned(0, certA, Creates), created(0, 50*second, certA, "1", nil), created(second, second, shopAt, "", nil)},
			nil, 2 * second,
		},
		"expected, and refused":           {true, []step{created(second, second, shopAt, "", errRefused)}, errRefused, 2 * second},
		"expected, but it does not start": {true, nil, errUnstarted, batchPause + 2*second},
		"expected, and its plan takes long": {
			true,
			[]step{asked(0, 5*second), created(5500*time.Millisecond, second, shopAt, "", nil)},
			nil, 6500 * time.Millisecond,
		},
		"expected, and it does not start after a slow answer": {true, []step{asked(0, 3*second)}, errUnstarted, batchPause + 6*second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newZone(t, byRoute(t, nil))
				play(t, z.Ledger, c.steps)
				started := time.Now()
				err := z.Associations.Void(t.Context(), "shop.example.com", "old", "", c.expected)
				if took := time.Since(started); !errors.Is(err, c.err) || IsKept(err) != (c.err != nil) || took != c.took {
					t.Errorf("after %s: %v; want %v after %s", took, err, c.err, c.took)
				}
			})
		})
	}
}

func TestAnInterruptedVoidDoesNotWaitForCertificates(t *testing.T) {
	for after, want := range map[time.Duration]string{
		batchPause / 2:  "context canceled", // before anything is decided
		3 * time.Second: "while the association was being written: context canceled",
	} {
		synctest.Test(t, func(t *testing.T) {
			z := newZone(t, byRoute(t, nil))
			play(t, z.Ledger, []step{planned(0, certA, Creates), created(0, 50*time.Second, certA, "1", nil)})
			started := time.Now()
			err := z.Associations.Void(endsAfter(after), "shop.example.com", "old", "", false)
			if took := time.Since(started); err == nil || err.Error() != want || took != after {
				t.Errorf("after %s: %v; want %q after %s", took, err, want, after)
			}
		})
	}
}
