package acctest

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program. If there is none, it skips the test, or fails it in CI, which installs all programs.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := Find(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return path
}

// Find returns the path of a program. It also searches /usr/sbin, where Debian has servers, and which is not on every
// user's PATH.
func Find(name string) (string, error) {
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		return path, nil
	}
	return exec.LookPath(name)
}
