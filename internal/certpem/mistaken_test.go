package certpem_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Users give other texts instead of PEM. The error says which kind of text it is, and what to do.
func TestParseCertificates_Mistaken(t *testing.T) {
	leaf := certtest.Leaf(t, "leaf")
	pem := leaf.Certificate
	document, err := json.Marshal(map[string]string{"certificate": pem})
	if err != nil {
		t.Fatal(err)
	}
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	der := string(leaf.Leaf.Raw)
	complete := x509.MarshalPKCS1PrivateKey(rsaKey(t, 2048))
	algorithm := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}}
	const (
		aName  = "it looks like the name of a file; read the file with file()"
		noPEM  = "it contains no PEM block (-----BEGIN …-----); a PEM text is expected, not DER or a file name"
		none   = "it has 1 PEM block(s), of which only 0 can be read: "
		object = none + "it is a JSON document; extract the PEM text from it, as in jsondecode(x)[\"NAME\"]"
		url    = none + "it is URL-encoded; decode it before you pass it to the provider"
		quoted = none + "there are quotation marks around it; remove them, for example with trim(x, \"\\\"'\")"
		binary = "it is the Base64 form of binary data (DER), and not a PEM text; convert the file with openssl"
		store  = "it is the Base64 form of a PKCS#12 file (.p12, .pfx); extract certificate and key from it with `openssl pkcs12 -in FILE -nodes`"
		utf16  = "the text is in UTF-16; save the file as UTF-8"
	)
	wrap := func(noun, label string) string {
		return `it is the Base64 form of DER, a ` + noun + ` without the PEM lines around it; add these lines: "-----BEGIN ` + label + `-----\n${x}\n-----END ` + label + `-----\n"`
	}
	longName := func(n int) string { return strings.Repeat("x", n-len(".pem")) + ".pem" }
	for name, c := range map[string]struct{ text, err string }{
		"UTF-16, little-endian":      {strings.Join(strings.Split(pem, ""), "\x00") + "\x00", utf16},
		"UTF-16, big-endian":         {"\x00" + strings.Join(strings.Split(pem, ""), "\x00"), utf16},
		`\r\n for line ends`:         {strings.ReplaceAll(pem, "\n", `\r\n`), none + `its line ends are written as \r\n, with backslashes; turn them into line ends with replace(x, "\\r\\n", "\n")`},
		`\\n for line ends`:          {strings.ReplaceAll(pem, "\n", `\\n`), none + `its line ends are written as \\n, two backslashes and an n; turn them into line ends with replace(x, "\\\\n", "\n")`},
		"JSON":                       {string(document), object},
		"a list in JSON":             {"[" + string(document) + "]", object},
		"URL-encoded":                {strings.NewReplacer(" ", "%20", "\n", "%0A").Replace(pem), url},
		"URL-encoded, with +":        {strings.NewReplacer("+", "%2B", " ", "+", "\n", "%0A").Replace(pem), url},
		"in single quotes":           {"'" + pem + "'", quoted},
		"PuTTY":                      {"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "it is a key in PuTTY's own format; convert it with `puttygen FILE -O private-openssh` and `ssh-keygen -p -N '' -m PKCS8 -f FILE`"},
		"a public key of SSH":        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me", "it is an SSH public key, not a PEM text"},
		"a web address":              {"https://pki.example.com/client.pem", "it is the address of a web page; read its content, for example with the data source http"},
		"a name in Windows":          {`C:\certs\client`, aName},
		"a name of 259 bytes":        {longName(259), aName},
		"a name of 260 bytes":        {longName(260), noPEM},
		"two names":                  {"leaf.pem\nchain.pem", noPEM},
		"Base64 with a slash":        {"/" + strings.Repeat("aB3", 20) + "=====", noPEM},
		"Base64 of a PEM, in lines":  {base(pem)[:60] + "\n" + base(pem)[60:], "it is the Base64 form of a PEM text; decode it with base64decode()"},
		"Base64 of Base64":           {base(base(pem)), "it is the Base64 form of a PEM text, encoded twice; decode it with base64decode(base64decode(x))"},
		"Base64 of a PEM in UTF-16":  {base(strings.Join(strings.Split(pem, ""), "\x00") + "\x00"), `it is the Base64 form of a PEM text in UTF-16; decode it with textdecodebase64(x, "UTF-16LE")`},
		"Base64 of a certificate":    {base(der), wrap("certificate", "CERTIFICATE")},
		"Base64 for addresses":       {strings.TrimRight(base64.URLEncoding.EncodeToString(sequence(t, []byte{0xfb, 0xff, 0xfe}, make([]byte, 20))), "="), binary},
		"Base64 of PKCS#8":           {base(string(block(t, leaf.PrivateKey))), wrap("private key", "PRIVATE KEY")},
		"Base64 of PKCS#1":           {base(string(complete)), wrap("private key", "RSA PRIVATE KEY")},
		"Base64 of SEC 1":            {base(string(block(t, sec1(t, leaf.Key)))), wrap("private key", "EC PRIVATE KEY")},
		"Base64 of encrypted PKCS#8": {base(string(sequence(t, algorithm, make([]byte, 32)))), wrap("private key", "ENCRYPTED PRIVATE KEY")},
		"SEC 1 with a version of 2":  {base(string(sequence(t, 2, make([]byte, 32)))), binary},
		"something behind a key":     {base(string(block(t, leaf.PrivateKey)) + "x"), noPEM},
		"Base64 of PKCS#12":          {base(string(sequence(t, 3, algorithm, algorithm))), store},
		"PKCS#12 with a version 1":   {base(string(sequence(t, 1, algorithm, algorithm))), binary},
		"PKCS#12 without a content":  {base(string(sequence(t, 3)) + strings.Repeat("x", 20)), noPEM},
		"a 3 and a bad content":      {base(string(sequence(t, 3, asn1.RawValue{FullBytes: append([]byte{4, 120}, make([]byte, 14)...)}))), binary},
		"DER that is no SEQUENCE":    {base("\x04\x12" + strings.Repeat("x", 18)), noPEM},
		"Base64 of no DER":           {base(strings.Repeat("hello ", 10)), noPEM},
		"DER of 18 bytes":            {base(string(sequence(t, []byte(strings.Repeat("x", 14))))), binary},
		"DER of 17 bytes":            {base(string(sequence(t, []byte(strings.Repeat("x", 13))))), noPEM},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := certpem.ParseCertificates(c.text); err == nil || err.Error() != c.err {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

func TestMayHoldKey(t *testing.T) {
	pair := certtest.Leaf(t, "leaf")
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	key := string(block(t, pair.PrivateKey))
	lines := strings.Split(pair.PrivateKey, "\n")
	labelled := func(body string) string {
		return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n"
	}
	encrypted, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}}, make([]byte, 200)})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"a key":                           {pair.PrivateKey, true},
		"a BEGIN line":                    {"-----BEGIN PRIVATE KEY-----", true},
		"a BEGIN line with a mark inside": {"-----BEGIN PRI\u200bVATE KEY-----", true},
		"PuTTY":                           {"PuTTY-User-Key-File-3: ssh-rsa", true},
		"a body without its lines":        {"key:\n" + strings.Join(lines[1:len(lines)-2], "\n"), true},
		"a line of a body":                {"key: " + lines[1], true},
		"a key labelled CERTIFICATE":      {strings.ReplaceAll(pair.PrivateKey, "PRIVATE KEY", "CERTIFICATE"), true},
		"Base64 of a key in PEM":          {base(pair.PrivateKey), true},
		"Base64 of a key in DER":          {base(key), true},
		"Base64 of something":             {base("something that is no certificate"), true},
		"a certificate":                   {pair.Certificate, false},
		"a certificate, cut off":          {pair.Certificate[:200], false},
		"a certificate, damaged":          {pair.Certificate[:100] + "!" + pair.Certificate[101:], false},
		"a certificate, damaged in front": {strings.Replace(pair.Certificate, "MII", "M!I", 1), true}, // in doubt
		"a key labelled CERTIFICATE, cut": {strings.ReplaceAll(pair.PrivateKey, "PRIVATE KEY", "CERTIFICATE")[:120], true},
		"a small key so labelled":         {labelled("MC4CAQAwBQYDK2VwBCIEI!" + strings.Repeat("A", 42)), true}, // Ed25519
		"an encrypted key so labelled":    {labelled(base(string(encrypted))), true},
		"an RSA key so labelled, damaged": {labelled("MIIEpAIBAAKC!" + strings.Repeat("A", 40)), true},
		"the shortest body of a key":      {labelled("MC4CAQAw" + strings.Repeat("!", 32)), true},
		"less than a key":                 {labelled("MC4CAQAw" + strings.Repeat("!", 31)), false},
		"a length in the middle":          {labelled("MIIBxx==" + strings.Repeat("A", 40)), true}, // in doubt
		"a small certificate, damaged":    {labelled("MIHvMIGi!" + strings.Repeat("A", 40)), false},
		// Without spaces and line ends, this text consists of characters of Base64 for addresses.
		"a certificate of few bytes":   {"-----BEGIN CERTIFICATE-----\nAAAAAAAAAAAAAAAA\n-----END CERTIFICATE-----\n", false},
		"Base64 of a PEM text":         {base(pair.Certificate), false},
		"Base64 of a certificate":      {base(string(pair.Leaf.Raw)), false},
		"a fingerprint":                {"fingerprint: " + certpem.Fingerprint(pair.Certificate), false},
		"a sentence without Base64":    {"This text says nothing, and it certainly contains nothing.", false},
		"nothing":                      {"", false},
		"a certificate and a sentence": {"This is the certificate:\n" + pair.Certificate, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := certpem.MayHoldKey(c.text); got != c.want {
				t.Errorf("MayHoldKey returns %v, want %v", got, c.want)
			}
		})
	}
}
