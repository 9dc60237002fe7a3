package resources_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// numbered returns n hostnames.
func numbered(n int) (hostnames []string) {
	for i := range n {
		hostnames = append(hostnames, fmt.Sprintf("h%d.example.com", i))
	}
	return hostnames
}

// What the configuration of the bulk resource shows is refused before anything is planned. What is not known yet is not.
func TestBulk_Validation(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		typ := b.rpc.ResourceType(assocName).(tftypes.Object).AttributeTypes["associations"].(tftypes.Map)
		rows := func(hostnames ...string) map[string]tftypes.Value {
			all := map[string]tftypes.Value{}
			acctest.NoError(b.t, b.rowsOf(b.id, hostnames...)["associations"].As(&all))
			return all
		}
		with := func(all map[string]tftypes.Value, hostname string, row any) tftypes.Value {
			all[hostname] = tftypes.NewValue(typ.ElementType, row)
			return tftypes.NewValue(typ, all)
		}
		unknown := func(hostnames []string) tftypes.Value {
			all := map[string]tftypes.Value{}
			for _, hostname := range hostnames {
				all[hostname] = tftypes.NewValue(typ.ElementType, map[string]tftypes.Value{
					"certificate_id": tftypes.NewValue(tftypes.String, tftypes.UnknownValue), "enabled": tftypes.NewValue(tftypes.Bool, nil),
				})
			}
			return tftypes.NewValue(typ, all)
		}
		for name, c := range map[string]struct {
			associations tftypes.Value
			refused      []string
		}{
			"as many as a certificate may have": {tftypes.NewValue(typ, rows(numbered(client.CertificateAssociationLimit)...)), nil},
			"one more":                          {tftypes.NewValue(typ, rows(numbered(client.CertificateAssociationLimit+1)...)), []string{"Too many hostnames on one certificate"}},
			"one more, but none is known":       {unknown(numbered(client.CertificateAssociationLimit + 1)), nil},
			"none":                              {tftypes.NewValue(typ, rows()), nil},
			"unknown":                           {tftypes.NewValue(typ, tftypes.UnknownValue), nil},
			"an unknown row":                    {with(rows("not a hostname"), hostA, tftypes.UnknownValue), []string{"Invalid hostname"}},
			"a null row":                        {with(rows(hostB), hostA, nil), []string{"Missing association"}},
			"no certificate":                    {with(rows(hostB), hostA, map[string]tftypes.Value{"certificate_id": tftypes.NewValue(tftypes.String, nil), "enabled": tftypes.NewValue(tftypes.Bool, nil)}), []string{"Missing certificate id"}},
			"no hostname":                       {tftypes.NewValue(typ, rows("not a hostname")), []string{"Invalid hostname"}},
			"one hostname twice":                {tftypes.NewValue(typ, rows(hostA, strings.ToUpper(hostA))), []string{"Duplicate hostname"}},
		} {
			answer, err := b.rpc.ValidateResourceConfig(b.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: assocName, Config: b.object(assocName, acctest.Attributes{"associations": c.associations}, nil),
			})
			acctest.NoError(b.t, err)
			if said := summaries(answer.Diagnostics); !slices.Equal(said, c.refused) {
				b.t.Errorf("%s: says %q, want %q", name, said, c.refused)
			}
		}
	})
}

// Without the API's list, a refresh reads each hostname, ten at a time.
func TestBulk_ReadsTenAtATime(t *testing.T) {
	onBulk(t, func(b *bulkStage) {
		hostnames := numbered(25)
		b.comesThrough(b.apply(hostnames...))
		b.w.Sim.AddFault(simulator.Fault{Method: "GET", Path: `/hostnames/[^/]+\.com$`, Do: simulator.Action{Delay: simulator.Duration(10 * time.Second)}})
		started := time.Now()
		b.refresh()
		if took := time.Since(started); took != 30*time.Second {
			b.t.Errorf("25 hostnames, each of which takes ten seconds, took %s, want thirty seconds", took)
		}
		slices.Sort(hostnames)
		b.holds(hostnames, hostnames)
	}, func(b *simulator.Behaviour) { b.PagedListStatus = 405 })
}

// Upper and lower case of a hostname make no difference to a plan.
func TestPlans_OfAnotherSpelling(t *testing.T) {
	for _, typ := range []string{singleName, assocName} {
		onHostnames(t, func(h *hostnamePlans) {
			p := h.plan(orders["in order"], instance{typ: typ, state: h.applied(typ, hostA), config: h.config(typ, strings.ToUpper(hostA))})[0]
			if p.replaced || len(p.says) > 0 {
				h.t.Errorf("%s: replaced %t, says %q", typ, p.replaced, p.says)
			}
			if typ == singleName && !h.rpc.Equal(p.result.PlannedState, p.state, h.rpc.ResourceType(typ)) {
				h.t.Errorf("the plan changes %v to %v", p.state, p.result.PlannedState)
			}
			h.w.Sim.ClearRequests()
			_, diags := h.w.RPC().Apply(typ, p.config, p.state)
			h.rpc.NoError(diags)
			if h.w.Writes() > 0 {
				h.t.Errorf("%s: %d writes were sent", typ, h.w.Writes())
			}
		})
	}
}

// A hostname that is not known yet may be another one.
func TestPlans_OfAnUnknownHostname(t *testing.T) {
	onHostnames(t, func(h *hostnamePlans) {
		config := h.changed(singleName, h.config(singleName, hostA), "hostname", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
		p := h.plan(orders["in order"], instance{typ: singleName, state: h.applied(singleName, hostA), config: config})[0]
		if id := h.rpc.Read(p.result.PlannedState, h.rpc.ResourceType(singleName))["id"]; !p.replaced || len(p.says) > 0 || id.IsKnown() {
			h.t.Errorf("replaced %t, says %q, id %s", p.replaced, p.says, id)
		}
	})
}

// A text names ten hostnames at most.
func TestPlans_ManyHostnamesThatMove(t *testing.T) {
	for n, more := range map[int]string{10: "h9.example.com)", 12: "h7.example.com and 2 more)"} {
		onHostnames(t, func(h *hostnamePlans) {
			hostnames := numbered(n)
			p := h.plan(orders["in order"], instance{typ: assocName, state: h.applied(assocName, hostnames...)}, instance{typ: assocName, config: h.config(assocName, hostnames...)})[0]
			if !slices.Equal(p.says, []string{saysMoved}) || !strings.Contains(p.details, more) {
				h.t.Errorf("%d hostnames: says %q: %s", n, p.says, p.details)
			}
		})
	}
}

// While Terraform validates, it knows no variable and no resource. So a row that depends on one is not known as a whole, and may be right. It
// may still be unknown in the plan.
func TestAccAssociations_RowsThatAreNotKnownYet(t *testing.T) {
	for name, row := range map[string]string{
		"at validation": `var.second ? { certificate_id = origintls_hostname_certificate.c1.id } : { certificate_id = origintls_hostname_certificate.c0.id }`,
		"in the plan":   `terraform_data.second.output ? { certificate_id = origintls_hostname_certificate.c1.id } : { certificate_id = origintls_hostname_certificate.c0.id }`,
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			hcl := w.Provider() + acctest.Certificate("hostname", "c0", certtest.Leaf(t, "c0")) + acctest.Certificate("hostname", "c1", certtest.Leaf(t, "c1")) + fmt.Sprintf(`
variable "second" {}

resource "terraform_data" "second" {
  input = var.second
}

resource "origintls_hostname_associations" "all" {
  zone_id      = %q
  associations = { for hostname in ["a.example.com", "b.example.com"] : hostname => %s }
}
`, acctest.Zone, row)
			second := func(yes bool) config.Variables { return config.Variables{"second": config.BoolVariable(yes)} }
			both := func(certificate string) func(*acctest.World) error {
				return serving(map[string]string{"a.example.com": certificate, "b.example.com": certificate})
			}
			w.Run(
				t,
				resource.TestStep{Config: hcl, ConfigVariables: second(false), Check: w.Check(both("c0"))},
				resource.TestStep{Config: hcl, ConfigVariables: second(true), Check: w.Check(both("c1"))},
			)
		})
	}
}

// A hostname moves from a resource of its own into a row of which only the hostname is known in the plan. It is served all the time,
// although the rest becomes known only a second after the destruction could begin, and although the API takes long during the plan.
func TestAccAssociations_AHostnameMovesIntoARowThatIsNotKnownYet(t *testing.T) {
	w := acctest.New(t, acctest.Takes(time.Second))
	w.Quiet = 2 * time.Second // a CLI on a busy machine may take long from the plan of one address to the plan of the next
	slow := simulator.Fault{Method: "GET", Path: "/origin_tls_client_auth$", Times: 1, Do: simulator.Action{Delay: simulator.Duration(4 * time.Second)}}
	certificates := w.Provider() + acctest.Certificate("hostname", "c0", certtest.Leaf(t, "c0")) + acctest.Certificate("hostname", "c1", certtest.Leaf(t, "c1"))
	w.Run(
		t,
		resource.TestStep{Config: certificates + acctest.Association("a", "a.example.com", "c0"), Check: w.Check(serving(map[string]string{"a.example.com": "c0"}))},
		resource.TestStep{
			PreConfig: func() { w.Sim.AddFault(slow) },
			Config: certificates + acctest.Certificate("zone", "slow", certtest.Leaf(t, "slow")) + fmt.Sprintf(`
resource "terraform_data" "second" {
  input      = true
  depends_on = [origintls_zone_certificate.slow]
}

resource "origintls_hostname_associations" "all" {
  zone_id = %q
  associations = {
    "a.example.com" = terraform_data.second.output ? { certificate_id = origintls_hostname_certificate.c1.id } : { certificate_id = origintls_hostname_certificate.c0.id }
  }
}
`, acctest.Zone),
			Check: w.Check(func(w *acctest.World) error {
				for _, put := range acctest.Puts(t, w.Sim.Requests()) {
					for _, row := range put.Rows {
						if row.Enabled == nil {
							return fmt.Errorf("%s was void in between", row.Hostname)
						}
					}
				}
				return serving(map[string]string{"a.example.com": "c1"})(w)
			}),
		},
	)
}
