package resources_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// If an apply ends between the adoption of a certificate and the destruction of the former instance, the state has both instances.
// The refresh removes the former one. If it is planned before the other one is read, the plan fails, because its destruction would delete
// the certificate.
func TestPlans_AFormerInstanceIsNotDestroyed(t *testing.T) {
	const earlier, late = "2000-01-01T00:00:05Z", "2000-01-01T00:10:00Z"
	apart := func(i, n int) int { return 60 * i } // milliseconds: longer than the refresh of the other instance, and shorter than its plan
	type facts struct{ adopted, uploaded string }
	for name, c := range map[string]struct {
		former, latter facts
		order          func(i, n int) int
		reversed       bool // the latter one comes first
		blind          bool
		early          bool // as Terraform 1.9 to 1.11 plan it
		gone           bool // the refresh removes the former one
		twice          bool // the plan says that the state has both
	}{
		"adopted":                              {former: facts{}, latter: facts{adopted: late}, order: orders["in order"], gone: true},
		"adopted, reversed":                    {former: facts{}, latter: facts{adopted: late}, order: orders["in order"], reversed: true, gone: true},
		"adopted, by Terraform 1.11":           {former: facts{}, latter: facts{adopted: late}, order: orders["in order"], early: true, gone: true},
		"adopted, reversed, by Terraform 1.11": {former: facts{}, latter: facts{adopted: late}, order: orders["in order"], reversed: true, early: true, gone: true},
		"adopted again":                        {former: facts{adopted: earlier}, latter: facts{adopted: late}, order: orders["in order"], gone: true},
		"adopted, and read later":              {former: facts{}, latter: facts{adopted: late}, order: apart, twice: true},
		"adopted, and read earlier":            {former: facts{}, latter: facts{adopted: late}, order: apart, reversed: true, gone: true},
		"adopted, without a refresh":           {former: facts{}, latter: facts{adopted: late}, order: orders["in order"], blind: true, twice: true},
		"uploaded again, without a refresh":    {former: facts{uploaded: earlier}, latter: facts{uploaded: late}, order: orders["in order"], blind: true, twice: true},
		"the same twice":                       {former: facts{adopted: late}, latter: facts{adopted: late}, order: orders["in order"]},
	} {
		for _, typ := range []string{zoneCertName, hostCertName} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onAFakeClock(t, func(s *stage) {
					p := &certificatePlans{s, typ, map[string]certtest.Pair{}}
					uploaded := p.uploaded("a")
					state := func(f facts) *tfprotov6.DynamicValue {
						state := uploaded
						for attribute, value := range map[string]string{"adopted_at": f.adopted, "uploaded_on": f.uploaded} {
							if value != "" {
								state = s.changed(typ, state, attribute, acctest.Text(value))
							}
						}
						return state
					}
					instances := []instance{{typ: typ, state: state(c.former), blind: c.blind, early: c.early}, {typ: typ, state: state(c.latter), config: p.config("a"), blind: c.blind}}
					if c.reversed {
						slices.Reverse(instances)
					}
					plans := p.plan(c.order, instances...)
					if c.reversed {
						slices.Reverse(plans)
					}
					former, latter := plans[0], plans[1]
					var want []string
					if !c.gone {
						want = []string{saysBoth}
					}
					if gone := s.rpc.Read(former.state, s.rpc.ResourceType(typ)) == nil; gone != c.gone || !slices.Equal(former.says, want) || len(latter.says) > 0 {
						t.Errorf("the former one is gone: %t, and says %q; the latter one says %q", gone, former.says, latter.says)
					}
					if c.early { // if the CLI did not refresh the instance after all, its destruction would leave the certificate alone
						s.apply(typ, s.rpc.Null(typ), state(c.former), former.result)
						if len(s.w.Live()) != 1 {
							t.Error("the certificate was deleted")
						}
					}
					if twice := strings.Contains(former.details, "The state contains the "+nounOf(typ)) && strings.Contains(former.details, " twice: an earlier apply"); twice != c.twice {
						t.Errorf("the plan says %q", former.details)
					}
				})
			})
		}
	}
}

// With create_before_destroy, an apply first creates the new instance, and then plans and destroys the former one, which may stand for the same
// object. If the creation fails, the object stays as well.
func TestAReplacementByTheSameObjectDestroysNothing(t *testing.T) {
	for _, typ := range allNames {
		for name, fails := range map[string]bool{"created": false, "not created": true} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					config := h.config(typ, hostA, hostB)
					p := h.plan(orders["in order"], instance{typ: typ, state: h.applied(typ, hostA, hostB), config: config, replace: true})[0]
					if fails {
						method := "" // any
						if typ == settingName {
							method = "PUT" // its creation begins after a first read
						}
						h.w.Sim.AddFault(simulator.Fault{Method: method, Do: denied.Do})
					}
					h.rpc = h.w.RPC()
					h.rpc.PlanWith(typ, config, h.rpc.Null(typ), nil, nil) // the CLI plans the creation again, and then applies the first plan's values
					created := h.apply(typ, config, h.rpc.Null(typ), p.result)
					if failed := len(created.Diagnostics) > 0 && created.Diagnostics[0].Severity == tfprotov6.DiagnosticSeverityError; failed != fails {
						t.Fatalf("the creation said %v", created.Diagnostics)
					}
					h.w.Sim.ClearFaults()
					h.w.Sim.ClearRequests()
					again := h.rpc.PlanWith(typ, h.rpc.Null(typ), p.state, nil, nil)
					destroyed := h.apply(typ, h.rpc.Null(typ), p.state, again)
					if said := destroyed.Diagnostics; len(again.Diagnostics) > 0 && !fails || (len(said) == 1) != fails || h.w.Writes() > 0 {
						t.Errorf("%d writes; the plan says %q, and the destruction %v", h.w.Writes(), summaries(again.Diagnostics), said)
					}
					for _, d := range destroyed.Diagnostics {
						if !strings.HasPrefix(d.Summary, "Unable to delete") || !strings.Contains(d.Detail, "The object stays in service as before. What to do: correct the cause of the other error") {
							t.Errorf("the destruction said %s: %s", d.Summary, d.Detail)
						}
					}
				})
			})
		}
	}
}
