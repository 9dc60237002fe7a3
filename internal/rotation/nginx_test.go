package rotation

import (
	_ "embed"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certtest"
)

//go:embed testdata/nginx.conf.tmpl
var nginxConf string

// findNginx returns nginx's path, or "" if there is none. In CI, which installs it, that is a failure.
func findNginx(t testing.TB) string {
	t.Helper()
	// Debian keeps servers in /usr/sbin, which not every user has on PATH.
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("nginx is missing")
	}
	return ""
}

// nginx is an nginx that runs in the foreground, with every file below a directory of the test's.
type nginx struct {
	dir    string
	listen string
	master *os.Process
	exited <-chan struct{}
}

func startNginx(t testing.TB, binary string, id identity) *nginx {
	t.Helper()
	n := &nginx{dir: t.TempDir()}
	n.write(t, "server.crt", id.Certificate)
	n.write(t, "server.key", id.PrivateKey)
	// The directive needs an authority, so at first it is one that signs no client certificates.
	n.write(t, "client-ca.pem", id.Certificate)
	for range 3 {
		if n.start(t, binary) {
			return n
		}
	}
	t.Fatal("nginx does not start")
	return nil
}

// start reports whether nginx came up. It does not if somebody took the port meanwhile.
func (n *nginx) start(t testing.TB, binary string) bool {
	t.Helper()
	n.listen = freeAddress(t)
	var conf strings.Builder
	if err := template.Must(template.New("").Parse(nginxConf)).Execute(&conf, map[string]string{"Listen": n.listen}); err != nil {
		t.Fatal(err)
	}
	n.write(t, "nginx.conf", conf.String())
	cmd := exec.CommandContext(t.Context(), binary, "-p", n.dir, "-e", "error.log", "-c", "nginx.conf")
	// At the test's end: SIGTERM, so that the master takes its workers with it.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.master = cmd.Process
	exited := make(chan struct{})
	n.exited = exited
	go func() {
		_ = cmd.Wait() // the log tells
		close(exited)
	}()
	t.Cleanup(func() {
		<-exited
		if t.Failed() {
			t.Logf("nginx's log:\n%s", n.log(t))
		}
	})
	until(t, "nginx", func() bool { return n.gone() || len(n.workers(t)) > 0 })
	return !n.gone()
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func (n *nginx) gone() bool {
	select {
	case <-n.exited:
		return true
	default:
		return false
	}
}

func (n *nginx) write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (n *nginx) log(t testing.TB) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(n.dir, "error.log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(raw)
}

var (
	started = regexp.MustCompile(`start worker process (\d+)`)
	ended   = regexp.MustCompile(`worker process (\d+) exited`)
)

// workers are the ids of the worker processes that run. There is one, but during a reload.
func (n *nginx) workers(t testing.TB) map[string]bool {
	t.Helper()
	ids, log := map[string]bool{}, n.log(t)
	for _, m := range started.FindAllStringSubmatch(log, -1) {
		ids[m[1]] = true
	}
	for _, m := range ended.FindAllStringSubmatch(log, -1) {
		delete(ids, m[1])
	}
	return ids
}

func (n *nginx) address() string { return n.listen }

// trust returns when only workers with the new configuration are left: for a while after a reload, those
// with the old one go on accepting connections.
func (n *nginx) trust(t testing.TB, cas ...certtest.Pair) {
	t.Helper()
	bundle := ""
	for _, ca := range cas {
		bundle += ca.Certificate
	}
	n.write(t, "client-ca.pem", bundle)
	old := n.workers(t)
	if err := n.master.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(t, "the reload of nginx", func() bool {
		now := n.workers(t)
		for id := range old {
			if now[id] {
				return false
			}
		}
		return len(now) > 0
	})
}
