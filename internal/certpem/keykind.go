package certpem

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
)

// kinds are the names of key algorithms, by object identifier, that users may have but that Cloudflare cannot use.
var kinds = map[string]string{
	"1.2.840.113549.1.1.10":   "RSA-PSS",
	"1.2.840.113549.1.3.1":    "DH",
	"1.2.840.10040.4.1":       "DSA",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.113":             "Ed448",
	"1.2.643.7.1.1.1.1":       "GOST R 34.10-2012",
	"1.2.643.7.1.1.1.2":       "GOST R 34.10-2012",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}

// curves are the names of curves that users may have but that Cloudflare cannot use.
var curves = map[string]string{
	"1.3.132.0.10":          "secp256k1",
	"1.2.156.10197.1.301":   "SM2",
	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
}

var (
	oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

var (
	errNoPrimes = errors.New("the RSA key lacks its prime factors, or has 0 in their place; " +
		"Cloudflare needs the complete key, as the program that created it wrote it")
	errExplicitCurve = errors.New("the EC key contains the parameters of its curve instead of the curve's name: convert it with `openssl ec -param_enc named_curve -in FILE`")
)

// kindOf returns an error that says why a private key cannot be used. The only parts of the key that it repeats are
// names from the tables above.
func kindOf(block *pem.Block) error {
	var p8 pkcs8Key
	var p1 pkcs1Key
	var sec1 sec1Key
	switch der := block.Bytes; {
	case block.Type == "DSA PRIVATE KEY":
		return foreignKind("the private key is", "DSA")
	case whole(der, &p8):
		return kindOfPKCS8(&p8)
	case whole(der, &p1):
		return kindOfRSA(&p1)
	case whole(der, &sec1) && sec1.Version == 1:
		return kindOfCurve(sec1.Parameters.Bytes) // without the tag around it
	}
	return errDamaged
}

func kindOfPKCS8(key *pkcs8Key) error {
	var p1 pkcs1Key
	switch {
	case key.Algorithm.Algorithm.Equal(oidEC):
		return kindOfCurve(key.Algorithm.Parameters.FullBytes)
	case key.Algorithm.Algorithm.Equal(oidRSA) && whole(key.Key, &p1):
		return kindOfRSA(&p1)
	}
	if kind := kinds[key.Algorithm.Algorithm.String()]; kind != "" {
		return foreignKind("the private key is", kind)
	}
	return errDamaged
}

func kindOfRSA(key *pkcs1Key) error {
	if key.P == nil || key.Q == nil || key.P.Sign() == 0 || key.Q.Sign() == 0 {
		return errNoPrimes
	}
	return errDamaged
}

// kindOfCurve returns an error about the parameters of an EC key in DER, which are the name of a curve or its equation.
func kindOfCurve(parameters []byte) error {
	var name asn1.ObjectIdentifier
	var equation asn1.RawValue
	switch {
	case whole(parameters, &name):
		if curve := curves[name.String()]; curve != "" {
			return foreignKind("the private key is", "EC on the curve "+curve)
		}
	case whole(parameters, &equation) && equation.Tag == asn1.TagSequence:
		return errExplicitCurve
	}
	return errDamaged
}

// publicKeyKind returns the name of the algorithm of a public key in PKIX form, or "" if it is not in the table.
func publicKeyKind(der []byte) string {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	_, _ = asn1.Unmarshal(der, &key) // in case of an error, there is no identifier, and no name for it
	return kinds[key.Algorithm.Algorithm.String()]
}

func foreignKind(what, kind string) error {
	if kind == "" {
		kind = "unknown"
	}
	return fmt.Errorf("%s of the kind %s, but the kind has to be RSA, ECDSA (P-256, P-384, P-521) or Ed25519; issue another certificate with another key, "+
		"created for example with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`", what, kind)
}

// usable reports whether a client certificate can have a public key of this kind.
func usable(public any) bool {
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	default:
		return false
	}
}
