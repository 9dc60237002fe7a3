package originprobe_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/originprobe"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// origin is a server in Go, for behaviour that the servers of the guide do not have.
type origin struct {
	tls     tls.Config
	handler http.HandlerFunc
}

// counted counts the accepted connections of a listener.
type counted struct {
	net.Listener

	n *atomic.Int32
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

func listen(t *testing.T, address string) (net.Listener, *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err) // this machine has no IPv6
	}
	n := &atomic.Int32{}
	t.Cleanup(func() { _ = l.Close() })
	return counted{l, n}, n
}

func (o *origin) start(t *testing.T, address string, own ...certtest.Pair) (originprobe.Address, *atomic.Int32) {
	t.Helper()
	own = append(own, origins.NewIdentity(t, hostname).Pair)
	o.tls.Certificates = []tls.Certificate{*keyPair(t, own[0])}
	l, n := listen(t, address)
	if o.handler == nil {
		o.handler = func(http.ResponseWriter, *http.Request) {}
	}
	server := &http.Server{Handler: o.handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = server.Serve(tls.NewListener(l, &o.tls)) }()
	t.Cleanup(func() { _ = server.Close() })
	return parsed(t, l), n
}

func parsed(t *testing.T, l net.Listener) originprobe.Address {
	t.Helper()
	return address(t, l.Addr().String())
}

func status(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

// unless returns a handler that answers 200 if the condition holds for the request, and code with text otherwise.
func unless(code int, text string, holds func(*http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !holds(r) {
			status(code, text)(w, r)
		}
	}
}

func verified(ca certtest.Pair) func(*http.Request) bool {
	roots := x509.NewCertPool()
	roots.AddCert(ca.Leaf)
	return func(r *http.Request) bool {
		if len(r.TLS.PeerCertificates) == 0 {
			return false
		}
		_, err := r.TLS.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		return err == nil
	}
}

func some(r *http.Request) bool { return len(r.TLS.PeerCertificates) > 0 }

// If a server rejects clients by HTTP, or its answers have nothing to do with certificates, the probe compares the three answers.
func TestHTTPAnswers(t *testing.T) {
	ca := certtest.CA(t, "right")
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	ask, look, insist := tls.VerifyClientCertIfGiven, tls.RequestClientCert, tls.RequireAndVerifyClientCert
	for name, c := range map[string]struct {
		auth           tls.ClientAuthType
		handler        http.HandlerFunc
		want           originprobe.ClientAuth
		any            string // "yes", "no" or "unknown"
		right, wrong   bool
		wantWithNoPair originprobe.ClientAuth // the result of a probe without a pair
	}{
		"403 and says why":              {look, unless(403, "No client certificate", verified(ca)), originprobe.Required, "no", true, false, originprobe.Required},
		"400 and says why":              {ask, unless(400, "No required SSL certificate was sent", some), originprobe.Required, "no", true, false, originprobe.Required},
		"401 and says why":              {look, unless(401, "certificate required", some), originprobe.Required, "yes", true, true, originprobe.Required},
		"495":                           {look, unless(495, "", verified(ca)), originprobe.Required, "no", true, false, originprobe.Required},
		"496":                           {look, unless(496, "", some), originprobe.Required, "yes", true, true, originprobe.Required},
		"403 without a word":            {look, unless(403, "", verified(ca)), originprobe.Required, "unknown", true, false, originprobe.Unknown},
		"403 without a word, any":       {look, unless(403, "", some), originprobe.Required, "yes", true, true, originprobe.Required},
		"403 without a word, verified":  {ask, unless(403, "", some), originprobe.Required, "no", true, false, originprobe.Unknown},
		"403 for everybody":             {ask, status(403, ""), originprobe.Optional, "no", true, false, originprobe.Unknown},
		"403 for everybody, unverified": {look, status(403, ""), originprobe.Unknown, "unknown", false, false, originprobe.Unknown},
		"403 behind the handshake":      {insist, status(403, ""), originprobe.Required, "no", true, false, originprobe.Required},
		"403 for strangers": {look, func(w http.ResponseWriter, r *http.Request) {
			if some(r) && !verified(ca)(r) {
				w.WriteHeader(403)
			}
		}, originprobe.Optional, "no", true, false, originprobe.Optional},
		"403, and 400 for the trusted": {ask, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[bool]int{true: 400, false: 403}[some(r)])
		}, originprobe.Unknown, "no", true, false, originprobe.Unknown},
		"401 for everybody":        {ask, status(401, ""), originprobe.Optional, "no", true, false, originprobe.Optional},
		"redirect":                 {ask, status(302, "certificate"), originprobe.Optional, "no", true, false, originprobe.Optional},
		"502":                      {ask, status(502, ""), originprobe.Optional, "no", true, false, originprobe.Optional},
		"404 of certificates":      {look, status(404, "certificate"), originprobe.Optional, "yes", true, true, originprobe.Optional},
		"500 behind the handshake": {insist, status(500, ""), originprobe.Required, "no", true, false, originprobe.Required},
	} {
		t.Run(name, func(t *testing.T) {
			o := origin{tls: tls.Config{ClientAuth: c.auth, ClientCAs: pool}, handler: c.handler}
			at, _ := o.start(t, "127.0.0.1:0")
			for version, pairs := range map[uint16]map[bool]certtest.Pair{
				tls.VersionTLS12: {c.right: ca.Issue(t, "of right")}, tls.VersionTLS13: {c.right: ca.Issue(t, "of right")},
				0: {c.wrong: certtest.Leaf(t, "wrong")},
			} {
				for accepted, pair := range pairs {
					r := originprobe.Target{Address: at, ServerName: hostname, Pair: keyPair(t, pair), MaxVersion: version}.Probe(t.Context())
					if r.Accepted != accepted || pair.Leaf.Subject.CommonName != "wrong" && r.ClientAuth != c.want || anyText(r) != c.any {
						t.Errorf("with the certificate of %s: %s, any %s, accepted %v; %s %s", pair.Leaf.Subject, r.ClientAuth, anyText(r), r.Accepted, r.Reason, r.PairReason)
					}
				}
			}
			if r := (originprobe.Target{Address: at, ServerName: hostname}).Probe(t.Context()); r.ClientAuth != c.wantWithNoPair || r.PairReason != "" {
				t.Errorf("without a pair: %s; %s", r.ClientAuth, r.Reason)
			}
		})
	}
}

func anyText(r originprobe.Result) string {
	if r.AcceptsAny == nil {
		return "unknown"
	}
	return map[bool]string{true: "yes", false: "no"}[*r.AcceptsAny]
}

// A server that verifies certificates itself announces no issuers. The probe must recognise it too.
func TestNoAnnouncedIssuers(t *testing.T) {
	ca := certtest.CA(t, "right")
	o := origin{tls: tls.Config{ClientAuth: tls.RequireAnyClientCert, VerifyConnection: func(s tls.ConnectionState) error {
		roots := x509.NewCertPool()
		roots.AddCert(ca.Leaf)
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
		return err
	}}}
	at, _ := o.start(t, "127.0.0.1:0")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for accepted, pair := range map[bool]certtest.Pair{true: ca.Issue(t, "of right"), false: ca.Issue(t, "expired", expired)} {
			r := originprobe.Target{Address: at, ServerName: hostname, Pair: keyPair(t, pair), MaxVersion: version}.Probe(t.Context())
			if r.ClientAuth != originprobe.Required || anyText(r) != "no" || r.Accepted != accepted || len(r.Issuers) > 0 || r.Announces(ca.Leaf) {
				t.Errorf("%s: %+v", pair.Leaf.Subject, r)
			}
		}
	}
}

// raw accepts connections and calls do with each. If shaken is true, it first does a TLS handshake that requests a certificate.
func raw(t *testing.T, shaken bool, do func(net.Conn)) originprobe.Address {
	t.Helper()
	l, _ := listen(t, "127.0.0.1:0")
	config := &tls.Config{Certificates: []tls.Certificate{*keyPair(t, origins.NewIdentity(t, hostname).Pair)}, ClientAuth: tls.RequestClientCert}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if !shaken {
				go do(conn)
				continue
			}
			go func() {
				server := tls.Server(conn, config)
				if server.HandshakeContext(context.Background()) == nil {
					do(server)
				}
				_ = conn.Close()
			}()
		}
	}()
	return parsed(t, l)
}

func reset(conn net.Conn) {
	_ = conn.(interface{ SetLinger(int) error }).SetLinger(0)
	_ = conn.Close()
}

// If a server does not speak TLS, does not speak HTTP, or does not answer, the probe reports that within the timeout.
func TestOddAnswers(t *testing.T) {
	closed, _ := listen(t, "127.0.0.1:0")
	_ = closed.Close()
	plain := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	plainListener, _ := listen(t, "127.0.0.1:0")
	go func() { _ = plain.Serve(plainListener) }()
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	for name, c := range map[string]struct {
		at        originprobe.Address
		reachable bool
		auth      originprobe.ClientAuth
		reason    string // a pattern
	}{
		"closed port":   {parsed(t, closed), false, "", `cannot be reached: .*connection refused`},
		"no such name":  {originprobe.Address{Host: "no-such-host.invalid", Port: "443"}, false, "", `cannot be reached: .*no-such-host.invalid`},
		"silent port":   {raw(t, false, func(c net.Conn) { <-never; _ = c.Close() }), false, "", `accepted the connection, but then gave no TLS answer within 1.5s`},
		"plain HTTP":    {parsed(t, plainListener), false, "", `plain HTTP`},
		"another plain": {raw(t, false, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail\r\n"); _ = c.Close() }), false, "", `TLS handshake failed`},
		"hangs up":      {raw(t, false, func(c net.Conn) { _ = c.Close() }), false, "", `closed the connection during the TLS handshake|connection reset`},
		"resets":        {raw(t, false, reset), false, "", `closed the connection during the TLS handshake|connection reset`},

		"TLS, then silence":         {raw(t, true, func(c net.Conn) { <-never; _ = c.Close() }), true, originprobe.Unknown, `not clear whether it requires one: without one, it gave no answer within 1.5s`},
		"TLS, then reset":           {raw(t, true, func(c net.Conn) { reset(c.(*tls.Conn).NetConn()) }), true, originprobe.Required, `ends the connection`},
		"TLS, then FIN":             {raw(t, true, func(c net.Conn) { _ = c.(*tls.Conn).NetConn().Close() }), true, originprobe.Required, `ends the connection`},
		"TLS, then a close notify":  {raw(t, true, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); _ = c.Close() }), true, originprobe.Unknown, `closes the connection without an answer`},
		"TLS without HTTP":          {raw(t, true, func(c net.Conn) { _, _ = io.WriteString(c, "220 mail server ready\r\n"); <-never }), true, originprobe.Optional, `not HTTP`},
		"TLS and a word at a time":  {raw(t, true, func(c net.Conn) { trickle(c, never) }), true, originprobe.Unknown, `no answer within 1.5s`},
		"TLS and an endless header": {raw(t, true, flood), true, originprobe.Optional, `not HTTP`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair := keyPair(t, certtest.Leaf(t, "pair"))
			timeout := time.Minute // long enough for a busy machine
			if strings.Contains(c.reason, "within 1.5s") {
				timeout = 1500 * time.Millisecond
			}
			r := originprobe.Target{Address: c.at, ServerName: hostname, Pair: pair, Timeout: timeout}.Probe(t.Context())
			if r.Reachable != c.reachable || r.ClientAuth != c.auth || !regexp.MustCompile(c.reason).MatchString(r.Reason) {
				t.Errorf("got %+v", r)
			}
			if r.Accepted != strings.Contains(c.reason, "not HTTP") {
				t.Errorf("accepted is %v, %s", r.Accepted, r.PairReason)
			}
		})
	}
}

// trickle sends a header that never ends.
func trickle(c net.Conn, never <-chan struct{}) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
	for {
		select {
		case <-never:
			return
		case <-time.After(20 * time.Millisecond):
			if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
				return
			}
		}
	}
}

func flood(c net.Conn) {
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
	line := "X: " + strings.Repeat("y", 1000) + "\r\n"
	for {
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

// The probe uses HTTP/2 with a server that requires it, and HTTP/1.1 with one that has nothing else.
func TestProtocols(t *testing.T) {
	pool := x509.NewCertPool()
	ca := certtest.CA(t, "right")
	pool.AddCert(ca.Leaf)
	for _, protocol := range []string{"h2", "http/1.1"} {
		var seen atomic.Value
		o := origin{tls: tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, NextProtos: []string{protocol}}}
		o.handler = func(_ http.ResponseWriter, r *http.Request) {
			seen.Store(r.Proto + " " + r.Host + r.URL.String() + " " + r.UserAgent())
		}
		// The check is necessary, because without ALPN, Go's server would still answer in HTTP/1.1.
		o.tls.VerifyConnection = func(s tls.ConnectionState) error {
			if s.NegotiatedProtocol != protocol {
				t.Errorf("the negotiated protocol is %q", s.NegotiatedProtocol)
			}
			return nil
		}
		at, n := o.start(t, "127.0.0.1:0")
		r := originprobe.Target{Address: at, ServerName: hostname, Path: "/a?b=c", Pair: keyPair(t, ca.Issue(t, "of right"))}.Probe(t.Context())
		if r.ClientAuth != originprobe.Required || anyText(r) != "no" || !r.Accepted {
			t.Errorf("%s: %+v", protocol, r)
		}
		want := map[string]string{"h2": "HTTP/2.0", "http/1.1": "HTTP/1.1"}[protocol] + " " + hostname + "/a?b=c origintls-origin-probe"
		if seen.Load() != want {
			t.Errorf("the origin received %v, want %s", seen.Load(), want)
		}
		if n.Load() != 3 {
			t.Errorf("%d connections, want 3", n.Load())
		}
	}
}

func TestAddressFamilies(t *testing.T) {
	for _, listening := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(listening, func(t *testing.T) {
			var name atomic.Value
			o := origin{tls: tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
				name.Store(h.ServerName)
				return nil, nil
			}}}
			at, n := o.start(t, listening)
			r := originprobe.Target{Address: at, ServerName: hostname}.Probe(t.Context())
			if r.ClientAuth != originprobe.None || r.Status != 200 || name.Load() != hostname || n.Load() != 1 {
				t.Errorf("%d connections for %v: %+v", n.Load(), name.Load(), r)
			}
		})
	}
}

// The probe does not follow redirects, and ignores the environment's proxies.
func TestGoesWhereItIsTold(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	var requests atomic.Int32
	o := origin{handler: func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}}
	at, _ := o.start(t, "127.0.0.1:0")
	if r := (originprobe.Target{Address: at, ServerName: hostname}).Probe(t.Context()); r.Status != 302 || requests.Load() != 1 {
		t.Errorf("%d requests: %+v", requests.Load(), r)
	}
}

// The probe can connect to an old server with a key exchange that Go does not offer by default, because an edge may connect to it too.
func TestOldServer(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	o := origin{tls: tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, ClientAuth: tls.RequireAnyClientCert}}
	at, _ := o.start(t, "127.0.0.1:0", certtest.WithKey(t, "origin", key))
	if r := (originprobe.Target{Address: at, ServerName: hostname}).Probe(t.Context()); r.ClientAuth != originprobe.Required || anyText(r) != "yes" || r.TLSVersion != tls.VersionTLS12 {
		t.Errorf("%+v", r)
	}
}

// The probe reports the origin's own certificate, and verifies it only on request.
func TestServerCertificate(t *testing.T) {
	o := origin{}
	at, _ := o.start(t, "127.0.0.1:0")
	r := originprobe.Target{Address: at, ServerName: hostname}.Probe(t.Context())
	if r.Server == nil || r.Server.Subject.CommonName != "origin" {
		t.Errorf("%+v", r)
	}
	if r = (originprobe.Target{Address: at, ServerName: hostname, Roots: x509.NewCertPool()}).Probe(t.Context()); r.Reachable || !strings.Contains(r.Reason, "own certificate is not trusted") {
		t.Errorf("%+v", r)
	}
}

// A single broken connection does not count as a rejection, because the origin may be reloading.
func TestBrokenOnce(t *testing.T) {
	var n atomic.Int32
	at := raw(t, true, func(c net.Conn) {
		if n.Add(1)%2 == 1 {
			reset(c.(*tls.Conn).NetConn())
			return
		}
		_, _ = c.Read(make([]byte, 1<<10))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	if r := (originprobe.Target{Address: at, ServerName: hostname}).Probe(t.Context()); r.ClientAuth != originprobe.Optional || anyText(r) != "yes" {
		t.Errorf("%+v", r)
	}
}

// An interruption ends a probe immediately.
func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	at := raw(t, false, func(net.Conn) { cancel() })
	if r := (originprobe.Target{Address: at, ServerName: hostname, Timeout: time.Hour}).Probe(ctx); r.Reachable || r.Reason != "The check of the origin was interrupted." {
		t.Errorf("%+v", r)
	}
}
