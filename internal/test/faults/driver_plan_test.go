package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// change is one line of a plan.
type change struct {
	address string
	action  action
	args    arguments     // from the configuration
	planned tftypes.Value // null for a deletion
	object  *object       // the object to delete or replace
	deposed bool          // whether object is deposed
	private []byte        // private data that the plan stored for the apply
}

type action string

const (
	create  action = "create"
	update  action = "update"
	replace action = "replace"
	remove  action = "delete"
)

// plan validates, refreshes and plans. Like the CLI, it keeps the refreshed state only if the refresh succeeds.
func (tf *terraform) plan(ctx context.Context, cfg config) ([]change, error) {
	s, err := tf.configure(ctx)
	if err != nil {
		return nil, err
	}
	if err := each(s, sorted(cfg), func(address string) error { return s.validate(ctx, address, cfg[address]) }); err != nil {
		return nil, err
	}
	refreshed, err := s.refresh(ctx)
	if err != nil {
		return nil, err
	}
	tf.state = refreshed
	// Terraform plans many addresses at once, including those that it deletes. Only associations wait for their certificates.
	removals := s.deletions(cfg)
	fresh := map[string]bool{} // addresses whose id is known only after the apply
	var changes []change
	planned := func(address string) error {
		c, err := s.planOne(ctx, address, cfg[address], fresh)
		if c != nil && err == nil {
			s.mu.Lock()
			changes = append(changes, *c)
			s.mu.Unlock()
		}
		return at(address, err)
	}
	removed := func(i int) error { return at(removals[i].address, s.planRemoval(ctx, &removals[i])) }
	var first, second []func() error
	for i := range removals {
		first = append(first, func() error { return removed(i) })
	}
	for _, address := range sorted(cfg) {
		plan := func() error { return planned(address) }
		if isAssociation(address) {
			second = append(second, plan)
		} else {
			first = append(first, plan)
		}
	}
	run := func(f func() error) error { return f() }
	if err := each(s, first, run); err != nil {
		return nil, err
	}
	for _, c := range changes {
		fresh[c.address] = c.action != update
	}
	if err := each(s, second, run); err != nil {
		return nil, err
	}
	slices.SortFunc(changes, func(a, b change) int { return strings.Compare(a.address, b.address) })
	return append(changes, removals...), nil
}

// planRemoval plans a deletion. The provider may reject it, or store private data for the apply.
func (s *session) planRemoval(ctx context.Context, c *change) error {
	null := tftypes.NewValue(c.object.value.Type(), nil)
	_, _, private, err := s.ask(ctx, c.address, c.object, null)
	c.private = private
	return err
}

// deletions returns the deletions of what the configuration no longer has and of what is deposed.
func (tf *terraform) deletions(cfg config) []change {
	var changes []change
	for _, address := range sorted(tf.state) {
		in := tf.state[address]
		for _, old := range in.deposed {
			changes = append(changes, change{address: address, action: remove, object: old, deposed: true})
		}
		if _, wanted := cfg[address]; !wanted && in.current != nil {
			changes = append(changes, change{address: address, action: remove, object: in.current})
		}
	}
	return changes
}

func (s *session) validate(ctx context.Context, address string, args arguments) error {
	typ := s.schemas[typeOf(address)].ValueType()
	resp, err := s.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: typeOf(address), Config: encode(typ, s.resolve(address, args, nil)),
	})
	if err != nil {
		return at(address, err)
	}
	return at(address, errorsIn(resp.Diagnostics))
}

// resolve returns arguments as a value of the resource's type. The ids of objects in fresh, which are created or recreated,
// are unknown.
func (s *session) resolve(address string, args arguments, fresh map[string]bool) tftypes.Value {
	return build(s.schemas[typeOf(address)].ValueType(), s.known(args, fresh))
}

// known replaces references with ids.
func (s *session) known(args arguments, fresh map[string]bool) arguments {
	known := arguments{}
	for name, v := range args {
		switch ref := v.(type) {
		case arguments:
			v = s.known(ref, fresh)
		case reference:
			v = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			s.mu.Lock()
			if in := s.state[string(ref)]; in != nil && in.current != nil && !in.current.tainted && !fresh[string(ref)] {
				v = in.current.text("id")
			}
			s.mu.Unlock()
		}
		known[name] = v
	}
	return known
}

// refresh reads everything, including deposed objects. It returns the state without the objects that no longer exist.
func (s *session) refresh(ctx context.Context) (map[string]*instance, error) {
	out := map[string]*instance{}
	err := each(s, sorted(s.state), func(address string) error {
		old, now := s.state[address], &instance{}
		for _, o := range append([]*object{old.current}, old.deposed...) {
			if o == nil {
				continue
			}
			seen, err := s.read(ctx, typeOf(address), o)
			if err != nil {
				return at(address, err)
			}
			switch {
			case seen == nil:
			case o == old.current:
				now.current = seen
			default:
				now.deposed = append(now.deposed, seen)
			}
		}
		if now.current != nil || len(now.deposed) > 0 {
			s.mu.Lock()
			out[address] = now
			s.mu.Unlock()
		}
		return nil
	})
	return out, err
}

func (s *session) read(ctx context.Context, typeName string, o *object) (*object, error) {
	typ := s.schemas[typeName].ValueType()
	resp, err := s.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: typeName, CurrentState: encode(typ, o.value), Private: o.private,
	})
	if err != nil {
		return nil, err
	}
	if err := errorsIn(resp.Diagnostics); err != nil {
		return nil, err
	}
	v := decode(typ, resp.NewState)
	if v.IsNull() {
		return nil, nil //nolint:nilnil // the object does not exist, which is not an error
	}
	return &object{value: v, private: resp.Private, tainted: o.tainted}, nil
}

// planOne plans a configured resource. It returns nil if there is nothing to do.
func (s *session) planOne(ctx context.Context, address string, args arguments, fresh map[string]bool) (*change, error) {
	config := s.resolve(address, args, fresh)
	typ := config.Type()
	c := &change{address: address, args: args, action: create}
	prior := &object{value: tftypes.NewValue(typ, nil)}
	if in := s.state[address]; in != nil && in.current != nil {
		c.object = in.current
		if !in.current.tainted { // Terraform plans a tainted object as if it did not exist
			prior = in.current
		}
	}
	planned, replaced, private, err := s.ask(ctx, address, prior, config)
	if err != nil {
		return nil, err
	}
	c.planned, c.private = planned, private
	switch {
	case c.object == nil:
		return c, nil
	case c.object.tainted:
		c.action = replace
		return c, nil
	case replaced || s.replace[address]:
		c.action = replace
		c.planned, _, c.private, err = s.ask(ctx, address, &object{value: tftypes.NewValue(typ, nil), private: private}, config)
		return c, err
	case planned.Equal(prior.value):
		return nil, nil //nolint:nilnil // no change
	default:
		c.action = update
		return c, nil
	}
}

// ask calls PlanResourceChange. A null configuration plans a deletion.
func (s *session) ask(ctx context.Context, address string, prior *object, config tftypes.Value) (planned tftypes.Value, replaced bool, private []byte, err error) {
	schema := s.schemas[typeOf(address)]
	typ := schema.ValueType()
	next := config
	if !config.IsNull() {
		next = proposed(schema, prior.value, config)
	}
	resp, err := s.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeOf(address), PriorState: encode(typ, prior.value), Config: encode(typ, config),
		ProposedNewState: encode(typ, next), PriorPrivate: prior.private,
	})
	if err == nil {
		err = errorsIn(resp.Diagnostics)
	}
	if err != nil {
		return planned, false, nil, err
	}
	s.warned.Store(address, warningsIn(resp.Diagnostics))
	return decode(typ, resp.PlannedState), len(resp.RequiresReplace) > 0, resp.PlannedPrivate, nil
}

func (c change) String() string { return fmt.Sprintf("%s %s", c.action, c.address) }
