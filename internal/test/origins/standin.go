package origins

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// StandIn is an origin with Go's own TLS, for tests that do not depend on a particular server. It answers with the subject of the
// client certificate. It rejects certificates in the handshake, where nginx answers 400.
type StandIn struct {
	listener    net.Listener
	trusted     atomic.Pointer[x509.CertPool]
	mode        atomic.Int32 // its tls.ClientAuthType
	connections atomic.Int32
	request     atomic.Pointer[http.Request] // the last request
}

// StartStandIn starts a stand-in that requires certificates. At first, it trusts no authority of the test.
func StartStandIn(t testing.TB, id Identity) *StandIn {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(id.Certificate), []byte(id.PrivateKey))
	acctest.NoError(t, err)
	o := &StandIn{}
	o.Trust(t)
	o.Mode(tls.RequireAndVerifyClientCert)
	settings := func(*tls.ClientHelloInfo) (*tls.Config, error) {
		o.connections.Add(1)
		return &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
			ClientAuth: tls.ClientAuthType(o.mode.Load()), ClientCAs: o.trusted.Load(),
		}, nil
	}
	if o.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o.request.Store(r)
			if len(r.TLS.PeerCertificates) > 0 {
				_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.String())
			}
		}),
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // the clients count the rejections
	}
	go func() { _ = server.Serve(tls.NewListener(o.listener, &tls.Config{GetConfigForClient: settings})) }()
	t.Cleanup(func() { _ = server.Close() })
	return o
}

// Address returns the address on which it listens.
func (o *StandIn) Address() string { return o.listener.Addr().String() }

// Trust makes it trust these authorities, or self-signed leaves, and no others.
func (o *StandIn) Trust(_ testing.TB, cas ...certtest.Pair) {
	pool := x509.NewCertPool()
	for _, ca := range cas {
		pool.AddCert(ca.Leaf)
	}
	o.trusted.Store(pool)
}

// Mode sets how it treats client certificates from now on.
func (o *StandIn) Mode(mode tls.ClientAuthType) { o.mode.Store(int32(mode)) }

// Request returns the last request, or nil if there was none.
func (o *StandIn) Request() *http.Request { return o.request.Load() }

// Connections returns the number of connections with a TLS ClientHello since its last call.
func (o *StandIn) Connections() int { return int(o.connections.Swap(0)) }
