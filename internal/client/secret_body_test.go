package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// bodyKeeper keeps the bodies of requests. Like a real transport, it may still read them after it has returned its answer.
type bodyKeeper struct {
	next     http.RoundTripper
	readers  []io.Reader
	contents [][]byte
}

func (k *bodyKeeper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodPost {
		again, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		k.readers = append(k.readers, again)
		k.contents = append(k.contents, again.(*secretReader).b.content)
	}
	return k.next.RoundTrip(req)
}

// However an upload ends, its body is overwritten. Every attempt has sent the whole body, and a later read returns nothing.
func TestTheBodyOfAnUploadIsErased(t *testing.T) {
	const list, post = "GET", "POST"
	none, made := ok("null"), ok(`{"id":"new","status":"pending_deployment"}`)
	for name, c := range map[string]struct {
		posts    []answer
		attempts int
	}{
		"made":                {[]answer{made}, 1},
		"refused":             {[]answer{refuse(400, 1400, "no")}, 1},
		"refused for now":     {[]answer{refuse(429, 0, "later"), made}, 2},
		"lost":                {[]answer{{err: errReset}, made}, 2},
		"lost time and again": {[]answer{{err: errReset}}, DefaultMaxRetries + 1},
		"hung until the end":  {[]answer{{after: time.Hour}}, 5}, // five minutes, with a timeout of a minute per attempt
		"an answer in HTML":   {[]answer{{status: 502, body: "<html>"}, made}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				api := byRoute(t, map[string][]answer{list: {none}, post: c.posts})
				keeper := &bodyKeeper{next: api}
				pair := certtest.Leaf(t, "one")
				_, _ = uploadPair(t, newZone(t, api, func(o *Options) { o.Transport = keeper }).ZoneCertificates, ctx, pair)
				if len(keeper.contents) != c.attempts {
					t.Errorf("%d attempts, want %d", len(keeper.contents), c.attempts)
				}
				for i, content := range keeper.contents {
					if len(bytes.Trim(content, "\x00")) > 0 {
						t.Errorf("attempt %d has left %d bytes of its body", i+1, len(bytes.Trim(content, "\x00")))
					}
					if n, err := keeper.readers[i].Read(make([]byte, 10)); n > 0 || !errors.Is(err, errErased) {
						t.Errorf("a later read of attempt %d returns %d bytes and %v", i+1, n, err)
					}
				}
				for _, body := range api.bodies {
					var sent struct {
						Certificate string `json:"certificate"`
						PrivateKey  string `json:"private_key"`
					}
					if body == "" {
						continue // a GET has no body
					}
					if err := json.Unmarshal([]byte(body), &sent); err != nil || sent.Certificate != pair.Certificate || sent.PrivateKey != pair.PrivateKey {
						t.Errorf("the body was %s", body)
					}
				}
			})
		})
	}
}

// net/http copies the body of an upload through a buffer. In the end, the buffer contains nothing of the key, whatever its size.
func TestACopyOfTheBodyOfAnUploadIsOverwritten(t *testing.T) {
	for _, size := range []int{512, 4 << 10, 32 << 10} {
		api := byRoute(t, map[string][]answer{"GET": {ok("null")}, "POST": {ok(`{"id":"new","status":"active"}`)}})
		buffer := make([]byte, size)
		var copied bytes.Buffer
		transport := roundTrip(func(req *http.Request) (*http.Response, error) {
			if req.Method == http.MethodPost {
				again, _ := req.GetBody()
				// This copies as net/http does. The wrapped types hide the methods with which io.CopyBuffer would not use the buffer.
				_, _ = io.CopyBuffer(struct{ io.Writer }{&copied}, struct{ io.Reader }{io.LimitReader(again, req.ContentLength)}, buffer)
			}
			return api.RoundTrip(req)
		})
		pair := certtest.Leaf(t, "one")
		if _, err := uploadPair(t, newZone(t, api, func(o *Options) { o.Transport = transport }).ZoneCertificates, t.Context(), pair); err != nil {
			t.Fatal(err)
		}
		const piece = 8
		lines := strings.Split(pair.PrivateKey, "\n")
		public := strings.ReplaceAll(pair.Certificate, "\n", `\n`) // as it is sent; the public key is a part of both
		for _, line := range lines[:len(lines)-2] {
			for i := range len(line) - piece {
				text := line[i : i+piece]
				if !bytes.Contains(copied.Bytes(), []byte(text)) {
					t.Fatalf("%q was not copied", text)
				}
				if bytes.Contains(buffer, []byte(text)) && !strings.Contains(public, text) {
					t.Fatalf("a buffer of %d bytes still contains %q of the key", size, text)
				}
			}
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
