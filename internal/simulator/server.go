package simulator

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is the simulated API. It implements http.Handler: the API under /client/v4, and the control API under
// /_sim/.
type Server struct {
	now     func() time.Time
	router  router
	control http.Handler

	mu      sync.Mutex
	store   *store
	flights map[string]*flight // writes under way, by zone
	windows map[string]*window // rate limit, by credential
	faults  []*armedFault
	log     []*Request
	arrived int // number of requests, for their numbers and Ray IDs; a reset does not change it
}

// flight is the number of writes of a zone that are under way.
type flight struct{ writes int }

// maxBody is much more than a certificate with its chain needs.
const maxBody = 1 << 20

// New returns a simulated API. It panics if the Behaviour is invalid, because a mistake in a test should stop the
// test.
func New(o Options) *Server {
	b := o.Behaviour
	if b.isZero() {
		b = Defaults()
	}
	if err := b.Validate(); err != nil {
		panic("simulator: " + err.Error())
	}
	s := &Server{now: o.Now, router: newRouter(), store: newStore(b.clone())}
	if s.now == nil {
		s.now = time.Now
	}
	s.control = s.controlRoutes()
	s.forget()
	return s
}

// forget deletes everything except the behaviour and the clock.
func (s *Server) forget() {
	s.store = newStore(s.store.behaviour)
	s.flights = map[string]*flight{}
	s.windows = map[string]*window{}
	s.faults, s.log = nil, nil
}

// Reset deletes the state, the faults and the request log. The behaviour stays.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
}

// Behave changes the behaviour. Changes of status that are due already are made first, so that turning a fault off
// does not affect the past.
func (s *Server) Behave(change func(*Behaviour)) {
	if err := s.behave(func(b *Behaviour) error { change(b); return nil }); err != nil {
		panic("simulator: " + err.Error())
	}
}

func (s *Server) behave(change func(*Behaviour) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.advance(s.now())
	changed := s.store.behaviour.clone()
	if err := change(&changed); err != nil {
		return err
	}
	if err := changed.Validate(); err != nil {
		return err
	}
	s.store.behaviour = changed.clone() // the caller may have kept a map or slice of it
	return nil
}

// behaviour returns a copy of the present behaviour.
func (s *Server) behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.behaviour.clone()
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.control.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	request, ray := s.arrive(r, body)
	w.Header().Set("Cf-Ray", ray)
	if err != nil {
		s.send(w, request, s.jsonAnswer(gatewayFailure(http.StatusRequestEntityTooLarge, errBadBody)))
		return
	}
	limited, headers := s.spend(r)
	maps.Copy(w.Header(), headers)
	if limited != nil {
		s.send(w, request, s.jsonAnswer(*limited))
		return
	}
	action := s.strike(r, request)
	a, ok := s.answer(r, body, action)
	if !ok {
		panic(http.ErrAbortHandler) // the client has gone, so nobody reads the answer
	}
	s.send(w, request, a)
}

// answer does a request and returns its answer, which may be changed by a fault. It returns false if the request's
// context ended first.
func (s *Server) answer(r *http.Request, body []byte, action *Action) (answer, bool) {
	latency := time.Duration(s.behaviour().Latency)
	if action != nil {
		latency += time.Duration(action.Delay)
	}
	if !pause(r.Context(), latency) {
		return answer{}, false
	}
	if action != nil && !action.works() {
		return s.faultAnswer(action), true
	}
	rep, ok := s.perform(r, body)
	if !ok {
		return answer{}, false
	}
	if action != nil && action.replaces() {
		return s.faultAnswer(action), true
	}
	a := s.jsonAnswer(rep)
	a.truncate = action != nil && action.Truncate
	return a, true
}

// perform does a request without faults. It checks the credentials, the route and overlapping writes, and calls the
// handler.
func (s *Server) perform(r *http.Request, body []byte) (reply, bool) {
	if refusal := s.authenticate(r); refusal != nil {
		return *refusal, true
	}
	handle, c, ok := s.router.find(r)
	if !ok {
		return noRoute(r.URL.Path), true
	}
	c.body = body
	if r.Method != http.MethodGet {
		landed, refusal := s.takeOff(c.zone)
		if refusal != nil {
			return *refusal, true
		}
		defer landed()
		if !pause(r.Context(), time.Duration(s.behaviour().WriteTakes)) {
			return reply{}, false
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	s.store.advance(c.now)
	return handle(s.store, c), true
}

// takeOff registers a write of a zone. If another write is under way, it may return a 409 (section 1b: observed for
// zone certificates; its code is invented).
func (s *Server) takeOff(zone string) (landed func(), refusal *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flights[zone]
	if f == nil {
		f = &flight{}
		s.flights[zone] = f
	}
	if f.writes > 0 && s.store.behaviour.ConflictOnOverlap {
		conflict := failure(http.StatusConflict, errOverlap)
		return nil, &conflict
	}
	f.writes++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f.writes--
	}, nil
}

// pause waits in real time. It returns false if the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answer is an HTTP answer, or the way in which it fails.
type answer struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
	reset       bool
	truncate    bool
}

func (s *Server) jsonAnswer(rep reply) answer {
	b := s.behaviour()
	return answer{status: rep.status, contentType: "application/json; charset=UTF-8", body: rep.body(&b)}
}

// send writes the answer and records its status in the log.
func (s *Server) send(w http.ResponseWriter, request *Request, a answer) {
	if a.reset {
		reset(w)
		return
	}
	s.mu.Lock()
	request.Status = a.status
	s.mu.Unlock()
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.truncate {
		a.body = a.body[:len(a.body)/2] // net/http closes the connection if the body is too short
	}
	_, _ = w.Write(a.body) // the client may have gone, which does not matter
}

// rayOf returns Cloudflare's id of a request, which is made from a counter here.
func rayOf(n int) string { return fmt.Sprintf("%016x-SIM", n) }
