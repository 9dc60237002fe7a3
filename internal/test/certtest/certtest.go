// Package certtest makes certificates and keys for tests.
package certtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Pair is a certificate with its key.
type Pair struct {
	Certificate string // PEM
	PrivateKey  string // PEM, PKCS#8
	Leaf        *x509.Certificate
	Key         crypto.Signer
}

// Leaf returns a new self-signed client certificate on a P-256 key, valid from an hour ago for a year.
// change may alter the template.
func Leaf(t testing.TB, commonName string, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return build(t, template(commonName, change), nil, newKey(t))
}

// WithKey is Leaf on a key of the caller's.
func WithKey(t testing.TB, commonName string, key crypto.Signer, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return build(t, template(commonName, change), nil, key)
}

// CA returns a new certificate authority.
func CA(t testing.TB, commonName string) Pair {
	t.Helper()
	return build(t, template(commonName, []func(*x509.Certificate){authority}), nil, newKey(t))
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature, nil
}

// Intermediate returns a new certificate authority that the pair, a CA, has signed.
func (p Pair) Intermediate(t testing.TB, commonName string) Pair {
	t.Helper()
	return build(t, template(commonName, []func(*x509.Certificate){authority}), &p, newKey(t))
}

// Issue returns a new leaf that the pair, a CA, has signed.
func (p Pair) Issue(t testing.TB, commonName string, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return build(t, template(commonName, change), &p, newKey(t))
}

// Encode returns the key as PEM in another encoding: "RSA PRIVATE KEY", "EC PRIVATE KEY" or "PRIVATE KEY".
func Encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func template(commonName string, change []func(*x509.Certificate)) *x509.Certificate {
	c := &x509.Certificate{
		Subject:               pkix.Name{CommonName: commonName, Organization: []string{"origintls tests"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func build(t testing.TB, c *x509.Certificate, issuer *Pair, key crypto.Signer) Pair {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = serial
	parent, signer := c, key
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.Key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return Pair{Certificate: Encode("CERTIFICATE", der), PrivateKey: Encode("PRIVATE KEY", keyDER), Leaf: leaf, Key: key}
}
