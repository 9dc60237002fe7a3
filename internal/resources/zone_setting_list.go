package resources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

var _ list.ListResourceWithConfigure = &settingList{}

// settingList lists the setting of a zone.
type settingList struct{ setting }

// NewZoneSettingList returns the list resource origintls_zone_setting.
func NewZoneSettingList() list.ListResource { return &settingList{} }

// ListResourceConfigSchema implements list.ListResource.
func (r *settingList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = inZone("Finds the setting of a zone. Every zone has one.")
}

// List implements list.ListResource.
func (r *settingList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	r.listZone(ctx, req, stream, func(ctx context.Context, api *client.Client, zoneID string, diags *diag.Diagnostics) []found {
		m := &settingModel{ID: types.StringValue(zoneID), ZoneID: types.StringValue(zoneID), Timeouts: noTimeouts("create", "read", "update", "delete")}
		enabled, err := api.Zone(zoneID).Setting.Get(ctx)
		if err != nil {
			r.problem("list", m, err).Add(diags)
			return nil
		}
		m.Enabled = types.BoolValue(enabled)
		return []found{{name: "the setting of zone " + zoneID, model: m}}
	})
}
