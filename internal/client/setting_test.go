package client

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A write is read back. Another system may have changed the setting at the same moment.
func TestAWriteOfTheSettingIsReadBack(t *testing.T) {
	const put, get = "PUT /settings", "GET /settings"
	denied := refuse(403, 10000, "Authentication error")
	const deniedText = "HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)"
	shows := func(on bool) answer { return ok(fmt.Sprintf(`{"enabled":%v}`, on)) }
	for name, c := range map[string]struct {
		put, get answer // of a write of false
		sent     []string
		err      string
	}{
		"written":             {shows(false), shows(false), []string{put, get}, ""},
		"still as it was":     {shows(false), shows(true), []string{put, get}, "Cloudflare accepted the change, but still shows the former value: something else is changing the setting at the same time"},
		"refused":             {denied, shows(true), []string{put}, deniedText},
		"cannot be read back": {shows(false), denied, []string{put, get}, deniedText},
		"another shape":       {shows(false), ok(`[]`), []string{put, get}, "the API's result has an unexpected shape: json: cannot unmarshal array into Go value of type client.settingJSON"},
		"without a value":     {shows(false), ok(`{}`), []string{put, get}, "the API's answer does not say whether the setting is enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, write := range map[string]func(*Setting) error{
				"put":   func(s *Setting) error { return s.Put(t.Context(), false) },
				"reset": func(s *Setting) error { return s.Reset(t.Context(), false) },
			} {
				api := byRoute(t, map[string][]answer{put: {c.put}, get: {c.get}})
				z := newZone(t, api)
				err := write(z.Setting)
				if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("%s: %v, want %q", kind, err, c.err)
				}
				if !slices.Equal(api.asked, c.sent) || api.bodies[0] != `{"enabled":false}` {
					t.Errorf("%s: %v with %q, want %v", kind, api.asked, api.bodies[0], c.sent)
				}
				if serves := z.Ledger.Serves(SettingKey()); serves != (kind == "put" && c.err == "") {
					t.Errorf("%s: recorded as written: %v", kind, serves)
				}
			}
		})
	}
}

func TestReadsOfTheSettingShareARequestUntilItIsWritten(t *testing.T) {
	api := byRoute(t, map[string][]answer{"GET /settings": {ok(`{"enabled":false}`), ok(`{"enabled":true}`)}, "PUT /settings": {ok(`{"enabled":true}`)}})
	z := newZone(t, api)
	for _, want := range []bool{false, false, true, true} {
		if want {
			if err := z.Setting.Put(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := z.Setting.Read(t.Context()); err != nil || got != want {
			t.Errorf("read %v, %v; want %v", got, err, want)
		}
	}
	if n := api.count("GET /settings"); n != 5 {
		t.Errorf("%d requests, want 1 before the writes, and 2 with each of them", n)
	}
}

// The setting is destroyed at one address and created at another. What becomes of the creation decides.
func TestAResetDependsOnTheWriteAtAnotherAddress(t *testing.T) {
	for name, c := range map[string]struct {
		steps []step
		err   error
	}{
		"written":           {[]step{created(time.Second, time.Second, SettingKey(), "", nil)}, nil},
		"refused":           {[]step{created(time.Second, time.Second, SettingKey(), "", errRefused)}, errRefused},
		"it does not start": {nil, errUnstarted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				z := newZone(t, byRoute(t, nil)) // nothing is sent
				play(t, z.Ledger, c.steps)
				if err := z.Setting.Reset(t.Context(), true); !errors.Is(err, c.err) || IsKept(err) != (c.err != nil) {
					t.Errorf("got %v, want %v", err, c.err)
				}
			})
		})
	}
}

// A reset of the setting or a void waits for the zone's turn, and another resource of the same apply begins to write the object
// meanwhile. The reset gives way: after the write, it would undo what has just been written.
func TestADestructionGivesWayToAWriteThatBeginsMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		key     Key
		destroy func(*testing.T, *Zone) error
	}{
		"setting": {SettingKey(), func(t *testing.T, z *Zone) error { return z.Setting.Reset(t.Context(), false) }},
		"association": {shopAt, func(t *testing.T, z *Zone) error {
			return z.Associations.Void(t.Context(), shopAt.Name(), "old", "", false)
		}},
	} {
		for _, refusal := range []error{nil, errRefused} {
			t.Run(fmt.Sprint(name, " ", refusal), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					z := newZone(t, byRoute(t, nil)) // nothing is sent
					if err := z.turn.Acquire(t.Context(), 1); err != nil {
						t.Fatal(err)
					}
					done := make(chan error, 1)
					go func() { done <- c.destroy(t, z) }()
					time.Sleep(time.Second) // the destruction waits for its turn
					write := z.Ledger.begin(c.key)
					z.turn.Release(1)
					time.Sleep(time.Second)
					write.end(refusal)
					if err := <-done; !errors.Is(err, refusal) || IsKept(err) != (refusal != nil) {
						t.Errorf("got %v, want %v", err, refusal)
					}
				})
			})
		}
	}
}
