package interop

import (
	"strconv"
	"testing"

	aop "github.com/cloudflare/cloudflare-go/v7/origin_tls_client_auth" //nolint:depguard // what this module is for
)

func TestSettings(t *testing.T) {
	s, ctx := start(t).sdk.Settings, t.Context()
	wantRead := func(want string) {
		t.Helper()
		got, err := look(s.Get(ctx, in[aop.SettingGetParams](zone)))
		noError(t, err)
		wantSeen(t, got, seen{enabled: want})
	}
	wantRead("false")
	for _, enabled := range []bool{true, false} {
		raw := strconv.FormatBool(enabled)
		got, err := s.Update(ctx, params[aop.SettingUpdateParams](given{"ZoneID": zone, "Enabled": enabled}))
		noError(t, err)
		if got.Enabled != enabled {
			t.Errorf("PUT of %s answers %v", raw, got.Enabled)
		}
		read, err := look(got, nil)
		noError(t, err)
		wantSeen(t, read, seen{enabled: raw})
		wantRead(raw)
	}
}
