// Package faults checks that no fault between the provider and the API loses anything. An apply succeeds despite the fault,
// or the next one does. No certificate and no association is left behind that no state knows.
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

// world is acctest's World. In addition, tests can alter every request, and interrupt the running provider.
type world struct {
	*acctest.World
	provider arguments                                            // further settings of the provider block
	handle   atomic.Pointer[func(next http.Handler) http.Handler] // alters requests before they reach the simulator
	server   atomic.Pointer[tfprotov6.ProviderServer]             // the provider that was last configured
	patience time.Duration                                        // the provider's request timeout; 0 for the default, which is far longer than any test
	stopped  atomic.Bool                                          // whether the provider was interrupted
	age      atomic.Int64                                         // the days by which the provider's clock is ahead
	close    func()
}

// overlapping makes the API answer 409 to writes that overlap, and makes writes slow enough to overlap.
func overlapping(b *simulator.Behaviour) {
	b.ConflictOnOverlap, b.WriteTakes = true, simulator.Duration(3*time.Millisecond)
}

// newWorld starts a simulator. The caller must call close as soon as it needs the world no more, because a test that creates
// many worlds cannot keep them all.
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

// bend puts f in front of the simulator. n is the number of the request since then, starting at 1.
func (w *world) bend(f func(n int, next http.Handler, rw http.ResponseWriter, r *http.Request)) {
	var count atomic.Int64
	bent := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { f(int(count.Add(1)), next, rw, r) })
	}
	w.handle.Store(&bent)
}

func (w *world) straighten() { w.handle.Store(nil) }

// factory creates the driver's provider, with pauses of milliseconds.
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

// interrupt does what Ctrl-C does: the provider stops what is under way and begins nothing new.
func (w *world) interrupt() {
	w.stopped.Store(true)
	if server := w.server.Load(); server != nil {
		_, _ = (*server).StopProvider(context.WithoutCancel(w.T.Context()), &tfprotov6.StopProviderRequest{})
	}
}

// fired counts the requests that a fault with this name has hit.
func (w *world) fired(name string) int {
	n := 0
	for _, r := range w.Sim.Requests() {
		if r.Fault == name {
			n++
		}
	}
	return n
}

// deleting reports whether a certificate is being deleted.
func (w *world) deleting() bool {
	return slices.ContainsFunc(w.Certificates(), func(c simulator.CertificateState) bool {
		return c.Status == "pending_deletion"
	})
}
