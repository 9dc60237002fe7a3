package datasources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewHostnameAssociation returns the data source origintls_hostname_association.
func NewHostnameAssociation() datasource.DataSource { return &association{} }

// association is the data source origintls_hostname_association.
type association struct{ base }

var _ datasource.DataSourceWithConfigure = &association{}

// associationModel is the data source in configuration and state.
type associationModel struct {
	associationRow

	ZoneID types.String `tfsdk:"zone_id"`
}

// associationRow is an association without its zone.
type associationRow struct {
	attribute.AssociationFacts

	Hostname      types.String `tfsdk:"hostname"`
	CertificateID types.String `tfsdk:"certificate_id"`
	Enabled       types.Bool   `tfsdk:"enabled"`
}

// Metadata implements datasource.DataSource.
func (d *association) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hostname_association"
}

// Schema implements datasource.DataSource.
func (d *association) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The association of a hostname with a hostname certificate, enabled or not. A void association is not found. " +
			"To find out which certificate the edge presents, use `origintls_effective_certificate`.",
		Attributes: associationAttributes(),
	}
	resp.Schema.Attributes["zone_id"] = zoneIDAttribute()
	resp.Schema.Attributes["hostname"] = hostnameAttribute()
}

func hostnameAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "The hostname, such as `api.example.com`. Upper and lower case make no difference.",
		Required:            true,
		Validators:          []validator.String{attribute.Hostname()},
	}
}

// associationAttributes returns the attributes of an association, all computed.
func associationAttributes() map[string]schema.Attribute {
	attributes := computed(attribute.AssociationDescriptions)
	attributes["hostname"] = schema.StringAttribute{MarkdownDescription: "The hostname, in lower case.", Computed: true}
	attributes["certificate_id"] = schema.StringAttribute{MarkdownDescription: "Id of the hostname certificate.", Computed: true}
	attributes["enabled"] = schema.BoolAttribute{
		MarkdownDescription: "Whether the certificate is presented. `false` presents no client certificate for the hostname, even if the zone has one.",
		Computed:            true,
	}
	return attributes
}

func rowOf(zoneID, name string, row *client.Association) associationRow {
	return associationRow{
		AssociationFacts: attribute.AssociationFactsOf(zoneID, name, row),
		Hostname:         types.StringValue(name),
		CertificateID:    attribute.Text(row.CertificateID),
		Enabled:          types.BoolPointerValue(row.Enabled),
	}
}

// Read implements datasource.DataSource.
func (d *association) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m associationModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	zoneID, name := m.ZoneID.ValueString(), m.Hostname.ValueString()
	row, err := api.Zone(zoneID).Associations.Read(ctx, attribute.CanonicalHostname(name))
	switch {
	case client.IsNotFound(err), err == nil && row.Gone():
		resp.Diagnostics.AddAttributeError(path.Root("hostname"), "Hostname association not found",
			fmt.Sprintf("The hostname %s has no association in zone %s, or its association is void.", name, zoneID))
		return
	case err != nil:
		attribute.Problem{
			Verb: "read", Noun: "hostname association", Object: fmt.Sprintf("hostname %s of zone %s", name, zoneID), Err: err,
		}.Add(&resp.Diagnostics)
		return
	}
	m.associationRow = rowOf(zoneID, name, row)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
