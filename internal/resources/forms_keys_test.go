package resources_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// keyForms returns the forms of keys, each with its certificate.
func keyForms(t *testing.T) []form {
	t.Helper()
	must := func(der []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	p256, p384, p521 := ecKey(t, elliptic.P256()), ecKey(t, elliptic.P384()), ecKey(t, elliptic.P521())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(rsaKey)
	pkcs8RSA, pkcs8EC := must(x509.MarshalPKCS8PrivateKey(rsaKey)), must(x509.MarshalPKCS8PrivateKey(p256))
	sec1, sec1P384, sec1P521 := must(x509.MarshalECPrivateKey(p256)), must(x509.MarshalECPrivateKey(p384)), must(x509.MarshalECPrivateKey(p521))
	k := certtest.Encode("PRIVATE KEY", pkcs8EC)
	parameters := certtest.Encode("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7})
	own := map[crypto.Signer]certtest.Pair{}
	for _, key := range []crypto.Signer{p256, p384, p521, rsaKey} {
		own[key] = certtest.WithKey(t, "own", key)
	}
	taken := func(name string, key crypto.Signer, text, label string) form {
		pair, ok := own[key]
		if !ok {
			pair = certtest.WithKey(t, "own", key)
		}
		return form{name: "key: " + name, certificate: pair.Certificate, key: text, uploads: ders(pair), label: label}
	}
	forms := []form{
		taken("PKCS#8 EC", p256, k, "PRIVATE KEY"),
		taken("PKCS#8 RSA", rsaKey, certtest.Encode("PRIVATE KEY", pkcs8RSA), "PRIVATE KEY"),
		taken("PKCS#1", rsaKey, certtest.Encode("RSA PRIVATE KEY", pkcs1), "RSA PRIVATE KEY"),
		taken("SEC 1", p256, certtest.Encode("EC PRIVATE KEY", sec1), "EC PRIVATE KEY"),
		taken("SEC 1, P-384", p384, certtest.Encode("EC PRIVATE KEY", sec1P384), "EC PRIVATE KEY"),
		taken("SEC 1, P-521", p521, certtest.Encode("EC PRIVATE KEY", sec1P521), "EC PRIVATE KEY"),
		taken("EC PARAMETERS in front", p256, parameters+certtest.Encode("EC PRIVATE KEY", sec1), "EC PRIVATE KEY"),
		{
			name: "key: Ed25519", certificate: certtest.WithKey(t, "ed", edKey).Certificate, key: certtest.Encode("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edKey))),
			label: "PRIVATE KEY",
		},
		taken("PKCS#8 EC labelled RSA", p256, certtest.Encode("RSA PRIVATE KEY", pkcs8EC), "PRIVATE KEY"),
		taken("PKCS#8 RSA labelled RSA", rsaKey, certtest.Encode("RSA PRIVATE KEY", pkcs8RSA), "PRIVATE KEY"),
		taken("PKCS#8 EC labelled EC", p256, certtest.Encode("EC PRIVATE KEY", pkcs8EC), "PRIVATE KEY"),
		taken("PKCS#1 labelled PKCS#8", rsaKey, certtest.Encode("PRIVATE KEY", pkcs1), "RSA PRIVATE KEY"),
		taken("SEC 1 labelled PKCS#8", p256, certtest.Encode("PRIVATE KEY", sec1), "EC PRIVATE KEY"),
		taken("SEC 1 labelled RSA", p256, certtest.Encode("RSA PRIVATE KEY", sec1), "EC PRIVATE KEY"),
		taken("CRLF", p256, strings.ReplaceAll(k, "\n", "\r\n"), ""),
		taken("CR", p256, strings.ReplaceAll(k, "\n", "\r"), ""),
		taken("byte-order mark", p256, "\ufeff"+k, ""),
		taken("no-break space in its BEGIN line", p256, strings.Replace(k, "BEGIN ", "BEGIN\u00a0", 1), ""),
		taken("indented", p256, "  "+strings.ReplaceAll(k, "\n", "\n  "), ""),
		taken("text around", p256, "Bag Attributes\n    localKeyID: 54 69\nKey Attributes: <No Attributes>\n"+k+"the end\n", ""),
	}
	forms[7].uploads = [][]byte{parsed(t, forms[7].certificate)}
	pair := own[p256]
	for name, c := range refusedKeys(t, rsaKey, pkcs8EC, sec1, pair) {
		summary := "Invalid private key: The value of private_key cannot be used: "
		if strings.Contains(c[1], "does not belong") {
			summary = "Private key does not match certificate: The value of private_key cannot be used with that of certificate: "
		}
		forms = append(forms, form{name: "key: " + name, certificate: pair.Certificate, key: c[0], summary: summary, says: c[1]})
	}
	return append(forms, foreignCertificate(t, pair))
}

// foreignCertificate returns a certificate for an Ed448 key: an Ed25519 certificate with the algorithm replaced in its DER.
func foreignCertificate(t *testing.T, pair certtest.Pair) form {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := certtest.CA(t, "ca")
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}}, ca.Leaf, public, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	der = bytes.Replace(der, []byte{6, 3, 43, 101, 112}, []byte{6, 3, 43, 101, 113}, 1)
	return form{
		summary: "Private key does not match certificate",
		name:    "certificate: Ed448", certificate: certtest.Encode("CERTIFICATE", der), key: pair.PrivateKey,
		says: "the certificate is for a key of the kind Ed448, but the kind has to be RSA, ECDSA (P-256, P-384, P-521) or Ed25519",
	}
}

// refusedKeys returns texts that are not a usable key, and what the error says about each.
func refusedKeys(t *testing.T, rsaKey *rsa.PrivateKey, pkcs8EC, sec1 []byte, pair certtest.Pair) map[string][2]string {
	t.Helper()
	k := certtest.Encode("PRIVATE KEY", pkcs8EC)
	base := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	none := "it has 1 PEM block(s), of which only 0 can be read: "
	kind := func(name string) string {
		return "the private key is of the kind " + name + ", but the kind has to be RSA, ECDSA (P-256, P-384, P-521) or Ed25519"
	}
	p8 := func(oid asn1.ObjectIdentifier, parameters any, key []byte) string {
		return certtest.Encode("PRIVATE KEY", pkcs8(t, oid, parameters, key))
	}
	oidEC := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	noPrimes := func(last ...int) []byte {
		values := []any{0, rsaKey.N, rsaKey.E, rsaKey.D}
		for _, v := range last {
			values = append(values, v)
		}
		return sequence(t, values...)
	}
	legacy := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
	return map[string][2]string{
		"encrypted PKCS#8":          {certtest.Encode("ENCRYPTED PRIVATE KEY", []byte("x")), "the key is encrypted, but Cloudflare needs it unencrypted: decrypt it with `openssl pkey -in FILE`"},
		"encrypted PKCS#1":          {legacy, "the key is encrypted"},
		"OpenSSH":                   {certtest.Encode("OPENSSH PRIVATE KEY", []byte("x")), "the key is in OpenSSH's own format: convert it with `ssh-keygen"},
		"PuTTY":                     {"PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n", "it is a key in PuTTY's own format"},
		"a public key of SSH":       {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me", "it is an SSH public key"},
		"JSON Web Key":              {`{"kty":"EC","crv":"P-256"}`, "it is a JSON document"},
		"RSA-PSS":                   {p8(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, nil, x509.MarshalPKCS1PrivateKey(rsaKey)), kind("RSA-PSS")},
		"Ed448":                     {p8(asn1.ObjectIdentifier{1, 3, 101, 113}, nil, append([]byte{4, 57}, make([]byte, 57)...)), kind("Ed448")},
		"X25519":                    {x25519(t), kind("X25519")},
		"DSA in PKCS#8":             {p8(asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, []int{1, 2, 3}, []byte{2, 1, 5}), kind("DSA")},
		"DSA":                       {certtest.Encode("DSA PRIVATE KEY", sequence(t, 0, 1, 2, 3, 4, 5)), kind("DSA")},
		"secp256k1":                 {p8(oidEC, asn1.ObjectIdentifier{1, 3, 132, 0, 10}, sequence(t, 1, make([]byte, 32))), kind("EC on the curve secp256k1")},
		"a curve spelt out":         {p8(oidEC, []int{1, 2}, sequence(t, 1, make([]byte, 32))), "the EC key contains the parameters of its curve instead of the curve's name"},
		"primes left out":           {certtest.Encode("RSA PRIVATE KEY", noPrimes()), "the RSA key lacks its prime factors"},
		"primes of 0":               {certtest.Encode("RSA PRIVATE KEY", noPrimes(0, 0, 0, 0, 0)), "the RSA key lacks its prime factors"},
		"primes of 0 in PKCS#8":     {p8(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, asn1.NullRawValue, noPrimes(0, 0, 0, 0, 0)), "the RSA key lacks its prime factors"},
		"no DER":                    {certtest.Encode("PRIVATE KEY", []byte("x")), "the private key cannot be parsed: it has to be PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)"},
		"two keys":                  {k + certtest.Encode("EC PRIVATE KEY", sec1), "it contains more than one private key"},
		"a certificate":             {pair.Certificate, "it contains a PEM block that is not a private key, such as a certificate; only the key is allowed here"},
		"key and certificate":       {k + pair.Certificate, "it contains a PEM block that is not a private key"},
		"parameters alone":          {certtest.Encode("EC PARAMETERS", []byte{6, 1, 1}), "it contains no private key"},
		"of another certificate":    {certtest.Leaf(t, "another").PrivateKey, "the private key does not belong to the certificate: their public keys differ."},
		"RSA for an EC certificate": {certtest.Encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), "the private key does not belong to the certificate: their public keys differ."},
		"cut off":                   {k[:100], none + "a block is cut off or damaged"},
		"four hyphens":              {strings.Replace(k, "-----BEGIN", "----BEGIN", 1), none + "line 1 resembles a BEGIN or END line but is not one"},
		"en dashes":                 {strings.ReplaceAll(k, "-----", "–––––"), none + "line 1 resembles a BEGIN or END line but is not one"},
		"small letters":             {strings.ReplaceAll(k, "PRIVATE KEY", "private key"), none + "line 1 resembles a BEGIN or END line but is not one"},
		`\n for line ends`:          {strings.ReplaceAll(k, "\n", `\n`), none + `its line ends are written as \n`},
		"spaces for line ends":      {strings.ReplaceAll(k, "\n", " "), none + "all of it is in one line"},
		"quoted":                    {`"` + k + `"`, none + "there are quotation marks around it"},
		"Base64 of a PEM":           {base(k), "it is the Base64 form of a PEM text; decode it with base64decode()"},
		"Base64 of PKCS#8":          {base(string(pkcs8EC)), `it is the Base64 form of DER, a private key without the PEM lines around it; add these lines: "-----BEGIN PRIVATE KEY-----`},
		"Base64 of SEC 1":           {base(string(sec1)), `add these lines: "-----BEGIN EC PRIVATE KEY-----`},
		"Base64 of PKCS#1":          {base(string(x509.MarshalPKCS1PrivateKey(rsaKey))), `add these lines: "-----BEGIN RSA PRIVATE KEY-----`},
		"a file's name":             {"/etc/ssl/private/client.key", "it looks like the name of a file"},
		"empty":                     {"", "it is empty"},
	}
}

func ecKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func x25519(t *testing.T) string {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return certtest.Encode("PRIVATE KEY", der)
}

// pkcs8 returns a key of any algorithm in DER.
func pkcs8(t *testing.T, oid asn1.ObjectIdentifier, parameters any, key []byte) []byte {
	t.Helper()
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oid}
	if parameters != nil {
		der, err := asn1.Marshal(parameters)
		if err != nil {
			t.Fatal(err)
		}
		algorithm.Parameters = asn1.RawValue{FullBytes: der}
	}
	return sequence(t, 0, algorithm, key)
}

// sequence returns values as a DER SEQUENCE.
func sequence(t *testing.T, values ...any) []byte {
	t.Helper()
	var body []byte
	for _, v := range values {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(fmt.Errorf("%T: %w", v, err))
		}
		body = append(body, der...)
	}
	der, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: body})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func parsed(t *testing.T, text string) []byte {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	return block.Bytes
}
