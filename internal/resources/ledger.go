package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// What a plan keeps in a resource's private state, which Terraform hands back for the same address.
const (
	// heldKey marks a planned instance that the state holds. Terraform plans an instance a second time, as if
	// there were none, if it is to be replaced.
	heldKey = "held"
	// elsewhereKey marks a destruction of what the same plan makes at another address.
	elsewhereKey = "elsewhere"
)

// privateReader and privateWriter are a request's and a response's private state.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// mark stores a value in the private state.
func mark(ctx context.Context, private privateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Unable to plan", "Encoding the private state failed: "+err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}

// marked reads what mark stored; the zero value where there is none.
func marked[T any](ctx context.Context, private privateReader, key string, diags *diag.Diagnostics) (value T) {
	raw, more := private.GetKey(ctx, key)
	diags.Append(more...)
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &value) // a mark of another version counts as none
	}
	return value
}

// zone returns the zone that a resource is in, nil while the zone or the provider's configuration is not known.
func (b *base) zone(id types.String) *client.Zone {
	api := b.data.API()
	if api == nil || id.ValueString() == "" {
		return nil
	}
	return api.Zone(id.ValueString())
}

// named is an object as the texts of this file name it.
type named struct {
	resource string // "origintls_zone_setting"
	object   string // "the setting of zone 023e…"
}

func (n named) moved() string {
	return fmt.Sprintf("moved {\n  from = %[1]s.OLD # the address that is destroyed\n  to   = %[1]s.NEW # the address that is created\n}", n.resource)
}

// otherType says what to do where a hostname moves between the two types of resource that can hold it.
func (n named) otherType() string {
	if !strings.HasPrefix(n.resource, "origintls_hostname_association") {
		return ""
	}
	return "Between origintls_hostname_association and origintls_hostname_associations there is no moved block: take the hostname out of the former " +
		"resource with a removed block that has destroy = false, or with terraform state rm. "
}

// warnOfMove says that a plan destroys an object and makes the same one at another address.
func (n named) warnOfMove(diags *diag.Diagnostics) {
	diags.AddWarning("Object is destroyed and created again",
		fmt.Sprintf("This plan destroys %s at one address and creates the same object at another one, as if a resource or module had been renamed. "+
			"What to do: add a moved block, which changes the address and sends nothing:\n\n%s\n\n%s"+
			"Without that, the apply keeps the object where it can: what this apply creates, it does not destroy.", n.object, n.moved(), n.otherType()))
}

// refuseMove says that a plan destroys and creates the same object in an order in which it cannot be adopted.
func (n named) refuseMove(diags *diag.Diagnostics) {
	diags.AddError("Object is destroyed and created again",
		fmt.Sprintf("This plan destroys %s at one address and creates the same object at another one, as if a resource or module had been renamed. The creation was "+
			"planned before anything showed that this state holds the object, so the apply would be refused. What to do: add a moved block, which changes the address "+
			"and sends nothing:\n\n%s\n\nWithout that, plan again without -refresh=false and without -parallelism=1.", n.object, n.moved()))
}

// refuseSuperseded says that a plan destroys an instance whose object another one has adopted. A refresh drops such an
// instance from the state, unless it sees it before the other one. The plan of a deposed instance does not reach the
// apply, so nothing but an error keeps the object.
func (n named) refuseSuperseded(diags *diag.Diagnostics) {
	diags.AddError("Object is kept and destroyed",
		fmt.Sprintf("The state holds %s twice: an earlier apply adopted it and ended before it could drop the former instance. The destruction of that "+
			"one would take the object away. What to do: run the same command again, without -refresh=false and without -parallelism=1; the refresh then drops the "+
			"former instance.", n.object))
}

// refuseTwoAddresses says that a plan destroys an object at one address and keeps it at another.
func (n named) refuseTwoAddresses(diags *diag.Diagnostics) {
	diags.AddError("Object is kept and destroyed",
		fmt.Sprintf("The state holds %s at two addresses. This plan keeps it at one of them and destroys it at the other, which would take it away from the first. "+
			"What to do: let Terraform forget it at the address that is to go, without destroying it: `terraform state rm 'ADDRESS'`, or, with Terraform 1.7 or OpenTofu 1.7:\n\n"+
			"removed {\n  from = %s.OLD # the address that is to go\n  lifecycle {\n    destroy = false\n  }\n}", n.object, n.resource))
}

// keptWarning says that an object was left as it is, because a creation that the plan contains had not started.
func (n named) keptWarning(diags *diag.Diagnostics) {
	diags.AddWarning("Object was left for its new address",
		fmt.Sprintf("%s was not destroyed, because this plan creates the same object at another address, which had not happened yet. "+
			"If that creation fails, apply again: the object serves until then and belongs to the address that creates it.", capitalized(n.object)))
}

// keptAdvice says how to keep what was not destroyed because the apply could not make it at another address.
func (n named) keptAdvice() string {
	return "What to do: it serves as it did before. Correct what the other error says, then run the same command again. " +
		"If it only moved to another address in the configuration, a moved block keeps it and sends nothing:\n\n" + n.moved()
}

func capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// planKept notes that an address keeps an object.
func (n named) planKept(zone *client.Zone, key client.Key, holding client.Holding, diags *diag.Diagnostics) {
	others := zone.Ledger.Plan(key, client.Keeps, holding)
	if others.Planned[client.Destroys] > 0 {
		n.refuseTwoAddresses(diags)
	}
}

// destruction is what the ledger says about a planned destruction.
type destruction int

const (
	plain      destruction = iota // no other address means the object
	former                        // in the apply: the former instance of what was just made
	superseded                    // another instance of the state has adopted the object
	refused                       // another address creates it, and cannot adopt it
	moved                         // another address creates it
	disputed                      // another address keeps it
)

// planDestruction notes that an address destroys an object.
func planDestruction(ctx context.Context, ledger *client.Ledger, key client.Key, holding client.Holding) destruction {
	ledger.AwaitKeepers(ctx, key)
	others := ledger.Plan(key, client.Destroys, holding)
	creates := others.Planned[client.Creates] > 0
	switch {
	case creates && ledger.Serves(key):
		return former
	case ledger.Superseded(key, holding):
		return superseded
	case creates && others.Refused:
		return refused
	case creates:
		return moved
	case others.Planned[client.Keeps] > 0:
		return disputed
	}
	return plain
}

// planDestroyed notes that an address destroys an object. It reports whether the plan makes the object at another
// address.
func (n named) planDestroyed(ctx context.Context, zone *client.Zone, key client.Key, holding client.Holding, diags *diag.Diagnostics) (elsewhere bool) {
	d := planDestruction(ctx, zone.Ledger, key, holding)
	switch d {
	case superseded:
		n.refuseSuperseded(diags)
	case refused:
		n.refuseMove(diags)
	case moved:
		n.warnOfMove(diags)
	case disputed:
		n.refuseTwoAddresses(diags)
	case plain, former:
	}
	return d == moved || d == former
}

// planCreated notes that an address makes an object.
func (n named) planCreated(zone *client.Zone, key client.Key, diags *diag.Diagnostics) {
	if others := zone.Ledger.Plan(key, client.Creates, client.Holding{}); others.Planned[client.Destroys] > 0 {
		n.warnOfMove(diags)
	}
}

// place is an object and the zone that it is in; the zone is nil while either is not known.
type place struct {
	zone *client.Zone
	key  client.Key
}

// planInstance notes what is planned for an instance of the setting or of an association: from is where the state
// has it, to where the plan does.
func (n named) planInstance(ctx context.Context, from, to place, req privateReader, resp privateWriter, diags *diag.Diagnostics) {
	switch {
	case from.zone == nil && to.zone != nil:
		if marked[bool](ctx, req, heldKey, diags) {
			to.zone.Ledger.Unkeep(to.key) // the second planning of a replacement
		}
		n.planCreated(to.zone, to.key, diags)
	case from.zone != nil && to.zone != nil && from != to:
		from.zone.Ledger.Plan(from.key, client.Replaces, client.Holding{})
		if to.zone.Ledger.Look(to.key).Planned[client.Destroys] > 0 {
			n.warnOfMove(diags) // Terraform shows no warnings of the second planning
		}
	case from.zone != nil:
		mark(ctx, resp, heldKey, true, diags)
		n.planKept(from.zone, from.key, client.Holding{}, diags)
	}
}
