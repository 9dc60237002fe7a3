package datasources

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewZoneCertificate returns the data source origintls_zone_certificate.
func NewZoneCertificate() datasource.DataSource { return &certificate{kind: client.ZoneCertificate} }

// NewHostnameCertificate returns the data source origintls_hostname_certificate.
func NewHostnameCertificate() datasource.DataSource {
	return &certificate{kind: client.HostnameCertificate}
}

// certificate is the data source for one zone or hostname certificate.
type certificate struct {
	base
	kind client.CertificateKind
}

var _ datasource.DataSourceWithConfigure = &certificate{}

// certificateModel is the data source in configuration and state.
type certificateModel struct {
	certificateRow

	ZoneID types.String `tfsdk:"zone_id"`
}

// certificateRow is a certificate without its zone.
type certificateRow struct {
	attribute.CertificateFacts

	Certificate types.String `tfsdk:"certificate"`
}

// fingerprint matches a fingerprint as openssl prints it, with colons, and as this provider does, without.
var fingerprint = regexp.MustCompile(`^([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}$`)

// Metadata implements datasource.DataSource.
func (d *certificate) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + strings.ReplaceAll(string(d.kind), " ", "_")
}

// Schema implements datasource.DataSource.
func (d *certificate) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "A " + string(d.kind) + " that exists at Cloudflare, found by its id or by its fingerprint. " +
			"A certificate that is being deleted is not found. The private key cannot be read, because Cloudflare never returns it.",
		Attributes: certificateAttributes(),
	}
	resp.Schema.Attributes["zone_id"] = zoneIDAttribute()
	resp.Schema.Attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Id of the certificate. Set exactly one of `id` and `fingerprint_sha256`.",
		Optional:            true,
		Computed:            true,
		Validators: []validator.String{
			attribute.CertificateID(), stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("fingerprint_sha256")),
		},
	}
	resp.Schema.Attributes["fingerprint_sha256"] = schema.StringAttribute{
		MarkdownDescription: "SHA-256 of the leaf's DER, 64 hexadecimal digits. Colons between them, as `openssl x509 -fingerprint -sha256` prints them, " +
			"make no difference. This may not find a certificate that was uploaded less than about a minute ago, because Cloudflare's lists lag behind.",
		Optional:   true,
		Computed:   true,
		Validators: []validator.String{stringvalidator.RegexMatches(fingerprint, "must be a SHA-256 fingerprint: 64 hexadecimal digits")},
	}
}

// certificateAttributes returns the attributes of a certificate, all computed.
func certificateAttributes() map[string]schema.Attribute {
	attributes := computed(attribute.CertificateDescriptions)
	attributes["certificate"] = schema.StringAttribute{
		MarkdownDescription: "The certificate as PEM, as Cloudflare returns it.", Computed: true,
	}
	attributes["ready_for_renewal"] = schema.BoolAttribute{MarkdownDescription: attribute.ReadyForRenewalDescription, Computed: true}
	return attributes
}

// Read implements datasource.DataSource.
func (d *certificate) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m certificateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	api := d.data.MustAPI(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	service := api.Zone(m.ZoneID.ValueString()).Certificates(d.kind)
	var cert *client.Certificate
	if m.ID.IsNull() {
		cert = d.byFingerprint(ctx, service, m.ZoneID.ValueString(), m.FingerprintSHA256.ValueString(), &resp.Diagnostics)
	} else {
		cert = d.byID(ctx, service, m.ZoneID.ValueString(), m.ID.ValueString(), &resp.Diagnostics)
	}
	if cert == nil {
		return
	}
	m.certificateRow = d.row(cert)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (d *certificate) row(cert *client.Certificate) certificateRow {
	return certificateRow{
		CertificateFacts: attribute.CertificateFactsOf(cert, cert.PEM, d.data, d.data.Now()),
		Certificate:      attribute.Text(cert.PEM),
	}
}

func (d *certificate) byID(ctx context.Context, service *client.Certificates, zoneID, id string, diags *diag.Diagnostics) *client.Certificate {
	cert, err := service.Get(ctx, id)
	switch {
	case err == nil && !cert.Status.Gone():
		cert.ID = id
		return cert
	case err == nil:
		diags.AddAttributeError(path.Root("id"), "Certificate not found",
			fmt.Sprintf("The %s %s of zone %s has been deleted: its status is %q.", d.kind, id, zoneID, cert.Status))
	case client.IsNotFound(err):
		diags.AddAttributeError(path.Root("id"), "Certificate not found",
			fmt.Sprintf("Zone %s has no %s with the id %s. Zone and hostname certificates have separate ids: the id of a certificate of one kind is not found among those of the other kind.",
				zoneID, d.kind, id))
	default:
		d.problem(fmt.Sprintf("%s %s of zone %s", d.kind, id, zoneID), err).Add(diags)
	}
	return nil
}

func (d *certificate) byFingerprint(ctx context.Context, service *client.Certificates, zoneID, given string, diags *diag.Diagnostics) *client.Certificate {
	all, err := service.All(ctx)
	if err != nil {
		d.problem(fmt.Sprintf("the %ss of zone %s", d.kind, zoneID), err).Add(diags)
		return nil
	}
	want := strings.ToLower(strings.ReplaceAll(given, ":", ""))
	for i := range all {
		if !all[i].Status.Gone() && certpem.Fingerprint(all[i].PEM) == want {
			return &all[i]
		}
	}
	diags.AddAttributeError(path.Root("fingerprint_sha256"), "Certificate not found",
		fmt.Sprintf("None of the %ss of zone %s has the SHA-256 fingerprint %s. If it was uploaded a moment ago, Cloudflare's list may not show it yet.",
			d.kind, zoneID, want))
	return nil
}

func (d *certificate) problem(object string, err error) attribute.Problem {
	return attribute.Problem{Verb: "read", Noun: string(d.kind), Object: object, Err: err}
}
