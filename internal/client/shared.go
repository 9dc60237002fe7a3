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

// sharedRows answers the association reads of one zone from one list. A write makes what was read before
// it stale; reads that come at the same time share one request.
type sharedRows struct {
	fetch func(ctx context.Context) (map[string]*Association, error)

	flights singleflight.Group

	mu      sync.Mutex
	writes  int // version of what the API holds
	rows    map[string]*Association
	fetched time.Time
}

// stale forgets what was read.
func (s *sharedRows) stale() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	s.rows = nil
}

// load returns the zone's rows by hostname, or errNotServed.
func (s *sharedRows) load(ctx context.Context) (map[string]*Association, error) {
	s.mu.Lock()
	rows, version := s.rows, s.writes
	if time.Since(s.fetched) > freshFor {
		rows = nil
	}
	s.mu.Unlock()
	if rows != nil {
		return rows, nil
	}
	// The request does not end with the first of those who wait for it.
	flight := s.flights.DoChan(strconv.Itoa(version), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		rows, err := s.fetch(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil && s.writes == version {
			s.rows, s.fetched = rows, time.Now()
		}
		return rows, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-flight:
		rows, _ := result.Val.(map[string]*Association)
		return rows, result.Err
	}
}
