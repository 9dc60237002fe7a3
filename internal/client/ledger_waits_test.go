package client

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The wait for other addresses ends when the one that matters has reported, or when none that may matter has reported for a moment.
func TestWaitsForOtherAddresses(t *testing.T) {
	const ms = time.Millisecond
	keepers := func(ctx context.Context, l *Ledger) { l.AwaitKeepers(ctx, certA) }
	holders := func(ctx context.Context, l *Ledger) { l.AwaitHolders(ctx, certA) }
	for name, c := range map[string]struct {
		wait  func(context.Context, *Ledger)
		steps []step
		took  time.Duration
	}{
		"keepers: none":                      {keepers, nil, 500 * ms},
		"keepers: kept before":               {keepers, []step{planned(0, certA, Keeps)}, 0},
		"keepers: created before":            {keepers, []step{planned(0, certA, Creates)}, 0},
		"keepers: kept meanwhile":            {keepers, []step{planned(300*ms, certA, Keeps)}, 300 * ms},
		"keepers: another object is kept":    {keepers, []step{planned(400*ms, certB, Keeps)}, 900 * ms},
		"keepers: another is created":        {keepers, []step{planned(400*ms, certB, Creates)}, 900 * ms},
		"keepers: another creation ends":     {keepers, []step{{400 * ms, func(l *Ledger) { l.Finish(certB) }}}, 900 * ms},
		"keepers: others give objects up":    {keepers, []step{planned(400*ms, certB, Destroys), refreshed(450*ms, certB)}, 500 * ms},
		"keepers: others report all along":   {keepers, every(400*ms, planned(0, certB, Keeps)), 3 * time.Second},
		"holders: none":                      {holders, nil, 1000 * ms},
		"holders: destroyed before":          {holders, []step{planned(0, certA, Destroys)}, 0},
		"holders: replaced before":           {holders, []step{planned(0, certA, Replaces)}, 0},
		"holders: destroyed meanwhile":       {holders, []step{planned(700*ms, certA, Destroys)}, 700 * ms},
		"holders: only kept":                 {holders, []step{planned(0, certA, Keeps)}, 1000 * ms},
		"holders: another is destroyed":      {holders, []step{planned(900*ms, certB, Destroys)}, 1900 * ms},
		"holders: another is refreshed":      {holders, []step{refreshed(900*ms, certB)}, 1900 * ms},
		"holders: others are created, kept":  {holders, []step{planned(800*ms, certB, Creates), planned(900*ms, certB, Keeps)}, 1000 * ms},
		"holders: others report all along":   {holders, every(400*ms, planned(0, certB, Replaces)), 3 * time.Second},
		"keepers: an answer takes long":      {keepers, []step{asked(0, 2*time.Second)}, 2500 * ms},
		"keepers: and another is kept":       {keepers, []step{asked(0, 5*time.Second), planned(5400*ms, certB, Keeps)}, 5900 * ms},
		"keepers: others report after it":    {keepers, append(every(400*ms, planned(0, certB, Keeps)), asked(0, 5*time.Second)), 8 * time.Second},
		"keepers: two answers":               {keepers, []step{asked(0, 2*time.Second), asked(100*ms, time.Second)}, 2500 * ms},
		"keepers: it comes in the meantime":  {keepers, []step{asked(0, 5*time.Second), planned(1200*ms, certA, Keeps)}, 1200 * ms},
		"keepers: no answer at all":          {keepers, []step{asked(0, 40*time.Second)}, 30 * time.Second},
		"holders: an answer takes long":      {holders, []step{refreshed(0, certB), asked(0, 2*time.Second)}, 2500 * ms},
		"holders: another is refreshed then": {holders, []step{refreshed(0, certB), asked(0, 5*time.Second), refreshed(5*time.Second, certB)}, 6 * time.Second},
		"holders: an answer, in an apply":    {holders, []step{asked(0, 2*time.Second)}, 1000 * ms},
		"interrupted, while waiting to keep": {func(_ context.Context, l *Ledger) { l.AwaitKeepers(endsAfter(200*ms), certA) }, nil, 200 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testLedger()
				play(t, l, c.steps)
				started := time.Now()
				c.wait(t.Context(), l)
				if took := time.Since(started); took != c.took {
					t.Errorf("the wait took %s, want %s", took, c.took)
				}
			})
		})
	}
}

// A request has no answer yet while the API has not answered, and while the client pauses before it repeats the request.
func TestAPlanWaitsForTheRequestsOfItsZone(t *testing.T) {
	refused, slow := refuse(429, 971, "slow down"), ok("[]")
	refused.header, slow.after = map[string]string{"Retry-After": "3"}, 2*time.Second
	for name, c := range map[string]struct {
		answers []answer
		other   string // the zone that the destruction is in
		took    time.Duration
	}{
		"a slow answer":   {[]answer{slow}, zone, 2500 * time.Millisecond},
		"a pause as well": {[]answer{refused, slow}, zone, 5500 * time.Millisecond},
		"another zone":    {[]answer{slow}, strings.Repeat("0", 32), briefly},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newZone(t, inTurn(c.answers...))
				var list sync.WaitGroup
				list.Go(func() { _, _ = z.HostnameCertificates.List(t.Context()) })
				defer list.Wait()
				synctest.Wait()
				started := time.Now()
				z.c.Zone(c.other).Ledger.AwaitKeepers(t.Context(), shopAt)
				if took := time.Since(started); took != c.took {
					t.Errorf("the wait took %s, want %s", took, c.took)
				}
			})
		})
	}
}

func endsAfter(d time.Duration) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(d, cancel)
	return ctx
}

// A plan of many destructions must not take a wait for each of them.
func TestAllDestructionsOfAPlanShareTheirWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, started := testLedger(), time.Now()
		play(t, l, every(400*time.Millisecond, planned(0, certB, Keeps)))
		for range 20 {
			l.AwaitKeepers(t.Context(), certA)
			l.Plan(certA, Destroys, Holding{})
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("twenty destructions waited for %s, want no more than six times half a second", took)
		}
	})
}
