package attribute

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/origintls/terraform-provider-origintls/internal/client"
)

// AssociationFacts are the attributes of a hostname association that the API determines.
type AssociationFacts struct {
	ID                   types.String `tfsdk:"id"`
	Status               types.String `tfsdk:"status"`
	CertificateStatus    types.String `tfsdk:"certificate_status"`
	CertificateExpiresOn types.String `tfsdk:"certificate_expires_on"`
	CreatedAt            types.String `tfsdk:"created_at"`
	UpdatedAt            types.String `tfsdk:"updated_at"`
}

// AssociationID returns the resource id of a hostname's association in a zone.
func AssociationID(zoneID, name string) types.String {
	return types.StringValue(zoneID + "/" + CanonicalHostname(name))
}

// AssociationFactsOf returns the attributes that the API determines. If row lacks a field, the attribute is null.
func AssociationFactsOf(zoneID, name string, row *client.Association) AssociationFacts {
	return AssociationFacts{
		ID:                   AssociationID(zoneID, name),
		Status:               Text(string(row.Status)),
		CertificateStatus:    Text(string(row.CertificateStatus)),
		CertificateExpiresOn: Text(row.ExpiresOn),
		CreatedAt:            Text(row.CreatedAt),
		UpdatedAt:            Text(row.UpdatedAt),
	}
}
