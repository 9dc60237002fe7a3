package resources_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// A provider whose configuration is not known yet, and which therefore has no client, leaves a state as it is.
func TestPlans_WithoutAClient(t *testing.T) {
	for _, typ := range allNames {
		t.Run(typ, func(t *testing.T) {
			onHostnames(t, func(h *hostnamePlans) {
				config, state := h.config(typ, hostA), h.applied(typ, hostA)
				h.w.Sim.ClearRequests()
				h.rpc = h.w.Unconfigured()
				for name, one := range map[string]instance{
					"kept":      {typ: typ, state: state, config: config},
					"created":   {typ: typ, config: config},
					"destroyed": {typ: typ, state: state},
				} {
					p := h.planOne(one)
					if len(p.says) > 0 || p.replaced || one.state != nil && !h.rpc.Equal(p.state, state, h.rpc.ResourceType(typ)) {
						t.Errorf("%s: says %q, replaced %t; state before %v, after %v", name, p.says, p.replaced, state, p.state)
					}
				}
				if n := len(h.w.Sim.Requests()); n > 0 {
					t.Errorf("%d requests were sent", n)
				}
			})
		})
	}
}

// An apply needs a client. Without one, it reports an error, and the state stays as it was.
func TestPlans_NothingIsAppliedWithoutAClient(t *testing.T) {
	for _, typ := range allNames {
		t.Run(typ, func(t *testing.T) {
			onHostnames(t, func(h *hostnamePlans) {
				null, before := h.rpc.Null(typ), h.applied(typ, hostA)
				h.w.Sim.ClearRequests()
				h.rpc = h.w.Unconfigured()
				changed := h.rpc.Read(h.config(typ, hostA, hostB), h.rpc.ResourceType(typ))
				if _, switches := changed["enabled"]; switches {
					changed["enabled"] = tftypes.NewValue(tftypes.Bool, false)
				}
				for name, c := range map[string]struct{ state, config *tfprotov6.DynamicValue }{
					"create":  {null, h.config(typ, hostA)},
					"update":  {before, h.rpc.Object(h.rpc.ResourceType(typ), changed)},
					"destroy": {before, null},
				} {
					if name == "update" && (typ == zoneCertName || typ == hostCertName) {
						continue // a certificate has no update that sends something
					}
					after, diags := h.rpc.Apply(typ, c.config, c.state)
					if len(diags) == 0 || !h.rpc.Equal(after, c.state, h.rpc.ResourceType(typ)) {
						t.Errorf("%s: says %v; state before %v, after %v", name, diags, c.state, after)
					}
				}
				if n := len(h.w.Sim.Requests()); n > 0 {
					t.Errorf("%d requests were sent", n)
				}
			})
		})
	}
}

// Only the time makes a generated certificate due, so a plan without a client finds that out as well.
func TestPlans_ARenewalThatIsDueWithoutAClient(t *testing.T) {
	for _, typ := range []string{zoneCertName, hostCertName} {
		t.Run(typ, func(t *testing.T) {
			onAFakeClock(t, func(s *stage) {
				config := (&certificatePlans{stage: s, typ: typ}).generated(acctest.Attributes{"renew_before_days": tftypes.NewValue(tftypes.Number, 20)})
				state, diags := s.rpc.Apply(typ, config, s.rpc.Null(typ))
				s.rpc.NoError(diags)
				for _, c := range []struct {
					after time.Duration
					due   bool
				}{{69 * day, false}, {2 * day, true}} { // of 90; expiry_warning_days is 30
					time.Sleep(c.after)
					for client, start := range map[string]func() *acctest.RPC{"without": s.w.Unconfigured, "with": s.w.RPC} {
						s.rpc = start()
						p := s.planOne(instance{typ: typ, state: state, config: config})
						ready := s.rpc.Read(p.state, s.rpc.ResourceType(typ)).Bool("ready_for_renewal")
						if ready != c.due || p.replaced != c.due || slices.Contains(p.says, "Certificate is renewed") != c.due {
							t.Errorf("%s a client: ready %t, replaced %t, says %q; want %t", client, ready, p.replaced, p.says, c.due)
						}
					}
				}
				if p := s.planOne(instance{typ: typ, state: state, config: config, blind: true}); p.replaced {
					t.Error("the last read decides, but without one the plan replaces the certificate")
				}
			})
		})
	}
}

// A missing key is an error even if nobody can check whether the zone has the certificate.
func TestPlans_AMissingKeyWithoutAClient(t *testing.T) {
	later := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	for _, typ := range []string{zoneCertName, hostCertName} {
		onAFakeClock(t, func(s *stage) {
			s.rpc = s.w.Unconfigured()
			p := s.planOne(instance{typ: typ, config: s.object(typ, acctest.Attributes{"certificate": s.pair()["certificate"]}, nil)})
			if !slices.Equal(p.says, []string{"Missing private key"}) {
				s.t.Errorf("%s: the plan says %q", typ, p.says)
			}
			p = s.plan(orders["in order"], instance{typ: typ, config: s.object(typ, acctest.Attributes{"certificate": later}, nil)})[0]
			if !slices.Equal(p.says, []string{"Missing private key"}) {
				s.t.Errorf("%s: the plan of an unknown certificate says %q", typ, p.says)
			}
		})
	}
}
