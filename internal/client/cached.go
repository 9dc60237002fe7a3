package client

import (
	"context"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// freshFor is how long a cached list is used. A plan reads all associations of a zone within seconds.
const freshFor = 30 * time.Second

// cached lets many reads of one zone share a request. The value is used until the zone changes or freshFor has
// passed. Reads that arrive during a request share that request.
type cached[T any] struct {
	z     *Zone
	fetch func(ctx context.Context) (T, error)

	flights singleflight.Group

	mu      sync.Mutex
	value   T
	denied  error     // set if the credentials may not read the value, because asking again cannot help
	version int64     // of the zone when value was fetched
	fetched time.Time // zero if there is no value
}

// load returns the cached value, and fetches it if it is missing or stale.
func (s *cached[T]) load(ctx context.Context) (T, error) {
	version := s.z.version.Load()
	if value, ok, denied := s.fresh(version); ok {
		return value, denied
	}
	// Several callers may wait for this request, so it must not be cancelled when the first of them gives up.
	flight := s.flights.DoChan(strconv.FormatInt(version, 10), func() (any, error) {
		if value, ok, denied := s.fresh(version); ok {
			return value, denied // another caller has fetched the value since the check above
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

// fresh returns the cached value, or the error that denied it. ok says whether it was fetched recently, and since the
// zone's last change.
func (s *cached[T]) fresh(version int64) (value T, ok bool, denied error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value, s.version == version && time.Since(s.fetched) <= freshFor, s.denied
}
