package simulator

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestStatusLag checks that for a while after a write, reads show the former state.
func TestStatusLag(t *testing.T) {
	const lag = 5 * time.Second
	h := start(t, func(b *Behaviour) { b.StatusLag = Duration(lag) })
	for kind, path := range kinds {
		certPEM, keyPEM := newPair(t, "one")
		id := h.upload(kind, certPEM, keyPEM)
		h.do("GET", path+"/"+id, "").wantStatus(t, statusPendingDeployment) // there is no former state to show
		h.later(2 * time.Second)
		h.do("DELETE", path+"/"+id, "").wantStatus(t, statusPendingDeletion) // the answer to the write does not lag
		h.do("GET", path+"/"+id, "").wantStatus(t, statusActive)
		if rows := h.do("GET", path, "").rows; len(rows) != 1 || rows[0]["status"] != statusActive {
			t.Errorf("%s is listed as %v", kind, rows)
		}
		h.later(lag)
		h.do("GET", path+"/"+id, "").wantStatus(t, statusDeleted)
		h.do("POST", path, uploadBody(certPEM, keyPEM)).wantStatus(t, statusPendingDeployment)
		h.do("GET", path+"/"+id, "").wantStatus(t, statusDeleted)
		h.later(lag)
		h.do("GET", path+"/"+id, "").wantStatus(t, statusActive)
	}
}

func TestStatusLagOfAssociations(t *testing.T) {
	const lag = 5 * time.Second
	h := start(t, func(b *Behaviour) { b.StatusLag, b.TimeOutAssociations = Duration(lag), true })
	one, two := h.deployed(HostnameCertificate), h.deployed(HostnameCertificate)
	read := func(id, status string) {
		t.Helper()
		single := h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, status)
		listed := h.do("GET", hostnamePath+"?status=all", "").rows
		if single.str("cert_id") != id || len(listed) != 1 || listed[0]["cert_id"] != id || listed[0]["status"] != status {
			t.Errorf("want id %s with status %s; GET shows %v, the list shows %v", id, status, single.fields, listed)
		}
	}
	h.put(row(api, one, yes))
	read(one, statusPendingDeployment)
	h.later(lag)
	read(one, statusDeploymentTimedOut)

	h.s.Behave(func(b *Behaviour) { b.TimeOutAssociations = false })
	if answer := h.put(row(api, two, yes)); answer.rows[0]["status"] != statusPendingDeployment || answer.rows[0]["cert_id"] != two {
		t.Errorf("PUT answers %v", answer.rows)
	}
	h.later(lag - time.Second)
	read(one, statusDeploymentTimedOut)
	h.later(time.Second)
	read(two, statusActive)

	h.put(row(api, two, nil))
	h.later(lag - time.Second) // the void has finished
	read(two, statusActive)
	h.later(time.Second)
	h.do("GET", hostnamePath+"/"+api, "").want(t, 404, 1553)
}

// TestVoidedStayActive checks the behaviour that LDP reports, in the list and in single reads.
func TestVoidedStayActive(t *testing.T) {
	h := start(t, func(b *Behaviour) { b.VoidedStayActive = true })
	id := h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, api, id, true)
	h.put(row(api, id, nil)).want(t, 200, 0)
	h.later(2 * time.Second)
	for _, query := range []string{"", "?status=active", "?status=all"} {
		rows := h.do("GET", hostnamePath+query, "").want(t, 200, 0).rows
		if len(rows) != 1 || rows[0]["enabled"] != nil || rows[0]["status"] != statusActive || rows[0]["cert_id"] != id {
			t.Errorf("%q lists %v", query, rows)
		}
	}
	single := h.do("GET", hostnamePath+"/"+api, "").wantStatus(t, statusActive)
	if enabled, there := single.fields["enabled"]; !there || enabled != nil {
		t.Errorf("GET shows %v", single.fields)
	}
	h.do("DELETE", certPath+"/"+id, "").want(t, 200, 0)
	if len(h.s.Dump().Zones[zoneA].Associations) != 0 {
		t.Error("the dump still has a voided association")
	}
	if _, source, ok := h.s.Presents(zoneA, api); ok || source != SourceNone {
		t.Errorf("the edge presents from %s", source)
	}
}

func TestSingleOptions(t *testing.T) {
	caPEM, caKey := newPair(t, "ca", asCA)
	h := start(t, func(b *Behaviour) {
		b.SettingsAnswer202, b.MissingLeafText, b.FailuresCarryResult, b.CertificatesShowUpdatedAt = true, true, true, true
	})
	h.do("GET", settingsPath, "").want(t, 202, 0)
	h.do("PUT", settingsPath, enable).want(t, 200, 0)
	refusal := h.do("POST", certPath, uploadBody(caPEM, caKey)).want(t, 400, errMissingLeaf.Code)
	if !strings.Contains(refusal.raw, "missing leaf certificate") || !strings.Contains(refusal.raw, `"result":null`) {
		t.Errorf("the rejection of a CA is %s", refusal.raw)
	}
	id := h.deployed(ZoneCertificate)
	if at := h.do("GET", zonePath+"/"+id, "").str("updated_at"); at != "2026-11-23T12:00:02.123456Z" {
		t.Errorf("updated_at is %q", at)
	}
}

// TestPresets checks that each preset is valid, differs from the others, and has no faults.
func TestPresets(t *testing.T) {
	seen := map[string]Preset{}
	for _, p := range Presets() {
		parsed, err := ParsePreset(string(p))
		if err != nil || parsed != p {
			t.Errorf("%s is parsed as %s, %v", p, parsed, err)
		}
		b := p.Behaviour()
		if err := b.Validate(); err != nil {
			t.Errorf("%s: %v", p, err)
		}
		shown := string(encode(b))
		if other, there := seen[shown]; there {
			t.Errorf("%s is %s", p, other)
		}
		seen[shown] = p
		for i := range reflect.TypeFor[Behaviour]().NumField() {
			name := reflect.TypeFor[Behaviour]().Field(i).Name
			if fault := strings.HasPrefix(name, "Stick") || strings.HasPrefix(name, "TimeOut"); fault && reflect.ValueOf(b).Field(i).Bool() {
				t.Errorf("%s has the fault %s", p, name)
			}
		}
		h := &harness{t: t, clock: &testClock{now: time.Now()}}
		b.WriteTakes = 0
		h.s = New(Options{Now: h.clock.Now, Behaviour: b})
		id := h.deployed(ZoneCertificate)
		h.do("GET", zonePath+"/"+id, "").wantStatus(t, statusActive)
	}
	if _, err := ParsePreset("lenient"); err == nil {
		t.Error("a preset without a name is accepted")
	}
	panics(t, func() { Preset("lenient").Behaviour() })
	if !reflect.DeepEqual(PresetRecorded.Behaviour(), Defaults()) {
		t.Error("recorded is not the default")
	}
}

// TestStrictIsUnkindThroughout lists the options for which strict has the same value as recorded, with the reason for each.
func TestStrictIsUnkindThroughout(t *testing.T) {
	same := map[string]string{
		"DeployAfter": "measured", "AssociateAfter": "measured", "TombstoneFor": "a tombstone for ever asks more of a client than its end",
		"Latency": "no dispute", "ActiveAtOnce": "the kind side", "DeletedIs404": "the kind side", "GoneAtOnce": "the kind side",
		"VoidedIsNull": "VoidedStayActive wins over it", "CreatedAtAlways": "the kind side", "RefuseHostnames": "no dispute",
		"CertificatesShowUpdatedAt": "the kind side", "FailuresCarryResult": "refused either way",
		"HostnameCertificateQuota": "documented", "AssociationQuota": "documented", "Tokens": "no dispute",
	}
	recorded, strict := reflect.ValueOf(Defaults()), reflect.ValueOf(PresetStrict.Behaviour())
	for i := range recorded.NumField() {
		name := recorded.Type().Field(i).Name
		if strings.HasPrefix(name, "Stick") || strings.HasPrefix(name, "TimeOut") {
			continue
		}
		unchanged := reflect.DeepEqual(recorded.Field(i).Interface(), strict.Field(i).Interface())
		if _, excused := same[name]; unchanged != excused {
			t.Errorf("%s: unchanged is %v, excused is %v", name, unchanged, excused)
		}
	}
}
