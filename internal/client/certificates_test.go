package client

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A plan of many certificates reads the list of the zone once. Only what it does not show as active is read separately.
func TestReadsOfCertificatesShareTheList(t *testing.T) {
	const path = "/hostnames/certificates"
	single := ok(`{"status":"active","serial_number":"single"}`)
	listed := ok(`[{"id":"active","status":"active","certificate":"PEM","serial_number":"list"},
		{"id":"deploying","status":"pending_deployment","certificate":"PEM"}, {"id":"bare","status":"active"}]`)
	for name, c := range map[string]struct {
		list answer
		want map[string]string
	}{
		"served":      {listed, map[string]string{"active": "list", "deploying": "single", "bare": "single", "missing": "single"}},
		"not allowed": {refuse(403, 10000, "Authentication error"), map[string]string{"active": "single"}},
	} {
		t.Run(name, func(t *testing.T) {
			api := byRoute(t, map[string][]answer{
				"GET " + path: {c.list}, "GET " + path + "/active": {single}, "GET " + path + "/deploying": {single}, "GET " + path + "/bare": {single}, "GET " + path + "/missing": {single},
			})
			z := newZone(t, api)
			for id, want := range c.want {
				if cert, err := z.HostnameCertificates.Read(t.Context(), id); err != nil || cert.SerialNumber != want {
					t.Errorf("%s: %+v, %v; want the one from the %s", id, cert, err, want)
				}
			}
			if n := api.count("GET " + path); n != 1 {
				t.Errorf("%d lists", n)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		slow := listed
		slow.after = time.Minute
		api := byRoute(t, map[string][]answer{"GET " + path: {slow}})
		if _, err := newZone(t, api).HostnameCertificates.Read(endsAfter(time.Second), "active"); err == nil {
			t.Error("an interrupted read succeeded")
		}
		time.Sleep(time.Hour)
	})
}

// An older form of the list has one row for each hostname.
func TestAllCertificatesOccurOnce(t *testing.T) {
	api := inTurn(ok(`[{"cert_id":"a","hostname":"x"},{"cert_id":"b","hostname":"y"},{"cert_id":"a","hostname":"z"},{"hostname":"none"}]`))
	z := newZone(t, api)
	for range 2 {
		all, err := z.HostnameCertificates.All(t.Context())
		var ids []string
		for _, cert := range all {
			ids = append(ids, cert.ID)
		}
		if err != nil || !slices.Equal(ids, []string{"a", "b"}) || len(api.asked) != 1 {
			t.Errorf("%v, %v after %v", ids, err, api.asked)
		}
		slices.Reverse(all) // the caller may change it
	}
	if _, err := newZone(t, inTurn(refuse(403, 10000, "Authentication error"))).HostnameCertificates.All(t.Context()); !IsPermission(err) {
		t.Errorf("got %v", err)
	}
}

func TestTimesOfCertificates(t *testing.T) {
	for _, c := range []struct {
		mine, theirs  Certificate
		before, after bool // DeployedBefore, and UploadedAfter the other one by more than an hour
	}{
		{Certificate{UpdatedAt: monday}, Certificate{UpdatedAt: tuesday}, true, false},
		{Certificate{UpdatedAt: tuesday}, Certificate{UpdatedAt: monday}, false, false},
		{Certificate{UpdatedAt: monday}, Certificate{UpdatedAt: monday}, false, false},
		{Certificate{UpdatedAt: tuesday, UploadedOn: monday}, Certificate{UploadedOn: tuesday}, true, false},
		{Certificate{UploadedOn: monday}, Certificate{UpdatedAt: monday, UploadedOn: tuesday}, true, false},
		{Certificate{UpdatedAt: tuesday, UploadedOn: monday}, Certificate{UpdatedAt: monday, UploadedOn: tuesday}, false, false},
		{Certificate{UploadedOn: tuesday}, Certificate{UploadedOn: monday}, false, true},
		{Certificate{UploadedOn: "2026-03-02T11:00:00Z"}, Certificate{UploadedOn: monday}, false, false},
		{Certificate{UploadedOn: tuesday}, Certificate{}, false, false},
		{Certificate{}, Certificate{UploadedOn: tuesday}, false, false},
	} {
		if got := c.mine.DeployedBefore(&c.theirs); got != c.before {
			t.Errorf("%+v deployed before %+v: %v", c.mine, c.theirs, got)
		}
		if got := c.mine.UploadedAfter(c.theirs.UploadedOn, time.Hour); got != c.after {
			t.Errorf("%+v uploaded after %+v: %v", c.mine, c.theirs, got)
		}
	}
}

func TestAnAssociationShapedRowIsACertificate(t *testing.T) {
	for row, want := range map[string]Certificate{
		`{"id":"a","status":"active","uploaded_on":"1","updated_at":"2","cert_status":"x","cert_uploaded_on":"x","cert_updated_at":"x"}`:     {ID: "a", Status: StatusActive, UploadedOn: "1", UpdatedAt: "2"},
		`{"cert_id":"a","status":"pending_deployment","cert_status":"active","updated_at":"1","cert_uploaded_on":"2","cert_updated_at":"3"}`: {ID: "a", Status: StatusActive, UploadedOn: "2", UpdatedAt: "3"},
		`{"id":"association","cert_id":"a","status":"active","uploaded_on":"1","updated_at":"2"}`:                                            {ID: "a", Status: StatusActive, UploadedOn: "1", UpdatedAt: "2"},
	} {
		got, err := newZone(t, inTurn(ok("["+row+"]"))).HostnameCertificates.List(t.Context())
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: %+v, %v; want %+v", row, got, err, want)
		}
	}
}

// Waits for several certificates share the list. If the API does not show a certificate in it, or refuses it, each wait reads its own.
func TestWaitsForCertificatesShareAList(t *testing.T) {
	const rows = `[{"id":"c0","status":"active"},{"id":"c1","status":"active"}]`
	for name, c := range map[string]struct {
		list    answer
		singles bool
	}{
		"served":        {ok(rows), false},
		"failing":       {refuse(500, 1, "internal"), false},
		"denied":        {refuse(403, 10000, "Authentication error"), true},
		"another shape": {ok(`{"certificates":[]}`), true},
		"incomplete":    {ok("[]"), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				routes := map[string][]answer{"GET": append(slices.Repeat([]answer{c.list}, DefaultMaxRetries+1), ok(rows))}
				if c.singles {
					routes["GET /c0"], routes["GET /c1"] = []answer{status("active")}, []answer{status("active")}
				}
				z := newZone(t, byRoute(t, routes))
				var all sync.WaitGroup
				for n := range 2 {
					all.Go(func() {
						if _, err := z.ZoneCertificates.WaitActive(t.Context(), &Certificate{ID: fmt.Sprint("c", n)}); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				delete(routes, "GET /c0") // what a wait has read is not read again
				if cert, err := z.ZoneCertificates.lastSeen(t.Context(), "c0"); err != nil || cert.Status != StatusActive {
					t.Errorf("%+v, %v", cert, err)
				}
			})
		})
	}
}
