package faults

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// terraform stands in for the CLI. It drives the provider in process over the plugin protocol, as Terraform would, and
// keeps the state. The CLI needs seconds for what takes the provider milliseconds, so only this driver allows tests to
// try hundreds of positions of a fault, and random sequences. TestAccScenarios runs the real CLI.
//
// Like Terraform, it validates, reads, plans and applies, with a newly configured provider for the plan and for the
// apply. It runs ten operations at a time. It creates certificates before their associations, and deletes certificates
// last (create_before_destroy). A failed create leaves a tainted object, and a failed deletion of a replaced object
// leaves it deposed. Operations that depend on a failed one are skipped. The result must agree with the plan. It leaves
// out what no test here is about: modules, refreshed outputs and identity.
type terraform struct {
	world   *world
	schemas map[string]*tfprotov6.Schema

	replace map[string]bool // addresses to replace, as with -replace

	mu    sync.Mutex
	state map[string]*instance // by address
}

// instance is what the state has for an address.
type instance struct {
	current *object
	deposed []*object
}

type object struct {
	value   tftypes.Value
	private []byte
	tainted bool
}

// config is a configuration: resources by address, such as "origintls_zone_setting.this".
type config map[string]arguments

// arguments are the arguments that are set. A reference stands for the id of another resource.
type arguments map[string]any

type reference string // an address

func typeOf(address string) string {
	typ, _, _ := strings.Cut(address, ".")
	return typ
}

func isCertificate(address string) bool { return strings.HasSuffix(typeOf(address), "_certificate") }

// isAssociation reports whether a resource manages associations, single or bulk.
func isAssociation(address string) bool {
	return strings.HasPrefix(typeOf(address), "origintls_hostname_association")
}

// references returns the addresses that the arguments refer to.
func (a arguments) references() []string {
	var found []string
	for _, v := range a {
		switch v := v.(type) {
		case reference:
			found = append(found, string(v))
		case arguments:
			found = append(found, v.references()...)
		}
	}
	return found
}

// session is one configured provider.
type session struct {
	*terraform
	server tfprotov6.ProviderServer
	slots  chan struct{} // Terraform's -parallelism
	warned sync.Map      // the warnings of the latest plan, by address
}

func (tf *terraform) configure(ctx context.Context) (*session, error) {
	server, err := tf.world.factory()
	if err != nil {
		return nil, err
	}
	if tf.schemas == nil {
		schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			return nil, err
		}
		tf.schemas = maps.Clone(schema.ResourceSchemas)
		tf.schemas["provider"] = schema.Provider
	}
	args := arguments{"api_token": token, "base_url": tf.world.URL, "request_budget": 0}
	maps.Copy(args, tf.world.provider)
	typ := tf.schemas["provider"].ValueType()
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.11.4", Config: encode(typ, build(typ, args)),
	})
	if err != nil {
		return nil, err
	}
	tf.world.server.Store(&server)
	return &session{terraform: tf, server: server, slots: make(chan struct{}, 10)}, errorsIn(resp.Diagnostics)
}

// each calls f for every item, ten at a time, and joins the errors.
func each[T any](s *session, items []T, f func(T) error) error {
	var wg sync.WaitGroup
	failed := make([]error, len(items))
	for i, item := range items {
		wg.Go(func() {
			s.slots <- struct{}{}
			defer func() { <-s.slots }()
			failed[i] = f(item)
		})
	}
	wg.Wait()
	return join(failed...)
}

// build converts Go values to a value of a type. Missing attributes are null. It uses a tftypes.Value, such as an unknown
// one, as it is.
func build(typ tftypes.Type, v any) tftypes.Value {
	var members map[string]any
	switch v := v.(type) {
	case tftypes.Value:
		return v
	case arguments:
		members = v
	case int:
		return tftypes.NewValue(typ, int64(v))
	default:
		return tftypes.NewValue(typ, v)
	}
	attributes := map[string]tftypes.Value{}
	if rows, ok := typ.(tftypes.Map); ok {
		for name, v := range members {
			attributes[name] = build(rows.ElementType, v)
		}
		return tftypes.NewValue(typ, attributes)
	}
	for name, t := range typ.(tftypes.Object).AttributeTypes {
		attributes[name] = build(t, members[name])
	}
	return tftypes.NewValue(typ, attributes)
}

func encode(typ tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	raw, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		panic(err) // a mistake in this driver
	}
	return &raw
}

func decode(typ tftypes.Type, raw *tfprotov6.DynamicValue) tftypes.Value {
	v, err := raw.Unmarshal(typ)
	if err != nil {
		panic(err)
	}
	return v
}

// members returns the attributes of an object. A null object has none.
func members(v tftypes.Value) map[string]tftypes.Value {
	out := map[string]tftypes.Value{}
	if !v.IsNull() {
		if err := v.As(&out); err != nil {
			panic(err)
		}
	}
	return maps.Clone(out) // As returns the map of the value itself
}

// text returns a string attribute of an object, or "".
func (o *object) text(name string) string {
	var s string
	if v, ok := members(o.value)[name]; ok && v.IsKnown() && !v.IsNull() {
		_ = v.As(&s) // "" if it is not a string
	}
	return s
}

// proposed merges the configuration and the prior state as Terraform does: computed attributes that are not configured
// keep their values.
func proposed(schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	merged, before := members(config), members(prior)
	for _, a := range schema.Block.Attributes {
		if v, ok := before[a.Name]; ok && a.Computed && merged[a.Name].IsNull() {
			merged[a.Name] = v
		}
	}
	return tftypes.NewValue(config.Type(), merged)
}

// fits reports where a result contradicts the plan, which Terraform calls a bug in the provider.
func fits(address string, planned, result tftypes.Value) error {
	now := members(result)
	for name, p := range members(planned) {
		if p.IsFullyKnown() && !p.Equal(now[name]) {
			return fmt.Errorf("%s: inconsistent result after apply: %s was planned as %s and became %s", address, name, p, now[name])
		}
	}
	if !result.IsFullyKnown() {
		return fmt.Errorf("%s: unknown values after apply: %s", address, result)
	}
	return nil
}

// problem is the errors of a command, as a user reads them.
type problem []string

// separator separates problems.
const separator = "\n---\n"

func (p problem) Error() string { return strings.Join(p, separator) }

// warningsIn returns the texts of warnings. They explain the errors that Terraform itself reports.
func warningsIn(diags []*tfprotov6.Diagnostic) string {
	var texts []string
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			texts = append(texts, d.Summary+"\n"+d.Detail)
		}
	}
	return strings.Join(texts, "\n")
}

func errorsIn(diags []*tfprotov6.Diagnostic) error {
	var p problem
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			p = append(p, d.Summary+"\n"+d.Detail)
		}
	}
	if len(p) == 0 {
		return nil
	}
	return p
}

func join(all ...error) error {
	var p problem
	for _, err := range all {
		if err != nil {
			p = append(p, err.Error())
		}
	}
	if len(p) == 0 {
		return nil
	}
	return p
}

// at prefixes an error with its address.
func at(address string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", address, err)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// String returns the state in short form.
func (tf *terraform) String() string {
	var lines []string
	for _, address := range sorted(tf.state) {
		line := strings.TrimPrefix(address, "origintls_")
		if o := tf.state[address].current; o != nil {
			line += " " + o.text("id")
			if o.tainted {
				line += " (tainted)"
			}
		}
		for _, o := range tf.state[address].deposed {
			line += " deposed " + o.text("id")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}
