package faults

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	state "github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// scenario is a combination of faults that lasts from the first request to the last.
type scenario struct {
	name   string
	faults []simulator.Fault
}

// stubborn is for scenarios in which half of all attempts fail. With the default of ten retries, one request in 2,000
// would fail for good, and so would one such test in thirty.
const stubborn = "  max_retries = 20"

func (s scenario) String() string { return s.name }

func scenarios() []scenario {
	draw := chance("scenarios")
	return []scenario{
		{
			name:   "every 2nd answer lost",
			faults: []simulator.Fault{{Every: 2, Do: simulator.Action{ResetAfter: true}}},
		},
		{
			name: "1 in 3 lost and 1 in 4 a 500",
			faults: []simulator.Fault{
				{Probability: 1.0 / 3, Seed: draw.Int64(), Do: simulator.Action{ResetAfter: true}},
				{Probability: 1.0 / 4, Seed: draw.Int64(), Do: simulator.Action{Status: 500}},
			},
		},
		{
			name: "HTML 502s and resets before the work",
			faults: []simulator.Fault{
				{Every: 3, Do: simulator.Action{Status: 502, HTML: true}},
				{Every: 4, Do: simulator.Action{ResetBefore: true}},
			},
		},
		{
			name: "answers cut off and 429s",
			faults: []simulator.Fault{
				{Every: 3, Do: simulator.Action{Truncate: true}},
				{Every: 4, Do: simulator.Action{Status: 429, Code: 971}},
				{Every: 40, Times: 3, Do: simulator.Action{Status: 429, Code: 971, RetryAfter: "1"}},
			},
		},
		{
			name: "slow answers",
			faults: []simulator.Fault{
				{Every: 2, Do: simulator.Action{Delay: simulator.Duration(100 * time.Millisecond)}},
				{Every: 9, Do: simulator.Action{Delay: simulator.Duration(300 * time.Millisecond), ResetAfter: true}},
			},
		},
	}
}

// worldOf starts a world with the faults of a scenario. In every scenario, writes that overlap conflict.
func (s scenario) worldOf(t *testing.T) *acctest.World {
	t.Helper()
	w := acctest.New(t, overlapping)
	for _, f := range s.faults {
		w.Sim.AddFault(f)
	}
	return w
}

// wholeZone is 3 certificates, 8 associations and the setting, as HCL.
func wholeZone(t *testing.T) string {
	t.Helper()
	return acctest.ZoneOf(t, "", 2, acctest.Hostnames("h%d.example.com", 8))
}

// isWhole checks that the API holds exactly what wholeZone says.
func isWhole(w *acctest.World) error {
	z, live := w.State(), len(w.Live())
	if live != 3 || len(z.Associations) != 8 || !z.Enabled {
		return fmt.Errorf("%d certificates, %d associations, setting %v; want 3, 8, true", live, len(z.Associations), z.Enabled)
	}
	return acctest.EverythingActive(w)
}

// The CLI runs the provider in process: apply, plan and destroy all succeed at the first attempt.
func TestAccScenarios(t *testing.T) {
	printSeed(t)
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			w := s.worldOf(t)
			w.Run(t, resource.TestStep{
				Config: w.Provider(stubborn) + wholeZone(t),
				Check: func(now *state.State) error {
					return errors.Join(isWhole(w), everyIDKnown(w, now))
				},
			})
			faulty := 0
			for _, r := range w.Sim.Requests() {
				if r.Fault != "" {
					faulty++
				}
			}
			t.Logf("%d of %d requests were hit", faulty, len(w.Sim.Requests()))
			if faulty < 10 {
				t.Errorf("only %d requests were hit", faulty)
			}
		})
	}
}

// everyIDKnown fails if the API has a certificate that is not in the state.
func everyIDKnown(w *acctest.World, now *state.State) error {
	known := map[string]bool{}
	for _, r := range now.RootModule().Resources {
		known[r.Primary.ID] = true
	}
	for _, c := range w.Live() {
		if !known[c.ID] {
			return fmt.Errorf("certificate %s (%s) is in no state", c.ID, c.Subject)
		}
	}
	return nil
}

// The same scenarios, with the real binary and its real pauses.
func TestAccScenariosWithTheBinary(t *testing.T) {
	printSeed(t)
	for _, s := range share("binary", scenarios()[:2], 1) {
		t.Run(s.name, func(t *testing.T) {
			w := s.worldOf(t)
			cli := w.CLI(t)
			t.Parallel()
			cli.Write("main.tf", "provider \"origintls\" {\n"+stubborn+"\n}\n"+wholeZone(t))
			cli.Apply()
			acctest.WantNoError(t, isWhole(w))
			cli.Destroy()
			w.WantNothingLive()
		})
	}
}
