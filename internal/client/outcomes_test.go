package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// A lost upload may have been carried out, and the client must take that into account. It never adopts somebody else's
// certificate.
func TestALostUploadThatIsInterruptedIsAdopted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := certtest.Leaf(t, "one")
		ctx, cancel := context.WithCancel(t.Context())
		lost := answer{err: errReset, after: time.Second}
		found := ok(`[{"id":"mine","status":"active","certificate":` + strconv.Quote(pair.Certificate) + `}]`)
		found.after = time.Millisecond // otherwise a request succeeds although its context has ended
		api := byRoute(t, map[string][]answer{
			"GET":  {ok("null"), found},
			"POST": {lost},
		})
		time.AfterFunc(500*time.Millisecond, cancel) // before the answer arrives
		cert, err := uploadPair(t, newZone(t, api).ZoneCertificates, ctx, pair)
		if err != nil || cert.ID != "mine" {
			t.Errorf("got %+v, %v", cert, err)
		}
	})
}

// The answer of the first POST is lost, and the list does not show the certificate yet. The command is interrupted during the second
// POST, which is refused because the first one was carried out.
func TestAnUploadThatIsInterruptedWhenItIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		posts []answer
		ours  bool
		lists int
	}{
		"after a lost answer": {[]answer{{err: errReset}, refuse(400, 1406, "exists")}, true, 3},
		"at first":            {[]answer{refuse(400, 1406, "exists")}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pair := certtest.Leaf(t, "one")
				c.posts[len(c.posts)-1].after = 3 * time.Second
				found := ok(`[{"id":"mine","status":"active","certificate":` + strconv.Quote(pair.Certificate) + `}]`)
				found.after = time.Millisecond
				lists := append(slices.Repeat([]answer{ok("null")}, len(c.posts)), found)
				api := byRoute(t, map[string][]answer{"GET": lists, "POST": c.posts})
				cert, err := uploadPair(t, newZone(t, api).ZoneCertificates, endsAfter(2*time.Second), pair)
				if ours := err == nil && cert.ID == "mine"; ours != c.ours || !ours && !IsAlreadyExists(err) || api.count("GET") != c.lists {
					t.Errorf("after %d lists: %+v, %v", api.count("GET"), cert, err)
				}
			})
		})
	}
}

func TestALostUploadIsNotAnotherResourcesCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := certtest.Leaf(t, "one")
		theirs := ok(`[{"id":"theirs","status":"active","certificate":` + strconv.Quote(pair.Certificate) + `}]`)
		api := byRoute(t, map[string][]answer{
			// The first list of the second upload does not show the first upload yet.
			"GET":  {ok("null"), ok("null"), theirs},
			"POST": {ok(`{"id":"theirs","status":"pending_deployment"}`), {err: errReset}, refuse(400, 1406, "exists")},
		})
		c := newZone(t, api)
		if _, err := uploadPair(t, c.ZoneCertificates, t.Context(), pair); err != nil {
			t.Fatal(err)
		}
		cert, err := uploadPair(t, c.ZoneCertificates, t.Context(), pair)
		var there *ExistsError
		if !errors.As(err, &there) || there.ID != "theirs" {
			t.Errorf("got %+v, %v", cert, err)
		}
	})
}

func TestLostUploadsAreRetriedAsOftenAsMaxRetriesSays(t *testing.T) {
	for _, retries := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			pair := certtest.Leaf(t, "one")
			api := byRoute(t, map[string][]answer{"GET": {ok("null")}, "POST": {refuse(500, 1, "internal error")}})
			c := newZone(t, api, func(o *Options) { o.MaxRetries = retries })
			_, err := uploadPair(t, c.ZoneCertificates, t.Context(), pair)
			var lost *LostAnswerError
			if !errors.As(err, &lost) || api.count("POST") != retries+1 {
				t.Errorf("%d POSTs, want %d; %v", api.count("POST"), retries+1, err)
			}
		})
	}
}

// Terraform may start the destroy of a hostname's former instance while it writes the new one. The void then gives way to the
// write. If the write succeeds, so does the void, and otherwise the hostname is reported as kept.
func TestAVoidThatGaveWayIsWhatBecomesOfTheWrite(t *testing.T) {
	for name, c := range map[string]struct {
		put  answer
		kept bool
	}{
		"written": {ok("[]"), false},
		"refused": {refuse(400, 1415, "Certificate ID in request is either invalid or the certificate has been deleted"), true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				on := true
				c.put.after = 2 * time.Second
				api := byRoute(t, map[string][]answer{"PUT /hostnames": {c.put}})
				client := newZone(t, api)
				go func() {
					_, _ = client.Associations.Put(t.Context(), AssociationWrite{Hostname: "a.example.com", CertificateID: "c", Enabled: &on})
				}()
				time.Sleep(time.Second) // the PUT is under way
				err := client.Associations.Void(t.Context(), "a.example.com", "c", StatusActive, false)
				if _, kept := errors.AsType[*KeptError](err); kept != c.kept || !kept && err != nil {
					t.Errorf("the void ended with %v", err)
				}
				if n := api.count("PUT /hostnames"); n != 1 {
					t.Errorf("%d PUTs were sent, want only that of the write", n)
				}
			})
		})
	}
}

// A void that waits for its turn gives way too: it is not sent if the write of its hostname begins meanwhile.
func TestAVoidThatWaitsForItsTurnGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(10*time.Second, nil)
		z, rows := newZone(t, api.fakeAPI), writes(2, 1)
		voided := make(chan error, 1)
		go func() { _, _ = z.Associations.Put(t.Context(), rows[0]) }() // this is the zone's turn for ten seconds
		time.Sleep(time.Second)
		go func() { voided <- z.Associations.Void(t.Context(), rows[1].Hostname, "old", StatusActive, false) }()
		time.Sleep(time.Second)
		if _, err := z.Associations.Put(t.Context(), rows[1]); err != nil {
			t.Error(err)
		}
		if err := <-voided; err != nil {
			t.Errorf("the void ended with %v", err)
		}
		if len(api.puts) != 2 || len(api.puts[1]) != 1 || api.puts[1][0].Enabled == nil {
			t.Errorf("the PUTs were %+v, want one for each hostname, and no void", api.puts)
		}
	})
}

func TestEachOfManyBadRowsGetsItsOwnError(t *testing.T) {
	for _, c := range []struct{ rows, most int }{{100, 210}, {500, 1050}} {
		synctest.Test(t, func(t *testing.T) {
			bad := map[string]answer{}
			for i := range c.rows {
				name := fmt.Sprintf("h%d.example.com", i)
				bad[name] = refuse(400, 19001, name+" is not in the zone")
			}
			api := newPutAPI(0, bad)
			errs := putAll(t.Context(), newZone(t, api.fakeAPI, func(o *Options) { o.RequestBudget = DefaultRequestBudget }), writes(c.rows, 8))
			for name, err := range errs {
				if err == nil || !strings.Contains(err.Error(), name+" is not in the zone") {
					t.Errorf("%s: %v", name, err)
				}
			}
			if len(api.puts) > c.most {
				t.Errorf("%d requests for %d rows, want at most %d", len(api.puts), c.rows, c.most)
			}
		})
	}
}

func TestATimeSpentOnTheBudgetNamesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pair := certtest.Leaf(t, "one")
		api := byRoute(t, map[string][]answer{"GET": {ok("null")}})
		c := newZone(t, api, func(o *Options) { o.RequestBudget = 1 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := uploadPair(t, c.ZoneCertificates, ctx, pair)
		var lost *LostAnswerError
		if !errors.Is(err, context.DeadlineExceeded) || !IsHeldBack(err) || errors.As(err, &lost) ||
			!strings.Contains(err.Error(), "request_budget of 1 requests") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAListThatIgnoresPagesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		page := ok(`[{"hostname":"a.example.com","cert_id":"c","enabled":true,"status":"active"}]`)
		page.body = strings.Replace(page.body, `"result":`, `"result_info":{"page":1,"per_page":1,"total_count":6000,"total_pages":6000},"result":`, 1)
		api := inTurn(page)
		_, err := newZone(t, api).Associations.List(t.Context())
		if !IsListNotServed(err) || len(api.asked) != 2 {
			t.Errorf("after %d requests: %v", len(api.asked), err)
		}
		if want := []string{"per_page=1000&status=all", "page=2&per_page=1000&status=all"}; !slices.Equal(api.queries, want) {
			t.Errorf("the queries are %q, want %q", api.queries, want)
		}
	})
}

func TestAnOddMessageFailsNothing(t *testing.T) {
	for _, messages := range []string{`["deprecated"]`, `[7]`, `[{"code":"x"}]`} {
		api := inTurn(answer{status: 200, body: `{"success":true,"errors":[],"messages":` + messages + `,"result":{"enabled":true}}`})
		if on, err := newZone(t, api).Setting.Get(t.Context()); err != nil || !on {
			t.Errorf("%s: %v", messages, err)
		}
	}
	api := inTurn(answer{status: 400, body: `{"success":false,"errors":["not today", 7]}`})
	if _, err := newZone(t, api).Setting.Get(t.Context()); err == nil || err.Error() != "HTTP 400: 0 not today; 0 7 (Ray ID 8f0000000000abcd-FRA)" {
		t.Errorf("got %v", err)
	}
}

// crypto/tls wraps an alert of the peer in a net.OpError whose Op is "remote error".
func TestATLSAlertIsNotRetried(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: unknown certificate authority")}
	api := inTurn(answer{err: alert})
	if _, err := newZone(t, api).Setting.Get(t.Context()); err == nil || len(api.asked) != 1 {
		t.Errorf("%d requests: %v", len(api.asked), err)
	}
}

// The API carries out a DELETE, but its answer is lost. It rejects the retry with an unknown code, and the status may lag behind.
func TestADeleteWhoseAnswerWasLostIsNotAnErrorWhileTheStatusLags(t *testing.T) {
	for name, c := range map[string]struct {
		deletes []answer
		gets    []answer
		gone    bool
	}{
		"carried out":        {[]answer{{err: errReset}, refuse(400, 19001, "Certificate is already deleted.")}, []answer{status("active"), status("active"), status("deleted")}, true},
		"not carried out":    {[]answer{{err: errReset}, refuse(400, 19002, "no")}, []answer{status("active")}, false},
		"refused, none lost": {[]answer{refuse(400, 19002, "no")}, []answer{status("active"), status("deleted")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				api := byRoute(t, map[string][]answer{"DELETE /x": c.deletes, "GET /x": c.gets})
				if err := newZone(t, api).ZoneCertificates.Delete(ctx, "x", Key{}, StatusActive, false); (err == nil) != c.gone {
					t.Error(err)
				}
				if n := api.count("GET /x"); n > 16 { // the pauses between them grow from half a second
					t.Errorf("%d reads in half a minute", n)
				}
			})
		})
	}
}
