package originprobe_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

const hostname = "www.example.com"

func address(t *testing.T, text string) originprobe.Address {
	t.Helper()
	a, err := originprobe.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func keyPair(t *testing.T, pair certtest.Pair) *tls.Certificate {
	t.Helper()
	p, err := tls.X509KeyPair([]byte(pair.Certificate), []byte(pair.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return &p
}

// verdict is the expected result of a probe.
type verdict struct {
	clientAuth              originprobe.ClientAuth
	any                     bool
	right, wrong, outOfDate bool // whether the pair is accepted
}

var verdicts = map[origins.Way]verdict{
	origins.Off:    {originprobe.None, false, true, true, true},
	origins.Ask:    {originprobe.Optional, false, true, false, false},
	origins.Look:   {originprobe.Optional, true, true, true, true},
	origins.Insist: {originprobe.Required, false, true, false, false},
	origins.Any:    {originprobe.Required, true, true, true, true},
}

// want returns the verdict for a server. nginx and Apache check the validity period even when they do not check the issuer.
func want(k origins.Kind, way origins.Way) verdict {
	v := verdicts[way]
	if way == origins.Look && (k.Name == "nginx" || k.Name == "apache2") {
		v.outOfDate = false
	}
	return v
}

func expired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

// The probe gets the right verdict for the guide's servers, in every way in which they can treat client certificates.
func TestServers(t *testing.T) {
	right, wrong := certtest.CA(t, "right"), certtest.CA(t, "wrong")
	pairs := map[string]certtest.Pair{
		"right": right.Issue(t, "of right"), "wrong": wrong.Issue(t, "of wrong"), "expired": right.Issue(t, "expired", expired),
	}
	for _, k := range origins.Kinds() {
		for _, way := range []origins.Way{origins.Off, origins.Ask, origins.Look, origins.Insist, origins.Any} {
			if !k.Has(way) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", k.Name, k.Ways[way]), func(t *testing.T) {
				s := origins.Start(t, k, way, origins.NewIdentity(t, hostname))
				s.Trust(t, right)
				for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
					for name, pair := range pairs {
						target := originprobe.Target{
							Address: address(t, s.Address()), ServerName: hostname, Pair: keyPair(t, pair), MaxVersion: version,
						}
						r := target.Probe(t.Context())
						v := want(k, way)
						accepted := map[string]bool{"right": v.right, "wrong": v.wrong, "expired": v.outOfDate}[name]
						if !r.Reachable || r.TLSVersion != version || r.ClientAuth != v.clientAuth || r.AcceptsAny == nil || *r.AcceptsAny != v.any || r.Accepted != accepted {
							t.Errorf("%s, %s pair, got %+v\n%s\n%s\nwant %+v", tls.VersionName(version), name, r, r.Reason, r.PairReason, v)
						}
						if r.Server == nil || r.Server.Subject.CommonName != "origin" {
							t.Errorf("the certificate of the server is %v", r.Server)
						}
						if r.Announces(right.Leaf) != (way != origins.Off) || r.Announces(wrong.Leaf) {
							t.Errorf("the announced issuers are %q", r.IssuerNames())
						}
						if status := statusWithout(k, way); r.Status != status {
							t.Errorf("%s: without a certificate, the status is %d, want %d", tls.VersionName(version), r.Status, status)
						}
					}
				}
			})
		}
	}
}

// statusWithout returns the HTTP status for a client without a certificate.
func statusWithout(k origins.Kind, way origins.Way) int {
	switch {
	case way != origins.Insist && way != origins.Any:
		return http.StatusOK
	case k.Name == "nginx":
		return http.StatusBadRequest
	}
	return 0 // the server sends a TLS alert
}
