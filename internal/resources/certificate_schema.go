package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// certificateSchema is the schema of both kinds; only the description differs. Which changes replace
// the certificate, ModifyPlan decides.
func certificateSchema(ctx context.Context, description string) schema.Schema {
	computed := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text, Computed: true}
	}
	return schema.Schema{
		MarkdownDescription: description,
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				MarkdownDescription: "Id of the zone, 32 hexadecimal digits. Changing it replaces the certificate.",
				Required:            true,
				Validators:          []validator.String{zoneIDValidator()},
				PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"certificate": schema.StringAttribute{
				MarkdownDescription: "The certificate as PEM: the leaf first, intermediates may follow. Another leaf replaces the certificate; " +
					"white space, line ends and text around the blocks make no difference. Exactly one of `certificate` and `certificate_wo` is set; " +
					"with `certificate_wo` this attribute shows the certificate that was uploaded.",
				Optional: true,
				Computed: true,
				Validators: []validator.String{
					stringvalidator.ExactlyOneOf(path.MatchRoot("certificate"), path.MatchRoot("certificate_wo")),
				},
			},
			"certificate_wo": schema.StringAttribute{
				MarkdownDescription: "The certificate as PEM, as a write-only argument: for a certificate from an ephemeral source, next to its key. " +
					"Another leaf replaces the certificate; the plan finds out by comparing fingerprints. Needs Terraform or OpenTofu 1.11.",
				Optional:  true,
				WriteOnly: true,
			},
			"private_key": schema.StringAttribute{
				MarkdownDescription: "The private key of the leaf as PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted). **It is kept in the state**: " +
					"use `private_key_wo` where the CLI has write-only arguments. Needed only when a certificate is uploaded; " +
					"an imported one needs no key. Another encoding of the key changes nothing.",
				Optional:  true,
				Sensitive: true,
				// Validation of the keys is ValidateConfig's: see there why.
			},
			"private_key_wo": schema.StringAttribute{
				MarkdownDescription: "The private key of the leaf as PEM, as a write-only argument: it is in no plan and no state. " +
					"It takes part in an upload only, so a new key comes with its new certificate. Needs Terraform or OpenTofu 1.11.",
				Optional:  true,
				Sensitive: true,
				WriteOnly: true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "Id of the certificate.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
			"status": computed("Status of the certificate at the edge; `active` after an apply. Others are `initializing`, " +
				"`pending_deployment`, `pending_deletion`, `deleted`, `deployment_timed_out` and `deletion_timed_out`."),
			"fingerprint_sha256": computed("SHA-256 of the leaf's DER, in lower-case hexadecimal digits."),
			"issuer":             computed("Distinguished name of the leaf's issuer."),
			"signature":          computed("Signature algorithm of the leaf, such as `ECDSA-SHA256`."),
			"serial_number":      computed("Serial number of the leaf, decimal."),
			"expires_on":         computed("When the leaf ends, RFC 3339."),
			"uploaded_on":        computed("When the certificate was uploaded, RFC 3339."),
			"ready_for_renewal": schema.BoolAttribute{
				MarkdownDescription: "Whether the leaf ends within the provider's `expiry_warning_days`. Brought up to date by every read.",
				Computed:            true,
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Read: true, Delete: true,
				CreateDescription: "How long the upload and its deployment to the edge may take, such as `10m` (the default).",
				ReadDescription:   "How long reading the certificate may take, such as `10m` (the default).",
				DeleteDescription: "How long the deletion may take, waiting for associations that still use the certificate included, such as `10m` (the default).",
			}),
		},
	}
}
