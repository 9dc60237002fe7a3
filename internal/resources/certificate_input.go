package resources

import (
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// withoutEmpty returns the configuration with empty PEM texts as null. Terraform also validates a resource without
// instances (count = 0), in which try(file(...), "") may be empty on purpose. A plan does not accept empty texts.
func (m *certificateModel) withoutEmpty() *certificateModel {
	known := *m
	for _, argument := range []*types.String{&known.Certificate, &known.CertificateWO, &known.PrivateKey, &known.PrivateKeyWO} {
		if argument.Equal(types.StringValue("")) {
			*argument = types.StringNull()
		}
	}
	return &known
}

// asPlanned returns the part of the configuration that a plan may check. If there is a prior state, Terraform
// replaces each argument in ignore_changes by the state's value, so certificate and key may not belong together. The
// creation of an instance, which is also the second step of a replacement, gets the whole configuration.
func (m *certificateModel) asPlanned(prior tfsdk.State) *certificateModel {
	known := *m
	if !prior.Raw.IsNull() {
		known.PrivateKey, known.PrivateKeyWO = types.StringNull(), types.StringNull()
	}
	return &known
}
