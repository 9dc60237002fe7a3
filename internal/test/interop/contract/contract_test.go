package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// deviation is a known difference from Cloudflare's schema, with its reason.
type deviation struct {
	sign *regexp.Regexp
	why  string
	seen bool
}

// deviations returns all known deviations. The test also fails if one of them no longer occurs.
func deviations() []*deviation {
	known := func(sign, why string) *deviation { return &deviation{sign: regexp.MustCompile(sign), why: why} }
	return []*deviation{
		known(`path parameter certificate_id: maximum string length is 32`, "ids are UUIDs of 36 characters: recorded (CMM, IBM)"),
		known(`/(id|cert_id): maximum string length is 32`, "ids are UUIDs of 36 characters: recorded (CMM, IBM)"),
		known(`^4\d\d .*: property "result" is missing`, "the API's own refusals omit result: recorded (TF#837, TF#5531)"),
		known(`^403 .*: property "messages" is missing`, "10000 has neither messages nor result: recorded"),
		known(`^429 .*/code: number must be at least 1000`, "971 is what 429 carries: recorded (DIST)"),
		known(`: property "error_chain" is unsupported`, "6003 carries a chain: recorded"),
		known(`: property "serial_number" is unsupported`, "zone certificates carry serial_number: recorded (CMM)"),
		known(`: property "updated_at" is unsupported`, "the answer to an upload carries updated_at: recorded (CMM)"),
		known(`/result: Value is not nullable`, "an empty list of certificates is null: recorded (ALCH); of associations: empty_lists"),
		known(`: property "future_(envelope_)?field" is unsupported`, "extra_fields adds what nobody knows"),
		known(`: property "(cert_id|cert_status|cert_uploaded_on|cert_updated_at|hostname|enabled)" is unsupported`, "hostname_rows_are_associations is the older shape"),
		known(`^202 .*: status is not supported`, "GET settings was seen answering 202 (LDP): settings_answer_202"),
	}
}

// checker is between a client and the simulator, and checks requests and answers.
type checker struct {
	router routers.Router
	next   http.Handler

	mu    sync.Mutex
	known []*deviation
	wrong map[string]bool
	n     int
}

func newChecker(t *testing.T, next http.Handler) *checker {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("schema.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &checker{router: router, next: next, known: deviations(), wrong: map[string]bool{}}
}

func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }
	rewind()
	recorder := httptest.NewRecorder()
	c.next.ServeHTTP(recorder, r)
	answer := recorder.Body.Bytes()
	rewind()
	if len(body) == 0 {
		r.Body, r.ContentLength = http.NoBody, 0
	} else if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	c.check(r, recorder.Code, recorder.Header(), answer)
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(answer)
}

func (c *checker) check(r *http.Request, status int, header http.Header, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	route, values, err := c.router.FindRoute(r)
	if err != nil {
		c.report("request", r, err) // the schema does not have this path or method
		return
	}
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, IncludeResponseStatus: true,
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: values, Route: route, Options: options}
	// Requests that are wrong on purpose are answered with 4xx, so only accepted requests have to match the schema.
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil && status < 300 {
		c.report("request", r, err)
	}
	response := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: status, Header: header, Options: options}
	if err := openapi3filter.ValidateResponse(r.Context(), response.SetBodyBytes(answer)); err != nil {
		c.report(fmt.Sprint(status), r, err)
	}
}

// report sorts the findings of an error into known deviations and errors.
func (c *checker) report(what string, r *http.Request, err error) {
	for _, finding := range findings(err) {
		text := fmt.Sprintf("%s %s: %s", what, r.Method, finding)
		expected := false
		for _, d := range c.known {
			if d.sign.MatchString(text) {
				d.seen, expected = true, true
			}
		}
		if !expected {
			c.wrong[text+" ("+r.URL.Path+")"] = true
		}
	}
}

// findings splits an error of the library into its single findings.
func findings(err error) []string {
	var several openapi3.MultiError
	var schema *openapi3.SchemaError
	var request *openapi3filter.RequestError
	var response *openapi3filter.ResponseError
	switch {
	case errors.As(err, &request) && request.Parameter != nil:
		var out []string
		for _, finding := range findings(request.Err) {
			out = append(out, fmt.Sprintf("%s parameter %s%s", request.Parameter.In, request.Parameter.Name, strings.TrimPrefix(finding, "/")))
		}
		return out
	case isMulti(err, &several):
		var out []string
		for _, one := range several {
			out = append(out, findings(one)...)
		}
		return out
	case errors.As(err, &request) && request.Err != nil:
		return findings(request.Err)
	case errors.As(err, &response) && response.Err != nil:
		return findings(response.Err)
	case errors.As(err, &schema):
		return []string{"/" + strings.Join(schema.JSONPointer(), "/") + ": " + schema.Reason}
	default:
		return []string{": " + err.Error()}
	}
}

func isMulti(err error, into *openapi3.MultiError) bool {
	several, ok := err.(openapi3.MultiError) //nolint:errorlint // only the outermost error: the wrapped ones are split later
	*into = several
	return ok
}

// conversation sends requests through the checker. clock is the clock of the simulator.
type conversation struct {
	t   *testing.T
	c   *checker
	sim *simulator.Server
	now time.Time
}

const zone = "0123456789abcdef0123456789abcdef"

func (c *conversation) send(method, path, body string, change ...func(*http.Request)) map[string]any {
	c.t.Helper()
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, "/client/v4/zones/"+zone+"/origin_tls_client_auth"+path, reader)
	r.Header.Set("Authorization", "Bearer writer")
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	c.c.ServeHTTP(w, r)
	var envelope struct {
		Result any `json:"result"`
	}
	_ = json.Unmarshal(w.Body.Bytes(), &envelope)
	if list, ok := envelope.Result.([]any); ok && len(list) > 0 {
		envelope.Result = list[0]
	}
	object, _ := envelope.Result.(map[string]any)
	return object
}

func (c *conversation) later(d time.Duration) { c.now = c.now.Add(d) }

// life calls every operation in every status that it can have, and causes every error.
func (c *conversation) life(pair string) {
	one, row := "", func(enabled string) string {
		return `{"config":[{"hostname":"api.example.com","cert_id":"%s","enabled":` + enabled + `}]}`
	}
	for _, collection := range []string{"", "/hostnames/certificates"} {
		c.send("GET", collection, "")
		one, _ = c.send("POST", collection, pair)["id"].(string)
		if one == "" {
			one = "none" // the rate limit has rejected the upload
		}
		look := func() {
			c.send("GET", collection+"/"+one, "")
			c.send("GET", collection, "")
			c.send("GET", "/hostnames?status=all", "")
			c.send("GET", "/hostnames/api.example.com", "")
		}
		look()
		c.send("POST", collection, pair)         // 1406
		c.send("DELETE", collection+"/"+one, "") // 1434
		c.send("POST", collection, `{}`)         // 1408
		c.send("GET", collection+"/nothing", "") // 155x
		c.later(time.Minute)
		look()
		if collection != "" {
			for _, enabled := range []string{"true", "false", "true", "null"} {
				c.send("PUT", "/hostnames", fmt.Sprintf(row(enabled), one))
				look()
				c.send("DELETE", collection+"/"+one, "") // 1433 while it is enabled
				c.later(time.Minute)
				look()
			}
			c.send("PUT", "/hostnames", `{"config":[{"hostname":"a"}]}`)     // 1404
			c.send("PUT", "/hostnames", fmt.Sprintf(row("true"), "unknown")) // 1415
			c.send("GET", "/hostnames?page=2&per_page=10&status=active,deployment_timed_out", "")
			c.send("GET", "/hostnames?per_page=0", "")
		}
		c.send("DELETE", collection+"/"+one, "")
		look()
		c.send("DELETE", collection+"/"+one, "") // a second time
		c.later(time.Minute)
		look()
	}
	c.send("GET", "/settings", "")
	c.send("PUT", "/settings", `{"enabled":true}`)
	c.send("PUT", "/settings", `{}`)
	c.send("GET", "/settings", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer") })
	c.send("PUT", "/settings", `{"enabled":true}`, func(r *http.Request) { r.Header.Set("Authorization", "Bearer reader") })
	c.send("GET", "/settings", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer stranger") })
}

// TestSimulator checks every request and answer of the simulator under every preset, and under every option that changes the form of
// an answer or the course of a status.
func TestSimulator(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile("../../../simulator/testdata/recorded/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	body, err := json.Marshal(map[string]string{"certificate": read("zone.pem"), "private_key": read("zone.key")})
	if err != nil {
		t.Fatal(err)
	}
	var all *checker
	for name, b := range behaviours() {
		b.Tokens = map[string]simulator.Permission{"writer": simulator.PermissionWrite, "reader": simulator.PermissionRead}
		b.WriteTakes = 0 // this would take real time
		c := &conversation{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)}
		c.sim = simulator.New(simulator.Options{Now: func() time.Time { return c.now }, Behaviour: b})
		if all == nil {
			all = newChecker(t, c.sim)
		}
		all.next, all.wrong, c.c = c.sim, map[string]bool{}, all
		c.life(string(body))
		for text := range all.wrong {
			t.Errorf("%s: %s", name, text)
		}
	}
	for _, d := range all.known {
		if !d.seen {
			t.Errorf("the deviation %s (%s) no longer occurs", d.sign, d.why)
		}
	}
	t.Logf("%d requests and answers", all.n)
}

// behaviours returns the presets, and the preset recorded with each single option.
func behaviours() map[string]simulator.Behaviour {
	all := map[string]simulator.Behaviour{}
	for _, p := range simulator.Presets() {
		all[string(p)] = p.Behaviour()
	}
	limited := simulator.Defaults()
	limited.Limit = simulator.Limit{Requests: 20, Window: simulator.Duration(time.Hour)}
	all["limited"] = limited
	// Options are booleans found by their JSON names, so a new option takes part without being listed here.
	var options map[string]any
	text, _ := json.Marshal(simulator.Defaults())
	_ = json.Unmarshal(text, &options)
	for name, value := range options {
		if _, boolean := value.(bool); boolean {
			b := simulator.Defaults()
			if err := json.Unmarshal(fmt.Appendf(nil, `{%q:true}`, name), &b); err != nil {
				panic(err)
			}
			all[name] = b
		}
	}
	return all
}

// TestCheckerFindsFaults checks that the checker finds faults that are there.
func TestCheckerFindsFaults(t *testing.T) {
	for name, body := range map[string]string{
		"a status of no name":   `{"success":true,"errors":[],"messages":[],"result":{"id":"x","status":"done"}}`,
		"a time of no form":     `{"success":true,"errors":[],"messages":[],"result":{"id":"x","uploaded_on":"today"}}`,
		"a number for a string": `{"success":true,"errors":[],"messages":[],"result":{"id":"x","issuer":1}}`,
		"no errors":             `{"success":true,"messages":[],"result":{}}`,
		"a key":                 `{"success":true,"errors":[],"messages":[],"result":{"key":"x"}}`,
		"a list":                `{"success":true,"errors":[],"messages":[],"result":[]}`,
	} {
		c := newChecker(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, body)
		}))
		(&conversation{t: t, c: c}).send("GET", "/some-id", "")
		if len(c.wrong) == 0 {
			t.Errorf("the checker accepts %s", name)
		}
	}
}
