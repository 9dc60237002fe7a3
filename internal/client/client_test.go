package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
)

func TestParseBaseURL(t *testing.T) {
	for raw, want := range map[string]string{
		"https://api.cloudflare.com/client/v4":  "",
		"https://api.cloudflare.com/client/v4/": "",
		"http://127.0.0.1:8787/client/v4":       "",
		"http://[::1]:8787/client/v4":           "",
		"http://localhost:8787":                 "",
		"https://[2001:db8::1]/client/v4":       "",
		"http://api.cloudflare.com/client/v4":   "the base URL must be https: over http, the credentials would travel to api.cloudflare.com in clear text (http is accepted only for loopback addresses)",
		"http://localhost.example.com":          "the base URL must be https: over http, the credentials would travel to localhost.example.com in clear text (http is accepted only for loopback addresses)",
		"ftp://127.0.0.1":                       `the base URL must be https, not "ftp"`,
		"api.cloudflare.com":                    "the base URL needs a scheme and a host, such as https://api.cloudflare.com/client/v4",
		"https://user:hush@example.com":         "the base URL must not contain a user or password",
		"https://example.com/?a=b":              "the base URL must not contain a query or fragment",
		"https://example.com/%zz":               "the base URL cannot be parsed",
	} {
		got := ""
		if _, err := ParseBaseURL(raw); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestRequestsCarryCredentialsAndUserAgentBelowTheBasePath(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte(`{"success":true,"result":{"enabled":true}}`))
	}))
	defer server.Close()
	for _, c := range []struct {
		options Options
		want    map[string]string
	}{
		{Options{Token: "t"}, map[string]string{"Authorization": "Bearer t", "X-Auth-Key": "", "X-Auth-Email": ""}},
		{Options{Key: "k", Email: "a@example.com"}, map[string]string{"Authorization": "", "X-Auth-Key": "k", "X-Auth-Email": "a@example.com"}},
	} {
		c.options.BaseURL, c.options.UserAgent = server.URL+"/some/prefix/client/v4/", "agent/1"
		api, err := New(c.options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := api.Zone(zone).Setting.Get(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := "/some/prefix" + family + "/settings"; got.URL.Path != want {
			t.Errorf("path %s, want %s", got.URL.Path, want)
		}
		c.want["User-Agent"], c.want["Accept"] = "agent/1", "application/json"
		for name, want := range c.want {
			if h := got.Header.Get(name); h != want {
				t.Errorf("%s: %q, want %q", name, h, want)
			}
		}
	}
	if _, err := New(Options{Key: "k"}); err == nil {
		t.Error("the client accepts a key without its email")
	}
}

func TestARedirectIsNotFollowedAndCredentialsStayHere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the client followed the redirect to another host")
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	api, err := New(Options{Token: "t", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = api.Zone(zone).Setting.Get(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "HTTP 307: an answer that is not the API's JSON") {
		t.Errorf("error %v", err)
	}
}

func TestListsTakeEveryShape(t *testing.T) {
	certificate := `{"id":"a","status":"active","serial_number":"7","future":{"x":1}}`
	association := `{"cert_id":"a","hostname":"h","enabled":true,"status":"pending_deployment","cert_status":"active","cert_uploaded_on":"2020-01-01T00:00:00Z"}`
	page := func(n string) answer {
		return answer{status: 200, body: `{"success":true,"errors":[],"result":[{"id":"` + n + `"}],"result_info":{"page":` + n + `,"per_page":1,"count":1,"total_count":3}}`}
	}
	pages := func(n string) answer {
		return answer{status: 200, body: `{"success":true,"errors":[],"result":[{"id":"` + n + `"}],"result_info":{"page":` + n + `,"total_count":3,"total_pages":2}}`}
	}
	for name, c := range map[string]struct {
		answers []answer
		want    string
		queries string
	}{
		"null":               {[]answer{ok("null")}, "", ""},
		"empty":              {[]answer{ok("[]")}, "", ""},
		"missing":            {[]answer{{status: 200, body: `{"success":true}`}}, "", ""},
		"certificate-shaped": {[]answer{ok("[" + certificate + "]")}, "a:active ", ""},
		"association-shaped": {[]answer{ok("[" + association + "]")}, "a:active ", ""},
		"paged":              {[]answer{page("1"), page("2"), page("3")}, "1: 2: 3: ", " page=2 page=3"},
		"counted in pages":   {[]answer{pages("1"), pages("2")}, "1: 2: ", " page=2"},
		"a wrong page count": {[]answer{page("1"), ok("[]")}, "1: ", " page=2"},
	} {
		api := inTurn(c.answers...)
		certs, err := newZone(t, api).HostnameCertificates.List(t.Context())
		got := ""
		for _, cert := range certs {
			got += cert.ID + ":" + string(cert.Status) + " "
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
		if queries := strings.Join(api.queries, " "); queries != c.queries {
			t.Errorf("%s: the queries are %q, want %q", name, queries, c.queries)
		}
	}
	certs, err := newZone(t, inTurn(ok(certificate))).HostnameCertificates.List(t.Context())
	if _, shape := errors.AsType[*shapeError](err); !shape {
		t.Errorf("an object in place of a list: %+v, %v", certs, err)
	}
}

func TestBadAnswersAreErrorsAndNoPanics(t *testing.T) {
	huge := `{"success":true,"result":{"certificate":"` + strings.Repeat("x", maxBody) + `"}}`
	for name, c := range map[string]struct {
		answer answer
		want   string
	}{
		"no result":       {answer{status: 200, body: `{"success":true}`}, "the API reported success, but its answer contains no result"},
		"null result":     {ok("null"), "the API reported success, but its answer contains no result"},
		"a list":          {ok("[]"), "the API's result has an unexpected shape: json: cannot unmarshal array into Go value of type client.certificateJSON"},
		"a wrong type":    {ok(`{"id":7}`), "the API's result has an unexpected shape: json: cannot unmarshal number into Go struct field certificateJSON.id of type string"},
		"success false":   {answer{status: 200, body: `{"success":false,"errors":[{"code":1000,"message":"odd"}]}`}, "HTTP 200: 1000 odd (Ray ID 8f0000000000abcd-FRA)"},
		"no envelope":     {answer{status: 404, body: "404 page not found"}, "HTTP 404: an answer that is not the API's JSON (application/json) (Ray ID 8f0000000000abcd-FRA)"},
		"errors null":     {answer{status: 400, body: `{"success":false,"errors":null}`}, "HTTP 400: without an error message (Ray ID 8f0000000000abcd-FRA)"},
		"a code as text":  {answer{status: 400, body: `{"success":false,"errors":[{"code":"1415","message":"m"}]}`}, "HTTP 400: 1415 m (Ray ID 8f0000000000abcd-FRA)"},
		"a code of words": {answer{status: 400, body: `{"success":false,"errors":[{"code":"none","message":"m"}]}`}, "HTTP 400: 0 m (Ray ID 8f0000000000abcd-FRA)"},
		"a code too long": {answer{status: 400, body: `{"success":false,"errors":[{"code":99999999999999999999,"message":"m"}]}`}, "HTTP 400: 0 m (Ray ID 8f0000000000abcd-FRA)"},
		"another's JSON":  {answer{status: 404, body: `{"error":"x"}`}, "HTTP 404: an answer that is not the API's JSON (application/json) (Ray ID 8f0000000000abcd-FRA)"},
		"no success":      {answer{status: 200, body: `{}`}, `the answer (HTTP 200, application/json) is not the API's JSON: it has no field "success"`},
		"HTML":            {answer{status: 200, body: `<html>`}, "the answer (HTTP 200, application/json) is not the API's JSON: invalid character '<' looking for beginning of value"},
		"not a 2xx":       {answer{status: 300, body: `{"success":true,"result":{"id":"a"}}`}, "HTTP 300: without an error message (Ray ID 8f0000000000abcd-FRA)"},
		"huge":            {answer{status: 200, body: huge}, "the answer is larger than 32 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := newZone(t, inTurn(c.answer)).ZoneCertificates.Get(t.Context(), "a")
				if err == nil || err.Error() != c.want {
					t.Errorf("error %v, want %q", err, c.want)
				}
				if IsNotFound(err) {
					t.Error("the error counts as not found")
				}
			})
		})
	}
}

// An id from an import may be anything. It must not lead to another path of the API.
func TestAnIDCannotLeaveItsPath(t *testing.T) {
	for _, id := range []string{"", ".", ".."} {
		api := inTurn(ok(`{"id":"a"}`))
		if cert, err := newZone(t, api).ZoneCertificates.Get(t.Context(), id); err == nil || len(api.asked) > 0 {
			t.Errorf("%q: %+v after %v", id, cert, api.asked)
		}
	}
}

func TestTheLargestAnswerIsRead(t *testing.T) {
	body := `{"success":true,"result":{"id":"a"}}`
	body += strings.Repeat(" ", maxBody-len(body))
	if cert, err := newZone(t, inTurn(answer{status: 200, body: body})).ZoneCertificates.Get(t.Context(), "a"); err != nil || cert.ID != "a" {
		t.Errorf("got %+v, %v", cert, err)
	}
}

// A connection that breaks leaves the first part of an answer. The body of a 5xx does not matter.
func TestAnAnswerThatIsCutOff(t *testing.T) {
	for status, lost := range map[int]bool{200: true, 299: true, 404: true, 499: true, 500: false, 503: false} {
		body := io.MultiReader(strings.NewReader(`{"success":`), iotest.ErrReader(io.ErrUnexpectedEOF))
		_, err := decode(&http.Response{StatusCode: status, Body: io.NopCloser(body), Request: httptest.NewRequest(http.MethodGet, "/", nil)})
		if got := errors.Is(err, errCutOff); got != lost || IsServerFailure(err) == lost {
			t.Errorf("HTTP %d: %v", status, err)
		}
	}
}

// A test of the simulator reads the same files, so a wrong JSON tag cannot be wrong in both.
func TestRecordedBodiesRoundTrip(t *testing.T) {
	files, err := filepath.Glob("../simulator/testdata/golden/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var into any = &envelope{}
			if strings.Contains(filepath.Base(file), "association") {
				into = &Association{}
			}
			strict := json.NewDecoder(bytes.NewReader(raw))
			strict.DisallowUnknownFields()
			if err := strict.Decode(into); err != nil {
				t.Fatal(err)
			}
			back, err := json.Marshal(into)
			if err != nil {
				t.Fatal(err)
			}
			var want, got any
			_ = json.Unmarshal(raw, &want)
			_ = json.Unmarshal(back, &got)
			if w, g := canonical(t, want), canonical(t, got); w != g {
				t.Errorf("the body\n%s\ncame back as\n%s", w, g)
			}
		})
	}
}

func canonical(t *testing.T, v any) string {
	t.Helper()
	if m, ok := v.(map[string]any); ok && m["messages"] == nil {
		delete(m, "messages") // one recorded body has no messages
	}
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
