package certpem

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestNewKey(t *testing.T) {
	own := certtest.Leaf(t, "own")
	made, err := NewKey(own.Key)
	if err != nil {
		t.Fatal(err)
	}
	if made.Signer() != own.Key || string(made.PEM()) != own.PrivateKey {
		t.Errorf("the key would be sent as %.30s…, want the key in PKCS#8", made.PEM())
	}
	if _, err := NewKey(struct{ crypto.Signer }{own.Key}); err == nil || err.Error() != errDamaged.Error() {
		t.Errorf("a key that cannot be encoded: error %v, want %v", err, errDamaged)
	}
}

// Erase overwrites the encoding of every key. If this process has created the key, it also overwrites the copy that crypto/ecdsa keeps.
func TestErase(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pair         certtest.Pair
		make, erased bool // whether this process creates the key, and whether the copy of crypto/ecdsa is overwritten
	}{
		"a new EC key":      {pair: certtest.Leaf(t, "own"), make: true, erased: true},
		"a new Ed25519 key": {pair: certtest.WithKey(t, "own", edKey), make: true},
		"a given EC key":    {pair: certtest.Leaf(t, "own")},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := ParseKey(c.pair.PrivateKey)
			if c.make {
				k, err = NewKey(c.pair.Key)
			}
			if err != nil {
				t.Fatal(err)
			}
			der, scalar := k.block.Bytes, scalarOf(t, k.Signer())
			k.Erase()
			if !bytes.Equal(der, make([]byte, len(der))) {
				t.Error("the encoded key is still in memory")
			}
			if k.Signer() != nil || k.block != nil {
				t.Error("the key is not released")
			}
			if erased := bytes.Equal(scalar, make([]byte, len(scalar))); erased != c.erased {
				t.Errorf("the copy of crypto/ecdsa is overwritten: %v, want %v", erased, c.erased)
			}
		})
	}
}

// scalarOf returns the copy of an EC key that crypto/ecdsa keeps, not a further copy. For another key it returns a byte that is not zero.
func scalarOf(t *testing.T, signer crypto.Signer) []byte {
	t.Helper()
	key, ok := signer.(*ecdsa.PrivateKey)
	if !ok {
		return []byte{1}
	}
	scalar, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return scalar
}

func TestPair(t *testing.T) {
	ca := certtest.CA(t, "ca")
	leaf := ca.Issue(t, "leaf")
	bundle, err := ParseBundle(leaf.Certificate + ca.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParseKey(leaf.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	pair := key.Pair(bundle)
	if len(pair.Certificate) != 2 || !bytes.Equal(pair.Certificate[0], leaf.Leaf.Raw) || !bytes.Equal(pair.Certificate[1], ca.Leaf.Raw) || pair.Leaf != bundle.Leaf {
		t.Errorf("the pair has %d certificates, want the leaf and its issuer", len(pair.Certificate))
	}
	digest := sha256.Sum256([]byte("x"))
	signature, err := pair.PrivateKey.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil || !ecdsa.VerifyASN1(leaf.Leaf.PublicKey.(*ecdsa.PublicKey), digest[:], signature) {
		t.Errorf("the signature %x is not valid: %v", signature, err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (secretSigner{edKey}).Sign(rand.Reader, digest[:], crypto.SHA256); err == nil {
		t.Error("Ed25519 has signed a digest, which it cannot")
	}
}
