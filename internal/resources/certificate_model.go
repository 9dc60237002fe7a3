package resources

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// certificateModel is a zone or hostname certificate in configuration, plan and state.
type certificateModel struct {
	attribute.CertificateFacts

	ZoneID        types.String   `tfsdk:"zone_id"`
	Certificate   types.String   `tfsdk:"certificate"`
	CertificateWO types.String   `tfsdk:"certificate_wo"` // in configuration only
	PrivateKey    types.String   `tfsdk:"private_key"`
	PrivateKeyWO  types.String   `tfsdk:"private_key_wo"` // in configuration only
	VerifyOrigins types.List     `tfsdk:"verify_origins"`
	TakenOverAt   types.String   `tfsdk:"taken_over_at"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// certificateArgument returns the argument that holds the certificate, and its attribute's name. Of the
// two, validation lets one be set.
func (m *certificateModel) certificateArgument() (types.String, string) {
	if m.CertificateWO.IsNull() {
		return m.Certificate, "certificate"
	}
	return m.CertificateWO, "certificate_wo"
}

// keyArgument returns the argument that holds the private key, and its attribute's name. It is null
// where neither is set.
func (m *certificateModel) keyArgument() (types.String, string) {
	if m.PrivateKeyWO.IsNull() {
		return m.PrivateKey, "private_key"
	}
	return m.PrivateKeyWO, "private_key_wo"
}

// fromAPI takes over what the API says. The certificate's text stays as configured while the API shows
// the same leaf.
func (m *certificateModel) fromAPI(cert *client.Certificate, data *attribute.ProviderData, now time.Time) {
	if seen := certpem.Fingerprint(cert.PEM); seen != "" && seen != certpem.Fingerprint(m.Certificate.ValueString()) {
		m.Certificate = types.StringValue(cert.PEM)
	}
	m.CertificateFacts = attribute.CertificateFactsOf(cert, m.Certificate.ValueString(), data, now)
}
