package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module  = "github.com/origintls/terraform-provider-origintls"
	release = "v0.0.1-test"
)

// TestGoRunFromAnywhere starts the command from another module as the guide says: `go run …@VERSION`. The module comes from a
// proxy in the file system, created from this checkout. Its dependencies come from Go's module cache.
func TestGoRunFromAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the command, which takes long")
	}
	root, err := filepath.Abs("../../../..")
	noError(t, err)
	proxy, elsewhere := t.TempDir(), t.TempDir()
	publish(t, root, filepath.Join(proxy, module, "@v"))
	noError(t, os.WriteFile(filepath.Join(elsewhere, "go.mod"), []byte("module example.com/elsewhere\n\ngo 1.26\n"), 0o600))

	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	noError(t, err)
	cmd := exec.CommandContext(t.Context(), "go", "run", module+"/internal/simulator/cmd/origintls-simulator@"+release, "-version")
	cmd.Dir = elsewhere
	cmd.Env = append(os.Environ(),
		"GOPROXY=file://"+proxy+",file://"+filepath.Join(strings.TrimSpace(string(cache)), "cache", "download"),
		"GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw", "GONOSUMDB=*", "GONOSUMCHECK=1", "GOSUMDB=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasSuffix(string(out), "origintls-simulator "+release+"\n") {
		t.Errorf("printed %q", out)
	}
	if text, err := os.ReadFile(filepath.Join(elsewhere, "go.mod")); err != nil || strings.Contains(string(text), module) {
		t.Errorf("go run changed the other module's go.mod to %s, %v", text, err)
	}
}

// publish writes what a module proxy serves for a version: the checkout without its nested modules.
func publish(t *testing.T, root, dir string) {
	t.Helper()
	noError(t, os.MkdirAll(dir, 0o700))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	noError(t, err)
	for name, content := range map[string]string{
		"list": release + "\n", release + ".mod": string(mod),
		release + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-11-25T00:00:00Z"}`, release),
	} {
		noError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	file, err := os.Create(filepath.Join(dir, release+".zip"))
	noError(t, err)
	archive := zip.NewWriter(file)
	noError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		if entry.IsDir() {
			_, nested := os.Stat(filepath.Join(path, "go.mod"))
			if nested == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "dist" || entry.Name() == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		w, err := archive.Create(module + "@" + release + "/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	}))
	noError(t, archive.Close())
	noError(t, file.Close())
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
