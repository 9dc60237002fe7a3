package migration

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const official = "registry.terraform.io/cloudflare/cloudflare"

// moving is a single move over the plugin protocol.
type moving struct {
	source, typ, target string
	version             int64
	state               map[string]any
}

// from returns a move of an object of the fixture. change replaces its attributes; the value gone removes one.
func (f *Fixture) from(t *testing.T, typ, name, target string, change map[string]any) moving {
	t.Helper()
	r := f.find(t, typ, name)
	m := moving{source: official, typ: typ, target: target, version: r.Instances[0].SchemaVersion, state: map[string]any{}}
	acctest.NoError(t, json.Unmarshal(r.Instances[0].Attributes, &m.state))
	maps.Copy(m.state, change)
	for key, v := range change {
		if v == gone {
			delete(m.state, key)
		}
	}
	return m
}

const gone = "(gone)"

func (m moving) run(t *testing.T, rpc *acctest.RPC) (acctest.Attributes, *tfprotov6.MoveResourceStateResponse) {
	t.Helper()
	raw, err := json.Marshal(m.state)
	acctest.NoError(t, err)
	answer, err := rpc.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: m.source, SourceTypeName: m.typ, SourceSchemaVersion: m.version, TargetTypeName: m.target,
		SourceState: &tfprotov6.RawState{JSON: raw},
	})
	acctest.NoError(t, err)
	if answer.TargetState == nil {
		return nil, answer
	}
	return rpc.Read(answer.TargetState, rpc.ResourceType(m.target)), answer
}

const (
	association  = "cloudflare_authenticated_origin_pulls"
	certificate  = "cloudflare_authenticated_origin_pulls_certificate"
	hostnameCert = "cloudflare_authenticated_origin_pulls_hostname_certificate"
	settings     = "cloudflare_authenticated_origin_pulls_settings"

	ourZoneCert     = "origintls_zone_certificate"
	ourHostnameCert = "origintls_hostname_certificate"
	ourAssociation  = "origintls_hostname_association"
	ourSetting      = "origintls_zone_setting"
)

// The provider accepts every source address by which a CLI may name the official provider, and every schema version.
func TestMovesAreTakenFromWhereverTheOfficialProviderIs(t *testing.T) {
	rpc := acctest.New(t).RPC()
	v5, v4 := Load(t, "cloudflare-v5.tfstate"), Load(t, "cloudflare-v4.tfstate")
	for _, source := range []string{official, "registry.opentofu.org/cloudflare/cloudflare", "cloudflare", "cloudflare/cloudflare", "mirror.example.com/cloudflare/cloudflare", "registry.opentofu.org/origintls/origintls"} {
		for _, m := range []moving{
			v5.from(t, certificate, "edge", ourZoneCert, nil), v5.from(t, hostnameCert, "api", ourHostnameCert, nil),
			v5.from(t, association, "api", ourAssociation, nil), v5.from(t, settings, "zone", ourSetting, nil),
			v4.from(t, certificate, "edge", ourZoneCert, nil), v4.from(t, certificate, "api", ourHostnameCert, nil),
			v4.from(t, association, "api", ourAssociation, nil), v4.from(t, association, "zone", ourSetting, nil),
		} {
			m.source = source
			versions := []int64{m.version}
			if m.version == 500 { // earlier releases of version 5 wrote the same attributes with other schema versions
				versions = []int64{500, 1, 0}
			}
			for _, m.version = range versions {
				got, answer := m.run(t, rpc)
				rpc.NoError(answer.Diagnostics)
				if got.String("zone_id") != acctest.Zone || got.String("id") == "" || answer.TargetIdentity == nil {
					t.Errorf("moved %+v, got %v", m, got)
				}
			}
		}
	}
}

// The move keeps everything that the former state has, except the key. So a plan without a refresh is empty too.
func TestAMovedStateIsComplete(t *testing.T) {
	rpc := acctest.New(t).RPC()
	v5 := Load(t, "cloudflare-v5.tfstate")
	m := v5.from(t, certificate, "edge", ourZoneCert, nil)
	got, _ := m.run(t, rpc)
	for attribute, want := range map[string]any{
		"id": m.state["id"], "certificate": m.state["certificate"], "issuer": "CN=zone", "serial_number": m.state["serial_number"],
		"expires_on": m.state["expires_on"], "uploaded_on": m.state["uploaded_on"], "status": "active", "signature": "ECDSA-SHA256", "private_key": "",
	} {
		if got.String(attribute) != want {
			t.Errorf("%s is %q, want %q", attribute, got.String(attribute), want)
		}
	}
	if len(got.String("fingerprint_sha256")) != 64 {
		t.Errorf("the fingerprint is %q", got.String("fingerprint_sha256"))
	}
	showsNoKey(t, rpc, m)
	got, _ = v5.from(t, association, "api", ourAssociation, nil).run(t, rpc)
	if got.String("hostname") != "api.example.com" || got.String("certificate_status") != "active" || got.String("updated_at") == "" || !got.Bool("enabled") {
		t.Errorf("the moved association is %v", got)
	}
	// The state of an association that was imported into the official provider has no configured arguments.
	got, answer := v5.from(t, association, "api", ourAssociation, map[string]any{"config": nil}).run(t, rpc)
	rpc.NoError(answer.Diagnostics)
	if got.String("hostname") != "api.example.com" {
		t.Errorf("the moved imported association is %v", got)
	}
	// What was read back takes precedence over what was configured.
	const read, configured = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	for _, c := range []struct {
		hostname, id, enabled any // as read back
		wantID                string
		wantEnabled           bool
	}{{"api.example.com", read, true, read, true}, {nil, nil, nil, configured, false}, {"api.example.com", nil, true, configured, true}, {nil, read, nil, read, false}} {
		got, answer := v5.from(t, association, "api", ourAssociation, map[string]any{
			"hostname": c.hostname, "cert_id": c.id, "enabled": c.enabled,
			"config": []any{map[string]any{"hostname": "API.example.com", "cert_id": configured, "enabled": false}},
		}).run(t, rpc)
		rpc.NoError(answer.Diagnostics)
		if !strings.EqualFold(got.String("hostname"), "api.example.com") || got.String("certificate_id") != c.wantID || got.Bool("enabled") != c.wantEnabled {
			t.Errorf("%+v: the moved association is %v", c, got)
		}
	}
	odd := Load(t, "cloudflare-v4-odd.tfstate")
	got, _ = odd.from(t, association, "host_disabled", ourAssociation, nil).run(t, rpc)
	if got.Bool("enabled") || got.String("hostname") != "Off.Example.com" || !strings.HasSuffix(got.String("id"), "/off.example.com") {
		t.Errorf("the moved disabled association is %v", got)
	}
	got, _ = odd.from(t, association, "emptyhost_cert", ourSetting, nil).run(t, rpc)
	if !got.Bool("enabled") {
		t.Errorf("the moved switch is %v", got)
	}
}

// showsNoKey fails if the move of a state with a private key shows the key. The test uses the right type of the attribute, and
// others, for which the decoder reports an error.
func showsNoKey(t *testing.T, rpc *acctest.RPC, m moving) {
	t.Helper()
	const secret = "c2VjcmV0LWtleS1tYXRlcmlhbA"
	key := "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n"
	for _, shape := range []any{key, []any{key}, map[string]any{"pem": key}, map[string]any{key: true}} {
		m.state = maps.Clone(m.state)
		m.state["private_key"] = shape
		_, answer := m.run(t, rpc)
		shown := fmt.Sprintf("%+v %s", answer.Diagnostics, answer.TargetPrivate)
		for _, d := range answer.Diagnostics {
			shown += d.Summary + d.Detail + fmt.Sprint(d.Attribute)
		}
		if answer.TargetState != nil {
			shown += string(answer.TargetState.JSON) + string(answer.TargetState.MsgPack)
		}
		if strings.Contains(shown, secret) || strings.Contains(shown, "PRIVATE KEY") {
			t.Errorf("with a private key of the type %T, the move of a %s shows it:\n%s", shape, m.typ, shown)
		}
	}
}

// The provider does not guess. It rejects states that are of another kind, ambiguous or incomplete, and says what to do.
func TestMovesThatAreRefused(t *testing.T) {
	rpc := acctest.New(t).RPC()
	v5, v4 := Load(t, "cloudflare-v5.tfstate"), Load(t, "cloudflare-v4.tfstate")
	odd, imports := Load(t, "cloudflare-v4-odd.tfstate"), Load(t, "cloudflare-v4-odd-imports.tfstate")
	two := []any{
		map[string]any{"hostname": "a.example.com", "cert_id": "c", "enabled": true}, map[string]any{"hostname": "b.example.com", "cert_id": "c", "enabled": true},
	}
	other := []any{map[string]any{"hostname": "b.example.com", "cert_id": "c", "enabled": true}}
	void := []any{map[string]any{"hostname": "api.example.com", "cert_id": "c", "enabled": nil}}
	with := func(m moving, change func(*moving)) moving {
		change(&m)
		return m
	}
	const global = "switches *global* authenticated origin pulls"
	for name, c := range map[string]struct {
		moving
		says string
	}{
		"v4 global":                     {v4.from(t, association, "global", ourSetting, nil), global},
		"v4 global, to an association":  {v4.from(t, association, "global", ourAssociation, nil), global},
		"v4 both empty":                 {odd.from(t, association, "both_empty", ourSetting, nil), global},
		"v4 hostname, no certificate":   {odd.from(t, association, "host_nocert", ourAssociation, nil), "The resource names the hostname odd1.example.com but no certificate."},
		"v4 hostname, empty one":        {odd.from(t, association, "host_emptycert", ourSetting, nil), "Version 4 ignored the hostname silently"},
		"v4 import of a zone":           {imports.from(t, association, "z_dslash", ourSetting, nil), global},
		"v4 per-zone to an association": {v4.from(t, association, "zone", ourAssociation, nil), "which moves to an origintls_zone_setting."},
		"v4 per-hostname to a setting":  {v4.from(t, association, "api", ourSetting, nil), "which moves to an origintls_hostname_association."},
		"v4 never read back":            {v4.from(t, association, "api", ourAssociation, map[string]any{"enabled": nil}), "does not say whether the association of api.example.com is enabled"},
		"v4 switch never read back":     {v4.from(t, association, "zone", ourSetting, map[string]any{"enabled": nil}), "does not say whether the setting is on"},
		"v4 garbage as a certificate":   {odd.from(t, association, "garbage_cert", ourAssociation, map[string]any{"hostname": "a.example.com"}), "does not say which certificate the hostname a.example.com uses"},
		"v4 of another kind":            {v4.from(t, certificate, "api", ourZoneCert, nil), "This is a hostname certificate, which moves to an origintls_hostname_certificate."},
		"v4 of the other kind":          {v4.from(t, certificate, "edge", ourHostnameCert, nil), "This is a zone certificate, which moves to an origintls_zone_certificate."},
		"v4 type foo":                   {imports.from(t, certificate, "footype", ourZoneCert, nil), `neither "per-zone" nor "per-hostname"`},
		"v4 type in capitals":           {imports.from(t, certificate, "caps", ourHostnameCert, nil), `neither "per-zone" nor "per-hostname"`},
		"v4 no type":                    {imports.from(t, certificate, "notype", ourZoneCert, nil), `neither "per-zone" nor "per-hostname"`},
		"v4 form, version 500":          {with(v4.from(t, certificate, "edge", ourZoneCert, nil), func(m *moving) { m.version = 500 }), "the structure of version 4 but the schema version of version 5"},
		"v4 association, version 500":   {with(v4.from(t, association, "api", ourAssociation, nil), func(m *moving) { m.version = 500 }), "neither the structure of version 4 nor that of version 5"},
		"v5 of another kind":            {v5.from(t, certificate, "edge", ourHostnameCert, nil), "moves to an origintls_zone_certificate"},
		"v5 hostname to zone":           {v5.from(t, hostnameCert, "api", ourZoneCert, nil), "An origintls_zone_certificate accepts states of these types: " + certificate},
		"v5 association to a setting":   {v5.from(t, association, "api", ourSetting, nil), "moves to an origintls_hostname_association"},
		"v5 two hostnames":              {v5.from(t, association, "api", ourAssociation, map[string]any{"config": two}), "contains 2 associations"},
		"v5 two, never read back":       {v5.from(t, association, "api", ourAssociation, map[string]any{"config": two, "hostname": nil}), "contains 2 associations"},
		"v5 another hostname":           {v5.from(t, association, "api", ourAssociation, map[string]any{"config": other}), "names two hostnames: b.example.com was configured, and api.example.com was read back"},
		"v5 void":                       {v5.from(t, association, "api", ourAssociation, map[string]any{"config": void, "enabled": nil}), "the association is void, or was never read back"},
		"v5 no hostname":                {v5.from(t, association, "api", ourAssociation, map[string]any{"config": []any{}, "hostname": nil}), "does not say which hostname"},
		"v5 neither form":               {v5.from(t, association, "api", ourAssociation, map[string]any{"config": gone}), "neither the structure of version 4 nor that of version 5"},
		"v5 neither form, to a setting": {v5.from(t, association, "api", ourSetting, map[string]any{"config": gone}), "neither the structure of version 4 nor that of version 5"},
		"v5 no id":                      {v5.from(t, certificate, "edge", ourZoneCert, map[string]any{"id": nil, "certificate_id": nil}), "it contains no id, or two"},
		"v5 two ids":                    {v5.from(t, certificate, "edge", ourZoneCert, map[string]any{"id": "another"}), "it contains no id, or two"},
		"no zone":                       {v5.from(t, settings, "zone", ourSetting, map[string]any{"zone_id": nil}), "does not say which zone this is"},
		"a setting that says nothing":   {v5.from(t, settings, "zone", ourSetting, map[string]any{"enabled": nil}), "does not say whether the setting is on"},
		"a list for a string":           {v5.from(t, certificate, "edge", ourZoneCert, map[string]any{"id": []any{1}}), "does not have the structure that the official provider writes"},
		"a later version":               {with(v5.from(t, settings, "zone", ourSetting, nil), func(m *moving) { m.version = 501 }), "newer than this provider"},
		"another type":                  {with(v5.from(t, settings, "zone", ourSetting, nil), func(m *moving) { m.typ = "cloudflare_zone" }), "accepts states of these types"},
		"another provider":              {with(v5.from(t, settings, "zone", ourSetting, nil), func(m *moving) { m.source = "registry.terraform.io/acme/cloudflare" }), "Only resources of the official provider"},
		"a provider of a like name":     {with(v5.from(t, settings, "zone", ourSetting, nil), func(m *moving) { m.source = "notcloudflare/cloudflare" }), "Only resources of the official provider"},
	} {
		t.Run(name, func(t *testing.T) {
			got, answer := c.run(t, rpc)
			if len(answer.Diagnostics) != 1 || got != nil {
				t.Fatalf("%d diagnostics, state %v", len(answer.Diagnostics), got)
			}
			d := answer.Diagnostics[0]
			if !strings.HasPrefix(d.Summary, "Unable to move ") || !strings.Contains(d.Detail, c.says) || !strings.Contains(d.Detail, "What to do:") ||
				!strings.Contains(d.Detail, c.typ) {
				t.Errorf("%s: %s\nwant %q", d.Summary, d.Detail, c.says)
			}
			showsNoKey(t, rpc, c.moving)
		})
	}
}
