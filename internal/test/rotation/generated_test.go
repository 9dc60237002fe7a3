package rotation

import (
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const day = 24 * time.Hour

// trustStore keeps the certificates that an origin trusts besides a CA. A configuration adds certificates to it over HTTP. It
// never removes the earlier ones, like a machine that appends them to a file: their private keys no longer exist.
type trustStore struct {
	t      *testing.T
	origin origin
	ca     certtest.Pair

	mu      sync.Mutex
	trusted []certtest.Pair // besides the CA
}

func (s *trustStore) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	pem, err := io.ReadAll(r.Body)
	leaf, parseErr := certpem.ParseFirst(string(pem))
	if err != nil || parseErr != nil {
		http.Error(rw, fmt.Sprint(err, parseErr), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trusted = append(s.trusted, certtest.Pair{Certificate: string(pem), Leaf: leaf})
	s.origin.Trust(s.t, append([]certtest.Pair{s.ca}, s.trusted...)...)
}

// generated is a zone certificate that a CA signs, and a self-signed hostname certificate. A dependency makes sure that its
// association moves to the new certificate only after the origin trusts it.
const generated = `
variable "ca_key" {
  type      = string
  ephemeral = true
}

resource "origintls_zone_certificate" "edge" {
  zone_id = "ZONE"
  generate = {
    common_name       = "edge origin pull"
    ca_certificate    = file("ca.pem")
    ca_private_key_wo = var.ca_key
  }
  verify_origins = [{ address = "ORIGIN", server_name = "www.example.com" }]
  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_certificate" "api" {
  zone_id = "ZONE"
  generate = {
    common_name = "api origin pull"
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "trust" {
  input            = origintls_hostname_certificate.api.certificate
  triggers_replace = origintls_hostname_certificate.api.fingerprint_sha256

  provisioner "local-exec" {
    command     = "printf %s \"$CERTIFICATE\" | curl --fail --silent --show-error --request PUT --data-binary @- TRUST"
    environment = { CERTIFICATE = self.input }
  }
  lifecycle {
    create_before_destroy = true
  }
}
`

// generatedCertificateOf is the name of the certificate that the edge has to present for each hostname.
var generatedCertificateOf = map[string]string{
	"www.example.com": "edge", "shop.example.com": "edge", "static.example.com": "edge",
	"api.example.com": "api", "v2.api.example.com": "api",
}

// The first apply starts from an empty directory, and later a certificate is renewed only because time has passed. No pull fails.
func TestAccRotation_GeneratedFailsNoPull(t *testing.T) {
	acctest.Program(t, "curl")
	w := acctest.New(t, acctest.Takes(300*time.Millisecond))
	cli := w.CLI(t)
	ca := certtest.CA(t, "origin pull CA", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(2, 0, 0)
	})
	identity := newIdentity(t)
	store := &trustStore{t: t, origin: newOrigin(t, identity), ca: ca}
	store.origin.Trust(t, ca)
	server := httptest.NewServer(store)
	t.Cleanup(server.Close)

	hcl := acctest.Setting(true) + strings.NewReplacer("ZONE", acctest.Zone, "ORIGIN", store.origin.Address(), "TRUST", server.URL).Replace(generated)
	want := subjects{}
	for hostname, name := range generatedCertificateOf {
		want[hostname] = "CN=" + name + " origin pull"
		if name == "api" {
			hcl += acctest.Association(strings.ReplaceAll(hostname, ".", "_"), hostname, name, "  depends_on = [terraform_data.trust]")
		}
	}
	cli.Write("main.tf", hcl)
	cli.Write("ca.pem", ca.Certificate)
	cli.Env = append(cli.Env, "TF_VAR_ca_key="+ca.PrivateKey)

	// nginx uses the machine's clock, so the provider's clock starts in the past.
	cli.SetClock(-65 * day)
	cli.Apply()
	traffic := startTraffic(t, w.Sim, store.origin.Address(), identity.Roots, want)
	traffic.throughAll()
	cli.SetClock(-6 * day)
	cli.EmptyPlan()

	before := serving(w)
	cli.SetClock(0)
	plan := cli.Must(2, "plan", "-detailed-exitcode", "-no-color")
	for _, says := range []string{
		"Plan: 3 to add, 2 to change, 3 to destroy.", // two certificates and the trust are replaced, two associations change
		"That is within the 30 days of renew_before_days in generate",
	} {
		acctest.WantSays(t, plan, says)
	}
	traffic.apply(cli, want, want)
	traffic.stop()
	traffic.noneFailed()
	after := serving(w)
	if len(before) != 2 || len(after) != 2 || slices.ContainsFunc(after, func(id string) bool { return slices.Contains(before, id) }) {
		t.Errorf("live certificates before the renewal: %v; after it: %v", before, after)
	}
	if len(store.trusted) != 2 {
		t.Errorf("the origin trusts %d self-signed certificates, want both generations", len(store.trusted))
	}
	cli.EmptyPlan()
	cli.Destroy()
}

// serving returns the ids of the certificates that are not deleted.
func serving(w *acctest.World) []string {
	var ids []string
	for _, c := range w.Live() {
		ids = append(ids, c.ID)
	}
	return ids
}
