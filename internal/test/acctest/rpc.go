package acctest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// RPC speaks the plugin protocol to the provider, as a CLI would. It tests features that the installed CLI is too old for.
type RPC struct {
	tfprotov6.ProviderServer

	t          testing.TB
	schemas    *tfprotov6.GetProviderSchemaResponse
	identities map[string]*tfprotov6.ResourceIdentitySchema
}

// Attributes are the attributes of an object that are not null.
type Attributes map[string]tftypes.Value

// RPC starts the provider and configures it for this world.
func (w *World) RPC() *RPC {
	w.T.Helper()
	r := w.Unconfigured()
	config := r.Object(r.schemas.Provider.ValueType(), Attributes{"api_token": Text(Token), "base_url": Text(w.URL)})
	configured, err := r.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.99.0", Config: config})
	NoError(w.T, err)
	r.NoError(configured.Diagnostics)
	return r
}

// Unconfigured starts the provider without a configuration, so it has no client.
func (w *World) Unconfigured() *RPC {
	w.T.Helper()
	server, err := w.Factories()["origintls"]()
	NoError(w.T, err)
	r := &RPC{ProviderServer: server, t: w.T}
	ctx := context.Background()
	if r.schemas, err = server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		w.T.Fatal(err)
	}
	r.NoError(r.schemas.Diagnostics)
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	NoError(w.T, err)
	r.identities = identities.IdentitySchemas
	return r
}

// NoError fails the test if there is an error among the diagnostics.
func (r *RPC) NoError(diags []*tfprotov6.Diagnostic) {
	r.t.Helper()
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			r.t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// Text returns a string as an attribute.
func Text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

// Object returns an object of a type with the given attributes. All others are null.
func (r *RPC) Object(typ tftypes.Type, attributes Attributes) *tfprotov6.DynamicValue {
	r.t.Helper()
	object := typ.(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, t := range object.AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
	}
	for name, v := range attributes {
		if _, there := values[name]; !there {
			r.t.Fatalf("there is no attribute %s", name)
		}
		values[name] = v
	}
	return r.dynamic(typ, tftypes.NewValue(typ, values))
}

func (r *RPC) dynamic(typ tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	r.t.Helper()
	d, err := tfprotov6.NewDynamicValue(typ, v)
	NoError(r.t, err)
	return &d
}

// ResourceType returns the type of a resource's state.
func (r *RPC) ResourceType(name string) tftypes.Type {
	return r.schemas.ResourceSchemas[name].ValueType()
}

// IdentityType returns the type of a resource's identity.
func (r *RPC) IdentityType(name string) tftypes.Type { return r.identities[name].ValueType() }

// Types returns the names of all resources.
func (r *RPC) Types() []string {
	var names []string
	for name := range r.schemas.ResourceSchemas {
		names = append(names, name)
	}
	return names
}

// Read returns the attributes of an object.
func (r *RPC) Read(v *tfprotov6.DynamicValue, typ tftypes.Type) Attributes {
	r.t.Helper()
	value, err := v.Unmarshal(typ)
	NoError(r.t, err)
	attributes := Attributes{}
	if value.IsNull() {
		return nil
	}
	NoError(r.t, value.As((*map[string]tftypes.Value)(&attributes)))
	return attributes
}

// List runs a list resource for a zone.
func (r *RPC) List(name, zone string, resource bool, limit int64) []tfprotov6.ListResourceResult {
	r.t.Helper()
	config := r.Object(r.schemas.ListResourceSchemas[name].ValueType(), Attributes{"zone_id": Text(zone)})
	lister, ok := r.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		r.t.Fatal("the provider has no list resources")
	}
	stream, err := lister.ListResource(context.Background(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: config, IncludeResource: resource, Limit: limit,
	})
	NoError(r.t, err)
	var results []tfprotov6.ListResourceResult
	for result := range stream.Results {
		results = append(results, result)
	}
	return results
}

// Import imports by id, or by identity if it is not nil, and reads the object. It returns its state and its identity.
func (r *RPC) Import(name, id string, identity *tfprotov6.ResourceIdentityData) (state *tfprotov6.DynamicValue, read *tfprotov6.ResourceIdentityData) {
	r.t.Helper()
	ctx := context.Background()
	imported, err := r.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id, Identity: identity})
	NoError(r.t, err)
	r.NoError(imported.Diagnostics)
	one := imported.ImportedResources[0]
	answer, err := r.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	NoError(r.t, err)
	r.NoError(answer.Diagnostics)
	return answer.NewState, answer.NewIdentity
}

// Plan plans a configuration for a state, and returns the planned state.
func (r *RPC) Plan(name string, config, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData) *tfprotov6.PlanResourceChangeResponse {
	r.t.Helper()
	plan := r.PlanWith(name, config, state, identity, nil)
	r.NoError(plan.Diagnostics)
	return plan
}

// PlanWith is Plan with the private state of the instance. The plan may have errors. If the configuration is Null, it plans a destroy.
func (r *RPC) PlanWith(
	name string, config, state *tfprotov6.DynamicValue, identity *tfprotov6.ResourceIdentityData, private []byte,
) *tfprotov6.PlanResourceChangeResponse {
	r.t.Helper()
	typ, proposed := r.ResourceType(name), config
	if attributes := r.Read(config, typ); attributes != nil {
		// The CLI proposes configured values, and for computed attributes those of the state.
		prior := r.Read(state, typ)
		for _, attribute := range r.schemas.ResourceSchemas[name].Block.Attributes {
			if v, there := prior[attribute.Name]; there && attribute.Computed && attributes[attribute.Name].IsNull() {
				attributes[attribute.Name] = v
			}
		}
		proposed = r.dynamic(typ, tftypes.NewValue(typ, map[string]tftypes.Value(attributes)))
	}
	plan, err := r.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: state, Config: config, PriorIdentity: identity, PriorPrivate: private, ProposedNewState: proposed,
	})
	NoError(r.t, err)
	return plan
}

// Null is the state of an object that does not exist.
func (r *RPC) Null(name string) *tfprotov6.DynamicValue {
	r.t.Helper()
	typ := r.ResourceType(name)
	return r.dynamic(typ, tftypes.NewValue(typ, nil))
}

// Apply plans a configuration for a state and applies the plan, as a CLI does. If the configuration is Null, it destroys.
// It returns the new state, even with diagnostics.
func (r *RPC) Apply(name string, config, state *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	planned := config
	if r.Read(config, r.ResourceType(name)) != nil {
		planned = r.Plan(name, config, state, nil).PlannedState
	}
	answer, err := r.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, PriorState: state, PlannedState: planned, Config: config,
	})
	if err != nil {
		r.t.Error(err) // not Fatal, because several calls may run at the same time
		return state, nil
	}
	return answer.NewState, answer.Diagnostics
}

// Equal reports whether two objects are the same.
func (r *RPC) Equal(a, b *tfprotov6.DynamicValue, typ tftypes.Type) bool {
	r.t.Helper()
	left, err := a.Unmarshal(typ)
	NoError(r.t, err)
	right, err := b.Unmarshal(typ)
	NoError(r.t, err)
	return left.Equal(right)
}

// Data reads a data source. It returns its attributes and the diagnostics, which may include errors.
func (r *RPC) Data(name string, attributes Attributes) (Attributes, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	typ := r.schemas.DataSourceSchemas[name].ValueType()
	config := r.Object(typ, attributes)
	valid, err := r.ValidateDataResourceConfig(context.Background(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
	NoError(r.t, err)
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	answer, err := r.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
	NoError(r.t, err)
	return r.Read(answer.State, typ), answer.Diagnostics
}

// String returns a string attribute, or "" if it is null.
func (a Attributes) String(name string) string {
	var s *string
	if err := a[name].As(&s); err != nil || s == nil {
		return ""
	}
	return *s
}

// Bool returns a bool attribute, or false if it is null.
func (a Attributes) Bool(name string) bool {
	var b *bool
	return a[name].As(&b) == nil && b != nil && *b
}

// Objects returns an attribute that is a list of objects.
func (a Attributes) Objects(t testing.TB, name string) []Attributes {
	t.Helper()
	var list []tftypes.Value
	NoError(t, a[name].As(&list))
	objects := make([]Attributes, len(list))
	for i, v := range list {
		NoError(t, v.As((*map[string]tftypes.Value)(&objects[i])))
	}
	return objects
}
