package simulator

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	zoneA = "0123456789abcdef0123456789abcdef"
	zoneB = "ffffffffffffffffffffffffffffffff"

	zonePath     = "/client/v4/zones/" + zoneA + "/origin_tls_client_auth"
	hostnamePath = zonePath + "/hostnames"
	certPath     = hostnamePath + "/certificates"
	settingsPath = zonePath + "/settings"
)

var kinds = map[Kind]string{ZoneCertificate: zonePath, HostnameCertificate: certPath}

// testClock is a clock that only moves when a test moves it.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// harness is a simulator with a clock that the test moves.
type harness struct {
	t     *testing.T
	s     *Server
	clock *testClock
}

func start(t *testing.T, changes ...func(*Behaviour)) *harness {
	t.Helper()
	b := Defaults()
	b.DeployAfter, b.AssociateAfter = Duration(2*time.Second), Duration(2*time.Second) // the same as the other durations
	for _, change := range changes {
		change(&b)
	}
	clock := &testClock{now: time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)}
	return &harness{t: t, clock: clock, s: New(Options{Now: clock.Now, Behaviour: b})}
}

func (h *harness) later(d time.Duration) {
	h.clock.mu.Lock()
	defer h.clock.mu.Unlock()
	h.clock.now = h.clock.now.Add(d)
}

// got is a decoded answer.
type got struct {
	status int
	header http.Header
	raw    string
	code   int // the code of the first error
	errs   []apiError
	fields map[string]any   // result, if it is an object
	rows   []map[string]any // result, if it is a list
	info   *resultInfo
}

func (g got) str(name string) string {
	text, _ := g.fields[name].(string)
	return text
}

func (h *harness) do(method, path, body string) got {
	h.t.Helper()
	return h.doWith(method, path, body, func(r *http.Request) { r.Header.Set("Authorization", "Bearer token") })
}

func (h *harness) doWith(method, path, body string, change func(*http.Request)) got {
	h.t.Helper()
	request := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(body))
	change(request)
	recorder := httptest.NewRecorder()
	h.s.ServeHTTP(recorder, request)
	return decode(h.t, recorder.Code, recorder.Header(), recorder.Body.String())
}

func decode(t *testing.T, status int, header http.Header, body string) got {
	t.Helper()
	g := got{status: status, header: header, raw: body}
	var e struct {
		Success bool            `json:"success"`
		Errors  []apiError      `json:"errors"`
		Result  json.RawMessage `json:"result"`
		Info    *resultInfo     `json:"result_info"`
	}
	if json.Unmarshal([]byte(body), &e) != nil {
		return g
	}
	if e.Success != (status < 300) {
		t.Errorf("success is %v with status %d: %s", e.Success, status, body)
	}
	g.info, g.errs = e.Info, e.Errors
	if len(e.Errors) > 0 {
		g.code = e.Errors[0].Code
	}
	_ = json.Unmarshal(e.Result, &g.fields) // only one of the two calls succeeds
	_ = json.Unmarshal(e.Result, &g.rows)
	return g
}

// want checks the status and the code of the first error.
func (g got) want(t *testing.T, status, code int) got {
	t.Helper()
	if g.status != status || g.code != code {
		t.Fatalf("answered %d code %d, want %d code %d: %s", g.status, g.code, status, code, g.raw)
	}
	return g
}

func (g got) wantStatus(t *testing.T, status string) got {
	t.Helper()
	g.want(t, http.StatusOK, 0)
	if g.str("status") != status {
		t.Fatalf("status is %q, want %q", g.str("status"), status)
	}
	return g
}

// upload uploads a pair and returns the id.
func (h *harness) upload(kind Kind, certPEM, keyPEM string) string {
	h.t.Helper()
	return h.do("POST", kinds[kind], uploadBody(certPEM, keyPEM)).want(h.t, 200, 0).str("id")
}

// deployed uploads a new pair and moves the clock until it is deployed.
func (h *harness) deployed(kind Kind) string {
	h.t.Helper()
	certPEM, keyPEM := newPair(h.t, "fresh")
	id := h.upload(kind, certPEM, keyPEM)
	h.later(2 * time.Second)
	return id
}

func uploadBody(certPEM, keyPEM string) string {
	return string(encode(wireUpload{Certificate: certPEM, PrivateKey: keyPEM}))
}

func configBody(rows ...wireAssociateRow) string {
	return string(encode(wireAssociate{Config: rows}))
}

func row(hostname, id string, enabled *bool) wireAssociateRow {
	return wireAssociateRow{Hostname: hostname, CertID: id, Enabled: enabled}
}

func (h *harness) put(rows ...wireAssociateRow) got {
	h.t.Helper()
	return h.do("PUT", hostnamePath, configBody(rows...))
}

func newPair(t *testing.T, name string, changes ...func(*x509.Certificate)) (certPEM, keyPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return selfSigned(t, name, key, changes...), keyToPEM(t, key)
}

func selfSigned(t *testing.T, name string, key crypto.Signer, changes ...func(*x509.Certificate)) string {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, OrganizationalUnit: []string{"tests"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func keyToPEM(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
