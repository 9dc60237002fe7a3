// Package faults proves that nothing is lost: whatever goes wrong between the provider and the API, an
// apply comes through or the next one does, and no certificate and no association is left behind that
// no state knows.
package faults

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/origintls/terraform-provider-origintls/internal/client"
	"github.com/origintls/terraform-provider-origintls/internal/provider"
	"github.com/origintls/terraform-provider-origintls/internal/serve"
	"github.com/origintls/terraform-provider-origintls/internal/simulator"
	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const (
	zone  = acctest.Zone
	token = acctest.Token
)

// world is acctest's, with a hand on every request and on the running provider.
type world struct {
	*acctest.World
	provider arguments                                            // further settings of the provider block
	handle   atomic.Pointer[func(next http.Handler) http.Handler] // bends requests on their way to the simulator
	server   atomic.Pointer[tfprotov6.ProviderServer]             // the provider that was configured last
	patience time.Duration                                        // how long an answer may take; 0 for the default, far longer than any test
	stopped  atomic.Bool                                          // whether it was interrupted
	age      atomic.Int64                                         // days that the provider's clock is ahead
	close    func()
}

// overlapping makes writes that overlap end in 409, and gives them time to.
func overlapping(b *simulator.Behaviour) {
	b.ConflictOnOverlap, b.WriteTakes = true, simulator.Duration(3*time.Millisecond)
}

// newWorld starts a simulator. The caller calls close: a test that makes many worlds cannot wait for its end.
func newWorld(t testing.TB, b simulator.Behaviour) *world {
	t.Helper()
	w := &world{World: &acctest.World{T: t, Sim: simulator.New(simulator.Options{Behaviour: b})}}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		next := http.Handler(w.Sim)
		if bend := w.handle.Load(); bend != nil {
			next = (*bend)(next)
		}
		next.ServeHTTP(rw, r)
	}))
	w.URL, w.close = server.URL+"/client/v4", server.Close
	return w
}

// bend puts f in front of the simulator; n is the number of the request since then, from 1.
func (w *world) bend(f func(n int, next http.Handler, rw http.ResponseWriter, r *http.Request)) {
	var count atomic.Int64
	bent := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { f(int(count.Add(1)), next, rw, r) })
	}
	w.handle.Store(&bent)
}

func (w *world) straighten() { w.handle.Store(nil) }

// factory makes the provider of the driver, with pauses of milliseconds.
func (w *world) factory() (tfprotov6.ProviderServer, error) {
	return serve.NewServer(provider.New("test", provider.WithClientOptions(func(o *client.Options) {
		o.Quiet = 40 * time.Millisecond
		o.Poll = client.Backoff{Min: 2 * time.Millisecond, Max: 8 * time.Millisecond}
		o.Backoff = client.Backoff{Min: 2 * time.Millisecond, Max: 16 * time.Millisecond}
		o.RequestTimeout = w.patience
	}), provider.WithClock(func() time.Time { return time.Now().AddDate(0, 0, int(w.age.Load())) }))())
}

// terraform is a stand-in for the CLI with an empty state.
func (w *world) terraform() *terraform { return &terraform{world: w, state: map[string]*instance{}} }

// interrupt is Ctrl-C: what is under way stops, and nothing new is begun.
func (w *world) interrupt() {
	w.stopped.Store(true)
	if server := w.server.Load(); server != nil {
		_, _ = (*server).StopProvider(context.WithoutCancel(w.T.Context()), &tfprotov6.StopProviderRequest{})
	}
}

// fired counts the requests that a fault of this name has hit.
func (w *world) fired(name string) int {
	n := 0
	for _, r := range w.Sim.Requests() {
		if r.Fault == name {
			n++
		}
	}
	return n
}

// deleting says whether a certificate is on its way out.
func (w *world) deleting() bool {
	return slices.ContainsFunc(w.Certificates(), func(c simulator.CertificateState) bool {
		return c.Status == "pending_deletion"
	})
}
