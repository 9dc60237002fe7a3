package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// What to do after a wait that failed depends on why it ended, and on what the next apply does with the object: Terraform marks what
// was created as tainted.
func TestWhatToDoAfterAFailedWait(t *testing.T) {
	const (
		untaint = "first run `terraform untaint ADDRESS`"
		again   = "What to do: run the same command again. The certificate is kept in the state"
		another = "This certificate is kept in the state, and the apply replaces it with a new one."
		trust   = "the origin has to trust it now"
	)
	texts := []string{untaint, again, another, trust}
	slow := func(b *simulator.Behaviour) { b.StickDeployments, b.StickAssociations = true, true }
	fails := func(b *simulator.Behaviour) { b.TimeOutDeployments, b.TimeOutAssociations = true, true }
	for name, c := range map[string]struct {
		typ       string
		generated bool
		how       func(*simulator.Behaviour)
		says      []string // of the texts
	}{
		"zone certificate, slow":                 {zoneCertName, false, slow, []string{again, trust}},
		"zone certificate, failed":               {zoneCertName, false, fails, nil},
		"generated zone certificate, slow":       {zoneCertName, true, slow, []string{another, trust}},
		"hostname certificate, slow":             {hostCertName, false, slow, []string{again}},
		"hostname certificate, failed":           {hostCertName, false, fails, nil},
		"generated hostname certificate, slow":   {hostCertName, true, slow, []string{another}},
		"generated hostname certificate, failed": {hostCertName, true, fails, nil},
		"association, slow":                      {singleName, false, slow, []string{untaint}},
		"association, failed":                    {singleName, false, fails, []string{untaint}},
		"associations, slow":                     {assocName, false, slow, []string{untaint}},
		"associations, failed":                   {assocName, false, fails, []string{untaint}},
	} {
		t.Run(name, func(t *testing.T) {
			onHostnames(t, func(h *hostnamePlans) {
				config := h.config(c.typ, hostA)
				if c.generated {
					config = h.object(c.typ, h.generate(c.typ, nil), nil)
				}
				h.w.Sim.Behave(c.how)
				state, diags := h.rpc.Apply(c.typ, config, h.rpc.Null(c.typ))
				var said string
				for _, d := range diags {
					said += d.Summary + "\n" + d.Detail + "\n"
				}
				for _, text := range texts {
					if want := slices.Contains(c.says, text); strings.Contains(said, text) != want {
						t.Errorf("the apply says %q: %t, want %t; it said %s", text, !want, want, said)
					}
				}
				if h.rpc.Read(state, h.rpc.ResourceType(c.typ)) == nil || !strings.Contains(said, "Unable to create") {
					t.Errorf("the apply said %s, and left the state %v", said, state)
				}
			})
		})
	}
}

// Terraform marks nothing as tainted after a failed update, nor after a creation that wrote nothing.
func TestNothingToUntaint(t *testing.T) {
	for _, typ := range []string{singleName, assocName} {
		for name, created := range map[string]bool{"a refused creation": false, "a refused update": true, "an update that fails": true} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					state := h.rpc.Null(typ)
					if created {
						state = h.applied(typ, hostA)
					}
					other := certtest.Leaf(h.t, "other")
					h.id = h.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, other.Certificate, other.PrivateKey)
					if name == "an update that fails" {
						h.w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations = true })
					} else {
						h.w.Sim.AddFault(denied)
					}
					h.rpc = h.w.RPC()
					_, diags := h.rpc.Apply(typ, h.config(typ, hostA), state)
					if len(diags) != 1 || strings.Contains(diags[0].Detail, "untaint") {
						t.Errorf("the apply said %v", diags)
					}
				})
			})
		}
	}
}

// The creation of the setting warns only if it turns off what was on.
func TestSettingThatWasOn(t *testing.T) {
	for _, c := range []struct{ was, wanted, warns bool }{{true, true, false}, {true, false, true}, {false, true, false}, {false, false, false}} {
		onAFakeClock(t, func(s *stage) {
			s.w.Sim.SetSetting(acctest.Zone, c.was)
			_, diags := s.rpc.Apply(settingName, s.object(settingName, acctest.Attributes{"enabled": tftypes.NewValue(tftypes.Bool, c.wanted)}, nil), s.rpc.Null(settingName))
			s.rpc.NoError(diags)
			if (len(diags) == 1) != c.warns || s.w.State().Enabled != c.wanted {
				s.t.Errorf("was %t, wanted %t: the apply said %v", c.was, c.wanted, diags)
			}
		})
	}
}

// Every zone has the setting, so an answer that there is none is about the zone.
func TestASettingThatIsNotFound(t *testing.T) {
	const advice = "What to do: check zone_id. Every zone has this setting"
	for _, c := range []struct {
		method string // of the request that is refused
		status int
		says   bool
	}{{"GET", 404, true}, {"GET", 400, false}, {"PUT", 404, true}, {"PUT", 400, false}} {
		onAFakeClock(t, func(s *stage) {
			s.w.Sim.AddFault(simulator.Fault{Method: c.method, Do: simulator.Action{Status: c.status, Code: 1499, Message: "no"}})
			config := s.object(settingName, acctest.Attributes{"enabled": tftypes.NewValue(tftypes.Bool, true)}, nil)
			state, diags := s.rpc.Apply(settingName, config, s.rpc.Null(settingName))
			if len(diags) != 1 || diags[0].Summary != "Unable to create zone setting" || strings.Contains(diags[0].Detail, advice) != c.says {
				s.t.Errorf("%s, HTTP %d: the apply said %v", c.method, c.status, diags)
			}
			if kept := s.rpc.Read(state, s.rpc.ResourceType(settingName)); kept != nil {
				s.t.Errorf("%s, HTTP %d: the state has %v", c.method, c.status, kept)
			}
		})
	}
}

// A change of the setting that Cloudflare refuses leaves the state as it was.
func TestASettingThatCannotBeChanged(t *testing.T) {
	onAFakeClock(t, func(s *stage) {
		config := func(on bool) *tfprotov6.DynamicValue {
			return s.object(settingName, acctest.Attributes{"enabled": tftypes.NewValue(tftypes.Bool, on)}, nil)
		}
		state, diags := s.rpc.Apply(settingName, config(true), s.rpc.Null(settingName))
		s.rpc.NoError(diags)
		s.w.Sim.AddFault(denied)
		after, diags := s.rpc.Apply(settingName, config(false), state)
		if len(diags) != 1 || diags[0].Summary != "Unable to update zone setting" || !s.rpc.Equal(after, state, s.rpc.ResourceType(settingName)) {
			s.t.Errorf("the apply said %v", diags)
		}
	})
}

// An association whose answer was lost may exist, so the state keeps it. One that was refused does not exist.
func TestAnAssociationWithAnUnknownOutcome(t *testing.T) {
	lost := simulator.Fault{Method: "PUT", Do: simulator.Action{Status: 502, WorkFirst: true}}
	for _, typ := range []string{singleName, assocName} {
		for name, c := range map[string]struct {
			fault simulator.Fault
			kept  bool
		}{"lost": {lost, true}, "refused": {denied, false}} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					h.w.Sim.AddFault(c.fault)
					state, diags := h.rpc.Apply(typ, h.config(typ, hostA), h.rpc.Null(typ))
					kept := h.rpc.Read(state, h.rpc.ResourceType(typ)) != nil
					if kept != c.kept || len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, "Unable to create") {
						t.Errorf("the state keeps it: %t; the apply said %v", kept, diags)
					}
				})
			})
		}
	}
}
