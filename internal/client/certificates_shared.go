package client

import (
	"context"
	"slices"
)

// All returns the zone's certificates of this kind, each once, tombstones included, from a list that reads
// of the zone share. An older form of the list has a row for each hostname that uses a certificate (section 4).
func (s *Certificates) All(ctx context.Context, zoneID string) ([]Certificate, error) {
	list, _ := s.lists.LoadOrStore(zoneID, &shared[[]Certificate]{
		changes: s.c.changes.of(zoneID),
		fetch: func(ctx context.Context) ([]Certificate, error) {
			rows, err := s.List(ctx, zoneID)
			seen := map[string]bool{}
			return slices.DeleteFunc(rows, func(row Certificate) bool {
				again := row.ID == "" || seen[row.ID]
				seen[row.ID] = true
				return again
			}), err
		},
	})
	all, err := list.(*shared[[]Certificate]).load(ctx)
	return slices.Clone(all), err
}

// shown returns a certificate from the shared list where that shows it as active, else as Get does.
func (s *Certificates) shown(ctx context.Context, zoneID, id string) (*Certificate, error) {
	all, err := s.All(ctx, zoneID)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && all[i].Status == StatusActive && all[i].PEM != "" {
			return &all[i], nil
		}
	}
	return s.Get(ctx, zoneID, id)
}
