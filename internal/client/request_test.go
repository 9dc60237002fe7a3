package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A call without a deadline of its own ends after longestCall. A longer deadline counts as it is.
func TestTheDeadlineOfACall(t *testing.T) {
	for limit, succeeds := range map[time.Duration]bool{0: false, time.Hour: true} {
		synctest.Test(t, func(t *testing.T) {
			limited := refuse(429, 971, "too many requests")
			limited.header = map[string]string{"Retry-After": "1800"}
			ctx := t.Context()
			if limit > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			on, err := newZone(t, inTurn(limited, ok(`{"enabled":true}`))).Setting.Get(ctx)
			if on != succeeds || IsRateLimited(err) == succeeds {
				t.Errorf("with a deadline after %s: %v, %v", limit, on, err)
			}
		})
	}
}

func TestPausesBetweenRetriesGrowAndAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, sent := timeline(func(string, string, string) answer { return refuse(502, 1, "bad gateway") })
		_, err := newZone(t, api, func(o *Options) { o.MaxRetries, o.Backoff = 4, Backoff{time.Second, 3 * time.Second} }).Setting.Get(t.Context())
		times := sent("GET /settings")
		if len(times) != 5 {
			t.Fatalf("requests at %v: %v", times, err)
		}
		for i, most := range []time.Duration{time.Second, 1500 * time.Millisecond, 2250 * time.Millisecond, 3 * time.Second} {
			if d := times[i+1] - times[i]; d < most/2 || d > most {
				t.Errorf("pause %d took %s, want between half of %s and all of it", i+1, d, most)
			}
			want := fmt.Sprintf("INFO Waiting before retrying the request map[attempt:%d method:GET reason:HTTP 502: 1 bad gateway (Ray ID 8f0000000000abcd-FRA) wait:", i+1)
			if !strings.Contains(api.logged.String(), want) || !strings.Contains(api.logged.String(), "zone_id:"+zone) {
				t.Errorf("the log does not contain %q:\n%s", want, api.logged.String())
			}
		}
	})
}

// A call ends with its context, during a pause as well as during an attempt. Its error says why it had not ended before.
func TestACallEndsWithItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		want   string
	}{
		"during a pause":    {refuse(502, 1, "bad gateway"), "context canceled; the last attempt ended with: HTTP 502: 1 bad gateway (Ray ID 8f0000000000abcd-FRA)"},
		"during an attempt": {answer{after: time.Hour}, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				api, start := inTurn(c.answer), time.Now()
				_, err := newZone(t, api, func(o *Options) { o.Backoff = Backoff{10 * time.Second, 10 * time.Second} }).Setting.Get(ctx)
				if err == nil || err.Error() != c.want || len(api.asked) != 1 || time.Since(start) != time.Second {
					t.Errorf("after %s and %v: %v; want %s", time.Since(start), api.asked, err, c.want)
				}
			})
		})
	}
}

// An attempt without an answer is an error without the URL. Every attempt is logged at DEBUG.
func TestAnAttemptIsLogged(t *testing.T) {
	const path = "method:GET path:" + family + "/settings"
	slow := ok(`{"enabled":true}`)
	slow.after = 2 * time.Second
	for name, c := range map[string]struct {
		answer    answer
		err, line string
	}{
		"answered": {slow, "<nil>", "duration_ms:2000 " + path + " ray_id:8f0000000000abcd-FRA status:200"},
		"reset":    {answer{err: errReset}, "read: connection reset by peer", "duration_ms:0 error:read: connection reset by peer " + path},
		"hung":     {answer{after: time.Hour}, "no complete answer within 1m0s", "duration_ms:60000 error:no complete answer within 1m0s " + path},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := inTurn(c.answer)
				_, err := newZone(t, api, func(o *Options) { o.MaxRetries = 0 }).Setting.Get(t.Context())
				if got := fmt.Sprint(err); got != c.err {
					t.Errorf("error %s, want %s", got, c.err)
				}
				if got, want := api.logged.String(), "DEBUG Cloudflare API request map["+c.line+"]\n"; got != want {
					t.Errorf("logged %s, want %s", got, want)
				}
			})
		})
	}
}

// closeRecorder records whether a body has been closed.
type closeRecorder struct {
	io.ReadCloser
	closed bool
}

func (c *closeRecorder) Close() error {
	c.closed = true
	return c.ReadCloser.Close()
}

// An attempt that has ended occupies neither its connection nor the timer of its timeout.
func TestAnAttemptThatHasEndedHoldsNothing(t *testing.T) {
	for name, a := range map[string]answer{"answered": ok(`{"enabled":true}`), "refused": refuse(400, 1, "no"), "failed": {err: errReset}} {
		t.Run(name, func(t *testing.T) {
			api, body := inTurn(a), &closeRecorder{ReadCloser: http.NoBody}
			var ended func() error
			transport := roundTrip(func(req *http.Request) (*http.Response, error) {
				ended = req.Context().Err
				resp, err := api.RoundTrip(req)
				if err != nil {
					return nil, err
				}
				body.ReadCloser = resp.Body
				resp.Body = body
				return resp, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour) // without a deadline, the end of the call would end the attempt
			defer cancel()
			_, _ = newZone(t, api, func(o *Options) { o.Transport, o.MaxRetries = transport, 0 }).Setting.Get(ctx)
			if body.closed != (a.err == nil) || !errors.Is(ended(), context.Canceled) {
				t.Errorf("the body is closed: %v; the attempt's context ended with: %v", body.closed, ended())
			}
		})
	}
}

func TestOnlyARequestWithABodyHasAContentType(t *testing.T) {
	api, types := inTurn(ok(`{"enabled":true}`)), map[string]string{}
	transport := roundTrip(func(req *http.Request) (*http.Response, error) {
		types[req.Method] = req.Header.Get("Content-Type")
		return api.RoundTrip(req)
	})
	err := newZone(t, api, func(o *Options) { o.Transport = transport }).Setting.Put(t.Context(), true)
	if want := map[string]string{"PUT": "application/json", "GET": ""}; err != nil || !maps.Equal(types, want) {
		t.Errorf("got %v, %v; want %v", types, err, want)
	}
}

// The write buffer of a connection may contain parts of the key that was sent.
func TestTheConnectionOfAnUploadIsNotReused(t *testing.T) {
	uploaded, reused := map[string]bool{}, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reused = reused || uploaded[r.RemoteAddr]
		result := "null"
		if r.Method == http.MethodPost {
			uploaded[r.RemoteAddr] = true
			result = fmt.Sprintf(`{"id":"c%d","status":"active"}`, len(uploaded))
		}
		_, _ = io.WriteString(w, ok(result).body)
	}))
	defer server.Close()
	z := newZone(t, &fakeAPI{}, func(o *Options) { o.BaseURL, o.Transport = server.URL, server.Client().Transport })
	for _, name := range []string{"one", "two"} {
		if _, err := uploadPair(t, z.ZoneCertificates, t.Context(), certtest.Leaf(t, name)); err != nil {
			t.Fatal(err)
		}
	}
	if reused || len(uploaded) < 2 { // an upload that takes too long is retried, on another connection
		t.Errorf("a connection was reused after an upload: %v; uploads from %v", reused, uploaded)
	}
}
