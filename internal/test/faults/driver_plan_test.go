package faults

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// change is one line of a plan.
type change struct {
	address string
	action  action
	args    arguments     // of the configuration
	planned tftypes.Value // null for a deletion
	object  *object       // what is deleted, or replaced
	deposed bool          // object is a deposed one
}

type action string

const (
	create  action = "create"
	update  action = "update"
	replace action = "replace"
	remove  action = "delete"
)

// plan validates, reads, and plans. Like the CLI's, its refreshed state counts only if it comes through.
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
	var changes []change
	fresh := map[string]bool{} // whose id is known only after the apply
	for _, associations := range []bool{false, true} {
		for _, address := range sorted(cfg) {
			if isAssociation(address) != associations {
				continue
			}
			c, err := s.planOne(ctx, address, cfg[address], fresh)
			if err != nil {
				return nil, at(address, err)
			}
			if c != nil {
				changes = append(changes, *c)
				fresh[address] = c.action != update
			}
		}
	}
	return append(changes, s.deletions(cfg)...), nil
}

// deletions are of what the configuration no longer has, and of what is deposed.
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

// resolve makes the value of a configuration. The id of an object that is created or recreated is unknown.
func (s *session) resolve(address string, args arguments, fresh map[string]bool) tftypes.Value {
	known := arguments{}
	for name, v := range args {
		if ref, ok := v.(reference); ok {
			v = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			s.mu.Lock()
			if in := s.state[string(ref)]; in != nil && in.current != nil && !in.current.tainted && !fresh[string(ref)] {
				v = in.current.text("id")
			}
			s.mu.Unlock()
		}
		known[name] = v
	}
	return build(s.schemas[typeOf(address)].ValueType(), known)
}

// refresh reads everything, deposed objects too, and returns the state without what is gone.
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
		return nil, nil //nolint:nilnil // nothing is there, and that is no error
	}
	return &object{value: v, private: resp.Private, tainted: o.tainted}, nil
}

// planOne plans a configured resource; nil means that there is nothing to do.
func (s *session) planOne(ctx context.Context, address string, args arguments, fresh map[string]bool) (*change, error) {
	config := s.resolve(address, args, fresh)
	typ := config.Type()
	c := &change{address: address, args: args, action: create}
	prior := tftypes.NewValue(typ, nil)
	if in := s.state[address]; in != nil && in.current != nil {
		c.object, prior = in.current, in.current.value
	}
	if c.object != nil && c.object.tainted { // planned as if there were none
		c.action, prior = replace, tftypes.NewValue(typ, nil)
	}
	planned, err := s.ask(ctx, address, prior, nil, config)
	if err != nil {
		return nil, err
	}
	c.planned = planned.value
	if c.action == replace || c.object == nil {
		return c, nil
	}
	switch {
	case planned.replaced:
		c.action = replace
		planned, err = s.ask(ctx, address, tftypes.NewValue(typ, nil), planned.private, config)
		c.planned = planned.value
		return c, err
	case planned.value.Equal(prior):
		return nil, nil //nolint:nilnil // no change
	default:
		c.action = update
		return c, nil
	}
}

// planned is what the provider answers to PlanResourceChange.
type planned struct {
	value    tftypes.Value
	private  []byte
	replaced bool
}

// ask is PlanResourceChange. private is what a first planning of a replacement has left for the second one.
func (s *session) ask(ctx context.Context, address string, prior tftypes.Value, private []byte, config tftypes.Value) (planned, error) {
	schema := s.schemas[typeOf(address)]
	typ := schema.ValueType()
	resp, err := s.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: typeOf(address), PriorState: encode(typ, prior), Config: encode(typ, config),
		ProposedNewState: encode(typ, proposed(schema, prior, config)), PriorPrivate: private,
	})
	if err != nil {
		return planned{}, err
	}
	if err := errorsIn(resp.Diagnostics); err != nil {
		return planned{}, err
	}
	return planned{decode(typ, resp.PlannedState), resp.PlannedPrivate, len(resp.RequiresReplace) > 0}, nil
}

func (c change) String() string { return fmt.Sprintf("%s %s", c.action, c.address) }
