package e2e

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// For a text in the wrong form, the error shows an expression that turns it into a certificate. The test copies each
// expression from the error and applies it.
func TestAccAdviceOfErrorsWorks(t *testing.T) {
	_, cli := acctest.Start(t)
	pair := certtest.Leaf(t, "leaf")
	sec1, err := x509.MarshalECPrivateKey(pair.Key.(*ecdsa.PrivateKey))
	acctest.NoError(t, err)
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	der := func(text string) string {
		block, _ := pem.Decode([]byte(text))
		return base(string(block.Bytes))
	}
	utf16 := func(text string) string { return base(strings.Join(strings.Split(text, ""), "\x00") + "\x00") }
	for _, c := range []struct {
		spoil  func(text string) string
		advice string // the expression that the error shows, with x in place of the text
	}{
		{func(text string) string { return strings.ReplaceAll(text, "\n", `\n`) }, `replace(x, "\\n", "\n")`},
		{func(text string) string { return strings.ReplaceAll(text, "\n", `\r\n`) }, `replace(x, "\\r\\n", "\n")`},
		{func(text string) string { return strings.ReplaceAll(text, "\n", `\\n`) }, `replace(x, "\\\\n", "\n")`},
		{func(text string) string { return strings.ReplaceAll(text, "\n", " ") }, `replace(x, "/ *(-----(BEGIN|END) [A-Z0-9 ]+-----) */", "\n$1\n")`},
		{func(text string) string { return strings.ReplaceAll(text, "\n", "") }, `replace(x, "/ *(-----(BEGIN|END) [A-Z0-9 ]+-----) */", "\n$1\n")`},
		{func(text string) string { return `"` + text + `"` }, `trim(x, "\"'")`},
		{base, `base64decode(x)`},
		{func(text string) string { return base(base(text)) }, `base64decode(base64decode(x))`},
		{utf16, `textdecodebase64(x, "UTF-16LE")`},
		{der, ""},
	} {
		cli.Write("certificate", c.spoil(pair.Certificate))
		cli.Write("pkcs8", c.spoil(pair.PrivateKey))
		cli.Write("sec1", c.spoil(certtest.Encode("EC PRIVATE KEY", sec1)))
		config := func(certificate, key string, keyName string) string {
			return fmt.Sprintf("resource \"origintls_zone_certificate\" \"c\" {\n  zone_id = %q\n  certificate = %s\n  private_key = %s\n}\n", acctest.Zone,
				strings.NewReplacer("${x}", `${file("certificate")}`, "x,", `file("certificate"),`, "(x)", `(file("certificate"))`).Replace(certificate),
				strings.NewReplacer("${x}", fmt.Sprintf("${file(%q)}", keyName), "x,", fmt.Sprintf("file(%q),", keyName), "(x)", fmt.Sprintf("(file(%q))", keyName)).Replace(key))
		}
		keys := []string{"pkcs8"}
		if c.advice == "" {
			keys = append(keys, "sec1") // a key with another PEM label
		}
		for _, keyName := range keys {
			cli.Write("main.tf", config("trimspace(x)", "trimspace(x)", keyName))
			said := flat(cli.Must(1, "validate", "-no-color"))
			certificate, key := c.advice, c.advice
			if c.advice == "" { // the error shows the text itself, in lines
				label := map[string]string{"pkcs8": "PRIVATE KEY", "sec1": "EC PRIVATE KEY"}[keyName]
				certificate = `"-----BEGIN CERTIFICATE-----\n${x}\n-----END CERTIFICATE-----\n"`
				key = strings.ReplaceAll(certificate, "CERTIFICATE", label)
			}
			for _, expression := range []string{certificate, key} {
				shown := strings.Replace(expression, "base64decode(x)", "base64decode(", 1) // one error shows the function without its argument
				if strings.HasPrefix(expression, "base64decode(base64") {
					shown = expression
				}
				if !strings.Contains(said, shown) {
					t.Errorf("the error does not say %s:\n%s", expression, said)
				}
			}
			cli.Write("main.tf", config(certificate, key, keyName))
			if r := cli.Run("plan", "-no-color"); r.Code != 0 {
				t.Errorf("%s does not help:\n%s", certificate, r.Output)
			}
		}
	}
}

// flat returns an output as one line, without the frames and line breaks of diagnostics.
func flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}
