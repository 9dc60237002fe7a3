package origins

import (
	"strings"
	"syscall"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// Way is how a server treats client certificates.
type Way int

// The ways, by the names that the guide gives them.
const (
	Insist Way = iota // as the file says: one that it trusts, or nothing
	Ask               // one that it trusts, or none
	Look              // any or none
	Off               // it does not ask
	Any               // any, but not none: Caddy's alone
)

// Kind is one of the guide's servers, and how to run it as a test can: unprivileged, on an address of
// loopback, with every file in one directory.
type Kind struct {
	Name string    // of the binary, and of the folders below /etc and /var/log
	File string    // in examples/origins
	Ways [5]string // "" where the server has no such way, or the way is in block

	besides string // a file that has to be there as well
	around  string // what the distribution's own configuration has around the file
	listen  [2]string
	block   string // what Off leaves out, where it is more than a line
	caFile  string // the line that names an authority's file, where such a file holds one only
	args    []string
	reload  func(t testing.TB, s *Server)
	started string // what the log says when it serves; "": its worker processes show it
	resets  bool   // whether a reload resets connections that wait to be accepted
}

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Nginx(), apache(), haproxy(), caddy()} }

// Has reports whether the server can treat client certificates in this way.
func (k Kind) Has(w Way) bool { return k.Ways[w] != "" || w == Off }

// swap is what the file says, and what it says for a way.
func (k Kind) swap(w Way) [2]string {
	if w == Off && k.block != "" {
		return [2]string{k.block, ""}
	}
	return [2]string{k.Ways[Insist], k.Ways[w]}
}

// Nginx is exported for the tests that rotate under live traffic.
func Nginx() Kind {
	return Kind{
		Name: "nginx", File: "nginx.conf",
		Ways: [5]string{"ssl_verify_client on;", "ssl_verify_client optional;", "ssl_verify_client optional_no_ca;", "ssl_verify_client off;"},
		around: `daemon off;
pid nginx.pid;
error_log output.log notice;
events {
    worker_connections 512;
}
http {
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    ssl_protocols TLSv1.2 TLSv1.3;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    include origin.conf;
}
`,
		listen: [2]string{"listen 443 ", "listen ADDRESS "},
		args:   []string{"-p", ".", "-e", "output.log", "-c", "around.conf"},
		reload: func(t testing.TB, s *Server) { t.Helper(); s.signal(t, syscall.SIGHUP) },
	}
}

func apache() Kind {
	return Kind{
		Name: "apache2", File: "apache.conf",
		Ways:    [5]string{"SSLVerifyClient require", "SSLVerifyClient optional", "SSLVerifyClient optional_no_ca", "SSLVerifyClient none"},
		besides: "/usr/lib/apache2/modules/mod_ssl.so",
		around: `ServerName localhost
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
PidFile apache.pid
ErrorLog output.log
User nobody
Group nogroup
StartServers 1
MinSpareThreads 1
Include origin.conf
`,
		listen: [2]string{"*:443", "ADDRESS"},
		args:   []string{"-d", ".", "-f", "around.conf", "-c", "Listen ADDRESS", "-D", "FOREGROUND"},
		reload: func(t testing.TB, s *Server) { t.Helper(); s.signal(t, syscall.SIGUSR1) },
	}
}

func haproxy() Kind {
	const heard = "Reloading HAProxy"
	return Kind{
		Name: "haproxy", File: "haproxy.cfg",
		Ways: [5]string{"verify required", "verify optional", "verify optional ca-ignore-err all crt-ignore-err all", "verify none"},
		around: `global
    log stdout format raw local0
defaults
    timeout connect 5s
    timeout client 50s
    timeout server 50s
`,
		listen: [2]string{"bind :443 ", "bind ADDRESS "},
		args:   []string{"-W", "-S", "unix@master.sock", "-f", "around.conf", "-f", "origin.conf"},
		// Once it has loaded, the master restarts itself, and commands that it got before are lost.
		reload: func(t testing.TB, s *Server) {
			t.Helper()
			before := strings.Count(s.Log(t), heard)
			acctest.Until(t, heard, func() bool {
				s.send("master.sock", "reload\n")
				return strings.Count(s.Log(t), heard) > before
			})
		},
	}
}

func caddy() Kind {
	return Kind{
		Name: "caddy", File: "Caddyfile",
		Ways: [5]string{"mode require_and_verify", "mode verify_if_given", "mode request", "", "mode require"},
		around: `{
	admin unix/admin.sock
	default_bind 127.0.0.1
	auto_https disable_redirects
}
import origin.conf
`,
		listen: [2]string{"www.example.com {", "https://www.example.com:PORT {"},
		block:  "client_auth {\n\t\t\tmode require_and_verify\n\t\t\ttrusted_ca_cert_file /etc/caddy/tls/origin-pull-ca.pem\n\t\t}",
		caFile: "\t\t\ttrusted_ca_cert_file ",
		args:   []string{"run", "--config", "around.conf", "--adapter", "caddyfile"},
		reload: func(t testing.TB, s *Server) {
			t.Helper()
			s.execute(t, "reload", "--config", "around.conf", "--adapter", "caddyfile", "--address", "unix/admin.sock", "--force")
		},
		started: "serving initial configuration",
		resets:  true,
	}
}
