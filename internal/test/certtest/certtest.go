// Package certtest creates certificates and keys for tests and for the demo.
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
	"slices"
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
	return must(t)(New(commonName, Pair{}, nil, change...))
}

// WithKey is like Leaf, with the key of the caller.
func WithKey(t testing.TB, commonName string, key crypto.Signer, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return must(t)(New(commonName, Pair{}, key, change...))
}

// CA returns a new certificate authority. change may alter the template.
func CA(t testing.TB, commonName string, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return must(t)(New(commonName, Pair{}, nil, slices.Concat([]func(*x509.Certificate){Authority}, change)...))
}

// Authority changes the template of a leaf to that of a certificate authority.
func Authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageDigitalSignature, nil
}

// Server returns a function that changes the template of a leaf to that of a server certificate.
func Server(hostnames ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = hostnames, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
}

// Intermediate returns a new certificate authority that the pair, a CA, has signed.
func (p Pair) Intermediate(t testing.TB, commonName string) Pair {
	t.Helper()
	return must(t)(New(commonName, p, nil, Authority))
}

// Issue returns a new leaf that the pair, a CA, has signed.
func (p Pair) Issue(t testing.TB, commonName string, change ...func(*x509.Certificate)) Pair {
	t.Helper()
	return must(t)(New(commonName, p, nil, change...))
}

// Pool returns a pool with only the pair's certificate.
func (p Pair) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.Leaf)
	return pool
}

func must(t testing.TB) func(Pair, error) Pair {
	t.Helper()
	return func(p Pair, err error) Pair {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

// Encode returns the key as PEM in another encoding: "RSA PRIVATE KEY", "EC PRIVATE KEY" or "PRIVATE KEY".
func Encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// New returns a new client certificate, valid from an hour ago for a year. If issuer is empty, the certificate is self-signed. If key is
// nil, New creates a P-256 key. change may alter the template.
func New(commonName string, issuer Pair, key crypto.Signer, change ...func(*x509.Certificate)) (Pair, error) {
	if key == nil {
		own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return Pair{}, err
		}
		key = own
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Pair{}, err
	}
	c := &x509.Certificate{
		SerialNumber:          serial,
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
	if issuer.Leaf == nil {
		issuer.Leaf, issuer.Key = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer.Leaf, key.Public(), issuer.Key)
	if err != nil {
		return Pair{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Certificate: Encode("CERTIFICATE", der), PrivateKey: Encode("PRIVATE KEY", keyDER), Leaf: leaf, Key: key}, nil
}
