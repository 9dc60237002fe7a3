// Command standin stands in for version 5 of the official provider in tests of a migration. The CLI loads the schemas of every
// provider that a state names, and on the way back it plans with the official provider again. The stand-in finds every object
// as the state has it, and changes nothing. For one of the examples, it also creates notification policies.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type standIn struct{}

func (standIn) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "cloudflare"
}

func (standIn) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (standIn) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (standIn) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, name := range []string{"", "_certificate", "_hostname_certificate", "_settings"} {
		all = append(all, func() resource.Resource { return object{"cloudflare_authenticated_origin_pulls" + name} })
	}
	return append(all, func() resource.Resource { return notificationPolicy{} })
}

func (standIn) DataSources(context.Context) []func() datasource.DataSource { return nil }

// object is a resource type with the attributes of all types. Attributes that a state does not have are null.
type object struct{ name string }

func (o object) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = o.name
}

func (object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Version: 500, Attributes: map[string]schema.Attribute{
		"enabled": schema.BoolAttribute{Optional: true, Computed: true},
		"config": schema.ListAttribute{Optional: true, Computed: true, ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"hostname": types.StringType, "cert_id": types.StringType, "enabled": types.BoolType,
		}}},
	}}
	for _, name := range []string{
		"cert_id", "cert_status", "cert_updated_at", "cert_uploaded_on", "certificate", "certificate_id", "created_at", "expires_on", "hostname",
		"id", "issuer", "private_key", "serial_number", "signature", "status", "updated_at", "uploaded_on", "zone_id",
	} {
		resp.Schema.Attributes[name] = schema.StringAttribute{Optional: true, Computed: true, Sensitive: name == "private_key"}
	}
}

func (object) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

const unable = "The stand-in changes nothing"

func (object) Create(_ context.Context, _ resource.CreateRequest, resp *resource.CreateResponse) {
	resp.Diagnostics.AddError(unable, "")
}

func (object) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError(unable, "")
}

func (object) Delete(_ context.Context, _ resource.DeleteRequest, resp *resource.DeleteResponse) {
	resp.Diagnostics.AddError(unable, "")
}

func main() {
	constructor := func() provider.Provider { return standIn{} }
	opts := providerserver.ServeOpts{Address: "registry.terraform.io/cloudflare/cloudflare"}
	if err := providerserver.Serve(context.Background(), constructor, opts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
