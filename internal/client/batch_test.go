package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// putAPI rejects each PUT that names a bad hostname or certificate as a whole, and accepts all others.
type putAPI struct {
	*fakeAPI
	puts [][]AssociationWrite
}

func newPutAPI(takes time.Duration, bad map[string]answer) *putAPI {
	p := &putAPI{fakeAPI: &fakeAPI{}}
	p.answer = func(method, path, body string) answer {
		if method != "PUT" || path != "/hostnames" {
			return refuse(404, 7003, "no route")
		}
		var sent struct{ Config []AssociationWrite }
		if err := json.Unmarshal([]byte(body), &sent); err != nil {
			return refuse(400, 1, err.Error())
		}
		p.puts = append(p.puts, sent.Config)
		rows := []Association{}
		for _, row := range sent.Config {
			for _, name := range []string{row.Hostname, row.CertificateID} {
				if refusal, found := bad[name]; found {
					refusal.after = takes
					return refusal
				}
			}
			rows = append(rows, Association{Hostname: row.Hostname, CertificateID: row.CertificateID, Enabled: row.Enabled, Status: StatusPendingDeployment})
		}
		raw, _ := json.Marshal(rows)
		a := ok(string(raw))
		a.after = takes
		return a
	}
	return p
}

// putAll writes the rows at the same time. It returns the error of each row by hostname.
func putAll(ctx context.Context, c *Zone, rows []AssociationWrite) map[string]error {
	var mu sync.Mutex
	errs := map[string]error{}
	var all sync.WaitGroup
	for _, row := range rows {
		all.Go(func() {
			answer, err := c.Associations.batch.write(ctx, row)
			if err == nil && (answer == nil || answer.Hostname != row.Hostname) {
				err = fmt.Errorf("answered %+v", answer)
			}
			mu.Lock()
			defer mu.Unlock()
			errs[row.Hostname] = err
		})
	}
	all.Wait()
	return errs
}

func writes(n int, certificates int) []AssociationWrite {
	on := true
	rows := make([]AssociationWrite, n)
	for i := range rows {
		rows[i] = AssociationWrite{Hostname: fmt.Sprintf("h%d.example.com", i), CertificateID: fmt.Sprint("c", i%certificates), Enabled: &on}
	}
	return rows
}

func TestWritesThatArriveTogetherTravelTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(time.Second, nil)
		c := newZone(t, api.fakeAPI)
		on := true
		first := AssociationWrite{Hostname: "first.example.com", CertificateID: "c0", Enabled: &on}
		go func() { _, _ = c.Associations.Put(t.Context(), first) }()
		time.Sleep(500 * time.Millisecond) // the first PUT is under way
		rows := writes(200, 8)
		rows[7].Enabled = nil // the second PUT also has a void
		for name, err := range putAll(t.Context(), c, rows) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(api.puts) != 2 || len(api.puts[0]) != 1 || len(api.puts[1]) != 200 {
			t.Errorf("%d PUTs were sent", len(api.puts))
		}
	})
}

func TestTheSameHostnameTwiceKeepsItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(time.Second, nil)
		c := newZone(t, api.fakeAPI)
		for _, cert := range []string{"old", "new"} {
			go func() {
				on := true
				_, _ = c.Associations.Put(t.Context(), AssociationWrite{Hostname: "a.example.com", CertificateID: cert, Enabled: &on})
			}()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(api.puts) != 2 || api.puts[0][0].CertificateID != "old" || api.puts[1][0].CertificateID != "new" {
			t.Errorf("the PUTs are %+v", api.puts)
		}
	})
}

func TestACulpritAloneFails(t *testing.T) {
	refusal := refuse(400, 19001, "the hostname is not in the zone")
	badID := refuse(400, 1415, "Certificate ID in request is either invalid or the certificate has been deleted")
	for _, c := range []struct {
		name string
		bad  map[string]answer
		fail func(AssociationWrite) bool
		most int // the largest allowed number of requests
	}{
		{"the first of 200", map[string]answer{"h0.example.com": refusal}, nil, 17},
		{"the last of 200", map[string]answer{"h199.example.com": refusal}, nil, 17},
		{"one amid 200", map[string]answer{"h77.example.com": refusal}, nil, 17},
		{"two of 200", map[string]answer{"h3.example.com": refusal, "h150.example.com": refusal}, nil, 26},
		{"a certificate id that 25 share", map[string]answer{"c3": badID}, func(w AssociationWrite) bool { return w.CertificateID == "c3" }, 13},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newPutAPI(time.Millisecond, c.bad)
				rows := writes(200, 8)
				errs := putAll(t.Context(), newZone(t, api.fakeAPI), rows)
				for _, row := range rows {
					_, named := c.bad[row.Hostname]
					want := named || c.fail != nil && c.fail(row)
					if got := errs[row.Hostname] != nil; got != want {
						t.Errorf("%s failed %v, want %v: %v", row.Hostname, got, want, errs[row.Hostname])
					}
				}
				if len(api.puts) > c.most {
					t.Errorf("%d requests were sent, want at most %d", len(api.puts), c.most)
				}
			})
		})
	}
}

func TestARefusalThatIsNoRowsFaultIsNotSearchedFor(t *testing.T) {
	for name, refusal := range map[string]answer{
		"denied":                         refuse(403, 10000, "Authentication error"),
		"bad credentials":                refuse(400, 6003, "Invalid request headers"),
		"a zone that is not known":       refuse(400, 1001, "Invalid zone identifier"),
		"a proxy that does not allow it": {status: 403, body: "<html>"},
		"a proxy that does not know it":  {status: 400, body: "<html>"},
		"a failure of the API":           refuse(501, 1, "not implemented"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newPutAPI(0, map[string]answer{"c0": refusal})
				errs := putAll(t.Context(), newZone(t, api.fakeAPI), writes(50, 1))
				for name, err := range errs {
					if e, refused := asError(err); !refused || e.Status != refusal.status {
						t.Errorf("%s: %v", name, err)
					}
				}
				if len(api.puts) != 1 {
					t.Errorf("%d requests were sent", len(api.puts))
				}
			})
		})
	}
}

// If a certificate's id is the cause, its rows are split from the others, wherever they are.
func TestRowsAreSplitBetweenCertificates(t *testing.T) {
	for name, c := range map[string]struct {
		rows, first, requests int // first is the number of rows of the good certificate, which come first
	}{
		"the first row is the other one":                {200, 1, 3},
		"the last row is the other one":                 {200, 199, 3},
		"the last row is the other one, an odd number":  {201, 200, 3},
		"the first row is the other one, an odd number": {201, 1, 3},
		"half of them": {200, 100, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newPutAPI(0, map[string]answer{"c1": refuse(400, 1415, "Certificate ID in request is either invalid or the certificate has been deleted")})
				rows := writes(c.rows, 1)
				for i := range rows[c.first:] {
					rows[c.first+i].CertificateID = "c1"
				}
				errs := putAll(t.Context(), newZone(t, api.fakeAPI), rows)
				for i, row := range rows {
					if failed := errs[row.Hostname] != nil; failed != (i >= c.first) {
						t.Errorf("%s: %v", row.Hostname, errs[row.Hostname])
					}
				}
				if len(api.puts) != c.requests {
					t.Errorf("%d requests were sent, want %d", len(api.puts), c.requests)
				}
			})
		})
	}
}

// The first write of a batch waits for others. It waits less if the batch is as large as recent ones.
func TestHowLongABatchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const brief, full = 2 * batchStep, batchPause + batchStep
		api, sent := timeline(func(string, string, string) answer { return ok("[]") })
		z := newZone(t, api)
		started := time.Now()
		for n, c := range []struct {
			rows int
			wait time.Duration
		}{{8, full}, {8, brief}, {3, full}, {7, brief}, {6, full}, {1, full}, {1, full}, {1, full}, {3, brief}, {1, full}, {1, full}, {1, full}, {1, full}} {
			arrived := time.Since(started)
			for _, row := range writes(c.rows, 1) {
				go func() { _, _ = z.Associations.Put(t.Context(), row) }()
			}
			time.Sleep(time.Second)
			if puts := sent("PUT /hostnames"); len(puts) != n+1 || puts[n]-arrived != c.wait {
				t.Errorf("batch %d of %d rows arrived at %s, and PUTs were sent at %v; want a wait of %s", n, c.rows, arrived, puts, c.wait)
			}
		}
	})
}

func TestABatchDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(0, nil)
		z := newZone(t, api.fakeAPI)
		for _, row := range writes(20, 1) {
			go func() { _, _ = z.Associations.Put(t.Context(), row) }()
			time.Sleep(74 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(api.puts[0]) != 7 {
			t.Errorf("the first PUT has %d rows, want those of half a second", len(api.puts[0]))
		}
	})
}

// While a rejected PUT is bisected, the callers of accepted rows continue. They must not read the former state.
func TestAnAcceptedRowIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := refuse(400, 19001, "the hostname is not in the zone")
		slow.after = 10 * time.Second
		api := &fakeAPI{}
		api.answer = func(method, _, body string) answer {
			switch {
			case method == "GET":
				return ok(`[{"hostname":"h0.example.com","cert_id":"","enabled":true,"status":"active"}]`)
			case strings.Contains(body, "h1.example.com"):
				return slow
			}
			return ok("[]")
		}
		z := newZone(t, api)
		read := func() {
			if _, err := z.Associations.Read(t.Context(), "h0.example.com"); err != nil {
				t.Error(err)
			}
		}
		started := time.Now()
		time.AfterFunc(5*time.Second, read) // during the first PUT
		rows := writes(2, 1)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := z.Associations.Put(t.Context(), rows[0]); err != nil || time.Since(started) > 15*time.Second {
				t.Errorf("after %s: %v", time.Since(started), err)
			}
			read()
		})
		synctest.Wait() // so that the row that is accepted is the first of the batch
		all.Go(func() { _, _ = z.Associations.Put(t.Context(), rows[1]) })
		all.Wait()
		if n := api.count("GET /hostnames"); n != 2 {
			t.Errorf("%d lists, want a new one after the row was accepted", n)
		}
	})
}

func TestAnInterruptedWriterLeavesTheOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newPutAPI(10*time.Second, nil)
		c := newZone(t, api.fakeAPI)
		impatient, cancel := context.WithCancel(t.Context())
		var left error
		go func() { _, left = c.Associations.Put(impatient, writes(1, 1)[0]) }()
		time.AfterFunc(5*time.Second, cancel)
		errs := putAll(t.Context(), c, writes(20, 1)[1:])
		synctest.Wait()
		if !errors.Is(left, context.Canceled) {
			t.Errorf("the interrupted writer got %v", left)
		}
		for name, err := range errs {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(api.puts) != 1 {
			t.Errorf("%d requests were sent", len(api.puts))
		}
		// If an interrupted writer is the only one in its request, the request is cancelled.
		start := time.Now()
		lone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Associations.Put(lone, writes(1, 1)[0]); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		time.Sleep(time.Minute) // the cancelled request ends
		// It does not keep others waiting.
		hung, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		go func() { _, _ = c.Associations.Put(hung, writes(1, 1)[0]) }()
		time.Sleep(time.Second)
		start = time.Now()
		if _, err := c.Associations.Put(t.Context(), writes(2, 1)[1]); err != nil || time.Since(start) > 11*time.Second {
			t.Errorf("the next write took %s: %v", time.Since(start), err)
		}
	})
}
