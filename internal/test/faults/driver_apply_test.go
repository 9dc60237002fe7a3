package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var errInterrupted = errors.New("interrupted")

// apply plans and applies. Its error contains every problem of the run.
func (tf *terraform) apply(ctx context.Context, cfg config) error {
	changes, err := tf.plan(ctx, cfg)
	if err != nil {
		return err
	}
	s, err := tf.configure(ctx)
	if err != nil {
		return err
	}
	run := &run{session: s, failed: map[string]bool{}}
	return run.all(ctx, changes)
}

func (tf *terraform) destroy(ctx context.Context) error { return tf.apply(ctx, config{}) }

// run is the execution of a plan.
type run struct {
	*session
	failed map[string]bool // addresses whose operation failed or was skipped
}

// all executes the changes in Terraform's order: first the certificates, the setting and the deletions of associations,
// then the associations, and last the deletions of certificates and of what an earlier run deposed.
func (r *run) all(ctx context.Context, changes []change) error {
	var first, second, third error
	pick := func(f func(change) bool) []change {
		return slices.DeleteFunc(slices.Clone(changes), func(c change) bool { return !f(c) })
	}
	last := func(c change) bool { return c.deposed || c.action == remove && isCertificate(c.address) }
	middle := func(c change) bool { return c.action != remove && isAssociation(c.address) }
	first = each(r.session, pick(func(c change) bool { return !last(c) && !middle(c) }), func(c change) error { return r.do(ctx, c) })
	second = each(r.session, pick(middle), func(c change) error { return r.do(ctx, c) })
	ends := pick(last)
	for _, c := range changes {
		if c.action == replace && isCertificate(c.address) && !r.failed[c.address] {
			c.deposed = true
			ends = append(ends, c)
		}
	}
	if second == nil && first == nil {
		third = each(r.session, ends, func(c change) error { return r.remove(ctx, c) })
	}
	return join(first, second, third)
}

// do carries out a change of the first or second phase. It skips an association whose certificate failed.
func (r *run) do(ctx context.Context, c change) error {
	if r.world.stopped.Load() {
		return at(c.address, errInterrupted)
	}
	if c.action == remove {
		return r.remove(ctx, c)
	}
	if slices.ContainsFunc(c.args.references(), r.hasFailed) {
		return nil // the error of its certificate is reported already
	}
	var err error
	if c.action == replace && !isCertificate(c.address) { // without create_before_destroy
		if err = r.remove(ctx, c); err == nil {
			c.action = create
		}
	}
	if err == nil {
		err = r.write(ctx, c)
	}
	if err != nil {
		r.mu.Lock()
		r.failed[c.address] = true
		r.mu.Unlock()
	}
	return at(c.address, err)
}

func (r *run) hasFailed(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed[address]
}

// write creates or updates an object, or creates the replacement of one.
func (r *run) write(ctx context.Context, c change) error {
	config := r.resolve(c.address, c.args, nil)
	prior := &object{value: tftypes.NewValue(config.Type(), nil)}
	if c.action == update {
		prior = c.object
	}
	// Terraform plans a second time with the values that have become known.
	planned, replaced, private, err := r.ask(ctx, c.address, prior, config)
	if err != nil {
		return err
	}
	if replaced && c.action == update {
		return fmt.Errorf("inconsistent final plan: %s was planned as an update and is a replacement now", c.address)
	}
	if err := agree(c.planned, planned); err != nil {
		warned, _ := r.warned.Load(c.address)
		return fmt.Errorf("%w\n%s", err, warned)
	}
	now, err := r.send(ctx, c.address, prior.value, planned, config, private)
	if err == nil {
		if now == nil {
			return errors.New("inconsistent result after apply: nothing is in the state")
		}
		err = fits(c.address, planned, now.value)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now == nil {
		return err
	}
	in := r.state[c.address]
	if in == nil {
		in = &instance{}
		r.state[c.address] = in
	}
	if c.action == replace {
		in.deposed = append(in.deposed, c.object)
	}
	now.tainted = err != nil && c.action != update
	in.current = now
	return err
}

// agree checks that the final plan still has every value that was known in the first plan.
func agree(planned, final tftypes.Value) error {
	now := members(final)
	for name, p := range members(planned) {
		if p.IsFullyKnown() && !p.Equal(now[name]) {
			return fmt.Errorf("inconsistent final plan: %s was planned as %s and is %s now", name, p, now[name])
		}
	}
	return nil
}

// remove deletes c.object. If that fails, the object stays in the state.
func (r *run) remove(ctx context.Context, c change) error {
	if r.world.stopped.Load() {
		return at(c.address, errInterrupted)
	}
	null := tftypes.NewValue(c.object.value.Type(), nil)
	private := c.private
	if c.deposed { // Terraform plans the deletion of an object a second time if the apply has deposed it
		var err error
		if _, _, private, err = r.ask(ctx, c.address, c.object, null); err != nil {
			return at(c.address, err)
		}
	}
	left, err := r.send(ctx, c.address, c.object.value, null, null, private)
	if err == nil && left != nil {
		err = errors.New("the object is in the state after its deletion")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	in := r.state[c.address]
	if err == nil {
		in.deposed = slices.DeleteFunc(in.deposed, func(o *object) bool { return o == c.object })
		if in.current == c.object {
			in.current = nil
		}
		if in.current == nil && len(in.deposed) == 0 {
			delete(r.state, c.address)
		}
	}
	return at(c.address, err)
}

// send calls ApplyResourceChange. It returns the object that the state has afterwards, even with an error.
func (r *run) send(ctx context.Context, address string, prior, planned, config tftypes.Value, private []byte) (*object, error) {
	typ := r.schemas[typeOf(address)].ValueType()
	resp, err := r.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: typeOf(address), PriorState: encode(typ, prior), PlannedState: encode(typ, planned),
		Config: encode(typ, config), PlannedPrivate: private,
	})
	if err != nil {
		return nil, err
	}
	err = errorsIn(resp.Diagnostics)
	v := decode(typ, resp.NewState)
	if v.IsNull() {
		return nil, err
	}
	return &object{value: v, private: resp.Private}, err
}

// importID imports an object by id, as `terraform import` does.
func (tf *terraform) importID(ctx context.Context, address, id string) error {
	if in := tf.state[address]; in != nil && in.current != nil {
		return fmt.Errorf("%s: resource already managed by Terraform", address)
	}
	s, err := tf.configure(ctx)
	if err != nil {
		return err
	}
	resp, err := s.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: typeOf(address), ID: id})
	if err != nil {
		return err
	}
	if err := errorsIn(resp.Diagnostics); err != nil {
		return err
	}
	got := resp.ImportedResources[0]
	o, err := s.read(ctx, got.TypeName, &object{value: decode(s.schemas[got.TypeName].ValueType(), got.State), private: got.Private})
	if err != nil {
		return err
	}
	if o == nil {
		return fmt.Errorf("%s: cannot import a non-existent object", address)
	}
	in := tf.state[address]
	if in == nil {
		in = &instance{}
		tf.state[address] = in
	}
	in.current = o
	return nil
}
