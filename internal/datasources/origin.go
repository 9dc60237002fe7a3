package datasources

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
)

// NewOrigin returns the data source origintls_origin.
func NewOrigin() datasource.DataSource { return &origin{} }

// origin is the data source origintls_origin. It needs no client, because it contacts the origin and not Cloudflare.
type origin struct{}

var _ datasource.DataSourceWithValidateConfig = &origin{}

// originModel is the data source in configuration and state.
type originModel struct {
	Hostname types.String `tfsdk:"hostname"`
	Address  types.String `tfsdk:"address"`
	Path     types.String `tfsdk:"path"`
	Issuer   types.String `tfsdk:"issuer"`
	Timeout  types.String `tfsdk:"timeout"`

	Reachable                types.Bool   `tfsdk:"reachable"`
	ClientAuth               types.String `tfsdk:"client_auth"`
	AcceptsAnyCertificate    types.Bool   `tfsdk:"accepts_any_certificate"`
	AcceptableIssuers        types.List   `tfsdk:"acceptable_issuers"`
	AnnouncesIssuer          types.Bool   `tfsdk:"announces_issuer"`
	TLSVersion               types.String `tfsdk:"tls_version"`
	StatusWithoutCertificate types.Int64  `tfsdk:"status_without_certificate"`
	Reason                   types.String `tfsdk:"reason"`
}

// Metadata implements datasource.DataSource.
func (d *origin) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_origin"
}

// Schema implements datasource.DataSource.
func (d *origin) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How an origin treats client certificates: whether it asks for one, whether it refuses clients without one, and whether it trusts an issuer. Use it in `check` blocks and preconditions.\n\n" +
			"The machine that runs Terraform connects to the origin, in every plan: once without a certificate, and once with a self-signed one that is created for the check. " +
			"It sends no credentials, uses no proxy (`HTTPS_PROXY` makes no difference), and does not verify the origin's own certificate. " +
			"To check whether the origin accepts a *given* certificate, use `verify_origins` on a certificate, or the ephemeral resource `origintls_origin_handshake`.",
		Attributes: map[string]schema.Attribute{
			"hostname": schema.StringAttribute{
				MarkdownDescription: "The hostname that Cloudflare requests from the origin, such as `www.example.com`: the server name (SNI) and the `Host` header.",
				Required:            true,
				Validators:          []validator.String{attribute.ServerName()},
			},
			"address": schema.StringAttribute{
				MarkdownDescription: "Where the origin listens: " + attribute.OriginAddressDescription + ". Default: the hostname, on port 443.",
				Optional:            true,
				Validators:          []validator.String{attribute.OriginAddress()},
			},
			"path": schema.StringAttribute{
				MarkdownDescription: attribute.OriginPathDescription, Optional: true, Validators: []validator.String{attribute.RequestPath()},
			},
			"issuer": schema.StringAttribute{
				MarkdownDescription: "Certificate of the CA whose client certificates the origin should trust, as PEM, or a self-signed client certificate. If there are several, the origin has to announce all of them.",
				Optional:            true,
			},
			"timeout": schema.StringAttribute{
				MarkdownDescription: attribute.OriginTimeoutDescription, Optional: true, Validators: []validator.String{attribute.Timeout()},
			},
			"reachable":               schema.BoolAttribute{MarkdownDescription: attribute.OriginReachableDescription, Computed: true},
			"client_auth":             schema.StringAttribute{MarkdownDescription: attribute.OriginClientAuthDescription, Computed: true},
			"accepts_any_certificate": schema.BoolAttribute{MarkdownDescription: attribute.OriginAcceptsAnyDescription, Computed: true},
			"acceptable_issuers": schema.ListAttribute{
				MarkdownDescription: "Distinguished names of the CAs that the origin announces as acceptable. Empty if it announces none, which does not show which CAs it trusts. Null if it was not reached.",
				ElementType:         types.StringType,
				Computed:            true,
			},
			"announces_issuer": schema.BoolAttribute{
				MarkdownDescription: "Whether `issuer` is among `acceptable_issuers`. Null if the origin announces none, or if `issuer` is not set.", Computed: true,
			},
			"tls_version": schema.StringAttribute{MarkdownDescription: "The negotiated version: `TLS 1.2` or `TLS 1.3`.", Computed: true},
			"status_without_certificate": schema.Int64Attribute{
				MarkdownDescription: "HTTP status for clients that have no certificate. Null if the origin ends the connection instead of answering.", Computed: true,
			},
			"reason": schema.StringAttribute{MarkdownDescription: "What the origin did, in sentences for people.", Computed: true},
		},
	}
}

// ValidateConfig implements datasource.DataSourceWithValidateConfig.
func (d *origin) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var m originModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	// Terraform also validates a data source without instances (count = 0), in which an empty text may be intended. Read
	// does not accept it.
	if !resp.Diagnostics.HasError() && m.Issuer.ValueString() != "" {
		m.issuers(&resp.Diagnostics)
	}
}

// issuers returns the certificates in the argument issuer. There are none if it is not set or not known.
func (m *originModel) issuers(diags *diag.Diagnostics) []*x509.Certificate {
	if m.Issuer.IsNull() || m.Issuer.IsUnknown() {
		return nil
	}
	certs, err := certpem.ParseCertificates(m.Issuer.ValueString())
	if err != nil {
		diags.AddError("Invalid certificate", fmt.Sprintf("The value of issuer cannot be used: %s.", err))
	}
	return certs
}

// Read implements datasource.DataSource.
func (d *origin) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m originModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	issuers := m.issuers(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	named := attribute.Origin{Address: m.Address, ServerName: m.Hostname, Path: m.Path, Timeout: m.Timeout}
	resp.Diagnostics.Append(m.take(ctx, attribute.ProbeOrigin(ctx, named.Target()), issuers)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// take copies the results of a probe. Unknown results stay null.
func (m *originModel) take(ctx context.Context, r originprobe.Result, issuers []*x509.Certificate) diag.Diagnostics {
	m.Reachable, m.Reason = types.BoolValue(r.Reachable), types.StringValue(r.Reason)
	m.AcceptableIssuers = types.ListNull(types.StringType)
	if !r.Reachable {
		return nil
	}
	m.ClientAuth, m.TLSVersion = attribute.Text(string(r.ClientAuth)), types.StringValue(tls.VersionName(r.TLSVersion))
	m.AcceptsAnyCertificate = types.BoolPointerValue(r.AcceptsAny)
	if r.Status != 0 {
		m.StatusWithoutCertificate = types.Int64Value(int64(r.Status))
	}
	if len(r.Issuers) > 0 && len(issuers) > 0 {
		announced := true
		for _, issuer := range issuers {
			announced = announced && r.Announces(issuer)
		}
		m.AnnouncesIssuer = types.BoolValue(announced)
	}
	var diags diag.Diagnostics
	m.AcceptableIssuers, diags = types.ListValueFrom(ctx, types.StringType, r.IssuerNames())
	return diags
}
