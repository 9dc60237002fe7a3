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

// A generated certificate whose upload has an unknown outcome would be lost to everybody: the next apply makes another
// one, which Cloudflare does not refuse, and nobody would hear of the first. So the state keeps it, without an id, and
// Terraform marks it as tainted. It stays so until it is replaced or destroyed: the deletion finds it by its
// fingerprint, if it is there. A read does not give it its id, because an identity must never change.

const unknownUploadAdvice = "The certificate is kept in the state without an id, because it may be at Cloudflare. What to do: run the same command again. " +
	"It finds out, deletes the certificate if it is there, and makes a new one."

// keepUnknown keeps a generated certificate whose upload may have been carried out, and reports whether it does.
func keepUnknown(ctx context.Context, plan *certificateModel, fingerprint string, err error, resp *resource.CreateResponse) bool {
	var lost *client.LostAnswerError
	// Nobody else can have uploaded a certificate that was made a moment ago: 1406 means that a request of ours did.
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

// findID puts the id into a state that lacks it, where a certificate with the fingerprint is there, and reports whether
// the state has an id then. An error goes into diags.
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
