package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// zoneModifier replaces on another zone. A zone that is not known yet, as where it comes from a resource that changes
// in something else, is taken for the zone of the state. Should another come out in the apply, Terraform plans
// the resource again before it is applied, sees the replacement that was not planned, and stops.
type zoneModifier struct{ base *base }

var _ planmodifier.String = zoneModifier{}

func (zoneModifier) Description(context.Context) string { return "replaces on another zone" }

func (m zoneModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (m zoneModifier) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.State.Raw.IsNull() || req.Plan.Raw.IsNull() || req.PlanValue.IsUnknown() || req.PlanValue.Equal(req.StateValue) {
		return
	}
	resp.RequiresReplace = true
	if zone := m.base.zone(req.StateValue); zone != nil && !zone.Ledger.Refreshing() {
		resp.Diagnostics.AddWarning("Zone is another than in the state",
			"zone_id is "+req.PlanValue.ValueString()+", and the state has this object in zone "+req.StateValue.ValueString()+". If Terraform reports an "+
				"inconsistent final plan, the zone was not known when this plan was made, and nothing has been sent for this object. What to do: plan and apply again.")
	}
}
