package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// scene is a simulated API and a working directory for the CLI.
type scene struct {
	bench  *bench
	dir    string
	config string // the CLI's own
	binary string // the provider's
	env    []string
	deploy time.Duration
	api    *simulator.Server
	server *http.Server
}

// scene serves an API that deploys in deploy and writes the configuration of a layout.
func (b *bench) scene(ctx context.Context, l layout, latency, deploy time.Duration) (*scene, error) {
	behaviour, d := simulator.Defaults(), simulator.Duration(deploy)
	behaviour.DeployAfter, behaviour.AssociateAfter, behaviour.VoidAfter, behaviour.DeleteAfter = d, d, d, d
	behaviour.Latency = simulator.Duration(latency)
	s, err := b.serve(ctx, behaviour)
	if err != nil {
		return nil, err
	}
	s.deploy = deploy
	certificates, err := certificatesHCL(l.zones)
	if err == nil {
		err = errors.Join(s.use(b.binary), s.write("certificates.tf", certificates), s.configure(l))
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// serve serves an API and makes an empty working directory.
func (b *bench) serve(ctx context.Context, behaviour simulator.Behaviour) (*scene, error) {
	b.runs++
	s := &scene{bench: b, dir: filepath.Join(b.dir, fmt.Sprint("run", b.runs))}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.api = simulator.New(simulator.Options{Behaviour: behaviour})
	s.server = &http.Server{Handler: s.api, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // always ends with ErrServerClosed
	s.config = filepath.Join(s.dir, "cli.tfrc")
	s.env = append(childprocess.EnvWithout("TF_", "CLOUDFLARE_"),
		"TF_CLI_CONFIG_FILE="+s.config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"CLOUDFLARE_API_TOKEN=bench-token-that-opens-only-the-simulator",
		"CLOUDFLARE_BASE_URL=http://"+listener.Addr().String()+"/client/v4")
	return s, nil
}

func (s *scene) close() { _ = s.server.Close() }

// write writes a file into the working directory.
func (s *scene) write(name, content string) error {
	return os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600)
}

func (s *scene) read(name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(s.dir, name)) //nolint:gosec // below this program's own directory
	return string(raw), err
}

// use chooses the provider's binary, which is called terraform-provider-NAME, for the commands that follow.
func (s *scene) use(binary string) error {
	s.binary = binary
	name := strings.TrimPrefix(filepath.Base(binary), "terraform-provider-")
	return s.write(filepath.Base(s.config), fmt.Sprintf("provider_installation {\n  dev_overrides {\n"+
		"    \"registry.terraform.io/%[1]s/%[1]s\" = %[2]q\n    \"registry.opentofu.org/%[1]s/%[1]s\" = %[2]q\n  }\n  direct {}\n}\n",
		name, filepath.Dir(binary)))
}

// configure writes the associations of a layout.
func (s *scene) configure(l layout) error {
	return s.write("associations.tf", associationsHCL(l))
}

// measurement is what a command of the CLI cost.
type measurement struct {
	wall, deploying time.Duration
	provider        usage
	cpu             time.Duration // of the CLI and the provider together
	routes          map[string]int
}

// measure runs a command, which must exit with 0.
func (s *scene) measure(ctx context.Context, args ...string) (measurement, error) {
	m, out, err := s.run(ctx, args...)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	return m, err
}

// run runs a command and returns what it cost, what it printed, and an error if it did not exit with 0.
func (s *scene) run(ctx context.Context, args ...string) (measurement, []byte, error) {
	s.api.ClearRequests()
	//nolint:gosec // the command line that the caller of this program named
	cmd := exec.CommandContext(ctx, s.bench.cli, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = s.dir, s.env
	childprocess.Prepare(cmd)
	stop := watchProcesses(s.binary)
	started := time.Now()
	out, err := cmd.CombinedOutput()
	ended := time.Now()
	m := measurement{wall: ended.Sub(started), provider: stop()}
	if cmd.ProcessState != nil {
		// A process's times hold those of the children that it has waited for, as the CLI has for the provider.
		m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	requests := s.api.Requests()
	m.routes, m.deploying = routes(requests), deploying(requests, s.deploy, ended)
	return m, out, err
}
