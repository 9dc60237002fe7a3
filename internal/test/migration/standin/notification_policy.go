package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// notificationPolicy is cloudflare_notification_policy of version 5 without filters, which alerts about client certificates do
// not have. It is used by the example of such alerts. It can be created and destroyed, but notifies nobody.
type notificationPolicy struct{}

func (notificationPolicy) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "cloudflare_notification_policy"
}

func (notificationPolicy) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	targets := schema.ListNestedAttribute{Optional: true, NestedObject: schema.NestedAttributeObject{
		Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Optional: true}},
	}}
	resp.Schema = schema.Schema{Version: 500, Attributes: map[string]schema.Attribute{
		"id":         schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}},
		"account_id": schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}},
		"alert_type": schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.OneOf(
			"zone_aop_custom_certificate_expiration_type", "hostname_aop_custom_certificate_expiration_type", "universal_ssl_event_type",
		)}},
		"name":           schema.StringAttribute{Required: true},
		"description":    schema.StringAttribute{Optional: true},
		"alert_interval": schema.StringAttribute{Optional: true},
		"enabled":        schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true)},
		"mechanisms": schema.SingleNestedAttribute{
			Required: true, Attributes: map[string]schema.Attribute{"email": targets, "pagerduty": targets, "webhooks": targets},
		},
	}}
}

func (notificationPolicy) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var alertType types.String
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("alert_type"), &alertType)...)
	resp.State.Raw = req.Plan.Raw
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), "id-of-"+alertType.ValueString())...)
}

func (notificationPolicy) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (notificationPolicy) Update(_ context.Context, _ resource.UpdateRequest, resp *resource.UpdateResponse) {
	resp.Diagnostics.AddError(unable, "")
}

func (notificationPolicy) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
