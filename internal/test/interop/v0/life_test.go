package v0

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/cloudflare/cloudflare-go" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	zone = "0123456789abcdef0123456789abcdef"
	name = "api.example.com"
)

// world is a simulator under the default preset with a clock that the test moves, and the SDK that sends requests to it.
type world struct {
	t   *testing.T
	api *cloudflare.API
	sim *simulator.Server

	mu  sync.Mutex
	now time.Time
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	w.sim = simulator.New(simulator.Options{Now: func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}})
	server := httptest.NewServer(w.sim)
	t.Cleanup(server.Close)
	w.api = must(cloudflare.NewWithAPIToken("writer", cloudflare.BaseURL(server.URL+"/client/v4"), cloudflare.UsingRetryPolicy(0, 0, 0)))(t)
	return w
}

func (w *world) later() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(3 * time.Second)
}

// must returns the result of an operation, or ends the test with its error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var refusal *cloudflare.RequestError
	var missing *cloudflare.NotFoundError
	var codes []int
	switch {
	case errors.As(err, &missing):
		codes = missing.ErrorCodes()
	case errors.As(err, &refusal):
		codes = refusal.ErrorCodes()
	}
	if len(codes) != 1 || codes[0] != code {
		t.Fatalf("the error is %T %v, want code %d", err, err, code)
	}
}

func TestZone(t *testing.T) {
	w, ctx := start(t), context.Background()
	pair := certtest.Leaf(t, "zone")

	setting := must(w.api.GetPerZoneAuthenticatedOriginPullsStatus(ctx, zone))(t)
	if setting.Enabled {
		t.Error("the setting of a new zone is on")
	}
	setting = must(w.api.SetPerZoneAuthenticatedOriginPullsStatus(ctx, zone, true))(t)
	if !setting.Enabled {
		t.Error("the setting is not on")
	}

	list := must(w.api.ListPerZoneAuthenticatedOriginPullsCertificates(ctx, zone))(t)
	if len(list) != 0 {
		t.Errorf("a new zone has %d certificates", len(list))
	}
	params := cloudflare.PerZoneAuthenticatedOriginPullsCertificateParams{Certificate: pair.Certificate, PrivateKey: pair.PrivateKey}
	cert := must(w.api.UploadPerZoneAuthenticatedOriginPullsCertificate(ctx, zone, params))(t)
	if cert.Status != "pending_deployment" || !cert.ExpiresOn.Equal(pair.Leaf.NotAfter) || cert.Certificate != pair.Certificate {
		t.Errorf("uploaded as %+v", cert)
	}
	_, err := w.api.UploadPerZoneAuthenticatedOriginPullsCertificate(ctx, zone, params)
	wantCode(t, err, 1406)
	w.later()
	seen := must(w.api.GetPerZoneAuthenticatedOriginPullsCertificateDetails(ctx, zone, cert.ID))(t)
	if seen.Status != "active" || seen.Issuer != pair.Leaf.Issuer.String() {
		t.Errorf("read as %+v", seen)
	}
	list = must(w.api.ListPerZoneAuthenticatedOriginPullsCertificates(ctx, zone))(t)
	if len(list) != 1 || list[0].ID != cert.ID {
		t.Errorf("the list is %+v", list)
	}
	deleted := must(w.api.DeletePerZoneAuthenticatedOriginPullsCertificate(ctx, zone, cert.ID))(t)
	if deleted.Status != "pending_deletion" {
		t.Errorf("deleted as %+v", deleted)
	}
	w.later()
	gone := must(w.api.GetPerZoneAuthenticatedOriginPullsCertificateDetails(ctx, zone, cert.ID))(t)
	if gone.Status != "deleted" {
		t.Errorf("after the deletion it is %+v", gone)
	}
}

func TestHostname(t *testing.T) {
	w, ctx := start(t), context.Background()
	pair := certtest.Leaf(t, "hostname")
	cert := must(w.api.UploadPerHostnameAuthenticatedOriginPullsCertificate(ctx, zone,
		cloudflare.PerHostnameAuthenticatedOriginPullsCertificateParams{Certificate: pair.Certificate, PrivateKey: pair.PrivateKey}))(t)
	w.later()
	seen := must(w.api.GetPerHostnameAuthenticatedOriginPullsCertificate(ctx, zone, cert.ID))(t)
	if seen.Status != "active" || seen.SerialNumber != pair.Leaf.SerialNumber.String() {
		t.Errorf("read as %+v", seen)
	}
	list := must(w.api.ListPerHostnameAuthenticatedOriginPullsCertificates(ctx, zone))(t)
	if len(list) != 1 || list[0].SerialNumber != seen.SerialNumber {
		t.Errorf("the list is %+v", list)
	}

	_, err := w.api.GetPerHostnameAuthenticatedOriginPullsConfig(ctx, zone, name)
	wantCode(t, err, 1553)
	put := func(enabled *bool) cloudflare.PerHostnameAuthenticatedOriginPullsDetails {
		t.Helper()
		rows := must(w.api.EditPerHostnameAuthenticatedOriginPullsConfig(ctx, zone,
			[]cloudflare.PerHostnameAuthenticatedOriginPullsConfig{{Hostname: name, CertID: cert.ID, Enabled: enabled}}))(t)
		if len(rows) != 1 {
			t.Fatalf("PUT answers %+v", rows)
		}
		return rows[0]
	}
	on, off := true, false
	if row := put(&on); !row.Enabled || row.Status != "pending_deployment" || row.CertStatus != "active" || row.CreatedAt.IsZero() {
		t.Errorf("created as %+v", row)
	}
	w.later()
	_, err = w.api.DeletePerHostnameAuthenticatedOriginPullsCertificate(ctx, zone, cert.ID)
	wantCode(t, err, 1433)
	row := must(w.api.GetPerHostnameAuthenticatedOriginPullsConfig(ctx, zone, name))(t)
	if !row.Enabled || row.Status != "active" || row.CertID != cert.ID {
		t.Errorf("read as %+v", row)
	}
	if row := put(&off); row.Enabled || !row.CreatedAt.IsZero() {
		t.Errorf("changed as %+v", row)
	}
	put(nil) // PEER-T: the void of a disabled association releases its certificate immediately
	deleted := must(w.api.DeletePerHostnameAuthenticatedOriginPullsCertificate(ctx, zone, cert.ID))(t)
	if deleted.Status != "pending_deletion" {
		t.Errorf("deleted as %+v", deleted)
	}
	w.later()
	_, err = w.api.GetPerHostnameAuthenticatedOriginPullsConfig(ctx, zone, name)
	wantCode(t, err, 1553)
}
