package faults

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// kind is a kind of fault.
type kind struct {
	name string
	do   func() simulator.Action
}

func always(a simulator.Action) func() simulator.Action {
	return func() simulator.Action { return a }
}

// patience is the timeout for an answer in the cells of tooLate.
const patience = time.Second

var tooLate = kind{"answer too late", always(simulator.Action{Delay: simulator.Duration(patience * 3 / 2)})}

var kinds = []kind{
	{"answer lost", always(simulator.Action{ResetAfter: true})},
	{"reset before the work", always(simulator.Action{ResetBefore: true})},
	{"answer cut off", always(simulator.Action{Truncate: true})},
	{"HTML 502", always(simulator.Action{Status: 502, HTML: true})},
	{"500", always(simulator.Action{Status: 500})},
	{"500 after the work", always(simulator.Action{Status: 500, WorkFirst: true})},
	{"429 with seconds", always(simulator.Action{Status: 429, Code: 971, RetryAfter: "1"})},
	{"429 with a date", func() simulator.Action {
		return simulator.Action{Status: 429, Code: 971, RetryAfter: time.Now().Add(time.Second).UTC().Format(http.TimeFormat)}
	}},
	{"409", always(simulator.Action{Status: 409, Code: 19009, Message: "another write is under way"})},
	{"slow answer", always(simulator.Action{Delay: simulator.Duration(100 * time.Millisecond)})},
	tooLate,
}

// operation is a kind of request.
type operation struct{ name, method, path string }

const (
	getHostname = "GET hostname"
	noPagedList = 404
)

var operations = []operation{
	{"POST zone certificate", "POST", `/origin_tls_client_auth$`},
	{"POST hostname certificate", "POST", `/hostnames/certificates$`},
	{"PUT hostnames", "PUT", `/hostnames$`},
	{"PUT settings", "PUT", `/settings$`},
	{"DELETE", "DELETE", ``},
	{"GET certificate", "GET", `/(origin_tls_client_auth|certificates)/[0-9a-f-]{36}$`},
	{"GET list", "GET", `/(origin_tls_client_auth|certificates)$`},
	{"GET associations", "GET", `/hostnames$`},
	{getHostname, "GET", `/hostnames/[^/]+\.com$`},
	{"GET settings", "GET", `/settings$`},
}

// position selects the requests that the fault hits.
type position struct {
	name                string
	after, times, every int
}

var positions = []position{{"1st", 0, 1, 0}, {"2nd", 1, 1, 0}, {"every 2nd", 0, 0, 2}}

type cell struct {
	kind
	operation
	position
	generated bool // whether the resources generate their certificates
}

func (c cell) String() string {
	certificates := "given"
	if c.generated {
		certificates = "generated"
	}
	return fmt.Sprintf("%s, %s, %s, %s certificates", c.kind.name, c.operation.name, c.position.name, certificates)
}

func (c cell) zone(t testing.TB) config {
	t.Helper()
	if c.generated {
		return generatedZoneOf(2, 3).withBulk(3, 2)
	}
	return zoneOf(t, 2, 3).withBulk(3, 2)
}

func (c cell) fault() simulator.Fault {
	return simulator.Fault{
		Name: "matrix", Method: c.method, Path: c.path, After: c.after, Times: c.times, Every: c.every, Do: c.do(),
	}
}

// One fault at a time is injected in every place. The first apply succeeds, and so does the destroy.
func TestAccMatrix(t *testing.T) {
	printSeed(t)
	var cells []cell
	for _, k := range kinds {
		for _, o := range operations {
			for _, p := range positions {
				cells = append(cells, cell{k, o, p, false}, cell{k, o, p, true})
			}
		}
	}
	t.Parallel()
	concurrently(t, 12, share("matrix", cells, 160), func(t *testing.T, c cell) {
		b := acctest.Behaviour(t, 15*time.Millisecond)
		overlapping(&b)
		if c.operation.name == getHostname {
			b.PagedListStatus = noPagedList // with the list, the provider would hardly read single hostnames
		}
		w := newWorld(t, b)
		defer w.close()
		if c.kind.name == tooLate.name {
			w.patience = patience
		}
		cfg, tf := c.zone(t), w.terraform()
		w.Sim.AddFault(c.fault())
		if err := tf.apply(t.Context(), cfg); err != nil {
			t.Fatalf("apply: %v", err)
		}
		acctest.NoError(t, compare(tf, cfg, outsiders{}).problem())
		if changes, err := tf.plan(t.Context(), cfg); err != nil || len(changes) > 0 {
			t.Fatalf("the next plan is not empty: %v %v", changes, err)
		}
		if err := tf.destroy(t.Context()); err != nil {
			t.Fatalf("destroy: %v", err)
		}
		if err := acctest.NothingLive(w.World); err != nil || len(tf.state) > 0 {
			t.Errorf("after the destroy: %v, state %v", err, tf.state)
		}
		if w.fired("matrix") == 0 {
			t.Error("the fault hit no request")
		}
	})
}
