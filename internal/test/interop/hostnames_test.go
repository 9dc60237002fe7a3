package interop

import (
	"net/http"
	"testing"
	"time"

	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// certificate is a deployed hostname certificate.
type certificate struct {
	certtest.Pair
	id         string
	uploadedOn time.Time
	updatedAt  time.Time
}

func (w *world) certificate(commonName string) certificate {
	w.t.Helper()
	c := certificate{Pair: certtest.Leaf(w.t, commonName), uploadedOn: w.stamp()}
	got, err := hostnameService(w).upload(c.Pair)
	noError(w.t, err)
	w.later()
	c.id, c.updatedAt = got.ID, w.stamp()
	return c
}

// row is a row of a PUT. nil for enabled is sent as null, and an empty id not at all.
func row(hostname, id string, enabled any) aop.HostnameUpdateParamsConfig {
	fields := given{"Hostname": hostname, "CERTID": id, "Enabled": enabled}
	if id == "" {
		delete(fields, "CERTID")
	}
	return params[aop.HostnameUpdateParamsConfig](fields)
}

func config(rows ...aop.HostnameUpdateParamsConfig) aop.HostnameUpdateParams {
	return params[aop.HostnameUpdateParams](given{"ZoneID": zone, "Config": rows})
}

func (w *world) put(rows ...aop.HostnameUpdateParamsConfig) (page, error) {
	return lookAll(w.sdk.Hostnames.Update(w.t.Context(), config(rows...)))
}

func (w *world) association(hostname string) (seen, error) {
	return look(w.sdk.Hostnames.Get(w.t.Context(), hostname, in[aop.HostnameGetParams](zone)))
}

// wantAssociation is all that the SDK can read of an association made and changed now.
func (w *world) wantAssociation(hostname string, c certificate, enabled string) seen {
	return seen{
		CERTID: c.id, Hostname: hostname, Status: "pending_deployment", CERTStatus: "active",
		Certificate: echo(c.Certificate), Issuer: c.Leaf.Issuer.String(),
		Signature: "ECDSA-SHA256", SerialNumber: c.Leaf.SerialNumber.String(),
		ExpiresOn: c.Leaf.NotAfter.UTC(), CreatedAt: w.stamp(), UpdatedAt: w.stamp(),
		CERTUploadedOn: c.uploadedOn, CERTUpdatedAt: c.updatedAt, enabled: enabled,
	}
}

// wantPut wants the rows of a PUT's answer to be these; its type has two more
// fields than that of a GET.
func wantPut(t *testing.T, got page, err error, want ...seen) {
	t.Helper()
	noError(t, err)
	if len(got.rows) != len(want) {
		t.Fatalf("PUT answers %d rows, want %d", len(got.rows), len(want))
	}
	for i := range want {
		want[i].missing = "ID PrivateKey"
		wantSeen(t, got.rows[i], want[i])
	}
}

func (w *world) wantAssociated(want seen) {
	w.t.Helper()
	got, err := w.association(want.Hostname)
	noError(w.t, err)
	wantSeen(w.t, got, want)
}

// TestAssociationLife enables, disables, re-pins and voids one association,
// beside another that must not move.
func TestAssociationLife(t *testing.T) {
	w := start(t)
	first, second := w.certificate("first"), w.certificate("second")

	got, err := w.put(row("API.Example.com", first.id, true), row(www, first.id, false))
	want, other := w.wantAssociation(api, first, "true"), w.wantAssociation(www, first, "false")
	wantPut(t, got, err, want, other)
	w.wantAssociated(want)
	created := want.CreatedAt

	settle := func(s *seen) {
		w.later()
		s.Status, s.UpdatedAt = "active", w.stamp()
		w.wantAssociated(*s)
	}
	settle(&want)
	other.Status, other.UpdatedAt = want.Status, want.UpdatedAt

	for _, step := range []struct {
		c       certificate
		enabled bool
		raw     string
	}{{first, false, "false"}, {first, true, "true"}, {second, true, "true"}} {
		got, err = w.put(row(api, step.c.id, step.enabled))
		want = w.wantAssociation(api, step.c, step.raw)
		want.CreatedAt = time.Time{} // in the answer to a change, and there alone
		wantPut(t, got, err, want)
		want.CreatedAt = created
		settle(&want)
	}

	got, err = w.put(row(api, second.id, nil))
	voided := want
	voided.Status, voided.enabled, voided.UpdatedAt, voided.CreatedAt = "pending_deletion", "null", w.stamp(), time.Time{}
	wantPut(t, got, err, voided)
	want.UpdatedAt = w.stamp()
	w.wantAssociated(want) // as it was, until the void is done
	w.later()
	_, err = w.association(api)
	wantError(t, err, http.StatusNotFound, 1553)

	w.wantAssociated(other)
}

// TestVoidIsNotDisabled is the trap of the SDK's plain bool, in its own terms.
func TestVoidIsNotDisabled(t *testing.T) {
	w := start(t, func(b *simulator.Behaviour) { b.VoidedIsNull = true })
	c, query := w.certificate("c"), in[aop.HostnameGetParams](zone)

	put, err := w.sdk.Hostnames.Update(t.Context(), config(row(api, c.id, false)))
	noError(t, err)
	if answer := put.Result[0]; answer.Enabled || answer.JSON.Enabled.IsNull() {
		t.Errorf("a disabled association is put as %s", answer.JSON.Enabled.Raw())
	}
	get, err := w.sdk.Hostnames.Get(t.Context(), api, query)
	noError(t, err)
	if get.Enabled || get.JSON.Enabled.IsNull() {
		t.Errorf("a disabled association is read as %s", get.JSON.Enabled.Raw())
	}

	put, err = w.sdk.Hostnames.Update(t.Context(), config(row(api, c.id, nil)))
	noError(t, err)
	if answer := put.Result[0]; answer.Enabled || !answer.JSON.Enabled.IsNull() || answer.JSON.Enabled.IsMissing() {
		t.Errorf("a voided association is put as %q", answer.JSON.Enabled.Raw())
	}
	requests := w.sim.Requests()
	sent, want := requests[len(requests)-1].Body, `{"config":[{"cert_id":"`+c.id+`","enabled":null,"hostname":"`+api+`"}]}`
	if sent != want {
		t.Errorf("the void was sent as %s, want %s", sent, want)
	}
	w.later()
	get, err = w.sdk.Hostnames.Get(t.Context(), api, query)
	noError(t, err)
	if get.Enabled || !get.JSON.Enabled.IsNull() || get.JSON.Enabled.IsMissing() {
		t.Errorf("a voided association is read as %q", get.JSON.Enabled.Raw())
	}
}

// TestPutAnswersAll is the other recorded shape of the answer, through the pager.
func TestPutAnswersAll(t *testing.T) {
	w := start(t, func(b *simulator.Behaviour) { b.PutAnswersAll, b.CreatedAtZero = true, true })
	c := w.certificate("c")
	_, err := w.put(row(www, c.id, true))
	noError(t, err)
	got, err := walk(w.sdk.Hostnames.UpdateAutoPaging(t.Context(), config(row(api, c.id, false))))
	want := []seen{w.wantAssociation(api, c, "false"), w.wantAssociation(www, c, "true")}
	want[0].CreatedAt, want[1].CreatedAt = time.Time{}, time.Time{}
	wantPut(t, got, err, want...)
	if puts := len(w.sim.Requests()) - 1; puts != 2 { // but for the upload
		t.Errorf("the pager made %d requests of one PUT", puts-1)
	}
}
