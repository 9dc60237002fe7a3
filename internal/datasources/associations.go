package datasources

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// NewHostnameAssociations returns the data source origintls_hostname_associations.
func NewHostnameAssociations() datasource.DataSource { return &associations{} }

// associations is the data source origintls_hostname_associations.
type associations struct{ base }

var _ datasource.DataSourceWithConfigure = &associations{}

// associationsModel is the data source in configuration and state.
type associationsModel struct {
	filter

	ZoneID        types.String     `tfsdk:"zone_id"`
	CertificateID types.String     `tfsdk:"certificate_id"`
	Associations  []associationRow `tfsdk:"associations"`
}

// Metadata implements datasource.DataSource.
func (d *associations) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hostname_associations"
}

// Schema implements datasource.DataSource.
func (d *associations) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The hostname associations of a zone, enabled or not. This needs the API's list of associations, which is new. " +
			"If Cloudflare does not offer this list to your account, the error says so. Use the data source `origintls_hostname_association` for single hostnames instead.",
		Attributes: map[string]schema.Attribute{
			"zone_id":        zoneIDAttribute(),
			"status":         statusFilter("associations"),
			"expires_before": expiryFilter("Only the associations whose certificate expires"),
			"certificate_id": schema.StringAttribute{
				MarkdownDescription: "Only the associations with this hostname certificate.",
				Optional:            true,
				Validators:          []validator.String{attribute.CertificateID()},
			},
			"associations": schema.ListNestedAttribute{
				MarkdownDescription: "The associations, sorted by hostname.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: associationAttributes()},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *associations) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m associationsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	zoneID := m.ZoneID.ValueString()
	rows, err := api.Zone(zoneID).Associations.All(ctx)
	if err != nil {
		attribute.UnlistedAssociations("read", zoneID, err).Add(&resp.Diagnostics)
		return
	}
	m.Associations = []associationRow{}
	for i := range rows {
		row := &rows[i]
		if m.admits(row.Status, row.ExpiresOn) && (m.CertificateID.IsNull() || row.CertificateID == m.CertificateID.ValueString()) {
			m.Associations = append(m.Associations, rowOf(zoneID, attribute.CanonicalHostname(row.Hostname), row))
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
