package attribute

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// CertificateFacts are the attributes of a zone or hostname certificate that the API and the leaf determine.
type CertificateFacts struct {
	ID                types.String `tfsdk:"id"`
	Status            types.String `tfsdk:"status"`
	FingerprintSHA256 types.String `tfsdk:"fingerprint_sha256"`
	Issuer            types.String `tfsdk:"issuer"`
	Signature         types.String `tfsdk:"signature"`
	SerialNumber      types.String `tfsdk:"serial_number"`
	ExpiresOn         types.String `tfsdk:"expires_on"`
	UploadedOn        types.String `tfsdk:"uploaded_on"`
	ReadyForRenewal   types.Bool   `tfsdk:"ready_for_renewal"`
}

// CertificateFactsOf returns the attributes that the API and the leaf in pem determine. If the API leaves out an
// attribute that the leaf contains, the leaf's value is used.
func CertificateFactsOf(cert *client.Certificate, pem string, data *ProviderData, now time.Time) CertificateFacts {
	f := CertificateFacts{
		ID:                types.StringValue(cert.ID),
		Status:            Text(string(cert.Status)),
		FingerprintSHA256: Text(certpem.Fingerprint(pem)),
		Issuer:            Text(cert.Issuer),
		Signature:         Text(cert.Signature),
		SerialNumber:      Text(cert.SerialNumber),
		ExpiresOn:         Text(cert.ExpiresOn),
		UploadedOn:        Text(cert.UploadedOn),
		ReadyForRenewal:   types.BoolValue(false),
	}
	leaf, err := certpem.ParseFirst(pem)
	if err != nil {
		return f // the certificate exists, even if the API returns no readable PEM
	}
	f.ReadyForRenewal = types.BoolValue(data.Expiring(leaf.NotAfter, now))
	fill := func(fact *types.String, fromLeaf string) {
		if fact.IsNull() {
			*fact = Text(fromLeaf)
		}
	}
	fill(&f.SerialNumber, leaf.SerialNumber.String())
	fill(&f.ExpiresOn, leaf.NotAfter.UTC().Format(time.RFC3339))
	fill(&f.Issuer, leaf.Issuer.String())
	fill(&f.Signature, leaf.SignatureAlgorithm.String())
	return f
}

// Text maps a string of the API to an attribute: a field that the API left out is null.
func Text(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}
