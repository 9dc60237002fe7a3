package client

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAllAssociationsExistAndAreSorted(t *testing.T) {
	api := byRoute(t, map[string][]answer{
		"GET /hostnames": {ok(`[
			{"hostname":"b.example.com","cert_id":"c0","enabled":true,"status":"active"},
			{"hostname":"A.example.com","cert_id":"c1","enabled":true,"status":"active","cert_status":"pending_deployment"},
			{"hostname":"c.example.com","cert_id":"","enabled":false,"status":"active"},
			{"hostname":"d.example.com","cert_id":"missing","enabled":true,"status":"active"},
			{"hostname":"void.example.com","cert_id":"c0","enabled":null,"status":"active"},
			{"hostname":"leaving.example.com","cert_id":"c0","enabled":true,"status":"pending_deletion"},
			{"cert_id":"c0","enabled":true,"status":"active"}]`)},
		"GET /hostnames/certificates/c0":      {ok(`{"id":"c0","status":"active","expires_on":"2030-01-01T00:00:00Z"}`)},
		"GET /hostnames/certificates/missing": {refuse(404, 1551, "certificate not found")},
	})
	all, err := newZone(t, api).Associations.All(t.Context())
	var got []string
	for _, a := range all {
		got = append(got, fmt.Sprintf("%s %s %s", a.Hostname, a.CertificateStatus, a.ExpiresOn))
	}
	want := []string{"A.example.com pending_deployment ", "b.example.com active 2030-01-01T00:00:00Z", "c.example.com  ", "d.example.com  "}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if _, err := newZone(t, inTurn(refuse(403, 10000, "Authentication error"))).Associations.All(t.Context()); !IsPermission(err) {
		t.Errorf("got %v", err)
	}
}

// Once the API has refused the list for a reason that does not concern the zone, no zone asks for it again.
func TestAListThatIsNotServedIsNotAskedForAgain(t *testing.T) {
	for name, c := range map[string]struct {
		answer       answer
		first, other int // lists that two reads of the same zone ask for, and then one of another zone
	}{
		"no such method":         {refuse(405, 1, "method not allowed"), 1, 0},
		"no route for this zone": {refuse(404, 7003, "Could not route"), 1, 1},
		"another shape":          {ok(`{"hostnames":[]}`), 1, 0},
		"rows without hostnames": {ok(`[{"id":"x"}]`), 1, 0},
		"gone":                   {refuse(410, 1, "gone"), 2, 1},
		"served":                 {ok("[]"), 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakeAPI{answer: func(_, path, _ string) answer {
				if strings.HasSuffix(path, "/hostnames") {
					return c.answer
				}
				return refuse(404, 1553, "setting for this hostname not found")
			}}
			z := newZone(t, api)
			other := z.c.Zone("00000000000000000000000000000000")
			for _, read := range []*Associations{z.Associations, z.Associations, other.Associations} {
				if _, err := read.Read(t.Context(), "a.example.com"); !IsNotFound(err) {
					t.Error(err)
				}
			}
			path := strings.ReplaceAll(family, zone, "00000000000000000000000000000000") + "/hostnames"
			if first, second := api.count("GET /hostnames"), api.count("GET "+path); first != c.first || second != c.other {
				t.Errorf("%d lists of the first zone, %d of the other; want %d, %d", first, second, c.first, c.other)
			}
			if logged := strings.Contains(api.logged.String(), "does not serve the list"); logged != (name != "gone" && name != "served") {
				t.Errorf("the log says that the list is not served: %v", logged)
			}
		})
	}
}

func TestTheLiveRowOfAHostnameTakesPrecedence(t *testing.T) {
	live := `{"hostname":"A.example.com","cert_id":"live","enabled":true,"status":"active","cert_status":"active"}`
	void := `{"hostname":"a.example.com","cert_id":"former","enabled":null,"status":"active","cert_status":"active"}`
	leaving := `{"hostname":"a.example.com","cert_id":"former","enabled":true,"status":"pending_deletion","cert_status":"active"}`
	for _, rows := range []string{live, void + "," + live, live + "," + void, leaving + "," + live, live + "," + leaving, leaving + "," + live + "," + void} {
		api := byRoute(t, map[string][]answer{"GET /hostnames": {ok("[" + rows + "]")}})
		row, err := newZone(t, api).Associations.Read(t.Context(), "a.example.com")
		if err != nil || row.CertificateID != "live" {
			t.Errorf("%s: %+v, %v", rows, row, err)
		}
	}
}

// If the list fails, a read asks for its own hostname.
func TestAReadSurvivesAFailureOfTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := byRoute(t, map[string][]answer{"GET /hostnames": {refuse(500, 1, "internal")}, "GET /hostnames/a.example.com": {association("c", "true", "active")}})
		row, listed, err := newZone(t, api).Associations.FromList(t.Context(), "a.example.com")
		if err != nil || listed || row.CertificateID != "c" {
			t.Errorf("%+v, listed %v, %v", row, listed, err)
		}
	})
}

func TestWhatAWaitForAnAssociationReports(t *testing.T) {
	on := true
	want := AssociationWrite{Hostname: "a.example.com", CertificateID: "new", Enabled: &on}
	const late = "the object did not become active before the timeout: its last status was "
	unfilled := ok(`{"hostname":"a.example.com","cert_id":"new","enabled":true,"status":"active"}`)
	for name, c := range map[string]struct {
		before  Status
		answers []answer
		err     string
		status  Status // of the association that is returned
		filled  Status
	}{
		"not found":              {"", []answer{refuse(404, 1553, "not found")}, late + "not found", "written", ""},
		"no status":              {"", []answer{association("new", "true", "")}, late + "empty", "", "active"},
		"the former certificate": {"", []answer{association("old", "true", "active")}, late + "active with its former certificate or switch", "active", "active"},
		"the former switch":      {"", []answer{association("new", "false", "active")}, late + "active with its former certificate or switch", "active", "active"},
		"failed before, and now": {StatusDeploymentTimedOut, []answer{association("new", "true", "deployment_timed_out")}, "the object will not become active: its last status was deployment_timed_out", "deployment_timed_out", "active"},
		"failed before only":     {StatusDeploymentTimedOut, []answer{association("new", "true", "deployment_timed_out"), association("new", "true", "active")}, "", "active", "active"},
		"failed":                 {"", []answer{ok(`{"hostname":"a.example.com","cert_id":"new","enabled":true,"status":"deployment_timed_out"}`)}, "the object will not become active: its last status was deployment_timed_out", "deployment_timed_out", ""},
		"active":                 {"", []answer{unfilled}, "", "active", "pending_deployment"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				api := byRoute(t, map[string][]answer{"GET /hostnames/a.example.com": c.answers, "GET /hostnames/certificates/new": {status("pending_deployment")}})
				row, err := newZone(t, api).Associations.WaitActive(ctx, want, &Association{Status: "written"}, c.before)
				if (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("error %v, want %q", err, c.err)
				}
				if row == nil || row.Status != c.status || row.CertificateStatus != c.filled {
					t.Errorf("returned %+v, want status %s and the certificate's %s", row, c.status, c.filled)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // an interruption before the first poll shows the status of the answer to the write
		_, err := newZone(t, byRoute(t, nil)).Associations.WaitActive(endsAfter(time.Millisecond), want, &Association{Status: "written"}, "")
		if err == nil || !strings.HasSuffix(err.Error(), "its last status was written") {
			t.Error(err)
		}
	})
}

// A hostname that the list does not show is read separately, and does not wait for others.
func TestSeparateReadsDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		single := association("c", "true", "active")
		single.after = time.Second
		api := byRoute(t, map[string][]answer{"GET /hostnames": {ok("[]")}, "GET /hostnames/a.example.com": {single}, "GET /hostnames/b.example.com": {single}})
		z, started := newZone(t, api), time.Now()
		var all sync.WaitGroup
		for _, hostname := range []string{"a.example.com", "b.example.com"} {
			all.Go(func() {
				if _, err := z.Associations.Read(t.Context(), hostname); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(started); took != time.Second {
			t.Errorf("the reads took %s", took)
		}
	})
}

// If the list fails for a while, waits continue without a request for each hostname. If the API refuses it, they need one.
func TestWaitsForAssociationsWithoutAList(t *testing.T) {
	rows := `{"hostname":"h0.example.com","cert_id":"c0","enabled":true,"status":"active","cert_status":"active"},{"hostname":"h1.example.com","cert_id":"c0","enabled":true,"status":"active","cert_status":"active"}`
	for name, c := range map[string]struct {
		list    answer
		singles bool
	}{"failing": {refuse(500, 1, "internal"), false}, "gone": {refuse(410, 1, "gone"), true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				routes := map[string][]answer{"GET /hostnames": append(slices.Repeat([]answer{c.list}, DefaultMaxRetries+1), ok("["+rows+"]"))}
				if c.singles {
					routes["GET /hostnames/h0.example.com"] = []answer{ok(strings.Split(rows, ",{")[0])}
					routes["GET /hostnames/h1.example.com"] = []answer{ok("{" + strings.Split(rows, ",{")[1])}
				}
				z := newZone(t, byRoute(t, routes))
				var all sync.WaitGroup
				for _, w := range writes(2, 1) {
					all.Go(func() {
						if _, err := z.Associations.WaitActive(t.Context(), w, nil, ""); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
			})
		})
	}
}

func TestIsFirstWrite(t *testing.T) {
	for _, c := range []struct {
		created, updated string
		first            bool
	}{{monday, monday, true}, {monday, tuesday, false}, {"", "", false}, {monday, "", false}} {
		if got := (&Association{CreatedAt: c.created, UpdatedAt: c.updated}).IsFirstWrite(); got != c.first {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
