package resources

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewHostnameCertificate returns the resource origintls_hostname_certificate.
func NewHostnameCertificate() resource.Resource {
	return &certificate{
		kind: client.HostnameCertificate,
		description: "A client certificate that Cloudflare's edge presents to the origin for single hostnames: those of its " +
			"`origintls_hostname_association`s. A zone may have up to 10, and each serves up to 100 hostnames.\n\n" +
			"An apply ends when the certificate is active at the edge. With `create_before_destroy`, a rotation leaves no gap: " +
			"the new certificate becomes active, the associations move to it, and then the old one is deleted.",
	}
}
