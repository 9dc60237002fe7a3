package client

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// deployingAPI deploys an association within the given time after a PUT. It serves the list and single reads.
func deployingAPI(t *testing.T, deploy time.Duration) *fakeAPI {
	t.Helper()
	written := map[string]time.Time{}
	row := func(name string) string {
		status := "pending_deployment"
		if time.Since(written[name]) >= deploy {
			status = "active"
		}
		return fmt.Sprintf(`{"hostname":%q,"cert_id":"c0","enabled":true,"status":%q,"cert_status":"active","expires_on":"2030-01-01T00:00:00Z"}`, name, status)
	}
	return &fakeAPI{answer: func(method, path, body string) answer {
		switch {
		case method == "PUT":
			var put struct {
				Config []AssociationWrite `json:"config"`
			}
			if err := json.Unmarshal([]byte(body), &put); err != nil {
				t.Error(err)
			}
			for _, w := range put.Config {
				written[w.Hostname] = time.Now()
			}
			return ok(`[]`)
		case path == "/hostnames":
			rows := make([]string, 0, len(written))
			for name := range written {
				rows = append(rows, row(name))
			}
			return ok("[" + strings.Join(rows, ",") + "]")
		default:
			return ok(row(strings.TrimPrefix(path, "/hostnames/")))
		}
	}}
}

// Terraform works on ten resources at a time, so an apply of a hundred single associations takes ten deployments in a row. The
// test uses a fake clock.
func TestAHundredSingleAssociationsTakeTenDeployments(t *testing.T) {
	for _, c := range []struct {
		deploy time.Duration
		most   float64 // as a multiple of ten deployments
	}{{700 * time.Millisecond, 1.4}, {2 * time.Second, 1.2}, {5 * time.Second, 1.2}} {
		t.Run(c.deploy.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := deployingAPI(t, c.deploy)
				z := newZone(t, api, func(o *Options) { o.RequestBudget = DefaultRequestBudget })
				started := time.Now()
				turn := make(chan struct{}, 10)
				var all sync.WaitGroup
				for _, w := range writes(100, 1) {
					all.Go(func() {
						turn <- struct{}{}
						defer func() { <-turn }()
						time.Sleep(10 * time.Millisecond) // the time that the CLI takes between two operations
						row, err := z.Associations.Put(t.Context(), w)
						if err == nil {
							row, err = z.Associations.WaitActive(t.Context(), w, row, "")
						}
						if err != nil || row.Status != StatusActive {
							t.Errorf("%+v, %v", row, err)
						}
					})
				}
				all.Wait()
				ratio := time.Since(started).Seconds() / (10 * c.deploy.Seconds())
				t.Logf("%.2f times ten deployments, %d requests", ratio, len(api.asked))
				if ratio > c.most || len(api.asked) > 60 {
					t.Errorf("%.2f times ten deployments, %d requests; want at most %.1f and 60", ratio, len(api.asked), c.most)
				}
			})
		})
	}
}

// The list may leave out an association that is still being voided. So if the list no longer shows some hostnames, they count as
// void only after a single read of at least one of them confirms it.
func TestAbsenceFromAListIsConfirmed(t *testing.T) {
	for name, c := range map[string]struct {
		gone time.Duration // when single reads show it as gone; the list leaves it out after a second
		gets int           // the largest allowed number of single reads
	}{"gone": {time.Second, 3}, "still going": {5 * time.Second, 100}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started, gets := time.Now(), 0
				row := func(i int) string {
					return fmt.Sprintf(`{"hostname":"h%d.example.com","cert_id":"c0","enabled":true,"status":"pending_deletion"}`, i)
				}
				api := &fakeAPI{answer: func(method, path, _ string) answer {
					var rows []string
					for i := range 10 {
						rows = append(rows, row(i))
					}
					switch {
					case method == "PUT":
						return ok(`[]`)
					case path == "/hostnames" && time.Since(started) < time.Second:
						return ok("[" + strings.Join(rows, ",") + "]")
					case path == "/hostnames":
						return ok(`[]`)
					}
					if gets++; time.Since(started) >= c.gone {
						return refuse(404, 1553, "setting for this hostname not found")
					}
					return ok(row(0))
				}}
				z := newZone(t, api)
				var all sync.WaitGroup
				for i := range 10 {
					all.Go(func() {
						if err := z.Associations.Void(t.Context(), fmt.Sprintf("h%d.example.com", i), "c0", StatusActive, false); err != nil {
							t.Error(err)
						}
						if d := time.Since(started); d < c.gone {
							t.Errorf("h%d counts as void after %s, but is only void after %s", i, d, c.gone)
						}
					})
				}
				all.Wait()
				if gets == 0 || gets > c.gets {
					t.Errorf("%d single reads, want 1 to %d", gets, c.gets)
				}
			})
		})
	}
}

// The list of certificates is not complete: it may omit one that is still being deleted. So each that it no longer shows is read.
func TestAListOfCertificatesProvesNoAbsence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started, rows := time.Now(), []string{}
		gone := map[string]time.Duration{}
		for i := range 10 {
			gone[fmt.Sprint(i)] = time.Second
			rows = append(rows, fmt.Sprintf(`{"id":"%d","status":"pending_deletion"}`, i))
		}
		gone["0"] = time.Minute
		api := &fakeAPI{answer: func(method, path, _ string) answer {
			switch id := strings.TrimPrefix(path, "/"); {
			case id == "" && time.Since(started) < time.Second:
				return ok("[" + strings.Join(rows, ",") + "]")
			case id == "":
				return ok("[]")
			case method == "GET" && time.Since(started) >= gone[id]:
				return refuse(404, 1552, "certificate not found")
			default:
				return ok(`{"id":"` + id + `","status":"pending_deletion"}`)
			}
		}}
		z := newZone(t, api)
		var all sync.WaitGroup
		for id, after := range gone {
			all.Go(func() {
				if err := z.ZoneCertificates.Delete(t.Context(), id, Key{}, StatusActive, false); err != nil || time.Since(started) < after {
					t.Errorf("the deletion of %s ended after %s: %v", id, time.Since(started), err)
				}
			})
		}
		all.Wait()
	})
}

// If the read that has to confirm an absence is refused, nothing is confirmed.
func TestAnAbsenceThatCannotBeConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = `[{"hostname":"a.example.com","cert_id":"c","enabled":true,"status":"active"},{"hostname":"b.example.com","cert_id":"c","enabled":true,"status":"active"}]`
		denied := refuse(403, 10000, "Authentication error")
		z := newZone(t, byRoute(t, map[string][]answer{
			"PUT /hostnames": {ok("[]")}, "GET /hostnames": {ok(rows), ok("[]")},
			"GET /hostnames/a.example.com": {denied}, "GET /hostnames/b.example.com": {denied},
		}))
		var all sync.WaitGroup
		for _, hostname := range []string{"a.example.com", "b.example.com"} {
			all.Go(func() {
				if err := z.Associations.Void(t.Context(), hostname, "c", StatusActive, false); !isDenied(err) {
					t.Errorf("the void of %s ended with %v", hostname, err)
				}
			})
		}
		all.Wait()
	})
}

// If the API does not serve the list, each poll is a request of its own. The polls of all waits together stay within the budget, but the
// first poll of a wait is not delayed.
func TestPollsWithoutAListStayWithinTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waits, spacing = 10, time.Second
		started := time.Now()
		api := &fakeAPI{answer: func(_, path, _ string) answer {
			name, single := strings.CutPrefix(path, "/hostnames/")
			if !single {
				return refuse(404, 7000, "no route")
			}
			status := "pending_deployment"
			if time.Since(started) > 5*time.Second {
				status = "active"
			}
			return ok(fmt.Sprintf(`{"hostname":%q,"cert_id":"c0","enabled":true,"status":%q,"cert_status":"active"}`, name, status))
		}}
		z := newZone(t, api, func(o *Options) { o.RequestBudget = int(budgetWindow / spacing) })
		for _, want := range []time.Duration{500*time.Millisecond + waits*spacing, 500 * time.Millisecond} {
			var all sync.WaitGroup
			now := time.Now()
			for _, w := range writes(waits, 1) {
				all.Go(func() {
					_, err := z.Associations.WaitActive(t.Context(), w, nil, "")
					if took := time.Since(now); err != nil || took != want {
						t.Errorf("%s took %s, want %s: %v", w.Hostname, took, want, err)
					}
				})
			}
			all.Wait()
		}
	})
}
