// Package provider declares the provider: its configuration, resources, data sources, ephemeral resources and
// functions.
package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/datasources"
	"github.com/origintls/terraform-provider-origintls/internal/ephemerals"
	"github.com/origintls/terraform-provider-origintls/internal/functions"
	"github.com/origintls/terraform-provider-origintls/internal/resources"
)

var (
	_ provider.Provider                       = &originTLS{}
	_ provider.ProviderWithFunctions          = &originTLS{}
	_ provider.ProviderWithListResources      = &originTLS{}
	_ provider.ProviderWithEphemeralResources = &originTLS{}
)

// originTLS is the provider.
type originTLS struct {
	version string
	tune    func(*client.Options)
	clock   func() time.Time
}

// Option changes how the provider is created. Only tests use options.
type Option func(*originTLS)

// WithClientOptions lets a test change the client's options, such as the pauses between requests.
func WithClientOptions(tune func(*client.Options)) Option {
	return func(p *originTLS) { p.tune = tune }
}

// WithClock lets a test set the time that decides whether certificates are valid and due for renewal.
func WithClock(now func() time.Time) Option {
	return func(p *originTLS) { p.clock = now }
}

// New returns a function that creates the provider, as providerserver expects. version is part of the user agent.
func New(version string, options ...Option) func() provider.Provider {
	return func() provider.Provider {
		p := &originTLS{version: version, tune: func(*client.Options) {}}
		for _, option := range options {
			option(p)
		}
		return p
	}
}

// Metadata implements provider.Provider.
func (p *originTLS) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "origintls"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *originTLS) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages Cloudflare [Authenticated Origin Pulls](https://developers.cloudflare.com/ssl/origin-configuration/authenticated-origin-pull/): " +
			"the client certificates that Cloudflare's edge presents to an origin, so that the origin can refuse everybody else. " +
			"An apply ends when the edge presents the declared certificate.",
		Attributes: map[string]schema.Attribute{
			"api_token": schema.StringAttribute{
				MarkdownDescription: "API token with the zone permission *SSL and Certificates → Edit*, called *Write* in the API (*Read* is enough for plans and data sources). " +
					"Falls back to the environment variable `CLOUDFLARE_API_TOKEN`.",
				Optional:  true,
				Sensitive: true,
			},
			"api_key": schema.StringAttribute{
				MarkdownDescription: "Global API key. It needs `email` as well. A token is better, because it can be limited to the permissions that are needed. " +
					"Falls back to `CLOUDFLARE_API_KEY`.",
				Optional:  true,
				Sensitive: true,
			},
			"email": schema.StringAttribute{
				MarkdownDescription: "Email address of the account that `api_key` belongs to. Falls back to `CLOUDFLARE_EMAIL`.",
				Optional:            true,
			},
			"base_url": schema.StringAttribute{
				MarkdownDescription: "Base URL of the API, including `/client/v4`. It must use https, unless its host is a loopback address. " +
					"Falls back to `CLOUDFLARE_BASE_URL`, then to `" + client.DefaultBaseURL + "`.",
				Optional: true,
			},
			"expiry_warning_days": schema.Int64Attribute{
				MarkdownDescription: "How many days before the expiry of a certificate `ready_for_renewal` becomes true and every plan warns. " +
					"`0` turns the warnings off. Default `30`.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(0, 3650)},
			},
			"max_retries": schema.Int64Attribute{
				MarkdownDescription: "How often a failed request (5xx, reset, timeout) is retried. " +
					"Answers that ask to wait (429, 409) do not count: the provider waits as asked, until the resource's timeout. Default `10`.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(0, 100)},
			},
			"request_budget": schema.Int64Attribute{
				MarkdownDescription: "How many requests this process may send in 5 minutes before it waits. Cloudflare allows 1,200 for a user or an " +
					"account token, counting all clients, and then blocks them for 5 minutes. Lower this if other clients share the limit. `0` means no limit. Default `1200`.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(0, 1_000_000)},
			},
		},
	}
}

// Resources implements provider.Provider.
func (p *originTLS) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		resources.NewZoneCertificate,
		resources.NewHostnameCertificate,
		resources.NewHostnameAssociation,
		resources.NewHostnameAssociations,
		resources.NewZoneSetting,
	}
}

// ListResources implements provider.ProviderWithListResources.
func (p *originTLS) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		resources.NewZoneCertificateList,
		resources.NewHostnameCertificateList,
		resources.NewHostnameAssociationList,
		resources.NewHostnameAssociationsList,
		resources.NewZoneSettingList,
	}
}

// DataSources implements provider.Provider.
func (p *originTLS) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		datasources.NewZoneCertificate,
		datasources.NewZoneCertificates,
		datasources.NewHostnameCertificate,
		datasources.NewHostnameCertificates,
		datasources.NewHostnameAssociation,
		datasources.NewHostnameAssociations,
		datasources.NewZoneSetting,
		datasources.NewEffectiveCertificate,
		datasources.NewOrigin,
	}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *originTLS) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{ephemerals.NewOriginHandshake}
}

// Functions implements provider.ProviderWithFunctions.
func (p *originTLS) Functions(context.Context) []func() function.Function {
	return []func() function.Function{functions.NewParseCertificate}
}
