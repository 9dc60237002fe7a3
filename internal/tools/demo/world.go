package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

const (
	zoneID   = "023e105f4ecef8ad9ca31a8372d0c353" // the zone id in config/main.tf
	hostname = "www.example.com"
	token    = "demo-token-that-opens-only-the-simulator"
)

// world has the servers that the provider and the edge connect to: the simulated API, and an origin.
type world struct {
	api     *simulator.Server
	servers []*http.Server
	apiAt   string // host and port
	origin  string // host and port
	roots   *x509.CertPool
}

// newWorld serves a simulator and an origin on free loopback ports. The origin requires certificates of ca.
func newWorld(ctx context.Context, deploy time.Duration, ca certtest.Pair) (*world, error) {
	behaviour := simulator.Defaults()
	behaviour.DeployAfter = simulator.Duration(deploy)
	behaviour.DeleteAfter = simulator.Duration(deploy)
	w := &world{api: simulator.New(simulator.Options{Behaviour: behaviour}), roots: ca.Pool()}

	listen := func() (net.Listener, error) { return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0") }
	serve := func(l net.Listener, handler http.Handler) string {
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
		w.servers = append(w.servers, server)
		go func() { _ = server.Serve(l) }() // the error is always ErrServerClosed
		return l.Addr().String()
	}
	api, err := listen()
	if err != nil {
		return nil, err
	}
	w.apiAt = serve(api, w.api)
	pair, err := certtest.New("origin", ca, nil, certtest.Server(hostname))
	if err != nil {
		return nil, err
	}
	own, err := tls.X509KeyPair([]byte(pair.Certificate), []byte(pair.PrivateKey))
	if err != nil {
		return nil, err
	}
	origin, err := listen()
	if err != nil {
		return nil, err
	}
	w.origin = serve(tls.NewListener(origin, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}, ClientCAs: w.roots, ClientAuth: tls.RequireAndVerifyClientCert,
	}), http.HandlerFunc(greet))
	return w, nil
}

// greet answers with the name on the client's certificate, so that a pull shows what the edge presented.
func greet(out http.ResponseWriter, request *http.Request) {
	out.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(out, request.TLS.PeerCertificates[0].Subject.CommonName) //nolint:gosec // plain text, of a certificate made here
}

func (w *world) close() {
	for _, server := range w.servers {
		_ = server.Close()
	}
}

func (w *world) url() string  { return "http://" + w.apiAt + "/client/v4" }
func (w *world) page() string { return "http://" + w.apiAt + "/_sim/" }

// pull makes the edge request a page from the origin, with the certificate that the state of the API determines. It returns the name on the
// certificate.
func (w *world) pull(ctx context.Context) (presented string, err error) {
	response, err := w.api.Pull(ctx, zoneID, hostname, w.origin, w.roots)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func (w *world) zone() simulator.ZoneState { return w.api.Dump().Zones[zoneID] }

// writes returns the number of requests that can change something.
func (w *world) writes() int {
	n := 0
	for _, request := range w.api.Requests() {
		if request.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// certificate returns the zone's certificate. It fails unless there is exactly one.
func (w *world) certificate() (simulator.CertificateState, error) {
	live := slices.DeleteFunc(slices.Clone(w.zone().ZoneCertificates), func(c simulator.CertificateState) bool { return c.Status == "deleted" })
	if len(live) != 1 || live[0].Status != "active" {
		return simulator.CertificateState{}, fmt.Errorf("the API holds not one active certificate, but %+v", live)
	}
	return live[0], nil
}

// holds fails unless the zone has one active certificate of this name, and the setting is on.
func (w *world) holds(name string) error {
	one, err := w.certificate()
	switch {
	case err != nil:
		return err
	case !strings.Contains(one.Subject, name):
		return fmt.Errorf("the certificate is of %q, not of %q", one.Subject, name)
	case !w.zone().Enabled:
		return errors.New("the zone setting is off")
	}
	return nil
}

// holdsNothing fails unless the zone has no certificates, and the setting is off.
func (w *world) holdsNothing() error {
	if one, err := w.certificate(); err == nil {
		return fmt.Errorf("the API still holds the certificate of %q", one.Subject)
	}
	if w.zone().Enabled {
		return errors.New("the zone setting is on")
	}
	return nil
}
