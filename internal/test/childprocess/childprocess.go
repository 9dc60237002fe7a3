// Package childprocess runs the CLI as a child process, apart from the terminal's signals and from the settings of
// the user who starts the program. The demo and the harness of the tests share it.
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

// Prepare makes a command of exec.CommandContext end in order when its context ends: it gets one interrupt, and time
// to take the provider along. A process group of its own keeps the terminal's Ctrl-C from reaching it as well,
// because a second interrupt makes the CLI drop everything.
func Prepare(command *exec.Cmd) {
	setGroup(command)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 15 * time.Second
}

// KillGroup makes a command of exec.CommandContext end with everything that it has started when its context ends, at
// once: for commands that may hang.
func KillGroup(command *exec.Cmd) {
	setGroup(command)
	command.Cancel = func() error { return killGroup(command) }
	command.WaitDelay = 5 * time.Second
}

// EnvWithout returns the environment without the variables whose names begin with one of the prefixes.
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

// Version asks a CLI whether it is "Terraform" or "OpenTofu", and for its version. A nil env is the program's own.
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
		Version string `json:"terraform_version"` // OpenTofu's as well
	}
	if err := json.Unmarshal(raw, &about); err != nil {
		return "", nil, err
	}
	name, _, _ = strings.Cut(string(text), " ")
	v, err = version.NewVersion(about.Version)
	return name, v, err
}
