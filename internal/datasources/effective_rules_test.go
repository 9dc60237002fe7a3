package datasources

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

const testZone = "023e105f4ecef8ad9ca31a8372d0c353"

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The API may show a void association (enabled null) with any status. Whatever the status is, the hostname has no association.
func TestAVoidAssociationLeavesTheHostnameToTheZone(t *testing.T) {
	for _, status := range []string{"active", "pending_deletion", "deleted", "brand_new"} {
		answer := func(req *http.Request) (*http.Response, error) {
			result := `[{"id":"z0","status":"active"}]`
			switch _, path, _ := strings.Cut(req.URL.Path, "/origin_tls_client_auth"); {
			case path == "/settings":
				result = `{"enabled":true}`
			case strings.HasPrefix(path, "/hostnames"):
				result = `[{"hostname":"h0.example.com","cert_id":"c0","enabled":null,"status":"` + status + `"}]`
			}
			body := `{"success":true,"errors":[],"messages":[],"result":` + result + `}`
			return &http.Response{StatusCode: http.StatusOK, Request: req, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
		api, err := client.New(client.Options{Token: "t", Transport: roundTrip(answer)})
		if err != nil {
			t.Fatal(err)
		}
		found, err := findPresented(t.Context(), api.Zone(testZone), "h0.example.com")
		if err != nil || found.Source != sourceZone || found.Certificate.ID != "z0" {
			t.Errorf("%s: %+v, %v", status, found, err)
		}
	}
}
