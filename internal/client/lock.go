package client

import (
	"context"
	"fmt"
	"sync"
)

// zoneLocks lets one write at a time go out for a zone: the API answers 409 to overlapping ones
// (api-behaviour.md section 1b).
type zoneLocks struct{ zones sync.Map }

// lock waits for a zone's turn, or returns the context's error. The caller must call unlock.
func (l *zoneLocks) lock(ctx context.Context, zoneID string) (unlock func(), err error) {
	v, _ := l.zones.LoadOrStore(zoneID, make(chan struct{}, 1))
	turn := v.(chan struct{})
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	default:
	}
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the zone's earlier writes: %w", ctx.Err())
	}
}

// write sends a call that changes a zone, when it is the zone's turn.
func (c *Client) write(ctx context.Context, zoneID string, in call) (*envelope, error) {
	unlock, err := c.writes.lock(ctx, zoneID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	defer c.changes.of(zoneID).Add(1)
	return c.do(ctx, in)
}
