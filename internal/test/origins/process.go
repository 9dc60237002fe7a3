package origins

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// start reports whether the server has started. It fails to if another process has taken the port meanwhile.
func (s *Server) start(t testing.TB) bool {
	t.Helper()
	s.address = FreeAddress(t)
	s.configure(t)
	cmd := s.command(t, s.kind.args)
	// The end of the test sends SIGTERM, so that a master process stops its workers too.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	acctest.NoError(t, cmd.Start())
	s.process = cmd.Process
	exited := make(chan struct{})
	s.exited = exited
	go func() {
		_ = cmd.Wait() // the log shows why it stopped
		close(exited)
	}()
	t.Cleanup(func() {
		<-exited
		if t.Failed() {
			t.Logf("log of %s:\n%s", s.kind.Name, s.Log(t))
		}
	})
	acctest.Until(t, s.kind.Name, func() bool { return s.gone() || s.reloaded(t, nil) })
	return !s.gone()
}

func (s *Server) command(t testing.TB, args []string) *exec.Cmd {
	t.Helper()
	output, err := os.OpenFile(filepath.Join(s.dir, "output.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	acctest.NoError(t, err)
	t.Cleanup(func() { _ = output.Close() })
	own := make([]string, len(args))
	for i, arg := range args {
		own[i] = strings.ReplaceAll(arg, "ADDRESS", s.address)
	}
	cmd := exec.CommandContext(t.Context(), s.binary, own...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, output, output
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir, "XDG_DATA_HOME="+s.dir)
	return cmd
}

// reloaded reports whether the server serves and none of these former workers does. The former workers continue to accept
// connections for a while after a reload.
func (s *Server) reloaded(t testing.TB, former map[string]bool) bool {
	t.Helper()
	if s.kind.started != "" {
		return strings.Contains(s.Log(t), s.kind.started)
	}
	now := Children(t, s.process.Pid)
	for id := range now {
		if former[id] {
			return false
		}
	}
	return len(now) > 0
}

// Children returns the child processes of a process, by their directories in /proc.
func Children(t testing.TB, pid int) map[string]bool {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	acctest.NoError(t, err)
	ids := map[string]bool{}
	for _, path := range all {
		stat, _ := os.ReadFile(path) // 1234 (nginx) S 1233 …, or nothing if the process has ended meanwhile
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			ids[filepath.Dir(path)] = true
		}
	}
	return ids
}

func (s *Server) gone() bool {
	select {
	case <-s.exited:
		return true
	default:
		return false
	}
}

func (s *Server) signal(t testing.TB, sig os.Signal) {
	t.Helper()
	acctest.NoError(t, s.process.Signal(sig))
}

// send writes a command to one of the server's sockets. It waits for the answer, because the server may ignore a client that
// disconnects at once.
func (s *Server) send(socket, command string) {
	conn, err := net.Dial("unix", filepath.Join(s.dir, socket))
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(conn, command)
	_, _ = io.Copy(io.Discard, conn)
}

// execute runs the server's binary with these arguments.
func (s *Server) execute(t testing.TB, args ...string) {
	t.Helper()
	if err := s.command(t, args).Run(); err != nil {
		t.Fatalf("%s %s: %s\n%s", s.kind.Name, args[0], err, s.Log(t))
	}
}

// FreeAddress returns a loopback address with a port that is free at the moment. The port is below those that systems give to
// connections and to listeners without a port (from 32768 on with Linux), so that no other process takes it before the server starts.
func FreeAddress(t testing.TB) string {
	t.Helper()
	var err error
	for range 100 {
		var l net.Listener
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(12_000)))
		if l, err = net.Listen("tcp", address); err == nil {
			acctest.NoError(t, l.Close())
			return address
		}
	}
	t.Fatal(err)
	return ""
}
