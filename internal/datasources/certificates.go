package datasources

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewZoneCertificates returns the data source origintls_zone_certificates.
func NewZoneCertificates() datasource.DataSource {
	return &certificates{certificate{kind: client.ZoneCertificate}}
}

// NewHostnameCertificates returns the data source origintls_hostname_certificates.
func NewHostnameCertificates() datasource.DataSource {
	return &certificates{certificate{kind: client.HostnameCertificate}}
}

// certificates is the data source for a zone's certificates of one kind.
type certificates struct{ certificate }

var _ datasource.DataSourceWithConfigure = &certificates{}

// certificatesModel is the data source in configuration and state.
type certificatesModel struct {
	filter

	ZoneID       types.String     `tfsdk:"zone_id"`
	Certificates []certificateRow `tfsdk:"certificates"`
}

// Metadata implements datasource.DataSource.
func (d *certificates) Metadata(ctx context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	d.certificate.Metadata(ctx, req, resp)
	resp.TypeName += "s"
}

// Schema implements datasource.DataSource.
func (d *certificates) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	nouns := string(d.kind) + "s"
	resp.Schema = schema.Schema{
		MarkdownDescription: "The " + nouns + " of a zone. A certificate that was uploaded less than about a minute ago may be missing, " +
			"because Cloudflare's lists lag behind.",
		Attributes: map[string]schema.Attribute{
			"zone_id":        zoneIDAttribute(),
			"status":         statusFilter("certificates"),
			"expires_before": expiryFilter("Only the certificates that expire"),
			"certificates": schema.ListNestedAttribute{
				MarkdownDescription: "The certificates. The one that expires first comes first.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: certificateAttributes()},
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *certificates) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m certificatesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := api.Zone(m.ZoneID.ValueString()).Certificates(d.kind).All(ctx)
	if err != nil {
		d.problem(fmt.Sprintf("the %ss of zone %s", d.kind, m.ZoneID.ValueString()), err).Add(&resp.Diagnostics)
		return
	}
	m.Certificates = []certificateRow{}
	for i := range all {
		if row := d.row(&all[i]); m.admits(all[i].Status, row.ExpiresOn.ValueString()) {
			m.Certificates = append(m.Certificates, row)
		}
	}
	slices.SortFunc(m.Certificates, func(a, b certificateRow) int {
		return cmp.Or(cmp.Compare(a.ExpiresOn.ValueString(), b.ExpiresOn.ValueString()), cmp.Compare(a.ID.ValueString(), b.ID.ValueString()))
	})
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
