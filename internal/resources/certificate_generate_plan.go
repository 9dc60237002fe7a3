package resources

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/mint"
)

const (
	maxCommonName   = 64 // characters, by X.520
	maxValidityDays = 3650
)

// validateGenerate refuses what of generate can be known to be wrong. No diagnostic has a path: see ValidateConfig.
func validateGenerate(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) {
	if config.Generate.IsNull() {
		return
	}
	for name, key := range map[string]types.String{"private_key": config.PrivateKey, "private_key_wo": config.PrivateKeyWO} {
		if !key.IsNull() {
			diags.AddError("Conflicting private keys", "generate makes the private key itself, and "+name+" is set beside it. Remove "+name+".")
		}
	}
	g := generateOf(ctx, config.Generate, diags)
	if g == nil || diags.HasError() {
		return
	}
	g.validateSubject(diags)
	g.validateDays(diags)
	if algorithm := g.keyAlgorithm(); !g.KeyAlgorithm.IsUnknown() && !slices.Contains(mint.Algorithms(), algorithm) {
		diags.AddError("Invalid key algorithm", fmt.Sprintf("The value of key_algorithm in generate is %q. Use one of %s.", algorithm, algorithms()))
	}
	if g.selfSigned() && !g.CAPrivateKeyWO.IsNull() {
		diags.AddError("Missing CA certificate", "generate has ca_private_key_wo and no ca_certificate. Set both, and the CA signs the certificate, or neither, and it is self-signed.")
	}
	readCA(g, diags)
	if g.selfSigned() && len(config.VerifyOrigins.Elements()) > 0 {
		diags.AddError("Self-signed certificate cannot be verified", "verify_origins asks origins before the upload whether they accept the certificate, and generate makes a self-signed one, "+
			"which exists only in the apply, so that no origin can trust it before. Let a CA sign it (ca_certificate and ca_private_key_wo), or remove verify_origins.")
	}
}

func algorithms() string {
	var names []string
	for _, a := range mint.Algorithms() {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}

func (g *generateModel) validateSubject(diags *diag.Diagnostics) {
	if g.CommonName.IsUnknown() {
		return
	}
	name := g.CommonName.ValueString()
	var why string
	switch {
	case name == "" || name != strings.TrimSpace(name):
		why = "it is empty, or begins or ends with white space"
	case utf8.RuneCountInString(name) > maxCommonName:
		why = fmt.Sprintf("it has %d characters, and a common name has up to %d", utf8.RuneCountInString(name), maxCommonName)
	case strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsGraphic(c) }):
		why = "it holds characters that cannot be seen"
	default:
		return
	}
	diags.AddError("Invalid common name", fmt.Sprintf("The value of common_name in generate cannot be used: %s.", why))
}

func (g *generateModel) validateDays(diags *diag.Diagnostics) {
	validity, renew := g.validityDays(), g.renewBeforeDays()
	if !g.ValidityDays.IsUnknown() && (validity < 2 || validity > maxValidityDays) {
		diags.AddError("Invalid validity", fmt.Sprintf("The value of validity_days in generate is %d. Use a number of days from 2 to %d.", validity, maxValidityDays))
		return
	}
	if !g.RenewBeforeDays.IsUnknown() && renew < 1 {
		diags.AddError("Invalid renewal time", fmt.Sprintf("The value of renew_before_days in generate is %d. A certificate has to be renewed before it expires: use 1 or more.", renew))
		return
	}
	if !g.ValidityDays.IsUnknown() && !g.RenewBeforeDays.IsUnknown() && renew >= validity {
		diags.AddError("Invalid renewal time", fmt.Sprintf("The certificate is valid for %d days (validity_days in generate), and would be renewed %d days before it expires (renew_before_days, %d where it is not set), "+
			"so every plan would replace it. Set renew_before_days to fewer than %[1]d, such as %[4]d.", validity, renew, defaultRenewBeforeDays, max(1, validity/3)))
	}
}

// checkMinting checks what matters only where a certificate is about to be made, because it depends on the time.
func checkMinting(g *generateModel, now time.Time, diags *diag.Diagnostics) {
	if g.selfSigned() || g.CACertificate.IsUnknown() || g.CommonName.IsUnknown() || g.ValidityDays.IsUnknown() {
		return
	}
	certs, err := certpem.ParseCertificates(g.CACertificate.ValueString())
	if err != nil {
		return // readCA says so
	}
	if err := mint.CheckAuthority(certs[0], g.CommonName.ValueString(), now, now.Add(days(g.validityDays()))); err != nil {
		diags.AddError("CA cannot sign certificate", fmt.Sprintf("The CA %q, the value of ca_certificate in generate, cannot sign the certificate: %s.", certs[0].Subject.String(), err))
	}
}

// planMinting checks and warns of what follows from making a certificate.
func (r *certificate) planMinting(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) {
	g := generateOf(ctx, config.Generate, diags)
	if g == nil || diags.HasError() {
		return
	}
	checkMinting(g, r.data.Now(), diags)
	// A process that has refreshed the state makes a plan and knows what the state holds; of another one see warnOfLeftovers.
	if zone := r.zone(config.ZoneID); zone != nil && zone.Ledger.AwaitRefreshing(ctx) {
		r.warnOfLeftovers(ctx, zone, config, diags)
	}
	if r.kind == client.ZoneCertificate && g.selfSigned() {
		diags.AddWarning("Self-signed zone certificate", "The edge presents a zone certificate from its upload on, and a self-signed one exists only from then on, so no origin can trust it before. "+
			"At each upload, an origin that requires client certificates refuses Cloudflare until it trusts the new certificate. "+
			"What to do: let a CA sign, which the origin trusts beforehand (ca_certificate and ca_private_key_wo), or use origintls_hostname_certificate, whose hostnames move after the origin's trust.")
	}
}

// requireCAKey refuses to make a certificate that a CA has to sign whose key is not given.
func requireCAKey(config *certificateModel, diags *diag.Diagnostics) {
	attributes := config.Generate.Attributes()
	ca, key := attributes["ca_certificate"], attributes["ca_private_key_wo"]
	if ca != nil && key != nil && !ca.IsNull() && key.IsNull() {
		diags.AddError("Missing CA private key",
			"A certificate has to be made, and ca_certificate in generate says which CA signs it, but ca_private_key_wo is not set. Set it (Terraform or OpenTofu 1.11), "+
				"or remove ca_certificate for a self-signed certificate.")
	}
}

// planGenerate decides whether a certificate is replaced by a generated one, and reports that.
func (r *certificate) planGenerate(ctx context.Context, plan, state *certificateModel, resp *resource.ModifyPlanResponse) (replaced bool) {
	diags := &resp.Diagnostics
	was, want := generateOf(ctx, state.Generate, diags), generateOf(ctx, plan.Generate, diags)
	if diags.HasError() {
		return true
	}
	switch {
	case want == nil: // not known yet
		resp.RequiresReplace.Append(path.Root("generate"))
		return true
	case was == nil:
		diags.AddWarning("Certificate is replaced by a generated one", fmt.Sprintf(
			"generate has not made %s: it was imported, moved, or uploaded from another argument. So this plan replaces it with a certificate that generate makes. "+
				"To keep the certificate, remove generate and set certificate.", r.object(state.ZoneID, state.ID)))
		resp.RequiresReplace.Append(path.Root("generate"))
		return true
	}
	if state.ID.IsNull() { // its upload had an unknown outcome, and somebody has untainted it
		plan.ID = types.StringUnknown()
		resp.RequiresReplace.Append(path.Root("id"))
		return true
	}
	for name, differs := range map[string]bool{
		"common_name":    !want.CommonName.Equal(was.CommonName),
		"validity_days":  !want.ValidityDays.Equal(was.ValidityDays),
		"key_algorithm":  !want.KeyAlgorithm.Equal(was.KeyAlgorithm),
		"ca_certificate": !sameCertificates(want.CACertificate, was.CACertificate),
	} {
		if differs {
			resp.RequiresReplace.Append(path.Root("generate").AtName(name))
		}
	}
	if len(resp.RequiresReplace) > 0 {
		return true
	}
	return r.planRenewal(plan, state, want, was, resp)
}

// planRenewal replaces a certificate that is due. What the last read has found decides, as in ready_for_renewal, so
// that a plan and its apply cannot differ because time has passed between them. Another number of days is counted again.
func (r *certificate) planRenewal(plan, state *certificateModel, want, was *generateModel, resp *resource.ModifyPlanResponse) (replaced bool) {
	due, notAfter := r.renewalDue(state, want.renewBeforeDays())
	if want.RenewBeforeDays.Equal(was.RenewBeforeDays) {
		due = state.ReadyForRenewal.ValueBool()
	}
	if !due {
		return false
	}
	plan.ReadyForRenewal = types.BoolUnknown()
	resp.RequiresReplace.Append(path.Root("ready_for_renewal"))
	resp.Diagnostics.AddWarning("Certificate is renewed", fmt.Sprintf(
		"%s expires on %s. That is within the %d days of renew_before_days in generate, so this plan replaces it with a new certificate.",
		capitalized(r.object(state.ZoneID, state.ID)), notAfter.UTC().Format(time.RFC3339), want.renewBeforeDays()))
	return true
}

// sameCertificates reports whether two PEM texts hold the same certificates in the same order.
func sameCertificates(a, b types.String) bool {
	if attr.Value(a).Equal(b) {
		return true
	}
	left, errLeft := certpem.ParseCertificates(a.ValueString())
	right, errRight := certpem.ParseCertificates(b.ValueString())
	if errLeft != nil || errRight != nil || len(left) != len(right) {
		return false
	}
	for i := range left {
		if !left[i].Equal(right[i]) {
			return false
		}
	}
	return true
}
