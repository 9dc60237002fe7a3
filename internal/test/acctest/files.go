package acctest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// NoError ends the test for an error.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// WantNoError fails the test for an error, and lets it go on.
func WantNoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// Root is the repository's directory: that of go.mod, above the working directory.
func Root() string {
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if up, _ := filepath.Abs(dir); up == filepath.Dir(up) {
			return "" // a test that needs a file of it says that the file is missing
		}
	}
}

// ReadFile returns the text of a file.
func ReadFile(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	NoError(t, err)
	return string(raw)
}

// ReadIfThere returns the text of a file, "" if there is none.
func ReadIfThere(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return ReadFile(t, path)
}

// WriteFile writes a file, which may be executed, and makes the folders above it.
func WriteFile(t testing.TB, path, text string) {
	t.Helper()
	NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	NoError(t, os.WriteFile(path, []byte(text), 0o700))
}
