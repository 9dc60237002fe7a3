package simulator

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"strings"
)

// material is an uploaded certificate with its key. Only Presents gives the key to anybody.
type material struct {
	pem         string
	leaf        *x509.Certificate
	fingerprint string
	pair        tls.Certificate // PrivateKey is nil if the certificate was added without a key
}

// parseUpload applies the rules for the body of a POST (sections 1b and 8).
func parseUpload(certPEM, keyPEM string) (material, *apiError) {
	m, err := parseCertificates(certPEM)
	if err != nil {
		return material{}, &errUnparsable
	}
	// Observed for hostname certificates, inferred for zone certificates. It is invented that only the first block is
	// checked.
	if m.leaf.BasicConstraintsValid && m.leaf.IsCA {
		return material{}, &errOnlyLeaf
	}
	if !plainKey(keyPEM) {
		return material{}, &errUnparsable
	}
	pair, err := tls.X509KeyPair([]byte(certPEM), []byte(keyPEM))
	if err != nil {
		// Invented: it is unknown which of the two errors a mismatch causes.
		if strings.Contains(err.Error(), "does not match") {
			return material{}, &errKeyMismatch
		}
		return material{}, &errUnparsable
	}
	m.pair = pair
	return m, nil
}

// parseCertificates reads the certificates. The first block is the leaf.
func parseCertificates(certPEM string) (material, error) {
	m := material{pem: certPEM}
	rest := []byte(certPEM)
	for {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return material{}, err
		}
		if m.leaf == nil {
			m.leaf = cert
		}
		m.pair.Certificate = append(m.pair.Certificate, block.Bytes)
	}
	if m.leaf == nil {
		return material{}, errors.New("no CERTIFICATE block")
	}
	sum := sha256.Sum256(m.leaf.Raw)
	m.fingerprint = hex.EncodeToString(sum[:])
	return m, nil
}

// plainKey reports whether the first block is a key that is not encrypted. It is documented that an EC PARAMETERS
// block has to be removed (section 8), and invented that an encrypted key is refused.
func plainKey(keyPEM string) bool {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return false
	}
	switch block.Type {
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return true
	}
	return false
}

// echo returns the PEM in one of the disputed forms (section 4).
func (m material) echo(how PEMEcho) string {
	trimmed := strings.TrimRight(m.pem, " \t\r\n")
	switch how {
	case EchoTrimmed:
		return trimmed
	case EchoVerbatim:
		return m.pem
	case EchoCRLF:
		return strings.ReplaceAll(strings.ReplaceAll(trimmed, "\r\n", "\n"), "\n", "\r\n") + "\r\n"
	case EchoText:
		return "# " + m.leaf.Subject.String() + "\n" + trimmed + "\n"
	case EchoLeafOnly:
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.leaf.Raw})
		return string(bytes.TrimRight(block, "\n"))
	default:
		return trimmed + "\n"
	}
}
