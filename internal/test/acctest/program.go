package acctest

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, and skips the test if there is none. In CI, which installs them, that is a failure.
func Program(t testing.TB, name string) string {
	t.Helper()
	// Debian keeps servers in /usr/sbin, which not every user has on PATH.
	for _, name := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing", name)
	}
	t.Skipf("there is no %s here", name)
	return ""
}
