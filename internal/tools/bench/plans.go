package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// plans measures what a plan that finds nothing to do costs the machine itself, and validate.
func (b *bench) plans(ctx context.Context, o options) error {
	fmt.Fprintf(b.out, "\nNo latency: the plan that finds nothing to do.\n"+
		"floor: as many terraform_data, without any provider.\n\n")
	t := newTable(b.out)
	layouts := []layout{{zones: 1, hostnames: zoneSize, way: floor}, {zones: 1, hostnames: zoneSize, way: single}}
	if o.zones5 {
		layouts = append(layouts, layout{zones: fiveZones, hostnames: zoneSize, way: bulk})
	}
	for _, l := range layouts {
		if err := b.plan(ctx, t, l); err != nil {
			return err
		}
	}
	return b.validate(ctx)
}

// plan measures one plan, and the same one with the provider to compare with.
func (b *bench) plan(ctx context.Context, t *table, l layout) error {
	s, err := b.applied(ctx, l)
	if err != nil {
		return err
	}
	defer s.close()
	now, err := s.measure(ctx, "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	t.row(l, "plan", now)
	if b.before == "" || l.way == floor {
		return nil
	}
	if err := s.use(b.before); err != nil {
		return err
	}
	then, err := s.measure(ctx, "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	t.row(l, "-before", then)
	fmt.Fprintf(b.out, "%9s  CPU of provider and CLI: %s in place of %s, %.0f %% less\n", "",
		seconds(now.cpu), seconds(then.cpu), 100*(1-now.cpu.Seconds()/then.cpu.Seconds()))
	return nil
}

// applied is a scene in which a layout has been applied.
func (b *bench) applied(ctx context.Context, l layout) (*scene, error) {
	s, err := b.scene(ctx, l, 0, 10*time.Millisecond)
	if err != nil {
		return nil, err
	}
	if l.way == floor {
		err = os.Remove(filepath.Join(s.dir, "certificates.tf"))
	}
	if err == nil {
		_, err = s.measure(ctx, "apply", "-auto-approve")
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// validate measures validate of one resource beside the same of terraform_data: what the start of a provider and
// its schema cost. The two take turns, so that other work on the machine meets both.
func (b *bench) validate(ctx context.Context) error {
	const times = 7
	scenes := map[way]*scene{}
	for _, w := range []way{floor, single} {
		s, err := b.scene(ctx, layout{zones: 1, hostnames: 1, way: w}, 0, 0)
		if err != nil {
			return err
		}
		defer s.close() //nolint:gocritic // both are used until the end
		if w == floor {
			if err := os.Remove(filepath.Join(s.dir, "certificates.tf")); err != nil {
				return err
			}
		}
		scenes[w] = s
	}
	walls := map[way][]time.Duration{}
	for range times {
		for w, s := range scenes {
			m, err := s.measure(ctx, "validate")
			if err != nil {
				return err
			}
			walls[w] = append(walls[w], m.wall)
		}
	}
	for _, all := range walls {
		slices.Sort(all)
	}
	fmt.Fprintf(b.out, "\nvalidate, median of %d: %.2f s, terraform_data %.2f s.\n", times,
		walls[single][times/2].Seconds(), walls[floor][times/2].Seconds())
	return nil
}
