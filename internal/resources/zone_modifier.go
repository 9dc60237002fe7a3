package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// zoneModifier replaces on another zone. A zone that is not known yet, as where it comes from a resource that changes
// in something else, is taken for the zone of the state.
type zoneModifier struct{}

var _ planmodifier.String = zoneModifier{}

func (zoneModifier) Description(context.Context) string { return "replaces on another zone" }

func (m zoneModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (zoneModifier) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.State.Raw.IsNull() && !req.Plan.Raw.IsNull() && !req.PlanValue.IsUnknown() && !req.PlanValue.Equal(req.StateValue) {
		resp.RequiresReplace = true
	}
}

// refuseOtherZone refuses a zone that came out in the apply and is not that of the state: from is the zone in the state,
// to that of the plan. In an apply Terraform plans each update again, and this is where such a zone shows. A process
// that has refreshed the state makes a plan, where another zone is a replacement as any other.
func (b *base) refuseOtherZone(from, to types.String, diags *diag.Diagnostics) {
	zone := b.zone(from)
	if zone == nil || to.IsNull() || to.IsUnknown() || to.Equal(from) || zone.Ledger.Refreshing() {
		return
	}
	diags.AddError("Zone is another than in the state",
		"zone_id is "+to.ValueString()+", and the state has this object in zone "+from.ValueString()+". The zone was not known when this was "+
			"planned, so the plan does not say what happens to the object, and nothing has been sent for it. What to do: plan and apply again, "+
			"without -refresh=false if the plan was made with it.")
}
