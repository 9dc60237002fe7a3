// Package originprobe finds out how an origin treats client certificates: whether it asks for one, requires
// one, accepts any, and whether it accepts a given pair. It connects as a client does and compares the answers
// to no certificate, to a throwaway certificate and to the given pair. One answer alone proves little: with
// TLS 1.3 a refusal arrives only after the handshake, some servers refuse by HTTP and some by a reset.
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

// DefaultTimeout bounds a probe that has no timeout of its own.
const DefaultTimeout = 10 * time.Second

// Target is an origin, and how to probe it.
type Target struct {
	Address    Address
	ServerName string           // for SNI and the Host header; the address's host if empty
	Path       string           // what is asked for with GET; "/" if empty
	Pair       *tls.Certificate // a pair to try; nil for none
	Roots      *x509.CertPool   // verify the origin's own certificate with these; nil: it is not verified
	MaxVersion uint16           // the highest version of TLS that is offered; 0 for 1.3
	Timeout    time.Duration    // of the whole probe; DefaultTimeout if 0
	UserAgent  string           // "origintls-origin-probe" if empty
}

// ClientAuth is how an origin treats clients without a certificate.
type ClientAuth string

// What an origin does.
const (
	Unknown  ClientAuth = ""         // it was not reached, or its answer does not say
	None     ClientAuth = "none"     // it does not ask for a certificate
	Optional ClientAuth = "optional" // it asks, and serves clients that have none
	Required ClientAuth = "required" // it asks, and serves nobody without one
)

// Result is the result of a probe.
type Result struct {
	// Reachable reports whether the origin took part in a TLS handshake. If not, all else but Reason is empty.
	Reachable  bool
	TLSVersion uint16            // what was negotiated
	Server     *x509.Certificate // what the origin presents itself, verified only if Target.Roots is set

	ClientAuth ClientAuth
	// AcceptsAny reports whether the origin asks for a certificate and accepts a throwaway one; nil: not known.
	AcceptsAny *bool
	// Issuers are the names of the CAs that the origin announces, in DER. Many servers announce none.
	Issuers [][]byte

	// Status and Header are the HTTP answer to a client without a certificate; 0 and nil if there was none.
	Status int
	Header http.Header

	// Accepted reports whether the origin serves a client with Target.Pair: it accepts the pair, or does not
	// ask for a certificate. An answer that a throwaway certificate gets as well does not count.
	Accepted bool

	Reason     string // how the origin treats clients, in sentences
	PairReason string // how it treats the pair, in sentences; "" if there is none or the origin was not reached
}

// Probe probes the origin. It always returns by the end of the timeout, with the results so far. It uses a
// new connection for each question, no proxy, and follows no redirect.
func (t Target) Probe(ctx context.Context) Result {
	t.ServerName = cmp.Or(t.ServerName, t.Address.Host)
	t.Path = cmp.Or(t.Path, "/")
	t.Timeout = cmp.Or(t.Timeout, DefaultTimeout)
	t.UserAgent = cmp.Or(t.UserAgent, "origintls-origin-probe")
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()

	o := observation{timeout: t.Timeout, none: t.ask(ctx, nobody)}
	if o.none.asked == nil {
		return o.result(t.Pair != nil) // nobody's certificate would be looked at
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

// having presents a pair whatever issuers the origin announces, as the edge does: the origin has to refuse it.
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

// IssuerNames are the names of Issuers in the form "CN=…,O=…".
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
		return "a name that cannot be read"
	}
	return name.String()
}
