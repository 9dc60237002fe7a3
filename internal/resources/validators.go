package resources

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/hostname"
)

var (
	zoneIDPattern = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

	// A certificate id is documented with 32 characters and seen with 36 (api-behaviour.md section 4), so
	// only what could never be a path element is refused.
	certificateIDPattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

func zoneIDValidator() validator.String {
	return stringvalidator.RegexMatches(zoneIDPattern,
		"must be a zone id: 32 hexadecimal digits, as on the zone's overview page in the Cloudflare dashboard")
}

func certificateIDValidator() validator.String {
	return stringvalidator.RegexMatches(certificateIDPattern, "must be the id of a certificate")
}

// hostnameValidator refuses what is no hostname.
type hostnameValidator struct{}

var _ validator.String = hostnameValidator{}

func (hostnameValidator) Description(context.Context) string {
	return "must be a full hostname such as api.example.com"
}

func (v hostnameValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (hostnameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := hostname.Check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid hostname",
			"The value "+strconv.Quote(req.ConfigValue.ValueString())+" is not a hostname: "+err.Error()+".")
	}
}

// importParts splits an import id "zone_id/rest" and sets zone_id. It returns rest, or false after an
// error that shows the form the id should have.
func importParts(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, form string, valid func(rest string) bool) (string, bool) {
	zoneID, rest, _ := strings.Cut(req.ID, "/")
	if !zoneIDPattern.MatchString(zoneID) || !valid(rest) || strings.HasSuffix(req.ID, "/") {
		refuseImportID(&resp.Diagnostics, req.ID, form)
		return "", false
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("zone_id"), types.StringValue(zoneID))...)
	return rest, !resp.Diagnostics.HasError()
}

func refuseImportID(diags *diag.Diagnostics, id, form string) {
	diags.AddError("Invalid import id",
		"The id "+strconv.Quote(id)+" does not have the form "+form+", where zone_id is 32 hexadecimal digits.")
}

// hostnameModifier replaces on another hostname, and sees none in another case of its letters.
type hostnameModifier struct{}

var _ planmodifier.String = hostnameModifier{}

func (hostnameModifier) Description(context.Context) string {
	return "replaces on another hostname; upper and lower case are the same"
}

func (m hostnameModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (hostnameModifier) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	switch {
	case req.State.Raw.IsNull() || req.Plan.Raw.IsNull():
	case req.PlanValue.IsUnknown():
		resp.RequiresReplace = true
	case hostname.Canonical(req.PlanValue.ValueString()) == hostname.Canonical(req.StateValue.ValueString()):
		resp.PlanValue = req.StateValue
	default:
		resp.RequiresReplace = true
	}
}
