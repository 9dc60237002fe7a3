package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const (
	recordedZoneID     = "73c8b5a1-6c0f-4e0b-9d55-0a4a4a3d8c11"
	recordedHostnameID = "2458ce5a-0c35-4c7f-82c7-8e9487d3ff60"
)

// TestAccRecordedBodiesAreRead serves recorded bodies of the real API (internal/simulator/testdata/recorded), which the
// simulator reproduces, to the provider. It checks the values that the provider reads from them.
func TestAccRecordedBodiesAreRead(t *testing.T) {
	bodies := map[string]string{
		"/" + recordedZoneID:                            "zone_get_active",
		"/hostnames/certificates/" + recordedHostnameID: "hostname_get_active",
		"/hostnames/client.example.com":                 "association_get_active",
		"/settings":                                     "setting_get",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/client/v4/zones/"+acctest.Zone+"/origin_tls_client_auth")
		w.Header().Set("Content-Type", "application/json")
		if name, ok := bodies[path]; ok && r.Method == http.MethodGet {
			_, _ = io.WriteString(w, acctest.ReadFile(t, filepath.Join("..", "..", "simulator", "testdata", "recorded", name+".json")))
			return
		}
		w.WriteHeader(http.StatusNotFound) // also for the list of associations, because no answer of it was recorded
		_, _ = w.Write([]byte(`{"success":false,"errors":[{"code":7003,"message":"Could not route"}],"messages":[],"result":null}`))
	}))
	t.Cleanup(server.Close)
	w := &acctest.World{T: t, URL: server.URL + "/client/v4"}
	cli := w.CLI(t)
	t.Parallel()
	cli.Write("main.tf", fmt.Sprintf(`
data "origintls_zone_certificate" "it" {
  zone_id = %[1]q
  id      = %[2]q
}
data "origintls_hostname_certificate" "it" {
  zone_id = %[1]q
  id      = %[3]q
}
data "origintls_hostname_association" "it" {
  zone_id  = %[1]q
  hostname = "client.example.com"
}
data "origintls_zone_setting" "it" {
  zone_id = %[1]q
}
output "all" {
  value = [data.origintls_zone_certificate.it, data.origintls_hostname_certificate.it, data.origintls_hostname_association.it, data.origintls_zone_setting.it]
}
`, acctest.Zone, recordedZoneID, recordedHostnameID))
	cli.Apply()
	var all []map[string]any
	acctest.NoError(t, json.Unmarshal([]byte(cli.Must(0, "output", "-json", "all")), &all))
	for i, want := range []map[string]any{
		{
			"status": "active", "issuer": "CN=Intermediate CA,OU=Intermediate CA,L=San Francisco,ST=CA,C=US", "signature": "ECDSA-SHA256",
			"serial_number": "364027147676626726289571183730041490650282141970", "uploaded_on": "2022-05-24T16:57:16.801883Z", "expires_on": "2032-05-21T16:51:00Z",
		},
		{
			"status": "active", "serial_number": "584692600676493439512096317492143492518858226170",
			"uploaded_on": "2022-05-24T18:03:17.950644Z", "expires_on": "2032-05-21T17:51:00Z",
		},
		{
			"status": "active", "certificate_id": recordedHostnameID, "enabled": true, "certificate_status": "active",
			"created_at": "2022-05-24T18:08:10.64646Z", "updated_at": "2022-05-24T18:08:12.059714Z", "certificate_expires_on": "2032-05-21T17:51:00Z",
		},
		{"enabled": true},
	} {
		for name, value := range want {
			if all[i][name] != value {
				t.Errorf("data source %d shows %s = %v, want %v", i, name, all[i][name], value)
			}
		}
	}
}
