package origins

import (
	"strings"
	"syscall"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// Way is a way in which a server treats client certificates.
type Way int

// The ways, with the names that the guide gives them.
const (
	Insist Way = iota // requires a certificate that it trusts; this is how the file configures it
	Ask               // accepts a certificate that it trusts, or none
	Look              // accepts any certificate, or none
	Off               // does not request a certificate
	Any               // requires a certificate and accepts any; only Caddy has this
)

// Kind is one of the guide's servers, with what a test needs to run it: without privileges, on a loopback address, and with every
// file in one directory.
type Kind struct {
	Name string    // the name of the binary, and of its folders in /etc and /var/log
	File string    // the name of the file in examples/origins
	Ways [5]string // the directives; "" if the server does not have the way, or if it is in block

	besides string // another file that the server needs
	around  string // the configuration around the file, as the distribution has it
	listen  [2]string
	block   string // the lines that Off removes, if it is more than one
	caFile  string // the line with the file of an authority, if such a file may contain only one
	args    []string
	reload  func(t testing.TB, s *Server)
	started string // the log line that shows that it serves; "" if its worker processes show that
	resets  bool   // whether a reload resets connections that the server has not accepted yet
}

// Kinds returns all of the guide's servers.
func Kinds() []Kind { return []Kind{Nginx(), apache(), haproxy(), caddy()} }

// Has reports whether the server can treat client certificates in this way.
func (k Kind) Has(w Way) bool { return k.Ways[w] != "" || w == Off }

// swap returns the text of the file to replace, and its replacement for a way.
func (k Kind) swap(w Way) [2]string {
	if w == Off && k.block != "" {
		return [2]string{k.block, ""}
	}
	return [2]string{k.Ways[Insist], k.Ways[w]}
}

// Nginx is exported for the tests of rotations under live traffic.
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
		// After a reload, the HAProxy master restarts itself and loses the commands that it has received before.
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
