package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// traffic is the edge's traffic at the origin during a period.
type traffic struct {
	served map[string]int // the number of pulls by the common name of the presented certificate
	failed int
	gap    time.Duration // for how long pulls failed
}

const pause = 20 * time.Millisecond // the pause between two pulls

// watch pulls continuously until the returned function is called, which returns the result.
func (w *world) watch(ctx context.Context) (stop func() traffic) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan traffic)
	go func() {
		seen := traffic{served: map[string]int{}}
		var since time.Time
		for ctx.Err() == nil {
			name, err := w.pull(ctx)
			switch {
			case ctx.Err() != nil: // the end of the watch has cut this pull off, so it does not count
			case err != nil:
				seen.failed++
				if since.IsZero() {
					since = time.Now()
				}
			default:
				seen.served[name]++
				if !since.IsZero() {
					seen.gap += time.Since(since)
					since = time.Time{}
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
		if !since.IsZero() {
			seen.gap += time.Since(since)
		}
		result <- seen
	}()
	return func() traffic { cancel(); return <-result }
}

func (t traffic) pulls() int {
	n := t.failed
	for _, served := range t.served {
		n += served
	}
	return n
}

func (t traffic) String() string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t.served)) {
		names = append(names, fmt.Sprintf("%d with %q", t.served[name], name))
	}
	return fmt.Sprintf("%d pulls, %d failed; served: %s", t.pulls(), t.failed, strings.Join(names, ", "))
}
