package resources

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var (
	_ resource.ResourceWithConfigure      = &associations{}
	_ resource.ResourceWithValidateConfig = &associations{}
	_ resource.ResourceWithModifyPlan     = &associations{}
	_ resource.ResourceWithImportState    = &associations{}
	_ resource.ResourceWithIdentity       = &associations{}
)

// associations is the resource origintls_hostname_associations.
type associations struct{ base }

// NewHostnameAssociations returns the resource origintls_hostname_associations.
func NewHostnameAssociations() resource.Resource { return &associations{} }

// Metadata implements resource.Resource.
func (r *associations) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hostname_associations"
	resp.ResourceBehavior = plansDeferred
}

// Schema implements resource.Resource.
func (r *associations) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Associates many hostnames of a zone with hostname certificates. Use it for hundreds of hostnames, for which single resources " +
			"would make plan and state large. It does not change hostnames that are not in its map. Put each hostname into only one resource: " +
			"this one or an `origintls_hostname_association`.\n\nAdding and removing a hostname changes what the edge presents for it. From before the apply until after it, " +
			"the hostname's origin has to trust both certificates, the zone's and the hostname's: see the guide *Per-hostname at scale*.\n\nThe apply writes only what changed. It ends when every written association " +
			"is active at the edge, or void. If some hostnames fail, the error names them and the others are kept in the state. " +
			"If that happens in the first apply, Terraform marks the resource as tainted, and the next apply would void all hostnames first. " +
			"To prevent that, run `terraform untaint` before it.",
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				MarkdownDescription: "Id of the zone, 32 hexadecimal digits. Changing it replaces the associations.",
				Required:            true,
				Validators:          []validator.String{attribute.ZoneID()},
				PlanModifiers:       []planmodifier.String{zoneModifier{}},
			},
			"associations": schema.MapNestedAttribute{
				MarkdownDescription: "The associations by hostname, such as `api.example.com`. Upper and lower case make no difference.",
				Required:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"certificate_id": schema.StringAttribute{
						MarkdownDescription: "Needed in every association: the id of an `origintls_hostname_certificate` in the zone. A certificate can have up to 100 hostnames.",
						Optional:            true, // needed, but see ValidateConfig
						Validators:          []validator.String{attribute.CertificateID()},
					},
					"enabled": schema.BoolAttribute{
						MarkdownDescription: "`true` (the default) presents the certificate; `false` presents no client certificate for this hostname, " +
							"even if the zone has one.",
						Optional: true,
						Computed: true,
						Default:  booldefault.StaticBool(true),
					},
				}},
			},
			"pending": schema.SetAttribute{
				MarkdownDescription: "The hostnames, in lower case, whose association had not reached the edge when it was last read: " +
					"it was still being deployed, or its deployment had timed out. The next apply writes these associations again and waits for them.",
				ElementType: types.StringType,
				Computed:    true,
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
				CreateDescription: "How long all associations and their deployment to the edge may take, such as `10m` (the default).",
				ReadDescription:   "How long reading them may take, such as `10m` (the default).",
				UpdateDescription: "How long a change and its deployment to the edge may take, such as `10m` (the default).",
				DeleteDescription: "How long removing (voiding) them may take, such as `10m` (the default). Cloudflare has taken up to four minutes.",
			}),
		},
	}
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *associations) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema("", "")
}

// ValidateConfig implements resource.ResourceWithValidateConfig. It checks here that certificate_id is set. For a
// required attribute, the framework would check that too, but it takes the attributes of an association that is not
// known yet for missing: the value of a variable, for example, is not known when Terraform validates.
func (r *associations) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config associationsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.Associations.IsUnknown() {
		return
	}
	if !noneIsNull(config.Associations, &resp.Diagnostics) {
		return
	}
	at := path.Root("associations")
	seen, uses := map[string]string{}, map[string]int{}
	for key, element := range config.Associations.Elements() {
		if err := attribute.CheckHostname(key); err != nil {
			resp.Diagnostics.AddAttributeError(at.AtMapKey(key), "Invalid hostname", fmt.Sprintf("The key %q is not a hostname: %s.", key, err))
		}
		name := attribute.CanonicalHostname(key)
		if former, twice := seen[name]; twice {
			resp.Diagnostics.AddAttributeError(at.AtMapKey(key), "Duplicate hostname",
				fmt.Sprintf("The keys %q and %q are the same hostname: upper and lower case make no difference.", min(key, former), max(key, former)))
		}
		seen[name] = key
		entry, _ := element.(types.Object)
		id, known := entry.Attributes()["certificate_id"].(types.String) // there are no attributes if nothing is known of the association
		switch {
		case !known:
		case id.IsNull():
			resp.Diagnostics.AddAttributeError(at.AtMapKey(key).AtName("certificate_id"), "Missing certificate id",
				fmt.Sprintf("associations[%q].certificate_id is not set. Set it to the id of an origintls_hostname_certificate.", key))
		case !id.IsUnknown():
			uses[id.ValueString()]++
		}
	}
	for id, n := range uses {
		if n > client.CertificateAssociationLimit {
			resp.Diagnostics.AddAttributeError(at, "Too many hostnames on one certificate",
				fmt.Sprintf("%d hostnames use the certificate %s, and Cloudflare allows %d. Upload a second certificate "+
					"with origintls_hostname_certificate and move some of the hostnames to it.", n, id, client.CertificateAssociationLimit))
		}
	}
}

// ModifyPlan implements resource.ResourceWithModifyPlan. It plans to write those associations again that have not
// reached the edge.
func (r *associations) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state, plan associationsModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
		r.refuseOtherZone(state.ZoneID, plan.ZoneID, &resp.Diagnostics)
	}
	r.planEach(ctx, &state, &plan, req, resp)
	if !req.Plan.Raw.IsNull() && len(state.Pending.Elements()) > 0 {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("pending"), types.SetUnknown(types.StringType))...)
	}
}

// Create writes all associations and waits until they are active at the edge.
func (r *associations) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan associationsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Create, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	r.write(ctx, "create", &plan, &associationsModel{}, nil, &resp.Diagnostics)
	if resp.Diagnostics.HasError() && len(plan.Associations.Elements()) == 0 {
		return // nothing was created, so there is nothing to save
	}
	save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
}

// Read refreshes the state. After an import, it reads all associations of the zone.
func (r *associations) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state associationsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	identify(ctx, resp.Identity, &state, &resp.Diagnostics)
	api := r.data.API()
	if resp.Diagnostics.HasError() || api == nil {
		return // without a client, the state stays as it is
	}
	ctx, cancel := withTimeout(ctx, state.Timeouts.Read, &resp.Diagnostics)
	defer cancel()
	zoneID := state.ZoneID.ValueString()
	var live map[string]associationEntry
	var pending map[string]bool
	if state.Associations.IsNull() {
		live, pending = r.readZone(ctx, api, zoneID, "read", &resp.Diagnostics)
	} else {
		live, pending = r.readEach(ctx, api, zoneID, state.entries(ctx, &resp.Diagnostics), &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if len(live) == 0 && len(state.Associations.Elements()) > 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	state.ID = state.ZoneID
	state.setEntries(ctx, live, &resp.Diagnostics)
	state.setPending(pending)
	save(ctx, &resp.State, resp.Identity, &state, &resp.Diagnostics)
}

// Update writes what changed, voids what was removed, and waits for both.
func (r *associations) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state associationsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := withTimeout(ctx, plan.Timeouts.Update, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	r.write(ctx, "update", &plan, &state, nil, &resp.Diagnostics)
	save(ctx, &resp.State, resp.Identity, &plan, &resp.Diagnostics)
}

// Delete voids all associations and waits until that has finished. Associations that could not be voided stay in the
// state.
func (r *associations) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state associationsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	ctx, cancel := withTimeout(ctx, state.Timeouts.Delete, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	left := state
	left.setEntries(ctx, nil, &resp.Diagnostics)
	elsewhere := marked[[]string](ctx, req.Private, elsewhereKey, &resp.Diagnostics)
	r.write(ctx, "delete", &left, &state, elsewhere, &resp.Diagnostics)
	save(ctx, &resp.State, resp.Identity, &left, &resp.Diagnostics) // without an error, the framework removes the state
}

// ImportState implements resource.ResourceWithImportState.
func (r *associations) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	none := func(rest string) bool { return rest == "" }
	importKey(ctx, req, resp, "", none)
}

// write makes the changes that lead from the state to the model m, and updates m to what was achieved. elsewhere are
// the hostnames that the plan creates at another address.
func (r *associations) write(ctx context.Context, verb string, m, state *associationsModel, elsewhere []string, diags *diag.Diagnostics) {
	m.ID = m.ZoneID
	api := r.data.MustAPI(diags)
	to, from, pending := m.entries(ctx, diags), state.entries(ctx, diags), state.pending(ctx, diags)
	if diags.HasError() {
		m.setEntries(ctx, from, diags)
		m.setPending(pending)
		return
	}
	changes := associationChanges(from, to, pending)
	for i := range changes {
		changes[i].elsewhere = slices.Contains(elsewhere, changes[i].Hostname)
	}
	failed := r.writeAll(ctx, api, m.ZoneID.ValueString(), changes)
	var left []string
	for _, hostname := range slices.Sorted(maps.Keys(failed)) {
		if client.IsUnstarted(failed[hostname]) {
			left = append(left, hostname)
			delete(failed, hostname)
		}
	}
	if len(left) > 0 {
		r.named(left, state, m).keptWarning(diags)
	}
	entries, pending := achieved(from, to, changes, failed)
	m.setEntries(ctx, entries, diags)
	m.setPending(pending)
	r.report(ctx, api, verb, m.ZoneID.ValueString(), len(entries) > 0, changes, failed, diags)
}
