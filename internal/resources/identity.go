package resources

import (
	"context"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// The identities of objects. They never change.
type (
	certificateIdentity struct {
		ZoneID        types.String `tfsdk:"zone_id"`
		CertificateID types.String `tfsdk:"certificate_id"`
	}
	hostnameIdentity struct {
		ZoneID   types.String `tfsdk:"zone_id"`
		Hostname types.String `tfsdk:"hostname"`
	}
	zoneIdentity struct {
		ZoneID types.String `tfsdk:"zone_id"`
	}
)

// identified is the model of a resource, which has an identity.
type identified interface{ identity() any }

func (m *certificateModel) identity() any { return certificateIdentity{m.ZoneID, m.ID} }

func (m *associationModel) identity() any {
	return hostnameIdentity{m.ZoneID, types.StringValue(m.canonicalHostname())}
}

func (m *associationsModel) identity() any { return zoneIdentity{m.ZoneID} }

func (m *settingModel) identity() any { return zoneIdentity{m.ZoneID} }

// identitySchema returns the schema of an identity, which consists of the zone and, unless second is "", an attribute
// with that name.
func identitySchema(second, description string) identityschema.Schema {
	s := identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"zone_id": identityschema.StringAttribute{Description: "Id of the zone.", RequiredForImport: true},
	}}
	if second != "" {
		s.Attributes[second] = identityschema.StringAttribute{Description: description, RequiredForImport: true}
	}
	return s
}

// save stores a model in the state, and its identity with it.
func save(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, m identified, diags *diag.Diagnostics) {
	diags.Append(state.Set(ctx, m)...)
	identify(ctx, identity, m, diags)
}

// identify stores only the identity. Every Read calls it, because a state that an older CLI or an older version of
// the provider has written contains no identity.
func identify(ctx context.Context, identity *tfsdk.ResourceIdentity, m identified, diags *diag.Diagnostics) {
	diags.Append(identity.Set(ctx, m.identity())...)
}

// importKey reads what to import from an import id "zone_id/second", or from an identity with these attributes.
// second is "" if the zone identifies the object. importKey stores zone_id and returns the other part, which the
// caller has to store. If the id is not valid, it adds an error that shows the expected form.
func importKey(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse, second string, valid func(string) bool) (rest string) {
	var zoneID string
	switch {
	case req.ID != "":
		zoneID, rest, _ = strings.Cut(req.ID, "/")
		if !attribute.IsZoneID(zoneID) || !valid(rest) || strings.HasSuffix(req.ID, "/") {
			form := strings.TrimSuffix("zone_id/"+second, "/")
			resp.Diagnostics.AddError("Invalid import id",
				"The id "+strconv.Quote(req.ID)+" does not have the form "+form+", where zone_id is 32 hexadecimal digits.")
			return ""
		}
	default:
		zoneID = identityPart(ctx, req.Identity, "zone_id", attribute.IsZoneID, &resp.Diagnostics)
		if second != "" {
			rest = identityPart(ctx, req.Identity, second, valid, &resp.Diagnostics)
		}
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("zone_id"), zoneID)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("zone_id"), zoneID)...)
	return rest
}

func identityPart(ctx context.Context, identity *tfsdk.ResourceIdentity, name string, valid func(string) bool, diags *diag.Diagnostics) string {
	var v types.String
	diags.Append(identity.GetAttribute(ctx, path.Root(name), &v)...)
	if !diags.HasError() && !valid(v.ValueString()) {
		diags.AddError("Invalid import identity",
			"The value "+strconv.Quote(v.ValueString())+" is not a valid "+name+" of an identity: zone_id is 32 hexadecimal digits, "+
				"certificate_id is the id of a certificate, and hostname is a full hostname.")
	}
	return v.ValueString()
}
