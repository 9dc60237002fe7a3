// Package childprocess runs the CLI as a child process. It shields the CLI from the signals of the terminal and from the settings of
// the user who starts the program. The demo and the tests use it.
package childprocess

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
)

// Prepare makes a command of exec.CommandContext end in an orderly way when its context ends. The command gets one interrupt, and
// time to stop the provider. It runs in its own process group, so that it does not receive the terminal's Ctrl-C as well: a second
// interrupt makes the CLI exit at once, without a cleanup.
func Prepare(command *exec.Cmd) {
	setGroup(command)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 15 * time.Second
}

// KillGroup is for commands that may hang. It makes a command of exec.CommandContext, and every process that it has started, end
// immediately when its context ends.
func KillGroup(command *exec.Cmd) {
	setGroup(command)
	command.Cancel = func() error { return killGroup(command) }
	command.WaitDelay = 5 * time.Second
}

// EnvWithout returns the environment without the variables whose names have one of the prefixes.
func EnvWithout(prefixes ...string) []string {
	var kept []string
	for _, entry := range os.Environ() {
		drop := false
		for _, prefix := range prefixes {
			drop = drop || strings.HasPrefix(entry, prefix)
		}
		if !drop {
			kept = append(kept, entry)
		}
	}
	return kept
}

// Version runs a CLI to find out whether it is "Terraform" or "OpenTofu", and its version. If env is nil, the CLI gets the program's
// environment.
func Version(path string, env []string) (name string, v *version.Version, err error) {
	ask := func(args ...string) ([]byte, error) {
		command := exec.Command(path, args...)
		command.Env = env
		out, err := command.Output()
		if err != nil {
			err = fmt.Errorf("%s %s: %w", path, strings.Join(args, " "), err)
		}
		return out, err
	}
	text, err := ask("version")
	if err != nil {
		return "", nil, err
	}
	raw, err := ask("version", "-json")
	if err != nil {
		return "", nil, err
	}
	var about struct {
		Version string `json:"terraform_version"` // OpenTofu uses the same name
	}
	if err := json.Unmarshal(raw, &about); err != nil {
		return "", nil, err
	}
	name, _, _ = strings.Cut(string(text), " ")
	v, err = version.NewVersion(about.Version)
	return name, v, err
}
