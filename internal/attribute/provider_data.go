package attribute

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// ProviderData is the configured provider. Terraform configures the provider once for a plan and once for an apply,
// and each time, a new ProviderData is created.
type ProviderData struct {
	// Client is nil while the provider's configuration is not known, for example if another resource still has to
	// create the token. Nothing is sent then, and resources plan from their configuration only.
	Client *client.Client

	// ExpiryWarning is how long before the expiry of a certificate the warnings begin. 0 turns them off.
	ExpiryWarning time.Duration

	// Clock returns the time that decides whether certificates are valid and due for renewal. If nil, it is the machine's
	// clock. Tests set it.
	Clock func() time.Time

	// Generated contains the fingerprints of the certificates that this process has generated.
	Generated sync.Map
}

// Now returns the provider's time.
func (d *ProviderData) Now() time.Time {
	if d == nil || d.Clock == nil {
		return time.Now()
	}
	return d.Clock()
}

// ProviderDataFrom reads the provider data that Terraform passes to a Configure method. It is nil if the provider is
// not configured yet, as during validation.
func ProviderDataFrom(providerData any, diags *diag.Diagnostics) *ProviderData {
	if providerData == nil {
		return nil
	}
	data, ok := providerData.(*ProviderData)
	if !ok {
		diags.AddError("Unable to configure provider",
			fmt.Sprintf("The provider passed a %T. This is a bug in the provider; please report it.", providerData))
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

// MustAPI returns the client. If there is none yet, it adds an error and returns nil.
func (d *ProviderData) MustAPI(diags *diag.Diagnostics) *client.Client {
	api := d.API()
	if api == nil {
		diags.AddError("Provider configuration is not known",
			"The provider's configuration depends on values that are known only after an apply, so the provider cannot send anything to Cloudflare. "+
				"Apply the resources that these values come from first (-target), or pass the values as variables.")
	}
	return api
}

// Expiring reports whether the warnings about a certificate that expires at notAfter have begun at the time now.
func (d *ProviderData) Expiring(notAfter, now time.Time) bool {
	return d != nil && d.ExpiryWarning > 0 && now.Add(d.ExpiryWarning).After(notAfter)
}
