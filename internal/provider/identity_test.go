package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// scene is a zone with an object of every type.
type scene struct {
	*acctest.World

	zoneCert, hostnameCert string // ids
}

func newScene(t *testing.T, change ...func(*simulator.Behaviour)) *scene {
	t.Helper()
	w := acctest.New(t, change...)
	s := &scene{World: w}
	zone, host := certtest.Leaf(t, "zone"), certtest.Leaf(t, "host")
	s.zoneCert = w.Sim.AddCertificate(simulator.ZoneCertificate, acctest.Zone, zone.Certificate, zone.PrivateKey)
	s.hostnameCert = w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, host.Certificate, host.PrivateKey)
	w.Sim.AddAssociation(acctest.Zone, "API.example.com", s.hostnameCert, true)
	w.Sim.AddAssociation(acctest.Zone, "off.example.com", s.hostnameCert, false)
	w.Sim.SetSetting(acctest.Zone, true)
	return s
}

// imports returns the ids and identities of the scene's objects, by type.
func (s *scene) imports() map[string]struct {
	id       string
	identity map[string]string
} {
	zone := acctest.Zone
	return map[string]struct {
		id       string
		identity map[string]string
	}{
		"origintls_zone_certificate":      {zone + "/" + s.zoneCert, map[string]string{"zone_id": zone, "certificate_id": s.zoneCert}},
		"origintls_hostname_certificate":  {zone + "/" + s.hostnameCert, map[string]string{"zone_id": zone, "certificate_id": s.hostnameCert}},
		"origintls_hostname_association":  {zone + "/API.example.com", map[string]string{"zone_id": zone, "hostname": "api.example.com"}},
		"origintls_hostname_associations": {zone, map[string]string{"zone_id": zone}},
		"origintls_zone_setting":          {zone, map[string]string{"zone_id": zone}},
	}
}

func identityOf(t *testing.T, rpc *acctest.RPC, name string, parts map[string]string) *tfprotov6.ResourceIdentityData {
	t.Helper()
	attributes := acctest.Attributes{}
	for part, v := range parts {
		attributes[part] = acctest.Text(v)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: rpc.Object(rpc.IdentityType(name), attributes)}
}

// asText formats an identity for comparisons.
func asText(t *testing.T, rpc *acctest.RPC, name string, data *tfprotov6.ResourceIdentityData) string {
	t.Helper()
	parts := rpc.Read(data.IdentityData, rpc.IdentityType(name))
	var out []string
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		var v string
		if err := parts[part].As(&v); err != nil {
			t.Fatal(err)
		}
		out = append(out, part+"="+v)
	}
	return strings.Join(out, " ")
}

// generated returns the configuration that the CLI generates for an object: all attributes that are not only computed.
func generated(t *testing.T, rpc *acctest.RPC, name string, object *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	t.Helper()
	schemas, err := rpc.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	values := rpc.Read(object, rpc.ResourceType(name))
	for _, a := range schemas.ResourceSchemas[name].Block.Attributes {
		if !a.Required && !a.Optional {
			values[a.Name] = tftypes.NewValue(a.Type, nil)
		}
	}
	return rpc.Object(rpc.ResourceType(name), values)
}

// Every form of import, and every list, leads to a plan without changes and to the same identity. This holds for every resource type,
// and for every form in which the API may answer.
func TestEveryImportEndsInAnEmptyPlan(t *testing.T) {
	for variant, behave := range map[string]func(*simulator.Behaviour){
		"as a rule":   func(*simulator.Behaviour) {},
		"older lists": func(b *simulator.Behaviour) { b.HostnameRowsAreAssociations, b.ListInfo = true, simulator.ListInfoAll },
		"other echo": func(b *simulator.Behaviour) {
			b.PEMEcho, b.EchoHostnameAsSent, b.ExtraFields = simulator.EchoCRLF, true, true
			b.DropSerialNumber, b.DropUpdatedAt = true, true
		},
	} {
		s := newScene(t, behave)
		rpc := s.RPC()
		imports := s.imports()
		for _, name := range rpc.Types() {
			t.Run(variant+"/"+name, func(t *testing.T) {
				one, known := imports[name]
				if !known {
					t.Fatal("add here how to import this type")
				}
				want := asText(t, rpc, name, identityOf(t, rpc, name, one.identity))
				state, identity := rpc.Import(name, one.id, nil)
				check := func(form string, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, config *tfprotov6.DynamicValue) {
					t.Helper()
					if got := asText(t, rpc, name, identity); got != want {
						t.Errorf("%s: identity %s, want %s", form, got, want)
					}
					plan := rpc.Plan(name, config, state, identity)
					if !rpc.Equal(plan.PlannedState, state, rpc.ResourceType(name)) || len(plan.RequiresReplace) > 0 {
						t.Errorf("%s: the plan changes something", form)
					}
				}
				check("by id", state, identity, generated(t, rpc, name, state))
				state, identity = rpc.Import(name, "", identityOf(t, rpc, name, one.identity))
				check("by identity", state, identity, generated(t, rpc, name, state))

				found := false
				for _, result := range rpc.List(name, acctest.Zone, true, 100) {
					rpc.NoError(result.Diagnostics)
					if shown := string(result.Resource.MsgPack) + string(result.Resource.JSON); strings.Contains(shown, "PRIVATE") {
						t.Error("the list shows a private key")
					}
					if asText(t, rpc, name, result.Identity) != want {
						continue
					}
					found = true
					if result.DisplayName == "" {
						t.Error("the list shows no display name")
					}
					state, identity = rpc.Import(name, "", result.Identity)
					if !rpc.Equal(state, result.Resource, rpc.ResourceType(name)) {
						t.Errorf("the list shows %v, and a read %v", rpc.Read(result.Resource, rpc.ResourceType(name)), rpc.Read(state, rpc.ResourceType(name)))
					}
					check("by the list", state, identity, generated(t, rpc, name, result.Resource))
				}
				if !found {
					t.Error("the list does not show the object")
				}
			})
		}
		if n := s.Writes(); n > 0 {
			t.Errorf("%s: %d writes were sent", variant, n)
		}
	}
}

func TestLists(t *testing.T) {
	s := newScene(t)
	gone := certtest.Leaf(t, "gone")
	id := s.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, gone.Certificate, gone.PrivateKey)
	s.Sim.SetCertificateStatus(simulator.HostnameCertificate, acctest.Zone, id, "pending_deletion")
	s.Sim.SetAssociation(acctest.Zone, "void.example.com", s.hostnameCert, nil)
	rpc := s.RPC()
	show := func(name string, limit int64) string {
		var lines []string
		for _, result := range rpc.List(name, acctest.Zone, false, limit) {
			rpc.NoError(result.Diagnostics)
			if result.Resource != nil && len(rpc.Read(result.Resource, rpc.ResourceType(name))) > 0 {
				t.Errorf("%s: the list returns a resource that was not requested", name)
			}
			lines = append(lines, strings.TrimPrefix(asText(t, rpc, name, result.Identity), "zone_id="+acctest.Zone))
		}
		return strings.Join(lines, "\n")
	}
	for name, want := range map[string]string{
		"origintls_hostname_certificate": "certificate_id=" + s.hostnameCert + " zone_id=" + acctest.Zone,
		"origintls_hostname_association": "hostname=api.example.com zone_id=" + acctest.Zone + "\nhostname=off.example.com zone_id=" + acctest.Zone,
	} {
		if got := show(name, 100); got != want {
			t.Errorf("%s shows\n%s\nwant\n%s", name, got, want)
		}
	}
	if got := show("origintls_hostname_association", 1); strings.Contains(got, "\n") {
		t.Errorf("a limit of one shows\n%s", got)
	}
	if got := rpc.List("origintls_hostname_associations", "9a7806061c88ada191ed06f989cc3dac", false, 100); len(got) != 0 {
		t.Errorf("the list of a zone without associations shows %d", len(got))
	}
}

func TestAListThatIsRefusedSaysWhy(t *testing.T) {
	s := newScene(t)
	rpc := s.RPC()
	says := func(name string, want ...string) {
		t.Helper()
		results := rpc.List(name, acctest.Zone, true, 100)
		if len(results) != 1 || len(results[0].Diagnostics) != 1 {
			t.Fatalf("%s: %d results", name, len(results))
		}
		d := results[0].Diagnostics[0]
		if text := d.Summary + "\n" + d.Detail; !acctest.Says(want...).MatchString(text) {
			t.Errorf("the error of %s is\n%s", name, text)
		}
	}
	s.Sim.Behave(func(b *simulator.Behaviour) { b.PagedListStatus = 404 })
	for _, name := range []string{"origintls_hostname_association", "origintls_hostname_associations"} {
		says(name, "Unable to list hostname associations", "the associations of zone "+acctest.Zone, "which Cloudflare does not seem to offer to this account")
	}
	s.Sim.Behave(func(b *simulator.Behaviour) {
		b.Tokens = map[string]simulator.Permission{acctest.Token: simulator.PermissionNone}
	})
	for _, name := range rpc.Types() {
		says(name, "Unable to list", "10000 Authentication error", "SSL and Certificates Read")
	}
}

func TestIdentitiesThatAreNone(t *testing.T) {
	s := newScene(t)
	rpc := s.RPC()
	for _, c := range []struct{ name, part, value string }{
		{"origintls_zone_certificate", "zone_id", "nope"},
		{"origintls_zone_certificate", "certificate_id", "../settings"},
		{"origintls_hostname_association", "hostname", "https://api.example.com"},
		{"origintls_hostname_associations", "zone_id", ""},
		{"origintls_zone_setting", "zone_id", strings.Repeat("z", 32)},
	} {
		parts := maps.Clone(s.imports()[c.name].identity)
		parts[c.part] = c.value
		answer, err := rpc.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: c.name, Identity: identityOf(t, rpc, c.name, parts)})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Diagnostics) != 1 || answer.Diagnostics[0].Summary != "Invalid import identity" ||
			!strings.Contains(answer.Diagnostics[0].Detail, fmt.Sprintf("The value %q is not a valid %s of an identity", c.value, c.part)) {
			t.Errorf("%+v: %+v", c, answer.Diagnostics)
		}
	}
}

// A state of a version without identities gets one from the next read, even if the object no longer exists.
func TestAStateWithoutAnIdentityGetsOne(t *testing.T) {
	s := newScene(t)
	rpc := s.RPC()
	for name, one := range s.imports() {
		state, _ := rpc.Import(name, one.id, nil)
		read := func() *tfprotov6.ReadResourceResponse {
			answer, err := rpc.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: state})
			if err != nil {
				t.Fatal(err)
			}
			rpc.NoError(answer.Diagnostics)
			return answer
		}
		if got, want := asText(t, rpc, name, read().NewIdentity), asText(t, rpc, name, identityOf(t, rpc, name, one.identity)); got != want {
			t.Errorf("%s: identity %s, want %s", name, got, want)
		}
		if name == "origintls_hostname_certificate" {
			s.Sim.RemoveCertificate(simulator.HostnameCertificate, acctest.Zone, s.hostnameCert)
			if gone := rpc.Read(read().NewState, rpc.ResourceType(name)); gone != nil {
				t.Errorf("the object is still there: %v", gone)
			}
		}
	}
}
