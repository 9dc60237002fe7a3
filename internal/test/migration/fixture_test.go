// Package migration tests the migration of the official provider's states: real ones, of version 4 and 5.
package migration

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// fixture is a state that the official provider wrote.
type fixture struct {
	text      string
	resources []sourceResource
}

type sourceResource struct {
	Type      string `json:"type"`
	Name      string `json:"name"`
	Instances []struct {
		SchemaVersion int64           `json:"schema_version"`
		Attributes    json.RawMessage `json:"attributes"`
	} `json:"instances"`
}

// attributes are those that tests look at.
type attributes struct {
	ID          string `json:"id"`
	ZoneID      string `json:"zone_id"`
	Type        string `json:"type"`
	Certificate string `json:"certificate"`
	PrivateKey  string `json:"private_key"`
	Hostname    string `json:"hostname"`
	CertID      string `json:"cert_id"`
	V4CertID    string `json:"authenticated_origin_pulls_certificate"`
	Enabled     bool   `json:"enabled"`
}

func (r *sourceResource) attributes(t *testing.T) attributes {
	t.Helper()
	var a attributes
	if err := json.Unmarshal(r.Instances[0].Attributes, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func load(t *testing.T, name string) fixture {
	t.Helper()
	text := acctest.ReadFile(t, filepath.Join("testdata", name))
	var state struct {
		Resources []sourceResource `json:"resources"`
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	return fixture{text: text, resources: state.Resources}
}

func (f *fixture) find(t *testing.T, typ, name string) *sourceResource {
	t.Helper()
	for i := range f.resources {
		if f.resources[i].Type == typ && f.resources[i].Name == name {
			return &f.resources[i]
		}
	}
	t.Fatalf("the fixture has no %s.%s", typ, name)
	return nil
}

// seed puts into the simulator what a state speaks of. pairs is the state that has the certificates' text
// and keys, which an imported one lacks.
func (f *fixture) seed(t *testing.T, w *acctest.World, pairs fixture) {
	t.Helper()
	for i := range pairs.resources {
		r := &pairs.resources[i]
		a := r.attributes(t)
		switch {
		case a.PrivateKey == "":
		case strings.HasSuffix(r.Type, "_hostname_certificate"), a.Type == "per-hostname":
			w.Sim.AddCertificateAs(simulator.HostnameCertificate, a.ZoneID, a.ID, a.Certificate, a.PrivateKey)
		default:
			w.Sim.AddCertificateAs(simulator.ZoneCertificate, a.ZoneID, a.ID, a.Certificate, a.PrivateKey)
		}
	}
	for i := range f.resources {
		r := &f.resources[i]
		a := r.attributes(t)
		switch {
		case strings.HasSuffix(r.Type, "certificate"):
		case a.Hostname != "":
			w.Sim.AddAssociation(a.ZoneID, a.Hostname, a.CertID+a.V4CertID, a.Enabled)
		case strings.HasSuffix(r.Type, "_settings"), a.V4CertID != "":
			w.Sim.SetSetting(a.ZoneID, a.Enabled)
		}
	}
	w.Sim.ClearRequests()
}

// writePairs writes the PEM files that the configuration reads: zone.pem, zone.key, host.pem and host.key.
func (f *fixture) writePairs(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	for i := range f.resources {
		r := &f.resources[i]
		if a := r.attributes(t); a.PrivateKey != "" {
			name := "zone"
			if strings.HasSuffix(r.Type, "_hostname_certificate") || a.Type == "per-hostname" {
				name = "host"
			}
			cli.Write(name+".pem", a.Certificate)
			cli.Write(name+".key", a.PrivateKey)
		}
	}
}

// configuration declares here what the fixtures hold there. key is the argument that the private keys go into.
func configuration(key string) string {
	return fmt.Sprintf(`
resource "origintls_zone_certificate" "edge" {
  zone_id     = %[1]q
  certificate = file("zone.pem")
  %[2]s       = file("zone.key")
}

resource "origintls_hostname_certificate" "api" {
  zone_id     = %[1]q
  certificate = file("host.pem")
  %[2]s       = file("host.key")
}

resource "origintls_hostname_association" "api" {
  zone_id        = %[1]q
  hostname       = "api.example.com"
  certificate_id = origintls_hostname_certificate.api.id
}

resource "origintls_zone_setting" "zone" {
  zone_id = %[1]q
  enabled = true
}
`, acctest.Zone, key)
}

// moves is a moved block for each pair of addresses.
func moves(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "moved {\n  from = %s\n  to   = %s\n}\n", pairs[i], pairs[i+1])
	}
	return b.String()
}

// withoutGlobal takes version 4's global switch out of a state. A removed block would do so as well, but
// needs the official provider to be installed.
func withoutGlobal(t *testing.T, state string) string {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal([]byte(state), &document); err != nil {
		t.Fatal(err)
	}
	resources := document["resources"].([]any)
	kept := []any{}
	for _, r := range resources {
		if r.(map[string]any)["name"] != "global" {
			kept = append(kept, r)
		}
	}
	document["resources"] = kept
	raw, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
