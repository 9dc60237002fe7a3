package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	zone   = "023e105f4ecef8ad9ca31a8372d0c353"
	family = "/client/v4/zones/" + zone + "/origin_tls_client_auth"
)

// answer is the fake API's answer to one request.
type answer struct {
	status int
	body   string
	header map[string]string
	err    error         // returned instead of an answer
	after  time.Duration // how long the answer takes
}

func ok(result string) answer {
	return answer{status: 200, body: `{"success":true,"errors":[],"messages":[],"result":` + result + `}`}
}

func refuse(status, code int, message string) answer {
	return answer{status: status, body: fmt.Sprintf(`{"success":false,"errors":[{"code":%d,"message":%q}],"messages":[]}`, code, message)}
}

// fakeAPI answers requests by calling a function. It records the requests and the log.
type fakeAPI struct {
	answer func(method, path, body string) answer

	mu      sync.Mutex
	asked   []string // "METHOD path-below-the-family"
	bodies  []string
	queries []string
	logged  strings.Builder
}

func (f *fakeAPI) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		raw, _ := io.ReadAll(req.Body)
		body = string(raw)
	}
	path := strings.TrimPrefix(req.URL.Path, family)
	f.mu.Lock()
	f.asked = append(f.asked, strings.TrimSpace(req.Method+" "+path))
	f.bodies = append(f.bodies, body)
	f.queries = append(f.queries, req.URL.RawQuery)
	a := f.answer(req.Method, path, body)
	f.mu.Unlock()
	if a.after > 0 {
		select {
		case <-time.After(a.after):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	resp := &http.Response{
		StatusCode: a.status, Status: fmt.Sprint(a.status), Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}, "Cf-Ray": {"8f0000000000abcd-FRA"}},
		Body:   io.NopCloser(bytes.NewReader([]byte(a.body))),
	}
	for k, v := range a.header {
		resp.Header.Set(k, v)
	}
	return resp, nil
}

func (f *fakeAPI) count(asked string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, a := range f.asked {
		if a == asked {
			n++
		}
	}
	return n
}

// inTurn gives the nth answer to the nth request, and the last answer to every further one.
func inTurn(answers ...answer) *fakeAPI {
	n := 0
	return &fakeAPI{answer: func(string, string, string) answer {
		n++
		return answers[min(n, len(answers))-1]
	}}
}

// byRoute gives the answers of each "METHOD path" in sequence.
func byRoute(t *testing.T, routes map[string][]answer) *fakeAPI {
	t.Helper()
	seen := map[string]int{}
	return &fakeAPI{answer: func(method, path, _ string) answer {
		key := strings.TrimSpace(method + " " + path)
		answers, known := routes[key]
		if !known {
			t.Errorf("unexpected request %s", key)
			return refuse(404, 7003, "no route")
		}
		seen[key]++
		return answers[min(seen[key], len(answers))-1]
	}}
}

func newZone(t *testing.T, api *fakeAPI, change ...func(*Options)) *Zone {
	t.Helper()
	o := Options{Token: "secret-token", MaxRetries: DefaultMaxRetries, Transport: api}
	o.Log = func(_ context.Context, level slog.Level, msg string, fields map[string]any) {
		api.mu.Lock()
		defer api.mu.Unlock()
		fmt.Fprintln(&api.logged, level, msg, fields)
	}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c.Zone(zone)
}

var errReset = errors.New("read: connection reset by peer")

func uploadPair(t *testing.T, s *Certificates, ctx context.Context, pair certtest.Pair) (*Certificate, error) { //nolint:revive // as Upload, of s
	t.Helper()
	cert, _, err := uploadOrAdopt(t, s, ctx, pair, false)
	return cert, err
}

func uploadOrAdopt(t *testing.T, s *Certificates, ctx context.Context, pair certtest.Pair, adopt bool) (cert *Certificate, adopted bool, err error) { //nolint:revive // as Upload, of s
	t.Helper()
	bundle, err := certpem.ParseBundle(pair.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	key, err := certpem.ParseKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return s.Upload(ctx, bundle, key, adopt)
}
