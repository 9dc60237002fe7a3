// Package certpem reads the PEM texts that users give to the provider: certificates with the leaf first, and private
// keys. Its errors say what is wrong, but never repeat the text, because an error about a key must not contain any
// part of the key.
package certpem

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// minRSABits is the size of the smallest RSA key that is not weak: https://csrc.nist.gov/pubs/sp/800/131/a/r2/final
const minRSABits = 2048

const certificateType = "CERTIFICATE" // the label of a PEM block

// Bundle is a certificate with the intermediates that follow it.
type Bundle struct {
	Leaf  *x509.Certificate
	Chain []*x509.Certificate // the intermediates, in the order of the text
}

// ParseBundle reads a client certificate: the leaf first, intermediates may follow. Text around the blocks, line ends
// and indentation make no difference. A CA certificate in place of the leaf is an error, because Cloudflare answers
// "missing leaf certificate" to it (api-behaviour.md section 8).
func ParseBundle(text string) (*Bundle, error) {
	certs, err := ParseCertificates(text)
	if err != nil {
		return nil, err
	}
	if isCA(certs[0]) {
		return nil, caFirst(certs)
	}
	return &Bundle{Leaf: certs[0], Chain: certs[1:]}, nil
}

// ParseCertificates reads certificates of any kind. It returns at least one, or an error.
func ParseCertificates(text string) ([]*x509.Certificate, error) {
	blocks, err := decode(text)
	if err != nil {
		return nil, err
	}
	certs := make([]*x509.Certificate, 0, len(blocks))
	for i, block := range blocks {
		if block.Type != certificateType {
			return nil, wrongCertificateBlock(i, block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("block %d is not a valid X.509 certificate: %w", i+1, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// ParseFirst reads the first certificate in text, which may be of any kind. It skips blocks that are not
// certificates.
func ParseFirst(text string) (*x509.Certificate, error) {
	blocks, err := decode(text)
	if err != nil {
		return nil, err
	}
	i := firstCertificate(blocks)
	if i < 0 {
		return nil, wrongCertificateBlock(0, blocks[0].Type)
	}
	cert, err := x509.ParseCertificate(blocks[i].Bytes)
	if err != nil {
		return nil, fmt.Errorf("block %d is not a valid X.509 certificate: %w", i+1, err)
	}
	return cert, nil
}

// firstCertificate returns the index of the first block that is a certificate, or -1.
func firstCertificate(blocks []*pem.Block) int {
	return slices.IndexFunc(blocks, func(b *pem.Block) bool { return b.Type == certificateType })
}

func wrongCertificateBlock(i int, kind string) error {
	if strings.HasSuffix(kind, "PRIVATE KEY") {
		return fmt.Errorf("block %d is a private key, but only certificates are allowed here", i+1)
	}
	text := fmt.Sprintf("block %d is a %q block, not a CERTIFICATE", i+1, kind)
	switch kind {
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		text += ": let a CA sign the request, and use the certificate that it issues"
	case "TRUSTED CERTIFICATE", "X509 CERTIFICATE":
		text += ": convert it with `openssl x509 -in FILE`"
	case "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
		text += ": convert it with `openssl pkcs7 -print_certs -in FILE`"
	}
	return errors.New(text)
}

func caFirst(certs []*x509.Certificate) error {
	for i, cert := range certs {
		if !isCA(cert) {
			return fmt.Errorf("the leaf certificate must come first: block 1 is a CA certificate, and the leaf is block %d", i+1)
		}
	}
	return errors.New("it is a CA certificate: Cloudflare needs a leaf certificate, such as one that this CA has issued, " +
		"and refuses this one (1412, \"Only leaf certificate is allowed.\")")
}

func isCA(cert *x509.Certificate) bool { return cert.BasicConstraintsValid && cert.IsCA }

// PEM returns the bundle in the form in which it is sent: only its blocks, in canonical form.
func (b *Bundle) PEM() string {
	var out bytes.Buffer
	for _, cert := range append([]*x509.Certificate{b.Leaf}, b.Chain...) {
		_ = pem.Encode(&out, &pem.Block{Type: certificateType, Bytes: cert.Raw}) // writing to a Buffer never fails
	}
	return out.String()
}

// Weakness describes a weak key of the leaf, or returns "".
func (b *Bundle) Weakness() string {
	if key, ok := b.Leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < minRSABits {
		return fmt.Sprintf("RSA with %d bits", key.N.BitLen())
	}
	return ""
}

// Fingerprint returns the SHA-256 of the leaf's DER in lower-case hex.
func (b *Bundle) Fingerprint() string { return fingerprint(b.Leaf.Raw) }

// SameChain reports whether two bundles contain the same intermediates in the same order.
func (b *Bundle) SameChain(other *Bundle) bool {
	if len(b.Chain) != len(other.Chain) {
		return false
	}
	for i := range b.Chain {
		if !b.Chain[i].Equal(other.Chain[i]) {
			return false
		}
	}
	return true
}

// Fingerprint returns the SHA-256 of the DER of the first certificate in text, or "" if there is none. It is meant
// for texts that the API has accepted, so it does not check the certificate.
func Fingerprint(text string) string {
	blocks, _ := decode(text) // none in case of an error
	i := firstCertificate(blocks)
	if i < 0 {
		return ""
	}
	return fingerprint(blocks[i].Bytes)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}
