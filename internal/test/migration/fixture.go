// Package migration tests the migration of real states of the official provider, written by its versions 4 and 5.
package migration

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// Fixture is a state written by the official provider.
type Fixture struct {
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

// attributes are the attributes that tests use.
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
	acctest.NoError(t, json.Unmarshal(r.Instances[0].Attributes, &a))
	return a
}

// Load reads a state of testdata.
func Load(t *testing.T, name string) Fixture {
	t.Helper()
	text := acctest.ReadFile(t, filepath.Join(acctest.Root(), "internal", "test", "migration", "testdata", name))
	var state struct {
		Resources []sourceResource `json:"resources"`
	}
	acctest.NoError(t, json.Unmarshal([]byte(text), &state))
	return Fixture{text: text, resources: state.Resources}
}

func (f *Fixture) find(t *testing.T, typ, name string) *sourceResource {
	t.Helper()
	for i := range f.resources {
		if f.resources[i].Type == typ && f.resources[i].Name == name {
			return &f.resources[i]
		}
	}
	t.Fatalf("the fixture has no %s.%s", typ, name)
	return nil
}

// Seed creates the objects of a state in the simulator. pairs is the state with the text and the keys of the certificates, which
// an imported state lacks.
func (f *Fixture) Seed(t *testing.T, w *acctest.World, pairs Fixture) {
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

// WritePairs writes the PEM files that the configuration reads: zone.pem, zone.key, host.pem and host.key.
func (f *Fixture) WritePairs(t *testing.T, write func(name, text string)) {
	t.Helper()
	for i := range f.resources {
		r := &f.resources[i]
		if a := r.attributes(t); a.PrivateKey != "" {
			name := "zone"
			if strings.HasSuffix(r.Type, "_hostname_certificate") || a.Type == "per-hostname" {
				name = "host"
			}
			write(name+".pem", a.Certificate)
			write(name+".key", a.PrivateKey)
		}
	}
}

// WithoutGlobal returns the state without the global switch of version 4, which cannot be moved. A removed block would remove it
// too, but needs the official provider to be installed.
func (f *Fixture) WithoutGlobal(t *testing.T) string {
	t.Helper()
	var document map[string]any
	acctest.NoError(t, json.Unmarshal([]byte(f.text), &document))
	document["resources"] = slices.DeleteFunc(document["resources"].([]any), func(r any) bool { return r.(map[string]any)["name"] == "global" })
	raw, err := json.MarshalIndent(document, "", "  ")
	acctest.NoError(t, err)
	return string(raw)
}
