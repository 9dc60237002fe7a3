package client

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func status(s Status) answer { return ok(`{"id":"a","status":"` + string(s) + `"}`) }

func TestWaitActive(t *testing.T) {
	gone := refuse(404, 1552, "certificate not found")
	for _, c := range []struct {
		name    string
		answers []answer
		err     string // "" for success
		within  time.Duration
	}{
		{"deploys", []answer{status("pending_deployment"), status("pending_deployment"), status("active")}, "", 5 * time.Second},
		{"passes through statuses nobody knows", []answer{status("warming_up"), status(""), status("active")}, "", 5 * time.Second},
		{"reads as deleted for a moment after its return", []answer{status("deleted"), status("pending_deletion"), gone, status("active")}, "", 10 * time.Second},
		{"survives failures", []answer{refuse(500, 1, "x"), {err: errReset}, {status: 200, body: "{"}, status("active")}, "", 20 * time.Second},
		{
			"deployment timed out: at once",
			[]answer{status("pending_deployment"), status("deployment_timed_out")},
			"the object will not become active: its last status was deployment_timed_out", 2 * time.Second,
		},
		{
			"never deploys",
			[]answer{status("pending_deployment")},
			"the object did not become active before the timeout: its last status was pending_deployment", 61 * time.Second,
		},
		{
			"an unknown status for ever is named",
			[]answer{status("warming_up")},
			"the object did not become active before the timeout: its last status was warming_up", 61 * time.Second,
		},
		{
			"not found for ever",
			[]answer{gone},
			"the object did not become active before the timeout: its last status was not found", 61 * time.Second,
		},
		{
			"forbidden: at once",
			[]answer{status("pending_deployment"), refuse(403, 10000, "Authentication error")},
			"waiting for the object to become active failed: its last status was pending_deployment: HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)",
			3 * time.Second,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				got, err := newZone(t, inTurn(c.answers...)).ZoneCertificates.WaitActive(ctx, &Certificate{ID: "a"})
				if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if d := time.Since(start); d > c.within {
					t.Errorf("the wait took %s, want at most %s", d, c.within)
				}
				if got == nil || got.ID != "a" || err == nil && got.Status != StatusActive {
					t.Errorf("the wait returned %+v", got)
				}
			})
		})
	}
}

// After an error, the result is the object as it was last seen, even if it was not found since.
func TestAWaitReturnsWhatItSawLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		api := inTurn(ok(`{"id":"a","status":"pending_deployment","serial_number":"7"}`), refuse(404, 1552, "certificate not found"))
		got, err := newZone(t, api).ZoneCertificates.WaitActive(ctx, &Certificate{ID: "a"})
		if err == nil || !strings.HasSuffix(err.Error(), "not found") || got.SerialNumber != "7" {
			t.Errorf("the wait returned %+v, %v", got, err)
		}
	})
}

func TestAnInterruptedWaitEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(30*time.Second, cancel)
		start := time.Now()
		_, err := newZone(t, inTurn(status("pending_deployment"))).ZoneCertificates.WaitActive(ctx, &Certificate{ID: "a"})
		want := "the wait for the object to become active was interrupted: its last status was pending_deployment"
		if err == nil || err.Error() != want || time.Since(start) != 30*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestPollsGrowFromHalfASecondToTen(t *testing.T) {
	b := Backoff{}.or(500*time.Millisecond, 10*time.Second)
	for n, most := range []time.Duration{500 * time.Millisecond, 750 * time.Millisecond, 1125 * time.Millisecond, 1687500 * time.Microsecond} {
		for range 100 {
			if d := b.pause(n); d < most/2 || d > most {
				t.Fatalf("pause %d is %s, want between half of %s and all of it", n, d, most)
			}
		}
	}
	if d := (Backoff{Min: 1, Max: 1}).pause(0); d > 1 {
		t.Errorf("a pause of a nanosecond is %s", d)
	}
	if d := b.pause(1000); d > 10*time.Second || d < 5*time.Second {
		t.Errorf("pause 1000 is %s", d)
	}
}

func TestDelete(t *testing.T) {
	const path = "/hostnames/certificates/a"
	gone := refuse(404, 1551, "certificate not found")
	deleting := status("pending_deletion")
	for _, c := range []struct {
		name        string
		deletes     []answer
		gets        []answer
		err         string
		wantDeletes int
		before      Status
	}{
		{"then a tombstone", []answer{deleting}, []answer{deleting, status("deleted")}, "", 1, ""},
		{"then not found", []answer{deleting}, []answer{deleting, gone}, "", 1, ""},
		{"gone already", []answer{gone}, nil, "", 1, ""},
		{"being deleted already (1414)", []answer{refuse(400, 1414, "pending deletion")}, []answer{deleting, status("deleted")}, "", 1, ""},
		{"deleted already, without a code that is known", []answer{refuse(400, 1999, "Certificate is already deleted.")}, []answer{status("deleted")}, "", 1, ""},
		{"bad id (1415), unknown", []answer{refuse(400, 1415, "Invalid Certificate ID")}, []answer{gone}, "", 1, ""},
		{"in use, then free", []answer{refuse(400, 1433, "in use"), refuse(400, 1433, "in use"), deleting}, []answer{gone}, "", 3, ""},
		{"deploying, then deployed", []answer{refuse(400, 1434, "pending"), deleting}, []answer{gone}, "", 2, ""},
		{"a write elsewhere", []answer{refuse(409, 1, "conflict"), deleting}, []answer{gone}, "", 2, ""},
		{"the answer is lost", []answer{{err: errReset}, refuse(400, 1414, "pending deletion")}, []answer{gone}, "", 2, ""},
		{"an answer without a result", []answer{{status: 200, body: `{"success":true,"errors":[],"messages":[]}`}}, []answer{gone}, "", 1, ""},
		{
			"in use for ever",
			[]answer{refuse(400, 1433, "in use")},
			nil,
			"context deadline exceeded; until then Cloudflare refused: HTTP 400: 1433 in use (Ray ID 8f0000000000abcd-FRA)", 0, "",
		},
		{
			"deletion timed out",
			[]answer{deleting},
			[]answer{deleting, status("deletion_timed_out")},
			"the object will not become deleted: its last status was deletion_timed_out", 1, "",
		},
		{
			"deletion timed out earlier, and again",
			[]answer{deleting},
			[]answer{status("deletion_timed_out")},
			"the object will not become deleted: its last status was deletion_timed_out", 1, StatusDeletionTimedOut,
		},
		{
			"deletion timed out earlier, and works now",
			[]answer{deleting},
			[]answer{status("deletion_timed_out"), deleting, status("deleted")},
			"", 1,
			StatusDeletionTimedOut,
		},
		{
			"refused for another reason, and still live",
			[]answer{refuse(400, 1999, "no")},
			[]answer{status("active")},
			"HTTP 400: 1999 no (Ray ID 8f0000000000abcd-FRA)", 1, "",
		},
		{
			"uploaded again by somebody else",
			[]answer{ok(`{"id":"a","status":"pending_deletion","uploaded_on":"2020-01-01T00:00:00Z"}`)},
			[]answer{ok(`{"id":"a","status":"active","uploaded_on":"2020-01-02T00:00:00Z"}`)},
			"", 1, "",
		},
		{"in use, then refused", []answer{refuse(400, 1433, "in use"), refuse(400, 1999, "no")}, []answer{status("active")}, "HTTP 400: 1999 no (Ray ID 8f0000000000abcd-FRA)", 2, ""},
		{"no answer before the deadline", []answer{{err: errReset, after: 58 * time.Second}}, nil, "context deadline exceeded", 2, ""},
		{
			"in use, then no answer before the deadline",
			[]answer{refuse(400, 1433, "in use"), {err: errReset, after: 58 * time.Second}},
			nil,
			"context deadline exceeded; until then Cloudflare refused: HTTP 400: 1433 in use (Ray ID 8f0000000000abcd-FRA)", 3, "",
		},
		{"refused, and cannot be read", []answer{refuse(400, 1999, "no")}, []answer{refuse(403, 10000, "Authentication error")}, "HTTP 400: 1999 no (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{"bad id (1415), although it is live", []answer{refuse(400, 1415, "no")}, []answer{status("active")}, "HTTP 400: 1415 no (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{"refused by another server", []answer{{status: 400, body: "no"}}, nil, "HTTP 400: an answer that is not the API's JSON (application/json) (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{"denied with another status", []answer{refuse(400, 10000, "Authentication error")}, nil, "HTTP 400: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{"forbidden is not gone", []answer{refuse(403, 10000, "Authentication error")}, nil, "HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{"a route that does not exist is not gone", []answer{refuse(404, 7003, "Could not route")}, nil, "HTTP 404: 7003 Could not route (Ray ID 8f0000000000abcd-FRA)", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				routes := map[string][]answer{"DELETE " + path: c.deletes}
				if c.gets != nil {
					routes["GET "+path] = c.gets
				}
				api := byRoute(t, routes)
				err := newZone(t, api).HostnameCertificates.Delete(ctx, "a", Key{}, c.before, false)
				if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if n := api.count("DELETE " + path); c.wantDeletes > 0 && n != c.wantDeletes || n > 25 {
					t.Errorf("%d DELETEs, want %d, and at most 25 in a minute", n, c.wantDeletes)
				}
			})
		})
	}
}

func association(cert, enabled, status string) answer {
	return ok(`{"hostname":"a.example.com","cert_id":"` + cert + `","enabled":` + enabled + `,"status":"` + status + `","cert_status":"active"}`)
}

func TestAssociationWaitsForWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := true
		want := AssociationWrite{Hostname: "a.example.com", CertificateID: "new", Enabled: &on}
		api := inTurn(
			refuse(404, 1553, "setting for this hostname not found"),
			association("old", "true", "active"),
			association("new", "false", "active"),
			association("new", "null", "active"),
			association("new", "true", "pending_deployment"),
			association("new", "true", "active"),
		)
		row, err := newZone(t, api).Associations.WaitActive(t.Context(), want, nil, "")
		if err != nil || !row.shows(want) || row.Status != StatusActive || len(api.asked) != 6 {
			t.Errorf("after %d requests: %+v, %v", len(api.asked), row, err)
		}
		_, err = newZone(t, inTurn(association("new", "true", "deployment_timed_out"))).Associations.WaitActive(t.Context(), want, nil, "")
		if err == nil || !strings.HasSuffix(err.Error(), "its last status was deployment_timed_out") {
			t.Errorf("error %v", err)
		}
	})
}

func TestVoid(t *testing.T) {
	const put, get = "PUT /hostnames", "GET /hostnames/a.example.com"
	taken := ok(`[]`)
	gone := refuse(404, 1553, "setting for this hostname not found")
	bad := refuse(400, 1415, "Certificate ID in request is either invalid or the certificate has been deleted")
	for _, c := range []struct {
		name       string
		puts, gets []answer
		err        string
		wantPuts   int
		before     Status
	}{
		{"then not found", []answer{taken}, []answer{association("old", "true", "active"), gone}, "", 1, ""},
		{"then null", []answer{taken}, []answer{association("old", "true", "active"), association("old", "null", "active")}, "", 1, ""},
		{"passing through false", []answer{taken}, []answer{association("old", "false", "active"), gone}, "", 1, ""},
		{"then deleted", []answer{taken}, []answer{association("old", "true", "deleted")}, "", 1, ""},
		{"certificate gone, nothing live", []answer{bad}, []answer{gone}, "", 1, ""},
		{"certificate gone, void already", []answer{bad}, []answer{association("old", "null", "active")}, "", 1, ""},
		{"certificate gone, association orphaned", []answer{bad}, []answer{ok(`{"hostname":"a.example.com","cert_id":"old","enabled":true,"status":"active","cert_status":"deleted"}`)}, "", 1, ""},
		{"certificate gone, hostname moved elsewhere", []answer{bad, taken}, []answer{association("other", "true", "active"), gone}, "", 2, ""},
		{
			"refused though the association is live",
			[]answer{bad},
			[]answer{association("old", "true", "active")},
			"HTTP 400: 1415 Certificate ID in request is either invalid or the certificate has been deleted (Ray ID 8f0000000000abcd-FRA)", 1, "",
		},
		{"denied", []answer{refuse(403, 10000, "Authentication error")}, []answer{gone}, "HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)", 1, ""},
		{
			"refused, and the association cannot be read",
			[]answer{bad},
			[]answer{refuse(403, 10000, "Authentication error")},
			"HTTP 400: 1415 Certificate ID in request is either invalid or the certificate has been deleted (Ray ID 8f0000000000abcd-FRA)\n" +
				"HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)", 1, "",
		},
		{"deletion timed out", []answer{taken}, []answer{association("old", "true", "deletion_timed_out")}, "the object will not become void: its last status was deletion_timed_out", 1, ""},
		{"deletion timed out earlier, and works now", []answer{taken}, []answer{association("old", "true", "deletion_timed_out"), gone}, "", 1, StatusDeletionTimedOut},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := byRoute(t, map[string][]answer{put: c.puts, get: c.gets})
				err := newZone(t, api).Associations.Void(t.Context(), "a.example.com", "old", c.before, false)
				if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if n := api.count(put); n != c.wantPuts {
					t.Errorf("%d PUTs, want %d", n, c.wantPuts)
				}
				if !strings.Contains(api.bodies[0], `"enabled":null`) || !strings.Contains(api.bodies[0], `"cert_id":"old"`) {
					t.Errorf("the void was sent as %s", api.bodies[0])
				}
			})
		})
	}
}
