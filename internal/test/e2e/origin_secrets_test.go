package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// asked is a configuration with everything that presents a client certificate to an origin.
const asked = keyVariables + `
data "origintls_origin" "o" {
  hostname = "www.example.com"
  address  = "%[1]s"
}
ephemeral "origintls_origin_handshake" "h" {
  hostname    = "www.example.com"
  address     = "%[1]s"
  certificate = var.zone_certificate
  private_key = var.zone_key
}
resource "origintls_zone_certificate" "c" {
  zone_id        = "` + acctest.Zone + `"
  certificate    = var.zone_certificate
  private_key_wo = var.zone_key
  verify_origins = [{ address = "%[1]s", server_name = "www.example.com" }]
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_certificate" "c" {
  zone_id        = "` + acctest.Zone + `"
  certificate_wo = var.hostname_certificate
  private_key_wo = var.hostname_key
  verify_origins = [{ address = "%[1]s", server_name = "www.example.com" }]
  lifecycle { create_before_destroy = true }
}
`

// asWritten has a private key as a literal. The CLI would print it with a diagnostic that points there.
const asWritten = `
ephemeral "origintls_origin_handshake" "written" {
  hostname    = "www.example.com"
  address     = "%[1]s"
  certificate = <<-EOT
%[2]sEOT
  private_key = <<-EOT
%[3]sEOT
}
`

// Probing origins leaks no private key, whether they accept the certificate, reject it, or the pair is wrong. The origins
// never receive Cloudflare credentials.
func TestAccAskingOriginsLeaksNothing(t *testing.T) {
	w := acctest.New(t)
	j := newJournal(t, w)
	t.Parallel()
	o := origins.StartStandIn(t, origins.NewIdentity(t, "www.example.com"))
	ca, next := certtest.CA(t, "one"), certtest.CA(t, "next")
	o.Trust(t, ca)
	zone, hostname, written := ca.Issue(t, "zone"), ca.Issue(t, "hostname"), ca.Issue(t, "written")
	later := next.Issue(t, "later")
	secrets := secretLines(zone, hostname, written, later)
	write := func(key string) {
		j.cli.Write("written.tf", fmt.Sprintf(asWritten, o.Address(), written.Certificate, key))
	}
	j.cli.Write("main.tf", fmt.Sprintf(asked, o.Address()))
	j.vars(zone, hostname)
	j.run(0, "plan", "-no-color", "-out=saved.tfplan")
	j.run(0, "show", "-json", "saved.tfplan")
	j.run(0, "apply", "-no-color", "saved.tfplan")
	j.run(0, "plan", "-detailed-exitcode", "-no-color")
	j.holdsNone(secrets)

	write(written.PrivateKey)
	j.vars(later, hostname) // a certificate that the origin rejects
	j.run(1, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(j.out.String(), "Unable to verify origin") {
		t.Error("the origin rejected no certificate, so this test proves little")
	}
	write(hostname.PrivateKey) // the key of another certificate
	j.run(1, "plan", "-no-color")
	write(written.PrivateKey[:len(written.PrivateKey)/2] + "\n")
	j.run(1, "plan", "-no-color")
	write(written.PrivateKey)
	j.vars(zone, hostname)
	j.run(0, "destroy", "-auto-approve", "-no-color")
	j.holdsNone(secrets)
	if !strings.Contains(j.places()["trace log"], "Probed an origin") {
		t.Error("the trace holds no line about origins, so it proves nothing")
	}
	if r := o.Request(); r == nil || !onlyHeaders(r.Header, "User-Agent", "Accept-Encoding", "Connection") {
		t.Errorf("the origin received %+v", r)
	}
}

func onlyHeaders(header http.Header, allowed ...string) bool {
	for _, name := range allowed {
		header.Del(name)
	}
	return len(header) == 0
}
