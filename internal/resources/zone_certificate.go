package resources

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// NewZoneCertificate returns the resource origintls_zone_certificate.
func NewZoneCertificate() resource.Resource {
	return &certificate{
		kind: client.ZoneCertificate,
		description: "A client certificate that Cloudflare's edge presents to the origin for all hostnames of a zone, " +
			"while `origintls_zone_setting` is enabled and for hostnames that have no association of their own. " +
			"If several are active, the edge presents the one that was deployed last.\n\n" +
			"An apply ends when the certificate is active at the edge. With `create_before_destroy`, a rotation leaves no gap: " +
			"the old certificate is deleted after the new one is active.",
	}
}
