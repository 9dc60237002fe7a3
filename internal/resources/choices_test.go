package resources_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A module may leave it to its variables which of two arguments is null. While Terraform validates, it does not know the variables, so neither
// argument is known, and that is no conflict.
func TestAccArgumentsThatAVariableChooses(t *testing.T) {
	leaf := certtest.Leaf(t, "leaf")
	hcl := func(w *acctest.World) string {
		return w.Provider() + fmt.Sprintf(`
variable "generate" {}
variable "write_only" {}

resource "origintls_hostname_certificate" "c" {
  zone_id        = %q
  certificate    = var.generate ? null : %q
  private_key    = var.generate || var.write_only ? null : %[3]q
  private_key_wo = var.write_only ? %[3]q : null
  generate       = var.generate ? { common_name = "made" } : null
}
`, acctest.Zone, leaf.Certificate, leaf.PrivateKey)
	}
	for name, c := range map[string]struct {
		generate, writeOnly bool
		says                string // the error
	}{
		"given": {}, "write-only": {writeOnly: true}, "generated": {generate: true}, "both": {generate: true, writeOnly: true, says: "Conflicting private keys"},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			step := resource.TestStep{Config: hcl(w), ConfigVariables: config.Variables{"generate": config.BoolVariable(c.generate), "write_only": config.BoolVariable(c.writeOnly)}}
			if c.says != "" {
				step.ExpectError, step.PlanOnly = acctest.Says(c.says), true
			}
			w.Run(t, step)
		})
	}
}

// What is refused is what contradicts itself whatever the unknown values turn out to be.
func TestCertificate_Validation(t *testing.T) {
	const missing, certificates, keys = "Missing certificate", "Conflicting certificates", "Conflicting private keys"
	onAFakeClock(t, func(s *stage) {
		leaf, ca := s.pair(), certtest.CA(t, "ca")
		later, nothing := tftypes.NewValue(tftypes.String, tftypes.UnknownValue), tftypes.NewValue(tftypes.String, nil)
		generate := func(arguments acctest.Attributes) tftypes.Value {
			return s.generate(zoneCertName, arguments)["generate"]
		}
		made, perhaps := generate(nil), tftypes.NewValue(generate(nil).Type(), tftypes.UnknownValue)
		for name, c := range map[string]struct {
			arguments acctest.Attributes
			says      []string
		}{
			"nothing":                          {acctest.Attributes{}, []string{missing}},
			"perhaps one":                      {acctest.Attributes{"certificate": later}, nil},
			"perhaps two":                      {acctest.Attributes{"certificate": later, "certificate_wo": later, "generate": perhaps}, nil},
			"one, and perhaps another":         {acctest.Attributes{"certificate": leaf["certificate"], "generate": perhaps}, nil},
			"two":                              {acctest.Attributes{"certificate": leaf["certificate"], "certificate_wo": leaf["certificate"]}, []string{certificates}},
			"two, and perhaps a third":         {acctest.Attributes{"certificate": leaf["certificate"], "certificate_wo": leaf["certificate"], "generate": perhaps}, []string{certificates}},
			"given and generated":              {acctest.Attributes{"certificate": leaf["certificate"], "generate": made}, []string{certificates}},
			"perhaps two keys":                 {acctest.Attributes{"certificate": later, "private_key": later, "private_key_wo": later}, nil},
			"a key, and perhaps another":       {acctest.Attributes{"certificate": leaf["certificate"], "private_key": leaf["private_key"], "private_key_wo": later}, nil},
			"two keys":                         {acctest.Attributes{"certificate": leaf["certificate"], "private_key": leaf["private_key"], "private_key_wo": leaf["private_key"]}, []string{keys}},
			"generated, and perhaps a key":     {acctest.Attributes{"generate": made, "private_key": later, "private_key_wo": later}, nil},
			"perhaps generated, and a key":     {acctest.Attributes{"certificate": later, "generate": perhaps, "private_key": leaf["private_key"]}, nil},
			"generated, and a key":             {acctest.Attributes{"generate": made, "private_key": leaf["private_key"]}, []string{keys}},
			"generated, and a write-only key":  {acctest.Attributes{"generate": made, "private_key_wo": leaf["private_key"]}, []string{keys}},
			"a CA's key without a CA":          {acctest.Attributes{"generate": generate(acctest.Attributes{"ca_private_key_wo": acctest.Text(ca.PrivateKey)})}, []string{"Missing CA certificate"}},
			"perhaps a CA's key without a CA":  {acctest.Attributes{"generate": generate(acctest.Attributes{"ca_private_key_wo": later})}, nil},
			"a CA's key, and perhaps a CA":     {acctest.Attributes{"generate": generate(acctest.Attributes{"ca_private_key_wo": acctest.Text(ca.PrivateKey), "ca_certificate": later})}, nil},
			"a CA whose key comes later":       {acctest.Attributes{"generate": generate(acctest.Attributes{"ca_private_key_wo": nothing, "ca_certificate": acctest.Text(ca.Certificate)})}, nil},
			"a CA whose key is not known yet":  {acctest.Attributes{"generate": generate(acctest.Attributes{"ca_private_key_wo": later, "ca_certificate": acctest.Text(ca.Certificate)})}, nil},
			"a certificate without a key":      {acctest.Attributes{"certificate": leaf["certificate"]}, nil}, // an import needs no key
			"a certificate that comes without": {acctest.Attributes{"certificate": acctest.Text("")}, nil},    // count = 0
		} {
			answer, err := s.rpc.ValidateResourceConfig(s.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: zoneCertName, Config: s.object(zoneCertName, c.arguments, nil),
				ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
			})
			acctest.NoError(s.t, err)
			if said := summaries(answer.Diagnostics); !slices.Equal(said, c.says) {
				s.t.Errorf("%s: says %q, want %q", name, said, c.says)
			}
		}
	})
}
