package mint

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// minRSABits is the size of the shortest RSA key of a CA whose signatures servers accept today.
const minRSABits = 2048

// CheckAuthority returns an error unless a certificate belongs to a CA that can sign a client certificate with this
// common name, issued now and valid until the given time.
func CheckAuthority(ca *x509.Certificate, commonName string, now, until time.Time) error {
	switch {
	case !ca.BasicConstraintsValid || !ca.IsCA:
		return errors.New("it is not the certificate of a CA (basic constraints CA:TRUE)")
	case ca.KeyUsage != 0 && ca.KeyUsage&x509.KeyUsageCertSign == 0:
		return errors.New("this CA may not sign certificates: its key usage lacks keyCertSign")
	case !allowsClients(ca):
		return errors.New("this CA may not sign client certificates: its extended key usage lacks clientAuth")
	case isWeak(ca):
		return fmt.Errorf("its key is weak: RSA with fewer than %d bits", minRSABits)
	case hasSubject(ca, commonName):
		return errors.New("its subject is the same as the one that common_name gives to the certificate, so servers would take the certificate for self-signed; choose another common_name")
	case now.Before(ca.NotBefore):
		return fmt.Errorf("this CA becomes valid on %s", when(ca.NotBefore))
	case until.After(ca.NotAfter):
		return fmt.Errorf("this CA expires on %s, but the certificate would expire later, on %s; renew the CA, or lower validity_days", when(ca.NotAfter), when(until))
	}
	return nil
}

// IsSelfSigned reports whether a CA is a root, which need not be presented to a server.
func IsSelfSigned(ca *x509.Certificate) bool { return bytes.Equal(ca.RawSubject, ca.RawIssuer) }

// allowsClients reports whether a CA may sign client certificates. A CA's extended key usage limits the usages of the
// certificates that it signs.
func allowsClients(ca *x509.Certificate) bool {
	if len(ca.ExtKeyUsage) == 0 && len(ca.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.ContainsFunc(ca.ExtKeyUsage, func(usage x509.ExtKeyUsage) bool {
		return usage == x509.ExtKeyUsageClientAuth || usage == x509.ExtKeyUsageAny
	})
}

func isWeak(ca *x509.Certificate) bool {
	key, ok := ca.PublicKey.(*rsa.PublicKey)
	return ok && key.N.BitLen() < minRSABits
}

// hasSubject compares subjects as servers do: case, white space and string types make no difference.
func hasSubject(ca *x509.Certificate, commonName string) bool {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
	return len(ca.Subject.Names) == 1 && plain(ca.Subject.CommonName) == plain(commonName)
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }
