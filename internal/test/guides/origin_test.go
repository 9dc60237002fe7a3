package guides

import (
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// origin is the reader's nginx, with /etc/nginx and /var/log/nginx in a directory of the test's.
type origin struct {
	t    *testing.T
	dir  string
	port string
	pem  string // of the authority that signed its certificate
	pool *x509.CertPool
}

// newOrigin installs nginx, which serves "the page" once there is a site and start has been called.
func (g *walk) newOrigin() *origin {
	g.t.Helper()
	binary := acctest.Program(g.t, "nginx")
	ca := certtest.CA(g.t, "authority of the origin")
	pair := ca.Issue(g.t, "origin", func(c *x509.Certificate) {
		c.DNSNames, c.ExtKeyUsage = []string{"example.com", "www.example.com", "shop.example.com"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	o := &origin{t: g.t, dir: filepath.Join(g.home, "nginx"), port: freePort(g.t), pem: ca.Certificate, pool: x509.NewCertPool()}
	o.pool.AddCert(ca.Leaf)
	etc, user := filepath.Join(o.dir, "etc"), ""
	if os.Getuid() == 0 {
		user = "user root;\n" // else the workers are nobody, who may not read the test's directory
	}
	for name, text := range map[string]string{
		"etc/tls/server.pem": pair.Certificate, "etc/tls/server.key": pair.PrivateKey, "html/index.html": "the page", "log/error.log": "",
		"etc/nginx.conf": user + "daemon off;\npid nginx.pid;\nerror_log log/error.log notice;\nevents {}\nhttp {\n" +
			"  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;\n" +
			"  access_log off;\n  include " + etc + "/site.conf;\n}\n",
	} {
		g.put(filepath.Join(o.dir, name), text)
	}
	run := "exec '" + binary + "' -p '" + o.dir + "' -e log/error.log -c etc/nginx.conf"
	g.put(filepath.Join(g.home, "bin", "nginx"), "#!/bin/sh\n"+run+" \"$@\"\n")
	g.origin = o
	return o
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// startOrigin starts nginx; it ends with the test.
func (g *walk) startOrigin() {
	g.t.Helper()
	o := g.origin
	cmd := g.shell(g.t.Context(), "exec nginx")
	if err := cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		_ = cmd.Wait() // the log says how it ended
		if g.t.Failed() {
			g.t.Logf("nginx's log:\n%s", o.log("error.log"))
		}
	})
	g.world.Until(func() bool { return len(o.workers()) > 0 })
}

func (o *origin) log(name string) string {
	o.t.Helper()
	return acctest.ReadFile(o.t, filepath.Join(o.dir, "log", name))
}

var (
	started = regexp.MustCompile(`start worker process (\d+)`)
	ended   = regexp.MustCompile(`worker process (\d+) exited`)
)

// workers are the ids of the worker processes that run.
func (o *origin) workers() map[string]bool {
	ids := map[string]bool{}
	if o == nil {
		return ids
	}
	log := o.log("error.log")
	for _, m := range started.FindAllStringSubmatch(log, -1) {
		ids[m[1]] = true
	}
	for _, m := range ended.FindAllStringSubmatch(log, -1) {
		delete(ids, m[1])
	}
	return ids
}

// reloaded returns when the workers that were there before have gone: until then they go on accepting.
func (o *origin) reloaded(before map[string]bool) {
	o.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		now, old := o.workers(), false
		for id := range before {
			old = old || now[id]
		}
		if len(now) > 0 && !old {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("nginx does not reload:\n%s", o.log("error.log"))
		}
	}
}

// visit asks for a page through Cloudflare, and returns the status and what the origin says.
func (g *walk) visit(hostname string) (status int, body string) {
	g.t.Helper()
	response, err := g.world.Sim.Pull(g.t.Context(), acctest.Zone, hostname, "127.0.0.1:"+g.origin.port, g.origin.pool)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(raw))
}

// served fails unless the origin answers what comes through Cloudflare.
func (g *walk) served(hostname string) {
	g.t.Helper()
	if status, body := g.visit(hostname); status != http.StatusOK {
		g.t.Errorf("in %q of %s, the origin answers Cloudflare %d: %s", g.section, g.page.path, status, body)
	}
}

// seesOfEdge fails unless the origin serves Cloudflare, and says this of the certificate in its log.
func (g *walk) seesOfEdge(verdict string) {
	g.t.Helper()
	before := g.origin.log("origin-pull.log")
	g.served("example.com")
	g.logged(before, " 200 "+verdict)
}

// logged looks for what the log says since before. It waits, because nginx answers first.
func (g *walk) logged(before, want string) {
	g.t.Helper()
	g.world.Until(func() bool { return g.origin.log("origin-pull.log") != before })
	g.out = strings.TrimPrefix(g.origin.log("origin-pull.log"), before)
	g.shows(want)
}

// presents is the name on the certificate that the edge presents, "" if it presents none.
func (g *walk) presents(hostname string) string {
	g.t.Helper()
	pair, _, ok := g.world.Sim.Presents(acctest.Zone, hostname)
	if !ok {
		return ""
	}
	return pair.Leaf.Subject.CommonName
}
