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

// heldCertificate is what the first planning of an instance leaves for a second one, which plans its replacement.
type heldCertificate struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
	Kept        bool   `json:"kept"` // the first planning kept it: the replacement is not the provider's
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

// planHeld notes what is planned for a certificate of the state.
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

// planDestroy notes that a certificate is destroyed, and leaves what the plan knows of it for Delete.
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

// planUpload notes that a certificate is to be uploaded, and looks into the zone for what stands in the way. bundle is
// nil while the certificate is not known.
//
// An existing certificate is adopted if an address of this state that does not keep it holds it. That
// is known while the plan is made, and the apply is another process, which gets nothing from it but the planned values.
// So the plan lets adopted_at be unknown where it knows this, and null, or a time that no other process gives, where
// it does not. In the apply Terraform plans again, and that planning fills in a time wherever the
// certificate is in the zone: Terraform accepts it for what was unknown, and refuses it for anything else.
func (r *certificate) planUpload(ctx context.Context, plan *certificateModel, bundle *certpem.Bundle, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	plan.AdoptedAt = types.StringNull()
	zone := r.zone(plan.ZoneID)
	if zone == nil {
		return
	}
	former := marked[heldCertificate](ctx, req.Private, heldKey, &resp.Diagnostics)
	if formerKey := client.CertificateKey(r.kind, former.Fingerprint); former.Kept {
		zone.Ledger.Unkeep(formerKey)
		zone.Ledger.Plan(formerKey, client.Replaces, client.Holding{ID: former.ID})
	}
	key := r.keyOf(bundle)
	zone.Ledger.Plan(key, client.Creates, client.Holding{})
	certs := r.existing(ctx, zone)
	r.warnOfQuota(zone, certs, 0, &resp.Diagnostics)
	if bundle == nil {
		if !plan.Generate.IsNull() {
			return // what is generated is in no zone yet
		}
		foreign := slices.ContainsFunc(certs, func(c client.Certificate) bool { return !zone.Ledger.Holds(c.ID) })
		if former.ID != "" && len(certs) > 0 && !foreign {
			plan.AdoptedAt = types.StringUnknown() // whatever the certificate is, the existing ones are this state's
		}
		return
	}
	if cert := withLeaf(certs, bundle); cert != nil && !zone.Ledger.HasMade(cert.ID) {
		r.planExisting(ctx, plan, zone, key, cert, &resp.Diagnostics)
	}
}

// warnOfReplacement warns of what stands in the way of an upload that replaces an instance of the state. Terraform plans
// the replacement afterwards, as a creation, and shows no warnings of that planning.
func (r *certificate) warnOfReplacement(ctx context.Context, plan *certificateModel, bundle *certpem.Bundle, diags *diag.Diagnostics) {
	zone := r.zone(plan.ZoneID)
	if zone == nil {
		return
	}
	certs := r.existing(ctx, zone)
	if bundle == nil {
		r.warnOfQuota(zone, certs, 1, diags)
		return
	}
	cert, key := withLeaf(certs, bundle), r.keyOf(bundle)
	if cert == nil {
		r.warnOfQuota(zone, certs, 1, diags)
		return
	}
	zone.Ledger.AwaitHolders(ctx, key)
	switch record := zone.Ledger.Look(key); {
	case record.ID != cert.ID || !record.Held() && record.Planned[client.Keeps] == 0:
		r.warnOfForeign(plan, cert, diags)
	case record.Planned[client.Destroys] > 0:
		r.namedID(plan, cert).warnOfMove(diags)
	}
}

// namedID names a certificate of the zone of the plan.
func (r *certificate) namedID(plan *certificateModel, cert *client.Certificate) named {
	return named{"origintls_" + typeNames[r.kind], "the " + r.object(plan.ZoneID, types.StringValue(cert.ID))}
}

// keyOf returns the key of a certificate that is to be uploaded; bundle is nil while it is not known.
func (r *certificate) keyOf(bundle *certpem.Bundle) client.Key {
	if bundle == nil {
		return client.CertificateKey(r.kind, "")
	}
	return client.CertificateKey(r.kind, bundle.Fingerprint())
}

// existing returns the certificates of a zone that are not deleted. It returns none if they cannot be read: the apply reports why.
func (r *certificate) existing(ctx context.Context, zone *client.Zone) []client.Certificate {
	certs, err := zone.Certificates(r.kind).All(ctx)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(certs, func(c client.Certificate) bool { return c.Status.Gone() })
}

// withLeaf returns the certificate with the leaf of the bundle that serves or is about to, or nil.
func withLeaf(certs []client.Certificate, bundle *certpem.Bundle) *client.Certificate {
	at := slices.IndexFunc(certs, func(c client.Certificate) bool {
		return certpem.Fingerprint(c.PEM) == bundle.Fingerprint() && (c.Status == client.StatusActive || c.Status.Deploying())
	})
	if at < 0 {
		return nil
	}
	return &certs[at]
}

// planExisting decides whether a certificate that is in the zone may be adopted.
func (r *certificate) planExisting(ctx context.Context, plan *certificateModel, zone *client.Zone, key client.Key, cert *client.Certificate, diags *diag.Diagnostics) {
	zone.Ledger.AwaitHolders(ctx, key) // other addresses may be planned at this moment
	record := zone.Ledger.Look(key)
	switch {
	case record.ID == cert.ID && record.Held():
		plan.AdoptedAt = types.StringUnknown()
		if record.Planned[client.Destroys] > 0 {
			r.namedID(plan, cert).warnOfMove(diags)
		}
	case record.ID == cert.ID && record.Planned[client.Keeps] > 0:
		diags.AddError("Certificate is managed already",
			fmt.Sprintf("Another address of this state keeps the %s, which has the same leaf, and Cloudflare takes a leaf only once (1406). "+
				"What to do: refer to the id of that resource in place of a second one. If that one is to go, take it out of the configuration in the same change, "+
				"or give it the new address with a moved block:\n\n%s", r.object(plan.ZoneID, types.StringValue(cert.ID)), r.named(plan).moved()))
	default:
		zone.Ledger.Refuse(key)
		r.warnOfForeign(plan, cert, diags)
		if !zone.Ledger.Refreshing() {
			plan.AdoptedAt = types.StringValue(r.data.API().Started())
		}
	}
}

func (r *certificate) warnOfForeign(plan *certificateModel, cert *client.Certificate, diags *diag.Diagnostics) {
	diags.AddWarning("Certificate is in the zone already",
		fmt.Sprintf("Nothing shows that it belongs to this state, so it is not adopted, and Cloudflare refuses to accept it a second time (error 1406 of its API). "+
			"If Terraform reports an inconsistent final plan for this resource, this is the reason.\n\n%s",
			r.existsAdvice(plan.ZoneID.ValueString(), &client.ExistsError{ID: cert.ID, Status: cert.Status})))
}

// warnOfQuota warns of a plan that may need more places for hostname certificates than a zone has. replacements are
// those that the ledger does not have as creations yet.
func (r *certificate) warnOfQuota(zone *client.Zone, certs []client.Certificate, replacements int, diags *diag.Diagnostics) {
	if r.kind != client.HostnameCertificate {
		return
	}
	// A certificate that is in the zone already is adopted or refused, so it needs no second place.
	more := replacements + zone.Ledger.Planned(r.kind, func(fingerprint string) bool {
		return !slices.ContainsFunc(certs, func(c client.Certificate) bool { return certpem.Fingerprint(c.PEM) == fingerprint })
	})
	if len(certs)+more <= client.HostnameCertificateQuota {
		return
	}
	diags.AddWarning("Zone may have no place for this certificate",
		fmt.Sprintf("The zone has %d hostname certificates, and this plan makes %d more, as far as it is known. Cloudflare allows %d in a zone. "+
			"With create_before_destroy old and new certificates need places at the same time. What to do, unless this plan frees places first: "+
			"delete certificates that are not used, or exchange fewer at a time.", len(certs), more, client.HostnameCertificateQuota))
}
