package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// Each of the CLI's log variables shows the lines of the provider's log that it should. Without any of them, the provider
// writes no log, because formatting and parsing it would cost a third of a plan.
func TestAccLogsAreWrittenWhenAskedFor(t *testing.T) {
	// Each entry lists texts that one line of the log must contain, in any order.
	var (
		proto     = []string{"[TRACE] provider.", "Received request", "@module=sdk.proto"}
		framework = []string{"[TRACE] provider.", "@module=sdk.framework"}
		request   = []string{"[DEBUG] provider.", "Cloudflare API request: ", "@module=origintls", "status=200", "tf_req_id=", "tf_rpc=ApplyResourceChange"}
		core      = []string{"[TRACE] vertex "}
		whatever  = []string{}
	)
	for _, tc := range []struct {
		env        string
		has, lacks [][]string
	}{
		{"TF_LOG=TRACE", [][]string{proto, framework, request, core}, nil},
		{"TF_LOG=DEBUG", [][]string{request}, [][]string{proto, framework, core}},
		{"TF_LOG_PROVIDER=DEBUG", [][]string{request}, [][]string{proto, framework, core}},
		{"TF_LOG_PROVIDER=TRACE", [][]string{proto, framework, request}, [][]string{core}},
		{"TF_LOG_CORE=TRACE", [][]string{core}, [][]string{proto, framework, request}},
		{"", nil, [][]string{whatever}},
	} {
		t.Run(tc.env, func(t *testing.T) {
			_, cli := acctest.Start(t)
			stderr := recordStderr(t, cli)
			log := filepath.Join(t.TempDir(), "cli.log")
			cli.Env = append(cli.Env, "TF_LOG_PATH="+log)
			if tc.env != "" {
				cli.Env = append(cli.Env, tc.env)
			}
			cli.Write("main.tf", acctest.Setting(true))
			cli.Apply()
			shown := acctest.ReadIfThere(t, log)
			for _, want := range tc.has {
				if lineWith(shown, want) == "" {
					t.Errorf("no line of the log has %q", want)
				}
			}
			for _, unwanted := range tc.lacks {
				if line := lineWith(shown, unwanted); line != "" {
					t.Errorf("a line of the log has %q:\n%s", unwanted, line)
				}
			}
			// go-plugin writes a dozen lines per process itself. Those have no module.
			written := strings.Count(stderr(), `"@module"`)
			if asked := tc.env != ""; asked != (written > 0) {
				t.Errorf("the provider wrote %d log lines", written)
			}
		})
	}
}

// lineWith returns the first line that contains all of the texts.
func lineWith(log string, texts []string) string {
	for line := range strings.Lines(log) {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			return line
		}
	}
	return ""
}

// recordStderr records what the provider's processes write to standard error. It returns a function that reads the record.
func recordStderr(t *testing.T, cli *acctest.CLI) func() string {
	t.Helper()
	tee, err := exec.LookPath("tee")
	if err != nil {
		t.Skipf("this test needs tee: %v", err)
	}
	dir := t.TempDir()
	binary, record := filepath.Join(acctest.Build(t), "terraform-provider-origintls"), filepath.Join(dir, "stderr")
	script := fmt.Sprintf("#!/bin/bash\nexec %q \"$@\" 2> >(%q -a %q >&2)\n", binary, tee, record)
	acctest.WriteFile(t, filepath.Join(dir, "terraform-provider-origintls"), script)
	cli.Override("origintls/origintls", dir)
	return func() string { return acctest.ReadFile(t, record) }
}
