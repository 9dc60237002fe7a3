package client

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
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
		`"default";r=50`:                         {0, 0, false},
		`"default";t=30`:                         {0, 0, false},
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

// limited returns an answer as the rate limit sees it.
func limited(status int, header, value string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{header: {value}}}
}

func TestPausesThatAnswersAskFor(t *testing.T) {
	long, short := limited(429, "Retry-After", "60"), limited(429, "Retry-After", "10")
	for name, c := range map[string]struct {
		answers []*http.Response
		want    time.Duration
		reason  string
	}{
		"429":                          {[]*http.Response{long}, 60 * time.Second, "the API answered 429 with Retry-After"},
		"a longer pause":               {[]*http.Response{short, long}, 60 * time.Second, "the API answered 429 with Retry-After"},
		"a shorter pause":              {[]*http.Response{long, short}, 60 * time.Second, "the API answered 429 with Retry-After"},
		"Retry-After of another error": {[]*http.Response{limited(503, "Retry-After", "60")}, 0, ""},
		"few requests are left":        {[]*http.Response{limited(200, "Ratelimit", `"default";r=9;t=30`)}, 30 * time.Second, "the API's Ratelimit header says that the limit is nearly reached"},
		"enough are left":              {[]*http.Response{limited(200, "Ratelimit", `"default";r=10;t=30`)}, 0, ""},
		"how many is not said":         {[]*http.Response{limited(200, "Ratelimit", `"default";t=30`)}, 0, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			limit := newLimitTransport(nil, 0, nil)
			for _, a := range c.answers {
				limit.heed(a)
			}
			if d, reason := limit.reserve(time.Now()); d != c.want || reason != c.reason {
				t.Errorf("%s: %s because of %q, want %s because of %q", name, d, reason, c.want, c.reason)
			}
		})
	}
}

// An answer that asks for no pause may arrive just before another request takes its turn.
func TestAnAnswerThatAsksForNoPauseDelaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limit := newLimitTransport(nil, 0, nil)
		now := time.Now()
		time.Sleep(time.Millisecond) // on synctest's clock
		limit.heed(limited(429, "Retry-After", "0"))
		if d, _ := limit.reserve(now); d != 0 {
			t.Errorf("the request has to wait for %s", d)
		}
	})
}

func TestARequestThatWaitedCountsTowardsTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		api, sent := timeline(func(string, string, string) answer {
			if n++; n == 1 {
				a := refuse(429, 971, "slow down")
				a.header = map[string]string{"Retry-After": "30"}
				return a
			}
			return ok(`{"enabled":true}`)
		})
		z := newZone(t, api, func(o *Options) { o.RequestBudget, o.Backoff = 2, Backoff{time.Second, time.Second} })
		for range 4 {
			if _, err := z.Setting.Get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		const window = budgetWindow
		if want, got := []time.Duration{0, 30 * time.Second, window, window + 30*time.Second, 2 * window}, sent("GET /settings"); !slices.Equal(got, want) {
			t.Errorf("the requests were sent at %v, want %v", got, want)
		}
	})
}

// http.RoundTripper must close the body of every request, also of those that it does not send.
func TestTheBodyOfARequestThatIsNotSentIsClosed(t *testing.T) {
	limit := newLimitTransport(nil, 0, func(context.Context, slog.Level, string, map[string]any) {})
	limit.heed(limited(429, "Retry-After", "60"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closeRecorder{ReadCloser: http.NoBody}
	req := httptest.NewRequestWithContext(ctx, http.MethodPut, "/", body)
	if _, err := limit.RoundTrip(req); !IsHeldBack(err) || !body.closed {
		t.Errorf("got %v; the body is closed: %v", err, body.closed)
	}
}
