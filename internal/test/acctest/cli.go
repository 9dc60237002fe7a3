package acctest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// CLI is a working directory in which the real CLI runs the real provider binary.
type CLI struct {
	t    testing.TB
	dir  string
	path string
	Env  []string // further variables

	overrides map[string]string // folders with provider binaries, by namespace and name
}

// Result is the result of a command of the CLI.
type Result struct {
	Code   int
	Output string
}

// RaceVariable is the environment variable that makes the CLI run a provider with the race detector, as `make coverage` does.
// Each command of the CLI then takes twice as much CPU time. The test processes themselves, in which the provider often runs
// as well, have the detector in every `make test`.
const RaceVariable = "ORIGINTLS_RACE_BINARY"

const module = "github.com/origintls/terraform-provider-origintls"

// The provider as users get it, the provider with a clock that tests move, and a stand-in for the official provider.
var (
	buildProvider        = sync.OnceValues(func() (string, error) { return build("acceptance", "origintls", module) })
	buildClockedProvider = sync.OnceValues(func() (string, error) {
		return build("acceptance-clocked", "origintls", module+"/internal/test/acctest/clocked")
	})
	buildStandIn = sync.OnceValues(func() (string, error) {
		return build("acceptance-standin", "cloudflare", module+"/internal/test/migration/standin")
	})
)

// build builds the program of this name into .bin/FOLDER and returns that folder. Tests of several packages may do so at the
// same time: go replaces the binary in one step, so a test that runs the former one keeps it.
func build(folder, name, program string) (string, error) {
	gomod, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	dir := filepath.Join(filepath.Dir(strings.TrimSpace(string(gomod))), ".bin", folder)
	args := []string{"build", "-trimpath", "-o", filepath.Join(dir, "terraform-provider-"+name)}
	if coverDir() != "" {
		args = append(args, "-cover", "-covermode=atomic", "-coverpkg="+module+"/...")
	}
	cgo, experiment := "CGO_ENABLED=0", "GOEXPERIMENT=" // the same settings as in a release
	if runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64") {
		experiment += "runtimesecret"
	}
	if os.Getenv(RaceVariable) != "" {
		args, cgo = append(args, "-race"), "CGO_ENABLED=1"
	}
	build := exec.Command("go", append(args, program)...)
	build.Env = append(os.Environ(), cgo, experiment)
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	return dir, nil
}

// Build returns the folder with the built provider.
func Build(t testing.TB) string {
	t.Helper()
	return built(t, buildProvider)
}

// CloudflareStandIn returns the folder with the stand-in for the official provider.
func CloudflareStandIn(t testing.TB) string {
	t.Helper()
	return built(t, buildStandIn)
}

func built(t testing.TB, build func() (string, error)) string {
	t.Helper()
	dir, err := build()
	NoError(t, err)
	return dir
}

// CLI prepares a working directory. A test that calls it needs TF_ACC, like every acceptance test.
func (w *World) CLI(t testing.TB) *CLI {
	t.Helper()
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if os.Getenv("TF_ACC") == "" || path == "" {
		t.Skip("acceptance test: needs TF_ACC and TF_ACC_TERRAFORM_PATH, as make test sets them")
	}
	c := &CLI{t: t, dir: t.TempDir(), path: path, overrides: map[string]string{}}
	c.Override("origintls/origintls", Build(t))
	c.Write("provider.tf", "terraform {\n  required_providers {\n    origintls = { source = \"origintls/origintls\" }\n  }\n}\n")
	c.Env = []string{
		"CLOUDFLARE_API_TOKEN=" + Token, "CLOUDFLARE_BASE_URL=" + w.URL,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(c.dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		"GORACE=atexit_sleep_ms=0", // otherwise every process with the race detector sleeps a second before it exits
	}
	if dir := coverDir(); dir != "" {
		c.Env = append(c.Env, "GOCOVERDIR="+dir)
	}
	return c
}

// coverDir is the folder for the coverage data of the provider's processes, as set by make test. "" turns coverage off. It
// does not use GOCOVERDIR, because go test sets that to another folder.
func coverDir() string { return os.Getenv("ORIGINTLS_COVERDIR") }

// Override makes the CLI use a provider from a folder. provider is its namespace and name, such as "origintls/origintls", and
// counts for both registries.
func (c *CLI) Override(provider, folder string) {
	c.t.Helper()
	c.overrides[provider] = folder
	var lines strings.Builder
	for name, dir := range c.overrides {
		for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
			fmt.Fprintf(&lines, "    %q = %q\n", host+"/"+name, dir)
		}
	}
	c.Write("cli.tfrc", "provider_installation {\n  dev_overrides {\n"+lines.String()+"  }\n  direct {}\n}\n")
}

// ClockVariable is the environment variable with the difference of the provider's movable clock from the machine's, as a
// duration.
const ClockVariable = "ORIGINTLS_CLOCK_OFFSET"

// SetClock moves the clock by which the provider decides whether certificates are valid and due for renewal. offset is the
// difference from the machine's clock. Everything else uses the machine's clock.
func (c *CLI) SetClock(offset time.Duration) {
	c.t.Helper()
	c.Override("origintls/origintls", built(c.t, buildClockedProvider))
	c.Env = append(c.Env, ClockVariable+"="+offset.String())
}

// Write writes a file into the working directory. It skips the test if the CLI is too old for the configuration.
func (c *CLI) Write(name, content string) {
	c.t.Helper()
	if ext := filepath.Ext(name); ext == ".tf" || ext == ".hcl" {
		RequireFor(c.t, content)
	}
	WriteFile(c.t, filepath.Join(c.dir, name), content)
}

// Dir returns the working directory.
func (c *CLI) Dir() string { return c.dir }

// Read returns the text of a file in the working directory, or "" if there is none.
func (c *CLI) Read(name string) string {
	c.t.Helper()
	return ReadIfThere(c.t, filepath.Join(c.dir, name))
}

// Command returns a command of the CLI, not started, and the buffer that receives its output.
func (c *CLI) Command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	var out bytes.Buffer
	cmd := exec.CommandContext(c.t.Context(), c.path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, &out, &out
	// The command gets a process group of its own, so that a signal from a test reaches no other process.
	childprocess.Prepare(cmd)
	cmd.Env = append(childprocess.EnvWithout("TF_ACC", "CLOUDFLARE_"), c.Env...)
	return cmd, &out
}

// Run runs a command and waits for its end.
func (c *CLI) Run(args ...string) Result {
	c.t.Helper()
	cmd, out := c.Command(args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Output: out.String()}
}

// Must runs a command, fails the test unless the exit code is code, and returns the output.
func (c *CLI) Must(code int, args ...string) string {
	c.t.Helper()
	r := c.Run(args...)
	if r.Code != code {
		c.t.Fatalf("%s exited with %d, want %d:\n%s", strings.Join(args, " "), r.Code, code, r.Output)
	}
	return r.Output
}

// Apply runs apply without a prompt, as CI does.
func (c *CLI) Apply() string {
	c.t.Helper()
	return c.Must(0, "apply", "-auto-approve", "-no-color")
}

// EmptyPlan fails the test unless a plan has no changes.
func (c *CLI) EmptyPlan() {
	c.t.Helper()
	c.Must(0, "plan", "-detailed-exitcode", "-no-color")
}

// Destroy destroys everything.
func (c *CLI) Destroy() string {
	c.t.Helper()
	return c.Must(0, "destroy", "-auto-approve", "-no-color")
}

// Interrupt starts a command and sends SIGINT to the CLI as soon as ready returns true, as Ctrl-C in a terminal would. It
// returns the result, and how long the command continued after the signal.
func (c *CLI) Interrupt(ready func() bool, args ...string) (Result, time.Duration) {
	c.t.Helper()
	cmd, out := c.Command(args...)
	NoError(c.t, cmd.Start())
	for deadline := time.Now().Add(30 * time.Second); !ready(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			c.t.Fatalf("the command did not reach the point at which to interrupt it:\n%s", out.String())
		}
	}
	NoError(c.t, cmd.Process.Signal(syscall.SIGINT))
	at := time.Now()
	_ = cmd.Wait() // the exit code says how it ended
	return Result{Code: cmd.ProcessState.ExitCode(), Output: out.String()}, time.Since(at)
}
