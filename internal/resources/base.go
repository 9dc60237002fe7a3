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

// defaultTimeout limits each operation whose timeout is not configured. A deployment takes seconds, and voiding an
// association takes minutes (api-behaviour.md section 3).
const defaultTimeout = 10 * time.Minute

// plansDeferred lets ModifyPlan run in a deferred plan, in which the provider's configuration is not known. Without
// it, Terraform would plan computed attributes as null, and anything that refers to them would fail.
var plansDeferred = resource.ResourceBehavior{ProviderDeferred: resource.ProviderDeferredBehavior{EnablePlanModification: true}}

// base is embedded by every resource.
type base struct {
	data *attribute.ProviderData
}

// Configure implements resource.ResourceWithConfigure.
func (b *base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.data = attribute.ProviderDataFrom(req.ProviderData, &resp.Diagnostics)
}

// timeoutFunc is one of the methods of timeouts.Value.
type timeoutFunc func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// noTimeouts returns the value of a timeouts block that is not set. names are the attributes of the block.
func noTimeouts(names ...string) timeouts.Value {
	attributes := map[string]attr.Type{}
	for _, name := range names {
		attributes[name] = types.StringType
	}
	return timeouts.Value{Object: types.ObjectNull(attributes)}
}

// withTimeout limits ctx by the configured timeout.
func withTimeout(ctx context.Context, configured timeoutFunc, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, more := configured(ctx, defaultTimeout)
	diags.Append(more...)
	return context.WithTimeout(ctx, limit)
}
