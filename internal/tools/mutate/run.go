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
	"slices"
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
	root     string
	packages []string      // the packages whose tests must notice the mutant
	flags    []string      // flags for the tests, such as -test.run=X
	budget   time.Duration // for the tests of one mutant, by what they take without it
	timeout  time.Duration // for one process with tests; 0 for a limit by what they take. A mutant whose tests take longer counts as killed
	scratch  string        // a directory for the mutated files
}

// try runs tests on a mutant, package by package, until one fails.
func (r *runner) try(ctx context.Context, m mutant, tests []*test) (outcome, error) {
	overlay, err := r.overlay(m)
	if err != nil {
		return "", err
	}
	// With the overlay in GOFLAGS, a test that builds the provider builds it with the mutant.
	env := []string{"GOFLAGS=" + strings.TrimSpace(os.Getenv("GOFLAGS")+" -overlay="+overlay)}
	binary := filepath.Join(r.scratch, "mutant.test")
	for _, pkg := range r.packages {
		own := slices.DeleteFunc(slices.Clone(tests), func(t *test) bool { return t.pkg != pkg })
		if len(own) == 0 {
			continue
		}
		if _, err := r.command(ctx, r.root, env, 10*time.Minute, "go", "test", "-c", "-vet=off", "-o", binary, pkg); err != nil {
			return invalid, ctx.Err()
		}
		for _, batch := range batches(own) {
			timeout := r.limit(batch)
			// The tests end after their own timeout. The grace period is for tests that do not.
			args := append(slices.Clone(r.flags), "-test.failfast", "-test.timeout="+timeout.String(), "-test.run="+exactly(batch))
			if _, err := r.command(ctx, r.folder(pkg), env, timeout+30*time.Second, binary, args...); err != nil {
				return killed, ctx.Err()
			}
		}
	}
	return survived, nil
}

// slack is what the timeout allows beyond three times what the tests take: some build the provider, which the baseline found built.
const slack = 20 * time.Second

// limit returns the timeout for a process that runs these tests.
func (r *runner) limit(tests []*test) time.Duration {
	if r.timeout != 0 {
		return r.timeout
	}
	return 3*total(tests) + slack
}

// folder returns the directory of a package, in which its tests run.
func (r *runner) folder(pkg string) string { return filepath.Join(r.root, filepath.FromSlash(pkg)) }

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

// command runs a program with these further variables in a process group of its own, and kills the group after the limit.
func (r *runner) command(ctx context.Context, dir string, env []string, limit time.Duration, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = append(os.Environ(), env...)
	childprocess.KillGroup(cmd)
	err := cmd.Run()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("after %s: %w", limit, ctx.Err())
	}
	return out.Bytes(), err
}
