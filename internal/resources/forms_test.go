package resources_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// form is a certificate and a key in a form in which users have them.
type form struct {
	name, certificate, key string

	uploads [][]byte // the uploaded certificates in DER, the leaf first
	label   string   // the PEM label of the uploaded key; "" if it is unchanged
	summary string   // the summary of the error, if the form is rejected
	says    string   // a text in the error
}

// uploads records the bodies of all POSTs before they reach the simulator.
type uploads struct {
	mu     sync.Mutex
	bodies map[string][]byte // by the zone in the request's path
}

func (u *uploads) proxy(t *testing.T, to string) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	target.Path = ""
	forward := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			u.mu.Lock()
			u.bodies[strings.Split(r.URL.Path, "/")[4]] = body // /client/v4/zones/ID/...
			u.mu.Unlock()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/client/v4"
}

// The provider uploads each form with exactly its DER, or rejects it before it sends a request. The error gives the reason that
// a person would give.
func TestForms(t *testing.T) {
	w := acctest.New(t)
	u := &uploads{bodies: map[string][]byte{}}
	w.URL = u.proxy(t, w.URL)
	rpc := w.RPC()
	forms := append(certificateForms(t), keyForms(t)...)
	if len(forms) < 60 {
		t.Errorf("the test has only %d forms", len(forms))
	}
	for i, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			zone := fmt.Sprintf("%032x", i+1)
			said := create(t, rpc, zone, f.certificate, f.key)
			body := u.bodies[zone]
			if f.says != "" {
				if !strings.HasPrefix(said, f.summary) || !strings.Contains(said, f.says) {
					t.Errorf("the error is %q, want %q and %q", said, f.summary, f.says)
				}
				if body != nil {
					t.Errorf("the form was uploaded")
				}
				noLineOf(t, said, f)
				return
			}
			if said != "" {
				t.Fatalf("the provider rejects it: %s", said)
			}
			f.compare(t, body)
		})
	}
}

// create validates, plans and applies a certificate. It returns the error with which the provider rejects it, or "".
func create(t *testing.T, rpc *acctest.RPC, zone, certificate, key string) string {
	t.Helper()
	const name = "origintls_zone_certificate"
	typ := rpc.ResourceType(name)
	attributes := acctest.Attributes{"zone_id": acctest.Text(zone), "certificate": acctest.Text(certificate), "private_key": acctest.Text(key)}
	config := rpc.Object(typ, attributes)
	valid, err := rpc.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if said := errorsIn(valid.Diagnostics); said != "" {
		return said
	}
	null, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, nil))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := rpc.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: name, PriorState: &null, ProposedNewState: config, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if said := errorsIn(plan.Diagnostics); said != "" {
		return said
	}
	applied, err := rpc.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: &null, PlannedState: plan.PlannedState, Config: config, PlannedPrivate: plan.PlannedPrivate,
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := errorsIn(applied.Diagnostics); said != "" {
		t.Fatalf("the plan accepts it, and the apply rejects it: %s", said)
	}
	return ""
}

func errorsIn(diags []*tfprotov6.Diagnostic) string {
	var out strings.Builder
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out.WriteString(d.Summary + ": " + d.Detail + "\n")
		}
	}
	return out.String()
}

// compare fails unless a body uploads exactly what the form says, as a pair that crypto/tls accepts.
func (f *form) compare(t *testing.T, body []byte) {
	t.Helper()
	var sent struct {
		Certificate string `json:"certificate"`
		Key         string `json:"private_key"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		t.Fatalf("nothing was uploaded: %v", err)
	}
	rest := []byte(sent.Certificate)
	for i, der := range f.uploads {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" || !bytes.Equal(block.Bytes, der) {
			t.Errorf("certificate %d of the upload differs", i+1)
		}
	}
	if len(rest) > 0 {
		t.Errorf("the upload continues with %q", rest)
	}
	if _, err := tls.X509KeyPair([]byte(sent.Certificate), []byte(sent.Key)); err != nil {
		t.Errorf("crypto/tls rejects the pair: %v", err)
	}
	block, rest := pem.Decode([]byte(sent.Key))
	if block == nil || len(rest) > 0 || len(block.Headers) > 0 || !strings.HasPrefix(sent.Key, "-----BEGIN ") {
		t.Fatal("the key is not a single block")
	}
	if f.label != "" && block.Type != f.label {
		t.Errorf("the key is sent as %s, want %s", block.Type, f.label)
	}
}

// noLineOf fails if an error repeats a part of the input other than a subject.
func noLineOf(t *testing.T, said string, f form) {
	t.Helper()
	for line := range strings.Lines(f.certificate + "\n" + f.key) {
		if line = strings.TrimSpace(line); len(line) >= 24 && !strings.Contains(line, "BEGIN CERT") && strings.Contains(said, line[:24]) {
			t.Errorf("the error repeats %q: %s", line, said)
		}
	}
}

// ders returns the certificates of pairs in DER.
func ders(pairs ...certtest.Pair) [][]byte {
	out := make([][]byte, len(pairs))
	for i, p := range pairs {
		out[i] = p.Leaf.Raw
	}
	return out
}
