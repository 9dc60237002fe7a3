package resources_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// uploadedInVain returns the state of a generated certificate whose upload was answered by a proxy, and its configuration. there says whether
// Cloudflare has carried out the upload.
func (s *stage) uploadedInVain(typ string, there bool) (state, config *tfprotov6.DynamicValue) {
	s.t.Helper()
	config = s.object(typ, s.generate(typ, nil), nil)
	plan := s.rpc.Plan(typ, config, s.rpc.Null(typ), nil)
	s.w.Sim.AddFault(simulator.Fault{Method: "POST", Do: simulator.Action{Status: 502, WorkFirst: there}})
	s.w.Sim.AddFault(simulator.Fault{Method: "GET", After: 1, Do: denied.Do})
	state = s.apply(typ, config, s.rpc.Null(typ), plan).NewState
	s.w.Sim.ClearFaults()
	s.rpc = s.w.RPC()
	s.w.Sim.ClearRequests()
	return state, config
}

// The destruction of a certificate without an id looks for it by its fingerprint. If the zone's list cannot be read, the state keeps it.
func TestTheDestructionOfACertificateWithoutAnID(t *testing.T) {
	for name, c := range map[string]struct {
		there, refused, deleted bool
	}{
		"it exists": {there: true, deleted: true}, "it does not exist": {}, "the list is refused": {there: true, refused: true},
	} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					other := certtest.Leaf(s.t, "other")
					s.w.Sim.AddCertificate(kindOf(typ), acctest.Zone, other.Certificate, other.PrivateKey)
					state, _ := s.uploadedInVain(typ, c.there)
					if c.refused {
						s.w.Sim.AddFault(simulator.Fault{Method: "GET", Do: denied.Do})
					}
					left, diags := s.rpc.Apply(typ, s.rpc.Null(typ), state)
					if kept := s.rpc.Read(left, s.rpc.ResourceType(typ)) != nil; (s.w.Writes() > 0) != c.deleted || kept != c.refused || (len(diags) == 1) != c.refused {
						t.Errorf("%d writes; the state keeps it: %t; the destruction said %v", s.w.Writes(), kept, diags)
					}
					if c.refused && diags[0].Summary != "Unable to delete "+nounOf(typ) {
						t.Errorf("the destruction said %s", diags[0].Summary)
					}
					if n := len(s.w.Live()); !c.refused && n != 1 {
						t.Errorf("%d certificates are left, want the other one", n)
					}
				})
			})
		}
	}
}

// Terraform replaces a certificate without an id because it is tainted. If somebody has untainted it, the provider plans the same. For that, a value
// has to change: Terraform ignores a replacement because of an attribute that stays the same.
func TestPlans_AnUntaintedCertificateWithoutAnID(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		t.Run(typ, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				state, config := s.uploadedInVain(typ, true)
				plan := s.rpc.Plan(typ, config, state, nil)
				id := s.rpc.Read(plan.PlannedState, s.rpc.ResourceType(typ))["id"]
				if because := fmt.Sprint(plan.RequiresReplace); because != fmt.Sprint([]*tftypes.AttributePath{tftypes.NewAttributePath().WithAttributeName("id")}) || id.IsKnown() {
					t.Errorf("the plan replaces it because of %s, and plans the id %s", because, id)
				}
			})
		})
	}
}

// Beside a generated certificate, only another one that the same arguments generate may be a leftover of an apply that was killed.
func TestAnUploadBesideAGeneratedCertificate(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		onAFakeClock(t, func(s *stage) {
			signed := func(authority string) acctest.Attributes {
				ca := certtest.CA(s.t, authority, lasting)
				return s.generate(typ, acctest.Attributes{"common_name": acctest.Text("signed"), "ca_certificate": acctest.Text(ca.Certificate), "ca_private_key_wo": acctest.Text(ca.PrivateKey)})
			}
			one := signed("one")
			for i, c := range []struct {
				name      string
				arguments acctest.Attributes
				warns     bool
			}{
				{"the first", s.generate(typ, nil), false},
				{"a given one", s.pair(), false},
				{"another name", s.generate(typ, acctest.Attributes{"common_name": acctest.Text("y")}), false},
				{"the same name", s.generate(typ, nil), true},
				{"signed", one, false},
				{"signed by another CA", signed("another"), false},
				{"signed by the same CA", one, true},
			} {
				s.rpc = s.w.RPC()
				_, diags := s.rpc.Apply(typ, s.object(typ, c.arguments, nil), s.rpc.Null(typ))
				s.rpc.NoError(diags)
				if warns := slices.Contains(summaries(diags), "Another certificate has this common name"); warns != c.warns || len(s.w.Live()) != i+1 {
					s.t.Errorf("%s: the apply said %q, and %d certificates are live", c.name, summaries(diags), len(s.w.Live()))
				}
			}
		})
	}
}
