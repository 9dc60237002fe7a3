package simulator

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// recorded returns a file of testdata/recorded.
func recorded(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", name))
	noError(t, err)
	return string(data)
}

// replay sends requests at the times at which they were recorded.
type replay struct {
	*harness
	id, recordedID string
}

// at sends a request at a time, and compares the answer with a recorded body, byte by byte.
func (r *replay) at(when, name, method, path, body string) {
	r.t.Helper()
	moment, err := time.Parse(time.RFC3339Nano, when)
	noError(r.t, err)
	r.clock.mu.Lock()
	r.clock.now = moment
	r.clock.mu.Unlock()
	fill := strings.NewReplacer("{id}", r.id)
	answer := r.do(method, fill.Replace(path), fill.Replace(body)).want(r.t, 200, 0)
	if r.id == "" {
		r.id = answer.str("id")
	}
	got := answer.raw
	if r.id != "" {
		got = strings.ReplaceAll(got, r.id, r.recordedID)
	}
	if want := strings.TrimSpace(recorded(r.t, name+".json")); got != want {
		r.t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
	}
}

func newReplay(t *testing.T, recordedID string) *replay {
	t.Helper()
	return &replay{recordedID: recordedID, harness: start(t, func(b *Behaviour) { *b = Defaults() }, func(b *Behaviour) {
		// Deployments take exactly as long as they did in the recording, to the microsecond.
		b.DeployAfter, b.AssociateAfter = Duration(720157*time.Microsecond), Duration(1413254*time.Microsecond)
	})}
}

// TestRecordedLife replays the life of both kinds of certificate, of an association and of the setting, as it was recorded on
// the real API on 2022-05-24 (source CMM). It compares every body byte by byte. In the bodies, our own certificates, ids and
// hostnames replace the masked ones.
func TestRecordedLife(t *testing.T) {
	t.Run("zone", func(t *testing.T) {
		r := newReplay(t, "73c8b5a1-6c0f-4e0b-9d55-0a4a4a3d8c11")
		// Like the transcript's script, this sends the text without the newline at its end.
		pair := uploadBody(strings.TrimSpace(recorded(t, "zone.pem")), strings.TrimSpace(recorded(t, "zone.key")))
		one := zonePath + "/{id}"
		r.at("2022-05-24T16:57:16.801883Z", "zone_post", "POST", zonePath, pair)
		r.at("2022-05-24T16:58:00Z", "zone_get_active", "GET", one, "")
		r.at("2022-05-24T16:59:00Z", "setting_put_true", "PUT", settingsPath, `{"enabled":true}`)
		r.at("2022-05-24T16:59:10Z", "setting_get", "GET", settingsPath, "")
		r.at("2022-05-24T17:00:00Z", "setting_put_false", "PUT", settingsPath, `{"enabled":false}`)
		r.at("2022-05-24T17:01:00Z", "zone_delete", "DELETE", one, pair) // the API accepts a DELETE with a body
		r.at("2022-05-24T17:01:30Z", "zone_get_deleted", "GET", one, pair)
	})
	t.Run("hostname", func(t *testing.T) {
		r := newReplay(t, "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60")
		pair := uploadBody(strings.TrimSpace(recorded(t, "hostname.pem")), strings.TrimSpace(recorded(t, "hostname.key")))
		const row = `{"config":[{"hostname":"client.example.com","cert_id":"{id}","enabled":`
		one, association := certPath+"/{id}", hostnamePath+"/client.example.com"
		r.at("2022-05-24T18:03:17.950644Z", "hostname_post", "POST", certPath, pair)
		r.at("2022-05-24T18:04:00Z", "hostname_get_active", "GET", one, "")
		r.at("2022-05-24T18:08:10.64646Z", "association_put_create", "PUT", hostnamePath, row+`true}]}`)
		r.at("2022-05-24T18:09:00Z", "association_get_active", "GET", association, "")
		r.at("2022-05-24T18:09:59.585901Z", "association_put_change", "PUT", hostnamePath, row+`false}]}`)
		r.at("2022-05-24T18:11:00Z", "hostname_delete", "DELETE", one, pair) // the association has not been voided before
		r.at("2022-05-24T18:11:30Z", "hostname_get_deleted", "GET", one, pair)
	})
}
