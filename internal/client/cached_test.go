package client

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// zoneAPI serves associations that become active at a given time, with or without the paged list.
type zoneAPI struct {
	*fakeAPI
	listed answer // the answer of the list, if its status is set
}

func newZoneAPI(names []string, activeAt time.Time, unlisted ...string) *zoneAPI {
	z := &zoneAPI{fakeAPI: &fakeAPI{}}
	z.answer = func(_, path, _ string) answer {
		status := "pending_deployment"
		if !time.Now().Before(activeAt) {
			status = "active"
		}
		row := func(name string) string {
			return fmt.Sprintf(`{"hostname":%q,"cert_id":"c0","enabled":true,"status":%q}`, name, status)
		}
		if name, found := strings.CutPrefix(path, "/hostnames/certificates/"); found {
			return ok(`{"id":"` + name + `","status":"active","expires_on":"2030-01-01T00:00:00Z"}`)
		}
		if name, found := strings.CutPrefix(path, "/hostnames/"); found {
			return ok(row(name))
		}
		if z.listed.status != 0 {
			return z.listed
		}
		rows := []string{}
		for _, name := range names {
			if !slices.Contains(unlisted, name) {
				rows = append(rows, row(strings.ToUpper(name)))
			}
		}
		return ok("[" + strings.Join(rows, ",") + "]")
	}
	return z
}

func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("h%d.example.com", i)
	}
	return out
}

func TestOneListAnswersAllReadsOfAWalk(t *testing.T) {
	for _, c := range []struct {
		name             string
		listed           answer
		lists, gets, cer int
	}{
		{"served", answer{}, 1, 1, 1},
		{"404", refuse(404, 7003, "Could not route"), 1, 100, 0},
		{"405", refuse(405, 1, "method not allowed"), 1, 100, 0},
		{"400", refuse(400, 1, "bad hostname"), 1, 100, 0},
		{"another shape", ok(`{"hostnames":[]}`), 1, 100, 0},
		{"rows that name nothing", ok(`[{"id":"x"}]`), 1, 100, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newZoneAPI(names(100), time.Now(), "h42.example.com")
				api.listed = c.listed
				client := newZone(t, api.fakeAPI)
				read := func(name string) {
					row, err := client.Associations.Read(t.Context(), name)
					if err != nil || !strings.EqualFold(row.Hostname, name) || row.Status != StatusActive {
						t.Errorf("%s: %+v, %v", name, row, err)
					}
					if c.listed.status == 0 && name != "h42.example.com" && row.ExpiresOn != "2030-01-01T00:00:00Z" {
						t.Errorf("%s: the expiry of the certificate is missing: %+v", name, row)
					}
				}
				var all sync.WaitGroup
				for _, name := range names(100) {
					all.Go(func() { read(name) })
				}
				all.Wait()
				for _, name := range names(100) {
					if name == "h42.example.com" {
						continue
					}
					if c.listed.status == 0 {
						read(name)
					}
				}
				lists, gets, certs := api.count("GET /hostnames"), 0, api.count("GET /hostnames/certificates/c0")
				for _, name := range names(100) {
					gets += api.count("GET /hostnames/" + name)
				}
				if lists != c.lists || gets != c.gets || certs != c.cer {
					t.Errorf("%d lists, %d gets, %d certificates; want %d, %d, %d", lists, gets, certs, c.lists, c.gets, c.cer)
				}
			})
		})
	}
}

func TestAWriteMakesWhatWasReadStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newZoneAPI(names(2), time.Now())
		c := newZone(t, api.fakeAPI)
		for range 2 {
			_, _ = c.Associations.Read(t.Context(), "h0.example.com")
		}
		_, _ = c.Associations.Put(t.Context(), writes(1, 1)[0])
		_, _ = c.Associations.Read(t.Context(), "h0.example.com")
		time.Sleep(freshFor + time.Second)
		_, _ = c.Associations.Read(t.Context(), "h0.example.com")
		if n := api.count("GET /hostnames"); n != 3 {
			t.Errorf("%d lists were read, want one, one after the write, and one after %s", n, freshFor)
		}
	})
}

func TestOnePollerHoweverManyWait(t *testing.T) {
	for _, c := range []struct {
		name        string
		listed      answer
		lists, gets int // the largest allowed numbers
	}{
		{"served", answer{}, 6, 0},
		{"not served", refuse(404, 7000, "No route"), 1, 600},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				api := newZoneAPI(names(100), start.Add(3*time.Second))
				api.listed = c.listed
				client := newZone(t, api.fakeAPI)
				var all sync.WaitGroup
				for _, w := range writes(100, 1) {
					all.Go(func() {
						row, err := client.Associations.WaitActive(t.Context(), w, nil, "")
						if err != nil || row.Status != StatusActive {
							t.Errorf("%s: %+v, %v", w.Hostname, row, err)
						}
					})
				}
				all.Wait()
				if d := time.Since(start); d > 6*time.Second {
					t.Errorf("the association is active after 3s, and the wait ended after %s", d)
				}
				lists := api.count("GET /hostnames")
				gets := len(api.asked) - lists - api.count("GET /hostnames/certificates/c0")
				if lists > c.lists || gets > c.gets {
					t.Errorf("%d lists and %d gets, want at most %d and %d", lists, gets, c.lists, c.gets)
				}
			})
		})
	}
}

// If the token lacks the permission, a plan must not send a request for each hostname.
func TestDeniedReadsAreNotRepeatedForEveryHostname(t *testing.T) {
	read := func(t *testing.T, api *fakeAPI) (denied int) {
		c := newZone(t, api)
		var mu sync.Mutex
		var all sync.WaitGroup
		turn := make(chan struct{}, 10) // Terraform's parallelism
		for i := range 100 {
			all.Go(func() {
				turn <- struct{}{}
				defer func() { <-turn }()
				_, err := c.Associations.Read(t.Context(), fmt.Sprintf("h%d.example.com", i))
				mu.Lock()
				defer mu.Unlock()
				if isDenied(err) {
					denied++
				} else if !IsNotFound(err) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		return denied
	}
	t.Run("everything is denied", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{answer: func(string, string, string) answer { return refuse(403, 10000, "Authentication error") }}
			if n := read(t, api); n != 100 || len(api.asked) != 2 {
				t.Errorf("%d reads were denied, by %d requests: %v", n, len(api.asked), api.asked)
			}
		})
	})
	t.Run("only the list is denied", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			api := &fakeAPI{answer: func(_, path, _ string) answer {
				if path == "/hostnames" {
					return refuse(403, 10000, "Authentication error")
				}
				return refuse(404, 1553, "not found")
			}}
			if n := read(t, api); n != 0 || len(api.asked) != 101 {
				t.Errorf("%d reads were denied, by %d requests", n, len(api.asked))
			}
		})
	})
}
