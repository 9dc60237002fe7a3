package main

import (
	"context"
	"encoding/json"
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

// scene serves an API and writes the configuration of a layout.
func (b *bench) scene(ctx context.Context, l layout, latency, deploy time.Duration) (*scene, error) {
	behaviour, d := simulator.Defaults(), simulator.Duration(deploy)
	behaviour.DeployAfter, behaviour.AssociateAfter, behaviour.VoidAfter, behaviour.DeleteAfter = d, d, d, d
	behaviour.Latency = simulator.Duration(latency)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.runs++
	s := &scene{bench: b, dir: filepath.Join(b.dir, fmt.Sprint("run", b.runs)), deploy: deploy}
	s.api = simulator.New(simulator.Options{Behaviour: behaviour})
	s.server = &http.Server{Handler: s.api, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // always ends with ErrServerClosed
	s.config = filepath.Join(s.dir, "cli.tfrc")
	s.env = append(childprocess.EnvWithout("TF_", "CLOUDFLARE_"),
		"TF_CLI_CONFIG_FILE="+s.config, "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"CLOUDFLARE_API_TOKEN=bench-token-that-opens-only-the-simulator",
		"CLOUDFLARE_BASE_URL=http://"+listener.Addr().String()+"/client/v4")
	if err := s.prepare(l); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scene) close() { _ = s.server.Close() }

func (s *scene) prepare(l layout) error {
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	certificates, err := certificatesHCL(l.zones)
	if err != nil {
		return err
	}
	return errors.Join(
		s.use(s.bench.binary),
		os.WriteFile(filepath.Join(s.dir, "certificates.tf"), []byte(certificates), 0o600),
		s.configure(l),
	)
}

// use chooses the provider's binary for the commands that follow.
func (s *scene) use(binary string) error {
	s.binary = binary
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n"+
		"    \"registry.terraform.io/origintls/origintls\" = %[1]q\n    \"registry.opentofu.org/origintls/origintls\" = %[1]q\n  }\n  direct {}\n}\n",
		filepath.Dir(binary))
	return os.WriteFile(s.config, []byte(overrides), 0o600)
}

// configure writes the associations of a layout.
func (s *scene) configure(l layout) error {
	return os.WriteFile(filepath.Join(s.dir, "associations.tf"), []byte(associationsHCL(l)), 0o600)
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
	if err != nil {
		return m, fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	// A process's times hold those of the children that it has waited for, as the CLI has for the provider.
	m.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	requests := s.api.Requests()
	m.routes, m.deploying = routes(requests), deploying(requests, s.deploy, ended)
	return m, nil
}

// multiply copies the single associations that state and API hold, from the first have of each zone to
// want of each: to apply 5,000 of them would take longer than what is to be measured.
func (s *scene) multiply(have, want int) error {
	path := filepath.Join(s.dir, "terraform.tfstate")
	raw, err := os.ReadFile(path) //nolint:gosec // below this program's own directory
	if err != nil {
		return err
	}
	var state map[string]any
	if err := json.Unmarshal(raw, &state); err != nil {
		return err
	}
	resources, _ := state["resources"].([]any)
	for _, r := range resources {
		resource, _ := r.(map[string]any)
		if resource["type"] != "origintls_hostname_association" {
			continue
		}
		instances, _ := resource["instances"].([]any)
		for _, one := range instances {
			copies, err := s.copies(one, have, want)
			if err != nil {
				return err
			}
			instances = append(instances, copies...)
		}
		resource["instances"] = instances
	}
	if raw, err = json.Marshal(state); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// copies returns the instances that share a certificate with one of the first, and makes them in the API.
func (s *scene) copies(instance any, have, want int) ([]any, error) {
	raw, err := json.Marshal(instance)
	if err != nil {
		return nil, err
	}
	var first struct {
		Attributes struct {
			ZoneID        string `json:"zone_id"`
			Hostname      string `json:"hostname"`
			CertificateID string `json:"certificate_id"`
		} `json:"attributes"`
	}
	if err := json.Unmarshal(raw, &first); err != nil {
		return nil, err
	}
	a, number := first.Attributes, 0
	if _, err := fmt.Sscanf(a.Hostname, "h%d.", &number); err != nil {
		return nil, err
	}
	var out []any
	for i := number + have; i < want; i += have {
		s.api.AddAssociation(a.ZoneID, hostname(i), a.CertificateID, true)
		out = append(out, json.RawMessage(strings.ReplaceAll(string(raw), a.Hostname, hostname(i))))
	}
	return out, nil
}
