package resources

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var (
	_ resource.ResourceWithConfigure   = &association{}
	_ resource.ResourceWithModifyPlan  = &association{}
	_ resource.ResourceWithImportState = &association{}
	_ resource.ResourceWithIdentity    = &association{}
)

// association is the resource origintls_hostname_association.
type association struct{ base }

// NewHostnameAssociation returns the resource origintls_hostname_association.
func NewHostnameAssociation() resource.Resource { return &association{} }

// Metadata implements resource.Resource.
func (r *association) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hostname_association"
	resp.ResourceBehavior = plansDeferred
}

// Schema implements resource.Resource.
func (r *association) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := func(name string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: attribute.AssociationDescriptions[name], Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Associates one hostname with a hostname certificate, which the edge then presents to the origin for that hostname, " +
			"whatever the zone-level setting is.\n\nAdding and removing an association changes what the edge presents. From before the apply until after it, the hostname's origin " +
			"has to trust both certificates, the zone's and the hostname's: see the guide *Per-hostname at scale*.\n\n" +
			"An apply ends when the association is active at the edge, and a destroy ends when it is void, which is Cloudflare's word for removed.",
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				MarkdownDescription: "Id of the zone, 32 hexadecimal digits. Changing it replaces the association.",
				Required:            true,
				Validators:          []validator.String{attribute.ZoneID()},
				PlanModifiers:       []planmodifier.String{zoneModifier{}},
			},
			"hostname": schema.StringAttribute{
				MarkdownDescription: "The hostname, such as `api.example.com`. Upper and lower case make no difference. Changing it replaces the association.",
				Required:            true,
				Validators:          []validator.String{attribute.Hostname()},
				PlanModifiers:       []planmodifier.String{hostnameModifier{}},
			},
			"certificate_id": schema.StringAttribute{
				MarkdownDescription: "Id of an `origintls_hostname_certificate` in the zone. Changing it is an update in place. The id of a zone certificate is not accepted.",
				Required:            true,
				Validators:          []validator.String{attribute.CertificateID()},
			},
			"enabled": schema.BoolAttribute{
				MarkdownDescription: "`true` (the default) presents the certificate; `false` presents no client certificate for this hostname, " +
					"even if the zone has one.",
				Optional: true,
				Computed: true,
				Default:  booldefault.StaticBool(true),
			},
			"id":                     computed("id"),
			"status":                 computed("status"),
			"certificate_status":     computed("certificate_status"),
			"certificate_expires_on": computed("certificate_expires_on"),
			"created_at":             computed("created_at"),
			"updated_at":             computed("updated_at"),
		},
		Blocks: map[string]schema.Block{
			"timeouts": timeouts.Block(ctx, timeouts.Opts{
				Create: true, Read: true, Update: true, Delete: true,
				CreateDescription: "How long the association and its deployment to the edge may take, such as `10m` (the default).",
				ReadDescription:   "How long reading the association may take, such as `10m` (the default).",
				UpdateDescription: "How long a change and its deployment to the edge may take, such as `10m` (the default).",
				DeleteDescription: "How long removing (voiding) the association may take, such as `10m` (the default). Cloudflare has taken up to four minutes.",
			}),
		},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *association) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("hostname", "The hostname, in lower case.")
}

// ModifyPlan implements resource.ResourceWithModifyPlan. If nothing changes, the computed attributes keep their
// values. If the association has not reached the edge, ModifyPlan plans to write it again.
func (r *association) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan associationModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	from := r.place(&state)
	if req.Plan.Raw.IsNull() {
		if from.zone != nil {
			mark(ctx, resp.Private, elsewhereKey, r.named(&state).planDestroyed(ctx, from.zone, from.key, client.Holding{}, &resp.Diagnostics), &resp.Diagnostics)
		}
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.refuseOtherZone(state.ZoneID, plan.ZoneID, &resp.Diagnostics)
	r.named(&plan).planInstance(ctx, from, r.place(&plan), &resp.Diagnostics)
	if !plan.ZoneID.IsUnknown() && !plan.Hostname.IsUnknown() {
		plan.ID = attribute.AssociationID(plan.ZoneID.ValueString(), plan.Hostname.ValueString())
	}
	if !req.State.Raw.IsNull() {
		if plan.ZoneID.IsUnknown() {
			plan.ID = state.ID // zoneModifier assumes the same zone, and for another hostname Terraform plans a second time
		}
		if plan.ID.Equal(state.ID) && plan.CertificateID.Equal(state.CertificateID) && plan.Enabled.Equal(state.Enabled) {
			plan.AssociationFacts = state.AssociationFacts
			switch client.Status(state.Status.ValueString()) {
			case client.StatusInitializing, client.StatusPendingDeployment, client.StatusDeploymentTimedOut:
				plan.Status, plan.UpdatedAt, plan.CreatedAt = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
				plan.CertificateStatus, plan.CertificateExpiresOn = types.StringUnknown(), types.StringUnknown()
			}
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// Create writes the association and waits until it is active at the edge.
func (r *association) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan associationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if !resp.Diagnostics.HasError() {
		r.write(ctx, "create", &plan, types.StringNull(), &resp.Diagnostics, func() { save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics) })
	}
}

// Read refreshes the state. An association that is void or being voided is removed from the state. One that is only
// disabled is kept.
func (r *association) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state associationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	identify(ctx, resp.Identity, &state, &resp.Diagnostics)
	api := r.data.API()
	if resp.Diagnostics.HasError() || api == nil {
		return // without a client, the state stays as it is
	}
	ctx, cancel := withTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	zone := api.Zone(state.ZoneID.ValueString())
	zone.Ledger.Read(ctx, client.HostnameKey(state.canonicalHostname()), client.Holding{})
	row, err := zone.Associations.Read(ctx, state.canonicalHostname())
	switch {
	case client.IsNotFound(err), err == nil && row.Gone():
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		r.problem("read", &state, err, "").Add(&resp.Diagnostics)
		return
	}
	state.Enabled = types.BoolPointerValue(row.Enabled)
	if row.CertificateID != "" {
		state.CertificateID = types.StringValue(row.CertificateID)
	}
	state.fromAPI(row)
	save(ctx, &resp.State, resp.Identity, &state, &resp.Diagnostics)
}

// Update writes the association again if anything but the timeouts or the hostname's case changes, and waits as
// Create does.
func (r *association) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state associationModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	store := func() { save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics) }
	if !plan.Status.IsUnknown() {
		store() // only the timeouts or the hostname's case change
		return
	}
	r.write(ctx, "update", &plan, state.Status, &resp.Diagnostics, store)
}

// Delete voids the association and waits until that has finished.
func (r *association) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state associationModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	api := r.data.MustAPI(&resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	elsewhere := marked[bool](ctx, req.Private, elsewhereKey, &resp.Diagnostics)
	err := api.Zone(state.ZoneID.ValueString()).Associations.Void(ctx, state.canonicalHostname(), state.CertificateID.ValueString(),
		client.Status(state.Status.ValueString()), elsewhere)
	if client.IsUnstarted(err) {
		r.named(&state).keptWarning(&resp.Diagnostics)
	} else if err != nil {
		r.problem("delete", &state, err, keptAdvice(err)).Add(&resp.Diagnostics)
	}
}

// ImportState implements resource.ResourceWithImportState.
func (r *association) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	valid := func(name string) bool { return attribute.CheckHostname(name) == nil }
	name := importKey(ctx, req, resp, "hostname", valid)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("hostname"), name)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("hostname"), attribute.CanonicalHostname(name))...)
}

// write writes the association for Create and Update. before is the status of the association before the write. store
// puts the model into the state: after the API has accepted the write, and again after the wait.
func (r *association) write(ctx context.Context, verb string, plan *associationModel, before types.String, diags *diag.Diagnostics, store func()) {
	api := r.data.MustAPI(diags)
	if api == nil {
		return
	}
	zoneID, want := plan.ZoneID.ValueString(), plan.toAPI()
	row, err := api.Zone(zoneID).Associations.Put(ctx, want)
	plan.fromAPI(row)
	refused := err != nil && isRefusal(err)
	if !refused {
		store() // also if the answer was lost, because the association may exist
	}
	if err != nil {
		p := r.problem(verb, plan, err, associationWriteAdvice(ctx, api, zoneID, want.CertificateID, err))
		p.First = taintAdvice(verb, !refused)
		p.Add(diags)
		return
	}
	row, err = api.Zone(zoneID).Associations.WaitActive(ctx, want, row, client.Status(before.ValueString()))
	plan.fromAPI(row)
	store()
	if err != nil {
		p := r.problem(verb, plan, err, "")
		p.First = taintAdvice(verb, true)
		p.Add(diags)
	}
}

func (r *association) named(m *associationModel) named {
	return named{"origintls_hostname_association", "the association of hostname " + m.canonicalHostname() + " in zone " + m.ZoneID.ValueString()}
}

// place returns the association of a state or plan. Its zone is nil if there is no association, or if the zone is not
// known yet.
func (r *association) place(m *associationModel) place {
	if m.Hostname.ValueString() == "" {
		return place{}
	}
	return place{r.zone(m.ZoneID), client.HostnameKey(m.canonicalHostname())}
}

func (r *association) problem(verb string, m *associationModel, err error, advice string) attribute.Problem {
	var wait *client.WaitError
	if advice == "" && errors.As(err, &wait) && wait.Terminal() && verb == "delete" {
		advice = "What to do: run the same command again once Cloudflare has recovered (https://www.cloudflarestatus.com). The provider then voids the association again."
	}
	return attribute.Problem{
		Verb: verb, Noun: "hostname association", Err: err, Advice: advice,
		Object: fmt.Sprintf("hostname %s of zone %s, certificate %s", m.canonicalHostname(), m.ZoneID.ValueString(), m.CertificateID.ValueString()),
	}
}
