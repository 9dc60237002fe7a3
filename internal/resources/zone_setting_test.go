package resources_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const zoneSetting = "origintls_zone_setting.this"

func enabled(want bool) func(*acctest.World) error {
	return func(w *acctest.World) error {
		if w.State().Enabled != want {
			return fmt.Errorf("the setting is %v, want %v", !want, want)
		}
		return nil
	}
}

func TestAccSetting_Lifecycle(t *testing.T) {
	w := acctest.New(t)
	w.Run(
		t,
		resource.TestStep{Config: w.Provider() + acctest.Setting(true), Check: w.Check(enabled(true))},
		resource.TestStep{ResourceName: zoneSetting, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: importID(zoneSetting, "zone_id")},
		resource.TestStep{ // somebody else has changed the setting
			PreConfig: func() { w.Sim.SetSetting(acctest.Zone, false) },
			Config:    w.Provider() + acctest.Setting(true), ConfigPlanChecks: planned(zoneSetting, plancheck.ResourceActionUpdate), Check: w.Check(enabled(true)),
		},
		resource.TestStep{
			Config: w.Provider() + acctest.Setting(false), ConfigPlanChecks: planned(zoneSetting, plancheck.ResourceActionUpdate), Check: w.Check(enabled(false)),
		},
		resource.TestStep{ // destroyed while it is on; NothingLive checks that it is off
			Config: w.Provider() + acctest.Setting(true), Check: w.Check(enabled(true)),
		},
	)
}

func TestAccSetting_Import(t *testing.T) {
	w := acctest.New(t)
	w.Sim.SetSetting(acctest.Zone, true)
	config := func(id string) string {
		return w.Provider() + acctest.Setting(true) + fmt.Sprintf("import {\n to = %s\n id = %q\n}\n", zoneSetting, id)
	}
	refused := func(id string) resource.TestStep {
		return resource.TestStep{Config: config(id), ExpectError: acctest.Says("Invalid import id",
			fmt.Sprintf("The id %q does not have the form zone_id, where zone_id is 32 hexadecimal digits.", id))}
	}
	w.Run(
		t,
		refused("nope"), refused(acctest.Zone+"/"), refused(acctest.Zone+"/x"),
		resource.TestStep{Config: config(acctest.Zone), ConfigPlanChecks: planned(zoneSetting, plancheck.ResourceActionNoop)},
	)
}
