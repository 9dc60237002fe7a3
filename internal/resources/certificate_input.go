package resources

import (
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// withoutEmpty returns the configuration without the PEM texts that are empty. Validation also sees the configuration
// of a resource that has no instance (count = 0), where try(file(...), "") gives an empty text on purpose. Planning
// refuses it.
func (m *certificateModel) withoutEmpty() *certificateModel {
	known := *m
	for _, argument := range []*types.String{&known.Certificate, &known.CertificateWO, &known.PrivateKey, &known.PrivateKeyWO} {
		if argument.Equal(types.StringValue("")) {
			*argument = types.StringNull()
		}
	}
	return &known
}

// asPlanned returns the part of the configuration that a plan may check. Where there is a prior state, Terraform puts the state's
// value in place of each argument that ignore_changes names, so certificate and key may not be those that belong
// together. A creation, and so the second half of a replacement, gets the configuration in full.
func (m *certificateModel) asPlanned(prior tfsdk.State) *certificateModel {
	known := *m
	if !prior.Raw.IsNull() {
		known.PrivateKey, known.PrivateKeyWO = types.StringNull(), types.StringNull()
	}
	return &known
}
