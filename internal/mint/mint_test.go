package mint_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/mint"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

var (
	now   = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	until = now.AddDate(0, 0, 90)
)

// authority returns a CA that is valid at present.
func authority(t testing.TB, change ...func(*x509.Certificate)) certtest.Pair {
	t.Helper()
	around := func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0)
	}
	return certtest.CA(t, "authority", append([]func(*x509.Certificate){around}, change...)...)
}

func asAuthority(p certtest.Pair) *mint.Authority {
	return &mint.Authority{Certificate: p.Leaf, Signer: p.Key}
}

func minted(t *testing.T, r mint.Request) *mint.Pair {
	t.Helper()
	pair, err := mint.Mint(r)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// The leaf has what a careful PKI puts into it, whichever issuer and key it has.
func TestLeaf(t *testing.T) {
	ca := authority(t)
	for _, algorithm := range mint.Algorithms() {
		for name, signer := range map[string]*mint.Authority{"self-signed": nil, "by a CA": asAuthority(ca)} {
			t.Run(string(algorithm)+" "+name, func(t *testing.T) {
				t.Parallel()
				pair := minted(t, mint.Request{CommonName: "shop origin pull", Algorithm: algorithm, Now: now, Until: until, CA: signer})
				leaf, parent, issuer, keyID := pair.Leaf, pair.Leaf, "CN=shop origin pull", pair.Leaf.SubjectKeyId
				if signer != nil {
					parent, issuer, keyID = ca.Leaf, ca.Leaf.Subject.String(), ca.Leaf.SubjectKeyId
				}
				for what, ok := range map[string]bool{
					"subject":            leaf.Subject.String() == "CN=shop origin pull",
					"issuer":             leaf.Issuer.String() == issuer,
					"signature":          parent.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil,
					"CA:FALSE":           leaf.BasicConstraintsValid && !leaf.IsCA,
					"key usage":          leaf.KeyUsage == x509.KeyUsageDigitalSignature,
					"extended key usage": len(leaf.ExtKeyUsage) == 1 && leaf.ExtKeyUsage[0] == x509.ExtKeyUsageClientAuth && len(leaf.UnknownExtKeyUsage) == 0,
					"SKI":                len(leaf.SubjectKeyId) == 20,
					"AKI":                len(leaf.AuthorityKeyId) > 0 && bytes.Equal(leaf.AuthorityKeyId, keyID),
					"version":            leaf.Version == 3,
					"validity":           leaf.NotBefore.Equal(now.Add(-time.Hour)) && leaf.NotAfter.Equal(until),
					"serial number":      leaf.SerialNumber.Sign() > 0 && leaf.SerialNumber.BitLen() <= 128 && leaf.SerialNumber.BitLen() > 64,
					"key":                leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool }).Equal(pair.Key.Public()),
					"kind of key":        mint.AlgorithmOf(leaf.PublicKey) == algorithm && bits(leaf.PublicKey) >= leastBits[algorithm],
				} {
					if !ok {
						t.Errorf("%s: %+v", what, leaf)
					}
				}
			})
		}
	}
}

// leastBits is the size of the key that each algorithm's name promises.
var leastBits = map[mint.Algorithm]int{mint.ECDSAP256: 256, mint.ECDSAP384: 384, mint.RSA2048: 2048, mint.RSA3072: 3072, mint.RSA4096: 4096}

func bits(public crypto.PublicKey) int {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize
	case *rsa.PublicKey:
		return key.N.BitLen()
	}
	return 0
}

// Two certificates with the same request have different serial numbers and keys.
func TestNothingIsUsedTwice(t *testing.T) {
	r := mint.Request{CommonName: "x", Algorithm: mint.ECDSAP256, Now: now, Until: until}
	one, two := minted(t, r), minted(t, r)
	if one.Leaf.SerialNumber.Cmp(two.Leaf.SerialNumber) == 0 || bytes.Equal(one.Leaf.SubjectKeyId, two.Leaf.SubjectKeyId) {
		t.Errorf("the same serial number or key: %+v, %+v", one.Leaf, two.Leaf)
	}
	longest := 0
	for range 64 {
		longest = max(longest, minted(t, r).Leaf.SerialNumber.BitLen())
	}
	if longest < 123 {
		t.Errorf("of 64 serial numbers, the longest has %d bits", longest)
	}
}

// A leaf is never valid before or after its CA. Its AKI names the key of the CA even if the CA has no SKI.
func TestWithinTheCA(t *testing.T) {
	young := authority(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(-time.Minute), until.AddDate(0, 0, -1) })
	leaf := minted(t, mint.Request{CommonName: "x", Algorithm: mint.ECDSAP256, Now: now, Until: until, CA: asAuthority(young)}).Leaf
	if !leaf.NotBefore.Equal(young.Leaf.NotBefore) || !leaf.NotAfter.Equal(young.Leaf.NotAfter) {
		t.Errorf("the leaf is valid from %s until %s, the CA from %s until %s", leaf.NotBefore, leaf.NotAfter, young.Leaf.NotBefore, young.Leaf.NotAfter)
	}
	nameless := authority(t)
	nameless.Leaf.SubjectKeyId = nil
	leaf = minted(t, mint.Request{CommonName: "x", Algorithm: mint.ECDSAP256, Now: now, Until: until, CA: asAuthority(nameless)}).Leaf
	if len(leaf.AuthorityKeyId) != 20 {
		t.Errorf("the AKI is %x", leaf.AuthorityKeyId)
	}
}

func TestCheckAuthority(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		err    string
	}{
		"a CA":                    {func(*x509.Certificate) {}, ""},
		"no key usage":            {func(c *x509.Certificate) { c.KeyUsage = 0 }, ""},
		"for clients":             {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, ""},
		"for everything":          {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }, ""},
		"expires with the leaf":   {func(c *x509.Certificate) { c.NotAfter = until }, ""},
		"no CA":                   {func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature }, "it is not the certificate of a CA (basic constraints CA:TRUE)"},
		"no basic constraints":    {func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = false, false }, "it is not the certificate of a CA (basic constraints CA:TRUE)"},
		"may not sign":            {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, "this CA may not sign certificates: its key usage lacks keyCertSign"},
		"for servers":             {func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }, "this CA may not sign client certificates: its extended key usage lacks clientAuth"},
		"for something else":      {func(c *x509.Certificate) { c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 2, 3}} }, "this CA may not sign client certificates: its extended key usage lacks clientAuth"},
		"the same subject":        {func(c *x509.Certificate) { c.Subject.Organization, c.Subject.CommonName = nil, " LEAF  name" }, "its subject is the same as the one that common_name gives"},
		"not valid yet":           {func(c *x509.Certificate) { c.NotBefore = now.Add(time.Second) }, "this CA becomes valid on 2031-05-06T07:08:10Z"},
		"expired":                 {func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Second) }, "this CA expires on 2031-05-06T07:08:08Z, but the certificate would expire later"},
		"expires before the leaf": {func(c *x509.Certificate) { c.NotAfter = until.Add(-time.Second) }, "this CA expires on 2031-08-04T07:08:08Z, but the certificate would expire later, on 2031-08-04T07:08:09Z"},
	} {
		t.Run(name, func(t *testing.T) {
			err := mint.CheckAuthority(authority(t, c.change).Leaf, "leaf name", now, until)
			if (err == nil) != (c.err == "") || err != nil && !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("error %v, want %q", err, c.err)
			}
		})
	}
}

// OpenSSL, which most servers use, accepts the leaf.
func TestOpenSSLAcceptsTheLeaf(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skipf("this test needs openssl: %v", err)
	}
	ca := authority(t)
	for name, signer := range map[string]*mint.Authority{"self-signed": nil, "by a CA": asAuthority(ca)} {
		t.Run(name, func(t *testing.T) {
			leaf := minted(t, mint.Request{CommonName: "x", Algorithm: mint.ECDSAP256, Now: now, Until: until, CA: signer}).Leaf
			trusted := leaf
			if signer != nil {
				trusted = ca.Leaf
			}
			dir := t.TempDir()
			for file, cert := range map[string]*x509.Certificate{"leaf.pem": leaf, "trusted.pem": trusted} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(certtest.Encode("CERTIFICATE", cert.Raw)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			verify := exec.CommandContext(t.Context(), openssl, "verify", "-purpose", "sslclient", "-x509_strict", "-attime", big.NewInt(now.Unix()).String(),
				"-CAfile", filepath.Join(dir, "trusted.pem"), filepath.Join(dir, "leaf.pem"))
			if out, err := verify.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
