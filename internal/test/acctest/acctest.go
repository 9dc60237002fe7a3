// Package acctest runs acceptance tests: the real CLI runs the provider, in process or as a binary, against a simulator that
// each test starts for itself.
package acctest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/provider"
	"github.com/origintls/terraform-provider-origintls/internal/serve"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// Zone is the zone of every test. Each test has its own simulator, so tests do not affect each other.
const Zone = "023e105f4ecef8ad9ca31a8372d0c353"

// Token is the API token that tests use. No output may contain it.
const Token = "acceptance-token-0123456789"

// World is a simulator and a way to run the CLI against it.
type World struct {
	T   testing.TB
	Sim *simulator.Server
	URL string // the value for CLOUDFLARE_BASE_URL

	Clock func() time.Time // the clock of the provider in process; nil for the machine's
	Quiet time.Duration    // the provider in process waits this long for another address; 0 for 100 ms

	memory http.RoundTripper // used instead of the network; nil to use the network
}

// New starts a simulator under the chosen Preset, whose deployments take milliseconds. The functions in change may alter its
// behaviour further.
func New(t testing.TB, change ...func(*simulator.Behaviour)) *World {
	t.Helper()
	b := Behaviour(t, 60*time.Millisecond)
	for _, f := range change {
		f(&b)
	}
	sim := simulator.New(simulator.Options{Behaviour: b})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &World{T: t, Sim: sim, URL: server.URL + "/client/v4"}
}

// Start starts a simulator as New does, and prepares a working directory for the CLI. It marks the test as parallel.
func Start(t *testing.T, change ...func(*simulator.Behaviour)) (*World, *CLI) {
	t.Helper()
	w := New(t, change...)
	cli := w.CLI(t)
	t.Parallel()
	return w, cli
}

// Takes makes deployments, associations and deletions take d, and voids one and a half times d.
func Takes(d time.Duration) func(*simulator.Behaviour) {
	return func(b *simulator.Behaviour) {
		b.DeployAfter, b.AssociateAfter, b.DeleteAfter = simulator.Duration(d), simulator.Duration(d), simulator.Duration(d)
		b.VoidAfter = simulator.Duration(d * 3 / 2)
	}
}

// Provider is the HCL of a provider block for this world. settings are further lines of the block. It sets the token and the
// URL explicitly, so that a test never uses a real account from the environment.
func (w *World) Provider(settings ...string) string {
	return fmt.Sprintf("provider \"origintls\" {\n  api_token = %q\n  base_url = %q\n%s\n}\n", Token, w.URL, strings.Join(settings, "\n"))
}

// Factories returns factories of the provider in process, with short pauses.
func (w *World) Factories() map[string]func() (tfprotov6.ProviderServer, error) {
	quick := provider.WithClientOptions(func(o *client.Options) {
		o.Quiet = cmp.Or(w.Quiet, 100*time.Millisecond)
		o.Poll = client.Backoff{Min: 10 * time.Millisecond, Max: 40 * time.Millisecond}
		o.Backoff = client.Backoff{Min: 10 * time.Millisecond, Max: 80 * time.Millisecond}
		if w.memory != nil { // on a fake clock, real pauses take no time
			o.Transport, o.Poll, o.Backoff = w.memory, client.Backoff{}, client.Backoff{}
		}
	})
	return map[string]func() (tfprotov6.ProviderServer, error){
		"origintls": func() (tfprotov6.ProviderServer, error) {
			return serve.NewServer(provider.New("test", quick, provider.WithClock(w.now))())
		},
	}
}

// now returns the time of the provider in process. Tests move the clock between steps.
func (w *World) now() time.Time {
	if w.Clock == nil {
		return time.Now()
	}
	return w.Clock()
}

// Run runs the steps with the real CLI, destroys what is left, and checks that nothing is live. It marks the test as
// parallel.
func (w *World) Run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	t.Parallel()
	for i := range steps {
		RequireFor(t, steps[i].Config)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		Steps:                    steps,
		CheckDestroy:             func(*terraform.State) error { return NothingLive(w) },
	})
}

// Check turns a check of the API into a check of a test step.
func (w *World) Check(f func(*World) error) resource.TestCheckFunc {
	return func(*terraform.State) error { return f(w) }
}

// State returns what the simulator has for Zone.
func (w *World) State() simulator.ZoneState { return w.Sim.Dump().Zones[Zone] }

// Certificates returns the certificates of all zones and of both kinds.
func (w *World) Certificates() []simulator.CertificateState {
	var all []simulator.CertificateState
	for _, z := range w.Sim.Dump().Zones {
		all = slices.Concat(all, z.ZoneCertificates, z.HostnameCertificates)
	}
	return all
}

// Live returns the certificates that are not deleted.
func (w *World) Live() []simulator.CertificateState {
	return slices.DeleteFunc(w.Certificates(), func(c simulator.CertificateState) bool { return c.Status == "deleted" })
}

// NothingLive fails unless every zone is like a new one: all certificates deleted, no association, and the setting off.
func NothingLive(w *World) error {
	if live := w.Live(); len(live) > 0 {
		return fmt.Errorf("certificates are left: %+v", live)
	}
	for id, z := range w.Sim.Dump().Zones {
		if len(z.Associations) > 0 || z.Enabled {
			return fmt.Errorf("zone %s: the setting is on: %t, associations are left: %+v", id, z.Enabled, z.Associations)
		}
	}
	return nil
}

// EverythingActive fails unless all associations, and all certificates that are not deleted, are active.
func EverythingActive(w *World) error {
	for _, c := range w.Live() {
		if c.Status != "active" {
			return fmt.Errorf("certificate %s (%s) is %s", c.ID, c.Subject, c.Status)
		}
	}
	for _, z := range w.Sim.Dump().Zones {
		for _, a := range z.Associations {
			if a.Status != "active" {
				return fmt.Errorf("association of %s is %s", a.Hostname, a.Status)
			}
		}
	}
	return nil
}

// Sent returns the number of requests with one of these methods since the last ClearRequests.
func (w *World) Sent(methods ...string) int {
	n := 0
	for _, r := range w.Sim.Requests() {
		if slices.Contains(methods, r.Method) {
			n++
		}
	}
	return n
}

// Writes returns the number of requests since the last ClearRequests that change something.
func (w *World) Writes() int { return w.Sent("POST", "PUT", "PATCH", "DELETE") }

// WantNothingLive fails the test unless NothingLive holds.
func (w *World) WantNothingLive() {
	w.T.Helper()
	WantNoError(w.T, NothingLive(w))
}

// WantEverythingActive fails the test unless EverythingActive holds.
func (w *World) WantEverythingActive() {
	w.T.Helper()
	WantNoError(w.T, EverythingActive(w))
}

// WantNoWrites fails the test if a write was sent since the last ClearRequests.
func (w *World) WantNoWrites() {
	w.T.Helper()
	if n := w.Writes(); n > 0 {
		w.T.Errorf("%d writes were sent: %v", n, Routes(w.Sim.Requests()))
	}
}

// NoRequest fails if any request was sent.
func NoRequest(w *World) error {
	if sent := w.Sim.Requests(); len(sent) > 0 {
		return fmt.Errorf("%d requests were sent, the first %s %s", len(sent), sent[0].Method, sent[0].Path)
	}
	return nil
}

// Send sends a request to the API directly, as somebody else would. path is relative to the zone's API family. It fails the
// test unless the API accepts the request.
func (w *World) Send(method, path, body string) {
	w.T.Helper()
	url := w.URL + "/zones/" + Zone + "/origin_tls_client_auth" + path
	req, err := http.NewRequestWithContext(w.T.Context(), method, url, strings.NewReader(body))
	NoError(w.T, err)
	req.Header.Set("Authorization", "Bearer somebody-else")
	resp, err := http.DefaultClient.Do(req)
	NoError(w.T, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(resp.Body)
		w.T.Fatalf("%s %s: %s %s", method, path, resp.Status, answer)
	}
}

// Until waits until the simulator has reached a state that depends on its clock.
func (w *World) Until(reached func() bool) {
	w.T.Helper()
	Until(w.T, "the state of the simulator that the test waits for", reached)
}

// Until waits until a condition holds. what names the condition for the error.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come within a minute", what)
		}
	}
}

// Says returns a pattern for outputs that contain the texts in this order, whatever line breaks and frames the CLI puts
// between their words.
func Says(texts ...string) *regexp.Regexp {
	for i, text := range texts {
		words := strings.Fields(text)
		for j, word := range words {
			words[j] = regexp.QuoteMeta(word)
		}
		texts[i] = strings.Join(words, `[\s│╷╵]+`)
	}
	return regexp.MustCompile(`(?s)` + strings.Join(texts, `.*`))
}

// WantSays fails the test unless output matches Says.
func WantSays(t testing.TB, output string, texts ...string) {
	t.Helper()
	if pattern := Says(slices.Clone(texts)...); !pattern.MatchString(output) {
		t.Errorf("the output does not say %q, in this order:\n%s", texts, output)
	}
}

// OnlyCredential makes the API reject every credential but one: a token, or "email:key".
func (w *World) OnlyCredential(credential string) {
	w.Sim.Behave(func(b *simulator.Behaviour) {
		b.Tokens = map[string]simulator.Permission{credential: simulator.PermissionWrite}
	})
}
