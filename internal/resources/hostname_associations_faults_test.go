package resources_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Rows that may exist at Cloudflare stay in the state, even if the apply that wrote them failed. So a destroy voids them, and
// so does removing them from the configuration.
func TestAccAssociations_RowsOfAFailedApplyAreNotForgotten(t *testing.T) {
	const soon = "  timeouts {\n    create = \"2s\"\n    update = \"2s\"\n  }\n}\n"
	for name, fail := range map[string]struct {
		on  func(w *acctest.World)
		off func(w *acctest.World)
	}{
		"our own timeout": {
			func(w *acctest.World) { w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = true }) },
			func(w *acctest.World) { w.Sim.Behave(func(b *simulator.Behaviour) { b.StickAssociations = false }) },
		},
		"timed out at Cloudflare": {
			func(w *acctest.World) { w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations = true }) },
			func(w *acctest.World) { w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutAssociations = false }) },
		},
		"answered 500 in the envelope after the work": {
			func(w *acctest.World) {
				w.Sim.AddFault(simulator.Fault{Method: "PUT", Path: "/hostnames$", Do: simulator.Action{Status: 500, Code: 1000, Message: "internal error", WorkFirst: true}})
			},
			func(w *acctest.World) { w.Sim.ClearFaults() },
		},
	} {
		hosts := map[string]string{"a.example.com": "c0", "b.example.com": "c0"}
		config := func(w *acctest.World, pair certtest.Pair, hosts map[string]string) string {
			bulk := associations(hosts)
			return w.Provider("max_retries = 1") + acctest.Certificate("hostname", "c0", pair) + bulk[:len(bulk)-len("}\n")] + soon
		}
		kept := func(s *terraform.State) error {
			attributes := s.RootModule().Resources[assocs].Primary.Attributes
			if attributes["associations.%"] != "2" {
				return fmt.Errorf("the state holds %s associations", attributes["associations.%"])
			}
			return nil
		}
		t.Run("create/"+name, func(t *testing.T) {
			w := acctest.New(t)
			pair := certtest.Leaf(t, "c0")
			w.Run(
				t,
				resource.TestStep{
					PreConfig:   func() { fail.on(w) },
					Config:      config(w, pair, hosts),
					ExpectError: acctest.Says("Unable to create hostname associations"),
				},
				resource.TestStep{ // rows that the refresh finds stay in the state, and the destroy at the end of the test voids them
					PreConfig: func() { fail.off(w) }, RefreshState: true, ExpectNonEmptyPlan: true, Check: kept,
				},
			)
		})
		t.Run("update/"+name, func(t *testing.T) {
			w := acctest.New(t)
			pair := certtest.Leaf(t, "c0")
			one := map[string]string{"a.example.com": "c0"}
			w.Run(
				t,
				resource.TestStep{Config: config(w, pair, one)},
				resource.TestStep{
					PreConfig:   func() { fail.on(w) },
					Config:      config(w, pair, hosts),
					ExpectError: acctest.Says("Unable to update hostname associations"),
				},
				resource.TestStep{ // removing the row from the configuration voids it
					PreConfig: func() { fail.off(w) },
					Config:    config(w, pair, one), Check: w.Check(serving(one)),
					ConfigPlanChecks: planned(assocs, plancheck.ResourceActionUpdate),
				},
			)
		})
		t.Run("update and again/"+name, func(t *testing.T) {
			w := acctest.New(t)
			pair := certtest.Leaf(t, "c0")
			w.Run(
				t,
				resource.TestStep{Config: config(w, pair, map[string]string{"a.example.com": "c0"})},
				resource.TestStep{
					PreConfig:   func() { fail.on(w) },
					Config:      config(w, pair, hosts),
					ExpectError: acctest.Says("Unable to update hostname associations"),
				},
				resource.TestStep{ // the provider does not take the former failure for one of this write
					PreConfig: func() {
						fail.off(w)
						w.Sim.Behave(func(b *simulator.Behaviour) { b.StatusLag = simulator.Duration(300e6) })
					},
					Config: config(w, pair, hosts), Check: w.Check(serving(hosts)),
				},
				resource.TestStep{Config: config(w, pair, hosts), PlanOnly: true},
			)
		})
	}
}
