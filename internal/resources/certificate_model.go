package resources

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	Generate      types.Object   `tfsdk:"generate"`
	VerifyOrigins types.List     `tfsdk:"verify_origins"`
	AdoptedAt     types.String   `tfsdk:"adopted_at"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// certificateArgument returns the argument with the certificate, and the argument's name. Validation makes sure that
// only one of the two is set.
func (m *certificateModel) certificateArgument() (types.String, string) {
	if m.CertificateWO.IsNull() {
		return m.Certificate, "certificate"
	}
	return m.CertificateWO, "certificate_wo"
}

// given returns the names of the arguments for the certificate that are set. perhaps says that another one may be set:
// an argument that is not known yet may turn out to be null.
func (m *certificateModel) given() (names []string, perhaps bool) {
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{{"certificate", m.Certificate}, {"certificate_wo", m.CertificateWO}, {"generate", m.Generate}} {
		perhaps = perhaps || argument.value.IsUnknown()
		if isSet(argument.value) {
			names = append(names, argument.name)
		}
	}
	return names, perhaps
}

// isSet reports whether a value is known and not null.
func isSet(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// keyArgument returns the argument with the private key, and the argument's name. The value is null if neither is
// set.
func (m *certificateModel) keyArgument() (types.String, string) {
	if m.PrivateKeyWO.IsNull() {
		return m.PrivateKey, "private_key"
	}
	return m.PrivateKeyWO, "private_key_wo"
}

// fromAPI copies the attributes that the API determines. If the API shows the leaf of the configured certificate, the
// configured text is kept.
func (m *certificateModel) fromAPI(cert *client.Certificate, data *attribute.ProviderData, now time.Time) {
	if seen := certpem.Fingerprint(cert.PEM); seen != "" && seen != certpem.Fingerprint(m.Certificate.ValueString()) {
		m.Certificate = types.StringValue(cert.PEM)
	}
	m.CertificateFacts = attribute.CertificateFactsOf(cert, m.Certificate.ValueString(), data, now)
	m.updateRenewal(now)
}

// updateRenewal updates ready_for_renewal of a generated certificate.
func (m *certificateModel) updateRenewal(now time.Time) {
	renewBefore, ok := m.Generate.Attributes()["renew_before_days"].(types.Int64)
	leaf, err := certpem.ParseFirst(m.Certificate.ValueString())
	if ok && err == nil {
		m.ReadyForRenewal = types.BoolValue(isDue(leaf.NotAfter, orDefault(renewBefore, defaultRenewBeforeDays), now))
	}
}
