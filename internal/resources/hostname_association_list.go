package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var (
	_ list.ListResourceWithConfigure = &associationList{}
	_ list.ListResourceWithConfigure = &associationsList{}
)

// associationList lists the associations of a zone as single resources.
type associationList struct{ association }

// NewHostnameAssociationList returns the list resource origintls_hostname_association.
func NewHostnameAssociationList() list.ListResource { return &associationList{} }

// ListResourceConfigSchema implements list.ListResource.
func (r *associationList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = inZone("Finds the hostname associations of a zone, enabled or not. It needs the API's list of associations.")
}

// List implements list.ListResource.
func (r *associationList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	r.listZone(ctx, req, stream, func(ctx context.Context, api *client.Client, zoneID string, diags *diag.Diagnostics) []found {
		rows, err := api.Zone(zoneID).Associations.All(ctx)
		if err != nil {
			attribute.UnlistedAssociations("list", zoneID, err).Add(diags)
			return nil
		}
		objects := make([]found, len(rows))
		for i := range rows {
			m := &associationModel{
				ZoneID: types.StringValue(zoneID), Hostname: types.StringValue(attribute.CanonicalHostname(rows[i].Hostname)),
				CertificateID: types.StringValue(rows[i].CertificateID), Enabled: types.BoolPointerValue(rows[i].Enabled),
				Timeouts: noTimeouts("create", "read", "update", "delete"),
			}
			m.fromAPI(&rows[i])
			objects[i] = found{name: m.Hostname.ValueString(), model: m}
		}
		return objects
	})
}

// associationsList lists the associations of a zone as one resource that contains all of them.
type associationsList struct{ associations }

// NewHostnameAssociationsList returns the list resource origintls_hostname_associations.
func NewHostnameAssociationsList() list.ListResource { return &associationsList{} }

// ListResourceConfigSchema implements list.ListResource.
func (r *associationsList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = inZone("Finds all hostname associations of a zone as one resource. It finds nothing if the zone has none. It needs the API's list of associations.")
}

// List implements list.ListResource.
func (r *associationsList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	r.listZone(ctx, req, stream, func(ctx context.Context, api *client.Client, zoneID string, diags *diag.Diagnostics) []found {
		entries, pending := r.readZone(ctx, api, zoneID, "list", diags)
		if len(entries) == 0 {
			return nil
		}
		m := &associationsModel{ID: types.StringValue(zoneID), ZoneID: types.StringValue(zoneID), Timeouts: noTimeouts("create", "read", "update", "delete")}
		m.setEntries(ctx, entries, diags)
		m.setPending(pending)
		return []found{{name: "the associations of zone " + zoneID, model: m}}
	})
}
