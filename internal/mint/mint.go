// Package mint issues client certificates for keys that it creates. The certificates are self-signed, or signed by a
// CA. The package uses only crypto/x509 and crypto/rand, and keeps nothing.
package mint

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// Backdated is how long before its issue a certificate becomes valid, so that an origin with a slow clock accepts it.
const Backdated = time.Hour

// serialBytes is the length of a serial number: 128 random bits.
const serialBytes = 16

// Request is a certificate to issue.
type Request struct {
	CommonName string // the only field of the subject; up to 64 characters
	Algorithm  Algorithm
	Now        time.Time
	Until      time.Time  // expiry; if the CA expires earlier, the CA's expiry is used
	CA         *Authority // the signing CA; nil for a self-signed certificate
}

// Authority is a CA with its key.
type Authority struct {
	Certificate *x509.Certificate
	Signer      crypto.Signer
}

// Pair is a certificate and its private key.
type Pair struct {
	Leaf *x509.Certificate
	Key  crypto.Signer
}

// Mint creates a key and issues a certificate for it. No error contains any part of a key.
func Mint(r Request) (*Pair, error) {
	key, err := r.Algorithm.newKey()
	if err != nil {
		return nil, err
	}
	leaf, err := r.issue(key)
	if err != nil {
		return nil, err
	}
	return &Pair{Leaf: leaf, Key: key}, nil
}

func (r Request) issue(key crypto.Signer) (*x509.Certificate, error) {
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          newSerial(),
		Subject:               subjectOf(r.CommonName),
		NotBefore:             r.Now.Add(-Backdated),
		NotAfter:              r.Until,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, // with IsCA false: CA:FALSE
		SubjectKeyId:          id,
		AuthorityKeyId:        id,
	}
	parent, signer := template, key
	if r.CA != nil {
		parent, signer = r.CA.Certificate, r.CA.Signer
		if template.AuthorityKeyId, err = r.CA.keyID(); err != nil {
			return nil, err
		}
		template.NotBefore = latest(template.NotBefore, parent.NotBefore)
		template.NotAfter = earliest(template.NotAfter, parent.NotAfter)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be signed: %w", err)
	}
	return x509.ParseCertificate(der)
}

// subjectOf returns the complete subject of a certificate.
func subjectOf(commonName string) pkix.Name { return pkix.Name{CommonName: commonName} }

func newSerial() *big.Int {
	raw := make([]byte, serialBytes)
	rand.Read(raw) // never fails
	return new(big.Int).SetBytes(raw)
}

// keyID returns the identifier of a public key in certificates (RFC 7093, method 1).
func keyID(public crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("the public key cannot be encoded: %w", err)
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("the public key cannot be encoded: %w", err)
	}
	sum := sha256.Sum256(info.Key.RightAlign())
	return sum[:20], nil
}

// keyID returns the identifier of the CA's key. If the CA's certificate has none, it is computed as for other keys.
func (a *Authority) keyID() ([]byte, error) {
	if len(a.Certificate.SubjectKeyId) > 0 {
		return a.Certificate.SubjectKeyId, nil
	}
	return keyID(a.Certificate.PublicKey)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Algorithm is the kind of a key.
type Algorithm string

// The kinds of keys.
const (
	ECDSAP256 Algorithm = "ECDSA_P256"
	ECDSAP384 Algorithm = "ECDSA_P384"
	RSA2048   Algorithm = "RSA_2048"
	RSA3072   Algorithm = "RSA_3072"
	RSA4096   Algorithm = "RSA_4096"
)

// Algorithms returns all kinds of keys. The default is the first.
func Algorithms() []Algorithm { return []Algorithm{ECDSAP256, ECDSAP384, RSA2048, RSA3072, RSA4096} }

func (a Algorithm) newKey() (crypto.Signer, error) {
	switch a {
	case ECDSAP256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ECDSAP384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case RSA4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	}
	return nil, fmt.Errorf("unknown key algorithm %q", string(a))
}

// AlgorithmOf returns the kind of a public key, or "" if this package does not create such keys.
func AlgorithmOf(public crypto.PublicKey) Algorithm {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve {
		case elliptic.P256():
			return ECDSAP256
		case elliptic.P384():
			return ECDSAP384
		}
	case *rsa.PublicKey:
		switch key.N.BitLen() {
		case 2048:
			return RSA2048
		case 3072:
			return RSA3072
		case 4096:
			return RSA4096
		}
	}
	return ""
}
