// Package ephemerals contains the provider's ephemeral resources, one file for each type.
package ephemerals

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

// NewOriginHandshake returns the ephemeral resource origintls_origin_handshake.
func NewOriginHandshake() ephemeral.EphemeralResource { return &originHandshake{} }

// originHandshake is the ephemeral resource origintls_origin_handshake. It is ephemeral because it needs a private
// key, which a data source would store in the state.
type originHandshake struct{}

var _ ephemeral.EphemeralResourceWithValidateConfig = &originHandshake{}

// originHandshakeModel is the ephemeral resource in configuration and result.
type originHandshakeModel struct {
	Hostname    types.String `tfsdk:"hostname"`
	Address     types.String `tfsdk:"address"`
	Path        types.String `tfsdk:"path"`
	Timeout     types.String `tfsdk:"timeout"`
	Certificate types.String `tfsdk:"certificate"`
	PrivateKey  types.String `tfsdk:"private_key"`

	Accepted              types.Bool   `tfsdk:"accepted"`
	Reason                types.String `tfsdk:"reason"`
	Reachable             types.Bool   `tfsdk:"reachable"`
	ClientAuth            types.String `tfsdk:"client_auth"`
	AcceptsAnyCertificate types.Bool   `tfsdk:"accepts_any_certificate"`
}

// Metadata implements ephemeral.EphemeralResource.
func (e *originHandshake) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_origin_handshake"
}

// Schema implements ephemeral.EphemeralResource.
func (e *originHandshake) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Whether an origin accepts a client certificate and its key. They are used for TLS handshakes with the origin and stored nowhere. Use it in postconditions.\n\n" +
			"The machine that runs Terraform connects to the origin, in plan and apply: without a certificate, with a self-signed one that is created for the check, and with the given pair. " +
			"It sends no credentials and no key, uses no proxy (`HTTPS_PROXY` makes no difference), and does not verify the origin's own certificate. " +
			"If the origin does not accept the pair, or cannot be reached, `accepted` is false and a warning has the reason, because the `error_message` of a postcondition cannot contain it. " +
			"To stop an upload, set `verify_origins` on the certificate instead.\n\n" +
			"It needs Terraform 1.10 or OpenTofu 1.11.",
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
			"timeout": schema.StringAttribute{
				MarkdownDescription: attribute.OriginTimeoutDescription, Optional: true, Validators: []validator.String{attribute.Timeout()},
			},
			"certificate": schema.StringAttribute{
				MarkdownDescription: "The client certificate as PEM: the leaf first, intermediates may follow.", Required: true,
			},
			"private_key": schema.StringAttribute{
				MarkdownDescription: "The private key of the leaf as PEM (PKCS#8, PKCS#1 or SEC 1, not encrypted).", Required: true, Sensitive: true,
			},
			"accepted": schema.BoolAttribute{
				MarkdownDescription: "Whether the origin serves a client with this pair. Also true if it does not ask for a certificate (`client_auth` is `none`) " +
					"or accepts any (`accepts_any_certificate`). An answer does not count if a certificate that nobody trusts gets the same answer.",
				Computed: true,
			},
			"reason":                  schema.StringAttribute{MarkdownDescription: "What the origin did, in sentences for people.", Computed: true},
			"reachable":               schema.BoolAttribute{MarkdownDescription: "Whether the origin took part in a TLS handshake.", Computed: true},
			"client_auth":             schema.StringAttribute{MarkdownDescription: attribute.OriginClientAuthDescription, Computed: true},
			"accepts_any_certificate": schema.BoolAttribute{MarkdownDescription: attribute.OriginAcceptsAnyDescription, Computed: true},
		},
	}
}

// ValidateConfig implements ephemeral.EphemeralResourceWithValidateConfig.
func (e *originHandshake) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var m originHandshakeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	// Terraform also validates a resource without instances (count = 0), in which an empty text may be intended. Open does
	// not accept it.
	for _, argument := range []*types.String{&m.Certificate, &m.PrivateKey} {
		if argument.Equal(types.StringValue("")) {
			*argument = types.StringUnknown()
		}
	}
	if !resp.Diagnostics.HasError() {
		m.pair(&resp.Diagnostics)
	}
}

// pair returns the certificate and its key, or nil if one of them is unknown or invalid. No diagnostic about a key
// has an attribute path: with a path, the CLI prints the lines of the configuration, which may contain a key.
func (m *originHandshakeModel) pair(diags *diag.Diagnostics) *tls.Certificate {
	var bundle *certpem.Bundle
	var key *certpem.Key
	var err error
	if !m.Certificate.IsUnknown() {
		if bundle, err = certpem.ParseBundle(m.Certificate.ValueString()); err != nil {
			diags.AddError("Invalid certificate", fmt.Sprintf("The value of certificate cannot be used: %s.", err))
		}
	}
	if !m.PrivateKey.IsUnknown() {
		if key, err = certpem.ParseKey(m.PrivateKey.ValueString()); err != nil {
			diags.AddError("Invalid private key", fmt.Sprintf("The value of private_key cannot be used: %s.", err))
		}
	}
	if bundle == nil || key == nil {
		return nil
	}
	if err := key.Matches(bundle); err != nil {
		diags.AddError("Private key does not match certificate", fmt.Sprintf("The value of private_key cannot be used with that of certificate: %s.", err))
		return nil
	}
	return key.Pair(bundle)
}

// Open implements ephemeral.EphemeralResource. It probes the origin.
func (e *originHandshake) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var m originHandshakeModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	pair := m.pair(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	named := attribute.Origin{Address: m.Address, ServerName: m.Hostname, Path: m.Path, Timeout: m.Timeout}
	target := named.Target()
	target.Pair = pair
	r := attribute.ProbeOrigin(ctx, target)
	m.Accepted, m.Reachable = types.BoolValue(r.Accepted), types.BoolValue(r.Reachable)
	m.ClientAuth, m.AcceptsAnyCertificate = attribute.Text(string(r.ClientAuth)), types.BoolPointerValue(r.AcceptsAny)
	m.Reason = types.StringValue(r.Reason)
	if r.Reachable {
		m.Reason = types.StringValue(r.PairReason)
	}
	if !r.Accepted {
		resp.Diagnostics.AddWarning("Origin does not accept the certificate",
			fmt.Sprintf("Object: origin %s, server name %s.\n\n%s", target.Address, target.ServerName, m.Reason.ValueString()))
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, &m)...)
}
