package faults

import (
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// The test manages 20 associations under a limit of 20 requests in 5 seconds, without the paged list, so that the
// provider reads each hostname separately. The provider waits as the limit's headers ask, so apply, plan and destroy
// succeed, and the API rejects hardly any request. Even the slowest machine sends more than four requests a second if it
// may (one under load with the race detector sent nine), so the limit is always reached.
func TestAccRequestLimit(t *testing.T) {
	const limit, window = 20, 5 * time.Second
	t.Parallel()
	b := acctest.Behaviour(t, 0)
	b.Limit = simulator.Limit{Requests: limit, Window: simulator.Duration(window)}
	b.PagedListStatus = noPagedList
	w := newWorld(t, b)
	defer w.close()
	cfg, tf := zoneOf(t, 3, 20), w.terraform()
	// Nothing hangs in this test, but many operations have to wait for their turn.
	patient := arguments{"create": "5m", "read": "5m", "update": "5m", "delete": "5m"}
	for _, args := range cfg {
		args["timeouts"] = patient
	}
	if err := tf.apply(t.Context(), cfg); err != nil {
		t.Fatalf("apply: %v", err)
	}
	acctest.WantNoError(t, compare(tf, cfg, outsiders{}).problem())
	if changes, err := tf.plan(t.Context(), cfg); err != nil || len(changes) > 0 {
		t.Errorf("plan: %v %v", changes, err)
	}
	if err := tf.destroy(t.Context()); err != nil {
		t.Fatalf("destroy: %v", err)
	}
	w.WantNothingLive()
	refused, most := count(w.Sim.Requests(), window)
	if all := len(w.Sim.Requests()); refused*50 > all {
		t.Errorf("%d of %d requests were answered 429, want at most 1 in 50", refused, all)
	}
	// The provider pauses when fewer than ten requests are left. Those that are under way then still arrive.
	if most <= limit-10 {
		t.Errorf("at most %d requests came within %s, so few of %d that the provider had no reason to pause, and this test proves nothing", most, window, limit)
	}
	t.Logf("%d requests, at most %d in %s", len(w.Sim.Requests()), most, window)
}

// count returns how many requests were answered 429, and the largest number of requests within any span of one window.
func count(all []simulator.Request, window time.Duration) (refused, most int) {
	for i, r := range all {
		if r.Status == 429 {
			refused++
		}
		in := i
		for in < len(all) && all[in].Time.Sub(r.Time) < window {
			in++
		}
		most = max(most, in-i)
	}
	return refused, most
}
