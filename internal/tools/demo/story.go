package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"
)

//go:embed config/*.tf
var config embed.FS

// story is what the steps share.
type story struct {
	ca       *authority
	world    *world
	runner   *runner
	declared string // working directory of the state that declares everything
	adopted  string // working directory of the second state, which imports it
}

// generation tells the subjects of the certificates before and after rotation apart.
func zoneSubject(generation int) string     { return fmt.Sprintf("zone client %d", generation) }
func hostnameSubject(generation int) string { return fmt.Sprintf("hostname client %d", generation) }

// tell runs the steps in order; the first that fails ends the demo.
func tell(ctx context.Context, dir string, w *world, r *runner) error {
	s := &story{world: w, runner: r, declared: filepath.Join(dir, "declared"), adopted: filepath.Join(dir, "adopted")}
	if err := s.prepare(); err != nil {
		return err
	}
	steps := []struct {
		title string
		do    func(context.Context) error
		check func() error
	}{
		{"Validate, without asking the API anything", s.cli("validate"), w.checkNothing},
		{"Plan", s.cli("plan", "-out=tfplan"), w.checkNothing},
		{"Apply: ends when the edge serves what was declared", s.cli("apply", "tfplan"), s.checkGeneration(1)},
		{"Plan again: nothing to do", s.emptyPlan, s.checkGeneration(1)},
		{"Rotate both certificates, the new one in place before the old one goes", s.rotate, s.checkGeneration(2)},
		{"Plan after the rotation: nothing to do", s.emptyPlan, s.checkGeneration(2)},
		{"Import into a second state, which then has nothing to do", s.adopt, s.checkGeneration(2)},
		{"Destroy", s.cli("destroy", "-auto-approve"), w.checkNothing},
	}
	fmt.Printf("The simulated API is at %s, zone %s. While this runs, a browser shows it at %s.\n", w.url(), zoneID, w.page())
	begin, shown := time.Now(), ""
	for i, step := range steps {
		fmt.Printf("\n%d. %s\n", i+1, step.title)
		stepBegin, before := time.Now(), w.requests()
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		if table := w.table(); table != shown {
			fmt.Print(table)
			shown = table
		} else {
			fmt.Println("  | (unchanged)")
		}
		fmt.Printf("  | %d requests, %.1f s\n", w.requests()-before, time.Since(stepBegin).Seconds())
		if err := step.check(); err != nil {
			return fmt.Errorf("step %d: the commands succeeded, but %w", i+1, err)
		}
	}
	fmt.Printf("\nAll %d steps did what they promise, in %.0f s.\n", len(steps), time.Since(begin).Seconds())
	return nil
}

// prepare lays out both working directories with the first generation of certificates.
func (s *story) prepare() (err error) {
	files := map[string][]string{
		s.declared: {"providers.tf", "declare.tf"},
		s.adopted:  {"providers.tf", "adopt.tf"},
	}
	for dir, names := range files {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		for _, name := range names {
			if err := unpack(name, dir); err != nil {
				return err
			}
		}
	}
	if s.ca, err = newAuthority(); err != nil {
		return err
	}
	return s.issue(1)
}

func unpack(name, dir string) error {
	in, err := config.Open(path.Join("config", name))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), text, 0o600)
}

func (s *story) issue(generation int) error {
	if err := s.ca.issue(zoneSubject(generation), "zone", s.declared, s.adopted); err != nil {
		return err
	}
	return s.ca.issue(hostnameSubject(generation), "hostname", s.declared, s.adopted)
}

// cli is a step of a single command.
func (s *story) cli(args ...string) func(context.Context) error {
	return func(ctx context.Context) error { return s.runner.run(ctx, s.declared, args...) }
}

func (s *story) emptyPlan(ctx context.Context) error {
	return s.reading(func() error { return s.runner.run(ctx, s.declared, "plan", "-detailed-exitcode") })
}

// rotate replaces both certificates and watches that at no moment one is missing.
func (s *story) rotate(ctx context.Context) error {
	if err := s.issue(2); err != nil {
		return err
	}
	watch := s.world.watch()
	err := s.runner.run(ctx, s.declared, "apply", "-auto-approve")
	if gap := watch(); err == nil && gap != nil {
		return gap
	}
	return err
}

// adopt imports one object of each type and expects an empty plan, all without a single write.
func (s *story) adopt(ctx context.Context) error {
	zone, hostname, err := s.world.certificateIDs()
	if err != nil {
		return err
	}
	imports := [][2]string{
		{"origintls_zone_certificate.edge", zoneID + "/" + zone},
		{"origintls_hostname_certificate.own", zoneID + "/" + hostname},
		{"origintls_zone_setting.this", zoneID},
	}
	for _, h := range hostnames {
		imports = append(imports, [2]string{fmt.Sprintf("origintls_hostname_association.own[%q]", h), zoneID + "/" + h})
	}
	return s.reading(func() error {
		for _, one := range imports {
			if err := s.runner.run(ctx, s.adopted, "import", one[0], one[1]); err != nil {
				return err
			}
		}
		return s.runner.run(ctx, s.adopted, "plan", "-detailed-exitcode")
	})
}

// reading fails if do made the provider write anything.
func (s *story) reading(do func() error) error {
	before := s.world.writes()
	if err := do(); err != nil {
		return err
	}
	if n := s.world.writes() - before; n != 0 {
		return fmt.Errorf("%d requests were no GET, though nothing had to change", n)
	}
	return nil
}

func (s *story) checkGeneration(n int) func() error {
	return func() error { return s.world.checkAll(zoneSubject(n), hostnameSubject(n)) }
}
