package client

import (
	"context"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// freshFor is how long a list answers reads. A plan reads all of a zone's associations within seconds.
const freshFor = 30 * time.Second

// cached answers many reads of the same thing of one zone with one request, until the zone changes. Reads
// that come at the same time share a request.
type cached[T any] struct {
	z     *Zone
	fetch func(ctx context.Context) (T, error)

	flights singleflight.Group

	mu      sync.Mutex
	value   T
	denied  error     // in place of a value, where the credentials may not read it: asking again cannot help
	version int64     // of the zone, when value was fetched
	fetched time.Time // zero where there is no value
}

// load returns what fetch does, or did a moment ago.
func (s *cached[T]) load(ctx context.Context) (T, error) {
	version := s.z.version.Load()
	if value, ok, denied := s.fresh(version); ok {
		return value, denied
	}
	// The request does not end with the first of those who wait for it.
	flight := s.flights.DoChan(strconv.FormatInt(version, 10), func() (any, error) {
		if value, ok, denied := s.fresh(version); ok {
			return value, denied // another request has been answered meanwhile
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestCall)
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
func (s *cached[T]) fresh(version int64) (value T, ok bool, denied error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.version == version && time.Since(s.fetched) <= freshFor, s.denied
}
