package resources

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/origintls/terraform-provider-origintls/internal/mint"
)

// The defaults of generate.
const (
	defaultValidityDays    = 90
	defaultRenewBeforeDays = 30
	defaultKeyAlgorithm    = mint.ECDSAP256
)

// generateModel is the argument generate: how to create a certificate and its key.
type generateModel struct {
	CommonName      types.String `tfsdk:"common_name"`
	ValidityDays    types.Int64  `tfsdk:"validity_days"`
	RenewBeforeDays types.Int64  `tfsdk:"renew_before_days"`
	KeyAlgorithm    types.String `tfsdk:"key_algorithm"`
	CACertificate   types.String `tfsdk:"ca_certificate"`
	CAPrivateKeyWO  types.String `tfsdk:"ca_private_key_wo"` // in configuration only
}

var generateType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"common_name": types.StringType, "validity_days": types.Int64Type, "renew_before_days": types.Int64Type,
	"key_algorithm": types.StringType, "ca_certificate": types.StringType, "ca_private_key_wo": types.StringType,
}}

// noGenerate is the value of generate if it is not set.
func noGenerate() types.Object { return types.ObjectNull(generateType.AttrTypes) }

// generateAttribute is the schema of generate. Its attributes have no validators. The diagnostics of a validator have
// a path, for which the CLI prints the lines of the whole argument, and these may contain a CA's key.
func generateAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Creates the certificate and its private key during the apply, instead of `certificate` or `certificate_wo`. The key exists only in the provider's memory, until it is uploaded: " +
			"it is in no plan, no state, no log and no file. `certificate` shows the certificate, so that you can configure an origin's trust from it. " +
			"A plan within `renew_before_days` of the expiry replaces the certificate with a new one, so a job that applies every night is all that a rotation needs. " +
			"Changing any argument except `renew_before_days` replaces it as well.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"common_name": schema.StringAttribute{
				MarkdownDescription: "Common name (CN) of the subject, up to 64 characters, such as `shop origin pull`. The subject has no other fields. Use a different one for each certificate.",
				Required:            true,
			},
			"validity_days": schema.Int64Attribute{
				MarkdownDescription: "How many days the certificate is valid, from 2 to 3650. Default `90`.",
				Optional:            true,
				Computed:            true,
				Default:             int64default.StaticInt64(defaultValidityDays),
			},
			"renew_before_days": schema.Int64Attribute{
				MarkdownDescription: "How many days before its expiry a plan replaces the certificate: at least 1, and fewer than `validity_days`. Changing only this argument is an update in place without a request, " +
					"unless the certificate is due according to the new number. Default `30`.",
				Optional: true,
				Computed: true,
				Default:  int64default.StaticInt64(defaultRenewBeforeDays),
			},
			"key_algorithm": schema.StringAttribute{
				MarkdownDescription: "Kind of the private key: `ECDSA_P256`, `ECDSA_P384`, `RSA_2048`, `RSA_3072` or `RSA_4096`. Default `ECDSA_P256`.",
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(string(defaultKeyAlgorithm)),
			},
			"ca_certificate": schema.StringAttribute{
				MarkdownDescription: "The certificate of the CA that signs, as PEM. Without it, the certificate is self-signed. If this CA is an intermediate, the CAs above it may follow. Intermediates are uploaded with the certificate. " +
					"The CA must not expire before the certificate.",
				Optional: true,
			},
			"ca_private_key_wo": schema.StringAttribute{
				MarkdownDescription: "The private key of the CA as PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted), as a write-only argument: it is in no plan and no state. " +
					"It is needed only when a certificate is created, so a plan that renews nothing works without it. Needs Terraform or OpenTofu 1.11.",
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
			},
		},
	}
}

// generateOf reads generate. It returns nil if generate is not set or not known.
func generateOf(ctx context.Context, value types.Object, diags *diag.Diagnostics) *generateModel {
	if !isSet(value) {
		return nil
	}
	var g generateModel
	diags.Append(value.As(ctx, &g, basetypes.ObjectAsOptions{})...)
	return &g
}

// These methods also work on a configuration, in which an argument with a default may be null.
func (g *generateModel) validityDays() int64 { return orDefault(g.ValidityDays, defaultValidityDays) }

func (g *generateModel) renewBeforeDays() int64 {
	return orDefault(g.RenewBeforeDays, defaultRenewBeforeDays)
}

func (g *generateModel) keyAlgorithm() mint.Algorithm {
	if g.KeyAlgorithm.IsNull() {
		return defaultKeyAlgorithm
	}
	return mint.Algorithm(g.KeyAlgorithm.ValueString())
}

// selfSigned reports whether no CA is configured.
func (g *generateModel) selfSigned() bool { return g.CACertificate.IsNull() }

func orDefault(v types.Int64, otherwise int64) int64 {
	if v.IsNull() {
		return otherwise
	}
	return v.ValueInt64()
}

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }
