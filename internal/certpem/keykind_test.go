package certpem_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	damaged  = "the private key cannot be parsed: it has to be PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)"
	noPrimes = "the RSA key lacks its prime factors, or has 0 in their place; Cloudflare needs the complete key, as the program that created it wrote it"
	explicit = "the EC key contains the parameters of its curve instead of the curve's name: convert it with `openssl ec -param_enc named_curve -in FILE`"
)

func kind(what, name string) string {
	return what + " of the kind " + name + ", but the kind has to be RSA, ECDSA (P-256, P-384, P-521) or Ed25519; issue another certificate with another key, " +
		"created for example with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
}

// A key of a kind that Cloudflare cannot use is an error that names the kind.
func TestParseKey_Kinds(t *testing.T) {
	oidEC, oidRSA := asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	secp256k1 := asn1.ObjectIdentifier{1, 3, 132, 0, 10}
	complete := x509.MarshalPKCS1PrivateKey(rsaKey(t, 2048))
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	montgomery, err := x509.MarshalPKCS8PrivateKey(x25519)
	if err != nil {
		t.Fatal(err)
	}
	p8 := func(oid asn1.ObjectIdentifier, parameters any, key []byte) []byte {
		return sequence(t, 0, pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: value(t, parameters)}}, key)
	}
	p1 := func(last ...any) []byte { return sequence(t, append([]any{0, 3233, 17, 2753}, last...)...) }
	ec := func(version int, parameters any) []byte {
		inner := asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: value(t, parameters)}
		return sequence(t, version, make([]byte, 32), inner)
	}
	mine := func(name string) string { return kind("the private key is", name) }
	for name, c := range map[string]struct {
		label string
		der   []byte
		err   string
	}{
		"DSA":                         {"DSA PRIVATE KEY", sequence(t, 0, 1, 2, 3, 4, 5), mine("DSA")},
		"DSA in PKCS#8":               {"PRIVATE KEY", p8(asn1.ObjectIdentifier{1, 2, 840, 10040, 4, 1}, []int{1, 2, 3}, []byte{2, 1, 5}), mine("DSA")},
		"X25519":                      {"PRIVATE KEY", montgomery, mine("X25519")},
		"Ed448":                       {"PRIVATE KEY", p8(asn1.ObjectIdentifier{1, 3, 101, 113}, asn1.NullRawValue, make([]byte, 59)), mine("Ed448")},
		"RSA-PSS":                     {"PRIVATE KEY", p8(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, asn1.NullRawValue, complete), mine("RSA-PSS")},
		"an unknown algorithm":        {"PRIVATE KEY", p8(asn1.ObjectIdentifier{1, 2, 3}, asn1.NullRawValue, complete), damaged},
		"RSA without primes":          {"RSA PRIVATE KEY", p1(), noPrimes},
		"RSA with one prime":          {"RSA PRIVATE KEY", p1(61), noPrimes},
		"RSA with primes of 0":        {"RSA PRIVATE KEY", p1(0, 0, 0, 0, 0), noPrimes},
		"RSA with a first prime of 0": {"RSA PRIVATE KEY", p1(0, 53, 0, 0, 0), noPrimes},
		"RSA with a last prime of 0":  {"RSA PRIVATE KEY", p1(61, 0, 0, 0, 0), noPrimes},
		"RSA with wrong primes":       {"RSA PRIVATE KEY", p1(61, 59, 1, 1, 1), damaged},
		"RSA without primes, PKCS#8":  {"PRIVATE KEY", p8(oidRSA, asn1.NullRawValue, p1()), noPrimes},
		"RSA without a key, PKCS#8":   {"PRIVATE KEY", p8(oidRSA, asn1.NullRawValue, []byte("x")), damaged},
		"secp256k1":                   {"EC PRIVATE KEY", ec(1, secp256k1), mine("EC on the curve secp256k1")},
		"secp256k1 in PKCS#8":         {"PRIVATE KEY", p8(oidEC, secp256k1, sequence(t, 1, make([]byte, 32))), mine("EC on the curve secp256k1")},
		"an unknown curve":            {"EC PRIVATE KEY", ec(1, asn1.ObjectIdentifier{1, 2, 3}), damaged},
		"a NULL for the curve":        {"EC PRIVATE KEY", ec(1, asn1.NullRawValue), damaged},
		"an EC key of version 2":      {"EC PRIVATE KEY", ec(2, secp256k1), damaged},
		"a curve spelt out":           {"EC PRIVATE KEY", ec(1, []int{1, 2}), explicit},
		"a curve spelt out, PKCS#8":   {"PRIVATE KEY", p8(oidEC, []int{1, 2}, sequence(t, 1, make([]byte, 32))), explicit},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := certpem.ParseKey(certtest.Encode(c.label, c.der)); err == nil || err.Error() != c.err {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// A certificate for a key of such a kind is an error too, whatever the key.
func TestMatches_Kinds(t *testing.T) {
	ca, pair := certtest.CA(t, "ca"), certtest.Leaf(t, "own")
	key, err := certpem.ParseKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	ed25519, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der := issue(t, ca, ed25519)
	for name, last := range map[string]byte{"X25519": 110, "Ed448": 113, "unknown": 120} {
		t.Run(name, func(t *testing.T) {
			// An Ed25519 certificate with the algorithm replaced in its DER.
			of := bytes.Replace(der, []byte{6, 3, 43, 101, 112}, []byte{6, 3, 43, 101, last}, 1)
			bundle, err := certpem.ParseBundle(certtest.Encode("CERTIFICATE", of))
			if err != nil {
				t.Fatal(err)
			}
			if err := key.Matches(bundle); err == nil || err.Error() != kind("the certificate is for a key", name) {
				t.Errorf("error %v, want %q", err, kind("the certificate is for a key", name))
			}
		})
	}
}

// issue returns a certificate in DER for any public key.
func issue(t testing.TB, ca certtest.Pair, public any) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, public, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func rsaKey(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// block returns the content of the only PEM block in text.
func block(t testing.TB, text string) []byte {
	t.Helper()
	b, _ := pem.Decode([]byte(text))
	if b == nil {
		t.Fatalf("no PEM block in %q", text)
	}
	return b.Bytes
}

// sequence returns values as a SEQUENCE in DER.
func sequence(t testing.TB, values ...any) []byte {
	t.Helper()
	var body []byte
	for _, v := range values {
		body = append(body, value(t, v)...)
	}
	return value(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: body})
}

func value(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(fmt.Errorf("%T: %w", v, err))
	}
	return der
}
