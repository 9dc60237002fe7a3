package e2e

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// uploads records the private keys that arrive at a world's API, which is the only place that they may reach. If while is
// set, it is called during each upload.
type uploads struct {
	mu    sync.Mutex
	keys  []string
	while func()
}

// recordUploads puts a recorder in front of a world's API. Call it before anything that uses the world's URL.
func recordUploads(t *testing.T, w *acctest.World) *uploads {
	t.Helper()
	u := &uploads{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if key := privateKeyIn(body); key != "" {
			u.mu.Lock()
			u.keys = append(u.keys, key)
			if u.while != nil {
				u.while()
			}
			u.mu.Unlock()
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.Sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.URL = server.URL + "/client/v4"
	return u
}

// privateKeyIn returns the private key in a request body, or "".
func privateKeyIn(body []byte) string {
	var upload struct {
		PrivateKey string `json:"private_key"`
	}
	_ = json.Unmarshal(body, &upload) // a body that is not JSON has no key
	return upload.PrivateKey
}

// forms returns all the forms in which somebody could write down a private key. They are the lines of its PEM, its DER in
// each encoding, and its secret numbers. Each number is there raw, in hexadecimal and decimal digits, in Base64 at each
// offset, and as Go prints bytes.
func forms(t *testing.T, key string) []string {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		t.Fatalf("the key is not PEM: %q", key)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	acctest.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(parsed.(crypto.Signer).Public())
	acctest.NoError(t, err)
	var all []string
	for line := range strings.Lines(key) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		// The DER of a private key contains the public key. Its lines may be in the certificate too, so they are not secret.
		if err == nil && len(raw) > needleBegin && !bytes.Contains(public, raw) {
			all = append(all, strings.TrimSpace(line))
		}
	}
	secrets := [][]byte{block.Bytes}
	var numbers []*big.Int
	switch k := parsed.(type) {
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		acctest.NoError(t, err)
		scalar, err := k.Bytes()
		acctest.NoError(t, err)
		secrets, numbers = append(secrets, der), append(numbers, new(big.Int).SetBytes(scalar))
	case *rsa.PrivateKey:
		secrets, numbers = append(secrets, x509.MarshalPKCS1PrivateKey(k)), append(append(numbers, k.D), k.Primes...)
	default:
		t.Fatalf("the key is a %T", parsed)
	}
	for _, n := range numbers {
		secrets = append(secrets, n.Bytes())
		all = append(all, n.String())
	}
	for _, secret := range secrets {
		all = append(all, string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), strings.Trim(fmt.Sprintf("%d", secret), "[]"))
		for offset := range 3 {
			padded := append(make([]byte, offset), secret...)
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := encoding.EncodeToString(padded)
				all = append(all, text[4:len(text)-4]) // the digits at both ends depend on the neighbouring bytes
			}
		}
	}
	return all
}

// needles are texts to search for, indexed by their first bytes. That makes it fast to search a log of many megabytes for
// a thousand texts.
type needles map[string][]string

const needleBegin = 12 // bytes

func newNeedles(texts []string) needles {
	n := needles{}
	for _, text := range texts {
		n[text[:needleBegin]] = append(n[text[:needleBegin]], text)
	}
	return n
}

// in returns a needle that occurs in text, or "".
func (n needles) in(text string) string {
	for i := range len(text) - needleBegin + 1 {
		for _, needle := range n[text[i:i+needleBegin]] {
			if strings.HasPrefix(text[i:], needle) {
				return needle
			}
		}
	}
	return ""
}

// files returns the contents of all files in some folders, by path.
func files(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return nil //nolint:nilerr // a file that has been deleted meanwhile holds no key
			}
			raw, err := os.ReadFile(path)
			if err == nil {
				found[path] = string(raw)
			}
			return nil
		})
		acctest.NoError(t, err)
	}
	return found
}

const generatedKeys = `
variable "ca_key" {
  type      = string
  ephemeral = true
}
variable "name" {
  default = "one"
}
resource "origintls_zone_certificate" "c" {
  zone_id = "` + acctest.Zone + `"
  generate = {
    common_name       = "zone ${var.name}"
    ca_certificate    = file("ca.pem")
    ca_private_key_wo = var.ca_key
  }
  verify_origins = [{ address = "ORIGIN", server_name = "www.example.com" }]
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_certificate" "c" {
  zone_id = "` + acctest.Zone + `"
  generate = {
    common_name   = "hostname ${var.name}"
    key_algorithm = "RSA_2048"
  }
  lifecycle { create_before_destroy = true }
}
resource "origintls_hostname_association" "a" {
  zone_id        = "` + acctest.Zone + `"
  hostname       = "api.example.com"
  certificate_id = origintls_hostname_certificate.c.id
}
`

// The private keys of generated certificates and of their CA are stored and printed nowhere, in no form. That holds
// after a success, after each kind of failure, and during an upload.
func TestAccGeneratedKeysAreNowhere(t *testing.T) {
	w := acctest.New(t)
	recorded := recordUploads(t, w)
	j := newJournal(t, w)
	ca := certtest.CA(t, "ca", func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().AddDate(-1, 0, 0), time.Now().AddDate(2, 0, 0)
	})
	o := origins.StartStandIn(t, origins.NewIdentity(t, "www.example.com"))
	o.Trust(t, ca)
	temporary := t.TempDir()
	t.Parallel()
	j.cli.Env = append(j.cli.Env, "TMPDIR="+temporary, "TF_VAR_ca_key="+ca.PrivateKey)
	j.cli.Write("ca.pem", ca.Certificate)
	j.cli.Write("main.tf", strings.ReplaceAll(generatedKeys, "ORIGIN", o.Address()))
	var during []map[string]string
	recorded.while = func() { during = append(during, files(t, j.cli.Dir(), temporary)) } // without the log, which only grows: it is searched at the end
	rename := func(name string) { j.cli.Env = append(j.cli.Env, "TF_VAR_name="+name) }

	j.cli.SetClock(-65 * 24 * time.Hour) // origins use the machine's clock, so the provider's clock starts in the past
	j.run(0, "plan", "-no-color", "-out=saved.tfplan")
	j.run(0, "show", "-json", "saved.tfplan")
	j.run(0, "apply", "-no-color", "saved.tfplan")
	j.run(0, "plan", "-detailed-exitcode", "-no-color")
	j.run(0, "show", "-json")
	j.cli.SetClock(0)
	j.run(0, "apply", "-auto-approve", "-json")

	// Each kind of failure: lost and unusable answers, a rejected upload, a deployment timeout, an origin that rejects the
	// certificate, and a wrong key.
	for name, fault := range map[string]simulator.Action{
		"lost": {ResetAfter: true}, "html": {Status: 502, HTML: true}, "cut": {Truncate: true}, "refused": {Status: 400, Code: 1400, Message: "no"},
	} {
		w.Sim.AddFault(simulator.Fault{Name: name, Method: "POST", Times: 1, Do: fault})
		rename(name)
		r := j.cli.Run("apply", "-auto-approve", "-no-color")
		j.out.WriteString(r.Output)
		w.Sim.ClearFaults()
		j.run(0, "apply", "-auto-approve", "-no-color")
	}
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = true })
	rename("timed out")
	j.run(1, "apply", "-auto-approve", "-no-color")
	w.Sim.Behave(func(b *simulator.Behaviour) { b.TimeOutDeployments = false })
	o.Trust(t)
	rename("not trusted")
	w.Sim.ClearRequests()
	j.run(1, "apply", "-auto-approve", "-no-color", "-target=origintls_zone_certificate.c")
	if n := w.Sent("POST"); n > 0 {
		t.Errorf("%d certificates were uploaded although the origin rejects them", n)
	}
	if !strings.Contains(j.out.String(), "Unable to verify origin") {
		t.Error("the origin rejected no certificate, so this test proves less than it says")
	}
	o.Trust(t, ca)
	j.cli.Env = append(j.cli.Env, "TF_VAR_ca_key="+certtest.CA(t, "other").PrivateKey)
	j.run(1, "apply", "-auto-approve", "-no-color")
	j.cli.Env = append(j.cli.Env, "TF_VAR_ca_key="+ca.PrivateKey[:len(ca.PrivateKey)/2])
	j.run(1, "plan", "-no-color")
	j.cli.Env = append(j.cli.Env, "TF_VAR_ca_key="+ca.PrivateKey)
	j.run(0, "apply", "-auto-approve", "-no-color")
	j.run(0, "destroy", "-auto-approve", "-no-color")
	w.WantNothingLive()

	if len(recorded.keys) < 12 || len(during) < 12 {
		t.Fatalf("only %d keys were uploaded, so this test proves less than it says", len(recorded.keys))
	}
	secrets := forms(t, ca.PrivateKey)
	for _, key := range recorded.keys {
		secrets = append(secrets, forms(t, key)...)
	}
	search := newNeedles(secrets)
	if search.in("x"+secrets[len(secrets)-1]+"x") == "" {
		t.Fatal("the search does not find a key that is there")
	}
	for _, found := range append(during, j.places(), files(t, j.cli.Dir(), temporary)) {
		for place, content := range found {
			if secret := search.in(content); secret != "" {
				t.Errorf("%s holds a form of a key: %q", place, secret[:min(len(secret), 40)])
			}
		}
	}
	// These places hold the certificates, so the test would find a key that was written there.
	for _, place := range []string{"terraform.tfstate.backup", "output"} {
		if !strings.Contains(j.places()[place], "BEGIN CERTIFICATE") {
			t.Errorf("%s holds no certificate either, so this test proves less than it says", place)
		}
	}
}
