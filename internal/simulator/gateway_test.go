package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func golden(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "golden", name))
	noError(t, err)
	return string(bytes.TrimSpace(data))
}

// TestVerbatimBodies compares answers with the bodies recorded in section 1a, byte by byte.
func TestVerbatimBodies(t *testing.T) {
	h := start(t, func(b *Behaviour) {
		b.Tokens = map[string]Permission{"token": PermissionWrite, "reader": PermissionRead}
	})
	certPEM, keyPEM := newPair(t, "one")
	h.upload(ZoneCertificate, certPEM, keyPEM)
	for name, g := range map[string]got{
		"error_1406.json": h.do("POST", zonePath, uploadBody(certPEM, keyPEM)).want(t, 400, 1406),
		"error_1415.json": h.put(row(api, newID(), yes)).want(t, 400, 1415),
		"error_6003.json": h.doWith("GET", zonePath, "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer") }).want(t, 400, 6003),
		"error_10000.json": h.doWith("PUT", settingsPath, `{"enabled":true}`,
			func(r *http.Request) { r.Header.Set("Authorization", "Bearer reader") }).want(t, 403, 10000),
	} {
		if want := golden(t, name); g.raw != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, g.raw, want)
		}
	}
}

// TestErrorsRoundTrip decodes the recorded bodies into the wire structs and encodes them again.
func TestErrorsRoundTrip(t *testing.T) {
	for _, name := range []string{"error_1406.json", "error_1415.json", "error_6003.json", "error_10000.json"} {
		text := golden(t, name)
		var fields map[string]any
		noError(t, json.Unmarshal([]byte(text), &fields))
		var e envelope
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.DisallowUnknownFields()
		noError(t, decoder.Decode(&e))
		if _, there := fields["result"]; there && e.Result == nil {
			null := json.RawMessage("null") // encoding/json does not distinguish null from an absent member
			e.Result = &null
		}
		if back := string(encode(e)); back != text {
			t.Errorf("%s came back as %s", name, back)
		}
	}
}

func TestAssociationRoundTrip(t *testing.T) {
	text := golden(t, "association.json")
	var w wireAssociation
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.DisallowUnknownFields()
	noError(t, decoder.Decode(&w))
	if back := string(encode(w)); back != text {
		t.Errorf("came back as %s", back)
	}
	m, err := parseCertificates(w.Certificate)
	noError(t, err)
	if m.leaf.Issuer.String() != w.Issuer || m.leaf.SerialNumber.String() != w.SerialNumber ||
		m.leaf.SignatureAlgorithm.String() != w.Signature || stampSeconds(m.leaf.NotAfter) != w.ExpiresOn {
		t.Error("the fields are not those of the certificate")
	}
	at, err := time.Parse(time.RFC3339Nano, w.CertUploadedOn)
	noError(t, err)
	if stamp(at) != w.CertUploadedOn {
		t.Errorf("%s is written as %s", w.CertUploadedOn, stamp(at))
	}
}

func TestRouting(t *testing.T) {
	h := start(t)
	for name, test := range map[string][2]string{
		"short zone id":     {"GET", "/client/v4/zones/abc/origin_tls_client_auth"},
		"zone id with dash": {"GET", "/client/v4/zones/01234567-9abcdef0123456789abcdef0/origin_tls_client_auth/settings"},
		"other product":     {"GET", "/client/v4/zones/" + zoneA + "/dns_records"},
		"no prefix":         {"GET", "/zones/" + zoneA + "/origin_tls_client_auth"},
		"root":              {"GET", "/"},
		"deeper":            {"GET", settingsPath + "/x"},
		"trailing slash":    {"GET", zonePath + "/"},
		"doubled slash":     {"GET", "/client/v4/zones//" + zoneA + "/origin_tls_client_auth"},
		"no POST":           {"POST", settingsPath},
		"no HEAD":           {"HEAD", settingsPath},
		"no PATCH":          {"PATCH", zonePath},
	} {
		t.Run(name, func(t *testing.T) {
			g := h.do(test[0], test[1], "").want(t, 404, 7003)
			if len(g.errs) != 2 || g.errs[1].Code != 7000 || !bytes.Contains([]byte(g.raw), []byte(`"result":null`)) {
				t.Error(g.raw)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	set := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	tokens := map[string]Permission{
		"w": PermissionWrite, "r": PermissionRead, "n": PermissionNone, "me@example.com:key": PermissionWrite,
	}
	for name, test := range map[string]struct {
		tokens       map[string]Permission
		method       string
		headers      func(*http.Request)
		status, code int
		chain        int
	}{
		"any token":        {nil, "GET", set("Authorization", "Bearer x"), 200, 0, 0},
		"any key":          {nil, "GET", set("X-Auth-Email", "a@b", "X-Auth-Key", "k"), 200, 0, 0},
		"nothing":          {nil, "GET", set(), 400, errNoCredentials.Code, 0},
		"no scheme":        {nil, "GET", set("Authorization", "x"), 400, 6003, 6111},
		"empty token":      {nil, "GET", set("Authorization", "Bearer "), 400, 6003, 6111},
		"quoted token":     {nil, "GET", set("Authorization", `Bearer "x"`), 400, 6003, 6111},
		"email only":       {nil, "GET", set("X-Auth-Email", "a@b"), 400, 6003, 6103},
		"key only":         {nil, "GET", set("X-Auth-Key", "k"), 400, 6003, 6102},
		"write":            {tokens, "PUT", set("Authorization", "Bearer w"), 200, 0, 0},
		"read reads":       {tokens, "GET", set("Authorization", "Bearer r"), 200, 0, 0},
		"read writes not":  {tokens, "PUT", set("Authorization", "Bearer r"), 403, 10000, 0},
		"none reads not":   {tokens, "GET", set("Authorization", "Bearer n"), 403, 10000, 0},
		"unknown token":    {tokens, "GET", set("Authorization", "Bearer x"), 403, 9109, 0},
		"known key":        {tokens, "PUT", set("X-Auth-Email", "me@example.com", "X-Auth-Key", "key"), 200, 0, 0},
		"unknown key":      {tokens, "PUT", set("X-Auth-Email", "me@example.com", "X-Auth-Key", "no"), 403, 9103, 0},
		"no tokens at all": {map[string]Permission{}, "GET", set("Authorization", "Bearer x"), 403, 9109, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t, func(b *Behaviour) { b.Tokens = test.tokens })
			g := h.doWith(test.method, settingsPath, `{"enabled":true}`, test.headers).want(t, test.status, test.code)
			if test.chain != 0 && g.errs[0].ErrorChain[0].Code != test.chain {
				t.Error(g.raw)
			}
		})
	}
}

func TestRays(t *testing.T) {
	h := start(t)
	for i, path := range []string{settingsPath, "/nowhere", settingsPath} {
		want := rayOf(i + 1)
		if ray := h.do("GET", path, "").header.Get("CF-Ray"); ray != want {
			t.Errorf("ray is %q, want %q", ray, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.Limit = Limit{Requests: 2, Window: Duration(300 * time.Second)} })
	first := h.do("GET", settingsPath, "").want(t, 200, 0)
	if got := first.header.Get("Ratelimit"); got != `"default";r=1;t=300` {
		t.Errorf("Ratelimit is %s", got)
	}
	if got := first.header.Get("Ratelimit-Policy"); got != `"default";q=2;w=300` {
		t.Errorf("Ratelimit-Policy is %s", got)
	}
	h.later(100*time.Second + time.Millisecond)
	h.do("GET", settingsPath, "").want(t, 200, 0)
	over := h.do("GET", settingsPath, "").want(t, 429, 971)
	if over.header.Get("Retry-After") != "200" || over.header.Get("Ratelimit") != `"default";r=0;t=200` {
		t.Errorf("headers are %v", over.header)
	}
	want := "More than 2 requests per 300 seconds reached. Please wait and consider throttling your request speed"
	if over.errs[0].Message != want {
		t.Errorf("message is %q", over.errs[0].Message)
	}
	other := func(r *http.Request) { r.Header.Set("Authorization", "Bearer other") }
	h.doWith("GET", settingsPath, "", other).want(t, 200, 0) // another credential has its own budget
	h.later(200 * time.Second)
	h.do("GET", settingsPath, "").want(t, 200, 0)

	h.s.Behave(func(b *Behaviour) { b.Limit.Block = Duration(10 * time.Minute) })
	h.do("GET", settingsPath, "").want(t, 200, 0)
	if after := h.do("GET", settingsPath, "").want(t, 429, 971).header.Get("Retry-After"); after != "600" {
		t.Errorf("Retry-After is %s", after)
	}
	h.later(10*time.Minute - 1)
	h.do("GET", settingsPath, "").want(t, 429, 971)
	h.later(1)
	h.do("GET", settingsPath, "").want(t, 200, 0)

	h.s.Behave(func(b *Behaviour) { b.Limit.Block = Duration(time.Second) }) // the block is shorter than the window
	h.do("GET", settingsPath, "").want(t, 200, 0)
	for range 2 {
		h.do("GET", settingsPath, "").want(t, 429, 971)
		h.later(time.Second)
		h.do("GET", settingsPath, "").want(t, 200, 0)
		h.do("GET", settingsPath, "").want(t, 200, 0)
	}
	if h.s.Requests()[0].Status != 200 || len(start(t).do("GET", settingsPath, "").header["Ratelimit"]) != 0 {
		t.Error("the answer has the headers although there is no limit")
	}
}
