package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"testing"
	"time"
)

func asCA(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = true, true }

// TestUploadAccepted has the inputs that the API is known to accept (section 8).
func TestUploadAccepted(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	noError(t, err)
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	noError(t, err)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	noError(t, err)
	sec1, err := x509.MarshalECPrivateKey(p521)
	noError(t, err)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, test := range map[string]struct {
		signer crypto.Signer
		key    string
		change func(*x509.Certificate)
	}{
		"RSA PKCS#8":          {rsaKey, keyToPEM(t, rsaKey), func(*x509.Certificate) {}},
		"RSA PKCS#1":          {rsaKey, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), func(*x509.Certificate) {}},
		"P-521 SEC1 server":   {p521, block("EC PRIVATE KEY", sec1), serverOnly},
		"expired":             {rsaKey, keyToPEM(t, rsaKey), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }},
		"Ed25519 (permitted)": {edKey, keyToPEM(t, edKey), func(*x509.Certificate) {}},
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			h.upload(HostnameCertificate, selfSigned(t, "x", test.signer, test.change), test.key)
		})
	}
}

func serverOnly(c *x509.Certificate) {
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	c.DNSNames = []string{"example.com"}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
