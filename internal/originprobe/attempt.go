package originprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
)

// Limits of the data that is read from an origin on one connection.
const (
	maxBytes       = 1 << 20 // in all
	maxHeaderBytes = 64 << 10
	maxBodyBytes   = 8 << 10
)

// remoteError is how crypto/tls names the operation of an alert.
const remoteError = "remote error"

// attempt is one connection to the origin, and how it ended.
type attempt struct {
	asked   *tls.CertificateRequestInfo // nil: the origin did not ask for a certificate
	version uint16
	server  *x509.Certificate
	dialled bool // TCP came about
	shaken  bool // the handshake came to its end, which with TLS 1.3 is before the origin has looked at the certificate

	status  int // of the HTTP answer; 0: there was none
	header  http.Header
	about   bool  // the answer says that it is about a certificate
	foreign bool  // something was answered that is not HTTP
	err     error // why there is no answer
}

// ask connects once, or twice if the connection broke without an alert or an answer: after a single broken connection, a server
// that refuses by closing it cannot be distinguished from one that is being reloaded.
func (t Target) ask(ctx context.Context, present presenter) *attempt {
	a := t.once(ctx, present)
	if a.asked != nil && a.broken() && ctx.Err() == nil {
		if again := t.once(ctx, present); again.asked != nil {
			return again
		}
	}
	return a
}

// broken reports whether the connection ended without an alert, a close notify or an answer.
func (a *attempt) broken() bool {
	var alert *net.OpError
	switch {
	case a.err == nil, a.timedOut(), errors.Is(a.err, io.EOF), errors.As(a.err, &alert) && alert.Op == remoteError:
		return false
	}
	return true
}

// asksLater reports whether the origin wanted to begin the handshake again, as servers do (with TLS 1.2) that want a
// certificate for some paths only. Edges do not support that, and neither does this package.
func (a *attempt) asksLater() bool {
	return a.shaken && a.asked == nil && a.err != nil && strings.Contains(a.err.Error(), "no renegotiation")
}

func (a *attempt) timedOut() bool {
	return errors.Is(a.err, context.DeadlineExceeded) || errors.Is(a.err, os.ErrDeadlineExceeded)
}

// once makes a connection and requests the path.
func (t Target) once(ctx context.Context, present presenter) *attempt {
	a := &attempt{}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.Address.String())
	if err != nil {
		a.err = err
		return a
	}
	defer raw.Close()
	a.dialled = true
	if deadline, ok := ctx.Deadline(); ok {
		_ = raw.SetDeadline(deadline)
	}
	conn := tls.Client(&listener{Conn: raw, left: maxBytes}, t.config(a, present))
	if a.err = conn.HandshakeContext(ctx); a.err != nil {
		return a
	}
	a.shaken, a.version = true, conn.ConnectionState().Version
	t.get(ctx, conn, a)
	return a
}

func (t Target) config(a *attempt, present presenter) *tls.Config {
	suites := tls.CipherSuites()
	ids := make([]uint16, 0, len(suites))
	for _, suite := range append(suites, tls.InsecureCipherSuites()...) {
		ids = append(ids, suite.ID) // an edge may accept an old server that Go's own choice would not
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: t.MaxVersion, CipherSuites: ids,
		ServerName: t.ServerName, NextProtos: []string{"h2", "http/1.1"},
		RootCAs: t.Roots, InsecureSkipVerify: t.Roots == nil, //nolint:gosec // nothing secret is sent, and an edge may not verify either
		VerifyConnection: func(state tls.ConnectionState) error {
			a.server, a.version = state.PeerCertificates[0], state.Version
			return nil
		},
		GetClientCertificate: func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			a.asked, a.version = request, request.Version
			return present(request)
		},
	}
}

// get sends the request over the connection, by HTTP/2 if that was negotiated.
func (t Target) get(ctx context.Context, conn *tls.Conn, a *attempt) {
	used := false
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxHeaderBytes,
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			if used {
				return nil, errors.New("the origin ended the connection")
			}
			used = true
			return conn, nil
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+net.JoinHostPort(t.Address.Host, t.Address.Port)+t.Path, http.NoBody)
	if err != nil {
		a.err = err
		return
	}
	request.Host = t.ServerName
	request.Header.Set("User-Agent", t.UserAgent)
	response, err := transport.RoundTrip(request)
	if err != nil {
		complaint, ended := ending(conn, err)
		a.err = ended
		a.foreign = complaint && !a.timedOut() || strings.Contains(err.Error(), "malformed HTTP")
		return
	}
	defer response.Body.Close()
	a.status, a.header = response.StatusCode, response.Header
	if a.refusing() {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes)) // what came counts
		a.about = a.status >= 495 || aboutCertificates.Match(body)
	}
}

// ending returns the error that ended the connection: the alert, or an error below TLS. HTTP only knows
// that there is no answer. A connection that ends without a close notify ends unexpectedly. If it was this side
// that ended it, because of what was answered, the error is a complaint.
func ending(conn *tls.Conn, err error) (complaint bool, _ error) {
	below := conn.NetConn().(*listener)
	_ = below.Close()
	var alert *net.OpError
	if _, said := conn.Read(make([]byte, 1)); errors.As(said, &alert) && alert.Op == remoteError {
		return false, said
	}
	switch ended := below.ended(); {
	case ended == nil:
		return !errors.Is(err, io.EOF), err
	case errors.Is(ended, io.EOF):
		return false, io.ErrUnexpectedEOF
	default:
		return false, ended
	}
}

// aboutCertificates matches the pages with which servers refuse, such as nginx's "No required SSL certificate was sent".
var aboutCertificates = regexp.MustCompile(`(?i)certificate`)

// refusing reports whether a status is one with which servers refuse certificates, among other things. 495 and
// 496 are nginx's own, for nothing else.
func (a *attempt) refusing() bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest, 495, 496:
		return true
	}
	return false
}

// listener is a connection that still reads after writing has failed: a server that refuses may
// close the connection before the request is written, and its alert is still there to be read.
type listener struct {
	net.Conn

	mu   sync.Mutex
	left int   // how much may still be read
	err  error // the first one of reading
}

func (l *listener) Write(b []byte) (int, error) {
	n, err := l.Conn.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed) {
		return n, err
	}
	return len(b), nil
}

func (l *listener) Read(b []byte) (int, error) {
	l.mu.Lock()
	left := l.left
	l.mu.Unlock()
	if left <= 0 {
		return 0, errors.New("the origin sent more than is read of it")
	}
	n, err := l.Conn.Read(b[:min(len(b), left)])
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left -= n
	if l.err == nil {
		l.err = err
	}
	return n, err
}

// ended returns the error with which reading ended, nil if it was this side that stopped.
func (l *listener) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, net.ErrClosed) {
		return nil
	}
	return l.err
}
