package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// hostnameModifier plans a replacement if the hostname changes. A change only in case is not a change.
type hostnameModifier struct{}

var _ planmodifier.String = hostnameModifier{}

func (hostnameModifier) Description(context.Context) string {
	return "replaces the resource if the hostname changes; upper and lower case make no difference"
}

func (m hostnameModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (hostnameModifier) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	switch {
	case req.State.Raw.IsNull() || req.Plan.Raw.IsNull():
	case req.PlanValue.IsUnknown():
		resp.RequiresReplace = true
	case attribute.CanonicalHostname(req.PlanValue.ValueString()) == attribute.CanonicalHostname(req.StateValue.ValueString()):
		resp.PlanValue = req.StateValue
	default:
		resp.RequiresReplace = true
	}
}
