package client

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// freshFor is how long a list answers reads. A plan reads all of a zone's associations within seconds.
const freshFor = 30 * time.Second

// changes counts what this process has changed in each zone: its writes, and the deployments and deletions
// whose end it has seen. What was read before a change is stale.
type changes struct{ zones sync.Map } // zone id to *atomic.Int64

func (c *changes) of(zoneID string) *atomic.Int64 {
	n, _ := c.zones.LoadOrStore(zoneID, new(atomic.Int64))
	return n.(*atomic.Int64)
}

// shared answers many reads of the same thing of one zone with one request, until the zone changes. Reads
// that come at the same time share a request.
type shared[T any] struct {
	fetch   func(ctx context.Context) (T, error)
	changes *atomic.Int64 // the zone's

	flights singleflight.Group

	mu      sync.Mutex
	value   T
	denied  error     // in place of a value, where the credentials may not read it: asking again cannot help
	version int64     // of the zone, when value was fetched
	fetched time.Time // zero where there is no value
}

// load returns what fetch does, or did a moment ago.
func (s *shared[T]) load(ctx context.Context) (T, error) {
	version := s.changes.Load()
	if value, ok, denied := s.fresh(version); ok {
		return value, denied
	}
	// The request does not end with the first of those who wait for it.
	flight := s.flights.DoChan(strconv.FormatInt(version, 10), func() (any, error) {
		if value, ok, denied := s.fresh(version); ok {
			return value, denied // somebody else's flight has landed meanwhile
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		value, err := s.fetch(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil || isDenied(err) {
			s.value, s.denied, s.version, s.fetched = value, err, version, time.Now()
		}
		return value, err
	})
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case result := <-flight:
		value, _ := result.Val.(T)
		return value, result.Err
	}
}

// fresh returns what was fetched since the zone's last change, or that it was denied, if that is not long ago.
func (s *shared[T]) fresh(version int64) (value T, ok bool, denied error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.version == version && time.Since(s.fetched) <= freshFor, s.denied
}
