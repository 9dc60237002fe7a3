// Package resources holds the provider's resources, one file a type. certificate*.go hold the one
// lifecycle that zone and hostname certificates share.
package resources

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
)

// defaultTimeout bounds each operation whose timeout is not configured. Deployments take seconds,
// voiding an association minutes (api-behaviour.md section 3).
const defaultTimeout = 10 * time.Minute

// plansDeferred makes a plan that is deferred, because the provider's configuration is not known, one of configuration
// alone. Without it, computed attributes would be planned as null, and what refers to them would fail.
var plansDeferred = resource.ResourceBehavior{ProviderDeferred: resource.ProviderDeferredBehavior{EnablePlanModification: true}}

// base is what every resource embeds.
type base struct {
	data *attribute.ProviderData
}

// Configure implements resource.ResourceWithConfigure.
func (b *base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.data = attribute.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

// timeoutFunc is one of the methods of timeouts.Value.
type timeoutFunc func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// noTimeouts is the value of a timeouts block that is not there; names are those that it could have.
func noTimeouts(names ...string) timeouts.Value {
	attributes := map[string]attr.Type{}
	for _, name := range names {
		attributes[name] = types.StringType
	}
	return timeouts.Value{Object: types.ObjectNull(attributes)}
}

// withTimeout bounds ctx by a configured timeout.
func withTimeout(ctx context.Context, configured timeoutFunc, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, more := configured(ctx, defaultTimeout)
	diags.Append(more...)
	return context.WithTimeout(ctx, limit)
}
