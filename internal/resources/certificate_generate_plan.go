package resources

import (
	"context"
	"crypto/x509"
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
	maxCommonName   = 64 // characters, the limit of X.520
	maxValidityDays = 3650
)

// validateGenerate reports errors in generate that are visible in the configuration. Its diagnostics have no path:
// ValidateConfig says why.
func validateGenerate(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) {
	if !isSet(config.Generate) {
		return
	}
	for name, key := range map[string]types.String{"private_key": config.PrivateKey, "private_key_wo": config.PrivateKeyWO} {
		if isSet(key) {
			diags.AddError("Conflicting private keys", "generate creates the private key itself, but "+name+" is set as well. Remove "+name+".")
		}
	}
	g := generateOf(ctx, config.Generate, diags)
	if diags.HasError() {
		return
	}
	g.validateSubject(diags)
	g.validateDays(diags)
	if algorithm := g.keyAlgorithm(); !g.KeyAlgorithm.IsUnknown() && !slices.Contains(mint.Algorithms(), algorithm) {
		diags.AddError("Invalid key algorithm", fmt.Sprintf("The value of key_algorithm in generate is %q. Use one of %s.", algorithm, algorithms()))
	}
	if g.selfSigned() && isSet(g.CAPrivateKeyWO) {
		diags.AddError("Missing CA certificate", "generate has ca_private_key_wo but no ca_certificate. Set both for a certificate that the CA signs, or neither for a self-signed certificate.")
	}
	readCA(g, diags)
	if g.selfSigned() && len(config.VerifyOrigins.Elements()) > 0 {
		diags.AddError("Self-signed certificate cannot be verified", "verify_origins checks before the upload whether the origins accept the certificate. But generate creates a self-signed certificate during the apply, "+
			"so no origin can trust it before the upload. Let a CA sign it (ca_certificate and ca_private_key_wo), or remove verify_origins.")
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
		why = fmt.Sprintf("it has %d characters, and a common name may have at most %d", utf8.RuneCountInString(name), maxCommonName)
	case strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsGraphic(c) }):
		why = "it contains invisible characters"
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
		diags.AddError("Invalid renewal time", fmt.Sprintf("The certificate is valid for %d days (validity_days in generate), and would be renewed %d days before it expires (renew_before_days, whose default is %d), "+
			"so every plan would replace it. Set renew_before_days to fewer than %[1]d, such as %[4]d.", validity, renew, defaultRenewBeforeDays, max(1, validity/3)))
	}
}

// checkMinting checks what depends on the time, so it is called only if a certificate is about to be created.
func checkMinting(g *generateModel, now time.Time, diags *diag.Diagnostics) {
	if g.CommonName.IsUnknown() || g.ValidityDays.IsUnknown() {
		return
	}
	certs, err := certpem.ParseCertificates(g.CACertificate.ValueString())
	if err != nil {
		return // there is no CA, it is not known yet, or readCA reports the error
	}
	if err := mint.CheckAuthority(certs[0], g.CommonName.ValueString(), now, now.Add(days(g.validityDays()))); err != nil {
		diags.AddError("CA cannot sign certificate", fmt.Sprintf("The CA %q in ca_certificate of generate cannot sign the certificate: %s.", certs[0].Subject.String(), err))
	}
}

// planMinting checks a planned creation of a certificate, and warns about its consequences.
func (r *certificate) planMinting(ctx context.Context, config *certificateModel, diags *diag.Diagnostics) {
	g := generateOf(ctx, config.Generate, diags)
	if g == nil || diags.HasError() {
		return
	}
	checkMinting(g, r.data.Now(), diags)
	// A process that has refreshed the state is making a plan, and knows what the state contains. In any other process,
	// Create checks for leftovers.
	if zone := r.zone(config.ZoneID); zone != nil && zone.Ledger.AwaitRefreshing(ctx) {
		r.warnOfLeftovers(ctx, zone, config, diags)
	}
	if r.kind == client.ZoneCertificate && g.selfSigned() {
		diags.AddWarning("Self-signed zone certificate", "The edge presents a zone certificate as soon as it is uploaded. A self-signed certificate does not exist before that, so no origin can trust it in advance. "+
			"After each upload, an origin that requires client certificates refuses Cloudflare until it trusts the new certificate. "+
			"What to do: let a CA that the origin already trusts sign the certificate (ca_certificate and ca_private_key_wo). Or use origintls_hostname_certificate, whose hostnames can move to the new certificate after the origin trusts it.")
	}
}

// requireCAKey reports an error if a CA has to sign the new certificate and its key is not given.
func requireCAKey(config *certificateModel, diags *diag.Diagnostics) {
	attributes := config.Generate.Attributes()
	ca, key := attributes["ca_certificate"], attributes["ca_private_key_wo"]
	if ca != nil && key != nil && !ca.IsNull() && key.IsNull() {
		diags.AddError("Missing CA private key",
			"A certificate has to be created, and ca_certificate in generate says which CA signs it, but ca_private_key_wo is not set. Set it (needs Terraform or OpenTofu 1.11), "+
				"or remove ca_certificate for a self-signed certificate.")
	}
}

// planGenerate decides whether a certificate is replaced by a generated one, and reports the decision.
func (r *certificate) planGenerate(ctx context.Context, plan, state *certificateModel, resp *resource.ModifyPlanResponse) (replaced bool) {
	diags := &resp.Diagnostics
	was, want := generateOf(ctx, state.Generate, diags), generateOf(ctx, plan.Generate, diags)
	if diags.HasError() {
		return true
	}
	switch {
	case want == nil: // generate is not known yet
		resp.RequiresReplace.Append(path.Root("generate"))
		return true
	case was == nil:
		diags.AddWarning("Certificate is replaced by a generated one", fmt.Sprintf(
			"generate did not create %s, which was imported, moved, or uploaded from another argument. So this plan replaces it with a certificate that generate creates. "+
				"To keep the certificate, remove generate and set certificate.", r.object(state.ZoneID, state.ID)))
		resp.RequiresReplace.Append(path.Root("generate"))
		return true
	}
	if state.ID.IsNull() { // the outcome of its upload is unknown, and somebody has untainted it
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

// planRenewal replaces a certificate that is due. ready_for_renewal of the last read decides, and not the clock, so
// that a plan and its apply cannot differ because time has passed between them. The clock decides only if the
// configured number of days has changed.
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

// sameCertificates reports whether two PEM texts contain the same certificates in the same order.
func sameCertificates(a, b types.String) bool {
	if attr.Value(a).Equal(b) {
		return true
	}
	left, err := certpem.ParseCertificates(a.ValueString())
	right, _ := certpem.ParseCertificates(b.ValueString()) // none if b cannot be read, and left has at least one
	return err == nil && slices.EqualFunc(left, right, (*x509.Certificate).Equal)
}
