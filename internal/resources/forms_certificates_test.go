package resources_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// certificateForms returns the forms of certificates and bundles, each with the right key.
func certificateForms(t *testing.T) []form {
	t.Helper()
	root := certtest.CA(t, "root")
	inter := root.Intermediate(t, "intermediate")
	leaf := inter.Issue(t, "leaf")
	l, i := leaf.Certificate, inter.Certificate
	var out []form
	for name, text := range readable(l, i) {
		out = append(out, form{name: name, certificate: text, key: leaf.PrivateKey, uploads: ders(leaf, inter)})
	}
	out = append(
		out,
		form{name: "the leaf alone", certificate: l, key: leaf.PrivateKey, uploads: ders(leaf)},
		form{name: "up to the root", certificate: l + i + root.Certificate, key: leaf.PrivateKey, uploads: ders(leaf, inter, root)},
		form{name: "the chain in another order", certificate: l + root.Certificate + i, key: leaf.PrivateKey, uploads: ders(leaf, root, inter)},
		form{name: "the leaf twice", certificate: l + l, key: leaf.PrivateKey, uploads: ders(leaf, leaf)},
	)
	for name, c := range unreadable(l, i) {
		out = append(out, form{name: name, certificate: c[0], key: leaf.PrivateKey, summary: "Invalid certificate: The value of certificate cannot be used: ", says: c[1]})
	}
	for name, c := range otherThings(t, leaf, inter, root) {
		out = append(out, form{name: name, certificate: c[0], key: leaf.PrivateKey, summary: "Invalid certificate: The value of certificate cannot be used: ", says: c[1]})
	}
	return out
}

// readable returns forms of a leaf with its intermediate that are all read in the same way.
func readable(l, i string) map[string]string {
	both := l + i
	body := func(pem string) string { return strings.Join(strings.Split(strings.TrimSpace(pem), "\n")[1:], "\n") }
	oneLine := func(pem string) string {
		lines := strings.Split(strings.TrimSpace(pem), "\n")
		return lines[0] + "\n" + strings.Join(lines[1:len(lines)-1], "") + "\n" + lines[len(lines)-1] + "\n"
	}
	return map[string]string{
		"two blocks":                            both,
		"without the last line end":             strings.TrimSpace(both),
		"CRLF":                                  strings.ReplaceAll(both, "\n", "\r\n"),
		"CR":                                    strings.ReplaceAll(both, "\n", "\r"),
		"CRLF, then LF":                         strings.ReplaceAll(l, "\n", "\r\n") + i,
		"LF, then CR":                           l + strings.ReplaceAll(i, "\n", "\r"),
		"line separators of Unicode":            strings.ReplaceAll(both, "\n", "\u2028"),
		"byte-order mark at the beginning":      "\ufeff" + both,
		"byte-order mark between":               l + "\ufeff" + i,
		"byte-order marks of both files":        "\ufeff" + l + "\ufeff" + i,
		"space without width":                   "\u200b" + l + "\u200b" + i,
		"left-to-right mark":                    l + "\u200e" + i,
		"soft hyphen in a BEGIN line":           l + strings.Replace(i, "BEGIN", "BE\u00adGIN", 1),
		"variation selector":                    l + "\ufe0f" + i,
		"NUL between":                           l + "\x00" + i,
		"NUL in a BEGIN line":                   l + strings.Replace(i, "BEGIN", "\x00BEGIN", 1),
		"no-break space in a BEGIN line":        l + strings.Replace(i, "BEGIN ", "BEGIN\u00a0", 1),
		"tab in a BEGIN line":                   l + strings.Replace(i, "BEGIN ", "BEGIN\t", 1),
		"two spaces in a BEGIN line":            l + strings.Replace(i, "BEGIN ", "BEGIN  ", 1),
		"space at the end of a label":           l + strings.Replace(i, "CERTIFICATE-", "CERTIFICATE -", 1),
		"indented by spaces":                    "  " + strings.ReplaceAll(both, "\n", "\n  "),
		"indented by tabs":                      "\t" + strings.ReplaceAll(both, "\n", "\n\t"),
		"spaces at the line ends":               strings.ReplaceAll(both, "\n", "  \n"),
		"empty lines":                           strings.ReplaceAll(both, "\n", "\n\n"),
		"END and BEGIN glued":                   strings.TrimSpace(l) + i,
		"END and BEGIN in one line":             strings.TrimSpace(l) + " " + i,
		"Base64 in one line":                    oneLine(l) + oneLine(i),
		"a header in a block":                   l + "-----BEGIN CERTIFICATE-----\nComment: x\n\n" + body(i),
		"text around":                           "the leaf\n" + l + "its issuer, see the wiki\n" + i + "end of file\n",
		"openssl x509 -text":                    "Certificate:\n    Data:\n        Version: 3 (0x2)\n        pub:\n            04:9d:12:aa\n" + l + "Certificate:\n" + i,
		"openssl s_client -showcerts":           "CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = leaf\n" + l + " 1 s:CN = intermediate\n" + i + "---\nServer certificate\nsubject=CN = leaf\n---\n",
		"openssl pkcs12":                        "Bag Attributes\n    localKeyID: 54 69 6D 65\nsubject=CN = leaf\n" + l + "Bag Attributes: <No Attributes>\n" + i,
		"a comment with hyphens":                "# ----- leaf (end entity) -----\n" + l + "-- issuer --\n" + i,
		"a fingerprint":                         "# sha256\n" + strings.Repeat("0123456789abcdef", 4) + "\n" + l + i,
		"a pin":                                 "pin-sha256: " + base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n" + l + i,
		"a path without an extension in a line": "/etc/ssl/private/clients/production/cloudflare/certificate\n" + l + i,
	}
}

// unreadable returns bundles with a block that cannot be read, and what the error says about it.
func unreadable(l, i string) map[string][2]string {
	half := "it has 2 PEM block(s), of which only 1 can be read: "
	odd := func(line int) string {
		return half + fmt.Sprintf("line %d resembles a BEGIN or END line but is not one", line)
	}
	first := strings.Count(l, "\n") + 1 // the first line of i
	begin := func(now string) string { return l + strings.Replace(i, "-----BEGIN CERTIFICATE-----", now, 1) }
	lines := strings.Split(strings.TrimSpace(i), "\n")
	return map[string][2]string{
		"four hyphens":                {begin("----BEGIN CERTIFICATE----"), odd(first)},
		"four hyphens at one end":     {begin("----BEGIN CERTIFICATE-----"), odd(first)},
		"six hyphens":                 {begin("------BEGIN CERTIFICATE------"), odd(first)},
		"en dashes":                   {begin("–––––BEGIN CERTIFICATE–––––"), odd(first)},
		"em dashes":                   {begin("———BEGIN CERTIFICATE———"), odd(first)},
		"small letters":               {begin("-----begin certificate-----"), odd(first)},
		"a label in small letters":    {begin("-----BEGIN certificate-----"), odd(first)},
		"no space after BEGIN":        {begin("-----BEGINCERTIFICATE-----"), half + "line " + fmt.Sprint(first)},
		"no hyphens":                  {begin("BEGIN CERTIFICATE"), odd(first)},
		"text before BEGIN":           {begin("CA: -----BEGIN CERTIFICATE-----"), odd(first)},
		"text behind BEGIN":           {begin("-----BEGIN CERTIFICATE----- # intermediate"), odd(first)},
		"Base64 behind BEGIN":         {l + strings.Replace(i, "-----\n", "-----", 1), odd(first)},
		"END behind Base64":           {l + strings.Replace(i, "\n-----END", "-----END", 1), odd(first + len(lines) - 2)},
		"no BEGIN line":               {l + strings.Join(lines[1:], "\n"), half + fmt.Sprintf("the Base64 text in line %d belongs to no block", first)},
		"neither BEGIN nor END":       {l + strings.Join(lines[1:len(lines)-1], "\n"), half + fmt.Sprintf("the Base64 text in line %d belongs to no block", first)},
		"neither, and before a block": {strings.Join(lines[1:len(lines)-1], "\n") + "\n" + l, half + "the Base64 text in line 1 belongs to no block"},
		"no word BEGIN":               {begin("-----CERTIFICATE-----"), half + fmt.Sprintf("the Base64 text in line %d belongs to no block", first+1)},
		"no END line":                 {l + strings.Join(lines[:len(lines)-1], "\n"), half + "a block is cut off or damaged"},
		"no END line of the first":    {strings.Replace(l, "-----END CERTIFICATE-----\n", "", 1) + i, half + "a block is cut off or damaged"},
		"another label at its END":    {l + strings.Replace(i, "END CERTIFICATE", "END CERT", 1), half + "a block is cut off or damaged"},
		"damaged Base64":              {l + strings.Replace(i, "MII", "M!I", 1), half + "a block is cut off or damaged"},
		"cut off":                     {l + i[:200], half + "a block is cut off or damaged"},
		"an ellipsis in the body":     {l + strings.Replace(i, lines[2], "…", 1), half + "a block is cut off or damaged"},
	}
}

// otherThings returns texts that are not a bundle, and what the error says about each.
func otherThings(t *testing.T, leaf, inter, root certtest.Pair) map[string][2]string {
	t.Helper()
	l := leaf.Certificate
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x"}}, leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(text string) string { return text[:60] + "\n" + text[60:120] + "\n" + text[120:] + "\n" }
	store, err := asn1.Marshal(struct {
		Version int
		Content pkix.AlgorithmIdentifier
		MAC     pkix.AlgorithmIdentifier
	}{3, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	none := "it has 1 PEM block(s), of which only 0 can be read: "
	return map[string][2]string{
		"UTF-16, little-endian":      {strings.Join(strings.Split(l, ""), "\x00") + "\x00", "the text is in UTF-16; save the file as UTF-8"},
		"UTF-16, big-endian":         {"\x00" + strings.Join(strings.Split(l, ""), "\x00"), "the text is in UTF-16; save the file as UTF-8"},
		`\n for line ends`:           {strings.ReplaceAll(l, "\n", `\n`), none + `its line ends are written as \n, a backslash and an n; turn them into line ends with replace(x, "\\n", "\n")`},
		`\r\n for line ends`:         {strings.ReplaceAll(l, "\n", `\r\n`), none + `its line ends are written as \r\n, with backslashes; turn them into line ends with replace(x, "\\r\\n", "\n")`},
		`\\n for line ends`:          {strings.ReplaceAll(l, "\n", `\\n`), none + `its line ends are written as \\n, two backslashes and an n; turn them into line ends with replace(x, "\\\\n", "\n")`},
		"spaces for line ends":       {strings.ReplaceAll(l, "\n", " "), none + "all of it is in one line, but a PEM text needs its line ends"},
		"no line ends":               {strings.ReplaceAll(l, "\n", ""), none + "all of it is in one line, but a PEM text needs its line ends"},
		"URL-encoded":                {strings.NewReplacer(" ", "%20", "\n", "%0A").Replace(l), "it is URL-encoded"},
		"quoted":                     {`"` + l + `"`, none + "there are quotation marks around it"},
		"in single quotes":           {"'" + l + "'", none + "there are quotation marks around it"},
		"in printed quotes":          {"“" + l + "”", none + "there are quotation marks around it"},
		"JSON":                       {fmt.Sprintf(`{"certificate":%q}`, l), "it is a JSON document; extract the PEM text from it"},
		"Base64 of a PEM":            {base(l), "it is the Base64 form of a PEM text; decode it with base64decode()"},
		"Base64 of a PEM, in lines":  {wrap(base(l)), "it is the Base64 form of a PEM text; decode it with base64decode()"},
		"Base64 of Base64":           {base(base(l)), "it is the Base64 form of a PEM text, encoded twice"},
		"Base64 of a PEM in UTF-16":  {base("\xff\xfe" + strings.Join(strings.Split(l, ""), "\x00") + "\x00"), "it is the Base64 form of a PEM text in UTF-16; decode it with textdecodebase64("},
		"Base64 of DER":              {base(string(leaf.Leaf.Raw)), `it is the Base64 form of DER, a certificate without the PEM lines around it; add these lines: "-----BEGIN CERTIFICATE-----\n${x}`},
		"a body without its lines":   {strings.Join(slices.DeleteFunc(strings.Split(l, "\n"), func(s string) bool { return strings.HasPrefix(s, "-") }), "\n"), "it is the Base64 form of DER, a certificate"},
		"Base64 of PKCS#12":          {base(string(store)), "it is the Base64 form of a PKCS#12 file (.p12, .pfx)"},
		"a file's name":              {"certs/client.pem", "it looks like the name of a file; read the file with file()"},
		"a name with a space":        {"my certs/client cert.pem", "it looks like the name of a file; read the file with file()"},
		"a name without an ending":   {"/run/secrets/client_certificate", "it looks like the name of a file; read the file with file()"},
		"a name in Windows":          {`C:\certs\client`, "it looks like the name of a file; read the file with file()"},
		"a name in the home":         {"~/certs/client", "it looks like the name of a file; read the file with file()"},
		"a file's name alone":        {"client cert.crt", "it looks like the name of a file; read the file with file()"},
		"a web address":              {"https://pki.example.com/client.pem", "it is the address of a web page"},
		"empty":                      {"", "it is empty"},
		"white space":                {" \n\t", "it is empty"},
		"a word":                     {"hello", "it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name"},
		"a CA":                       {root.Certificate, `it is a CA certificate: Cloudflare needs a leaf certificate, such as one that this CA has issued, and refuses this one (1412, "Only leaf certificate is allowed.")`},
		"CAs":                        {inter.Certificate + root.Certificate, "it is a CA certificate"},
		"the intermediate first":     {inter.Certificate + l, "the leaf certificate must come first: block 1 is a CA certificate, and the leaf is block 2"},
		"a key":                      {leaf.PrivateKey, "block 1 is a private key, but only certificates are allowed here"},
		"key and certificate":        {leaf.PrivateKey + l, "block 1 is a private key, but only certificates are allowed here"},
		"certificate and key":        {l + leaf.PrivateKey, "block 2 is a private key, but only certificates are allowed here"},
		"a request":                  {certtest.Encode("CERTIFICATE REQUEST", csr), "let a CA sign the request"},
		"a trusted certificate":      {certtest.Encode("TRUSTED CERTIFICATE", leaf.Leaf.Raw), "convert it with `openssl x509"},
		"PKCS#7":                     {certtest.Encode("PKCS7", []byte("x")), "convert it with `openssl pkcs7 -print_certs"},
		"a public key":               {certtest.Encode("PUBLIC KEY", leaf.Leaf.RawSubjectPublicKeyInfo), `block 1 is a "PUBLIC KEY" block, not a CERTIFICATE`},
		"no DER":                     {certtest.Encode("CERTIFICATE", []byte("x")), "block 1 is not a valid X.509 certificate"},
		"something behind the DER":   {certtest.Encode("CERTIFICATE", append(append([]byte{}, leaf.Leaf.Raw...), 0)), "block 1 is not a valid X.509 certificate"},
		"two certificates in a body": {certtest.Encode("CERTIFICATE", append(append([]byte{}, leaf.Leaf.Raw...), inter.Leaf.Raw...)), "block 1 is not a valid X.509 certificate"},
		"2 MiB":                      {strings.Repeat("x", 2<<20), "it is larger than 1024 KiB"},
		"101 blocks":                 {strings.Repeat(l, 101), "it contains more than 100 PEM blocks"},
	}
}
