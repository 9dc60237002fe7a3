package datasources

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewEffectiveCertificate returns the data source origintls_effective_certificate.
func NewEffectiveCertificate() datasource.DataSource { return &effective{} }

// effective is the data source origintls_effective_certificate.
type effective struct{ base }

var _ datasource.DataSourceWithConfigure = &effective{}

// effectiveModel is the data source in configuration and state.
type effectiveModel struct {
	ZoneID            types.String `tfsdk:"zone_id"`
	Hostname          types.String `tfsdk:"hostname"`
	Source            types.String `tfsdk:"source"`
	Reason            types.String `tfsdk:"reason"`
	Pending           types.Bool   `tfsdk:"pending"`
	CertificateID     types.String `tfsdk:"certificate_id"`
	Certificate       types.String `tfsdk:"certificate"`
	FingerprintSHA256 types.String `tfsdk:"fingerprint_sha256"`
	SerialNumber      types.String `tfsdk:"serial_number"`
	Issuer            types.String `tfsdk:"issuer"`
	ExpiresOn         types.String `tfsdk:"expires_on"`
	ReadyForRenewal   types.Bool   `tfsdk:"ready_for_renewal"`
}

// Metadata implements datasource.DataSource.
func (d *effective) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_effective_certificate"
}

// Schema implements datasource.DataSource.
func (d *effective) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	ofIt := func(text string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: text + " Null if no certificate of the zone is presented.", Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Which client certificate Cloudflare's edge presents to the origin for a hostname, and why: the one of the hostname's association " +
			"if there is one, or else the zone's. Use it in `check` blocks and postconditions.\n\n" +
			"The result is what the edge presents, not what was requested, as far as Cloudflare's API shows it. While a *changed* association " +
			"is still being deployed, the API does not show what is presented. Then `certificate_id` is null and `pending` is true. A certificate that was uploaded less than about a minute ago " +
			"may be missing from the API's lists. The data source does not check the zone's SSL/TLS mode: unless that is *Full* or stricter, nothing is presented.",
		Attributes: map[string]schema.Attribute{
			"zone_id":  zoneIDAttribute(),
			"hostname": hostnameAttribute(),
			"source": schema.StringAttribute{
				MarkdownDescription: "`hostname` if the hostname's association decides, `zone` if the zone's certificate is presented, " +
					"`none` if no certificate of the zone is presented.",
				Computed: true,
			},
			"reason": schema.StringAttribute{MarkdownDescription: "The reason, in sentences for people.", Computed: true},
			"pending": schema.BoolAttribute{
				MarkdownDescription: "Whether a change is being deployed to the edge, after which the result may differ.", Computed: true,
			},
			"certificate_id":     ofIt("Id of the certificate that is presented."),
			"certificate":        ofIt("The certificate as PEM."),
			"fingerprint_sha256": ofIt(attribute.CertificateDescriptions["fingerprint_sha256"]),
			"serial_number":      ofIt(attribute.CertificateDescriptions["serial_number"]),
			"issuer":             ofIt(attribute.CertificateDescriptions["issuer"]),
			"expires_on":         ofIt("When the leaf expires, RFC 3339. The edge still presents it after that."),
			"ready_for_renewal": schema.BoolAttribute{
				MarkdownDescription: "Whether the leaf expires within the provider's `expiry_warning_days`. False if no certificate is presented.",
				Computed:            true,
			},
		},
	}
}

// Read implements datasource.DataSource.
func (d *effective) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m effectiveModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := findPresented(ctx, api.Zone(m.ZoneID.ValueString()), attribute.CanonicalHostname(m.Hostname.ValueString()))
	if err != nil {
		attribute.Problem{
			Verb: "read", Noun: "effective certificate", Err: err,
			Object: fmt.Sprintf("hostname %s of zone %s", m.Hostname.ValueString(), m.ZoneID.ValueString()),
		}.Add(&resp.Diagnostics)
		return
	}
	m.Source, m.Reason, m.Pending = types.StringValue(found.Source), types.StringValue(found.Reason), types.BoolValue(found.Pending)
	m.ReadyForRenewal = types.BoolValue(false)
	if found.Certificate != nil {
		m.take(found.Certificate, attribute.CertificateFactsOf(found.Certificate, found.Certificate.PEM, d.data, d.data.Now()))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *effectiveModel) take(cert *client.Certificate, facts attribute.CertificateFacts) {
	m.CertificateID, m.Certificate = facts.ID, attribute.Text(cert.PEM)
	m.FingerprintSHA256, m.SerialNumber, m.Issuer = facts.FingerprintSHA256, facts.SerialNumber, facts.Issuer
	m.ExpiresOn, m.ReadyForRenewal = facts.ExpiresOn, facts.ReadyForRenewal
}
