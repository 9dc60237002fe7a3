package attribute

// CertificateDescriptions describe the CertificateFacts that are strings, by attribute.
var CertificateDescriptions = map[string]string{
	"id": "Id of the certificate.",
	"status": "Status of the certificate at the edge: `initializing`, `pending_deployment`, `active`, `pending_deletion`, `deleted`, " +
		"`deployment_timed_out` or `deletion_timed_out`.",
	"fingerprint_sha256": "SHA-256 of the leaf's DER, in lower-case hexadecimal digits.",
	"issuer":             "Distinguished name of the leaf's issuer.",
	"signature":          "Signature algorithm of the leaf, such as `ECDSA-SHA256`.",
	"serial_number":      "Serial number of the leaf, decimal.",
	"expires_on":         "When the leaf expires, RFC 3339.",
	"uploaded_on":        "When the certificate was uploaded, RFC 3339.",
}

// ReadyForRenewalDescription describes CertificateFacts.ReadyForRenewal.
const ReadyForRenewalDescription = "Whether the leaf expires within the provider's `expiry_warning_days`. Every read updates it."

// AssociationDescriptions describe AssociationFacts, by attribute.
var AssociationDescriptions = map[string]string{
	"id": "`zone_id/hostname`, the hostname in lower case.",
	"status": "Status of the association at the edge: `initializing`, `pending_deployment`, `active`, `pending_deletion`, `deleted`, " +
		"`deployment_timed_out` or `deletion_timed_out`.",
	"certificate_status":     "Status of the certificate.",
	"certificate_expires_on": "When the certificate expires, RFC 3339.",
	"created_at":             "When the association was created, RFC 3339. Cloudflare sometimes answers the year 1.",
	"updated_at":             "When the association was last changed, RFC 3339.",
}
