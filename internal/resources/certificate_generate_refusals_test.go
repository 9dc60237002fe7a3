package resources_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Wrong arguments of generate are rejected at plan with an explanation, and no request is sent.
func TestAccGenerate_BadInputIsRefusedAtPlan(t *testing.T) {
	ca, other := certtest.CA(t, "ca"), certtest.CA(t, "other")
	leaf := certtest.Leaf(t, "leaf")
	middle := ca.Intermediate(t, "middle")
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	authority := func(c *x509.Certificate) { c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil }
	weak := certtest.WithKey(t, "weak", weakKey, authority)
	signOnly := certtest.CA(t, "crl only", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	servers := certtest.CA(t, "servers only", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	short := certtest.CA(t, "short", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(80 * day) })
	made := func(arguments string, extra ...string) string {
		return acctest.Generated("zone", "c", "a name", arguments, extra...)
	}
	named := func(name string) string { return acctest.Generated("zone", "c", name, "") }
	chain := ca
	chain.Certificate = middle.Certificate + other.Certificate
	chain.PrivateKey = middle.PrivateKey
	for name, c := range map[string]struct {
		config string
		says   []string
	}{
		"a certificate beside it":          {made("", fmt.Sprintf("  certificate = %q", leaf.Certificate)), []string{"Conflicting certificates", "certificate and generate are both set. Set one of certificate, certificate_wo and generate."}},
		"a key beside it":                  {made("", fmt.Sprintf("  private_key = %q", leaf.PrivateKey)), []string{"Conflicting private keys", "generate creates the private key itself, but private_key is set as well. Remove private_key."}},
		"a write-only key beside it":       {made("", fmt.Sprintf("  private_key_wo = %q", leaf.PrivateKey)), []string{"Conflicting private keys", "private_key_wo is set as well"}},
		"no common name":                   {strings.Replace(made(""), "common_name", "#", 1), []string{"common_name"}},
		"an empty common name":             {named(""), []string{"Invalid common name", "it is empty"}},
		"a blank at the end":               {named("a "), []string{"Invalid common name", "begins or ends with white space"}},
		"a long common name":               {named(strings.Repeat("é", 65)), []string{"Invalid common name", "it has 65 characters, and a common name may have at most 64"}},
		"a line end in the name":           {named("a\nb"), []string{"Invalid common name", "it contains invisible characters"}},
		"a day":                            {made("    validity_days = 1\n"), []string{"Invalid validity", "is 1. Use a number of days from 2 to 3650."}},
		"eleven years":                     {made("    validity_days = 4000\n"), []string{"Invalid validity", "is 4000"}},
		"never renewed":                    {made("    renew_before_days = 0\n"), []string{"Invalid renewal time", "is 0. A certificate has to be renewed before it expires"}},
		"always renewed":                   {made("    validity_days = 30\n"), []string{"Invalid renewal time", "valid for 30 days", "renew_before_days, whose default is 30", "Set renew_before_days to fewer than 30, such as 10."}},
		"another algorithm":                {made("    key_algorithm = \"ED25519\"\n"), []string{"Invalid key algorithm", `is "ED25519". Use one of ECDSA_P256, ECDSA_P384, RSA_2048, RSA_3072, RSA_4096.`}},
		"the CA's key alone":               {made(fmt.Sprintf("    ca_private_key_wo = %q\n", ca.PrivateKey)), []string{"Missing CA certificate", "ca_private_key_wo but no ca_certificate"}},
		"the CA's certificate alone":       {made(fmt.Sprintf("    ca_certificate = %q\n", ca.Certificate)), []string{"Missing CA private key", "ca_private_key_wo is not set"}},
		"another CA's key":                 {made(signedBy(certtest.Pair{Certificate: ca.Certificate, PrivateKey: other.PrivateKey})), []string{"CA private key does not match CA certificate", "their public keys differ"}},
		"CA exchanged with its key":        {made(signedBy(certtest.Pair{Certificate: ca.PrivateKey, PrivateKey: ca.Certificate})), []string{"Invalid CA certificate", "block 1 is a private key, but only certificates are allowed here"}},
		"no PEM for a key":                 {made(signedBy(certtest.Pair{Certificate: ca.Certificate, PrivateKey: "hello"})), []string{"Invalid CA private key", "it contains no PEM block"}},
		"a leaf as CA":                     {made(signedBy(leaf)), []string{"CA cannot sign certificate", "it is not the certificate of a CA"}},
		"a CA that may not sign":           {made(signedBy(signOnly)), []string{"CA cannot sign certificate", `The CA "CN=crl only,O=origintls tests"`, "its key usage lacks keyCertSign"}},
		"a CA for servers":                 {made(signedBy(servers)), []string{"CA cannot sign certificate", "its extended key usage lacks clientAuth"}},
		"a weak CA":                        {made(signedBy(weak)), []string{"CA cannot sign certificate", "its key is weak: RSA with fewer than 2048 bits"}},
		"a CA that expires before":         {made(signedBy(short)), []string{"CA cannot sign certificate", "this CA expires on", "but the certificate would expire later, on", "renew the CA, or lower validity_days"}},
		"CAs that do not belong together":  {made(signedBy(chain)), []string{"Invalid CA certificate", "block 2 is not the CA that has signed block 1"}},
		"self-signed, with verify_origins": {made("", verify("192.0.2.1")), []string{"Self-signed certificate cannot be verified", "Let a CA sign it"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := acctest.New(t)
			w.Run(t, resource.TestStep{Config: w.Provider() + c.config, PlanOnly: true, ExpectError: acctest.Says(c.says...)})
			if err := acctest.NoRequest(w); err != nil {
				t.Error(err)
			}
		})
	}
}

// The test's CA expires before a certificate that it would sign now. That is an error only if a certificate is due.
func TestAccGenerate_TheCAIsAskedForOnlyWhereACertificateIsDue(t *testing.T) {
	w, age := aged(t)
	ca := certtest.CA(t, "ca", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(100 * day) })
	kind := simulator.HostnameCertificate
	signed := w.Provider() + acctest.Generated(string(kind), "c", "x", signedBy(ca))
	keyless := w.Provider() + acctest.Generated(string(kind), "c", "x", fmt.Sprintf("    ca_certificate = %q\n", ca.Certificate))
	w.Run(
		t,
		resource.TestStep{PreConfig: age(0), Config: signed},
		resource.TestStep{PreConfig: age(30 * day), Config: keyless, PlanOnly: true},
		resource.TestStep{Config: signed, PlanOnly: true},
		resource.TestStep{PreConfig: age(61 * day), Config: keyless, ExpectError: acctest.Says("Missing CA private key")},
		resource.TestStep{Config: signed, ExpectError: acctest.Says("CA cannot sign certificate", "this CA expires on")},
	)
}

// Each limit of generate, and the first value beyond it.
func TestGenerate_Limits(t *testing.T) {
	onAFakeClock(t, func(s *stage) {
		number := func(n int) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
		unknown := func(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, tftypes.UnknownValue) }
		for name, c := range map[string]struct {
			arguments acctest.Attributes
			refused   string
		}{
			"2 days":                    {acctest.Attributes{"validity_days": number(2), "renew_before_days": number(1)}, ""},
			"1 day":                     {acctest.Attributes{"validity_days": number(1), "renew_before_days": number(1)}, "Invalid validity"},
			"10 years":                  {acctest.Attributes{"validity_days": number(3650)}, ""},
			"more than 10 years":        {acctest.Attributes{"validity_days": number(3651)}, "Invalid validity"},
			"renewed on the last day":   {acctest.Attributes{"renew_before_days": number(1)}, ""},
			"renewed when it expires":   {acctest.Attributes{"renew_before_days": number(0)}, "Invalid renewal time"},
			"renewed on the first day":  {acctest.Attributes{"validity_days": number(50), "renew_before_days": number(49)}, ""},
			"renewed at once":           {acctest.Attributes{"validity_days": number(50), "renew_before_days": number(50)}, "Invalid renewal time"},
			"an algorithm":              {acctest.Attributes{"key_algorithm": acctest.Text("ECDSA_P384")}, ""},
			"another algorithm":         {acctest.Attributes{"key_algorithm": acctest.Text("RSA_1024")}, "Invalid key algorithm"},
			"unknown texts":             {acctest.Attributes{"key_algorithm": unknown(tftypes.String), "common_name": unknown(tftypes.String)}, ""},
			"unknown validity":          {acctest.Attributes{"validity_days": unknown(tftypes.Number), "renew_before_days": number(9999)}, ""},
			"unknown renewal":           {acctest.Attributes{"validity_days": number(2), "renew_before_days": unknown(tftypes.Number)}, ""},
			"an unknown CA":             {acctest.Attributes{"ca_certificate": unknown(tftypes.String), "ca_private_key_wo": unknown(tftypes.String)}, ""},
			"64 characters":             {acctest.Attributes{"common_name": acctest.Text(strings.Repeat("é", 64))}, ""},
			"65 characters":             {acctest.Attributes{"common_name": acctest.Text(strings.Repeat("é", 65))}, "Invalid common name"},
			"no characters":             {acctest.Attributes{"common_name": acctest.Text("")}, "Invalid common name"},
			"a space at the end":        {acctest.Attributes{"common_name": acctest.Text("x ")}, "Invalid common name"},
			"a space inside":            {acctest.Attributes{"common_name": acctest.Text("x y")}, ""},
			"a character without shape": {acctest.Attributes{"common_name": acctest.Text("x\u200by")}, "Invalid common name"},
		} {
			answer, err := s.rpc.ValidateResourceConfig(s.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: hostCertName, Config: s.object(hostCertName, s.generate(hostCertName, c.arguments), nil),
				ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
			})
			acctest.NoError(t, err)
			if got := strings.Join(summaries(answer.Diagnostics), ", "); got != c.refused {
				t.Errorf("%s: says %q, want %q", name, got, c.refused)
			}
		}
	})
}
