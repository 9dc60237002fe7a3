package guides

import (
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/origins"
)

// origin is the reader's nginx, with /etc/nginx and /var/log/nginx in a directory of the test.
type origin struct {
	origins.Identity

	t       *testing.T
	dir     string
	port    string
	process *os.Process // nginx, once it has started
}

// newOrigin installs nginx. Once there is a site and start has been called, it serves "the page".
func (g *walk) newOrigin() *origin {
	g.t.Helper()
	binary := acctest.Program(g.t, "nginx")
	id := origins.NewIdentity(g.t, "example.com", "www.example.com", "shop.example.com")
	_, port, _ := net.SplitHostPort(origins.FreeAddress(g.t))
	o := &origin{Identity: id, t: g.t, dir: filepath.Join(g.home, "nginx"), port: port}
	etc, user := filepath.Join(o.dir, "etc"), ""
	if os.Getuid() == 0 {
		user = "user root;\n" // otherwise the workers run as nobody, who may not read the test's directory
	}
	for name, text := range map[string]string{
		"etc/tls/server.pem": id.Certificate, "etc/tls/server.key": id.PrivateKey, "html/index.html": "the page", "log/error.log": "",
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

// fillOrigin replaces what all pages about the origin of a hostname show: its address, port and directories.
func (g *walk) fillOrigin(hostname string) {
	g.t.Helper()
	o := g.origin
	g.fill(
		"listen 443", "listen 127.0.0.1:"+o.port, ":443:ORIGIN_ADDRESS", ":"+o.port+":127.0.0.1", "https://"+hostname+"/", "https://"+hostname+":"+o.port+"/",
		"/etc/nginx/", o.dir+"/etc/", "/var/log/nginx/", o.dir+"/log/",
	)
}

// verifies makes nginx reload with another directive for client certificates.
func (g *walk) verifies(directive string) {
	g.t.Helper()
	g.do(0, "sed -i 's/ssl_verify_client .*/"+directive+"/' "+g.origin.dir+"/etc/site.conf; nginx -s reload")
}

// named is like verifies. The directive must be in the prose of this section.
func (g *walk) named(directive string) {
	g.t.Helper()
	g.code(directive)
	g.verifies(directive)
}

// startOrigin starts nginx. The end of the test stops it.
func (g *walk) startOrigin() {
	g.t.Helper()
	o := g.origin
	cmd := g.shell(g.t.Context(), "exec nginx")
	acctest.NoError(g.t, cmd.Start())
	o.process = cmd.Process
	g.t.Cleanup(func() {
		_ = cmd.Wait() // the log shows why it stopped
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

// workers returns the worker processes that run.
func (o *origin) workers() map[string]bool {
	if o == nil || o.process == nil {
		return nil
	}
	o.t.Helper()
	return origins.Children(o.t, o.process.Pid)
}

// reloaded reports whether only new workers run. The former ones continue to accept connections until they exit.
func (o *origin) reloaded(before map[string]bool) bool {
	o.t.Helper()
	now := o.workers()
	maps.DeleteFunc(before, func(id string, _ bool) bool { return !now[id] })
	return len(now) > 0 && len(before) == 0
}

// visit requests a page through Cloudflare. It returns the status and the origin's answer.
func (g *walk) visit(hostname string) (status int, body string) {
	g.t.Helper()
	response, err := g.world.Sim.Pull(g.t.Context(), acctest.Zone, hostname, "127.0.0.1:"+g.origin.port, g.origin.Roots)
	acctest.NoError(g.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	acctest.NoError(g.t, err)
	return response.StatusCode, strings.TrimSpace(string(raw))
}

// served fails unless the origin serves requests from Cloudflare.
func (g *walk) served(hostname string) {
	g.t.Helper()
	if status, body := g.visit(hostname); status != http.StatusOK {
		g.t.Errorf("in %q of %s, the origin answers Cloudflare %d: %s", g.section, g.page.path, status, body)
	}
}

// seesOfEdge fails unless the origin serves Cloudflare and logs this verdict about the certificate.
func (g *walk) seesOfEdge(verdict string) {
	g.t.Helper()
	before := g.origin.log("origin-pull.log")
	g.served("example.com")
	g.logged("origin-pull.log", before, " 200 "+verdict)
}

// logged checks that a log contains want after before. It waits, because nginx answers before it logs.
func (g *walk) logged(name, before, want string) {
	g.t.Helper()
	g.world.Until(func() bool { return g.origin.log(name) != before })
	g.out = strings.TrimPrefix(g.origin.log(name), before)
	g.shows(want)
}

// presents returns the common name of the certificate that the edge presents, or "" if it presents none.
func (g *walk) presents(hostname string) string {
	g.t.Helper()
	pair, _, ok := g.world.Sim.Presents(acctest.Zone, hostname)
	if !ok {
		return ""
	}
	return pair.Leaf.Subject.CommonName
}
