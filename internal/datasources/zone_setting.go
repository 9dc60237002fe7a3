package datasources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// NewZoneSetting returns the data source origintls_zone_setting.
func NewZoneSetting() datasource.DataSource { return &setting{} }

// setting is the data source origintls_zone_setting.
type setting struct{ base }

var _ datasource.DataSourceWithConfigure = &setting{}

// settingModel is the data source in configuration and state.
type settingModel struct {
	ID      types.String `tfsdk:"id"`
	ZoneID  types.String `tfsdk:"zone_id"`
	Enabled types.Bool   `tfsdk:"enabled"`
}

// Metadata implements datasource.DataSource.
func (d *setting) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_zone_setting"
}

// Schema implements datasource.DataSource.
func (d *setting) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The zone-level switch of authenticated origin pulls, which every zone has. " +
			"This is not the older *global* switch, which is the zone setting `tls_client_auth`.",
		Attributes: map[string]schema.Attribute{
			"zone_id": zoneIDAttribute(),
			"id":      schema.StringAttribute{MarkdownDescription: "The zone's id.", Computed: true},
			"enabled": schema.BoolAttribute{MarkdownDescription: "Whether zone-level authenticated origin pulls are on.", Computed: true},
		},
	}
}

// Read implements datasource.DataSource.
func (d *setting) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m settingModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	enabled, err := api.Zone(m.ZoneID.ValueString()).Setting.Get(ctx)
	if err != nil {
		attribute.Problem{Verb: "read", Noun: "zone setting", Object: "the setting of zone " + m.ZoneID.ValueString(), Err: err}.Add(&resp.Diagnostics)
		return
	}
	m.ID, m.Enabled = m.ZoneID, types.BoolValue(enabled)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
