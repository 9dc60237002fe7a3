package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/childprocess"
)

// outcome is the outcome of a mutant.
type outcome string

const (
	killed   outcome = "killed"
	survived outcome = "survived"
	invalid  outcome = "does not compile"
)

// runner runs the tests of a module on mutants. It does not write the module's files: the compiler gets each mutant as an overlay.
type runner struct {
	root    string
	tests   []string      // the packages whose tests must notice the mutant
	flags   []string      // flags for the tests, such as -test.run=X
	timeout time.Duration // for the tests of one mutant; a mutant whose tests take longer counts as killed
	scratch string        // a directory for the mutated files
}

// try runs the tests on a mutant, package by package, until one fails.
func (r *runner) try(ctx context.Context, m mutant) (outcome, error) {
	overlay, err := r.overlay(m)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(r.scratch, "mutant.test")
	for _, pkg := range r.tests {
		if _, err := r.command(ctx, overlay, r.root, 10*time.Minute, "go", "test", "-c", "-vet=off", "-o", binary, pkg); err != nil {
			return invalid, ctx.Err()
		}
		// The tests end after their own timeout. The grace period is for tests that do not.
		args := append([]string{"-test.failfast", "-test.timeout=" + r.timeout.String()}, r.flags...)
		dir := filepath.Join(r.root, filepath.FromSlash(pkg))
		if _, err := r.command(ctx, overlay, dir, r.timeout+time.Minute, binary, args...); err != nil {
			return killed, ctx.Err()
		}
	}
	return survived, nil
}

// overlay writes the mutated file, and the overlay file that replaces the original with it.
func (r *runner) overlay(m mutant) (string, error) {
	original := filepath.Join(r.root, filepath.FromSlash(m.file))
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(r.scratch, "mutant.go")
	text := string(source[:m.from]) + m.text + string(source[m.to:])
	if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err != nil {
		return "", err
	}
	path := filepath.Join(r.scratch, "overlay.json")
	return path, os.WriteFile(path, list, 0o600)
}

// baseline runs the tests on the original code. It returns how long they took and which lines they cover.
func (r *runner) baseline(ctx context.Context, dirs []string) (time.Duration, *coverage, error) {
	profile := filepath.Join(r.scratch, "cover.out")
	var covered []string
	for _, dir := range dirs {
		covered = append(covered, "./"+dir)
	}
	args := append([]string{"test", "-count=1", "-coverprofile=" + profile, "-coverpkg=" + strings.Join(covered, ","), "-timeout=30m"}, r.tests...)
	if len(r.flags) > 0 {
		args = append(append(args, "-args"), r.flags...)
	}
	started := time.Now()
	if out, err := r.command(ctx, "", r.root, 40*time.Minute, "go", args...); err != nil {
		return 0, nil, fmt.Errorf("the tests fail without a mutant: %w\n%s", err, out)
	}
	took := time.Since(started)
	c, err := readCoverage(profile)
	return took, c, err
}

// command runs a program in a process group of its own, and kills the group after the limit. GOFLAGS contains the overlay, so that a test
// that builds the provider builds it with the mutant.
func (r *runner) command(ctx context.Context, overlay, dir string, limit time.Duration, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	if overlay != "" {
		cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	childprocess.KillGroup(cmd)
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("after %s: %w", limit, ctx.Err())
	}
	return out.Bytes(), err
}
