package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// The first versions of both CLIs that have the features that the demo shows.
var (
	writeOnly    = version.Must(version.NewVersion("1.11.0"))
	importBlocks = map[string]*version.Version{"terraform": version.Must(version.NewVersion("1.5.0")), "tofu": version.Must(version.NewVersion("1.6.0"))}
)

// runner runs the CLI. The provider is in a filesystem mirror, so init installs it like a release, without a request to a registry.
type runner struct {
	cli     string
	name    string // "terraform" or "tofu"
	version *version.Version
	env     []string
	log     *os.File
	screen  *screen
}

func newRunner(dir, logPath string, o options, url string) (*runner, error) {
	mirror, config := filepath.Join(dir, "mirror"), filepath.Join(dir, "cli.tfrc")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		folder := filepath.Join(mirror, host, "origintls", "origintls", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
		if err := os.Symlink(o.provider, filepath.Join(folder, filepath.Base(o.provider))); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror) // %q escapes strings in the same way as HCL
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(logPath)
	if err != nil {
		return nil, err
	}
	env := append(
		childprocess.EnvWithout("TF_", "CLOUDFLARE_"),
		"TF_CLI_CONFIG_FILE="+config,
		"TF_IN_AUTOMATION=1", // suppresses advice about the next command
		"TF_INPUT=0",
		"CHECKPOINT_DISABLE=1",
		"CLOUDFLARE_API_TOKEN="+token,
		"CLOUDFLARE_BASE_URL="+url,
	)
	name, version, err := childprocess.Version(o.cli, env)
	command := "terraform"
	if name == "OpenTofu" {
		command = "tofu"
	}
	return &runner{o.cli, command, version, env, log, o.screen}, err
}

func (r *runner) hasWriteOnly() bool    { return !r.version.LessThan(writeOnly) }
func (r *runner) hasImportBlocks() bool { return !r.version.LessThan(importBlocks[r.name]) }

func (r *runner) close() { _ = r.log.Close() }

// run runs a command and shows an extract of its output: the changes of objects, every warning, and the summary. Any exit code but 0 is
// an error. With -detailed-exitcode, 2 means that the plan is not empty.
func (r *runner) run(ctx context.Context, dir string, args ...string) error {
	shown := r.name + " " + strings.Join(args, " ")
	r.screen.show(command, shown)

	// Options must precede arguments.
	process := exec.CommandContext(ctx, r.cli, slices.Insert(slices.Clone(args), 1, "-no-color")...)
	process.Dir = dir
	process.Env = r.env
	childprocess.Prepare(process)
	out, err := process.CombinedOutput()
	fmt.Fprintf(r.log, "\n$ cd %s; %s\n%s", dir, shown, out)
	if err != nil { // print the whole output, because any line may give the reason
		r.screen.show(output, string(out))
		return fmt.Errorf("%s: %w", shown, err)
	}
	for _, line := range extract(string(out)) {
		r.screen.show(output, line)
	}
	return nil
}

var (
	// telling matches the lines that are shown unchanged. Boxes (warnings) are shown as well.
	telling = regexp.MustCompile(`^  # .* (will|must) be |: (Creation|Modifications|Destruction) complete|: Import complete|` +
		`^(Plan:|No changes|Success!|Apply complete|Destroy complete|Import successful)|has been successfully initialized`)
	// identifier matches an id, which is long and does not matter here.
	identifier = regexp.MustCompile(` \[id=.*\]$`)
)

// extract omits lines and removes ids, and changes nothing else.
func extract(out string) []string {
	var shown []string
	inBox := false
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case line == "╷":
			inBox = true
		case line == "╵":
			inBox = false
		case inBox:
			shown = append(shown, line)
		case telling.MatchString(line):
			shown = append(shown, strings.TrimSpace(identifier.ReplaceAllString(line, "")))
		}
	}
	return shown
}
