package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const zoneLevel = `
resource "origintls_zone_certificate" "edge" {
  zone_id        = var.zone_id
  certificate    = file("edge.pem")
  private_key_wo = file("edge.key")

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_zone_setting" "this" {
  zone_id = var.zone_id
  enabled = true

  depends_on = [origintls_zone_certificate.edge]
}

data "origintls_effective_certificate" "any" {
  zone_id  = var.zone_id
  hostname = "origintls-live-unassociated.${var.domain}"

  depends_on = [origintls_zone_setting.this, origintls_zone_certificate.edge]
}

output "presented" {
  value = data.origintls_effective_certificate.any.fingerprint_sha256
}
`

func TestAccLiveZoneLevel(t *testing.T) {
	b := newBackend(t)
	cli := b.workspace(t)
	cli.Write("main.tf", zoneLevel)
	for _, generation := range []string{"first", "second"} {
		pair := provide(t, cli, "edge", generation)
		cli.Apply()
		cli.EmptyPlan()
		b.holds(t, client.ZoneCertificate, pair.Certificate)
		if out := cli.Must(0, "output", "-raw", "presented"); out != certpem.Fingerprint(pair.Certificate) {
			t.Errorf("the edge presents %s, want %s", out, certpem.Fingerprint(pair.Certificate))
		}
	}
	// A certificate with other line endings is the same certificate.
	cli.Write("edge.pem", strings.ReplaceAll(cli.Read("edge.pem"), "\n", "\r\n"))
	cli.EmptyPlan()
	b.importsAll(t, cli, map[string]string{"origintls_zone_certificate.edge": "/CERT", "origintls_zone_setting.this": ""}, client.ZoneCertificate)
	cli.Destroy()
	b.holds(t, client.ZoneCertificate)
	if on, err := b.api.Zone(b.zone).Setting.Get(t.Context()); err != nil || on {
		t.Errorf("after the destroy the setting is on: %v (%v)", on, err)
	}
}

const hostnameLevel = `
resource "origintls_hostname_certificate" "own" {
  zone_id        = var.zone_id
  certificate    = file("own.pem")
  private_key_wo = file("own.key")

  lifecycle {
    create_before_destroy = true
  }
}

resource "origintls_hostname_association" "single" {
  zone_id        = var.zone_id
  hostname       = "origintls-live-0.${var.domain}"
  certificate_id = origintls_hostname_certificate.own.id
}

resource "origintls_hostname_associations" "bulk" {
  zone_id = var.zone_id
  associations = {
    for n in [1, 2, 3] : "origintls-live-${n}.${var.domain}" => {
      certificate_id = origintls_hostname_certificate.own.id
      enabled        = n != 3 || ENABLED
    }
  }
}
`

func TestAccLiveHostnameLevel(t *testing.T) {
	b := newBackend(t)
	cli := b.workspace(t)
	for _, step := range []struct{ generation, enabled string }{{"first", "true"}, {"second", "true"}, {"second", "false"}} {
		cli.Write("main.tf", strings.ReplaceAll(hostnameLevel, "ENABLED", step.enabled))
		if step.enabled == "true" {
			provide(t, cli, "own", step.generation)
		}
		cli.Apply()
		cli.EmptyPlan()
		b.holds(t, client.HostnameCertificate, cli.Read("own.pem"))
		id := b.marked(t.Context(), t, client.HostnameCertificate)[0].ID
		for n, name := range b.hostnames() {
			row, err := b.api.Zone(b.zone).Associations.Get(t.Context(), name)
			acctest.NoError(t, err)
			if want := n != 3 || step.enabled == "true"; row.Status != client.StatusActive || row.CertificateID != id || row.Enabled == nil || *row.Enabled != want {
				t.Errorf("%s with %v: %+v", name, step, row)
			}
		}
	}
	b.importsAll(t, cli, map[string]string{
		"origintls_hostname_certificate.own": "/CERT", "origintls_hostname_association.single": "/" + b.hostnames()[0],
	}, client.HostnameCertificate)
	cli.Destroy()
	b.holds(t, client.HostnameCertificate)
	for _, name := range b.hostnames() {
		if row, err := b.api.Zone(b.zone).Associations.Get(t.Context(), name); !client.IsNotFound(err) && (err != nil || !row.Gone()) {
			t.Errorf("after the destroy, %s still exists: %+v (%v)", name, row, err)
		}
	}
}

// holds fails unless these certificates are active and the tests have no others in the zone.
func (b *backend) holds(t *testing.T, kind client.CertificateKind, pems ...string) {
	t.Helper()
	certs := b.marked(t.Context(), t, kind)
	if len(certs) != len(pems) {
		t.Fatalf("the zone has %d %ss, want %d", len(certs), kind, len(pems))
	}
	for i, cert := range certs {
		if cert.Status != client.StatusActive || certpem.Fingerprint(cert.PEM) != certpem.Fingerprint(pems[i]) {
			t.Errorf("%s %s is %s, or another one than expected", kind, cert.ID, cert.Status)
		}
	}
}

// importsAll removes the objects from the state and imports them again. The plan must be empty then. ids are the import ids without
// the zone's id.
func (b *backend) importsAll(t *testing.T, cli *acctest.CLI, ids map[string]string, kind client.CertificateKind) {
	t.Helper()
	id := b.marked(t.Context(), t, kind)[0].ID
	for address, rest := range ids {
		cli.Must(0, "state", "rm", address)
		cli.Must(0, "import", "-no-color", address, fmt.Sprint(b.zone, strings.ReplaceAll(rest, "CERT", id)))
	}
	cli.EmptyPlan()
}
