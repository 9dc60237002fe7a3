package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var _ resource.ResourceWithMoveState = &certificate{}

// MoveState implements resource.ResourceWithMoveState. It moves a certificate from the official provider. It never
// copies the private key: no plan could remove a key from the state without a change to the resource. If the key is
// configured as private_key, the next apply adds it to the state.
func (r *certificate) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		m := &move{noun: string(r.kind), target: "origintls_" + typeNames[r.kind], req: req, diags: &resp.Diagnostics}
		sources := []string{cloudflareCertificate}
		if r.kind == client.HostnameCertificate {
			sources = []string{cloudflareHostnameCertificate, cloudflareCertificate}
		}
		s := m.from(sources...)
		if s == nil || !r.movable(m, s) {
			return
		}
		model := &certificateModel{ZoneID: types.StringValue(s.ZoneID), Generate: noGenerate(), VerifyOrigins: noOrigins(), Timeouts: noTimeouts("create", "read", "delete")}
		if certpem.Fingerprint(s.Certificate) != "" {
			model.Certificate = types.StringValue(s.Certificate)
		}
		// After an import into the official provider, its state may lack some of these. The next read adds them.
		model.fromAPI(&client.Certificate{
			ID: s.ID, Status: client.Status(s.Status), Issuer: s.Issuer, Signature: s.Signature,
			SerialNumber: s.SerialNumber, ExpiresOn: s.ExpiresOn, UploadedOn: s.UploadedOn,
		}, r.data, r.data.Now())
		save(ctx, &resp.TargetState, resp.TargetIdentity, model, &resp.Diagnostics)
	}}}
}

// movable refuses a state of the other kind, and a state that does not identify its certificate.
func (r *certificate) movable(m *move, s *cloudflareState) bool {
	kind := client.ZoneCertificate
	switch {
	case m.req.SourceTypeName == cloudflareHostnameCertificate:
		kind = client.HostnameCertificate
	case !s.has("type"): // version 5
	case s.version != 0:
		m.refuse("The state has the structure of version 4 but the schema version of version 5.")
		return false
	case s.Type == string(useHostname):
		kind = client.HostnameCertificate
	case s.Type != string(useZone):
		m.refuse("The state does not say which kind of certificate this is: its type is neither \"per-zone\" nor \"per-hostname\".")
		return false
	}
	if kind != r.kind {
		m.refuse("This is a " + string(kind) + ", which moves to an origintls_" + typeNames[kind] + ".")
		return false
	}
	if s.ID == "" {
		s.ID = s.CertificateID
	}
	if !attribute.IsCertificateID(s.ID) || s.CertificateID != "" && s.CertificateID != s.ID {
		m.refuse("The state does not say which certificate this is: it contains no id, or two.")
		return false
	}
	return true
}
