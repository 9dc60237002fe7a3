package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// certificateSchema returns the schema of both kinds, which differ only in the description. ModifyPlan decides which
// changes replace the certificate.
func certificateSchema(ctx context.Context, description string) schema.Schema {
	computed := func(name string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: attribute.CertificateDescriptions[name], Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				MarkdownDescription: "Id of the zone, 32 hexadecimal digits. Changing it replaces the certificate.",
				Required:            true,
				Validators:          []validator.String{attribute.ZoneID()},
				PlanModifiers:       []planmodifier.String{zoneModifier{}},
			},
			"certificate": schema.StringAttribute{
				MarkdownDescription: "The certificate as PEM: the leaf first, intermediates may follow. Another leaf replaces the certificate. " +
					"White space, line ends and text around the blocks make no difference. Set exactly one of `certificate`, `certificate_wo` and `generate`. " +
					"With the latter two, this attribute shows the certificate that was uploaded.",
				Optional: true,
				Computed: true,
				// There is no validator here, because the value may contain a key by mistake: see ValidateConfig.
			},
			"certificate_wo": schema.StringAttribute{
				MarkdownDescription: "The certificate as PEM, as a write-only argument, for a certificate that comes from an ephemeral source together with its key. " +
					"Another leaf replaces the certificate: the plan compares the fingerprints. Needs Terraform or OpenTofu 1.11.",
				Optional:  true,
				WriteOnly: true,
			},
			"private_key": schema.StringAttribute{
				MarkdownDescription: "The private key of the leaf as PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted). **It is kept in the state**: " +
					"use `private_key_wo` if the CLI has write-only arguments. It is needed only when a certificate is uploaded. " +
					"An imported certificate needs no key. Another encoding of the key changes nothing.",
				Optional:  true,
				Sensitive: true,
			},
			"private_key_wo": schema.StringAttribute{
				MarkdownDescription: "The private key of the leaf as PEM, as a write-only argument: it is in no plan and no state. " +
					"It is only used for an upload, so a new key has to come with its new certificate. Needs Terraform or OpenTofu 1.11.",
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
			},
			"generate":       generateAttribute(),
			"verify_origins": verifyOriginsAttribute(),
			"id": schema.StringAttribute{
				MarkdownDescription: attribute.CertificateDescriptions["id"],
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"status":             computed("status"),
			"fingerprint_sha256": computed("fingerprint_sha256"),
			"issuer":             computed("issuer"),
			"signature":          computed("signature"),
			"serial_number":      computed("serial_number"),
			"expires_on":         computed("expires_on"),
			"uploaded_on":        computed("uploaded_on"),
			"adopted_at": schema.StringAttribute{
				MarkdownDescription: "When an apply found the certificate in the zone and adopted it from another address or an earlier instance of the same state, " +
					"RFC 3339, as after `-replace` or a rename without a `moved` block. Null if the certificate was uploaded or imported.",
				Computed: true,
			},
			"ready_for_renewal": schema.BoolAttribute{
				MarkdownDescription: attribute.ReadyForRenewalDescription + " With `generate`, `renew_before_days` counts instead.",
				Computed:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Read: true, Delete: true,
				CreateDescription: "How long the upload and its deployment to the edge may take, such as `10m` (the default).",
				ReadDescription:   "How long reading the certificate may take, such as `10m` (the default).",
				DeleteDescription: "How long the deletion may take, including the wait for associations that still use the certificate, such as `10m` (the default).",
			}),
		},
	}
}
