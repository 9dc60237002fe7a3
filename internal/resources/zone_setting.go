package resources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var (
	_ resource.ResourceWithConfigure   = &setting{}
	_ resource.ResourceWithModifyPlan  = &setting{}
	_ resource.ResourceWithImportState = &setting{}
	_ resource.ResourceWithIdentity    = &setting{}
)

// setting is the resource origintls_zone_setting.
type setting struct{ base }

// settingModel is the setting in plan and state.
type settingModel struct {
	ID       types.String   `tfsdk:"id"`
	ZoneID   types.String   `tfsdk:"zone_id"`
	Enabled  types.Bool     `tfsdk:"enabled"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// NewZoneSetting returns the resource origintls_zone_setting.
func NewZoneSetting() resource.Resource { return &setting{} }

// Metadata implements resource.Resource.
func (r *setting) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_zone_setting"
	resp.ResourceBehavior = plansDeferred
}

// Schema implements resource.Resource.
func (r *setting) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The zone-level switch of Authenticated Origin Pulls: whether the edge presents the zone's certificate to the origin " +
			"for hostnames without an association of their own. Every zone has this setting, and it is off by default. Declare one such resource for a zone.\n\n" +
			"Destroying it restores the default, off. To leave the setting as it is, remove the resource from the state with " +
			"`removed { lifecycle { destroy = false } }`. This is not the older *global* switch, which is the zone setting `tls_client_auth`.",
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				MarkdownDescription: "Id of the zone, 32 hexadecimal digits. Changing it replaces the setting.",
				Required:            true,
				Validators:          []validator.String{attribute.ZoneID()},
				PlanModifiers:       []planmodifier.String{zoneModifier{}},
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "Whether zone-level Authenticated Origin Pulls are on.",
				Required:            true,
			},
			"id": schema.StringAttribute{
				MarkdownDescription: "The zone's id.",
				Computed:            true,
				PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
			},
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Read: true, Update: true, Delete: true,
				CreateDescription: "How long setting it for the first time may take, such as `10m` (the default).",
				ReadDescription:   "How long reading it may take, such as `10m` (the default).",
				UpdateDescription: "How long changing it may take, such as `10m` (the default).",
				DeleteDescription: "How long turning it off may take, such as `10m` (the default).",
			}),
		},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *setting) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("", "")
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It adds a diagnostic if the plan refers to the same setting
// at two addresses.
func (r *setting) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan settingModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	from := place{r.zone(state.ZoneID), client.SettingKey()}
	if req.Plan.Raw.IsNull() {
		if from.zone == nil {
			return
		}
		mark(ctx, resp.Private, elsewhereKey, r.named(&state).planDestroyed(ctx, from.zone, from.key, client.Holding{}, &resp.Diagnostics), &resp.Diagnostics)
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	r.refuseOtherZone(state.ZoneID, plan.ZoneID, &resp.Diagnostics)
	to := place{r.zone(plan.ZoneID), client.SettingKey()}
	r.named(&plan).planInstance(ctx, from, to, &resp.Diagnostics)
}

// Create writes the setting. It warns if that turns off what somebody else has turned on. It does not warn of turning
// the setting on, because that is what the resource is for.
func (r *setting) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan settingModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	live, err := api.Zone(plan.ZoneID.ValueString()).Setting.Get(ctx)
	if err != nil {
		r.problem("create", &plan, err).Add(&resp.Diagnostics)
		return
	}
	if live && !plan.Enabled.ValueBool() {
		resp.Diagnostics.AddAttributeWarning(path.Root("enabled"), "Zone setting was on",
			fmt.Sprintf("Zone-level authenticated origin pulls of zone %s were on, but the state did not contain the setting, and this apply turns them off. "+
				"If you did not intend that, set enabled = true and apply again. Next time, import the setting first.", plan.ZoneID.ValueString()))
	}
	if r.write(ctx, api, "create", &plan, &resp.Diagnostics) {
		plan.ID = plan.ZoneID
		save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
	}
}

// Read refreshes the state. Every zone has the setting, so "not found" is an error here.
func (r *setting) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state settingModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	identify(ctx, resp.Identity, &state, &resp.Diagnostics)
	api := r.data.API()
	if resp.Diagnostics.HasError() || api == nil {
		return // without a client, the state stays as it is
	}
	ctx, cancel := withTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	zone := api.Zone(state.ZoneID.ValueString())
	zone.Ledger.Read(ctx, client.SettingKey(), client.Holding{})
	enabled, err := zone.Setting.Get(ctx)
	if err != nil {
		r.problem("read", &state, err).Add(&resp.Diagnostics)
		return
	}
	state.ID, state.Enabled = state.ZoneID, types.BoolValue(enabled)
	save(ctx, &resp.State, resp.Identity, &state, &resp.Diagnostics)
}

// Update writes the setting, unless only the timeouts changed.
func (r *setting) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state settingModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.Enabled.Equal(state.Enabled) || r.write(ctx, api, "update", &plan, &resp.Diagnostics) {
		save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
	}
}

// Delete restores the default, which is off.
func (r *setting) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state settingModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := withTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	api := r.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	elsewhere := marked[bool](ctx, req.Private, elsewhereKey, &resp.Diagnostics)
	err := api.Zone(state.ZoneID.ValueString()).Setting.Reset(ctx, elsewhere)
	if client.IsUnstarted(err) {
		r.named(&state).keptWarning(&resp.Diagnostics)
	} else if err != nil {
		r.problem("delete", &state, err).Add(&resp.Diagnostics)
	}
}

// ImportState implements resource.ResourceWithImportState.
func (r *setting) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	none := func(rest string) bool { return rest == "" }
	importKey(ctx, req, resp, "", none)
}

// write writes the setting for Create and Update. It reports whether that succeeded.
func (r *setting) write(ctx context.Context, api *client.Client, verb string, m *settingModel, diags *diag.Diagnostics) bool {
	if err := api.Zone(m.ZoneID.ValueString()).Setting.Put(ctx, m.Enabled.ValueBool()); err != nil {
		r.problem(verb, m, err).Add(diags)
		return false
	}
	return true
}

func (r *setting) named(m *settingModel) named {
	return named{"origintls_zone_setting", "the setting of zone " + m.ZoneID.ValueString()}
}

func (r *setting) problem(verb string, m *settingModel, err error) attribute.Problem {
	p := attribute.Problem{Verb: verb, Noun: "zone setting", Object: "the setting of zone " + m.ZoneID.ValueString(), Err: err}
	if client.IsKept(err) {
		p.Advice = r.named(m).keptAdvice()
	} else if client.IsNotFound(err) {
		p.Advice = "What to do: check zone_id. Every zone has this setting, so an answer that it does not exist is about the zone or the endpoint. " +
			"If the zone was deleted, remove the setting from the configuration and from the state, with `terraform state rm ADDRESS`."
	}
	return p
}
