// Package resources holds the provider's resources, one file a type. certificate*.go hold the one
// lifecycle that zone and hostname certificates share.
package resources

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/providerdata"
)

// defaultTimeout bounds each operation whose time-out is not configured. Deployments take seconds,
// voiding an association minutes (api-behaviour.md section 3).
const defaultTimeout = 10 * time.Minute

// base is what every resource embeds.
type base struct {
	data *providerdata.Data
}

// Configure implements resource.ResourceWithConfigure.
func (b *base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.data = providerdata.From(req.ProviderData, &resp.Diagnostics)
}

// api returns the client, or nil while the provider's configuration is not known.
func (b *base) api() *client.Client {
	if b.data == nil {
		return nil
	}
	return b.data.Client
}

// mustAPI returns the client for an operation that cannot do without.
func (b *base) mustAPI(diags *diag.Diagnostics) *client.Client {
	api := b.api()
	if api == nil {
		diags.AddError("Provider configuration is not known",
			"The provider's configuration depends on values that are known only after an apply, so nothing can be sent to Cloudflare. "+
				"Apply the resources that these values come from first (-target), or give them as variables.")
	}
	return api
}

// timeoutFunc is one of the methods of timeouts.Value.
type timeoutFunc func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// withTimeout bounds ctx by a configured time-out.
func withTimeout(ctx context.Context, configured timeoutFunc, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, more := configured(ctx, defaultTimeout)
	diags.Append(more...)
	return context.WithTimeout(ctx, limit)
}

// text maps a string of the API to an attribute: a field that the API left out is null.
func text(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
