package simulator

import (
	"fmt"
	"slices"
	"time"
)

// Preset is the name of a set of values for all options.
type Preset string

// The presets. None of them turns on a fault (stick_…, time_out_…).
const (
	// PresetRecorded is how recorded answers and live tests show the API.
	PresetRecorded Preset = "recorded"
	// PresetDocumented is how Cloudflare's reference and schema describe the API. It differs from PresetRecorded where they
	// contradict the recorded answers.
	PresetDocumented Preset = "documented"
	// PresetStrict chooses the more difficult possibility for a client in every dispute.
	PresetStrict Preset = "strict"
)

// Presets returns the names of all presets.
func Presets() []Preset { return []Preset{PresetRecorded, PresetDocumented, PresetStrict} }

// ParsePreset returns an error for a name that is not one of Presets.
func ParsePreset(name string) (Preset, error) {
	if p := Preset(name); slices.Contains(Presets(), p) {
		return p, nil
	}
	return "", fmt.Errorf("preset %q is not one of recorded, documented, strict", name)
}

// Behaviour returns the options of the preset. It panics if the name is not one of Presets.
func (p Preset) Behaviour() Behaviour {
	switch p {
	case PresetRecorded:
		return Defaults()
	case PresetDocumented:
		return documentedBehaviour()
	case PresetStrict:
		return strictBehaviour()
	}
	panic(fmt.Sprintf("simulator: there is no preset %q", string(p)))
}

// Defaults returns PresetRecorded. Deployments take as long as was measured. Deletions and voids were seen to take
// from ten seconds to minutes, but take two seconds here.
func Defaults() Behaviour {
	return Behaviour{
		DeployAfter:              Duration(700 * time.Millisecond),
		AssociateAfter:           Duration(1400 * time.Millisecond),
		VoidAfter:                Duration(2 * time.Second),
		DeleteAfter:              Duration(2 * time.Second),
		PEMEcho:                  EchoNewline,
		EmptyLists:               EmptyRecorded,
		ListInfo:                 ListInfoRecorded,
		HostnameCertificateQuota: 10,
		AssociationQuota:         100,
	}
}

// rateLimit is Cloudflare's documented limit (section 7).
var rateLimit = Limit{Requests: 1200, Window: Duration(5 * time.Minute), Block: Duration(5 * time.Minute)}

func documentedBehaviour() Behaviour {
	b := Defaults()
	b.PEMEcho = EchoVerbatim
	b.CertificatesShowUpdatedAt = true
	b.CreatedAtAlways = true
	b.DisabledKeepsCertificate = true
	b.MissingLeafText = true
	b.EmptyLists = EmptyArray
	b.ListInfo = ListInfoAll
	b.FailuresCarryResult = true
	b.Limit = rateLimit
	return b
}

// strictBehaviour is also slower than the other presets. Deletions take as long as was observed. Voids and lags take
// as long as a person can be expected to wait.
func strictBehaviour() Behaviour {
	b := Defaults()
	b.VoidAfter, b.DeleteAfter = Duration(10*time.Second), Duration(10*time.Second)
	b.ListLag, b.ReuploadLag = Duration(20*time.Second), Duration(3*time.Second)
	b.StatusLag, b.WriteTakes = Duration(2*time.Second), Duration(200*time.Millisecond)
	b.InitializingFirst = true
	b.ZoneReuploadFreshID = true
	b.BadDeleteIDIs1415 = true
	b.DisabledKeepsCertificate, b.DeployedKeepsCertificate = true, true
	b.MissingLeafText = true
	b.PutAnswersAll = true
	b.VoidShowsDisabled, b.VoidedStayActive = true, true
	b.EchoHostnameAsSent = true
	b.CreatedAtZero = true
	b.PEMEcho = EchoText
	b.DropSerialNumber, b.DropUpdatedAt, b.ExtraFields = true, true, true
	b.EmptyLists = EmptyNull
	b.ListInfo = ListInfoAll
	b.SettingsAnswer202 = true
	b.HostnameRowsAreAssociations = true
	b.PagedListStatus = 404
	b.ConflictOnOverlap = true
	b.Limit = rateLimit
	return b
}
