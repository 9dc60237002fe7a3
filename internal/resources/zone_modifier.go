package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// zoneModifier plans a replacement if the zone changes. An unknown zone id counts as the zone in the state: it is
// usually unknown only because some other attribute of the zone's resource is changing.
type zoneModifier struct{}

var _ planmodifier.String = zoneModifier{}

func (zoneModifier) Description(context.Context) string {
	return "replaces the resource if the zone changes"
}

func (m zoneModifier) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (zoneModifier) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.State.Raw.IsNull() && !req.Plan.Raw.IsNull() && !req.PlanValue.IsUnknown() && !req.PlanValue.Equal(req.StateValue) {
		resp.RequiresReplace = true
	}
}

// refuseOtherZone adds an error if zone_id was unknown in the plan and turns out to be another zone during the apply.
// from is the zone in the state, and to is that of the plan. During an apply, Terraform plans each update again, and
// only then is the zone known. A process that has refreshed the state is making a plan, in which another zone is an
// ordinary replacement.
func (b *base) refuseOtherZone(from, to types.String, diags *diag.Diagnostics) {
	zone := b.zone(from)
	if zone == nil || to.IsNull() || to.IsUnknown() || to.Equal(from) || zone.Ledger.Refreshing() {
		return
	}
	diags.AddError("Zone differs from the state",
		"zone_id is "+to.ValueString()+", but in the state this object is in zone "+from.ValueString()+". The zone was not known when the change was "+
			"planned, so the plan does not say what happens to the object, and nothing has been sent for it. What to do: plan and apply again. "+
			"If the plan was made with -refresh=false, plan without it.")
}
