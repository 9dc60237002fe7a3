package acctest

import (
	"os"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
)

// PresetVariable is the environment variable with the simulator's preset for tests that do not choose one themselves:
// recorded (the default), documented or strict.
const PresetVariable = "ORIGINTLS_PRESET"

// failer is what testing.T has in common with rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Preset returns the preset of PresetVariable. It fails the test if there is no preset of that name.
func Preset(t failer) simulator.Preset {
	t.Helper()
	name := os.Getenv(PresetVariable)
	if name == "" {
		return simulator.PresetRecorded
	}
	preset, err := simulator.ParsePreset(name)
	if err != nil {
		t.Fatalf("%s: %v", PresetVariable, err)
	}
	return preset
}

// Behaviour returns Preset with a fast clock. Deployments and deletions take after, voids a third longer, and the preset's
// delays take fractions of that. It has no rate limit, because the windows of a rate limit are minutes of real time.
func Behaviour(t failer, after time.Duration) simulator.Behaviour {
	t.Helper()
	b := Preset(t).Behaviour()
	d := simulator.Duration(after)
	b.DeployAfter, b.AssociateAfter, b.VoidAfter, b.DeleteAfter = d, d, d*4/3, d
	for lag, fast := range map[*simulator.Duration]simulator.Duration{
		&b.ListLag: 3 * d, &b.ReuploadLag: d / 2, &b.StatusLag: d / 2, &b.WriteTakes: simulator.Duration(3 * time.Millisecond),
	} {
		if *lag > 0 {
			*lag = fast
		}
	}
	b.Limit = simulator.Limit{}
	return b
}
