package acctest

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, and skips the test if there is none. In CI, which installs them, that is a failure.
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

// Find returns the path of a program. Debian keeps servers in /usr/sbin, which not every user has on PATH.
func Find(name string) (string, error) {
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		return path, nil
	}
	return exec.LookPath(name)
}
