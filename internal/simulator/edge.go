package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// The sources of the presented certificate, or the reasons why there is none.
const (
	SourceHostname = "hostname" // a per-hostname association
	SourceZone     = "zone"     // the zone-level certificate
	SourceDisabled = "disabled" // the association has enabled:false
	SourceShared   = "shared"   // zone-level is on, but the zone has no certificate of its own
	SourceNone     = "none"     // zone-level is off
)

// Presents returns the client certificate that the edge presents to the origin of a hostname. A per-hostname
// certificate overrides the zone-level one (section 5, documented). The deployed certificate counts, not the
// requested one: the edge presents the old certificate until the new one is active.
//
// Invented: if the certificate of a hostname does not exist, is deleted or was never deployed, the edge presents
// none, and does not fall back to the zone's certificate. The edge stops presenting a zone certificate when its
// deletion begins. Cloudflare's shared certificate is not simulated: source is "shared" and ok is false.
func (s *Server) Presents(zone, hostname string) (cert tls.Certificate, source string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.advance(s.now())
	z := s.store.zones[zone]
	if z == nil {
		return tls.Certificate{}, SourceNone, false
	}
	return z.presents(strings.ToLower(hostname))
}

func (z *zone) presents(key string) (cert tls.Certificate, source string, ok bool) {
	if a := z.associations[key]; a != nil && a.deployed != nil {
		if !a.deployed.enabled {
			return tls.Certificate{}, SourceDisabled, false
		}
		return present(z.certificates[HostnameCertificate][a.deployed.certID], SourceHostname)
	}
	if !z.enabled {
		return tls.Certificate{}, SourceNone, false
	}
	if newest := z.lastDeployed(); newest != nil {
		return present(newest, SourceZone)
	}
	return tls.Certificate{}, SourceShared, false
}

// present returns the certificate and key of a certificate that has reached the edge. The edge still presents an
// expired certificate (section 5, documented).
func present(c *certificate, source string) (tls.Certificate, string, bool) {
	if c == nil || c.deployedOn.IsZero() || c.effective() == statusDeleted || c.pair.PrivateKey == nil {
		return tls.Certificate{}, source, false
	}
	pair := c.pair
	pair.Leaf = c.leaf
	return pair, source, true
}

// lastDeployed returns the active zone certificate that was deployed last. If several are active, the edge presents
// that one (section 5, documented).
func (z *zone) lastDeployed() *certificate {
	var newest *certificate
	for _, c := range z.certificates[ZoneCertificate] {
		if c.effective() != statusActive || c.deployedOn.IsZero() {
			continue
		}
		if newest == nil || c.deployedOn.After(newest.deployedOn) ||
			c.deployedOn.Equal(newest.deployedOn) && c.deployment > newest.deployment {
			newest = c
		}
	}
	return newest
}

// pullTimeout limits the connection, the TLS handshake and the answer of a pull.
const pullTimeout = 30 * time.Second

// Pull plays the edge: it makes a new TLS connection to originAddr with the hostname as SNI, presents the certificate
// of Presents, and returns the origin's response to GET /. The caller has to close the body. With TLS 1.3, a refusal
// by the origin arrives only with the first read, so Pull returns it as an error as well.
func (s *Server) Pull(ctx context.Context, zone, hostname, originAddr string, roots *x509.CertPool) (*http.Response, error) {
	pair, _, ok := s.Presents(zone, hostname)
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: pullTimeout}).DialContext(ctx, network, originAddr)
		},
		TLSHandshakeTimeout:   pullTimeout,
		ResponseHeaderTimeout: pullTimeout,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12,
			ServerName: hostname,
			RootCAs:    roots,
			// Use this instead of Certificates, because the edge also presents a certificate whose issuer the origin did not
			// ask for. It is up to the origin to refuse it.
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if !ok {
					return &tls.Certificate{}, nil
				}
				return &pair, nil
			},
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+hostname+"/", http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "origintls-simulator-edge")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("pull of %s from %s: %w", hostname, originAddr, err)
	}
	return response, nil
}
