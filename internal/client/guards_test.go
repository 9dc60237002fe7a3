package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/certtest"
)

// timeline returns a fake API, and a function that returns when the requests of a route were sent, since the start of the test.
func timeline(answers func(method, path, body string) answer) (*fakeAPI, func(asked string) []time.Duration) {
	start, times := time.Now(), map[string][]time.Duration{}
	api := &fakeAPI{}
	api.answer = func(method, path, body string) answer {
		key := strings.TrimSpace(method + " " + path)
		times[key] = append(times[key], time.Since(start))
		return answers(method, path, body)
	}
	return api, func(asked string) []time.Duration {
		api.mu.Lock()
		defer api.mu.Unlock()
		return times[asked]
	}
}

// If the context of an upload ends while its answer is lost, the API may have carried out the upload, and the error says so.
func TestAnUploadThatIsLostAsTheContextEndsIsNamedAsLost(t *testing.T) {
	for name, post := range map[string]answer{
		"the answer is lost": {err: errReset, after: 2 * time.Second}, "no answer comes": {err: errReset, after: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := byRoute(t, map[string][]answer{"GET": {ok("null")}, "POST": {post}})
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				_, err := uploadPair(t, newZone(t, api).ZoneCertificates, ctx, certtest.Leaf(t, "one"))
				if _, lost := errors.AsType[*LostAnswerError](err); !lost {
					t.Errorf("got %v, want an answer that was lost", err)
				}
			})
		})
	}
}

// The API answers 409 to writes of a zone that overlap. So a joint PUT waits for an upload under way, and an upload for a PUT.
func TestAJointPUTTakesTheZonesTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, sent := timeline(func(method, _, _ string) answer {
			switch method {
			case "POST":
				a := ok(`{"id":"new","status":"pending_deployment"}`)
				a.after = 5 * time.Second
				return a
			case "PUT":
				a := ok("[]")
				a.after = 20 * time.Second
				return a
			}
			return ok("null")
		})
		z := newZone(t, api)
		var all sync.WaitGroup
		upload := func(name string) { _, _ = uploadPair(t, z.ZoneCertificates, t.Context(), certtest.Leaf(t, name)) }
		all.Go(func() { upload("one") })
		time.Sleep(time.Second)
		all.Go(func() { _, _ = z.Associations.Put(t.Context(), writes(1, 1)[0]) })
		time.Sleep(10 * time.Second)
		all.Go(func() { upload("two") })
		all.Wait()
		put, posts := sent("PUT /hostnames"), sent("POST")
		if len(put) != 1 || put[0] < 5*time.Second || len(posts) != 2 || posts[1] < put[0]+20*time.Second {
			t.Errorf("PUTs at %v, POSTs at %v: a write was sent while another was under way", put, posts)
		}
	})
}

// If the caller of a row gives up before the PUT is sent, the PUT does not contain the row.
func TestRowsOfInterruptedCallersAreNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(10*time.Second, nil)
		z := newZone(t, api.fakeAPI)
		rows := writes(3, 1)
		var all sync.WaitGroup
		all.Go(func() { _, _ = z.Associations.Put(t.Context(), rows[0]) })
		time.Sleep(5 * time.Second) // the first PUT is under way, and the other rows wait
		impatient, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			if _, err := z.Associations.Put(impatient, rows[1]); !errors.Is(err, context.Canceled) {
				t.Errorf("the interrupted caller got %v", err)
			}
		})
		all.Go(func() {
			if _, err := z.Associations.Put(t.Context(), rows[2]); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		cancel()
		all.Wait()
		if len(api.puts) != 2 || len(api.puts[1]) != 1 || api.puts[1][0].Hostname != rows[2].Hostname {
			t.Errorf("the PUTs are %+v, want the second one without %s", api.puts, rows[1].Hostname)
		}
	})
}

// A PUT has at most 500 rows, however many wait, and no row is left out.
func TestAPUTHasAMaximumOfRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(time.Second, nil)
		for name, err := range putAll(t.Context(), newZone(t, api.fakeAPI), writes(1201, 8)) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		sent := 0
		for _, rows := range api.puts {
			sent += len(rows)
			if len(rows) > 500 {
				t.Errorf("a PUT has %d rows", len(rows))
			}
		}
		if sent != 1201 {
			t.Errorf("%d rows were sent, want 1201 once each", sent)
		}
	})
}

// A caller whose deadline passes leaves. The request continues until the latest deadline of its rows.
func TestTheLatestDeadlineOfItsRowsHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(10*time.Second, nil)
		z := newZone(t, api.fakeAPI)
		errs := [3]error{}
		var all sync.WaitGroup
		for i, limit := range []time.Duration{2 * time.Second, 20 * time.Second, 3 * time.Second} {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				_, errs[i] = z.Associations.Put(ctx, writes(3, 1)[i])
			})
			time.Sleep(time.Millisecond) // the rows keep this order
		}
		all.Wait()
		if !errors.Is(errs[0], context.DeadlineExceeded) || errs[1] != nil || !errors.Is(errs[2], context.DeadlineExceeded) || len(api.puts) != 1 {
			t.Errorf("after %d PUTs: %v", len(api.puts), errs)
		}
	})
}

// A failed write does not mean that this process still wants the hostname: a later destroy must void it.
func TestAFailedWriteWithdrawsWhatTheProcessWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const put = "PUT /hostnames"
		api := byRoute(t, map[string][]answer{
			put: {refuse(400, 19001, "the hostname is not in the zone"), ok("[]")}, "GET /hostnames/h0.example.com": {refuse(404, 1553, "not found")},
		})
		z := newZone(t, api)
		if _, err := z.Associations.Put(t.Context(), writes(1, 1)[0]); err == nil {
			t.Fatal("the write succeeded")
		}
		err := z.Associations.Void(t.Context(), "h0.example.com", "c0", StatusActive, false)
		_, kept := errors.AsType[*KeptError](err)
		carriedOut := err == nil && api.count(put) == 2 && strings.Contains(api.bodies[len(api.bodies)-2], `"enabled":null`)
		if !kept && !carriedOut {
			t.Errorf("the void ended with %v after %v: it must be carried out or reported", err, api.asked)
		}
	})
}

// While an association is being voided, the API shows enabled: false. The wait must not end there.
func TestAVoidDoesNotEndAtDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const get = "GET /hostnames/a.example.com"
		api := byRoute(t, map[string][]answer{
			"PUT /hostnames": {ok("[]")},
			get:              {association("old", "false", "active"), association("old", "false", "active"), association("old", "null", "active")},
		})
		if err := newZone(t, api).Associations.Void(t.Context(), "a.example.com", "old", StatusActive, false); err != nil || api.count(get) != 3 {
			t.Errorf("after %d reads: %v; want the third, which shows null", api.count(get), err)
		}
	})
}

// The list may leave out an existing hostname, so a single read confirms that it does not exist.
func TestAbsenceFromTheListIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := byRoute(t, map[string][]answer{
			"GET /hostnames":                {ok(`[{"hostname":"b.example.com","cert_id":"c","enabled":true,"status":"active"}]`)},
			"GET /hostnames/a.example.com":  {association("c", "true", "active")},
			"GET /hostnames/c.example.com":  {refuse(404, 1553, "setting for this hostname not found")},
			"GET /hostnames/certificates/c": {ok(`{"id":"c","status":"active"}`)},
		})
		z := newZone(t, api)
		if row, err := z.Associations.Read(t.Context(), "a.example.com"); err != nil || row.CertificateID != "c" {
			t.Errorf("a hostname that the list lacks: %+v, %v", row, err)
		}
		if _, err := z.Associations.Read(t.Context(), "c.example.com"); !IsNotFound(err) {
			t.Errorf("a hostname that does not exist: %v", err)
		}
	})
}

// A failed fetch is not cached: the next read requests the list.
func TestAFailedFetchIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := byRoute(t, map[string][]answer{
			"GET /hostnames":                {refuse(500, 1, "internal error"), ok(`[{"hostname":"a.example.com","cert_id":"c","enabled":true,"status":"active"}]`)},
			"GET /hostnames/a.example.com":  {refuse(500, 1, "internal error")},
			"GET /hostnames/certificates/c": {ok(`{"id":"c","status":"active"}`)},
		})
		z := newZone(t, api, func(o *Options) { o.MaxRetries = 0 })
		if _, err := z.Associations.Read(t.Context(), "a.example.com"); err == nil {
			t.Fatal("the first read succeeded")
		}
		if row, err := z.Associations.Read(t.Context(), "a.example.com"); err != nil || row.CertificateID != "c" {
			t.Errorf("the second read: %+v, %v", row, err)
		}
	})
}

// The end of a wait and every write change the zone, so cached data from before is read again.
func TestTheEndOfAWaitAndEveryWriteMakeReadsStale(t *testing.T) {
	on := true
	for name, change := range map[string]func(t *testing.T, z *Zone) error{
		"the end of a wait": func(t *testing.T, z *Zone) error {
			t.Helper()
			_, err := z.ZoneCertificates.WaitActive(t.Context(), &Certificate{ID: "x", Status: StatusPendingDeployment})
			return err
		},
		"a write of associations": func(t *testing.T, z *Zone) error {
			t.Helper()
			_, err := z.Associations.Put(t.Context(), AssociationWrite{Hostname: "b.example.com", CertificateID: "c", Enabled: &on})
			return err
		},
		"an upload": func(t *testing.T, z *Zone) error {
			t.Helper()
			_, err := uploadPair(t, z.ZoneCertificates, t.Context(), certtest.Leaf(t, "one"))
			return err
		},
		"a deletion": func(t *testing.T, z *Zone) error {
			t.Helper()
			return z.ZoneCertificates.Delete(t.Context(), "gone", Key{}, StatusActive, false)
		},
		"the setting": func(t *testing.T, z *Zone) error {
			t.Helper()
			return z.Setting.Put(t.Context(), true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := byRoute(t, map[string][]answer{
					"GET /hostnames":                {ok(`[{"hostname":"a.example.com","cert_id":"c","enabled":true,"status":"active"}]`)},
					"GET /hostnames/certificates/c": {ok(`{"id":"c","status":"active"}`)},
					"GET /x":                        {status("active")},
					"GET":                           {ok("null")},
					"POST":                          {ok(`{"id":"new","status":"active"}`)},
					"PUT /hostnames":                {ok("[]")},
					"PUT /settings":                 {ok(`{"enabled":true}`)},
					"GET /settings":                 {ok(`{"enabled":true}`)},
					"DELETE /gone":                  {refuse(404, 1552, "not found")},
				})
				z := newZone(t, api)
				read := func() {
					if _, err := z.Associations.Read(t.Context(), "a.example.com"); err != nil {
						t.Fatal(err)
					}
				}
				read()
				read()
				if n := api.count("GET /hostnames"); n != 1 {
					t.Fatalf("two reads requested %d lists", n)
				}
				if err := change(t, z); err != nil {
					t.Fatal(err)
				}
				before := api.count("GET /hostnames")
				read()
				if n := api.count("GET /hostnames"); n != before+1 {
					t.Errorf("the read after it requested %d lists, want 1", n-before)
				}
			})
		})
	}
}

// A 429 with Retry-After applies to the whole account. So requests about other zones pause too, as does the rejected request.
func TestA429PausesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		api, sent := timeline(func(_, path, _ string) answer {
			if strings.HasSuffix(path, "/settings") && first {
				first = false
				a := refuse(429, 971, "slow down")
				a.header = map[string]string{"Retry-After": "30"}
				return a
			}
			return ok(`{"enabled":true}`)
		})
		z := newZone(t, api)
		other := z.c.Zone(strings.Repeat("a", 32))
		var all sync.WaitGroup
		all.Go(func() { _, _ = z.Setting.Get(t.Context()) })
		time.Sleep(time.Second)
		all.Go(func() { _, _ = other.Setting.Get(t.Context()) })
		all.Wait()
		for asked, n := range map[string]int{"GET /settings": 2, "GET /client/v4/zones/" + strings.Repeat("a", 32) + "/origin_tls_client_auth/settings": 1} {
			times := sent(asked)
			if len(times) != n || times[n-1] < 30*time.Second {
				t.Errorf("%s was sent at %v, want %d requests, the last one after the pause of 30 s", asked, times, n)
			}
		}
	})
}

// Retry-After delays the retry of its request for every status that the client retries.
func TestRetryAfterCountsOnEveryStatus(t *testing.T) {
	for _, code := range []int{429, 500, 502, 503} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				api, sent := timeline(func(string, string, string) answer {
					if n++; n == 1 {
						a := refuse(code, 1, "not now")
						a.header = map[string]string{"Retry-After": "40"}
						return a
					}
					return ok(`{"enabled":true}`)
				})
				z := newZone(t, api)
				if _, err := z.Setting.Get(t.Context()); err != nil {
					t.Fatal(err)
				}
				if times := sent("GET /settings"); len(times) != 2 || times[1] < 40*time.Second {
					t.Errorf("the requests were sent at %v, want the second after 40 s", times)
				}
			})
		})
	}
}
