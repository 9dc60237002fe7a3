package acctest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// NoError ends the test if err is not nil.
func NoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// WantNoError fails the test if err is not nil, but does not end it.
func WantNoError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// Root returns the repository's directory: the one with go.mod, above the working directory.
func Root() string {
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if up, _ := filepath.Abs(dir); up == filepath.Dir(up) {
			return "" // a test that needs a file of the repository reports that it is missing
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

// ReadIfThere returns the text of a file, or "" if there is none.
func ReadIfThere(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	return ReadFile(t, path)
}

// WriteFile writes an executable file, and creates the folders above it.
func WriteFile(t testing.TB, path, text string) {
	t.Helper()
	NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	NoError(t, os.WriteFile(path, []byte(text), 0o700))
}
