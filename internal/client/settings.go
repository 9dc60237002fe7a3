package client

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// Settings serves the zone-level switch.
type Settings struct {
	c       *Client
	written sync.Map // ids of the zones whose setting this client has put
	recent  sync.Map // zone id to *shared[bool]
}

type setting struct {
	Enabled *bool `json:"enabled"`
}

func (s *Settings) path(zoneID string) []string { return familyPath(zoneID, "settings") }

// Get returns whether zone-level authenticated origin pulls are on. Every zone has the setting; its
// default is off (section 4).
//
// GET /zones/{zone_id}/origin_tls_client_auth/settings
func (s *Settings) Get(ctx context.Context, zoneID string) (bool, error) {
	env, err := s.c.do(ctx, call{method: http.MethodGet, path: s.path(zoneID)})
	if err != nil {
		return false, err
	}
	v, err := one[setting](env)
	if err != nil {
		return false, err
	}
	if v.Enabled == nil {
		return false, errors.New("the API's answer does not say whether the setting is enabled")
	}
	return *v.Enabled, nil
}

// read is Get, shared by the reads of a zone.
func (s *Settings) read(ctx context.Context, zoneID string) (bool, error) {
	v, _ := s.recent.LoadOrStore(zoneID, &shared[bool]{
		changes: s.c.changes.of(zoneID),
		fetch:   func(ctx context.Context) (bool, error) { return s.Get(ctx, zoneID) },
	})
	return v.(*shared[bool]).load(ctx)
}

// Put switches zone-level authenticated origin pulls and reads the setting back: it takes effect at
// once and has no status to wait for (section 4), so what is read is what serves.
//
// PUT /zones/{zone_id}/origin_tls_client_auth/settings
func (s *Settings) Put(ctx context.Context, zoneID string, enabled bool) error {
	s.written.Store(zoneID, true)
	return s.put(ctx, zoneID, enabled)
}

// Reset restores the default: off. A setting that this client has put stays: it belongs to another
// resource than the one that is destroyed, or to a later instance of it.
func (s *Settings) Reset(ctx context.Context, zoneID string) error {
	if _, ok := s.written.Load(zoneID); ok {
		return nil
	}
	return s.put(ctx, zoneID, false)
}

func (s *Settings) put(ctx context.Context, zoneID string, enabled bool) error {
	in := call{method: http.MethodPut, path: s.path(zoneID), body: setting{Enabled: &enabled}}
	if _, err := s.c.write(ctx, zoneID, in); err != nil {
		return err
	}
	live, err := s.Get(ctx, zoneID)
	if err != nil {
		return err
	}
	if live != enabled {
		return errors.New("Cloudflare accepted the change, but reading the setting back shows the former value: something else is changing it at the same time")
	}
	return nil
}
