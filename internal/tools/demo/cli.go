package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// runner runs the CLI on the provider under development: with dev_overrides, so without init and
// without any registry.
type runner struct {
	cli string
	env []string
	log *os.File
}

func newRunner(dir, logPath, cli, provider, url string) (*runner, error) {
	config := filepath.Join(dir, "cli.tfrc")
	// %q escapes as HCL does, Windows paths included.
	text := fmt.Sprintf(`provider_installation {
  dev_overrides {
    "registry.terraform.io/origintls/origintls" = %[1]q
    "registry.opentofu.org/origintls/origintls" = %[1]q
  }
  direct {}
}
`, filepath.Dir(provider))
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
		"TF_IN_AUTOMATION=1", // no advice about what to run next
		"TF_INPUT=0",
		"TF_VAR_zone_id="+zoneID,
		"CHECKPOINT_DISABLE=1",
		"CLOUDFLARE_API_TOKEN="+token,
		"CLOUDFLARE_BASE_URL="+url,
	)
	return &runner{cli: cli, env: env, log: log}, nil
}

func (r *runner) close() {
	_ = r.log.Close()
}

// run prints the command and the lines of its output that tell something. Any exit code but 0 is
// an error; with -detailed-exitcode, 2 would say that the plan is not empty.
func (r *runner) run(ctx context.Context, dir string, args ...string) error {
	shown := filepath.Base(r.cli) + " " + quote(args)
	fmt.Println("  $ " + shown)

	// Options must stand before arguments.
	command := exec.CommandContext(ctx, r.cli, slices.Insert(slices.Clone(args), 1, "-no-color")...)
	command.Dir = dir
	command.Env = r.env
	childprocess.Prepare(command)
	out, err := command.CombinedOutput()
	fmt.Fprintf(r.log, "\n$ cd %s; %s\n%s", dir, shown, out)

	if err == nil {
		out = []byte(strings.Join(abridge(string(out)), "\n"))
	} // else all of it: who knows which line matters
	for line := range strings.Lines(string(out)) {
		fmt.Println("    " + strings.TrimRight(line, " \r\n"))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", shown, err)
	}
	return nil
}

// quote writes arguments as one would type them.
func quote(args []string) string {
	out := make([]string, 0, len(args))
	for _, arg := range args {
		if strings.ContainsAny(arg, `"[ `) {
			arg = "'" + arg + "'"
		}
		out = append(out, arg)
	}
	return strings.Join(out, " ")
}

// telling matches the lines worth showing; boxes (warnings, errors) are shown besides.
var telling = regexp.MustCompile(`^  # .* (will|must) be |: (Creation|Modifications|Destruction) complete|` +
	`^(Plan:|No changes|Success!|Apply complete|Destroy complete|Import successful)`)

// noise is what says nothing in a line that is shown: ids, which the table has, and the word of
// warnings, when the only one is about the development overrides.
var noise = regexp.MustCompile(` \[id=.*\]$|, but there were some validation warnings.*`)

func abridge(out string) []string {
	var shown, box []string
	inBox := false
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case line == "╷":
			inBox, box = true, nil
		case line == "╵":
			inBox = false
			if !strings.Contains(strings.Join(box, "\n"), "development overrides") {
				shown = append(shown, box...)
			}
		case inBox:
			box = append(box, line)
		case telling.MatchString(line):
			shown = append(shown, strings.TrimSpace(noise.ReplaceAllString(line, "")))
		}
	}
	return shown
}
