package resources

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/hostname"
)

// associationModel is a hostname association in plan and state.
type associationModel struct {
	ID                   types.String   `tfsdk:"id"`
	ZoneID               types.String   `tfsdk:"zone_id"`
	Hostname             types.String   `tfsdk:"hostname"`
	CertificateID        types.String   `tfsdk:"certificate_id"`
	Enabled              types.Bool     `tfsdk:"enabled"`
	Status               types.String   `tfsdk:"status"`
	CertificateStatus    types.String   `tfsdk:"certificate_status"`
	CertificateExpiresOn types.String   `tfsdk:"certificate_expires_on"`
	CreatedAt            types.String   `tfsdk:"created_at"`
	UpdatedAt            types.String   `tfsdk:"updated_at"`
	Timeouts             timeouts.Value `tfsdk:"timeouts"`
}

// canonicalHostname returns the hostname as it is sent and compared.
func (m *associationModel) canonicalHostname() string {
	return hostname.Canonical(m.Hostname.ValueString())
}

func (m *associationModel) identify() {
	m.ID = types.StringValue(m.ZoneID.ValueString() + "/" + m.canonicalHostname())
}

// toAPI returns the row that makes the API what the model says.
func (m *associationModel) toAPI() client.AssociationWrite {
	return client.AssociationWrite{
		Hostname:      m.canonicalHostname(),
		CertificateID: m.CertificateID.ValueString(),
		Enabled:       m.Enabled.ValueBoolPointer(),
	}
}

// fromAPI takes over what the API says; the hostname stays as configured. row may be nil or lack
// fields, which are then null.
func (m *associationModel) fromAPI(row *client.Association) {
	m.identify()
	if row == nil {
		row = &client.Association{}
	}
	m.Status, m.CertificateStatus = text(string(row.Status)), text(string(row.CertificateStatus))
	m.CertificateExpiresOn = text(row.ExpiresOn)
	m.CreatedAt, m.UpdatedAt = text(row.CreatedAt), text(row.UpdatedAt)
}

// keepComputed takes over every computed attribute of a former state, because nothing of the object
// changes.
func (m *associationModel) keepComputed(state *associationModel) {
	m.ID, m.Status, m.CertificateStatus = state.ID, state.Status, state.CertificateStatus
	m.CertificateExpiresOn, m.CreatedAt, m.UpdatedAt = state.CertificateExpiresOn, state.CreatedAt, state.UpdatedAt
}
