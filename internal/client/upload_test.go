package client

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

func TestUpload(t *testing.T) {
	ours := certtest.Leaf(t, "ours")
	other := certtest.Leaf(t, "other")
	row := func(id, status string, p certtest.Pair) string {
		return `{"id":"` + id + `","status":"` + status + `","certificate":` + strconv.Quote(strings.ReplaceAll(p.Certificate, "\n", "\r\n")) + `}`
	}
	rows := func(r ...string) answer { return ok("[" + strings.Join(r, ",") + "]") }
	const list, post = "GET", "POST"
	made := ok(`{"id":"new","status":"pending_deployment"}`)
	exists := refuse(400, 1406, "This certificate already exists for this zone.")
	reset := answer{err: errReset}
	none := ok("null")
	theirs := row("theirs", "active", other)
	for _, c := range []struct {
		name         string
		lists, posts []answer
		more         map[string][]answer
		id, err      string
		wantPosts    int
		mostPosts    int
		limit        time.Duration
	}{
		{name: "plain", lists: []answer{none}, posts: []answer{made}, id: "new", wantPosts: 1},
		{
			name:  "answer lost, work done: adopted",
			lists: []answer{rows(theirs), rows(theirs, row("mine", "pending_deployment", ours))}, posts: []answer{reset}, id: "mine", wantPosts: 1,
		},
		{
			name:  "answer lost, work not done: sent again",
			lists: []answer{rows(theirs)}, posts: []answer{reset, made}, id: "new", wantPosts: 2,
		},
		{
			name:  "answer lost, work done, list lags: found later",
			lists: []answer{none, none, none, none, rows(row("mine", "active", ours))}, posts: []answer{reset, exists}, id: "mine",
		},
		{
			name:  "500, then 1406, then in the list",
			lists: []answer{none, none, rows(row("mine", "active", ours))}, posts: []answer{refuse(500, 1, "x"), exists}, id: "mine", wantPosts: 2,
		},
		{
			name:  "there before us: never adopted",
			lists: []answer{rows(row("old", "active", ours))}, posts: []answer{exists}, err: "exists old active", wantPosts: 1,
		},
		{
			name:  "there before us, though the first list lacks it: never adopted",
			lists: []answer{none, rows(row("foreign", "active", ours))}, posts: []answer{exists}, err: "exists foreign active", wantPosts: 1,
		},
		{
			name:  "a tombstone was not there before: what came of it is ours",
			lists: []answer{rows(row("dead", "deleted", ours)), rows(row("dead", "pending_deployment", ours))}, posts: []answer{reset}, id: "dead", wantPosts: 1,
		},
		{
			name:  "a tombstone is not what a lost upload made",
			lists: []answer{none, rows(row("dead", "deleted", ours))}, posts: []answer{reset, made}, id: "new", wantPosts: 2,
		},
		{
			name:  "the list is refused after a lost answer: both are reported",
			lists: []answer{none, refuse(403, 10000, "Authentication error")}, posts: []answer{reset},
			err: "the answer to POST was lost, so Cloudflare may or may not have carried it out: read: connection reset by peer\n" +
				"HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA)", wantPosts: 1,
		},
		{
			name:  "there before us, and the refusal was lost: never adopted",
			lists: []answer{rows(row("old", "active", ours))}, posts: []answer{reset, exists}, err: "exists old active", wantPosts: 2,
		},
		{
			name:  "there, but in no list: reported after a while, with growing pauses",
			lists: []answer{none}, posts: []answer{exists}, err: "exists  ", mostPosts: 30,
		},
		{
			name:  "there, but in no list, and the time is up: the refusal is reported",
			lists: []answer{none}, posts: []answer{exists}, limit: time.Minute,
			err: "context deadline exceeded; until then: HTTP 400: 1406 This certificate already exists for this zone. (Ray ID 8f0000000000abcd-FRA)",
		},
		{
			name:  "the list fails after a lost answer: retried",
			lists: append([]answer{none}, slices.Repeat([]answer{refuse(500, 1, "x")}, DefaultMaxRetries+1)...), posts: []answer{reset, made}, id: "new", wantPosts: 2,
		},
		{
			name:  "what a failed deletion left behind makes room, although it looks failed for a moment",
			lists: []answer{rows(row("dead", "deletion_timed_out", ours))}, posts: []answer{exists, made}, id: "new", wantPosts: 2,
			more: map[string][]answer{"DELETE /dead": {status("pending_deletion")}, "GET /dead": {status("deletion_timed_out"), status("deleted")}},
		},
		{
			name:  "still being deleted: waited for",
			lists: []answer{rows(row("old", "pending_deletion", ours))}, posts: []answer{exists, made}, id: "new", wantPosts: 2,
			more: map[string][]answer{"GET /old": {status("pending_deletion"), status("deleted")}},
		},
		{
			name:  "still being deleted, in no list: sent again until it is through",
			lists: []answer{none}, posts: []answer{exists, exists, made}, id: "new", wantPosts: 3,
		},
		{
			name:  "what a failed deployment left behind makes room",
			lists: []answer{rows(row("dead", "deployment_timed_out", ours))}, posts: []answer{exists, made}, id: "new", wantPosts: 2,
			more: map[string][]answer{"DELETE /dead": {status("pending_deletion")}, "GET /dead": {status("deleted")}},
		},
		{
			name: "a zone that cannot be listed", lists: []answer{refuse(403, 10000, "Authentication error")},
			err: "HTTP 403: 10000 Authentication error (Ray ID 8f0000000000abcd-FRA) (while listing the certificates before the upload)",
		},
		{
			name: "refused", lists: []answer{none}, posts: []answer{refuse(400, 1408, "Unable to parse certificate")},
			err: "HTTP 400: 1408 Unable to parse certificate (Ray ID 8f0000000000abcd-FRA)", wantPosts: 1,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), orDefault(c.limit, 10*time.Minute))
				defer cancel()
				routes := map[string][]answer{list: c.lists, post: c.posts}
				maps.Copy(routes, c.more)
				api := byRoute(t, routes)
				z := newZone(t, api)
				cert, err := uploadPair(t, z.ZoneCertificates, ctx, ours)
				got := ""
				var there *ExistsError
				switch {
				case errors.As(err, &there):
					got = "exists " + there.ID + " " + string(there.Status)
				case err != nil:
					got = err.Error()
				}
				if got != c.err {
					t.Errorf("error %q, want %q", got, c.err)
				}
				if c.id != "" && (cert == nil || cert.ID != c.id) {
					t.Errorf("certificate %+v, want id %s", cert, c.id)
				}
				if n := api.count(post); c.wantPosts > 0 && n != c.wantPosts || c.mostPosts > 0 && n > c.mostPosts {
					t.Errorf("%d POSTs, want %d, or at most %d", n, c.wantPosts, c.mostPosts)
				}
				for route := range c.more {
					if api.count(route) == 0 {
						t.Errorf("%s was not sent", route)
					}
				}
				if made := z.Ledger.HasMade(c.id); made != (c.id != "") {
					t.Errorf("recorded as made: %v", made)
				}
				if serves := z.Ledger.Serves(CertificateKey(ZoneCertificate, certpem.Fingerprint(ours.Certificate))); serves != (c.id != "") {
					t.Errorf("recorded as created: %v", serves)
				}
				lost := slices.ContainsFunc(c.posts, func(a answer) bool { return a.err != nil || a.status == 500 })
				if logged := strings.Contains(api.logged.String(), "The answer to an upload was lost"); logged != lost {
					t.Errorf("the log reports a lost answer: %v, want %v", logged, lost)
				}
				for _, secret := range []string{"PRIVATE KEY", "secret-token", strings.Split(ours.PrivateKey, "\n")[1]} {
					if strings.Contains(api.logged.String(), secret) || strings.Contains(got, secret) {
						t.Errorf("%q is in a log line or an error", secret)
					}
				}
			})
		})
	}
}

// An upload adopts the certificate that the zone already has only if the caller says so, and only if the certificate serves. Then nothing
// else in this process deletes it.
func TestAnUploadAdopts(t *testing.T) {
	pair := certtest.Leaf(t, "one")
	list := func(status string) answer {
		return ok(`[{"id":"old","status":"` + status + `","certificate":` + strconv.Quote(pair.Certificate) + `}]`)
	}
	made, exists := ok(`{"id":"new","status":"pending_deployment"}`), refuse(400, 1406, "exists")
	gone := refuse(404, 1551, "certificate not found")
	for name, c := range map[string]struct {
		adopt              bool
		lists, gets, posts []answer
		id                 string
		adopted            bool
	}{
		"active":               {true, []answer{list("active")}, []answer{status("active")}, nil, "old", true},
		"being deployed":       {true, []answer{list("initializing")}, []answer{status("pending_deployment")}, nil, "old", true},
		"the read shows no id": {true, []answer{list("active")}, []answer{ok(`{"status":"active"}`)}, nil, "old", true},
		"listed later":         {true, []answer{ok("null"), list("active")}, []answer{status("active")}, []answer{exists}, "old", true},
		"deleted meanwhile":    {true, []answer{list("active")}, []answer{gone}, []answer{made}, "new", false},
		"being deleted":        {true, []answer{list("active")}, []answer{status("pending_deletion")}, []answer{made}, "new", false},
		"it had failed":        {true, []answer{list("deployment_timed_out")}, nil, []answer{made}, "new", false},
		"nobody says so":       {false, []answer{list("active")}, nil, []answer{made}, "new", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const path = "/hostnames/certificates"
				routes := map[string][]answer{"GET " + path: c.lists}
				if c.gets != nil {
					routes["GET "+path+"/old"] = c.gets
				}
				if c.posts != nil {
					routes["POST "+path] = c.posts
				}
				z := newZone(t, byRoute(t, routes))
				cert, adopted, err := uploadOrAdopt(t, z.HostnameCertificates, t.Context(), pair, c.adopt)
				if err != nil || cert.ID != c.id || adopted != c.adopted {
					t.Errorf("got %+v, adopted %v, %v; want %s, adopted %v", cert, adopted, err, c.id, c.adopted)
				}
				if made := z.Ledger.HasMade("old"); made != c.adopted {
					t.Errorf("the former certificate is kept from deletion: %v, want %v", made, c.adopted)
				}
			})
		})
	}
}

// The destruction of the former address may come while the certificate is being adopted.
func TestACertificateThatIsBeingAdoptedIsNotDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair, read := certtest.Leaf(t, "one"), status("active")
		read.after = 2 * time.Second
		z := newZone(t, byRoute(t, map[string][]answer{
			"GET": {ok(`[{"id":"old","status":"active","certificate":` + strconv.Quote(pair.Certificate) + `}]`)}, "GET /old": {read},
		}))
		time.AfterFunc(time.Second, func() {
			if err := z.ZoneCertificates.Delete(t.Context(), "old", Key{}, StatusActive, false); err != nil {
				t.Error(err)
			}
		})
		if cert, adopted, err := uploadOrAdopt(t, z.ZoneCertificates, t.Context(), pair, true); err != nil || !adopted {
			t.Errorf("got %+v, adopted %v, %v", cert, adopted, err)
		}
	})
}

func TestARefusedUploadOfAHostnameCertificateIsAnError(t *testing.T) {
	api := byRoute(t, map[string][]answer{"GET /hostnames/certificates": {ok("null")}, "POST /hostnames/certificates": {refuse(400, 1408, "Unable to parse certificate")}})
	if cert, err := uploadPair(t, newZone(t, api).HostnameCertificates, t.Context(), certtest.Leaf(t, "one")); cert != nil || err == nil {
		t.Errorf("got %+v, %v", cert, err)
	}
}

// The API rejected the void of a hostname because its certificate was deleted. If the certificate comes back under its former id,
// the hostname would be active again, so the upload voids it.
func TestAHostnameLeftInertIsVoidedWhenItsCertificateComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const put = "PUT /hostnames"
		bad := refuse(400, 1415, "Certificate ID in request is either invalid or the certificate has been deleted")
		orphaned := func(hostname, id string) answer {
			return ok(`{"hostname":"` + hostname + `","cert_id":"` + id + `","enabled":true,"status":"active","cert_status":"deleted"}`)
		}
		api := byRoute(t, map[string][]answer{
			put:                            {bad, bad, ok("[]")},
			"GET /hostnames/a.example.com": {orphaned("a.example.com", "old")},
			"GET /hostnames/b.example.com": {orphaned("b.example.com", "other")},
			"GET /hostnames/certificates":  {ok("null")},
			"POST /hostnames/certificates": {ok(`{"id":"old","status":"pending_deployment"}`)},
		})
		c := newZone(t, api)
		for hostname, id := range map[string]string{"a.example.com": "old", "b.example.com": "other"} {
			if err := c.Associations.Void(t.Context(), hostname, id, "", false); err != nil {
				t.Fatal(err)
			}
		}
		pair := certtest.Leaf(t, "one")
		if _, err := uploadPair(t, c.HostnameCertificates, t.Context(), pair); err != nil {
			t.Fatal(err)
		}
		last := api.bodies[len(api.bodies)-1]
		if api.count(put) != 3 || !strings.Contains(last, `"hostname":"a.example.com"`) || !strings.Contains(last, `"enabled":null`) || strings.Contains(last, "b.example.com") {
			t.Errorf("after %v the last body is %s; want the void", api.asked, last)
		}
		if _, err := uploadPair(t, c.HostnameCertificates, t.Context(), pair); err != nil || api.count(put) != 3 {
			t.Errorf("%d PUTs after a further upload (%v), want no second void", api.count(put), err)
		}
	})
}

func TestTheLogReportsAHostnameThatMayServeAgain(t *testing.T) {
	for name, c := range map[string]struct {
		put     answer
		written bool // whether this process has written the hostname meanwhile
		logged  bool
	}{
		"voided":           {ok("[]"), false, false},
		"refused":          {refuse(400, 19001, "no"), false, true},
		"it serves anyway": {refuse(400, 19001, "no"), true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const path = "/hostnames/certificates"
				api := byRoute(t, map[string][]answer{"PUT /hostnames": {c.put}, "GET " + path: {ok("null")}, "POST " + path: {ok(`{"id":"old","status":"pending_deployment"}`)}})
				z := newZone(t, api)
				z.Ledger.detach("shop.example.com", "old")
				if c.written {
					z.Ledger.begin(shopAt).end(nil)
				}
				if _, err := uploadPair(t, z.HostnameCertificates, t.Context(), certtest.Leaf(t, "one")); err != nil {
					t.Fatal(err)
				}
				if logged := strings.Contains(api.logged.String(), "may serve again"); logged != c.logged {
					t.Errorf("logged %v, want %v", logged, c.logged)
				}
			})
		})
	}
}
