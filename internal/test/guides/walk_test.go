package guides

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
	"github.com/origintls/terraform-provider-origintls/internal/test/markdown"
)

// walk is a reader who follows a page block by block, with a shell in a directory.
type walk struct {
	t       *testing.T
	world   *acctest.World
	cli     *acctest.CLI
	page    *page
	next    int    // the index of the next block
	section string // the section that the reader is in
	dir     string // the reader's working directory
	home    string // the directory of the reader's other files: the shim, the provider, the shell's memory
	env     []string
	fills   []string // pairs: a placeholder of the page, and the reader's value for it
	origin  *origin
	out     string // the output of the last command
}

// follow opens a page whose test needs these programs. At the end of the test, every block must have been followed or excused.
func follow(t *testing.T, path string, programs ...string) *walk {
	t.Helper()
	for _, name := range programs {
		acctest.Program(t, name)
	}
	w := acctest.New(t)
	g := &walk{t: t, world: w, cli: w.CLI(t), page: load(t, path), dir: t.TempDir(), home: t.TempDir()}
	t.Parallel()
	command, _ := g.cli.Command()
	bin := filepath.Join(g.home, "bin")
	g.put(filepath.Join(bin, "terraform"), "#!/bin/sh\n[ \"$1\" != console ] || exec '"+command.Path+"' \"$@\"\n"+
		"# Whoever is asked whether to go on says yes.\necho yes | '"+command.Path+"' \"$@\"\n")
	g.env = command.Env
	g.env = append(g.env, "PATH="+bin+":"+os.Getenv("PATH"), "SHELL_MEMORY="+filepath.Join(g.home, "memory"))
	g.install("origintls/origintls", filepath.Join(root, ".bin", "acceptance")) // the folder of the built provider
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() {
			return
		}
		for _, b := range g.page.Blocks[g.next:] {
			t.Errorf("%s:%d: the test does not follow this block:\n%s", path, b.Line, b.Text)
		}
		for _, s := range g.page.Steps {
			if !g.page.done[s] {
				t.Errorf("%s: the test does not follow the step %q in %q", path, s.Name, s.Section)
			}
		}
	})
	return g
}

// install makes `terraform init` find a provider as if it had been released. folder contains its binary.
func (g *walk) install(provider, folder string) {
	g.t.Helper()
	mirror := filepath.Join(g.home, "mirror")
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		version := filepath.Join(mirror, host, provider, "1.0.0")
		acctest.NoError(g.t, os.MkdirAll(version, 0o700))
		acctest.NoError(g.t, os.Symlink(g.absolute(folder), filepath.Join(version, runtime.GOOS+"_"+runtime.GOARCH)))
	}
	rc := filepath.Join(g.home, "cli.tfrc")
	g.put(rc, "provider_installation {\n  filesystem_mirror {\n    path = \""+mirror+"\"\n  }\n}\n")
	g.env = append(g.env, "TF_CLI_CONFIG_FILE="+rc)
}

func (g *walk) absolute(path string) string {
	g.t.Helper()
	absolute, err := filepath.Abs(path)
	acctest.NoError(g.t, err)
	return absolute
}

// put writes a file. Its name is relative to the working directory, or absolute. If the CLI is too old for the
// configuration, put skips the test.
func (g *walk) put(name, text string) {
	g.t.Helper()
	if strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".hcl") {
		acctest.RequireFor(g.t, text)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(g.dir, name)
	}
	acctest.WriteFile(g.t, name, text)
}

// read returns the text of a file, or "" if there is none.
func (g *walk) read(name string) string {
	g.t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(g.dir, name)
	}
	return acctest.ReadIfThere(g.t, name)
}

// fill takes pairs of a text on the page and the reader's value for it, such as the page's address and the reader's address.
func (g *walk) fill(pairs ...string) {
	g.t.Helper()
	all := ""
	for _, b := range g.page.Blocks {
		all += b.Text
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(all, pairs[i]) {
			g.t.Fatalf("%s has no %q to fill in", g.page.path, pairs[i])
		}
	}
	g.fills = append(g.fills, pairs...)
}

// at goes on to a section. The sections before it must have no block left.
func (g *walk) at(section string) {
	g.t.Helper()
	if _, there := g.page.Prose[section]; !there {
		g.t.Fatalf("%s has no section %q", g.page.path, section)
	}
	g.section = section
}

// block returns the next block, which must be in this section and in this language.
func (g *walk) block(lang string) string {
	g.t.Helper()
	if g.next == len(g.page.Blocks) {
		g.t.Fatalf("%s has no further block, want one of %s in %q", g.page.path, lang, g.section)
	}
	b := g.page.Blocks[g.next]
	if b.Section != g.section || b.Lang != lang {
		g.t.Fatalf("%s:%d: the next block is %s in %q, want one of %s in %q:\n%s",
			g.page.path, b.Line, b.Lang, b.Section, lang, g.section, b.Text)
	}
	g.next++
	return strings.NewReplacer(g.fills...).Replace(b.Text)
}

// excuse skips the next block, and logs the reason.
func (g *walk) excuse(lang, reason string) {
	g.t.Helper()
	g.block(lang)
	g.t.Logf("the test skips %s:%d: %s", g.page.path, g.page.Blocks[g.next-1].Line, reason)
}

// write writes the next block to a file.
func (g *walk) write(lang, name string) {
	g.t.Helper()
	g.put(name, g.block(lang))
}

// sh runs the next block as a shell script.
func (g *walk) sh() { g.t.Helper(); g.do(0, g.block("sh")) }

// command runs a command that is in the prose of this section.
func (g *walk) command(code int, command string) {
	g.t.Helper()
	g.code(command)
	g.do(code, strings.NewReplacer(g.fills...).Replace(command))
}

// step marks an instruction in the prose of this section as followed.
func (g *walk) step(name string) {
	g.t.Helper()
	s := markdown.Step{Section: g.section, Name: name}
	if !slices.Contains(g.page.Steps, s) {
		g.t.Errorf("%s has no step %q in %q", g.page.path, name, g.section)
	}
	g.page.done[s] = true
}

// code fails unless the prose of this section contains this code.
func (g *walk) code(span string) {
	g.t.Helper()
	acctest.WantSays(g.t, g.page.Prose[g.section], "`"+span+"`")
}

// patience is how long a block may take. It is shorter than the provider's own limit: the provider retries for ten minutes if
// an error may be temporary.
const patience = 2 * time.Minute

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// do runs a script in the reader's shell, which keeps variables and the directory, and fails unless the exit code is code.
func (g *walk) do(code int, script string) {
	g.t.Helper()
	workers := g.origin.workers()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	cmd := g.shell(ctx, "set -euo pipefail\n"+script+"\n{ declare -p | grep -vE '^declare -[a-zA-Z]*r'; echo \"cd '$PWD'\"; } > \"$SHELL_MEMORY\"\n")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		g.t.Fatalf("in %q of %s, after %s: %v\n%s\n%s", g.section, g.page.path, patience, err, script, out)
	}
	g.out = colours.ReplaceAllString(string(out), "")
	if got := cmd.ProcessState.ExitCode(); got != code {
		g.t.Fatalf("in %q of %s, the exit code is %d, want %d:\n%s\n%s", g.section, g.page.path, got, code, script, g.out)
	}
	if strings.Contains(script, "nginx -s reload") {
		g.world.Until(func() bool { return g.origin.reloaded(workers) })
	}
}

// shell returns a shell with the variables and the directory of the reader's shell. When ctx ends, it is killed together
// with everything that it has started.
func (g *walk) shell(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", "[ ! -e \"$SHELL_MEMORY\" ] || . \"$SHELL_MEMORY\"\n"+script)
	cmd.Dir, cmd.Env = g.dir, g.env
	childprocess.KillGroup(cmd)
	return cmd
}

// prints fails unless the last command printed this text, and the page says it in this section, in prose or as a comment.
func (g *walk) prints(text string) {
	g.t.Helper()
	there := g.page.Prose[g.section]
	for _, b := range g.page.Blocks {
		if b.Section == g.section {
			there += b.Text
		}
	}
	if !strings.Contains(there, text) {
		g.t.Errorf("%s does not say %q in %q", g.page.path, text, g.section)
	}
	g.shows(text)
}

// shown fails unless the last output shows the next block, which is the expected output.
func (g *walk) shown() { g.t.Helper(); g.shows(g.block("text")) }

// shows fails unless the last output shows these lines in this order.
func (g *walk) shows(lines string) {
	g.t.Helper()
	if !seen(lines).MatchString(g.out) {
		g.t.Errorf("in %q of %s, the page shows\n%s\nbut the output is\n%s", g.section, g.page.path, lines, g.out)
	}
}
