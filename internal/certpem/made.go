package certpem

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"io"

	"github.com/origintls/terraform-provider-origintls/internal/secret"
)

// NewKey returns a key that was made in this process. It is sent as PKCS#8.
func NewKey(signer crypto.Signer) (*Key, error) {
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, errDamaged
	}
	return &Key{signer: signer, block: &pem.Block{Type: "PRIVATE KEY", Bytes: der}}, nil
}

// Signer returns what signs with the key.
func (k *Key) Signer() crypto.Signer { return k.signer }

// Erase overwrites the encoded key and drops the key itself, after which the receiver is of no use. What PEM has
// returned is the caller's. Of a key that was made in secret.Do, Go then overwrites its own copies.
func (k *Key) Erase() {
	clear(k.block.Bytes)
	if key, ok := k.signer.(*ecdsa.PrivateKey); ok {
		// crypto/ecdsa keeps a copy for signatures until a while after the key was freed. This is it.
		secret.Do(func() {
			if scalar, err := key.Bytes(); err == nil {
				clear(scalar)
			}
		})
	}
	k.signer, k.block = nil, nil
	secret.Forget()
}

// secretSigner signs in a TLS handshake, which happens on a goroutine of its own.
type secretSigner struct{ crypto.Signer }

// Sign implements crypto.Signer.
func (s secretSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	secret.Do(func() { signature, err = s.Signer.Sign(random, digest, opts) })
	return signature, err
}
