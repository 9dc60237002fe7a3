package resources

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// If the outcome of an upload is unknown, a generated certificate could get lost: the next apply creates another one, which
// Cloudflare accepts, and nobody would notice the first. So the state keeps the first one, without an id, and Terraform
// marks it as tainted until it is replaced or destroyed. The deletion finds the certificate by its fingerprint, if it
// exists. A read does not add the id, because an identity must never change.

const unknownUploadAdvice = "The certificate is kept in the state without an id, because it may exist at Cloudflare. What to do: run the same command again. " +
	"The apply finds out, deletes the certificate if it exists, and creates a new one."

// keepUnknown keeps a generated certificate in the state if its upload may have been carried out. It reports whether
// it does.
func keepUnknown(ctx context.Context, plan *certificateModel, fingerprint string, err error, resp *resource.CreateResponse) bool {
	var lost *client.LostAnswerError
	// The certificate was created a moment ago, so nobody else can have uploaded it. If the answer is 1406, one of our own
	// requests has uploaded it.
	unknown := errors.As(err, &lost) || client.IsAlreadyExists(err)
	if plan.Generate.IsNull() || !unknown {
		return false
	}
	plan.CertificateFacts = attribute.CertificateFacts{
		FingerprintSHA256: types.StringValue(fingerprint), ReadyForRenewal: types.BoolValue(false),
	}
	save(ctx, &resp.State, resp.Identity, plan, &resp.Diagnostics)
	return true
}

// findID adds the id to a state that lacks it, if the zone has a certificate with the same fingerprint. It reports
// whether the state has an id afterwards. An error is added to diags.
func (r *certificate) findID(ctx context.Context, service *client.Certificates, state *certificateModel, diags *diag.Diagnostics) bool {
	if state.ID.ValueString() != "" {
		return true
	}
	certs, err := service.List(ctx)
	if err != nil {
		r.problem("delete", state.ZoneID, state.ID, err, "").Add(diags)
		return false
	}
	for i := range certs {
		if certpem.Fingerprint(certs[i].PEM) == fingerprintOf(state) && !certs[i].Status.Gone() {
			state.ID, state.Status = types.StringValue(certs[i].ID), attribute.Text(string(certs[i].Status))
			return true
		}
	}
	return false
}
