package datasources_test

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// probe reads the data source for an origin. It returns its attributes and the texts of the diagnostics.
func probe(t *testing.T, address string, more acctest.Attributes) (acctest.Attributes, string) {
	t.Helper()
	w := acctest.New(t)
	rpc := w.RPC()
	attributes := acctest.Attributes{"hostname": acctest.Text(host), "address": acctest.Text(address), "timeout": acctest.Text("5s")}
	maps.Copy(attributes, more)
	got, diags := rpc.Data("origintls_origin", attributes)
	if err := acctest.NoRequest(w); err != nil {
		t.Error(err) // the data source connects only to the origin, and not to Cloudflare
	}
	said := ""
	for _, d := range diags {
		said += d.Summary + ": " + d.Detail + "\n"
	}
	return got, said
}

// isNull fails unless these attributes are null.
func isNull(t *testing.T, got acctest.Attributes, names ...string) {
	t.Helper()
	for _, name := range names {
		if !got[name].IsNull() {
			t.Errorf("%s is %s, want null", name, got[name])
		}
	}
}

func issuers(t *testing.T, got acctest.Attributes) string {
	t.Helper()
	var list []tftypes.Value
	if err := got["acceptable_issuers"].As(&list); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, v := range list {
		var name string
		if err := v.As(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return strings.Join(names, "; ")
}

func TestOrigin(t *testing.T) {
	one, two := certtest.CA(t, "one"), certtest.CA(t, "two")
	for mode, want := range map[tls.ClientAuthType]struct {
		clientAuth string
		any        bool
	}{
		tls.NoClientCert: {"none", false}, tls.RequestClientCert: {"optional", true}, tls.RequireAnyClientCert: {"required", true},
		tls.VerifyClientCertIfGiven: {"optional", false}, tls.RequireAndVerifyClientCert: {"required", false},
	} {
		t.Run(mode.String(), func(t *testing.T) {
			o := origins.StartStandIn(t, origins.NewIdentity(t, host))
			o.Trust(t, one)
			o.Mode(mode)
			got, said := probe(t, o.Address(), acctest.Attributes{"issuer": acctest.Text(one.Certificate)})
			if said != "" || !got.Bool("reachable") || got.String("client_auth") != want.clientAuth || got.Bool("accepts_any_certificate") != want.any || got.String("tls_version") != "TLS 1.3" || got.String("reason") == "" {
				t.Fatalf("%s%v", said, got)
			}
			if want.clientAuth == "required" {
				isNull(t, got, "status_without_certificate")
			} else if !got["status_without_certificate"].Equal(tftypes.NewValue(tftypes.Number, 200)) {
				t.Errorf("status %s", got["status_without_certificate"])
			}
			if want.clientAuth == "none" {
				isNull(t, got, "announces_issuer")
				return
			}
			if issuers(t, got) != "CN=one,O=origintls tests" || !got.Bool("announces_issuer") {
				t.Errorf("the announced issuers are %s", got["acceptable_issuers"])
			}
			for text, announced := range map[string]bool{two.Certificate: false, one.Certificate + two.Certificate: false} {
				got, _ = probe(t, o.Address(), acctest.Attributes{"issuer": acctest.Text(text)})
				if got["announces_issuer"].IsNull() || got.Bool("announces_issuer") != announced {
					t.Errorf("announces_issuer for another issuer is %s", got["announces_issuer"])
				}
			}
			got, _ = probe(t, o.Address(), nil)
			isNull(t, got, "announces_issuer")
			o.Trust(t) // the origin trusts no CA, so it announces none
			got, _ = probe(t, o.Address(), acctest.Attributes{"issuer": acctest.Text(one.Certificate)})
			isNull(t, got, "announces_issuer")
			if issuers(t, got) != "" || got["acceptable_issuers"].IsNull() {
				t.Errorf("the announced issuers are %s", got["acceptable_issuers"])
			}
		})
	}
}

// An origin that cannot be reached is a result and not an error. So is Cloudflare's edge at the origin's address.
func TestOriginUnreachable(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	pair := origins.NewIdentity(t, host).Pair
	certificate, err := tls.X509KeyPair([]byte(pair.Certificate), []byte(pair.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	edge := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server", "cloudflare")
		w.Header().Set("CF-Ray", "8f14e45fceea167a-FRA")
	})}
	go func() { _ = edge.Serve(listener) }()
	t.Cleanup(func() { _ = edge.Close() })
	for address, reason := range map[string]string{
		closed.Addr().String():   "The origin cannot be reached",
		listener.Addr().String(): "is Cloudflare's edge and not the origin",
	} {
		got, said := probe(t, address, nil)
		if said != "" || got.Bool("reachable") || got["reachable"].IsNull() || !strings.Contains(got.String("reason"), reason) {
			t.Errorf("%s%v", said, got)
		}
		isNull(t, got, "client_auth", "accepts_any_certificate", "acceptable_issuers", "announces_issuer", "tls_version", "status_without_certificate")
	}
}

func TestOriginRefusesBadInput(t *testing.T) {
	key := certtest.Leaf(t, "leaf").PrivateKey
	for _, c := range []struct{ attribute, value, says string }{
		{"hostname", "*.example.com", "Invalid hostname: The value \"*.example.com\" is not a hostname: it is a wildcard"},
		{"address", "192.0.2.1:x", "Invalid address"},
		{"path", "x", "Invalid path"},
		{"timeout", "11m", "Invalid timeout"},
		{"issuer", "CN=one", "Invalid certificate: The value of issuer cannot be used: it contains no PEM block"},
		{"issuer", key, "Invalid certificate: The value of issuer cannot be used: block 1 is a private key"},
	} {
		if _, said := probe(t, "192.0.2.1", acctest.Attributes{c.attribute: acctest.Text(c.value)}); !strings.Contains(said, c.says) || strings.Contains(said, key[40:80]) {
			t.Errorf("%s: %s", c.attribute, said)
		}
	}
}

// With the real CLI, a precondition stops changes that are unsafe with an open origin, and a check warns.
func TestAccOriginInConditions(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	t.Parallel()
	ca := certtest.CA(t, "one")
	o := origins.StartStandIn(t, origins.NewIdentity(t, host))
	o.Trust(t, ca)
	o.Mode(tls.VerifyClientCertIfGiven)
	cli.Write("main.tf", fmt.Sprintf(`
data "origintls_origin" "o" {
  hostname = %q
  address  = %q
  issuer   = %q
}
resource "origintls_zone_setting" "this" {
  zone_id = %q
  enabled = true
  lifecycle {
    precondition {
      condition     = data.origintls_origin.o.announces_issuer
      error_message = "The origin does not trust the CA. ${data.origintls_origin.o.reason}"
    }
  }
}
check "origin_requires_the_certificate" {
  assert {
    condition     = data.origintls_origin.o.client_auth == "required" && !data.origintls_origin.o.accepts_any_certificate
    error_message = data.origintls_origin.o.reason
  }
}
`, host, o.Address(), ca.Certificate, acctest.Zone))
	if out := cli.Apply(); !acctest.Says("Check block assertion failed", "asks for a client certificate but does not require it: without one, it answers HTTP 200.").MatchString(out) {
		t.Errorf("the check does not warn:\n%s", out)
	}
	o.Mode(tls.RequireAndVerifyClientCert)
	if out := cli.Must(0, "plan", "-detailed-exitcode", "-no-color"); strings.Contains(out, "Warning: Check") {
		t.Errorf("the check warns of an origin that requires certificates:\n%s", out)
	}
	o.Trust(t, certtest.CA(t, "another"))
	if out := cli.Must(1, "plan", "-no-color"); !strings.Contains(out, "The origin does not trust the CA.") {
		t.Errorf("the precondition does not fail:\n%s", out)
	}
	o.Trust(t, ca)
	cli.Destroy()
}
