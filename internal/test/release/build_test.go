// Package release has only tests. They check that the artefacts that goreleaser builds from .goreleaser.yml meet the requirements of
// the registries, and that the CLI can install them.
package release

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const (
	root    = "../../.."
	project = "terraform-provider-origintls"
)

// platforms are all released platforms. The list repeats .goreleaser.yml, so that a platform cannot disappear from there unnoticed.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// this is the platform of the machine that runs the tests.
var this = runtime.GOOS + "_" + runtime.GOARCH

// target matches a line of the list of platforms in .goreleaser.yml.
var target = regexp.MustCompile(`(?m)^ +- ([a-z]+_[a-z0-9]+)\n`)

// goreleaser returns the path of goreleaser. Building goreleaser takes minutes, so make test skips these tests.
func goreleaser(t *testing.T) string {
	t.Helper()
	tool := os.Getenv("ORIGINTLS_GORELEASER")
	if tool == "" {
		t.Skip("builds a release: needs ORIGINTLS_GORELEASER, which make release-test sets")
	}
	return tool
}

// release builds a snapshot of the source for only this platform, and returns the folder with it. goreleaser can build a single
// platform, but can only archive all of them. So release gives it the project's configuration without the other platforms.
func release(t *testing.T, source, skip, umask string, env ...string) string {
	t.Helper()
	tool := goreleaser(t)
	dist := filepath.Join(t.TempDir(), "dist")
	config := filepath.Join(t.TempDir(), "goreleaser.yml")
	text := target.ReplaceAllStringFunc(acctest.ReadFile(t, filepath.Join(root, ".goreleaser.yml")), func(line string) string {
		if strings.TrimSpace(line) == "- "+this {
			return line
		}
		return ""
	})
	acctest.WriteFile(t, config, text+"\ndist: "+dist+"\n")
	run(t, source, umask, env, tool, "release", "--snapshot", "--config", config, "--skip="+skip)
	return dist
}

// run runs a command with a umask.
func run(t *testing.T, dir, umask string, env []string, args ...string) {
	t.Helper()
	command := exec.Command("sh", append([]string{"-c", "umask " + umask + ` && exec "$0" "$@"`}, args...)...)
	command.Dir, command.Env = dir, append(os.Environ(), env...)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", args[0], err, out)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	acctest.NoError(t, err)
	return path
}

// only returns the single file in a folder that the pattern matches.
func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	acctest.NoError(t, err)
	if len(found) != 1 {
		t.Fatalf("%s in %s: found %q, want one file", pattern, dir, found)
	}
	return found[0]
}

// archived returns the files of an archive.
func archived(t *testing.T, path string) []*zip.File {
	t.Helper()
	content := acctest.ReadFile(t, path)
	archive, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	acctest.NoError(t, err)
	return archive.File
}

func unzip(t *testing.T, file *zip.File) string {
	t.Helper()
	from, err := file.Open()
	acctest.NoError(t, err)
	content, err := io.ReadAll(from)
	acctest.NoError(t, err)
	return string(content)
}
