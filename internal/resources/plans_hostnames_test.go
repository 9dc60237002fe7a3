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

const (
	saysRecreated = "Object is removed and created again"
	saysLeft      = "Object was left for its new address"
	settingName   = "origintls_zone_setting"
)

var allNames = []string{singleName, assocName, settingName, zoneCertName, hostCertName}

// hostnamePlans plans resources of every type in a zone that has a hostname certificate.
type hostnamePlans struct {
	*stage
	id string // of a certificate in the zone
}

func onHostnames(t *testing.T, test func(h *hostnamePlans)) {
	t.Helper()
	onAFakeClock(t, func(s *stage) {
		pair := certtest.Leaf(s.t, "any")
		test(&hostnamePlans{s, s.w.Sim.AddCertificate(simulator.HostnameCertificate, acctest.Zone, pair.Certificate, pair.PrivateKey)})
	})
}

// config returns a configuration of a resource. A single association has one hostname, and what is no association has none.
func (h *hostnamePlans) config(typ string, hostnames ...string) *tfprotov6.DynamicValue {
	switch typ {
	case singleName:
		return h.object(typ, acctest.Attributes{"hostname": acctest.Text(hostnames[0]), "certificate_id": acctest.Text(h.id)}, nil)
	case assocName:
		return h.object(typ, h.rowsOf(h.id, hostnames...), nil)
	case zoneCertName, hostCertName:
		return h.object(typ, h.pair(), nil)
	}
	return h.object(typ, acctest.Attributes{"enabled": tftypes.NewValue(tftypes.Bool, true)}, nil)
}

// unknownRow returns a configuration of the bulk resource in which nothing is known of one hostname.
func (h *hostnamePlans) unknownRow(unknown string, hostnames ...string) *tfprotov6.DynamicValue {
	h.t.Helper()
	rows := map[string]tftypes.Value{}
	all := h.rowsOf(h.id, hostnames...)["associations"]
	acctest.NoError(h.t, all.As(&rows))
	typ := all.Type().(tftypes.Map)
	rows[unknown] = tftypes.NewValue(typ.ElementType, tftypes.UnknownValue)
	return h.object(assocName, acctest.Attributes{"associations": tftypes.NewValue(typ, rows)}, nil)
}

// applied returns the state of a resource that an earlier apply has created.
func (h *hostnamePlans) applied(typ string, hostnames ...string) *tfprotov6.DynamicValue {
	h.t.Helper()
	rpc := h.w.RPC()
	state, diags := rpc.Apply(typ, h.config(typ, hostnames...), rpc.Null(typ))
	rpc.NoError(diags)
	return state
}

// A plan finds out which of its addresses stand for the same association or setting.
func TestPlans_OfTheSameObjectAtTwoAddresses(t *testing.T) {
	says := func(what ...string) []string { return what }
	for name, test := range map[string]struct {
		instances func(h *hostnamePlans, typ string) []instance
		want      [][]string
		not, only string // types
	}{
		"created": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, config: h.config(typ, hostA)}}
		}, [][]string{nil}, "", ""},
		"another address": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA)}, {typ: typ, config: h.config(typ, hostA)}}
		}, [][]string{says(saysMoved), nil}, "", ""},
		"twice in the state": {func(h *hostnamePlans, typ string) []instance {
			a := h.applied(typ, hostA)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostA)}, {typ: typ, state: a}}
		}, [][]string{nil, says(saysBoth)}, "", ""},
		"destroyed": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA)}}
		}, [][]string{nil}, "", ""},
		"tainted": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA), config: h.config(typ, hostA), tainted: true}}
		}, [][]string{says(saysRecreated)}, "", ""},
		"tainted, and another one is kept": {func(h *hostnamePlans, typ string) []instance {
			a, b := h.applied(typ, hostA), h.applied(typ, hostB)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostA), tainted: true}, {typ: typ, state: b, config: h.config(typ, hostB)}}
		}, [][]string{says(saysRecreated), nil}, settingName, ""},
		"-replace": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA), config: h.config(typ, hostA), replace: true}}
		}, [][]string{nil}, "", ""},
		"-replace, and wanted elsewhere": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA), config: h.config(typ, hostA), replace: true}, {typ: typ, config: h.config(typ, hostA)}}
		}, [][]string{nil, nil}, "", ""},
		"another zone, and wanted elsewhere": {func(h *hostnamePlans, typ string) []instance {
			other := h.changed(typ, h.config(typ, hostA), "zone_id", acctest.Text(strings.Repeat("0", 32)))
			return []instance{{typ: typ, state: h.applied(typ, hostA), config: other}, {typ: typ, config: h.config(typ, hostA)}}
		}, [][]string{nil, nil}, "", ""},
		"another hostname": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA), config: h.config(typ, hostB)}}
		}, [][]string{nil}, settingName, ""},
		"exchanged": {func(h *hostnamePlans, typ string) []instance {
			a, b := h.applied(typ, hostA), h.applied(typ, hostB)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostB)}, {typ: typ, state: b, config: h.config(typ, hostA)}}
		}, [][]string{nil, nil}, assocName, ""}, // rows of the bulk resource are destroyed and created in place: below
		"another hostname, which is destroyed elsewhere": {func(h *hostnamePlans, typ string) []instance {
			a, b := h.applied(typ, hostA), h.applied(typ, hostB)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostB)}, {typ: typ, state: b}}
		}, [][]string{nil, says(saysMoved)}, settingName, ""},
		"a row moves to another resource": {func(h *hostnamePlans, typ string) []instance {
			a, c := h.applied(typ, hostA, hostB), h.applied(typ, hostC)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostA)}, {typ: typ, state: c, config: h.config(typ, hostB, hostC)}}
		}, [][]string{says(saysMoved), nil}, "", assocName},
		"rows are exchanged": {func(h *hostnamePlans, typ string) []instance {
			a, b := h.applied(typ, hostA), h.applied(typ, hostB)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostB)}, {typ: typ, state: b, config: h.config(typ, hostA)}}
		}, [][]string{says(saysMoved), says(saysMoved)}, "", assocName},
		"a row moves to another resource, where it is not known yet": {func(h *hostnamePlans, typ string) []instance {
			a, c := h.applied(typ, hostA, hostB), h.applied(typ, hostC)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostA)}, {typ: typ, state: c, config: h.unknownRow(hostB, hostC)}}
		}, [][]string{says(saysMoved), nil}, "", assocName},
		"a row that another resource keeps is removed": {func(h *hostnamePlans, typ string) []instance {
			a, b := h.applied(typ, hostA, hostB), h.applied(typ, hostB)
			return []instance{{typ: typ, state: a, config: h.config(typ, hostA)}, {typ: typ, state: b, config: h.config(typ, hostB)}}
		}, [][]string{says(saysBoth), nil}, "", assocName},
		"a row is removed, and one is added": {func(h *hostnamePlans, typ string) []instance {
			return []instance{{typ: typ, state: h.applied(typ, hostA, hostB), config: h.config(typ, hostA, hostC)}}
		}, [][]string{nil}, "", assocName},
	} {
		for _, typ := range []string{singleName, assocName, settingName} {
			if typ == test.not || test.only != "" && typ != test.only {
				continue
			}
			for when, order := range versions {
				t.Run(typ+"/"+name+"/"+when, func(t *testing.T) {
					onHostnames(t, func(h *hostnamePlans) {
						instances := test.instances(h, typ)
						if order.early && !early(instances) {
							return
						}
						for i, p := range h.plan(order.of, instances...) {
							p.advises(t)
							if !slices.Equal(p.says, test.want[i]) {
								t.Errorf("address %d: says %q, want %q", i, p.says, test.want[i])
							}
							// A moved block cannot lead to the other type of resource for associations, and the text says so.
							if other := strings.Contains(p.details, "there is no moved block"); other != (slices.Contains(p.says, saysMoved) && typ != settingName) {
								t.Errorf("address %d: %s", i, p.details)
							}
						}
					})
				})
			}
		}
	}
}

// With -parallelism=1, an address is planned long after the one before it, whose wait for others has ended.
func TestPlans_OneAfterTheOther(t *testing.T) {
	says := func(what ...string) []string { return what }
	for name, c := range map[string]struct {
		first, second bool // whether it is in the configuration; both are in the state, if it is kept
		kept          bool
		want          [][]string
		certificates  [][]string // for certificates, if they differ
	}{
		"destroyed, then kept":    {false, true, true, [][]string{nil, says(saysBoth)}, nil},
		"kept, then destroyed":    {true, false, true, [][]string{nil, says(saysBoth)}, nil},
		"destroyed, then created": {false, true, false, [][]string{nil, says(saysMoved)}, nil},
		"created, then destroyed": {true, false, false, [][]string{nil, says(saysMoved)}, [][]string{says(saysForeign), says(saysMoved)}},
	} {
		for _, typ := range allNames {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					state := h.applied(typ, hostA)
					instances := make([]instance, 2)
					for i, wanted := range []bool{c.first, c.second} {
						instances[i].typ = typ
						if wanted {
							instances[i].config = h.config(typ, hostA)
						}
						if !wanted || c.kept {
							instances[i].state = state
						}
					}
					want := c.want
					if (typ == zoneCertName || typ == hostCertName) && c.certificates != nil {
						want = c.certificates
					}
					for i, p := range h.plan(func(i, _ int) int { return i * 60_000 }, instances...) {
						if !slices.Equal(p.says, want[i]) {
							t.Errorf("address %d: says %q, want %q", i, p.says, want[i])
						}
					}
				})
			})
		}
	}
}

// Only the plan knows that another address creates what this one destroys. If that creation does not begin, the apply still keeps
// the object.
func TestPlans_ADestroyedObjectIsKeptForItsNewAddress(t *testing.T) {
	for typ, says := range map[string]string{
		singleName: saysLeft, assocName: saysLeft, settingName: saysLeft,
		zoneCertName: "Unable to delete zone certificate", hostCertName: "Unable to delete hostname certificate",
	} {
		for name, elsewhere := range map[string]bool{"created elsewhere": true, "destroyed": false} {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					config := h.config(typ, hostA, hostB)
					instances := []instance{{typ: typ, state: h.applied(typ, hostA, hostB)}}
					if elsewhere {
						instances = append(instances, instance{typ: typ, config: config})
					}
					p := h.plan(orders["in order"], instances...)[0]

					h.w.Sim.ClearRequests()
					said := summaries(h.applyPlan(p).Diagnostics)
					var want []string
					if elsewhere {
						want = []string{says}
					}
					if !slices.Equal(said, want) || (h.w.Writes() == 0) != elsewhere {
						t.Errorf("%d writes, and the apply said %q, want %q", h.w.Writes(), said, want)
					}
				})
			})
		}
	}
}

// If zone_id is not known, a plan assumes the zone of the state. If it turns out to be another zone during the apply, which has not
// refreshed the state, the provider refuses that: the plan has not said what happens to the object.
func TestPlans_OfAnotherZone(t *testing.T) {
	const saysOther = "Zone differs from the state"
	elsewhere := strings.Repeat("0", 32)
	for name, c := range map[string]struct {
		zone     tftypes.Value
		blind    bool
		says     []string
		replaced bool
	}{
		"the same":                             {acctest.Text(acctest.Zone), false, nil, false},
		"the same, without a refresh":          {acctest.Text(acctest.Zone), true, nil, false},
		"another one":                          {acctest.Text(elsewhere), false, nil, true},
		"another one, known only in the apply": {acctest.Text(elsewhere), true, []string{saysOther}, true},
		"unknown":                              {tftypes.NewValue(tftypes.String, tftypes.UnknownValue), false, nil, false},
		"unknown, without a refresh":           {tftypes.NewValue(tftypes.String, tftypes.UnknownValue), true, nil, false},
	} {
		for _, typ := range allNames {
			t.Run(typ+"/"+name, func(t *testing.T) {
				onHostnames(t, func(h *hostnamePlans) {
					state := h.applied(typ, hostA)
					config := h.changed(typ, h.config(typ, hostA), "zone_id", c.zone)
					p := h.plan(orders["in order"], instance{typ: typ, state: state, config: config, blind: c.blind})[0]
					if !slices.Equal(p.says, c.says) || p.replaced != c.replaced {
						t.Errorf("says %q, replaced %t; want %q, %t", p.says, p.replaced, c.says, c.replaced)
					}
				})
			})
		}
	}
}

// The id of an object contains the zone, so it is known only when the zone is.
func TestPlans_ACreationInAnUnknownZone(t *testing.T) {
	for _, typ := range allNames {
		t.Run(typ, func(t *testing.T) {
			onHostnames(t, func(h *hostnamePlans) {
				config := h.changed(typ, h.config(typ, hostA), "zone_id", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
				p := h.plan(orders["in order"], instance{typ: typ, config: config})[0]
				if id := h.rpc.Read(p.result.PlannedState, h.rpc.ResourceType(typ))["id"]; id.IsKnown() || len(p.says) > 0 {
					t.Errorf("the plan says %q, and that the id is %s", p.says, id)
				}
			})
		})
	}
}
