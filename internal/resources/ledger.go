package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// The keys of a resource's private state. What a plan stores there, Terraform returns for the same address.
const (
	// heldKey marks a planned certificate that is in the state. If Terraform replaces it, it plans it a second time, as
	// if the state did not contain it. The mark shows that this is the second time.
	heldKey = "held"
	// elsewhereKey marks the destruction of an object that the same plan creates at another address.
	elsewhereKey = "elsewhere"
)

// privateReader and privateWriter are the private state of a request and a response.
type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// mark stores a boolean, a text, or a structure of these in the private state.
func mark(ctx context.Context, private privateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, _ := json.Marshal(value) // never fails for such values
	diags.Append(private.SetKey(ctx, key, raw)...)
}

// marked reads a value that mark has stored. It returns the zero value if there is none.
func marked[T any](ctx context.Context, private privateReader, key string, diags *diag.Diagnostics) (value T) {
	raw, more := private.GetKey(ctx, key)
	diags.Append(more...)
	if len(raw) > 0 {
		_ = json.Unmarshal(raw, &value) // a value of another version of the provider counts as none
	}
	return value
}

// zone returns a resource's zone. It is nil if the zone id or the provider's configuration is not known yet.
func (b *base) zone(id types.String) *client.Zone {
	api := b.data.API()
	if api == nil || id.ValueString() == "" {
		return nil
	}
	return api.Zone(id.ValueString())
}

// named is how the texts in this file refer to an object.
type named struct {
	resource string // "origintls_zone_setting"
	object   string // "the setting of zone 023e…"
}

func (n named) moved() string {
	return fmt.Sprintf("moved {\n  from = %[1]s.OLD # the address that is destroyed\n  to   = %[1]s.NEW # the address that is created\n}", n.resource)
}

// otherType says what to do if a hostname moves between the two types of resource for associations.
func (n named) otherType() string {
	if !strings.HasPrefix(n.resource, "origintls_hostname_association") {
		return ""
	}
	return "Between origintls_hostname_association and origintls_hostname_associations there is no moved block: remove the former " +
		"resource from the state with a removed block that has destroy = false, or with terraform state rm. "
}

// warnOfMove warns that a plan destroys an object and creates the same object at another address.
func (n named) warnOfMove(diags *diag.Diagnostics) {
	diags.AddWarning("Object is destroyed and created again",
		fmt.Sprintf("This plan destroys %s at one address and creates the same object at another one, as if a resource or module had been renamed. "+
			"What to do: add a moved block, which only changes the address in the state:\n\n%s\n\n%s"+
			"Without that, the apply keeps the object if it can: it does not destroy what it has created itself.", n.object, n.moved(), n.otherType()))
}

// warnOfRecreation warns about a plan that removes an object and creates it again at the same address, which happens to
// a tainted instance: what a failed creation has saved, for example.
func (n named) warnOfRecreation(diags *diag.Diagnostics) {
	diags.AddWarning("Object is removed and created again",
		fmt.Sprintf("The state marks the resource as tainted, as after a creation that failed. So if this plan says destroy and then create replacement (-/+), it removes %s, and then creates the same object again. "+
			"In between, the edge does not present the certificate, which is an outage if the origin requires it. If it says create replacement and then destroy (+/-), nothing is removed. "+
			"What to do: run `terraform untaint ADDRESS` and plan again.", n.object))
}

// refuseMove adds an error if a plan destroys and creates the same object in an order in which the apply cannot keep
// it. why is the reason, and otherwise says how to plan in another order.
func (n named) refuseMove(why, otherwise string, diags *diag.Diagnostics) {
	diags.AddError("Object is destroyed and created again",
		fmt.Sprintf("This plan destroys %s at one address and creates the same object at another one, as if a resource or module had been renamed. %s "+
			"What to do: add a moved block, which only changes the address in the state:\n\n%s\n\n%sIf that is not possible, plan again %s.", n.object, why, n.moved(), n.otherType(), otherwise))
}

// mostLate is for how many objects of a zone the creation may be planned after the destruction. By default, Terraform
// applies ten addresses at the same time, and a move has two: so far, each destruction sees its creation begin.
const mostLate = 5

// planLate is called where creations are planned after the destruction of the same objects. The destructions are not
// marked, so the apply keeps an object only if both operations are under way at the same time. One error for each zone
// refuses the plan; the other creations only warn.
func (n named) planLate(ledger *client.Ledger, creations int, diags *diag.Diagnostics) {
	if late := ledger.Late(creations); late <= mostLate || late-creations > mostLate {
		n.warnOfMove(diags)
		return
	}
	n.refuseMove("More objects move in this zone than Terraform plans at the same time, so the destruction was planned before the provider could see the creation, "+
		"and the apply might remove the object before it creates it again.",
		"with a -parallelism of more than twice the number of objects that move, such as -parallelism=200", diags)
}

// refuseSuperseded adds an error if a plan destroys an instance whose object another instance has adopted. A refresh
// normally removes such an instance from the state, but not if it reads it before the other one. The plan of a
// deposed instance does not reach the apply, so only an error keeps the object.
func (n named) refuseSuperseded(diags *diag.Diagnostics) {
	diags.AddError("Object is kept and destroyed",
		fmt.Sprintf("The state contains %s twice: an earlier apply adopted it and ended before it could remove the former instance. Destroying that "+
			"instance would delete the object. What to do: run the same command again, without -refresh=false and without -parallelism=1. The refresh then removes the "+
			"former instance from the state.", n.object))
}

// refuseTwoAddresses adds an error if a plan destroys an object at one address and keeps it at another.
func (n named) refuseTwoAddresses(diags *diag.Diagnostics) {
	diags.AddError("Object is kept and destroyed",
		fmt.Sprintf("The state contains %s at two addresses. This plan keeps it at one of them and destroys it at the other. That would delete the object, which the first address still needs. "+
			"What to do: remove the address that you no longer need from the state, without destroying the object: `terraform state rm 'ADDRESS'`, or, with Terraform 1.7 or OpenTofu 1.7:\n\n"+
			"removed {\n  from = %s.OLD # the address that you no longer need\n  lifecycle {\n    destroy = false\n  }\n}", n.object, n.resource))
}

// keptWarning warns that an object was not destroyed, because the plan creates it at another address and that
// creation had not started.
func (n named) keptWarning(diags *diag.Diagnostics) {
	diags.AddWarning("Object was left for its new address",
		fmt.Sprintf("This apply did not destroy %s, because its plan creates the same object at another address, and that creation had not started yet. "+
			"If that creation fails, apply again: the object stays in service until then, and belongs to the address that creates it.", n.object))
}

// keptAdvice says what to do if an object was not destroyed because the apply could not create it at another address.
func (n named) keptAdvice() string {
	return "The object stays in service as before. What to do: correct the cause of the other error, then run the same command again. " +
		"If the object only moved to another address in the configuration, a moved block keeps it and changes only the address:\n\n" + n.moved()
}

func capitalized(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// planKept records that an address keeps an object.
func (n named) planKept(zone *client.Zone, key client.Key, holding client.Holding, diags *diag.Diagnostics) {
	others := zone.Ledger.Plan(key, client.Keeps, holding)
	if others.Planned[client.Destroys] > 0 {
		n.refuseTwoAddresses(diags)
	}
}

// destruction is what the ledger knows about a planned destruction.
type destruction int

const (
	plain      destruction = iota // no other address refers to the object, or this apply has created it there already
	superseded                    // another instance of the state has adopted the object
	refused                       // another address creates the object but cannot adopt it
	moved                         // another address creates the object
	disputed                      // another address keeps the object
)

// planDestruction records that an address destroys an object.
func planDestruction(ctx context.Context, ledger *client.Ledger, key client.Key, holding client.Holding) destruction {
	ledger.AwaitKeepers(ctx, key)
	others := ledger.Plan(key, client.Destroys, holding)
	creates := others.Planned[client.Creates] > 0
	switch {
	case creates && ledger.Serves(key):
		return plain
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

// planDestroyed records that an address destroys an object, and adds diagnostics. It reports whether the plan creates
// the object at another address.
func (n named) planDestroyed(ctx context.Context, zone *client.Zone, key client.Key, holding client.Holding, diags *diag.Diagnostics) (elsewhere bool) {
	d := planDestruction(ctx, zone.Ledger, key, holding)
	switch d {
	case superseded:
		// Terraform 1.9 to 1.11 refresh an instance that has left the configuration only after this plan. That removes it from the state.
		if ledger := zone.Ledger; ledger.Refreshing() && !ledger.Refreshed(key, holding) {
			return true
		}
		n.refuseSuperseded(diags)
	case refused:
		n.refuseMove("The creation was planned before the provider could see that this state holds the object, so Cloudflare would refuse it.",
			"without -refresh=false and without -parallelism=1", diags)
	case moved:
		n.warnOfMove(diags)
	case disputed:
		n.refuseTwoAddresses(diags)
	case plain:
		zone.Ledger.DestroysBlindly(key)
	}
	return d == moved
}

// planCreated records that an address creates an object.
func (n named) planCreated(ctx context.Context, zone *client.Zone, key client.Key, diags *diag.Diagnostics) {
	others := zone.Ledger.Plan(key, client.Creates, client.Holding{})
	switch {
	case others.Blind:
		n.planLate(zone.Ledger, 1, diags)
	case others.Planned[client.Destroys] > 0:
		n.warnOfMove(diags)
	case len(recreated(ctx, zone.Ledger, key)) > 0:
		n.warnOfRecreation(diags)
	}
}

// recreated returns which of the objects that an address is to create are in a tainted instance. Terraform refreshes
// such an instance, and then plans it as if it were not in the state. An object that another address gives up was refreshed, too,
// so recreated waits for the plans of other addresses.
func recreated(ctx context.Context, ledger *client.Ledger, keys ...client.Key) []client.Key {
	unexplained := func(key client.Key) bool {
		r := ledger.Look(key)
		return r.Reads > r.Planned[client.Keeps]+r.Planned[client.Replaces]+r.Planned[client.Destroys]
	}
	keys = slices.DeleteFunc(keys, func(key client.Key) bool { return !unexplained(key) })
	if len(keys) > 0 {
		ledger.AwaitHolders(ctx, keys[0])
	}
	return slices.DeleteFunc(keys, func(key client.Key) bool { return !unexplained(key) })
}

// place is an object and its zone. The zone is nil if either is not known yet.
type place struct {
	zone *client.Zone
	key  client.Key
}

// planInstance records what is planned for an instance of the setting or of an association. from is the object in the
// state, and to is the object in the plan. If Terraform plans a replacement a second time, the object counts as kept and as created:
// unlike a certificate, it is not adopted, so this makes no difference.
func (n named) planInstance(ctx context.Context, from, to place, diags *diag.Diagnostics) {
	switch {
	case from.zone == nil && to.zone != nil:
		n.planCreated(ctx, to.zone, to.key, diags)
	case from.zone != nil && to.zone != nil && from != to:
		from.zone.Ledger.Plan(from.key, client.Replaces, client.Holding{})
		if to.zone.Ledger.Look(to.key).Planned[client.Destroys] > 0 {
			n.warnOfMove(diags) // Terraform does not show the warnings of the second plan
		}
	case from.zone != nil:
		n.planKept(from.zone, from.key, client.Holding{}, diags)
	}
}
