package functions_test

import (
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestAccParseCertificate(t *testing.T) {
	t.Parallel()
	w := acctest.New(t)
	ca := certtest.CA(t, "authority")
	leaf := ca.Issue(t, "leaf", func(c *x509.Certificate) { c.DNSNames = []string{"a.example.com", "b.example.com"} })
	call := func(pem string) string {
		return fmt.Sprintf("output \"o\" {\n value = provider::origintls::parse_certificate(%q)\n}\n", pem)
	}
	is := func(p certtest.Pair, names ...knownvalue.Check) []statecheck.StateCheck {
		const day = "2006-01-02T15:04:05Z"
		return []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("o", knownvalue.ObjectExact(map[string]knownvalue.Check{
			"subject":              knownvalue.StringExact(p.Leaf.Subject.String()),
			"issuer":               knownvalue.StringExact("CN=authority,O=origintls tests"),
			"serial_number":        knownvalue.StringExact(p.Leaf.SerialNumber.String()),
			"not_before":           knownvalue.StringExact(p.Leaf.NotBefore.UTC().Format(day)),
			"not_after":            knownvalue.StringExact(p.Leaf.NotAfter.UTC().Format(day)),
			"fingerprint_sha256":   knownvalue.StringExact(certpem.Fingerprint(p.Certificate)),
			"dns_names":            knownvalue.ListExact(names),
			"is_ca":                knownvalue.Bool(p.Leaf.IsCA),
			"public_key_algorithm": knownvalue.StringExact("ECDSA"),
		}))}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)}, // functions
		Steps: []resource.TestStep{
			{
				Config:            call(leaf.Certificate + ca.Certificate),
				ConfigStateChecks: is(leaf, knownvalue.StringExact("a.example.com"), knownvalue.StringExact("b.example.com")),
			},
			{Config: call(ca.Certificate), ConfigStateChecks: is(ca)},
			{Config: call("hello"), ExpectError: acctest.Says("Unable to parse certificate: it holds no PEM block")},
			{Config: call("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"), ExpectError: acctest.Says("Unable to parse certificate: block 1 is a private key; only certificates belong here.")},
			{Config: call(certtest.Encode("CERTIFICATE", []byte("x"))), ExpectError: acctest.Says("Unable to parse certificate: block 1 is not a valid X.509 certificate")},
		},
	})
	if err := acctest.NoRequest(w); err != nil {
		t.Error(err)
	}
}
