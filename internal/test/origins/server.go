// Package origins runs real web servers in tests. It uses the files of examples/origins themselves, which the guide "The origin's
// side" shows, so that the tests cover what the guide shows.
package origins

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// Files is the directory of the servers' files.
var Files = filepath.Join(acctest.Root(), "examples", "origins")

// Identity is the server certificate that an origin presents to the edge.
type Identity struct {
	certtest.Pair
	Roots *x509.CertPool // the roots that the edge trusts
}

// NewIdentity returns a new identity for these hostnames.
func NewIdentity(t testing.TB, hostnames ...string) Identity {
	t.Helper()
	ca := certtest.CA(t, "authority of the origins")
	return Identity{ca.Issue(t, "origin", certtest.Server(hostnames...)), ca.Pool()}
}

// Server is a server that runs in the foreground. The application behind it answers with the subject that it receives.
type Server struct {
	kind        Kind
	binary, dir string
	address     string // the address on which it listens
	application *httptest.Server
	trusted     []certtest.Pair
	way         Way
	process     *os.Process
	exited      <-chan struct{}
}

// Installed reports whether this kind of server is installed. In CI, which installs all of them, it fails the test if not.
func (k Kind) Installed(t testing.TB) bool {
	t.Helper()
	_, err := k.find()
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	return err == nil
}

// find returns the path of the binary.
func (k Kind) find() (string, error) {
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("%s is run on Linux only: /proc shows when a reload has ended", k.Name)
	}
	if k.besides != "" {
		if _, err := os.Stat(k.besides); err != nil {
			return "", fmt.Errorf("%s is missing: %w", k.Name, err)
		}
	}
	return acctest.Find(k.Name)
}

// Start starts the server, or skips the test if it is not installed. At first, the server trusts no authority of the test.
func Start(t testing.TB, k Kind, way Way, id Identity) *Server {
	t.Helper()
	if !k.Installed(t) {
		t.Skipf("%s is not installed, so examples/origins/%s is not tested", k.Name, k.File)
	}
	s := &Server{kind: k, dir: t.TempDir(), way: way, trusted: []certtest.Pair{id.Pair}}
	s.binary, _ = k.find()
	s.application = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("X-Client-Subject"))
	}))
	t.Cleanup(s.application.Close)
	s.write(t, "server.key", id.PrivateKey)
	s.write(t, "server.pem", id.Certificate+id.PrivateKey) // HAProxy needs both in one file
	s.write(t, "around.conf", k.around)
	for range 3 {
		if s.start(t) {
			return s
		}
	}
	t.Fatalf("%s does not start:\n%s", k.Name, s.Log(t))
	return nil
}

// configure writes the file of examples/origins, with the addresses and paths of the test.
func (s *Server) configure(t testing.TB) {
	t.Helper()
	_, port, _ := net.SplitHostPort(s.address)
	own := acctest.ReadFile(t, filepath.Join(Files, s.kind.File))
	for _, swap := range [][2]string{
		{s.kind.listen[0], strings.NewReplacer("ADDRESS", s.address, "PORT", port).Replace(s.kind.listen[1])},
		s.kind.swap(s.way),
		{"/etc/" + s.kind.Name + "/tls/", s.dir + "/"},
		{"127.0.0.1:8080", s.application.Listener.Addr().String()},
	} {
		if !strings.Contains(own, swap[0]) {
			t.Fatalf("%s no longer contains %q", s.kind.File, swap[0])
		}
		own = strings.ReplaceAll(own, swap[0], swap[1])
	}
	// HAProxy logs to the target of its global section, so this does nothing for it.
	own = strings.ReplaceAll(own, "/var/log/"+s.kind.Name+"/", s.dir+"/")
	s.write(t, "origin.conf", s.trust(t, own))
}

// trust writes the trusted authorities into one file, or into one file each if a file may contain only one.
func (s *Server) trust(t testing.TB, configuration string) string {
	t.Helper()
	const name = "origin-pull-ca.pem"
	bundle, lines := "", ""
	for i, ca := range s.trusted {
		bundle += ca.Certificate
		s.write(t, fmt.Sprint(i, name), ca.Certificate)
		lines += s.kind.caFile + filepath.Join(s.dir, fmt.Sprint(i, name)) + "\n"
	}
	s.write(t, name, bundle)
	if s.kind.caFile == "" {
		return configuration
	}
	return strings.Replace(configuration, s.kind.caFile+filepath.Join(s.dir, name)+"\n", lines, 1)
}

// Trust makes the server trust these authorities, or self-signed leaves, and no others. It returns when that holds for every new
// connection. Open connections continue.
func (s *Server) Trust(t testing.TB, cas ...certtest.Pair) {
	t.Helper()
	s.trusted = cas
	s.configure(t)
	former := Children(t, s.process.Pid)
	s.kind.reload(t, s)
	acctest.Until(t, "the reload of "+s.kind.Name, func() bool { return s.reloaded(t, former) })
}

// Address returns the address on which the server listens.
func (s *Server) Address() string { return s.address }

// Log returns the output of the server and its log of requests.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	return acctest.ReadIfThere(t, filepath.Join(s.dir, "output.log")) + acctest.ReadIfThere(t, filepath.Join(s.dir, "origin-pull.log"))
}

func (s *Server) write(t testing.TB, name, content string) {
	t.Helper()
	acctest.WriteFile(t, filepath.Join(s.dir, name), content)
}

var title = regexp.MustCompile(`<title>(.*)</title>`)

// Pull makes the edge of acctest.Zone request a page of a hostname from an origin. It returns the body, which is the subject of the
// certificate that the application has received. If the origin rejects the request, it returns how: the error of the connection,
// or the title of the page.
func Pull(ctx context.Context, sim *simulator.Server, hostname, address string, roots *x509.CertPool) (subject, refusal string) {
	response, err := sim.Pull(ctx, acctest.Zone, hostname, address, roots)
	if err != nil {
		return "", err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return "", err.Error()
	case response.StatusCode != http.StatusOK:
		return "", response.Status + ": " + title.FindStringSubmatch(string(body) + "<title></title>")[1]
	}
	return string(body), ""
}
