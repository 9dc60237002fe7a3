package client

import (
	"strings"
	"testing"
)

// A void association (enabled null) may be shown with any status. It is none, whatever that is.
func TestAVoidAssociationLeavesTheHostnameToTheZone(t *testing.T) {
	for _, status := range []string{"active", "pending_deletion", "deleted", "brand_new"} {
		api := &fakeAPI{answer: func(_, path, _ string) answer {
			switch {
			case path == "/settings":
				return ok(`{"enabled":true}`)
			case strings.HasPrefix(path, "/hostnames"):
				return ok(`[{"hostname":"h0.example.com","cert_id":"c0","enabled":null,"status":"` + status + `"}]`)
			default:
				return ok(`[{"id":"z0","status":"active"}]`)
			}
		}}
		e, err := newClient(t, api).Effective(t.Context(), zone, "h0.example.com")
		if err != nil || e.Source != SourceZone || e.Certificate.ID != "z0" {
			t.Errorf("%s: %+v, %v", status, e, err)
		}
	}
}
