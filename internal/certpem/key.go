package certpem

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
)

// Key is a private key, with the encoding in which it was given.
type Key struct {
	signer crypto.Signer
	block  *pem.Block
	made   bool // created in this process
}

// Errors about keys are fixed texts. The parsers' own errors are not included, so that an error can never contain a part of a
// key.
var (
	errEncrypted = errors.New("the key is encrypted, but Cloudflare needs it unencrypted: decrypt it with `openssl pkey -in FILE`")
	errOpenSSH   = errors.New("the key is in OpenSSH's own format: convert it with `ssh-keygen -p -N '' -m PKCS8 -f FILE`")
	errNoKey     = errors.New("it contains no private key")
	errManyKeys  = errors.New("it contains more than one private key")
	errForeign   = errors.New("it contains a PEM block that is not a private key, such as a certificate; only the key is allowed here")
	errDamaged   = errors.New("the private key cannot be parsed: it has to be PKCS#8, PKCS#1 (RSA) or SEC 1 (EC)")
	errMismatch  = errors.New("the private key does not belong to the certificate: their public keys differ")
)

// ParseKey reads a private key: PKCS#8, PKCS#1 or SEC 1. It skips the EC PARAMETERS block that openssl writes before
// the key, because Cloudflare does not accept that block (api-behaviour.md section 8).
func ParseKey(text string) (*Key, error) {
	blocks, err := decode(text)
	if err != nil {
		return nil, err
	}
	var found *pem.Block
	for _, block := range blocks {
		switch {
		case block.Type == "EC PARAMETERS":
			continue
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			return nil, errForeign
		case found != nil:
			return nil, errManyKeys
		}
		found = block
	}
	if found == nil {
		return nil, errNoKey
	}
	signer, encoding, err := parseSigner(found)
	if err != nil {
		return nil, err
	}
	return &Key{signer: signer, block: &pem.Block{Type: encoding, Bytes: found.Bytes}}, nil
}

// parseSigner parses the key of a block and returns the correct label for its encoding. Some keys have a wrong label,
// such as PKCS#8 under RSA PRIVATE KEY. crypto/tls accepts such keys too.
func parseSigner(block *pem.Block) (crypto.Signer, string, error) {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, "", errEncrypted
	case block.Type == "OPENSSH PRIVATE KEY":
		return nil, "", errOpenSSH
	}
	for _, encoding := range []struct {
		label string
		parse func(der []byte) (any, error)
	}{
		{"PRIVATE KEY", x509.ParsePKCS8PrivateKey},
		{"RSA PRIVATE KEY", func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) }},
		{"EC PRIVATE KEY", func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) }},
	} {
		key, err := encoding.parse(block.Bytes)
		if err != nil {
			continue
		}
		switch key := key.(type) {
		case *rsa.PrivateKey:
			return key, encoding.label, nil
		case *ecdsa.PrivateKey:
			return key, encoding.label, nil
		case ed25519.PrivateKey:
			return key, encoding.label, nil
		}
	}
	return nil, "", kindOf(block)
}

// PEM returns the key in the form in which it is sent: only its block, in its original encoding. The caller can
// overwrite the result. PEM does not use encoding/pem, which would leave a copy of the key in each of its buffers.
func (k *Key) PEM() []byte {
	const lineBytes = 48 // 64 characters
	begin, end := "-----BEGIN "+k.block.Type+"-----\n", "-----END "+k.block.Type+"-----\n"
	der := k.block.Bytes
	text := make([]byte, 0, len(begin)+base64.StdEncoding.EncodedLen(len(der))+len(der)/lineBytes+1+len(end))
	text = append(text, begin...)
	for line := range slices.Chunk(der, lineBytes) {
		text = append(base64.StdEncoding.AppendEncode(text, line), '\n')
	}
	return append(text, end...)
}

// Pair returns the key and the bundle for use in a TLS client.
func (k *Key) Pair(b *Bundle) *tls.Certificate {
	pair := &tls.Certificate{PrivateKey: secretSigner{k.signer}, Leaf: b.Leaf, Certificate: [][]byte{b.Leaf.Raw}}
	for _, cert := range b.Chain {
		pair.Certificate = append(pair.Certificate, cert.Raw)
	}
	return pair
}

// Matches returns an error unless the key belongs to the bundle's leaf.
func (k *Key) Matches(b *Bundle) error {
	if !usable(b.Leaf.PublicKey) {
		return foreignKind("the certificate is for a key", publicKeyKind(b.Leaf.RawSubjectPublicKeyInfo))
	}
	// Every public key of the standard library has this method.
	ours, ok := k.signer.Public().(interface {
		Equal(other crypto.PublicKey) bool
	})
	if !ok || !ours.Equal(b.Leaf.PublicKey) {
		return errMismatch
	}
	return nil
}
