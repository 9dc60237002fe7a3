package certpem

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"io"

	"github.com/origintls/terraform-provider-origintls/internal/secret"
)

// NewKey returns a Key for a key that this process has created. Its encoding is PKCS#8. Create the key, and call
// NewKey, in secret.Do.
func NewKey(signer crypto.Signer) (*Key, error) {
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, errDamaged
	}
	return &Key{signer: signer, block: &pem.Block{Type: "PRIVATE KEY", Bytes: der}, made: true}, nil
}

// Signer returns the signer for the key.
func (k *Key) Signer() crypto.Signer { return k.signer }

// Erase overwrites the encoded key and releases the key itself. The Key must not be used afterwards. Erase does not
// overwrite the texts that PEM has returned. If this process has created the key, Erase also overwrites Go's own
// copies, as far as the package secret can.
func (k *Key) Erase() {
	clear(k.block.Bytes)
	key, isECDSA := k.signer.(*ecdsa.PrivateKey)
	k.signer, k.block = nil, nil
	if !k.made {
		return
	}
	if isECDSA {
		// crypto/ecdsa keeps a copy of the key for some time after the key was freed. Bytes returns that copy, so overwrite it.
		secret.Do(func() {
			scalar, _ := key.Bytes() // nil in case of an error
			clear(scalar)
		})
	}
	secret.Forget()
}

// secretSigner signs in secret.Do. A TLS handshake may sign in a goroutine of its own, for which the caller's
// secret.Do has no effect.
type secretSigner struct{ crypto.Signer }

// Sign implements crypto.Signer.
func (s secretSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	secret.Do(func() { signature, err = s.Signer.Sign(random, digest, opts) })
	return signature, err
}
