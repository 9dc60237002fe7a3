package attribute

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// ProviderData is the configured provider. A new one is made each time that Terraform configures the provider,
// which is once for a plan and once for an apply.
type ProviderData struct {
	// Client is nil while the provider's configuration is not known, as in a plan in which a token is
	// still to be created: then nothing is sent and resources plan from configuration alone.
	Client *client.Client

	// ExpiryWarning is how long before a certificate expires the warnings begin; 0 means no warnings.
	ExpiryWarning time.Duration

	// Clock is the time by which certificates are valid and due for renewal; nil for the machine's clock. Tests move it.
	Clock func() time.Time

	// Generated holds the fingerprints of the certificates that this process has generated.
	Generated sync.Map
}

// Now returns the provider's time.
func (d *ProviderData) Now() time.Time {
	if d == nil || d.Clock == nil {
		return time.Now()
	}
	return d.Clock()
}

// ProviderDataFrom reads the provider data that Terraform passes to a Configure method. It is nil before the provider is configured,
// such as during validation.
func ProviderDataFrom(providerData any, diags *diag.Diagnostics) *ProviderData {
	if providerData == nil {
		return nil
	}
	data, ok := providerData.(*ProviderData)
	if !ok {
		diags.AddError("Unable to configure provider",
			fmt.Sprintf("The provider handed over a %T. This is a bug in the provider; please report it.", providerData))
	}
	return data
}

// API returns the client, or nil while the provider's configuration is not known.
func (d *ProviderData) API() *client.Client {
	if d == nil {
		return nil
	}
	return d.Client
}

// MustAPI returns the client for an operation that needs one.
func (d *ProviderData) MustAPI(diags *diag.Diagnostics) *client.Client {
	api := d.API()
	if api == nil {
		diags.AddError("Provider configuration is not known",
			"The provider's configuration depends on values that are known only after an apply, so nothing can be sent to Cloudflare. "+
				"Apply the resources that these values come from first (-target), or give them as variables.")
	}
	return api
}

// Expiring reports whether a certificate that expires at notAfter is within the warning time at now.
func (d *ProviderData) Expiring(notAfter, now time.Time) bool {
	return d != nil && d.ExpiryWarning > 0 && now.Add(d.ExpiryWarning).After(notAfter)
}
