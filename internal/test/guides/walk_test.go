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

// walk is a reader who follows a page: at a shell, in a directory, block by block.
type walk struct {
	t       *testing.T
	world   *acctest.World
	cli     *acctest.CLI
	page    *page
	next    int    // the block that comes next
	section string // where the reader is
	dir     string // where the reader works
	home    string // what the reader has besides: the shim, the provider, the shell's memory
	env     []string
	fills   []string // what stands for something of the reader's own, and what that is
	origin  *origin
	out     string // what the last command printed
}

// follow opens a page that uses these programs. At the test's end, every block of it must have been followed or excused.
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
	g.put(filepath.Join(bin, "terraform"), "#!/bin/sh\n# Whoever is asked whether to go on says yes.\necho yes | '"+command.Path+"' \"$@\"\n")
	g.env = command.Env
	g.env = append(g.env, "PATH="+bin+":"+os.Getenv("PATH"), "SHELL_MEMORY="+filepath.Join(g.home, "memory"))
	g.install("origintls/origintls", filepath.Join(root, ".bin", "acceptance")) // where the helper has built it
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() {
			return
		}
		for _, b := range g.page.Blocks[g.next:] {
			t.Errorf("%s:%d: nobody follows this block:\n%s", path, b.Line, b.Text)
		}
		for _, s := range g.page.Steps {
			if !g.page.done[s] {
				t.Errorf("%s: nobody follows the step %q in %q", path, s.Name, s.Section)
			}
		}
	})
	return g
}

// install makes `terraform init` find a provider, as if it were released. folder has its binary.
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

// put writes a file, below the working directory unless the path is absolute. What the CLI is too old for skips the test.
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

// read returns a file, "" if there is none.
func (g *walk) read(name string) string {
	g.t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(g.dir, name)
	}
	return acctest.ReadIfThere(g.t, name)
}

// fill says what the reader has in place of what the page shows: its own address for the page's.
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

// at goes to a section. There must be no block left before it.
func (g *walk) at(section string) {
	g.t.Helper()
	if _, there := g.page.Prose[section]; !there {
		g.t.Fatalf("%s has no section %q", g.page.path, section)
	}
	g.section = section
}

// block takes the next block, which has to be in this section and of this language.
func (g *walk) block(lang string) string {
	g.t.Helper()
	if g.next == len(g.page.Blocks) {
		g.t.Fatalf("%s ends before the block of %s that is expected in %q", g.page.path, lang, g.section)
	}
	b := g.page.Blocks[g.next]
	if b.Section != g.section || b.Lang != lang {
		g.t.Fatalf("%s:%d: here comes a block of %s in %q, and one of %s in %q is expected:\n%s",
			g.page.path, b.Line, b.Lang, b.Section, lang, g.section, b.Text)
	}
	g.next++
	return strings.NewReplacer(g.fills...).Replace(b.Text)
}

// excuse passes over the next block, for a reason.
func (g *walk) excuse(lang, reason string) {
	g.t.Helper()
	g.block(lang)
	g.t.Logf("%s:%d is not followed: %s", g.page.path, g.page.Blocks[g.next-1].Line, reason)
}

// write writes the next block into a file.
func (g *walk) write(lang, name string) {
	g.t.Helper()
	g.put(name, g.block(lang))
}

// sh runs the next block.
func (g *walk) sh() { g.t.Helper(); g.do(0, g.block("sh")) }

// command runs a command that stands in the prose of this section.
func (g *walk) command(code int, command string) {
	g.t.Helper()
	g.code(command)
	g.do(code, strings.NewReplacer(g.fills...).Replace(command))
}

// step goes on to an instruction of this section's prose.
func (g *walk) step(name string) {
	g.t.Helper()
	s := markdown.Step{Section: g.section, Name: name}
	if !slices.Contains(g.page.Steps, s) {
		g.t.Errorf("%s has no step %q in %q", g.page.path, name, g.section)
	}
	g.page.done[s] = true
}

// code fails unless the prose of this section has this code.
func (g *walk) code(span string) {
	g.t.Helper()
	acctest.WantSays(g.t, g.page.Prose[g.section], "`"+span+"`")
}

// patience is how long a block may take. The provider has more: it tries for ten minutes what may still come right.
const patience = 2 * time.Minute

var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// do runs a script in the reader's shell, which remembers variables and directory, and fails unless it ends with code.
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
		g.t.Fatalf("in %q of %s, this ends with %d, not %d:\n%s\n%s", g.section, g.page.path, got, code, script, g.out)
	}
	if strings.Contains(script, "nginx -s reload") {
		g.world.Until(func() bool { return g.origin.reloaded(workers) })
	}
}

// shell is a shell that knows what the reader's knows. At ctx's end, it ends with all that it has started.
func (g *walk) shell(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-c", "[ ! -e \"$SHELL_MEMORY\" ] || . \"$SHELL_MEMORY\"\n"+script)
	cmd.Dir, cmd.Env = g.dir, g.env
	childprocess.KillGroup(cmd)
	return cmd
}

// prints fails unless the last command printed what the page says in this section, in prose or as a comment.
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

// shown looks in the last output for the next block, which is the expected output.
func (g *walk) shown() { g.t.Helper(); g.shows(g.block("text")) }

// shows looks for lines in the last output, in their order.
func (g *walk) shows(lines string) {
	g.t.Helper()
	if !seen(lines).MatchString(g.out) {
		g.t.Errorf("in %q of %s, the page shows\n%s\nand the output is\n%s", g.section, g.page.path, lines, g.out)
	}
}
