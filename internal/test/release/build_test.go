// Package release has only tests: what goreleaser makes of .goreleaser.yml is what the registries ask for,
// and what the CLI installs.
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

// platforms are all that are released, said here once more: one that goes missing is missed by its users.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

// this is the platform of the machine that tests.
var this = runtime.GOOS + "_" + runtime.GOARCH

// target is a line of the list of platforms in .goreleaser.yml.
var target = regexp.MustCompile(`(?m)^ +- ([a-z]+_[a-z0-9]+)\n`)

// goreleaser returns the path of goreleaser. It takes minutes to build, so make test does without it.
func goreleaser(t *testing.T) string {
	t.Helper()
	tool := os.Getenv("ORIGINTLS_GORELEASER")
	if tool == "" {
		t.Skip("makes a release: needs ORIGINTLS_GORELEASER, as make release-test sets it")
	}
	return tool
}

// release makes a snapshot of the source in a directory, for this platform alone, and returns the folder
// that holds it. goreleaser can build one platform of many, but archives only all of them, so it gets the
// project's configuration without the others.
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

// run runs a command under a umask.
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

// only returns the one file that the pattern matches in a folder.
func only(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	acctest.NoError(t, err)
	if len(found) != 1 {
		t.Fatalf("%s in %s: found %q, want one file", pattern, dir, found)
	}
	return found[0]
}

// archived returns the files in an archive.
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
