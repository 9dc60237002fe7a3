package client

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	briefly = 500 * time.Millisecond // Options.Quiet of these tests
	monday  = "2026-03-02T10:00:00Z"
	tuesday = "2026-03-03T10:00:00Z"
)

var (
	certA  = CertificateKey(HostnameCertificate, "aa")
	certB  = CertificateKey(HostnameCertificate, "bb")
	zoneA  = CertificateKey(ZoneCertificate, "aa")
	shopAt = HostnameKey("shop.example.com")
)

func testLedger() *Ledger { return newLedger(briefly, &atomic.Bool{}) }

// step is what another address does, after a while.
type step struct {
	after time.Duration
	do    func(*Ledger)
}

func planned(after time.Duration, key Key, intent Intent) step {
	return step{after, func(l *Ledger) { l.Plan(key, intent, Holding{}) }}
}

func refreshed(after time.Duration, key Key) step {
	return step{after, func(l *Ledger) { l.Read(context.Background(), key, Holding{}) }}
}

// asked is a request about the zone that takes a while.
func asked(after, takes time.Duration) step {
	return step{after, func(l *Ledger) { time.AfterFunc(takes, l.asks()) }}
}

// every repeats a step for ten seconds.
func every(pause time.Duration, s step) (all []step) {
	for at := pause; at < 10*time.Second; at += pause {
		all = append(all, step{at, s.do})
	}
	return all
}

// play takes each step at its time. The test ends after the last step.
func play(t *testing.T, l *Ledger, steps []step) {
	t.Helper()
	t.Cleanup(func() { time.Sleep(time.Minute) }) // on synctest's clock
	for _, s := range steps {
		if s.after == 0 {
			s.do(l)
		} else {
			time.AfterFunc(s.after, func() { s.do(l) })
		}
	}
}

// The instance that adopted a certificate last, or uploaded it last, owns the certificate. A refresh removes the others from the state.
func TestARefreshReportsAnInstanceThatAnotherOneHasSuperseded(t *testing.T) {
	for name, c := range map[string]struct {
		other, mine Holding
		superseded  bool
	}{
		"the same instance":                        {Holding{"1", monday, ""}, Holding{"1", monday, ""}, false},
		"it was adopted":                           {Holding{"1", monday, tuesday}, Holding{"1", monday, ""}, true},
		"this one adopted it":                      {Holding{"1", monday, ""}, Holding{"1", monday, tuesday}, false},
		"adopted later":                            {Holding{"1", monday, tuesday}, Holding{"1", monday, monday}, true},
		"adopted earlier":                          {Holding{"1", monday, monday}, Holding{"1", monday, tuesday}, false},
		"adopted at the same time":                 {Holding{"1", monday, tuesday}, Holding{"1", monday, tuesday}, false},
		"uploaded again":                           {Holding{"1", tuesday, ""}, Holding{"1", monday, ""}, true},
		"uploaded earlier":                         {Holding{"1", monday, ""}, Holding{"1", tuesday, ""}, false},
		"uploaded once, shown less precisely":      {Holding{"1", "2026-03-02T10:00:01Z", ""}, Holding{"1", monday, ""}, false},
		"another certificate, adopted":             {Holding{"2", monday, tuesday}, Holding{"1", monday, ""}, false},
		"adopted, but uploaded again by this one":  {Holding{"1", monday, tuesday}, Holding{"1", tuesday, tuesday}, false},
		"no id yet, although the other has a time": {Holding{"", monday, tuesday}, Holding{"", monday, ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testLedger()
				if l.Refreshed(certA, c.other) {
					t.Error("refreshed before anything was read")
				}
				l.Read(t.Context(), certA, c.other)
				if !l.Refreshed(certA, c.other) || l.Refreshed(certA, c.mine) != (c.mine == c.other) || l.Refreshed(certB, c.other) {
					t.Error("after the refresh of one instance, another one is refreshed, or that one is not")
				}
				if got := l.Read(t.Context(), certA, c.mine); got != c.superseded {
					t.Errorf("superseded %v, want %v", got, c.superseded)
				}
				if got := l.Superseded(certA, c.mine); got != c.superseded {
					t.Errorf("afterwards, superseded is %v, want %v", got, c.superseded)
				}
			})
		})
	}
}

// Terraform refreshes several instances at once, in any order.
func TestARefreshWaitsAMomentForTheOtherInstance(t *testing.T) {
	former, adopted := Holding{"1", monday, ""}, Holding{"1", monday, tuesday}
	for name, c := range map[string]struct {
		holding    Holding
		other      time.Duration // when the other instance is refreshed
		superseded bool
		took       time.Duration
	}{
		"the other one follows at once": {former, 50 * time.Millisecond, true, 50 * time.Millisecond},
		"it follows too late":           {former, 150 * time.Millisecond, false, 100 * time.Millisecond},
		"an object without an id":       {Holding{}, 50 * time.Millisecond, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, started := testLedger(), time.Now()
				play(t, l, []step{{c.other, func(l *Ledger) { l.Read(context.Background(), certA, adopted) }}})
				got := l.Read(t.Context(), certA, c.holding)
				if took := time.Since(started); got != c.superseded || took != c.took {
					t.Errorf("superseded %v after %s, want %v after %s", got, took, c.superseded, c.took)
				}
			})
		})
	}
}

// A plan adopts a certificate if the record has its id, and if the state holds it at an address that does not keep it.
func TestTheRecordOfACertificate(t *testing.T) {
	one, two := Holding{"1", monday, ""}, Holding{"2", monday, ""}
	adopted := Holding{"1", monday, tuesday}
	read := func(h Holding) step {
		return step{0, func(l *Ledger) { l.Read(context.Background(), certA, h) }}
	}
	plan := func(i Intent, h Holding) step { return step{0, func(l *Ledger) { l.Plan(certA, i, h) }} }
	for name, c := range map[string]struct {
		steps   []step
		holding Holding
		held    bool
		kept    int
	}{
		"unknown": {nil, Holding{}, false, 0},
		"refreshed only, as a tainted instance is": {[]step{read(one)}, one, true, 0},
		"refreshed and kept":                       {[]step{read(one), plan(Keeps, one)}, one, false, 1},
		"replaced":                                 {[]step{plan(Replaces, one)}, one, true, 0},
		"destroyed":                                {[]step{plan(Destroys, one)}, one, true, 0},
		"created":                                  {[]step{plan(Creates, Holding{})}, Holding{}, false, 0},
		"kept at one address, replaced at another": {[]step{read(one), read(one), plan(Keeps, one), plan(Replaces, one)}, one, true, 1},
		"a creation does not change the id":        {[]step{read(one), plan(Creates, Holding{})}, one, true, 0},
		"the last refresh counts":                  {[]step{read(one), read(two)}, two, true, 0},
		"the last address that keeps it counts":    {[]step{plan(Keeps, one), plan(Keeps, two)}, two, false, 2},
		"a refresh after one that keeps it":        {[]step{plan(Keeps, one), read(two)}, one, false, 1},
		"a destruction after one that keeps it":    {[]step{plan(Keeps, one), plan(Destroys, two)}, one, true, 1},
		"a destruction of a former instance":       {[]step{plan(Replaces, adopted), plan(Destroys, one)}, adopted, true, 0},
		"a refresh of a former instance":           {[]step{read(adopted), read(one)}, adopted, true, 0},
		"kept, then planned again as replaced":     {[]step{read(one), plan(Keeps, one), plan(Replaces, one)}, one, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testLedger()
				play(t, l, c.steps)
				got := l.Look(certA)
				if got.Holding != c.holding || got.Held() != c.held || got.Planned[Keeps] != c.kept || got.Refused {
					t.Errorf("got %+v, held %v; want %+v, held %v, kept %d times", got, got.Held(), c.holding, c.held, c.kept)
				}
				if l.Holds("1") != (c.holding.ID == "1") || l.Holds("2") != (c.holding.ID == "2") {
					t.Errorf("holds 1: %v, holds 2: %v; want only %q", l.Holds("1"), l.Holds("2"), c.holding.ID)
				}
			})
		})
	}
}

func TestAPlanSeesWhatOtherAddressesHavePlannedBeforeIt(t *testing.T) {
	l := testLedger()
	l.Plan(certB, Keeps, Holding{})
	for n, intent := range []Intent{Creates, Destroys, Keeps, Replaces} {
		before := l.Plan(certA, intent, Holding{})
		for i, earlier := range []Intent{Creates, Destroys, Keeps, Replaces} {
			if seen := before.Planned[earlier] == 1; seen != (i < n) {
				t.Errorf("the plan of intent %d sees %+v", intent, before)
			}
		}
	}
	if l.DestroysBlindly(certA); !l.Look(certA).Blind || l.Look(certB).Blind {
		t.Error("the record of a blind destruction does not say so, or that of another object does")
	}
	if one, three := l.Late(1), l.Late(2); one != 1 || three != 3 {
		t.Errorf("late creations: %d, %d; want 1, 3", one, three)
	}
	l.Refuse(certA)
	if !l.Look(certA).Refused || l.Look(certB).Refused {
		t.Error("the record of a refused creation does not say so, or that of another object does")
	}
}

// A plan warns if the certificates to be created exceed the quota of their kind.
func TestPlannedCountsTheCreationsOfAKind(t *testing.T) {
	l := testLedger()
	for _, key := range []Key{certA, certB, certB, zoneA, shopAt} {
		l.Plan(key, Creates, Holding{})
	}
	l.Plan(certA, Keeps, Holding{})
	all := func(string) bool { return true }
	onlyA := func(fingerprint string) bool { return fingerprint == "aa" }
	if hostname, a, zoneLevel := l.Planned(HostnameCertificate, all), l.Planned(HostnameCertificate, onlyA), l.Planned(ZoneCertificate, all); hostname != 3 || a != 1 || zoneLevel != 1 {
		t.Errorf("%d hostname certificates, %d with one fingerprint, %d zone certificates; want 3, 1, 1", hostname, a, zoneLevel)
	}
}

// A process that has refreshed an object of any zone makes a plan.
func TestAwaitRefreshing(t *testing.T) {
	for name, c := range map[string]struct {
		at         time.Duration // of the refresh
		elsewhere  bool          // whether it is in another zone
		refreshing bool
		took       time.Duration
	}{
		"before":                           {0, false, true, 0},
		"before, in another zone":          {0, true, true, 0},
		"in a moment":                      {100 * time.Millisecond, false, true, 100 * time.Millisecond},
		"in a moment, in another zone":     {100 * time.Millisecond, true, true, 250 * time.Millisecond},
		"never, as far as anybody can see": {time.Second, false, false, 250 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testLedger()
				other := newLedger(briefly, l.refreshing)
				if l.Refreshing() {
					t.Error("refreshing before anything was read")
				}
				if c.elsewhere {
					play(t, other, []step{refreshed(c.at, shopAt)})
				} else {
					play(t, l, []step{refreshed(c.at, shopAt)})
				}
				started := time.Now()
				got := l.AwaitRefreshing(t.Context())
				if took := time.Since(started); got != c.refreshing || took != c.took {
					t.Errorf("%v after %s, want %v after %s", got, took, c.refreshing, c.took)
				}
			})
		})
	}
}
