package main

import (
	"context"
	"fmt"
	"time"
)

const (
	waiting     = 100 // single associations
	parallelism = 10  // the CLI's default
)

// waits measures how close an apply of single associations comes to what it cannot do without: the CLI works on ten at
// a time, so there are waiting/parallelism deployments in a row. The API answers at once, so that what is left is the
// provider's waiting and the CLI.
func (b *bench) waits(ctx context.Context) error {
	fmt.Fprintf(b.out, "\nWaits: %d single associations on one certificate, which exists. floor: %d deployments in a row.\n\n", waiting, waiting/parallelism)
	const row = "%10v  %8v  %8v  %6v  %8v\n"
	fmt.Fprintf(b.out, row, "deployment", "floor", "wall", "ratio", "requests")
	for _, deploy := range []time.Duration{700 * time.Millisecond, 2 * time.Second, 5 * time.Second} {
		s, err := b.scene(ctx, layout{zones: 1, hostnames: waiting, way: single}, 0, deploy)
		if err != nil {
			return err
		}
		// The floor holds what the CLI itself spends on starting.
		_, err = s.measure(ctx, "apply", "-auto-approve", "-target=origintls_hostname_certificate.z0")
		var start, m measurement
		if err == nil {
			start, err = s.measure(ctx, "apply", "-auto-approve", "-target=origintls_hostname_certificate.z0")
		}
		if err == nil {
			m, err = s.measure(ctx, "apply", "-auto-approve")
		}
		s.close()
		if err != nil {
			return err
		}
		least := start.wall + waiting/parallelism*deploy
		total := 0
		for _, n := range m.routes {
			total += n
		}
		fmt.Fprintf(b.out, row, deploy, seconds(least), seconds(m.wall), fmt.Sprintf("%.2f", m.wall.Seconds()/least.Seconds()), total)
	}
	return nil
}
