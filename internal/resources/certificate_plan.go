package resources

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: it refuses what can be known to be
// wrong before anything is sent. Values that are not known yet are checked again before the upload.
func (r *certificate) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	readPEM(config.withoutEmpty(), &resp.Diagnostics)
	validateGenerate(ctx, &config, &resp.Diagnostics)
	// No diagnostic about a key or a certificate has the attribute's path, here or elsewhere: for a path the CLI
	// prints the lines of the configuration that it points to, and with them a key that is written there, in its
	// own argument or, by mistake, in that of the certificate.
	switch given := config.given(); len(given) {
	case 0:
		resp.Diagnostics.AddError("Missing certificate", "None of certificate, certificate_wo and generate is set. Set one of them.")
	case 1:
	default:
		resp.Diagnostics.AddError("Conflicting certificates", strings.Join(given, " and ")+" are both set. Set one of certificate, certificate_wo and generate.")
	}
	if !config.PrivateKey.IsNull() && !config.PrivateKeyWO.IsNull() {
		resp.Diagnostics.AddError("Conflicting private keys", "private_key and private_key_wo are both set. Set one of them.")
	}
}

// readPEM parses the certificate and the key of a configuration and checks that they belong together.
// Each is nil where it is not set, not known, or wrong; what is wrong goes into diags.
func readPEM(config *certificateModel, diags *diag.Diagnostics) (*certpem.Bundle, *certpem.Key) {
	var bundle *certpem.Bundle
	var key *certpem.Key
	certificate, certificateName := config.certificateArgument()
	if !certificate.IsNull() && !certificate.IsUnknown() {
		var err error
		if bundle, err = certpem.ParseBundle(certificate.ValueString()); err != nil {
			diags.AddError("Invalid certificate",
				fmt.Sprintf("The value of %s cannot be used: %s.", certificateName, err))
		}
	}
	privateKey, keyName := config.keyArgument()
	if !privateKey.IsNull() && !privateKey.IsUnknown() {
		var err error
		if key, err = certpem.ParseKey(privateKey.ValueString()); err != nil {
			diags.AddError("Invalid private key",
				fmt.Sprintf("The value of %s cannot be used: %s.", keyName, err))
		}
	}
	if bundle != nil && key != nil {
		if err := key.Matches(bundle); err != nil {
			diags.AddError("Private key does not match certificate",
				fmt.Sprintf("The value of %s cannot be used with that of %s: %s.", keyName, certificateName, err))
		}
	}
	return bundle, key
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It decides by the leaf's fingerprint whether
// the certificate is replaced, and keeps every computed attribute where it is not.
func (r *certificate) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var config, plan certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	bundle, _ := readPEM(config.asPlanned(req.State), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCreate(&config, &plan, bundle, &resp.Diagnostics)
	} else {
		var state certificateModel
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		if resp.Diagnostics.HasError() {
			return
		}
		r.refuseOtherZone(state.ZoneID, plan.ZoneID, &resp.Diagnostics)
		r.planChange(ctx, &config, &plan, &state, bundle, resp)
		r.planHeld(ctx, &state, resp)
	}
	uploading := req.State.Raw.IsNull() || len(resp.RequiresReplace) > 0
	r.warnOfLeaf(bundle, uploading, &resp.Diagnostics)
	if uploading {
		r.planMinting(ctx, &config, &resp.Diagnostics)
	}
	switch {
	case resp.Diagnostics.HasError() || !uploading:
	case req.State.Raw.IsNull():
		r.planUpload(ctx, &plan, bundle, req, resp)
	default:
		r.warnOfReplacement(ctx, &plan, bundle, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func (r *certificate) planCreate(config, plan *certificateModel, bundle *certpem.Bundle, diags *diag.Diagnostics) {
	requireKey(config, diags)
	// A write-only certificate may be another one when the plan is applied.
	if bundle != nil && config.CertificateWO.IsNull() {
		plan.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
	}
}

// requireKey refuses an upload without a key. Which of the two arguments the user meant is not known;
// private_key exists everywhere.
func requireKey(config *certificateModel, diags *diag.Diagnostics) {
	if !config.Generate.IsNull() {
		requireCAKey(config, diags)
		return
	}
	if key, _ := config.keyArgument(); key.IsNull() {
		diags.AddError("Missing private key",
			"The certificate has to be uploaded, and an upload needs its private key. Set private_key_wo (kept in no state; "+
				"Terraform or OpenTofu 1.11) or private_key. A certificate that is at Cloudflare already needs no key when it is imported.")
	}
}

func (r *certificate) planChange(ctx context.Context, config, plan, state *certificateModel, bundle *certpem.Bundle, resp *resource.ModifyPlanResponse) {
	certificate, name := config.certificateArgument()
	switch {
	case !config.Generate.IsNull():
		if r.planGenerate(ctx, plan, state, resp) {
			requireKey(config, &resp.Diagnostics)
			return
		}
	case certificate.IsNull(): // ignored by ignore_changes, and the state does not have it either
	case bundle == nil && config.CertificateWO.IsUnknown():
		resp.Diagnostics.AddWarning("Certificate not known yet",
			"The value of certificate_wo is known only during the apply, so this plan keeps the certificate that is there. "+
				"If another one comes out, the next plan replaces it.")
	case bundle == nil:
		// What makes the certificate is changing, so another one is to be expected.
		resp.RequiresReplace.Append(path.Root(name))
		return
	case fingerprintOf(state) == "":
		state = assumed(plan, state, bundle)
	case bundle.Fingerprint() != fingerprintOf(state):
		// The fingerprint is what Terraform can compare: a write-only argument is in neither state nor plan.
		plan.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
		resp.RequiresReplace.Append(path.Root("fingerprint_sha256"))
		return
	default:
		warnOfChain(state, bundle, &resp.Diagnostics)
	}
	if !plan.ZoneID.IsUnknown() && !plan.ZoneID.Equal(state.ZoneID) {
		return // replaced by its own plan modifier
	}
	plan.Certificate = state.Certificate
	plan.CertificateFacts = state.CertificateFacts
	plan.AdoptedAt = state.AdoptedAt
	if !config.Generate.IsNull() {
		plan.ReadyForRenewal = types.BoolValue(false) // or it would be replaced
	}
	switch client.Status(state.Status.ValueString()) {
	case client.StatusInitializing, client.StatusPendingDeployment:
		plan.Status = types.StringUnknown() // an update that waits for the edge
	case client.StatusDeploymentTimedOut:
		resp.Diagnostics.AddWarning("Certificate is not at the edge",
			fmt.Sprintf("The deployment of %s timed out at Cloudflare, so the edge may not present it. "+
				"Upload it again with: terraform apply -replace=ADDRESS.", r.object(state.ZoneID, state.ID)))
	}
}

// assumed returns a state in which the certificate is the configured one, because the state does not hold
// it: the API has not shown it, or the state was moved from the official provider and has not been read
// since. Replacing what may be the same certificate would be an outage; a read that shows another one says so.
func assumed(plan, state *certificateModel, bundle *certpem.Bundle) *certificateModel {
	known := *state
	known.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
	if known.Certificate = plan.Certificate; known.Certificate.IsUnknown() {
		known.Certificate = types.StringValue(bundle.PEM())
	}
	return &known
}

// fingerprintOf returns the fingerprint of the certificate in a state, which may have been written
// before there was one.
func fingerprintOf(state *certificateModel) string {
	if f := state.FingerprintSHA256.ValueString(); f != "" {
		return f
	}
	return certpem.Fingerprint(state.Certificate.ValueString())
}
