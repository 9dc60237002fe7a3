package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// traffic is what the origin saw of the edge for a while.
type traffic struct {
	served map[string]int // by the name on the presented certificate
	failed int
	gap    time.Duration // how long pulls failed
}

const pause = 20 * time.Millisecond // between two pulls

// watch pulls without end until the function that it returns is called, which returns the result.
func (w *world) watch(ctx context.Context) (stop func() traffic) {
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan traffic)
	go func() {
		seen := traffic{served: map[string]int{}}
		var since time.Time
		for ctx.Err() == nil {
			name, err := w.pull(ctx)
			switch {
			case ctx.Err() != nil: // it was cut off, which says nothing
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
