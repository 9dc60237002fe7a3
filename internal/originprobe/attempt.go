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

// Limits of the data that is read from an origin in one connection.
const (
	maxBytes       = 1 << 20 // in total
	maxHeaderBytes = 64 << 10
	maxBodyBytes   = 8 << 10
)

// remoteError is the operation in a net.OpError with which crypto/tls reports an alert.
const remoteError = "remote error"

// attempt is one connection to the origin, and its result.
type attempt struct {
	asked   *tls.CertificateRequestInfo // nil if the origin did not ask for a certificate
	version uint16
	server  *x509.Certificate
	dialled bool // the TCP connection was established
	shaken  bool // the handshake was completed; with TLS 1.3, this is before the origin has checked the certificate

	status  int // of the HTTP answer; 0 if there was none
	header  http.Header
	about   bool  // the answer mentions a certificate
	foreign bool  // the origin answered with something that is not HTTP
	err     error // why there is no answer
}

// ask makes one connection. If the connection breaks without an alert or an answer, ask makes a second one: after a
// single broken connection, a server that refuses by closing it cannot be distinguished from a server that is being
// reloaded.
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

// asksLater reports whether the origin tried to repeat the handshake. With TLS 1.2, servers do so if they want a
// certificate only for some paths. Edges do not support that, and neither does this package.
func (a *attempt) asksLater() bool {
	return a.shaken && a.asked == nil && a.err != nil && strings.Contains(a.err.Error(), "no renegotiation")
}

func (a *attempt) timedOut() bool {
	return errors.Is(a.err, context.DeadlineExceeded) || errors.Is(a.err, os.ErrDeadlineExceeded)
}

// once makes one connection and requests the path.
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
		ids = append(ids, suite.ID) // an edge may accept an old server that Go's default suites would not
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

// get sends the request over the connection, with HTTP/2 if that was negotiated.
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
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes)) // the part that arrived is enough
		a.about = a.status >= 495 || aboutCertificates.Match(body)
	}
}

// ending returns the error that ended the connection: the alert, or an error of the connection below TLS. net/http
// only reports that there is no answer. A connection that ends without a close notify ends unexpectedly. If this side
// ended it because of what it received, the error is a complaint.
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

// aboutCertificates matches the pages of servers that refuse a certificate, such as nginx's "No required SSL
// certificate was sent".
var aboutCertificates = regexp.MustCompile(`(?i)certificate`)

// refusing reports whether servers use the status to refuse certificates. Most of these statuses have other meanings
// too. 495 and 496 are nginx's own, and only mean this.
func (a *attempt) refusing() bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusMisdirectedRequest, 495, 496:
		return true
	}
	return false
}

// listener is a connection that can still be read after a write has failed. A server that refuses may close the
// connection before the request is written, but its alert can still be read.
type listener struct {
	net.Conn

	mu   sync.Mutex
	left int   // number of bytes that may still be read
	err  error // the first error of Read
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
		return 0, errors.New("the origin sent more data than the limit")
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

// ended returns the error that ended reading. It returns nil if this side closed the connection.
func (l *listener) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, net.ErrClosed) {
		return nil
	}
	return l.err
}
