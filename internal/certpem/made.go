package certpem

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
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
// returned is the caller's.
func (k *Key) Erase() {
	clear(k.block.Bytes)
	k.signer, k.block = nil, nil
}
