package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// rowPlans collects what the ledger knows about the rows of one resource.
type rowPlans struct {
	moved     []string // destroyed at one address and created at another
	late      []string // created here, and destroyed blindly at another address
	disputed  []string // destroyed at one address and kept at another
	elsewhere []string // destroyed here and created at another address
	tainted   []string // created here, and in an instance that the plan removes

	created []client.Key
	blind   []client.Key // destroyed here, and not known to be created or kept at another address
}

// planEach records what is planned for each hostname.
func (r *associations) planEach(ctx context.Context, state, plan *associationsModel, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	from, to := r.zone(state.ZoneID), r.zone(plan.ZoneID)
	if plan.ZoneID.IsUnknown() {
		to = from // zoneModifier assumes the same
	}
	old, planned := state.hostnames(), plan.hostnames()
	var p rowPlans
	if to != nil {
		for _, name := range slices.Sorted(maps.Keys(planned)) {
			p.wanted(to.Ledger, name, old[name] && from == to)
		}
		p.taintedIn(ctx, from, to)
	}
	destroys := req.Plan.Raw.IsNull()
	if from != nil && !plan.Associations.IsUnknown() {
		for _, name := range slices.Sorted(maps.Keys(old)) {
			if !planned[name] || from != to {
				p.released(ctx, from.Ledger, name, destroys || from == to)
			}
		}
	}
	p.report(to, func(names []string) named { return r.named(names, state, plan) }, &resp.Diagnostics)
	if destroys {
		for _, key := range p.blind {
			from.Ledger.DestroysBlindly(key)
		}
		mark(ctx, resp.Private, elsewhereKey, p.elsewhere, &resp.Diagnostics)
	}
}

// report adds a diagnostic if the plan refers to the same association at two addresses.
func (p *rowPlans) report(to *client.Zone, name func([]string) named, diags *diag.Diagnostics) {
	if len(p.late) > 0 {
		name(p.late).planLate(to.Ledger, len(p.late), diags)
	}
	if len(p.moved) > 0 {
		name(p.moved).warnOfMove(diags)
	}
	if len(p.disputed) > 0 {
		name(p.disputed).refuseTwoAddresses(diags)
	}
	if len(p.tainted) > 0 {
		name(p.tainted).warnOfRecreation(diags)
	}
}

// wanted records a hostname that is in the plan.
func (p *rowPlans) wanted(ledger *client.Ledger, name string, kept bool) {
	key := client.HostnameKey(name)
	if kept {
		if ledger.Plan(key, client.Keeps, client.Holding{}).Planned[client.Destroys] > 0 {
			p.disputed = append(p.disputed, name)
		}
		return
	}
	p.created = append(p.created, key)
	switch others := ledger.Plan(key, client.Creates, client.Holding{}); {
	case others.Blind:
		p.late = append(p.late, name)
	case others.Planned[client.Destroys] > 0:
		p.moved = append(p.moved, name)
	}
}

// taintedIn finds out which of the hostnames that are to be created are in a tainted instance.
func (p *rowPlans) taintedIn(ctx context.Context, from, to *client.Zone) {
	if from != nil {
		return // Terraform plans a tainted instance without its state
	}
	for _, key := range recreated(ctx, to.Ledger, p.created...) {
		p.tainted = append(p.tainted, key.Name())
	}
}

// released records a hostname that is in the state and will be destroyed or replaced.
func (p *rowPlans) released(ctx context.Context, ledger *client.Ledger, name string, destroyed bool) {
	key := client.HostnameKey(name)
	if !destroyed {
		ledger.Plan(key, client.Replaces, client.Holding{})
		return
	}
	switch planDestruction(ctx, ledger, key, client.Holding{}) {
	case moved:
		p.elsewhere, p.moved = append(p.elsewhere, name), append(p.moved, name)
	case disputed:
		p.disputed = append(p.disputed, name)
	case plain:
		p.blind = append(p.blind, key)
	case superseded, refused: // these only apply to certificates
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
