package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// planEach notes what is planned for each hostname, and says where the plan means the same association twice.
func (r *associations) planEach(ctx context.Context, state, plan *associationsModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	from, to := r.zone(state.ZoneID), r.zone(plan.ZoneID)
	if plan.ZoneID.IsUnknown() {
		to = from // as zoneModifier assumes
	}
	for _, element := range plan.Associations.Elements() {
		if element.IsUnknown() {
			return // what is planned is not known
		}
	}
	old := canonicalEntries(state.entries(ctx, &resp.Diagnostics))
	planned := canonicalEntries(plan.entries(ctx, &resp.Diagnostics))
	var moved, disputed, elsewhere []string
	note := func(zone *client.Zone, name string, intent, conflict client.Intent, found *[]string) {
		if before := zone.Ledger.Plan(client.HostnameKey(name), intent, client.Holding{}); before.Planned[conflict] > 0 {
			*found = append(*found, name)
		}
	}
	again := from == nil && marked[bool](ctx, req.Private, heldKey, &resp.Diagnostics) // the second planning of a replacement
	for _, name := range slices.Sorted(maps.Keys(planned)) {
		_, there := old[name]
		switch {
		case to == nil:
		case there && from == to:
			note(to, name, client.Keeps, client.Destroys, &disputed)
		default:
			if again {
				to.Ledger.Unkeep(client.HostnameKey(name))
			}
			note(to, name, client.Creates, client.Destroys, &moved)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		_, stays := planned[name]
		switch {
		case from == nil || stays && from == to || plan.Associations.IsUnknown():
		case req.Plan.Raw.IsNull() || from == to:
			from.Ledger.AwaitKeepers(ctx, client.HostnameKey(name))
			before := from.Ledger.Plan(client.HostnameKey(name), client.Destroys, client.Holding{})
			switch {
			case before.Planned[client.Creates] > 0:
				elsewhere = append(elsewhere, name)
				if !from.Ledger.Serves(client.HostnameKey(name)) {
					moved = append(moved, name)
				}
			case before.Planned[client.Keeps] > 0:
				disputed = append(disputed, name)
			}
		default:
			from.Ledger.Plan(client.HostnameKey(name), client.Replaces, client.Holding{})
		}
	}
	if len(moved) > 0 {
		r.named(moved, state, plan).warnOfMove(&resp.Diagnostics)
	}
	if len(disputed) > 0 {
		r.named(disputed, state, plan).refuseTwoAddresses(&resp.Diagnostics)
	}
	switch {
	case req.Plan.Raw.IsNull() && from != nil:
		mark(ctx, resp.Private, elsewhereKey, elsewhere, &resp.Diagnostics)
	case from != nil:
		mark(ctx, resp.Private, heldKey, true, &resp.Diagnostics)
	}
}

func (r *associations) named(hostnames []string, state, plan *associationsModel) named {
	zoneID := state.ZoneID.ValueString()
	if zoneID == "" {
		zoneID = plan.ZoneID.ValueString()
	}
	const most = 10
	text := strings.Join(hostnames[:min(most, len(hostnames))], ", ")
	if more := len(hostnames) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return named{"origintls_hostname_associations", "the associations of hostnames in zone " + zoneID + " (" + text + ")"}
}
