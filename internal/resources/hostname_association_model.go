package resources

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/attribute"
	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// associationModel is a hostname association in plan and state.
type associationModel struct {
	attribute.AssociationFacts

	ZoneID        types.String   `tfsdk:"zone_id"`
	Hostname      types.String   `tfsdk:"hostname"`
	CertificateID types.String   `tfsdk:"certificate_id"`
	Enabled       types.Bool     `tfsdk:"enabled"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// canonicalHostname returns the hostname in lower case, in which it is sent and compared.
func (m *associationModel) canonicalHostname() string {
	return attribute.CanonicalHostname(m.Hostname.ValueString())
}

// toAPI returns the row to write for the model.
func (m *associationModel) toAPI() client.AssociationWrite {
	return client.AssociationWrite{
		Hostname:      m.canonicalHostname(),
		CertificateID: m.CertificateID.ValueString(),
		Enabled:       m.Enabled.ValueBoolPointer(),
	}
}

// fromAPI copies the attributes that the API determines. The hostname is kept as configured. If row is nil or lacks a
// field, the attribute is null.
func (m *associationModel) fromAPI(row *client.Association) {
	if row == nil {
		row = &client.Association{}
	}
	m.AssociationFacts = attribute.AssociationFactsOf(m.ZoneID.ValueString(), m.Hostname.ValueString(), row)
}
