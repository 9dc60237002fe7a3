package client

import (
	"context"
	"errors"
	"net/http"
)

// Setting is the API of the zone-level switch of one zone.
type Setting struct {
	z     *Zone
	reads *cached[bool]
}

func newSetting(z *Zone) *Setting {
	s := &Setting{z: z}
	s.reads = &cached[bool]{z: z, fetch: s.Get}
	return s
}

type settingJSON struct {
	Enabled *bool `json:"enabled"`
}

// Get returns whether zone-level authenticated origin pulls are enabled. Every zone has the setting. Its default is
// off (api-behaviour.md section 4).
//
// GET /zones/{zone_id}/origin_tls_client_auth/settings
func (s *Setting) Get(ctx context.Context) (bool, error) {
	env, err := s.z.c.do(ctx, call{method: http.MethodGet, path: s.z.path("settings")})
	if err != nil {
		return false, err
	}
	v, err := one[settingJSON](env)
	if err != nil {
		return false, err
	}
	if v.Enabled == nil {
		return false, errors.New("the API's answer does not say whether the setting is enabled")
	}
	return *v.Enabled, nil
}

// Read returns the setting as Get does, but the reads of the zone share one request until this process changes the
// zone.
func (s *Setting) Read(ctx context.Context) (bool, error) { return s.reads.load(ctx) }

// Put turns zone-level authenticated origin pulls on or off and reads the setting back. A change has no status to
// wait for, because it takes effect immediately (section 4).
//
// PUT /zones/{zone_id}/origin_tls_client_auth/settings
func (s *Setting) Put(ctx context.Context, enabled bool) error {
	creation := s.z.Ledger.begin(SettingKey())
	err := s.z.exclusively(ctx, func() error { return s.write(ctx, enabled) })
	creation.end(err)
	return err
}

// Reset restores the default, which is off. If this process writes the setting at another address, Reset does
// nothing, because the setting then belongs to that resource. expected says that the plan contains such a write. If
// that write fails or does not start, the setting stays as it is, and Reset returns a *KeptError.
func (s *Setting) Reset(ctx context.Context, expected bool) error {
	if claimed, err := s.z.Ledger.claimed(ctx, SettingKey(), expected); claimed || err != nil {
		return err
	}
	err := s.z.exclusively(ctx, func() error {
		if s.z.Ledger.begun(SettingKey()) != nil {
			return errSuperseded
		}
		return s.write(ctx, false)
	})
	if errors.Is(err, errSuperseded) {
		_, err = s.z.Ledger.claimed(ctx, SettingKey(), true)
	}
	return err
}

// write writes the setting and reads it back, during the zone's turn, so that no other write of this process happens
// in between.
func (s *Setting) write(ctx context.Context, enabled bool) error {
	in := call{method: http.MethodPut, path: s.z.path("settings"), body: settingJSON{Enabled: &enabled}}
	if _, err := s.z.c.do(ctx, in); err != nil {
		return err
	}
	live, err := s.Get(ctx)
	if err == nil && live != enabled {
		err = errors.New("Cloudflare accepted the change, but still shows the former value: something else is changing the setting at the same time")
	}
	return err
}
