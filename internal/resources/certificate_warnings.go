package resources

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

// warnOfLeaf warns of a certificate that is weak, not valid, or about to expire. If the expiry warnings are turned
// off, it mentions the dates only when the certificate is about to be uploaded.
func (r *certificate) warnOfLeaf(bundle *certpem.Bundle, uploading bool, diags *diag.Diagnostics) {
	if bundle == nil {
		return
	}
	if weakness := bundle.Weakness(); weakness != "" && uploading {
		diags.AddWarning("Certificate has a weak key",
			fmt.Sprintf("The key of the certificate %q is %s. Anybody who has the certificate may be able to find the key and impersonate Cloudflare. "+
				"Use RSA with 2048 bits or more, or ECDSA.", bundle.Leaf.Subject.String(), weakness))
	}
	if !uploading && (r.data == nil || r.data.ExpiryWarning == 0) {
		return
	}
	now := r.data.Now()
	from, until := bundle.Leaf.NotBefore, bundle.Leaf.NotAfter
	subject := fmt.Sprintf("The certificate %q", bundle.Leaf.Subject.String())
	switch {
	case now.After(until):
		diags.AddWarning("Certificate has expired",
			fmt.Sprintf("%s expired on %s. Cloudflare still presents it, and an origin that checks it will refuse it.", subject, until.UTC().Format(time.RFC3339)))
	case now.Before(from):
		diags.AddWarning("Certificate is not valid yet",
			fmt.Sprintf("%s becomes valid on %s. Until then, an origin that checks it will refuse it.", subject, from.UTC().Format(time.RFC3339)))
	case r.data.Expiring(until, now):
		diags.AddWarning("Certificate is ready for renewal",
			fmt.Sprintf("%s expires on %s, within the %d days of the provider's expiry_warning_days. Replace it with a new certificate. "+
				"With create_before_destroy, the change leaves no gap.", subject, until.UTC().Format(time.RFC3339), int(r.data.ExpiryWarning.Hours()/24)))
	}
}

// warnOfChain warns that changed intermediates under the same leaf are not uploaded, whether they were added, removed
// or replaced. The API refuses the same leaf (1406), and it is unknown whether it keeps intermediates at all (section
// 8). After an import, the state contains the API's answer, which may lack them.
func warnOfChain(state *certificateModel, bundle *certpem.Bundle, diags *diag.Diagnostics) {
	stored, err := certpem.ParseBundle(state.Certificate.ValueString())
	if err != nil || stored.SameChain(bundle) {
		return
	}
	diags.AddWarning("Changed intermediates are not uploaded", fmt.Sprintf(
		"The leaf is the same, and only the intermediates after it differ. Cloudflare accepts a leaf only once, so nothing is sent, and the bundle in the zone stays as it is.\n\n"+
			"At Cloudflare, according to the state: the leaf, %s.\nConfigured: the leaf, %s.\n\n"+
			"To upload the configured bundle, put a newly issued leaf in front of it, or replace the certificate without create_before_destroy "+
			"(terraform apply -replace=ADDRESS), which leaves a gap until it is active again.", followedBy(stored), followedBy(bundle)))
}

// followedBy names the intermediates of a bundle. It names only the first few, so that the text stays readable.
func followedBy(bundle *certpem.Bundle) string {
	const most = 5
	names := make([]string, 0, most)
	for _, cert := range bundle.Chain[:min(most, len(bundle.Chain))] {
		names = append(names, strconv.Quote(cert.Subject.String()))
	}
	switch more := len(bundle.Chain) - len(names); {
	case len(names) == 0:
		return "without intermediates"
	case more > 0:
		return fmt.Sprintf("followed by %s and %d more", strings.Join(names, ", "), more)
	default:
		return "followed by " + strings.Join(names, ", ")
	}
}
