package originprobe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// torn is a connection that can be read, but not written to.
type torn struct {
	net.Conn

	read io.Reader
	err  error
}

func (c torn) Read(b []byte) (int, error) { return c.read.Read(b) }
func (c torn) Write([]byte) (int, error)  { return 0, c.err }

// A server that rejects a client may close the connection before the client has written its request. The client still reads the alert.
func TestListenerReadsWhatItCannotAnswer(t *testing.T) {
	for err, passed := range map[error]bool{syscall.EPIPE: false, syscall.ECONNRESET: false, os.ErrDeadlineExceeded: true, net.ErrClosed: true} {
		l := &listener{Conn: torn{read: strings.NewReader("alert"), err: err}, left: 4}
		if _, got := l.Write([]byte("request")); (got != nil) != passed {
			t.Errorf("the write error %v became %v", err, got)
		}
		if read, err := io.ReadAll(l); string(read) != "aler" || err == nil {
			t.Errorf("read %q, %v; want no more than the limit, and an error", read, err)
		}
	}
}

// The key of the throwaway certificate must be of a type whose signatures the origin accepts.
func TestThrowawayKeys(t *testing.T) {
	for scheme, want := range map[tls.SignatureScheme]string{tls.ECDSAWithP256AndSHA256: "ECDSA", tls.PSSWithSHA256: "RSA", tls.Ed25519: "RSA"} {
		pair, err := throwaway(&tls.CertificateRequestInfo{SignatureSchemes: []tls.SignatureScheme{scheme}})
		if err != nil {
			t.Fatal(err)
		}
		_, ec := pair.PrivateKey.(*ecdsa.PrivateKey)
		_, rsa := pair.PrivateKey.(*rsa.PrivateKey)
		if ec != (want == "ECDSA") || rsa != (want == "RSA") {
			t.Errorf("for %s, the key is a %T", scheme, pair.PrivateKey)
		}
	}
}

// Two names are equal if they only differ in their string type, as they may after a CA was issued again.
func TestAnnouncesByName(t *testing.T) {
	ca := certtest.CA(t, "one").Leaf
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(ca.RawSubject, &name); err != nil {
		t.Fatal(err)
	}
	for _, set := range name {
		for i := range set {
			set[i].Value = asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(set[i].Value.(string))}
		}
	}
	der, err := asn1.Marshal(name)
	if err != nil || bytes.Equal(der, ca.RawSubject) {
		t.Fatal("the names are equal byte by byte", err)
	}
	r := Result{Issuers: [][]byte{[]byte("no name"), der}}
	if !r.Announces(ca) || r.Announces(certtest.CA(t, "two").Leaf) {
		t.Errorf("the announced issuers are %q", r.IssuerNames())
	}
	if (Result{}).Announces(&x509.Certificate{}) {
		t.Error("an empty list of issuers announces a CA")
	}
}
