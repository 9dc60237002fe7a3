package client

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRequestBudgetIsNeverExceededInAnyWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const budget = 20
		var sent []time.Time
		api := &fakeAPI{answer: func(string, string, string) answer {
			sent = append(sent, time.Now())
			return ok(`{"enabled":true}`)
		}}
		c := newZone(t, api, func(o *Options) { o.RequestBudget = budget })
		for range 3 * budget {
			if _, err := c.Setting.Get(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second) // on synctest's clock
		}
		for i := budget; i < len(sent); i++ {
			if sent[i].Sub(sent[i-budget]) < budgetWindow {
				t.Fatalf("request %d came %s after request %d", i, sent[i].Sub(sent[i-budget]), i-budget)
			}
		}
		if took := sent[budget-1].Sub(sent[0]); took != (budget-1)*time.Second {
			t.Errorf("the first %d requests took %s, although the budget allows them", budget, took)
		}
		if !strings.Contains(api.logged.String(), "request_budget of 20 requests") {
			t.Errorf("the log does not say why it waits: %s", api.logged.String())
		}
	})
}

func TestRatelimitHeaderPausesBeforeTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near := ok(`{"enabled":true}`)
		near.header = map[string]string{"Ratelimit": `"default";r=3;t=30`, "Ratelimit-Policy": `"burst";q=100;w=60`}
		c := newZone(t, inTurn(near, ok(`{"enabled":true}`)))
		start := time.Now()
		for range 2 {
			if _, err := c.Setting.Get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d < 30*time.Second {
			t.Errorf("the second request went out after %s, want 30s", d)
		}
	})
}

func TestParseRatelimit(t *testing.T) {
	for header, want := range map[string]struct {
		left  int
		reset time.Duration
		ok    bool
	}{
		`"default";r=50;t=30`:                    {50, 30 * time.Second, true},
		`"default"; t=5; r=0`:                    {0, 5 * time.Second, true},
		`"burst";r=7;t=9, "daily";r=10000;t=500`: {7, 9 * time.Second, true},
		``:                                       {},
		`"default";q=50`:                         {0, 0, false},
		`"x";r=99999999999999999999;t=1`:         {0, 0, false},
	} {
		left, reset, ok := parseRatelimit(header)
		if ok != want.ok || ok && (left != want.left || reset != want.reset) {
			t.Errorf("%s: %d, %s, %v", header, left, reset, ok)
		}
	}
}

func TestWritesOfAZoneGoOutOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, most := 0, 0
		api := &fakeAPI{}
		api.answer = func(method, _, _ string) answer {
			if method == "PUT" {
				busy++
				most = max(most, busy)
				time.AfterFunc(900*time.Millisecond, func() { api.mu.Lock(); busy--; api.mu.Unlock() })
			}
			a := ok(`{"enabled":true}`)
			a.after = time.Second
			return a
		}
		c := newZone(t, api)
		for range 5 {
			go func() { _ = c.Setting.Put(t.Context(), true) }()
		}
		time.Sleep(time.Minute) // on synctest's clock
		api.mu.Lock()
		defer api.mu.Unlock()
		if most != 1 {
			t.Errorf("%d writes of a zone were under way at once", most)
		}
	})
}
