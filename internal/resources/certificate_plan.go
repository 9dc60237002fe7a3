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

// ValidateConfig implements resource.ResourceWithValidateConfig. It reports errors that are visible in the
// configuration, before anything is sent. Values that are not known yet are checked again before the upload.
func (r *certificate) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	readPEM(config.withoutEmpty(), &resp.Diagnostics)
	validateGenerate(ctx, &config, &resp.Diagnostics)
	// No diagnostic about a key or a certificate has an attribute path, neither here nor elsewhere. For a path, the CLI
	// prints the lines of the configuration, and these may contain a key: in the key's argument or, by mistake, in the
	// certificate's.
	switch given, perhaps := config.given(); {
	case len(given) == 0 && !perhaps:
		resp.Diagnostics.AddError("Missing certificate", "None of certificate, certificate_wo and generate is set. Set one of them.")
	case len(given) > 1:
		resp.Diagnostics.AddError("Conflicting certificates", strings.Join(given, " and ")+" are both set. Set one of certificate, certificate_wo and generate.")
	}
	if isSet(config.PrivateKey) && isSet(config.PrivateKeyWO) {
		resp.Diagnostics.AddError("Conflicting private keys", "private_key and private_key_wo are both set. Set one of them.")
	}
}

// readPEM parses the certificate and the key of a configuration and checks that they belong together. Each of them is
// nil if it is not set, not known, or invalid. Errors are added to diags.
func readPEM(config *certificateModel, diags *diag.Diagnostics) (*certpem.Bundle, *certpem.Key) {
	var bundle *certpem.Bundle
	var key *certpem.Key
	certificate, certificateName := config.certificateArgument()
	if isSet(certificate) {
		var err error
		if bundle, err = certpem.ParseBundle(certificate.ValueString()); err != nil {
			diags.AddError("Invalid certificate",
				fmt.Sprintf("The value of %s cannot be used: %s.", certificateName, err))
		}
	}
	privateKey, keyName := config.keyArgument()
	if isSet(privateKey) {
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

// ModifyPlan implements resource.ResourceWithModifyPlan. It compares the fingerprints of the leaves to decide whether
// the certificate is replaced. If it is not, every computed attribute keeps its value.
func (r *certificate) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var config, plan, state certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	bundle, _ := readPEM(config.asPlanned(req.State), &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, &config, &plan, bundle, &resp.Diagnostics)
	} else {
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
		r.planReplacement(ctx, &plan, bundle, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

func (r *certificate) planCreate(ctx context.Context, config, plan *certificateModel, bundle *certpem.Bundle, diags *diag.Diagnostics) {
	requireKey(config, func() string { return r.importAdvice(ctx, plan, bundle) }, diags)
	// The value of a write-only certificate may differ when the plan is applied, so do not plan its fingerprint.
	if bundle != nil && config.CertificateWO.IsNull() {
		plan.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
	}
}

// requireKey reports an error if there is no key for an upload. It cannot know which of the two arguments the user
// wanted to set, so the text names both. instead, which may be nil, returns how to do without the upload, or "".
func requireKey(config *certificateModel, instead func() string, diags *diag.Diagnostics) {
	if !config.Generate.IsNull() {
		requireCAKey(config, diags)
		return
	}
	if key, _ := config.keyArgument(); key.IsNull() {
		text := "The certificate has to be uploaded, and an upload needs its private key. Set private_key_wo (not kept in the state; " +
			"needs Terraform or OpenTofu 1.11) or private_key. To import a certificate that is at Cloudflare already, no key is needed."
		if instead != nil {
			text += instead()
		}
		diags.AddError("Missing private key", text)
	}
}

func (r *certificate) planChange(ctx context.Context, config, plan, state *certificateModel, bundle *certpem.Bundle, resp *resource.ModifyPlanResponse) {
	certificate, name := config.certificateArgument()
	switch {
	case !config.Generate.IsNull():
		if r.planGenerate(ctx, plan, state, resp) {
			requireCAKey(config, &resp.Diagnostics)
			return
		}
	case certificate.IsNull(): // ignore_changes names it, and the state does not contain it either
	case bundle == nil && config.CertificateWO.IsUnknown():
		resp.Diagnostics.AddWarning("Certificate not known yet",
			"The value of certificate_wo is known only during the apply, so this plan keeps the existing certificate. "+
				"If the value turns out to be another certificate, the next plan replaces the existing one.")
	case bundle == nil:
		// The value is unknown because the source of the certificate is changing, so expect another certificate.
		resp.RequiresReplace.Append(path.Root(name))
		return
	case fingerprintOf(state) == "":
		state = assumed(plan, state, bundle)
	case bundle.Fingerprint() != fingerprintOf(state):
		// Plan the fingerprint, because Terraform can compare it. A write-only argument is in neither state nor plan.
		plan.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
		resp.RequiresReplace.Append(path.Root("fingerprint_sha256"))
		return
	default:
		warnOfChain(state, bundle, &resp.Diagnostics)
	}
	if !plan.ZoneID.IsUnknown() && !plan.ZoneID.Equal(state.ZoneID) {
		return // zone_id's plan modifier replaces the certificate
	}
	plan.Certificate = state.Certificate
	plan.CertificateFacts = state.CertificateFacts
	plan.AdoptedAt = state.AdoptedAt
	if !config.Generate.IsNull() {
		plan.ReadyForRenewal = types.BoolValue(false) // if it were true, planGenerate would have replaced the certificate
	}
	switch client.Status(state.Status.ValueString()) {
	case client.StatusInitializing, client.StatusPendingDeployment:
		plan.Status = types.StringUnknown() // causes an update, which waits for the edge
	case client.StatusDeploymentTimedOut:
		resp.Diagnostics.AddWarning("Certificate is not at the edge",
			fmt.Sprintf("The deployment of %s timed out at Cloudflare, so the edge may not present it. "+
				"To upload it again, run: terraform apply -replace=ADDRESS.", r.object(state.ZoneID, state.ID)))
	}
}

// assumed returns a state in which the certificate is the configured one. It is used if the state does not contain
// the certificate: the API has not shown it, or the state was moved from the official provider and not read since.
// Replacing the certificate could cause an outage, although it may be the same one. If it is another one, the next
// read will show it.
func assumed(plan, state *certificateModel, bundle *certpem.Bundle) *certificateModel {
	known := *state
	known.FingerprintSHA256 = types.StringValue(bundle.Fingerprint())
	if known.Certificate = plan.Certificate; known.Certificate.IsUnknown() {
		known.Certificate = types.StringValue(bundle.PEM())
	}
	return &known
}

// fingerprintOf returns the fingerprint of the certificate in a state. An older version of the provider may have
// written the state without one.
func fingerprintOf(state *certificateModel) string {
	if f := state.FingerprintSHA256.ValueString(); f != "" {
		return f
	}
	return certpem.Fingerprint(state.Certificate.ValueString())
}
