package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// While the provider's configuration is unknown, the provider defers if the CLI allows that. With any other CLI, it plans from the
// configuration alone. In both cases it sends no request. Released CLIs allow it only in experiments, so this uses the plugin protocol.
func TestUnknownConfigurationIsDeferred(t *testing.T) {
	for name, allowed := range map[string]bool{"allowed": true, "not allowed": false} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			d := newDeferral(t, w, allowed, tftypes.NewValue(tftypes.String, tftypes.UnknownValue))
			d.check(allowed)
			if err := acctest.NoRequest(w); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("known", func(t *testing.T) {
		w := acctest.New(t)
		newDeferral(t, w, true, acctest.Text(acctest.Token)).check(false)
	})
}

// deferral is a provider after ConfigureProvider.
type deferral struct {
	t       *testing.T
	rpc     *acctest.RPC
	schemas *tfprotov6.GetProviderSchemaResponse
	known   bool
}

func newDeferral(t *testing.T, w *acctest.World, allowed bool, token tftypes.Value) *deferral {
	t.Helper()
	rpc := w.RPC()
	schemas, err := rpc.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := rpc.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config:             rpc.Object(schemas.Provider.ValueType(), acctest.Attributes{"api_token": token, "base_url": acctest.Text(w.URL)}),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
	})
	if err != nil {
		t.Fatal(err)
	}
	rpc.NoError(configured.Diagnostics)
	return &deferral{t: t, rpc: rpc, schemas: schemas, known: token.IsKnown()}
}

// check plans, reads and imports one object of every type.
func (d *deferral) check(want bool) {
	d.t.Helper()
	for name := range d.schemas.ResourceSchemas {
		d.plan(name, want)
		imported, err := d.rpc.ImportResourceState(d.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: importIDs[name]})
		if err != nil {
			d.t.Fatal(err)
		}
		d.same(name+" imported", imported.Deferred, want)
	}
	for name := range d.schemas.DataSourceSchemas {
		if name == "origintls_origin" {
			continue // reading it would connect to an origin
		}
		config := acctest.Attributes{"zone_id": acctest.Text(acctest.Zone)}
		for _, attribute := range d.schemas.DataSourceSchemas[name].Block.Attributes {
			switch attribute.Name {
			case "id":
				if attribute.Optional {
					config["id"] = acctest.Text("2458ce5a-0c35-4c7f-82c7-8e9487d3ff60")
				}
			case "hostname":
				if attribute.Required {
					config["hostname"] = acctest.Text("api.example.com")
				}
			}
		}
		read, err := d.rpc.ReadDataSource(d.t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName: name, Config: d.rpc.Object(d.schemas.DataSourceSchemas[name].ValueType(), config),
			ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: want},
		})
		if err != nil {
			d.t.Fatal(err)
		}
		d.same(name+" read", read.Deferred, want)
		if !want && !d.known && (len(read.Diagnostics) != 1 || read.Diagnostics[0].Summary != "Provider configuration is not known") {
			d.t.Errorf("%s: %v", name, read.Diagnostics)
		}
		if want && len(read.Diagnostics) > 0 {
			d.t.Errorf("%s is deferred, and the diagnostics are %v", name, read.Diagnostics)
		}
	}
}

var importIDs = map[string]string{
	"origintls_zone_certificate":      acctest.Zone + "/2458ce5a-0c35-4c7f-82c7-8e9487d3ff60",
	"origintls_hostname_certificate":  acctest.Zone + "/2458ce5a-0c35-4c7f-82c7-8e9487d3ff60",
	"origintls_hostname_association":  acctest.Zone + "/api.example.com",
	"origintls_hostname_associations": acctest.Zone,
	"origintls_zone_setting":          acctest.Zone,
}

// plan plans the creation of a resource. Computed attributes must be unknown even if it is deferred, because others refer to them.
func (d *deferral) plan(name string, want bool) {
	d.t.Helper()
	pair := certtest.Leaf(d.t, "one")
	typ := d.rpc.ResourceType(name)
	config := acctest.Attributes{"zone_id": acctest.Text(acctest.Zone)}
	computed := "status"
	switch name {
	case "origintls_zone_certificate", "origintls_hostname_certificate":
		config["certificate"], config["private_key"] = acctest.Text(pair.Certificate), acctest.Text(pair.PrivateKey)
	case "origintls_hostname_association":
		config["hostname"], config["certificate_id"] = acctest.Text("api.example.com"), acctest.Text("2458ce5a-0c35-4c7f-82c7-8e9487d3ff60")
	case "origintls_hostname_associations":
		config["associations"] = tftypes.NewValue(typ.(tftypes.Object).AttributeTypes["associations"], map[string]tftypes.Value{})
		computed = "id"
	case "origintls_zone_setting":
		config["enabled"] = tftypes.NewValue(tftypes.Bool, true)
		computed = "id"
	default:
		d.t.Fatalf("add the arguments of %s here", name)
	}
	null, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, nil))
	if err != nil {
		d.t.Fatal(err)
	}
	object := d.rpc.Object(typ, config)
	plan, err := d.rpc.PlanResourceChange(d.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: &null, ProposedNewState: object, Config: object,
		ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: want},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.rpc.NoError(plan.Diagnostics)
	d.same(name+" planned", plan.Deferred, want)
	if v := d.rpc.Read(plan.PlannedState, typ)[computed]; v.IsKnown() {
		d.t.Errorf("%s: %s is planned as %s", name, computed, v)
	}
	read, err := d.rpc.ReadResource(d.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: object})
	if err != nil {
		d.t.Fatal(err)
	}
	d.same(name+" read", read.Deferred, want)
}

func (d *deferral) same(what string, got *tfprotov6.Deferred, want bool) {
	d.t.Helper()
	if (got != nil) != want || got != nil && got.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		d.t.Errorf("%s: deferred %v, want %v", what, got, want)
	}
}
