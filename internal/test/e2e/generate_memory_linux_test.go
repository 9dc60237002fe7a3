package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// pieces are byte strings that are in memory if a private key is, by the form that they come from. They are so short
// that the search also finds a copy that is partly overwritten.
type pieces map[string][]string

// piecesOf returns the pieces of a key in PEM, as the provider sends it.
func piecesOf(t *testing.T, key string) pieces {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	acctest.NoError(t, err)
	var numbers [][]byte
	switch k := parsed.(type) {
	case *ecdsa.PrivateKey:
		scalar, err := k.Bytes()
		acctest.NoError(t, err)
		numbers = append(numbers, scalar)
	case *rsa.PrivateKey:
		for _, n := range append([]*big.Int{k.D, k.Precomputed.Dp, k.Precomputed.Dq, k.Precomputed.Qinv}, k.Primes...) {
			numbers = append(numbers, n.Bytes())
		}
	default:
		t.Fatalf("the key is a %T", parsed)
	}
	const size = 16
	p := pieces{}
	for _, number := range numbers {
		reversed := slices.Clone(number)
		slices.Reverse(reversed)
		for at := 0; at+size <= len(number); at += size / 2 {
			p["number"] = append(p["number"], string(number[at:at+size]))
			p["limbs"] = append(p["limbs"], string(reversed[at:at+size])) // as a big.Int has them on a little-endian machine
		}
		at := bytes.Index(block.Bytes, number)
		p["DER"] = append(p["DER"], string(block.Bytes[at-size/2:at+size/2]))
	}
	secret := func(text string) bool {
		raw, err := base64.StdEncoding.DecodeString(text)
		return err == nil && slices.ContainsFunc(numbers, func(number []byte) bool { return bytes.Contains(number, raw) })
	}
	lines := strings.Split(key, "\n")
	for i, line := range lines {
		for at := 0; at+size <= len(line); at += 4 {
			if text := line[at : at+size]; secret(text) {
				p["Base64"] = append(p["Base64"], text)
			}
		}
		if n := len(line) - size; n >= 0 && secret(line[n:]) {
			p["JSON"] = append(p["JSON"], line[n:]+`\n`)
			p["PEM"] = append(p["PEM"], line[n:]+"\n"+lines[i+1][:4])
		}
	}
	for _, form := range []string{"number", "limbs", "DER", "Base64", "JSON", "PEM"} {
		if len(p[form]) == 0 {
			t.Fatalf("there are no pieces of the form %s", form)
		}
	}
	return p
}

// in counts the copies of each form in a process's memory: the highest number of occurrences of one of its pieces.
func (p pieces) in(t *testing.T, pid string) map[string]int {
	t.Helper()
	type needle struct{ form, text string }
	begins := make([]bool, 1<<16)
	needles := map[string][]needle{}
	for form, texts := range p {
		for _, text := range texts {
			begins[int(text[0])<<8|int(text[1])] = true
			needles[text[:8]] = append(needles[text[:8]], needle{form, text})
		}
	}
	counts := map[needle]int{}
	for _, memory := range memoryOf(t, pid) {
		for i := range len(memory) - 8 {
			if !begins[int(memory[i])<<8|int(memory[i+1])] {
				continue
			}
			for _, n := range needles[string(memory[i:i+8])] {
				if bytes.HasPrefix(memory[i:], []byte(n.text)) {
					counts[n]++
				}
			}
		}
	}
	most := map[string]int{}
	for n, count := range counts {
		most[n.form] = max(most[n.form], count)
	}
	return most
}

// memoryOf reads the parts of a process's memory that are readable.
func memoryOf(t *testing.T, pid string) [][]byte {
	t.Helper()
	mappings, err := os.ReadFile("/proc/" + pid + "/maps")
	acctest.NoError(t, err)
	memory, err := os.Open("/proc/" + pid + "/mem")
	acctest.NoError(t, err)
	defer func() { _ = memory.Close() }()
	var all [][]byte
	for mapping := range strings.Lines(string(mappings)) {
		var from, to uint64
		var access string
		if _, err := fmt.Sscanf(mapping, "%x-%x %s", &from, &to, &access); err != nil {
			t.Fatal(err)
		}
		if access[0] != 'r' || strings.Contains(mapping, "[v") {
			continue // the kernel's own mappings cannot be read
		}
		content := make([]byte, to-from)
		if n, err := memory.ReadAt(content, int64(from)); err == nil || n > 0 {
			all = append(all, content[:n])
		}
	}
	return all
}

// processesOf returns the child processes of parent that run a program of this name.
func processesOf(t *testing.T, parent int, program string) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	acctest.NoError(t, err)
	var pids []string
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid := filepath.Base(filepath.Dir(path))
		executable, _ := os.Readlink("/proc/" + pid + "/exe")
		_, rest, _ := strings.Cut(string(raw), ") ")
		if fields := strings.Fields(rest); fields[1] == fmt.Sprint(parent) && filepath.Base(executable) == program {
			pids = append(pids, pid)
		}
	}
	return pids
}

// bystander is another zone. Its requests get no answer, so that the provider keeps running while the test reads its memory.
const bystander = "0123456789abcdef0123456789abcdef"

// observedAPI is a world's API that stops during the first upload, and again after it.
type observedAPI struct {
	*httptest.Server
	key    chan string   // receives the key of the upload
	answer chan struct{} // the upload is answered once this is closed
	resume chan struct{} // everything is answered once this is closed
}

func observe(t *testing.T, w *acctest.World, secure, http2 bool) *observedAPI {
	t.Helper()
	api := &observedAPI{key: make(chan string), answer: make(chan struct{}), resume: make(chan struct{})}
	var uploaded atomic.Bool
	api.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if http2 != (r.ProtoMajor == 2) {
			t.Errorf("the provider uses %s", r.Proto)
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		switch key := privateKeyIn(body); {
		case key != "" && uploaded.CompareAndSwap(false, true):
			api.key <- key
			<-api.answer
		case strings.Contains(r.URL.Path, "/origin_tls_client_auth/"), strings.Contains(r.URL.Path, bystander):
			<-api.resume // the provider reads a certificate only after its upload
		}
		w.Sim.ServeHTTP(rw, r)
	}))
	t.Cleanup(api.Close)
	if api.EnableHTTP2 = http2; secure {
		api.StartTLS()
	} else {
		api.Start()
	}
	return api
}

// keyMemory is a way to use and upload a key.
type keyMemory struct {
	algorithm     string
	secure, http2 bool
	origin        bool // the provider probes an origin before the upload
	fault         *simulator.Action
}

// The private key of a generated certificate is in the provider's memory during the upload. After the upload it is not
// there in any form, whether the upload succeeded or not.
func TestAccGeneratedKeysLeaveTheMemory(t *testing.T) {
	for name, c := range map[string]keyMemory{
		"P-256":             {algorithm: "ECDSA_P256"},
		"P-256, HTTPS":      {algorithm: "ECDSA_P256", secure: true},
		"P-256, HTTP 2":     {algorithm: "ECDSA_P256", secure: true, http2: true},
		"P-384":             {algorithm: "ECDSA_P384"},
		"RSA":               {algorithm: "RSA_2048"},
		"RSA, HTTP 2":       {algorithm: "RSA_2048", secure: true, http2: true},
		"P-256, an origin":  {algorithm: "ECDSA_P256", origin: true},
		"RSA, an origin":    {algorithm: "RSA_2048", origin: true},
		"lost and found":    {algorithm: "ECDSA_P256", fault: &simulator.Action{ResetAfter: true}},
		"retried":           {algorithm: "ECDSA_P256", secure: true, http2: true, fault: &simulator.Action{Status: http.StatusTooManyRequests}},
		"refused":           {algorithm: "ECDSA_P256", fault: &simulator.Action{Status: http.StatusBadRequest, Code: 1400, Message: "no"}},
		"refused, over TLS": {algorithm: "RSA_2048", secure: true, fault: &simulator.Action{Status: http.StatusBadRequest, Code: 1400, Message: "no"}},
	} {
		t.Run(name, func(t *testing.T) {
			switch {
			case runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64":
				t.Skip("this build of Go does not erase memory")
			case os.Getenv(acctest.RaceVariable) != "":
				t.Skip("the race detector maps terabytes, which cannot be read")
			}
			c.run(t)
		})
	}
}

func (c keyMemory) run(t *testing.T) {
	t.Helper()
	w, cli := acctest.Start(t)
	api := observe(t, w, c.secure, c.http2)
	cmd, out := cli.Command("apply", "-auto-approve", "-no-color")
	cmd.Env = append(cmd.Env, "CLOUDFLARE_BASE_URL="+api.URL+"/client/v4")
	if c.secure {
		cli.Write("api.pem", certtest.Encode("CERTIFICATE", api.Certificate().Raw))
		cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+filepath.Join(cli.Dir(), "api.pem"))
	}
	if c.fault != nil {
		w.Sim.AddFault(simulator.Fault{Method: http.MethodPost, Times: 1, Do: *c.fault})
	}
	arguments, verify := fmt.Sprintf("    key_algorithm = %q\n", c.algorithm), ""
	if c.origin {
		ca := certtest.CA(t, "ca", ends(800))
		o := origins.StartStandIn(t, origins.NewIdentity(t, "www.example.com"))
		o.Trust(t, ca)
		givenCA(cli, ca)
		arguments += inFiles
		verify = fmt.Sprintf("  verify_origins = [{ address = %q, server_name = \"www.example.com\" }]", o.Address())
	}
	cli.Write("main.tf", acctest.Generated("zone", "c", "pull", arguments, verify)+strings.ReplaceAll(acctest.Setting(true), acctest.Zone, bystander))

	acctest.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() { close(api.resume); <-ended }() // killing the CLI would leave its provider running
	var sought pieces
	select {
	case key := <-api.key:
		sought = piecesOf(t, key)
	case <-ended:
		t.Fatalf("the apply has uploaded nothing:\n%s", out.String())
	}
	provider := ""
	for _, pid := range processesOf(t, cmd.Process.Pid, "terraform-provider-origintls") {
		if during := sought.in(t, pid); len(during) > 0 {
			provider = pid
			t.Logf("copies during the upload: %v", during)
		}
	}
	close(api.answer)
	if provider == "" {
		t.Fatal("the memory does not hold the key during the upload either, so this test proves nothing")
	}
	var after map[string]int
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if after = sought.in(t, provider); len(after) == 0 || time.Now().After(deadline) {
			break
		}
	}
	if len(after) > 0 {
		t.Errorf("copies after the upload: %v", after)
	}
}
