package resources_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// What the plan says of a certificate, in short.
const (
	saysMoved   = "Object is destroyed and created again"
	saysForeign = "Certificate is in the zone already"
	saysManaged = "Certificate is managed already"
	saysBoth    = "Object is kept and destroyed"
)

// certificatePlans plans certificates of one type.
type certificatePlans struct {
	*stage
	typ   string
	pairs map[string]certtest.Pair
}

// config returns a configuration with a certificate that only this name has.
func (c *certificatePlans) config(leaf string) *tfprotov6.DynamicValue {
	pair, known := c.pairs[leaf]
	if !known {
		pair = certtest.Leaf(c.t, leaf)
		c.pairs[leaf] = pair
	}
	return c.object(c.typ, acctest.Attributes{"certificate": acctest.Text(pair.Certificate), "private_key": acctest.Text(pair.PrivateKey)}, nil)
}

// unknown returns a configuration whose certificate is known only during the apply.
func (c *certificatePlans) unknown() *tfprotov6.DynamicValue {
	later := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	return c.object(c.typ, acctest.Attributes{"certificate": later, "private_key": later}, nil)
}

// generated returns a configuration whose certificate the apply generates, signed by a CA so that no warning is due.
func (c *certificatePlans) generated(more ...acctest.Attributes) *tfprotov6.DynamicValue {
	ca := certtest.CA(c.t, "ca", lasting)
	arguments := acctest.Attributes{"ca_certificate": acctest.Text(ca.Certificate), "ca_private_key_wo": acctest.Text(ca.PrivateKey)}
	for _, m := range more {
		maps.Copy(arguments, m)
	}
	return c.object(c.typ, c.generate(c.typ, arguments), nil)
}

// uploaded returns the state of a certificate that an earlier apply has uploaded.
func (c *certificatePlans) uploaded(leaf string) *tfprotov6.DynamicValue {
	c.t.Helper()
	rpc := c.w.RPC()
	state, diags := rpc.Apply(c.typ, c.config(leaf), rpc.Null(c.typ))
	rpc.NoError(diags)
	return state
}

// kindOf returns the simulator's word for a type of certificate.
func kindOf(typ string) simulator.Kind {
	if typ == hostCertName {
		return simulator.HostnameCertificate
	}
	return simulator.ZoneCertificate
}

// foreign adds a certificate to the zone that no state has.
func (c *certificatePlans) foreign(leaf string) {
	c.config(leaf)
	c.w.Sim.AddCertificate(kindOf(c.typ), acctest.Zone, c.pairs[leaf].Certificate, c.pairs[leaf].PrivateKey)
}

// adopts returns what the plan says about the adoption of an existing certificate: "" for none, "perhaps", or "never" for a time that no
// apply will set.
func (c *certificatePlans) adopts(p outcome) string {
	c.t.Helper()
	if p.result == nil || p.result.PlannedState == nil {
		return ""
	}
	attributes := c.rpc.Read(p.result.PlannedState, c.rpc.ResourceType(c.typ))
	switch at := attributes["adopted_at"]; {
	case attributes == nil, at.IsNull():
		return ""
	case !at.IsKnown():
		return "perhaps"
	}
	return "never"
}

// A plan finds out which of its addresses stand for the same certificate, and records whether the apply may adopt an existing one.
func TestPlans_OfCertificatesWithTheSameLeaf(t *testing.T) {
	type want struct {
		says     []string
		adopts   string
		replaced bool
	}
	for name, test := range map[string]struct {
		instances func(c *certificatePlans) []instance
		want      []want
	}{
		"a new certificate": {func(c *certificatePlans) []instance {
			return []instance{{config: c.config("a")}}
		}, []want{{}}},
		"another address": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a")}, {config: c.config("a")}}
		}, []want{{says: []string{saysMoved}}, {says: []string{saysMoved}, adopts: "perhaps"}}},
		"kept, and wanted again": {func(c *certificatePlans) []instance {
			a := c.uploaded("a")
			return []instance{{state: a, config: c.config("a")}, {config: c.config("a")}}
		}, []want{{}, {says: []string{saysManaged}}}},
		"nobody's": {func(c *certificatePlans) []instance {
			c.foreign("a")
			return []instance{{state: c.uploaded("b"), config: c.config("b")}, {config: c.config("a")}}
		}, []want{{}, {says: []string{saysForeign}}}},
		"nobody's, without a refresh": {func(c *certificatePlans) []instance {
			c.foreign("a")
			return []instance{{config: c.config("a")}}
		}, []want{{says: []string{saysForeign}, adopts: "never"}}},
		"nobody's, and kept without a refresh under a former id": {func(c *certificatePlans) []instance {
			a := c.uploaded("a")
			c.w.Sim.RemoveCertificate(kindOf(c.typ), acctest.Zone, c.w.Live()[0].ID)
			c.foreign("a")
			return []instance{{state: a, config: c.config("a"), blind: true}, {config: c.config("a")}}
		}, []want{{}, {says: []string{saysForeign}, adopts: "never"}}},
		"twice in the state": {func(c *certificatePlans) []instance {
			a := c.uploaded("a")
			return []instance{{state: a, config: c.config("a")}, {state: a}}
		}, []want{{}, {says: []string{saysBoth}}}},
		"tainted": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("a"), tainted: true}}
		}, []want{{adopts: "perhaps"}}},
		"-replace": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("a"), replace: true}}
		}, []want{{adopts: "perhaps", replaced: true}}},
		"-replace, without a refresh": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("a"), replace: true, blind: true}}
		}, []want{{adopts: "perhaps", replaced: true}}},
		"replaced without a refresh, and wanted elsewhere": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("b"), blind: true}, {config: c.config("a")}}
		}, []want{{replaced: true}, {adopts: "perhaps"}}},
		"unknown": {func(c *certificatePlans) []instance {
			c.foreign("a")
			return []instance{{config: c.unknown()}}
		}, []want{{}}},
		"replaced by an unknown one": {func(c *certificatePlans) []instance {
			b := c.uploaded("b")
			return []instance{{state: c.uploaded("a"), config: c.unknown()}, {state: b, config: c.config("b")}}
		}, []want{{adopts: "perhaps", replaced: true}, {}}},
		"replaced by an unknown one, beside nobody's": {func(c *certificatePlans) []instance {
			c.foreign("b")
			return []instance{{state: c.uploaded("a"), config: c.unknown()}}
		}, []want{{replaced: true}}},
		"replaced by a generated one": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.generated()}}
		}, []want{{says: []string{"Certificate is replaced by a generated one"}, replaced: true}}},
		"replaced": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("b")}}
		}, []want{{replaced: true}}},
		"replaced, and wanted elsewhere": {func(c *certificatePlans) []instance {
			return []instance{{state: c.uploaded("a"), config: c.config("b")}, {config: c.config("a")}}
		}, []want{{replaced: true}, {adopts: "perhaps"}}},
		"exchanged": {func(c *certificatePlans) []instance {
			a, b := c.uploaded("a"), c.uploaded("b")
			return []instance{{state: a, config: c.config("b")}, {state: b, config: c.config("a")}}
		}, []want{{adopts: "perhaps", replaced: true}, {adopts: "perhaps", replaced: true}}},
		"replaced by nobody's": {func(c *certificatePlans) []instance {
			c.foreign("b")
			return []instance{{state: c.uploaded("a"), config: c.config("b")}}
		}, []want{{says: []string{saysForeign}, replaced: true}}},
		"replaced by one that is destroyed": {func(c *certificatePlans) []instance {
			a, b := c.uploaded("a"), c.uploaded("b")
			return []instance{{state: a, config: c.config("b")}, {state: b}}
		}, []want{{says: []string{saysMoved}, adopts: "perhaps", replaced: true}, {says: []string{saysMoved}}}},
		"replaced by one that is kept": {func(c *certificatePlans) []instance {
			a, b := c.uploaded("a"), c.uploaded("b")
			return []instance{{state: a, config: c.config("b")}, {state: b, config: c.config("b")}}
		}, []want{{says: []string{saysManaged}, replaced: true}, {}}},
		"destroyed": {func(c *certificatePlans) []instance {
			a, b := c.uploaded("a"), c.uploaded("b")
			return []instance{{state: a}, {state: b, config: c.config("b")}}
		}, []want{{}, {}}},
	} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			for when, order := range versions {
				t.Run(typ+"/"+name+"/"+when, func(t *testing.T) {
					onAFakeClock(t, func(s *stage) {
						c := &certificatePlans{s, typ, map[string]certtest.Pair{}}
						instances := test.instances(c)
						for i := range instances {
							instances[i].typ = typ
						}
						if order.early && !early(instances) {
							return
						}
						for i, p := range c.plan(order.of, instances...) {
							p.advises(t)
							w := test.want[i]
							if !slices.Equal(p.says, w.says) || c.adopts(p) != w.adopts || p.replaced != w.replaced {
								t.Errorf("address %d: says %q, adopts %q, replaced %t; want %q, %q, %t", i, p.says, c.adopts(p), p.replaced, w.says, w.adopts, w.replaced)
							}
						}
					})
				})
			}
		}
	}
}

// A certificate whose new address is planned long before its former address is read is adopted all the same.
func TestPlans_ACertificateThatMovesWhileTheAPIIsSlow(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		onAFakeClock(t, func(s *stage) {
			c := &certificatePlans{s, typ, map[string]certtest.Pair{}}
			state := c.uploaded("a")
			s.w.Sim.AddFault(simulator.Fault{Method: "GET", Path: "/[0-9a-f-]{36}$", Do: simulator.Action{Delay: simulator.Duration(4 * time.Second)}})
			p := c.plan(orders["in order"], instance{typ: typ, state: state}, instance{typ: typ, config: c.config("a")})
			if moved := []string{saysMoved}; !slices.Equal(p[0].says, moved) || !slices.Equal(p[1].says, moved) || c.adopts(p[1]) != "perhaps" {
				t.Errorf("%s: the plan says %q and %q, and adopts %q", typ, p[0].says, p[1].says, c.adopts(p[1]))
			}
		})
	}
}

// Terraform plans a creation again before it applies it. A host that applies the first plan as it is gets the same result.
func TestPlans_AnAdoptionThatIsNotPlannedAgain(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		for name, gone := range map[string]bool{"adopted": false, "uploaded again, because it is gone": true} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					c := &certificatePlans{s, typ, map[string]certtest.Pair{}}
					state := c.uploaded("a")
					p := c.plan(orders["in order"], instance{typ: typ, state: state, config: c.config("a"), tainted: true})[0]
					if gone {
						s.rpc.NoError(c.destroyed(state))
					}
					s.w.Sim.ClearRequests()
					answer := s.applyPlan(p)
					s.rpc.NoError(answer.Diagnostics)
					at := s.rpc.Read(answer.NewState, s.rpc.ResourceType(typ))["adopted_at"]
					if uploaded := s.w.Writes() == 1; uploaded != gone || at.IsNull() != gone {
						t.Errorf("uploaded %t, adopted at %s", uploaded, at)
					}
				})
			})
		}
	}
}

// destroyed destroys a certificate, and returns the diagnostics.
func (c *certificatePlans) destroyed(state *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
	rpc := c.w.RPC()
	_, diags := rpc.Apply(c.typ, rpc.Null(c.typ), state)
	return diags
}

// If the id of a certificate that never became active stands for a later upload, the state that has it is an older one. Deleting it
// would delete the later upload, so the refresh removes it from the state.
func TestPlans_ALaterUploadUnderTheSameID(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		for name, active := range map[string]bool{"active before": true, "never active": false} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					s.w.Sim.Behave(func(b *simulator.Behaviour) { b.StickDeployments = !active })
					c := &certificatePlans{s, typ, map[string]certtest.Pair{}}
					state, _ := s.rpc.Apply(typ, c.config("a"), s.rpc.Null(typ))
					kind := kindOf(typ)
					time.Sleep(time.Hour)
					id := s.rpc.Read(state, s.rpc.ResourceType(typ)).String("id")
					s.w.Sim.RemoveCertificate(kind, acctest.Zone, id)
					s.w.Sim.AddCertificateAs(kind, acctest.Zone, id, c.pairs["a"].Certificate, c.pairs["a"].PrivateKey)
					p := c.plan(orders["in order"], instance{typ: typ, state: state})[0]
					if kept := s.rpc.Read(p.state, s.rpc.ResourceType(typ)) != nil; kept != active {
						t.Errorf("the refresh keeps the certificate: %t", kept)
					}
				})
			})
		}
	}
}
