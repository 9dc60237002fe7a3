package certpem

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"io"

	"github.com/origintls/terraform-provider-origintls/internal/secret"
)

// NewKey returns a key that was made in this process. It is sent as PKCS#8. Call it, and make the key, in secret.Do.
func NewKey(signer crypto.Signer) (*Key, error) {
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, errDamaged
	}
	return &Key{signer: signer, block: &pem.Block{Type: "PRIVATE KEY", Bytes: der}, made: true}, nil
}

// Signer returns what signs with the key.
func (k *Key) Signer() crypto.Signer { return k.signer }

// Erase overwrites the encoded key and drops the key itself, after which the receiver is of no use. What PEM has
// returned is the caller's. If the key was made in this process, Go's own copies are overwritten as well, as far as
// the package secret can do that.
func (k *Key) Erase() {
	clear(k.block.Bytes)
	key, isECDSA := k.signer.(*ecdsa.PrivateKey)
	k.signer, k.block = nil, nil
	if !k.made {
		return
	}
	if isECDSA {
		// crypto/ecdsa keeps a copy until some time after the key itself was freed. Bytes returns that copy.
		secret.Do(func() {
			if scalar, err := key.Bytes(); err == nil {
				clear(scalar)
			}
		})
	}
	secret.Forget()
}

// secretSigner signs in a TLS handshake, which happens on a goroutine of its own.
type secretSigner struct{ crypto.Signer }

// Sign implements crypto.Signer.
func (s secretSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	secret.Do(func() { signature, err = s.Signer.Sign(random, digest, opts) })
	return signature, err
}
