package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryPolicy(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	untrusted := &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
	cut := fmt.Errorf("%w: EOF", errCutOff)
	refused := &Error{}
	for _, c := range []struct {
		name      string
		status    int
		err       error
		get, post verdict // the verdicts of PUT and DELETE are those of GET
		ambiguous bool
	}{
		{"no connection: nothing was sent", 0, dial, again, again, false},
		{"reset: the work may be done", 0, errReset, again, giveUp, true},
		{"no answer in time", 0, context.DeadlineExceeded, again, giveUp, true},
		{"interrupted by the user", 0, context.Canceled, giveUp, giveUp, true},
		{"certificate not trusted: stays so", 0, untrusted, giveUp, giveUp, false},
		{"success", 200, nil, giveUp, giveUp, false},
		{"success, cut off", 200, cut, again, giveUp, true},
		{"success, too large: the next one is as large", 200, errTooLarge, giveUp, giveUp, true},
		{"refusal, cut off: nothing was done, but why is lost", 400, cut, again, again, false},
		{"redirect, cut off: nothing was done", 300, cut, again, again, false},
		{"not a success: the smallest such status", 300, refused, giveUp, giveUp, false},
		{"server error, cut off", 500, cut, again, giveUp, true},
		{"redirect: never followed", 302, refused, giveUp, giveUp, false},
		{"bad request", 400, refused, giveUp, giveUp, false},
		{"not authenticated", 401, refused, giveUp, giveUp, false},
		{"forbidden", 403, refused, giveUp, giveUp, false},
		{"not found", 404, refused, giveUp, giveUp, false},
		{"request timeout", 408, refused, again, giveUp, true},
		{"conflict: refused before any work", 409, refused, waiting, waiting, false},
		{"rate limit: refused before any work", 429, refused, waiting, waiting, false},
		{"server error", 500, refused, again, giveUp, true},
		{"not implemented: stays so", 501, refused, giveUp, giveUp, true},
		{"bad gateway", 502, refused, again, giveUp, true},
		{"unavailable", 503, refused, again, giveUp, true},
		{"origin timeout of Cloudflare's own edge", 524, refused, again, giveUp, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
				if got := classify(method, c.status, c.err); got != c.get {
					t.Errorf("%s: verdict %d, want %d", method, got, c.get)
				}
			}
			if got := classify(http.MethodPost, c.status, c.err); got != c.post {
				t.Errorf("POST: verdict %d, want %d", got, c.post)
			}
			if got := isAmbiguous(c.status, c.err); got != c.ambiguous {
				t.Errorf("ambiguous %v, want %v", got, c.ambiguous)
			}
		})
	}
}

func TestRetriesAreCountedAndTheLastFailureIsTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := inTurn(answer{status: 502, body: "<html>", header: map[string]string{"Content-Type": "text/html"}})
		_, err := newZone(t, api, func(o *Options) { o.MaxRetries = 3 }).Setting.Get(t.Context())
		if n := api.count("GET /settings"); n != 4 {
			t.Errorf("%d requests, want the first and 3 retries", n)
		}
		want := "HTTP 502: an answer that is not the API's JSON (text/html) (Ray ID 8f0000000000abcd-FRA)"
		if err == nil || err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
	})
}

func TestRetryAfterIsObeyedAndNotCounted(t *testing.T) {
	for name, header := range map[string]func() string{
		"seconds": func() string { return "120" },
		"date":    func() string { return time.Now().Add(120 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limited := refuse(429, 971, "too many requests")
				limited.header = map[string]string{"Retry-After": header()}
				api := inTurn(limited, ok(`{"enabled":true}`))
				start := time.Now()
				on, err := newZone(t, api, func(o *Options) { o.MaxRetries = 0 }).Setting.Get(t.Context())
				if err != nil || !on {
					t.Fatalf("got %v, %v", on, err)
				}
				if d := time.Since(start); d < 119*time.Second || d > 125*time.Second {
					t.Errorf("waited %s, want about 120s", d)
				}
				if !strings.Contains(api.logged.String(), "INFO") || !strings.Contains(api.logged.String(), "429") {
					t.Errorf("no line at INFO says why it waits: %s", api.logged.String())
				}
			})
		})
	}
}

func TestRetryAfterBeyondTheDeadlineEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited := refuse(429, 971, "too many requests")
		limited.header = map[string]string{"Retry-After": "300"}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := newZone(t, inTurn(limited)).Setting.Get(ctx)
		if !IsRateLimited(err) || time.Since(start) > time.Second {
			t.Errorf("after %s: %v; want the 429 immediately", time.Since(start), err)
		}
		start = time.Now() // a joint request has the deadline of its rows
		if _, err := newZone(t, inTurn(limited)).Associations.Put(ctx, writes(1, 1)[0]); !IsRateLimited(err) || time.Since(start) > time.Second {
			t.Errorf("after %s: %v; want the 429 immediately", time.Since(start), err)
		}
	})
}

func TestAPOSTIsNotSentAgainAfterALostAnswer(t *testing.T) {
	for name, a := range map[string]answer{
		"reset":   {err: errReset},
		"500":     refuse(500, 1000, "internal"),
		"cut off": {status: 200, body: `{"success":true,"result":{"id`},
		"HTML":    {status: 200, body: "<html>"},
		"no id":   ok(`{"status":"pending_deployment"}`),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := inTurn(a)
				_, err := newZone(t, api).ZoneCertificates.post(t.Context(), &secretBody{content: []byte("{}")})
				var lost *LostAnswerError
				if !errors.As(err, &lost) || len(api.asked) != 1 {
					t.Errorf("after %v: %v; want one POST and a lost answer", api.asked, err)
				}
			})
		})
	}
}

func TestAttemptTimeoutIsNotTheCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := ok(`{"enabled":true}`)
		slow.after = time.Hour
		api := inTurn(slow, ok(`{"enabled":true}`))
		on, err := newZone(t, api).Setting.Get(t.Context())
		if err != nil || !on || len(api.asked) != 2 {
			t.Errorf("got %v, %v after %v; want the second attempt to succeed", on, err, api.asked)
		}
	})
}

func TestAnUploadOnItsWayOutlivesAnInterruption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := ok(`{"id":"a","status":"pending_deployment"}`)
		slow.after = 2 * time.Second
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		cert, err := newZone(t, inTurn(slow)).ZoneCertificates.post(ctx, &secretBody{content: []byte("{}")})
		if err != nil || cert.ID != "a" {
			t.Errorf("got %v, %v; the id of a successful upload is lost", cert, err)
		}
		hung := slow
		hung.after = time.Hour
		start := time.Now()
		if _, err = newZone(t, inTurn(hung)).ZoneCertificates.post(ctx, &secretBody{content: []byte("{}")}); err == nil || time.Since(start) > uploadGrace {
			t.Errorf("a hung upload ended after %s with %v", time.Since(start), err)
		}
	})
}
