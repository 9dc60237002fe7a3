package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// wire serves the simulator over TCP, for effects that httptest.ResponseRecorder cannot show.
func (h *harness) wire(method, path, body string) (status int, length int64, text string, err error) {
	h.t.Helper()
	server := httptest.NewServer(h.s)
	defer server.Close()
	request, err := http.NewRequestWithContext(h.t.Context(), method, server.URL+path, strings.NewReader(body))
	noError(h.t, err)
	request.Header.Set("Authorization", "Bearer token")
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, 0, "", err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	return response.StatusCode, response.ContentLength, string(read), err
}

const enable = `{"enabled":true}`

func (h *harness) enabled() bool { return h.s.Dump().Zones[zoneA].Enabled }

func TestResets(t *testing.T) {
	for name, test := range map[string]struct {
		do     Action
		worked bool
	}{
		"before": {Action{ResetBefore: true}, false},
		"after":  {Action{ResetAfter: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			h.s.AddFault(Fault{Name: name, Do: test.do})
			_, _, _, err := h.wire("PUT", settingsPath, enable)
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the error is %v", err)
			}
			if h.enabled() != test.worked {
				t.Errorf("carried out: %v", h.enabled())
			}
			if log := h.s.Requests(); log[0].Fault != name || log[0].Status != 0 {
				t.Errorf("the log has %+v", log[0])
			}
		})
	}
}

func TestTruncate(t *testing.T) {
	h := start(t)
	h.s.AddFault(Fault{Do: Action{Truncate: true}})
	status, length, text, err := h.wire("PUT", settingsPath, enable)
	if !errors.Is(err, io.ErrUnexpectedEOF) || status != http.StatusOK || int64(len(text)) >= length || text == "" {
		t.Errorf("err %v, %d bytes %q", err, len(text), text)
	}
	if json.Valid([]byte(text)) || !h.enabled() {
		t.Errorf("enabled %v, body %s", h.enabled(), text)
	}
}

func TestFaultAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		do     Action
		status int
		body   string // a part of the body
		worked bool
		header [2]string
	}{
		"status":     {Action{Status: 503}, 503, `"code":10503,"message":"Service Unavailable"`, false, [2]string{}},
		"gateway":    {Action{Status: 500, Code: 10001, Message: "no"}, 500, `{"code":10001,"message":"no"}],"messages":[],"result":null}`, false, [2]string{}},
		"AOP":        {Action{Status: 400, Code: 1499, Message: "no"}, 400, `{"code":1499,"message":"no"}],"messages":[]}`, false, [2]string{}},
		"work first": {Action{Status: 502, WorkFirst: true}, 502, `10502`, true, [2]string{}},
		"429":        {Action{Status: 429, RetryAfter: "3"}, 429, ``, false, [2]string{"Retry-After", "3"}},
		"HTML":       {Action{Status: 520, HTML: true, Message: "a<b"}, 520, `<h1>Error 520</h1><p>a&lt;b</p>`, false, [2]string{"Content-Type", "text/html; charset=UTF-8"}},
		"HTML 200":   {Action{HTML: true}, 200, `<!DOCTYPE html>`, false, [2]string{}},
		"body":       {Action{Body: `{"success":tr`}, 200, `{"success":tr`, false, [2]string{"Content-Type", "application/json"}},
		"redirect":   {Action{Redirect: "http://127.0.0.1:1/x"}, 302, ``, false, [2]string{"Location", "http://127.0.0.1:1/x"}},
		"no effect":  {Action{}, 200, `"enabled":true`, true, [2]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			h.s.AddFault(Fault{Do: test.do})
			g := h.do("PUT", settingsPath, enable)
			if g.status != test.status || !strings.Contains(g.raw, test.body) {
				t.Errorf("the answer is %d %s", g.status, g.raw)
			}
			if h.enabled() != test.worked {
				t.Errorf("carried out: %v", h.enabled())
			}
			if test.header[0] != "" && g.header.Get(test.header[0]) != test.header[1] {
				t.Errorf("the headers are %v", g.header)
			}
		})
	}
}

// hits sends n requests. It returns the numbers (from 1) of those that the fault has hit.
func (h *harness) hits(n int) []int {
	h.t.Helper()
	var struck []int
	for i := range n {
		if h.do("GET", settingsPath, "").status == 500 {
			struck = append(struck, i+1)
		}
	}
	return struck
}

func TestFaultChoice(t *testing.T) {
	for name, test := range map[string]struct {
		fault Fault
		want  []int
	}{
		"each":         {Fault{}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		"after":        {Fault{After: 5}, []int{6, 7, 8}},
		"times":        {Fault{Times: 2}, []int{1, 2}},
		"every":        {Fault{Every: 3}, []int{3, 6}},
		"all of them":  {Fault{After: 1, Every: 2, Times: 2}, []int{3, 5}},
		"other method": {Fault{Method: "PUT"}, nil},
		"method":       {Fault{Method: "GET", Times: 1}, []int{1}},
		"other path":   {Fault{Path: `/hostnames$`}, nil},
		"path":         {Fault{Path: `/settings$`, Times: 1}, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			test.fault.Do = Action{Status: 500}
			h.s.AddFault(test.fault)
			if struck := h.hits(8); !slices.Equal(struck, test.want) {
				t.Errorf("the fault hit the requests %v, want %v", struck, test.want)
			}
			h.s.ClearFaults()
			if struck := h.hits(1); struck != nil {
				t.Error("the fault is still there")
			}
		})
	}
}

func TestFaultProbability(t *testing.T) {
	run := func(seed int64) []int {
		h := start(t)
		h.s.AddFault(Fault{Probability: 0.5, Seed: seed, Do: Action{Status: 500}})
		return h.hits(200)
	}
	one := run(1)
	if len(one) < 60 || len(one) > 140 || !slices.Equal(one, run(1)) || slices.Equal(one, run(2)) {
		t.Errorf("the fault hit %d of 200 requests", len(one))
	}
}

func TestFaultOrder(t *testing.T) {
	h := start(t)
	h.s.AddFault(Fault{Name: "first", Times: 1, Do: Action{Status: 500}})
	h.s.AddFault(Fault{Times: 1, Do: Action{Status: 503}})
	for i, want := range []int{500, 503, 200} {
		if g := h.do("GET", settingsPath, ""); g.status != want {
			t.Errorf("request %d answered %d, want %d", i+1, g.status, want)
		}
	}
	log := h.s.Requests()
	if log[0].Fault != "first" || log[1].Fault != "fault-2" || log[2].Fault != "" {
		t.Errorf("the log has the faults %q %q %q", log[0].Fault, log[1].Fault, log[2].Fault)
	}
}

func TestBadFaultsPanic(t *testing.T) {
	for name, fault := range map[string]Fault{"path": {Path: "("}, "status": {Do: Action{Status: 99}}} {
		t.Run(name, func(t *testing.T) { panics(t, func() { start(t).s.AddFault(fault) }) })
	}
}

func panics(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("the call did not panic")
		}
	}()
	f()
}

// The tests below wait in real time, which costs nothing in synctest.

func TestDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.Latency = Duration(time.Second) })
		h.s.AddFault(Fault{Times: 1, Do: Action{Delay: Duration(time.Minute)}})
		for _, want := range []time.Duration{time.Minute + time.Second, time.Second} {
			began := time.Now()
			h.do("PUT", settingsPath, enable).want(t, 200, 0)
			if took := time.Since(began); took != want {
				t.Errorf("the request took %v, want %v", took, want)
			}
		}
	})
}

func TestDelayEndsWithTheRequest(t *testing.T) {
	for name, change := range map[string]func(*Behaviour){
		"latency": func(b *Behaviour) { b.Latency = Duration(time.Hour) },
		"write":   func(b *Behaviour) { b.WriteTakes = Duration(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := start(t, change)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				panics(t, func() {
					h.doWith("PUT", settingsPath, enable, func(r *http.Request) {
						r.Header.Set("Authorization", "Bearer x")
						*r = *r.WithContext(ctx)
					})
				})
				if time.Since(began) != time.Second || h.enabled() {
					t.Errorf("the request took %v, enabled is %v", time.Since(began), h.enabled())
				}
			})
		})
	}
}

func TestOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.ConflictOnOverlap, b.WriteTakes = true, Duration(time.Minute) })
		var first got
		done := make(chan struct{})
		go func() {
			defer close(done)
			first = h.do("PUT", settingsPath, enable)
		}()
		synctest.Wait()
		h.do("PUT", settingsPath, enable).want(t, 409, errOverlap.Code)
		h.do("GET", settingsPath, "").want(t, 200, 0)
		h.do("PUT", strings.Replace(settingsPath, zoneA, zoneB, 1), enable).want(t, 200, 0) // another zone
		<-done
		first.want(t, 200, 0)
		h.do("PUT", settingsPath, enable).want(t, 200, 0) // no other request is in flight
	})
}

func TestOverlapIsFineByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(b *Behaviour) { b.WriteTakes = Duration(time.Minute) })
		done := make(chan got)
		go func() { done <- h.do("PUT", settingsPath, enable) }()
		synctest.Wait()
		h.do("PUT", settingsPath, enable).want(t, 200, 0)
		(<-done).want(t, 200, 0)
	})
}
