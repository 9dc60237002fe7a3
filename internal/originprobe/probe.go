// Package originprobe finds out how an origin treats client certificates: whether it asks for one, requires one,
// accepts any, and whether it accepts a given pair. It connects as a client without a certificate, with a throwaway
// certificate and with the given pair, and compares the answers. A single answer proves little. With TLS 1.3, a
// refusal arrives only after the handshake, and some servers refuse with an HTTP answer, others with a reset.
package originprobe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
	"sync"
	"time"
)

// DefaultTimeout is the timeout of a probe whose target has none.
const DefaultTimeout = 10 * time.Second

// Target is an origin, and how to probe it.
type Target struct {
	Address    Address
	ServerName string           // for SNI and the Host header; if "", the address's host
	Path       string           // requested with GET; "/" if empty
	Pair       *tls.Certificate // a pair to try; nil for none
	Roots      *x509.CertPool   // for verifying the origin's own certificate; nil means no verification
	MaxVersion uint16           // the highest TLS version to offer; 0 for 1.3
	Timeout    time.Duration    // of the whole probe; DefaultTimeout if 0
	UserAgent  string           // "origintls-origin-probe" if empty
}

// ClientAuth is how an origin treats clients without a certificate.
type ClientAuth string

// The ways in which an origin treats such clients.
const (
	Unknown  ClientAuth = ""         // it was not reached, or its answer does not show it
	None     ClientAuth = "none"     // it does not ask for a certificate
	Optional ClientAuth = "optional" // it asks, and serves clients without one
	Required ClientAuth = "required" // it asks, and does not serve clients without one
)

// Result is the result of a probe.
type Result struct {
	// Reachable reports whether the origin took part in a TLS handshake. If not, all other fields except Reason are empty.
	Reachable  bool
	TLSVersion uint16            // the negotiated version
	Server     *x509.Certificate // the origin's own certificate, verified only if Target.Roots is set; not nil if Reachable

	ClientAuth ClientAuth
	// AcceptsAny reports whether the origin asks for a certificate and accepts a throwaway one. Nil means that this is not known.
	AcceptsAny *bool
	// Issuers are the names of the CAs that the origin announces, in DER. Many servers announce none.
	Issuers [][]byte

	// Status and Header are the HTTP answer to a client without a certificate. They are 0 and nil if there was none.
	Status int
	Header http.Header

	// Accepted reports whether the origin serves a client with Target.Pair: it accepts the pair, or does not
	// ask for a certificate. An answer does not count if a throwaway certificate gets the same answer.
	Accepted bool

	Reason     string // how the origin treats clients, in sentences
	PairReason string // how it treats the pair, in sentences; "" if there is no pair or the origin was not reached
}

// Probe probes the origin. It always returns before the timeout has passed, with the results so far. It uses a new
// connection for each attempt and no proxy, and it follows no redirect.
func (t Target) Probe(ctx context.Context) Result {
	t.ServerName = cmp.Or(t.ServerName, t.Address.Host)
	t.Path = cmp.Or(t.Path, "/")
	t.Timeout = cmp.Or(t.Timeout, DefaultTimeout)
	t.UserAgent = cmp.Or(t.UserAgent, "origintls-origin-probe")
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()

	o := observation{timeout: t.Timeout, none: t.ask(ctx, nobody)}
	if o.none.asked == nil {
		return o.result(t.Pair != nil) // the origin would not look at any certificate
	}
	var questions sync.WaitGroup
	questions.Go(func() { o.stranger = t.ask(ctx, throwaway) })
	if t.Pair != nil {
		questions.Go(func() { o.given = t.ask(ctx, having(t.Pair)) })
	}
	questions.Wait()
	return o.result(t.Pair != nil)
}

// presenter selects the certificate for an origin's request.
type presenter func(*tls.CertificateRequestInfo) (*tls.Certificate, error)

func nobody(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &tls.Certificate{}, nil }

// having presents the pair even if its issuer is not among those that the origin announces. The edge does the same,
// so it is up to the origin to refuse.
func having(pair *tls.Certificate) presenter {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
}

// Announces reports whether the issuer is among those that the origin announces.
func (r Result) Announces(issuer *x509.Certificate) bool {
	name := issuer.Subject.ToRDNSequence().String()
	for _, der := range r.Issuers {
		if bytes.Equal(der, issuer.RawSubject) || nameOf(der) == name {
			return true
		}
	}
	return false
}

// IssuerNames returns the names in Issuers in the form "CN=…,O=…".
func (r Result) IssuerNames() []string {
	names := make([]string, 0, len(r.Issuers))
	for _, der := range r.Issuers {
		names = append(names, nameOf(der))
	}
	return names
}

func nameOf(der []byte) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &name); err != nil || len(rest) > 0 {
		return "an unreadable name"
	}
	return name.String()
}
