package functions_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
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
			"error":                knownvalue.Null(),
		}))}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: w.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)}, // the first version with functions
		Steps: []resource.TestStep{
			{
				Config:            call(leaf.Certificate + ca.Certificate),
				ConfigStateChecks: is(leaf, knownvalue.StringExact("a.example.com"), knownvalue.StringExact("b.example.com")),
			},
			{Config: call(ca.Certificate), ConfigStateChecks: is(ca)},
			{Config: call("hello"), ExpectError: acctest.Says("Unable to parse certificate: it contains no PEM block")},
			{Config: call(leaf.PrivateKey + leaf.Certificate), ConfigStateChecks: is(leaf, knownvalue.StringExact("a.example.com"), knownvalue.StringExact("b.example.com"))},
			{Config: call(""), ExpectError: acctest.Says("Unable to parse certificate: it is empty")},
			{Config: call("secrets/client.key"), ExpectError: acctest.Says("Unable to parse certificate: it looks like the name of a file; read the file with file()")},
			{Config: call(leaf.Certificate[:200]), ExpectError: acctest.Says("Unable to parse certificate: it has 1 PEM block(s), of which only 0 can be read")},
			{Config: call(base64.StdEncoding.EncodeToString([]byte(leaf.Certificate))), ExpectError: acctest.Says("Unable to parse certificate: it is the Base64 form of a PEM text")},
			{Config: call(certtest.Encode("CERTIFICATE", []byte("x"))), ExpectError: acctest.Says("Unable to parse certificate: block 1 is not a valid X.509 certificate")},
		},
	})
	if err := acctest.NoRequest(w); err != nil {
		t.Error(err)
	}
}

// If a function fails, the CLI prints its argument. So a private key, in whatever form, must not make the function fail.
func TestAccParseCertificate_PrintsNoKey(t *testing.T) {
	w := acctest.New(t)
	cli := w.CLI(t)
	cli.Needs("functions of providers", "1.8", "1.7")
	t.Parallel()
	pair := certtest.Leaf(t, "leaf")
	key := pair.PrivateKey
	der, err := x509.MarshalECPrivateKey(pair.Key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	forms := map[string]string{
		"PKCS#8": key, "SEC 1": certtest.Encode("EC PRIVATE KEY", der), "one line": strings.ReplaceAll(key, "\n", " "),
		"line ends as text": strings.ReplaceAll(key, "\n", `\n`), "Base64": encode(key), "Base64 of DER": encode(string(der)),
		"Base64 of Base64": encode(encode(key)), "a broken BEGIN": strings.Replace(key, "-----BEGIN", "----BEGIN", 1),
		"no lines around": strings.Join(strings.Split(strings.TrimSpace(key), "\n")[1:3], "\n"), "cut off": key[:120], "UTF-16": strings.Join(strings.Split(key, ""), "\x00"),
		"a body among words": "the secret:\n" + strings.Split(key, "\n")[1] + "\n" + strings.Split(key, "\n")[2] + "\n",
		"in JSON":            fmt.Sprintf(`{"key":%q}`, key), "quoted": `"` + key + `"`, "under a certificate's label": strings.ReplaceAll(key, "PRIVATE KEY", "CERTIFICATE"),
		"behind a broken certificate": pair.Certificate[:120] + "\n" + key, "small letters": strings.ReplaceAll(key, "PRIVATE KEY", "private key"),
	}
	secrets := []string{}
	for line := range strings.Lines(key + strings.Join(slices.Collect(maps.Values(forms)), "\n")) {
		if line = strings.TrimSpace(line); len(line) > 30 && !strings.HasPrefix(line, "-----BEGIN CERT") {
			secrets = append(secrets, line[len(line)-30:], line[:30])
		}
	}
	body := strings.Split(key, "\n")[1]
	secrets = append(secrets, body[20:50])
	errors := map[string]any{}
	for name, text := range forms {
		errors[name] = "${provider::origintls::parse_certificate(" + hcl(text) + ").error}"
	}
	raw, err := json.Marshal(map[string]any{"output": map[string]any{"errors": map[string]any{"value": errors}}})
	if err != nil {
		t.Fatal(err)
	}
	cli.Write("main.tf.json", string(raw))
	out := cli.Must(0, "plan", "-no-color")
	if n := strings.Count(out, "Unable to parse certificate: "); n != len(forms) {
		t.Errorf("%d of %d results have an error:\n%s", n, len(forms), out)
	}
	out += cli.Must(0, "plan", "-json")
	for _, secret := range secrets {
		if strings.Contains(out, secret) {
			t.Errorf("the output shows the key:\n%s", out)
		}
	}
}

// hcl returns a text as an HCL literal.
func hcl(text string) string {
	raw, _ := json.Marshal(text)
	return string(raw)
}
