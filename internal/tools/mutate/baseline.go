package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// baseline runs each test alone on the original code, several at the same time, and returns the tests with what it has measured.
func (r *runner) baseline(ctx context.Context, dirs []string) ([]*test, error) {
	var tests []*test
	for _, pkg := range r.packages {
		found, err := r.list(ctx, pkg, dirs)
		if err != nil {
			return nil, err
		}
		tests = append(tests, found...)
	}
	group, ctx := errgroup.WithContext(ctx) // the first error ends the others
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, t := range tests {
		group.Go(func() error { return r.measure(ctx, t) })
	}
	return tests, group.Wait()
}

// list builds the tests of a package with counters for these directories, and returns those that the flags select.
func (r *runner) list(ctx context.Context, pkg string, dirs []string) ([]*test, error) {
	folder, err := os.MkdirTemp(r.scratch, "baseline")
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(folder, "baseline.test")
	covered := "-coverpkg=./" + strings.Join(dirs, ",./")
	if out, err := r.command(ctx, r.root, nil, 10*time.Minute, "go", "test", "-c", "-vet=off", "-cover", covered, "-o", binary, pkg); err != nil {
		return nil, fmt.Errorf("building the tests of %s: %w\n%s", pkg, err, out)
	}
	pattern := "."
	for _, flag := range r.flags {
		if text, ok := strings.CutPrefix(flag, "-test.run="); ok {
			pattern = text
		}
	}
	out, err := r.command(ctx, r.folder(pkg), nil, time.Minute, binary, "-test.list="+pattern)
	if err != nil {
		return nil, fmt.Errorf("listing the tests of %s: %w\n%s", pkg, err, out)
	}
	var tests []*test
	for line := range strings.Lines(string(out)) {
		for _, kind := range []string{"Test", "Fuzz", "Example"} { // -test.run runs no benchmarks
			if strings.HasPrefix(line, kind) {
				tests = append(tests, &test{pkg: pkg, name: strings.TrimSpace(line), binary: binary, covered: coverage{}})
			}
		}
	}
	return tests, nil
}

// measure runs a test alone. What it covers includes the provider's processes that the test starts, see internal/test/acctest.
func (r *runner) measure(ctx context.Context, t *test) error {
	folder, err := os.MkdirTemp(filepath.Dir(t.binary), "cover")
	if err != nil {
		return err
	}
	profile := filepath.Join(folder, "profile")
	args := append(slices.Clone(r.flags), "-test.timeout=30m", "-test.run="+exactly([]*test{t}), "-test.coverprofile="+profile)
	started := time.Now()
	if out, err := r.command(ctx, r.folder(t.pkg), []string{"ORIGINTLS_COVERDIR=" + folder}, 40*time.Minute, t.binary, args...); err != nil {
		return fmt.Errorf("%s fails without a mutant: %w\n%s", t.name, err, out)
	}
	t.took = time.Since(started)
	if err := t.covered.add(profile); err != nil {
		return err
	}
	if counts, err := filepath.Glob(filepath.Join(folder, "covcounters.*")); err != nil || len(counts) == 0 {
		return err
	}
	if out, err := r.command(ctx, r.root, nil, time.Minute, "go", "tool", "covdata", "textfmt", "-i="+folder, "-o="+profile); err != nil {
		return fmt.Errorf("the coverage of the processes of %s: %w\n%s", t.name, err, out)
	}
	return t.covered.add(profile)
}
