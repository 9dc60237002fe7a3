package resources

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/providerdata"
)

// certificateModel is a zone or hostname certificate in configuration, plan and state.
type certificateModel struct {
	ID                types.String   `tfsdk:"id"`
	ZoneID            types.String   `tfsdk:"zone_id"`
	Certificate       types.String   `tfsdk:"certificate"`
	CertificateWO     types.String   `tfsdk:"certificate_wo"` // in configuration only
	PrivateKey        types.String   `tfsdk:"private_key"`
	PrivateKeyWO      types.String   `tfsdk:"private_key_wo"` // in configuration only
	Status            types.String   `tfsdk:"status"`
	FingerprintSHA256 types.String   `tfsdk:"fingerprint_sha256"`
	Issuer            types.String   `tfsdk:"issuer"`
	Signature         types.String   `tfsdk:"signature"`
	SerialNumber      types.String   `tfsdk:"serial_number"`
	ExpiresOn         types.String   `tfsdk:"expires_on"`
	UploadedOn        types.String   `tfsdk:"uploaded_on"`
	ReadyForRenewal   types.Bool     `tfsdk:"ready_for_renewal"`
	Timeouts          timeouts.Value `tfsdk:"timeouts"`
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
// the same leaf; what the API leaves out is taken from the leaf, where that says it.
func (m *certificateModel) fromAPI(cert *client.Certificate, data *providerdata.Data, now time.Time) {
	m.ID = types.StringValue(cert.ID)
	m.Status = text(string(cert.Status))
	if seen := certpem.Fingerprint(cert.PEM); seen != "" && seen != certpem.Fingerprint(m.Certificate.ValueString()) {
		m.Certificate = types.StringValue(cert.PEM)
	}
	m.Issuer, m.Signature = text(cert.Issuer), text(cert.Signature)
	m.SerialNumber, m.ExpiresOn = text(cert.SerialNumber), text(cert.ExpiresOn)
	m.UploadedOn = text(cert.UploadedOn)
	m.FingerprintSHA256 = text(certpem.Fingerprint(m.Certificate.ValueString()))
	m.ReadyForRenewal = types.BoolValue(false)

	leaf, err := certpem.ParseFirst(m.Certificate.ValueString())
	if err != nil {
		return // whatever the API echoed, the certificate exists
	}
	m.ReadyForRenewal = types.BoolValue(data.Expiring(leaf.NotAfter, now))
	if m.SerialNumber.IsNull() {
		m.SerialNumber = text(leaf.SerialNumber.String())
	}
	if m.ExpiresOn.IsNull() {
		m.ExpiresOn = text(leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if m.Issuer.IsNull() {
		m.Issuer = text(leaf.Issuer.String())
	}
	if m.Signature.IsNull() {
		m.Signature = text(leaf.SignatureAlgorithm.String())
	}
}

// keepComputed takes over every computed attribute of a former state, because nothing of the object
// changes.
func (m *certificateModel) keepComputed(state *certificateModel) {
	m.ID, m.Status, m.FingerprintSHA256 = state.ID, state.Status, state.FingerprintSHA256
	m.Issuer, m.Signature, m.SerialNumber = state.Issuer, state.Signature, state.SerialNumber
	m.ExpiresOn, m.UploadedOn, m.ReadyForRenewal = state.ExpiresOn, state.UploadedOn, state.ReadyForRenewal
}
