package certpem

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// derForm describes a value in DER without PEM lines, and says what to do. It returns "" if the value is not DER.
func derForm(der []byte) string {
	if _, err := x509.ParseCertificate(der); err == nil {
		return wrapIn("certificate", certificateType)
	}
	if label := keyLabel(der); label != "" {
		return wrapIn("private key", label)
	}
	var sequence asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &sequence); err != nil || len(rest) > 0 || sequence.Tag != asn1.TagSequence {
		return ""
	}
	var store struct {
		Version int
		Content asn1.RawValue
		MAC     asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &store); err == nil && store.Version == 3 {
		return "it is the Base64 form of a PKCS#12 file (.p12, .pfx); extract certificate and key from it with `openssl pkcs12 -in FILE -nodes`"
	}
	return "it is the Base64 form of binary data (DER), and not a PEM text; convert the file with openssl"
}

func wrapIn(noun, label string) string {
	return fmt.Sprintf(`it is the Base64 form of DER, a %[1]s without the PEM lines around it; add these lines: "-----BEGIN %[2]s-----\n${x}\n-----END %[2]s-----\n"`, noun, label)
}

// The outer structures of private keys. Their contents, and further fields, are not checked.
type (
	pkcs8Key struct {
		Version   int
		Algorithm pkix.AlgorithmIdentifier
		Key       []byte
	}
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	sec1Key struct {
		Version    int
		Key        []byte
		Parameters asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	// Some programs do not keep the prime factors. They write 0 instead, or leave them out.
	pkcs1Key struct {
		Version int
		N, E, D *big.Int
		P       *big.Int `asn1:"optional"`
		Q       *big.Int `asn1:"optional"`
	}
)

// keyLabel returns the label of the PEM block for a private key in DER, or "" if der is not a private key.
func keyLabel(der []byte) string {
	var sec1 sec1Key
	switch {
	case whole(der, &pkcs8Key{}):
		return "PRIVATE KEY"
	case whole(der, &encryptedKey{}):
		return "ENCRYPTED PRIVATE KEY"
	case whole(der, &pkcs1Key{}):
		return "RSA PRIVATE KEY"
	case whole(der, &sec1) && sec1.Version == 1:
		return "EC PRIVATE KEY"
	default:
		return ""
	}
}

// whole reports whether der is exactly one value with this structure.
func whole(der []byte, shape any) bool {
	rest, err := asn1.Unmarshal(der, shape)
	return err == nil && len(rest) == 0
}
