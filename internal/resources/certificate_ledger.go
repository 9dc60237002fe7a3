package resources

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// heldCertificate is what the first plan of an instance stores for the second one. Terraform plans an instance a
// second time if it is to be replaced.
type heldCertificate struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
	Kept        bool   `json:"kept"` // the first plan kept it, so the replacement is not the provider's decision
}

func (m *certificateModel) holding() client.Holding {
	return client.Holding{ID: m.ID.ValueString(), UploadedOn: m.UploadedOn.ValueString(), AdoptedAt: m.AdoptedAt.ValueString()}
}

func (r *certificate) key(m *certificateModel) client.Key {
	return client.CertificateKey(r.kind, fingerprintOf(m))
}

func (r *certificate) named(m *certificateModel) named {
	return named{"origintls_" + typeNames[r.kind], "the " + r.object(m.ZoneID, m.ID)}
}

// planHeld records what is planned for a certificate in the state.
func (r *certificate) planHeld(ctx context.Context, state *certificateModel, resp *resource.ModifyPlanResponse) {
	zone := r.zone(state.ZoneID)
	if zone == nil {
		return
	}
	kept := len(resp.RequiresReplace) == 0
	mark(ctx, resp.Private, heldKey, heldCertificate{state.ID.ValueString(), fingerprintOf(state), kept}, &resp.Diagnostics)
	if kept {
		r.named(state).planKept(zone, r.key(state), state.holding(), &resp.Diagnostics)
	} else {
		zone.Ledger.Plan(r.key(state), client.Replaces, state.holding())
	}
}

// planDestroy records that a certificate is to be destroyed, and stores for Delete whether the plan creates it
// elsewhere.
func (r *certificate) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state certificateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	zone := r.zone(state.ZoneID)
	if zone == nil || fingerprintOf(&state) == "" {
		return
	}
	elsewhere := r.named(&state).planDestroyed(ctx, zone, r.key(&state), state.holding(), &resp.Diagnostics)
	mark(ctx, resp.Private, elsewhereKey, elsewhere, &resp.Diagnostics)
}

// planUpload records that a certificate is to be uploaded, and checks the zone for anything that prevents the upload.
// bundle is nil if the certificate is not known yet.
//
// An apply may adopt an existing certificate only if this state holds it at an address that does not keep it. Only
// the plan can know this, because it reads the whole state. The apply is another process, and gets nothing from the
// plan but the planned values. So adopted_at carries the decision: the plan makes it unknown if the apply may adopt
// the certificate, and otherwise null, or a time that no other process would set. During the apply, Terraform plans
// the resource again. If the certificate is in the zone, that plan sets adopted_at to a time. Terraform accepts the
// time if the value was unknown, and otherwise reports an inconsistent plan.
func (r *certificate) planUpload(ctx context.Context, plan *certificateModel, bundle *certpem.Bundle, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan.AdoptedAt = types.StringNull()
	zone := r.zone(plan.ZoneID)
	if zone == nil {
		return
	}
	former := marked[heldCertificate](ctx, req.Private, heldKey, &resp.Diagnostics)
	if former.Kept { // the first plan has recorded that, and this one replaces it nevertheless
		zone.Ledger.Plan(client.CertificateKey(r.kind, former.Fingerprint), client.Replaces, client.Holding{ID: former.ID})
	}
	key := r.keyOf(bundle)
	if announced := former.ID != "" && !former.Kept; !announced { // otherwise, planReplacement has recorded it
		zone.Ledger.Plan(key, client.Creates, client.Holding{})
	}
	certs := r.existing(ctx, zone)
	r.warnOfQuota(zone, certs, &resp.Diagnostics)
	if bundle == nil {
		if !plan.Generate.IsNull() {
			return // a generated certificate is not in any zone yet
		}
		foreign := slices.ContainsFunc(certs, func(c client.Certificate) bool { return !zone.Ledger.Holds(c.ID) })
		if former.ID != "" && len(certs) > 0 && !foreign {
			plan.AdoptedAt = types.StringUnknown() // all existing certificates belong to this state, so it does not matter which one this is
		}
		return
	}
	if cert := withLeaf(certs, bundle); cert != nil && !zone.Ledger.HasMade(cert.ID) {
		r.planExisting(ctx, plan, zone, key, cert, &resp.Diagnostics)
	}
}

// planReplacement records that a certificate is to be uploaded in place of another one, and warns about anything that
// prevents the upload. Terraform plans a replacement a second time, as a creation, but does not show the warnings of
// that second plan.
func (r *certificate) planReplacement(ctx context.Context, plan *certificateModel, bundle *certpem.Bundle, diags *diag.Diagnostics) {
	zone := r.zone(plan.ZoneID)
	if zone == nil {
		return
	}
	key := r.keyOf(bundle)
	zone.Ledger.Plan(key, client.Creates, client.Holding{}) // do this before any wait, because the plan of a destroy waits for it
	certs := r.existing(ctx, zone)
	r.warnOfQuota(zone, certs, diags)
	if bundle == nil {
		return
	}
	cert := withLeaf(certs, bundle)
	if cert == nil {
		return
	}
	zone.Ledger.AwaitHolders(ctx, key)
	switch record := zone.Ledger.Look(key); {
	case record.ID != cert.ID:
		r.warnOfForeign(plan, zone, cert, diags)
	case record.Planned[client.Destroys] > 0:
		r.namedID(plan, cert).warnOfMove(diags)
	}
}

// namedID returns the name of a certificate in the plan's zone.
func (r *certificate) namedID(plan *certificateModel, cert *client.Certificate) named {
	return named{"origintls_" + typeNames[r.kind], "the " + r.object(plan.ZoneID, types.StringValue(cert.ID))}
}

// keyOf returns the key of a certificate that is to be uploaded. bundle is nil if the certificate is not known yet.
func (r *certificate) keyOf(bundle *certpem.Bundle) client.Key {
	if bundle == nil {
		return client.CertificateKey(r.kind, "")
	}
	return client.CertificateKey(r.kind, bundle.Fingerprint())
}

// existing returns the certificates of a zone that are not deleted. It returns none if they cannot be read, because
// the apply will report the reason.
func (r *certificate) existing(ctx context.Context, zone *client.Zone) []client.Certificate {
	certs, _ := zone.Certificates(r.kind).All(ctx)
	return slices.DeleteFunc(certs, func(c client.Certificate) bool { return c.Status.Gone() })
}

// withLeaf returns the certificate with the leaf of the bundle that is active or being deployed, or nil.
func withLeaf(certs []client.Certificate, bundle *certpem.Bundle) *client.Certificate {
	at := slices.IndexFunc(certs, func(c client.Certificate) bool {
		return certpem.Fingerprint(c.PEM) == bundle.Fingerprint() && (c.Status == client.StatusActive || c.Status.Deploying())
	})
	if at < 0 {
		return nil
	}
	return &certs[at]
}

// planExisting decides whether the apply may adopt a certificate that is in the zone.
func (r *certificate) planExisting(ctx context.Context, plan *certificateModel, zone *client.Zone, key client.Key, cert *client.Certificate, diags *diag.Diagnostics) {
	zone.Ledger.AwaitHolders(ctx, key) // other addresses may be being planned at the moment
	record := zone.Ledger.Look(key)
	switch {
	case record.ID == cert.ID && record.Held():
		plan.AdoptedAt = types.StringUnknown()
		if record.Planned[client.Destroys] > 0 {
			r.namedID(plan, cert).warnOfMove(diags)
		}
	case record.ID == cert.ID: // an address has it, and none gives it up
		diags.AddError("Certificate is managed already",
			fmt.Sprintf("Another address of this state keeps the %s, which has the same leaf, and Cloudflare accepts a leaf only once (1406). "+
				"What to do: refer to the id of that resource instead of declaring a second one. If this resource replaces that one, remove that one from the configuration in the same change, "+
				"or give it the new address with a moved block:\n\n%s", r.object(plan.ZoneID, types.StringValue(cert.ID)), r.named(plan).moved()))
	default:
		zone.Ledger.Refuse(key)
		r.warnOfForeign(plan, zone, cert, diags)
		if !zone.Ledger.Refreshing() {
			plan.AdoptedAt = types.StringValue(r.data.API().Started())
		}
	}
}

// warnOfForeign says that a certificate is in the zone, and how to get it into the state. A process that has refreshed the
// state makes a plan, and knows that the state does not hold the certificate. In an apply, only Terraform knows what the plan
// has found.
func (r *certificate) warnOfForeign(plan *certificateModel, zone *client.Zone, cert *client.Certificate, diags *diag.Diagnostics) {
	why := "Nothing shows that the certificate belongs to this state, so the provider does not adopt it, and Cloudflare refuses to accept it a second time (error 1406 of its API). " +
		"If Terraform reports an inconsistent final plan for this resource, this is the reason, and not a bug."
	if !zone.Ledger.Refreshing() {
		why = "If the plan has found the certificate in this state, the apply adopts it, and you have nothing to do. Otherwise Terraform now reports an inconsistent final plan for adopted_at. " +
			"That is not a bug: nothing shows that the certificate belongs to this state, so the provider does not adopt it, and Cloudflare refuses to accept it a second time (error 1406 of its API)."
	}
	diags.AddWarning("Certificate is in the zone already",
		why+"\n\n"+r.existsAdvice(plan.ZoneID.ValueString(), &client.ExistsError{ID: cert.ID, Status: cert.Status}))
}

// warnOfQuota warns if a plan may need more hostname certificates at the same time than a zone may have.
func (r *certificate) warnOfQuota(zone *client.Zone, certs []client.Certificate, diags *diag.Diagnostics) {
	if r.kind != client.HostnameCertificate {
		return
	}
	// A certificate that is in the zone already is adopted or refused, so it does not count twice.
	more := zone.Ledger.Planned(r.kind, func(fingerprint string) bool {
		return !slices.ContainsFunc(certs, func(c client.Certificate) bool { return certpem.Fingerprint(c.PEM) == fingerprint })
	})
	if len(certs)+more <= client.HostnameCertificateQuota {
		return
	}
	diags.AddWarning("Zone may have no place for this certificate",
		fmt.Sprintf("The zone has %d hostname certificates, and this plan creates %d more, as far as the provider has seen the plan. Cloudflare allows %d in a zone. "+
			"With create_before_destroy, the old and the new certificates exist at the same time. What to do, unless this plan deletes enough certificates first: "+
			"delete certificates that are not used, or replace fewer at a time.", len(certs), more, client.HostnameCertificateQuota))
}
