package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// budgetWindow is the period over which Cloudflare counts requests (section 7).
const budgetWindow = 5 * time.Minute

// headroom is how many requests are left unused when an answer's Ratelimit header reports how many are left. When the
// header arrives, other requests of this process may already be on their way.
const headroom = 10

// limitTransport keeps the process below the API's limit. It spends a budget over a sliding window. If an answer's
// Ratelimit or Retry-After header asks for it, all requests pause.
//
// The window is exact. A token bucket would either allow twice the budget within one window, or throttle a short
// burst that the API allows.
type limitTransport struct {
	next http.RoundTripper
	log  LogFunc

	mu          sync.Mutex
	sent        []time.Time // ring buffer of the times of the last requests, as many as the budget; zero for none
	oldest      int
	pausedUntil time.Time
	reason      string
}

func newLimitTransport(next http.RoundTripper, budget int, log LogFunc) *limitTransport {
	return &limitTransport{next: next, log: log, sent: make([]time.Time, budget)}
}

func (t *limitTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.wait(req.Context()); err != nil {
		if req.Body != nil { // a redirect, for example, has none
			_ = req.Body.Close()
		}
		return nil, err
	}
	resp, err := t.next.RoundTrip(req)
	if err == nil {
		t.heed(resp)
	}
	return resp, err
}

// heldBackError says that a request was not sent, because its context ended while it waited for the request limit.
type heldBackError struct {
	reason string
	cause  error // the context's error
}

func (e *heldBackError) Error() string {
	return fmt.Sprintf("the request was not sent, because it had to wait for the request limit (%s): %v", e.reason, e.cause)
}

func (e *heldBackError) Unwrap() error { return e.cause }

// IsHeldBack reports whether a request was not sent because it waited too long for the request limit, which is the
// budget of Options or a pause that the API asked for.
func IsHeldBack(err error) bool {
	_, ok := errors.AsType[*heldBackError](err)
	return ok
}

// wait returns when a request may be sent. If ctx ends first, it returns a heldBackError.
func (t *limitTransport) wait(ctx context.Context) error {
	for {
		d, reason := t.reserve(time.Now())
		if d <= 0 {
			return nil
		}
		t.log(ctx, slog.LevelInfo, "Waiting for the API's request limit", map[string]any{
			"wait": d.Round(time.Millisecond).String(), "reason": reason,
		})
		timer := time.NewTimer(d)
		select {
		case <-ctx.Done():
			timer.Stop()
			return &heldBackError{reason: reason, cause: ctx.Err()}
		case <-timer.C:
		}
	}
}

// reserve counts a request in the window and returns 0. If the request has to wait, it returns for how long and why.
func (t *limitTransport) reserve(now time.Time) (time.Duration, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.pausedUntil.Sub(now); d > 0 {
		return d, t.reason
	}
	if len(t.sent) == 0 {
		return 0, ""
	}
	if d := t.sent[t.oldest].Add(budgetWindow).Sub(now); d > 0 {
		return d, "request_budget of " + strconv.Itoa(len(t.sent)) + " requests in 5 minutes is spent"
	}
	t.sent[t.oldest] = now
	t.oldest = (t.oldest + 1) % len(t.sent)
	return 0, ""
}

// heed pauses all requests if the headers of an answer ask for it.
func (t *limitTransport) heed(resp *http.Response) {
	var d time.Duration
	reason := ""
	if resp.StatusCode == http.StatusTooManyRequests {
		d, reason = retryAfter(resp), "the API answered 429 with Retry-After"
	} else if left, reset, ok := parseRatelimit(resp.Header.Get("Ratelimit")); ok && left < headroom {
		d, reason = reset, "the API's Ratelimit header says that the limit is nearly reached"
	}
	if d <= 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := time.Now().Add(d); until.After(t.pausedUntil) {
		t.pausedUntil, t.reason = until, reason
	}
}

var ratelimitMember = regexp.MustCompile(`;\s*([rt])=(\d+)`)

// parseRatelimit reads a header such as `"default";r=50;t=30`: how many requests are left, and for how long (section
// 7).
func parseRatelimit(header string) (left int, reset time.Duration, ok bool) {
	// The header may list several limits. The first one is in force.
	first, _, _ := strings.Cut(header, ",")
	seen := map[string]int{}
	for _, m := range ratelimitMember.FindAllStringSubmatch(first, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return 0, 0, false
		}
		seen[m[1]] = n
	}
	left, hasLeft := seen["r"]
	seconds, hasReset := seen["t"]
	return left, time.Duration(seconds) * time.Second, hasLeft && hasReset
}
