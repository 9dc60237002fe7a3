package certpem

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
)

// NewKey returns a Key for a key that this process has created. Its encoding is PKCS#8.
func NewKey(signer crypto.Signer) (*Key, error) {
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, errDamaged
	}
	return &Key{signer: signer, block: &pem.Block{Type: "PRIVATE KEY", Bytes: der}}, nil
}

// Signer returns the signer for the key.
func (k *Key) Signer() crypto.Signer { return k.signer }

// Erase overwrites the encoded key and releases the key itself. The Key must not be used afterwards. Erase cannot
// overwrite the texts that PEM has returned.
func (k *Key) Erase() {
	clear(k.block.Bytes)
	k.signer, k.block = nil, nil
}
