package simulator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// presents checks what the edge presents: the source, and the common name of the certificate or "".
func (h *harness) presents(hostname, source, name string) {
	h.t.Helper()
	pair, gotSource, ok := h.s.Presents(zoneA, hostname)
	gotName := ""
	if ok {
		gotName = pair.Leaf.Subject.CommonName
	}
	if gotSource != source || gotName != name {
		h.t.Errorf("the edge presents %q from %q, want %q from %q", gotName, gotSource, name, source)
	}
}

func (h *harness) named(kind Kind, name string, changes ...func(*x509.Certificate)) string {
	h.t.Helper()
	certPEM, keyPEM := newPair(h.t, name, changes...)
	return h.upload(kind, certPEM, keyPEM)
}

func TestPresentsZoneLevel(t *testing.T) {
	h := start(t)
	h.presents(api, SourceNone, "")
	h.s.SetSetting(zoneA, true)
	h.presents(api, SourceShared, "")
	first := h.named(ZoneCertificate, "first")
	h.presents(api, SourceShared, "") // not deployed yet
	h.later(2 * time.Second)
	h.presents(api, SourceZone, "first")
	second := h.named(ZoneCertificate, "second")
	h.presents(api, SourceZone, "first")
	h.later(2 * time.Second)
	h.presents(api, SourceZone, "second")
	h.s.SetSetting(zoneA, false)
	h.presents(api, SourceNone, "")
	h.s.SetSetting(zoneA, true)
	h.do("DELETE", zonePath+"/"+second, "").want(t, 200, 0)
	h.presents(api, SourceZone, "first")
	h.s.SetCertificateStatus(ZoneCertificate, zoneA, first, statusDeploymentTimedOut)
	h.presents(api, SourceShared, "")
}

func TestPresentsLastDeployed(t *testing.T) {
	h := start(t)
	h.s.SetSetting(zoneA, true)
	old := h.named(ZoneCertificate, "old")
	h.later(time.Second)
	h.named(ZoneCertificate, "new")
	h.later(time.Hour) // both finish their deployment without a read in between
	h.presents(api, SourceZone, "new")
	h.do("DELETE", zonePath+"/"+old, "").want(t, 200, 0)
	h.presents(api, SourceZone, "new")
}

func TestPresentsHostname(t *testing.T) {
	h := start(t)
	h.s.SetSetting(zoneA, true)
	h.named(ZoneCertificate, "zone")
	one := h.named(HostnameCertificate, "one", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	two := h.named(HostnameCertificate, "two")
	h.later(2 * time.Second)
	h.presents(api, SourceZone, "zone")

	steps := []struct {
		put           wireAssociateRow
		during, after [2]string
	}{
		{row(api, one, yes), [2]string{SourceZone, "zone"}, [2]string{SourceHostname, "one"}}, // the edge presents it although it has expired
		{row(api, two, yes), [2]string{SourceHostname, "one"}, [2]string{SourceHostname, "two"}},
		{row(api, two, no), [2]string{SourceHostname, "two"}, [2]string{SourceDisabled, ""}},
		{row(api, two, yes), [2]string{SourceDisabled, ""}, [2]string{SourceHostname, "two"}},
		{row(api, two, nil), [2]string{SourceHostname, "two"}, [2]string{SourceZone, "zone"}},
	}
	for i, step := range steps {
		h.put(step.put).want(t, 200, 0)
		h.later(2*time.Second - 1)
		h.presents("API.example.com", step.during[0], step.during[1])
		h.later(1)
		h.presents(api, step.after[0], step.after[1])
		if t.Failed() {
			t.Fatalf("failed at step %d", i)
		}
	}
}

func TestPresentsDuringStuckChange(t *testing.T) {
	h := start(t)
	one, two := h.named(HostnameCertificate, "one"), h.named(HostnameCertificate, "two")
	h.later(2 * time.Second)
	h.s.AddAssociation(zoneA, api, one, true)
	h.s.Behave(func(b *Behaviour) { b.TimeOutAssociations, b.StickVoids = true, true })
	h.put(row(api, two, yes)).want(t, 200, 0)
	h.later(time.Hour)
	h.presents(api, SourceHostname, "one") // the change timed out
	h.put(row(api, two, nil)).want(t, 200, 0)
	h.later(time.Hour)
	h.presents(api, SourceHostname, "one")
}

func TestPresentsOfMissingCertificate(t *testing.T) {
	h := start(t)
	h.s.SetSetting(zoneA, true)
	h.named(ZoneCertificate, "zone")
	id := h.deployed(HostnameCertificate)
	h.s.AddAssociation(zoneA, api, id, true)
	h.s.SetCertificateStatus(HostnameCertificate, zoneA, id, statusDeleted)
	h.presents(api, SourceHostname, "") // the edge does not fall back to the zone's certificate
	h.s.RemoveCertificate(HostnameCertificate, zoneA, id)
	h.presents(api, SourceHostname, "")
	certPEM, _ := newPair(t, "keyless")
	h.s.AddAssociation(zoneA, api, h.s.AddCertificate(HostnameCertificate, zoneA, certPEM, ""), true)
	h.presents(api, SourceHostname, "")
}

func TestPresentsLastOfOneInstant(t *testing.T) {
	h := start(t)
	h.s.SetSetting(zoneA, true)
	for i := range 20 {
		name := fmt.Sprint("number ", i)
		certPEM, keyPEM := newPair(t, name)
		h.s.AddCertificate(ZoneCertificate, zoneA, certPEM, keyPEM)
		h.presents(api, SourceZone, name)
	}
}

// origin starts a TLS server that accepts only the given client certificates. It answers with the name of the one that it
// received.
func origin(t *testing.T, hostname string, maxVersion uint16, clients ...string) (address string, roots *x509.CertPool, rootPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(t, err)
	serverPEM := selfSigned(t, hostname, key, func(c *x509.Certificate) { c.DNSNames = []string{hostname} })
	pair, err := tls.X509KeyPair([]byte(serverPEM), []byte(keyToPEM(t, key)))
	noError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s, SNI %s, %s", r.Host, r.TLS.ServerName, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	trusted := x509.NewCertPool()
	for _, client := range clients {
		trusted.AppendCertsFromPEM([]byte(client))
	}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // the tests expect rejections
	server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: maxVersion, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: trusted,
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(serverPEM))
	return server.Listener.Addr().String(), roots, serverPEM
}

func clientUse(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }

func TestPull(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			trustedPEM, trustedKey := newPair(t, "trusted", clientUse)
			strangerPEM, strangerKey := newPair(t, "stranger", clientUse)
			address, roots, _ := origin(t, api, version, trustedPEM)
			trusted := h.s.AddCertificate(HostnameCertificate, zoneA, trustedPEM, trustedKey)
			stranger := h.s.AddCertificate(HostnameCertificate, zoneA, strangerPEM, strangerKey)

			pull := func() (string, error) {
				response, err := h.s.Pull(t.Context(), zoneA, api, address, roots)
				if err != nil {
					return "", err
				}
				defer response.Body.Close()
				text, err := io.ReadAll(response.Body)
				return string(text), err
			}
			if _, err := pull(); err == nil {
				t.Error("the origin accepts a client without a certificate")
			}
			h.s.AddAssociation(zoneA, api, stranger, true)
			if _, err := pull(); err == nil {
				t.Error("the origin accepts a stranger's certificate")
			}
			h.s.AddAssociation(zoneA, api, trusted, true)
			text, err := pull()
			if err != nil || text != "api.example.com, SNI api.example.com, trusted" {
				t.Errorf("the answer is %q, %v", text, err)
			}
			h.s.AddAssociation(zoneA, api, trusted, false)
			if _, err := pull(); err == nil {
				t.Error("the origin accepts the request although the association is disabled")
			}
		})
	}
}

func TestPullRefusesAnUnknownOrigin(t *testing.T) {
	h := start(t)
	address, _, _ := origin(t, api, tls.VersionTLS13)
	response, err := h.s.Pull(t.Context(), zoneA, api, address, x509.NewCertPool())
	if err == nil {
		response.Body.Close()
		t.Fatal("the pull must fail")
	}
	if !strings.Contains(err.Error(), "unknown authority") {
		t.Error(err)
	}
}

func TestPullSendsTheChain(t *testing.T) {
	h := start(t)
	leaf, key := newPair(t, "leaf")
	other, _ := newPair(t, "intermediate", asCA)
	h.s.AddAssociation(zoneA, api, h.s.AddCertificate(HostnameCertificate, zoneA, leaf+other, key), true)
	pair, _, _ := h.s.Presents(zoneA, api)
	if len(pair.Certificate) != 2 {
		t.Errorf("%d certificates", len(pair.Certificate))
	}
	if block, _ := pem.Decode([]byte(leaf)); !bytes.Equal(pair.Certificate[0], block.Bytes) {
		t.Error("the first certificate is not the leaf")
	}
}

func TestControlPull(t *testing.T) {
	h := start(t)
	certPEM, keyPEM := newPair(t, "trusted", clientUse)
	address, _, rootPEM := origin(t, api, tls.VersionTLS13, certPEM)
	body := string(encode(map[string]string{"origin": address, "roots": rootPEM}))
	if text := h.sim("POST", "/edge/"+zoneA+"/"+api, body, 200); !strings.Contains(text, `"error"`) {
		t.Error(text)
	}
	h.s.AddAssociation(zoneA, api, h.s.AddCertificate(HostnameCertificate, zoneA, certPEM, keyPEM), true)
	var answer struct {
		Status int    `json:"status"`
		Body   string `json:"body"`
	}
	noError(t, json.Unmarshal([]byte(h.sim("POST", "/edge/"+zoneA+"/"+api, body, 200)), &answer))
	if answer.Status != 200 || !strings.HasSuffix(answer.Body, "trusted") {
		t.Errorf("the answer is %+v", answer)
	}
}
