package client

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

// maxParallel is how many single reads of a kind of object are under way at once.
const maxParallel = 10

// errNotServed says that the API does not serve a list, so that single reads have to do.
var errNotServed = errors.New("the API does not serve this list")

// observation is what a poll says about an object: its status in words, and whether the wait is over. terminal
// means that the target cannot be reached any more.
type observation struct {
	status         string
	done, terminal bool
}

// poller reads the objects of one zone and kind for all who wait for one of them. Each waits in a loop of
// its own. Where several wait, they share a list, which costs one request however many they are.
type poller[T any] struct {
	z *Zone
	// list returns all objects by key, or errNotServed.
	list func(ctx context.Context) (map[string]*T, error)
	// get returns one of them; IsNotFound where there is none.
	get func(ctx context.Context, key string) (*T, error)
	// complete says that the list shows all objects that exist. Without it, absence from the list says nothing.
	complete bool

	waiting atomic.Int64
	singles *semaphore.Weighted
	flights singleflight.Group

	mu     sync.Mutex
	latest snapshot[T]
	paces  map[string]pace // by what is waited for
}

// snapshot is a list and when it was asked for.
type snapshot[T any] struct {
	asked time.Time
	rows  map[string]*T
	err   error
	probe *probe
}

// probe is whether one of the objects that a list lacks is gone.
type probe struct {
	once sync.Once
	gone bool
}

// wait is one wait for an object.
type wait[T any] struct {
	key     string
	observe func(*T) observation
	listed  bool // whether a list has shown it
}

func newPoller[T any](z *Zone) *poller[T] {
	return &poller[T]{z: z, singles: semaphore.NewWeighted(maxParallel), paces: map[string]pace{}}
}

// wait polls an object until an observation is done or terminal, a request is refused for good, or ctx ends. Failed
// requests that may pass are survived until then. want is for the error; first is the status that the
// answer to the write reported. It returns the object as last seen, also with an error.
func (p *poller[T]) wait(ctx context.Context, key, want, first string, observe func(*T) observation) (*T, error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	var (
		object  *T
		me      = &wait[T]{key: key, observe: observe}
		seen    = observation{status: first}
		started = time.Now()
		asked   = started // when what was last seen was asked for
		notYet  time.Duration
	)
	for n := 0; ; n++ {
		d := p.pause(want, n, time.Since(started))
		if err := sleep(ctx, d); err != nil {
			return object, &WaitError{Want: want, Last: seen.status, Cause: err}
		}
		answer, at, err := p.read(ctx, me, asked, d/2)
		switch {
		case ctx.Err() != nil:
			return object, &WaitError{Want: want, Last: seen.status, Cause: ctx.Err()}
		case err != nil && isPermanent(err):
			return object, &WaitError{Want: want, Last: seen.status, Cause: err}
		case err != nil:
			p.z.c.log(ctx, slog.LevelWarn, "A status could not be read; still waiting", map[string]any{"error": err.Error()})
			continue
		}
		asked = at
		if answer != nil {
			object = answer
		}
		switch seen = observe(answer); {
		case seen.done:
			p.recordPace(want, notYet, time.Since(started))
			p.z.changed()
			return object, nil
		case seen.terminal:
			return object, &WaitError{Want: want, Last: seen.status}
		}
		notYet = asked.Sub(started)
	}
}

// read returns an object as the API shows it, nil where there is none, and when it was asked for: later than after. A
// list that others have fetched will do if it is not older than young.
func (p *poller[T]) read(ctx context.Context, w *wait[T], after time.Time, young time.Duration) (*T, time.Time, error) {
	if _, fresh := p.fresh(after, young); fresh || p.waiting.Load() > 1 {
		s, err := p.snapshot(ctx, after, young)
		switch row := s.rows[w.key]; {
		case errors.Is(err, errNotServed):
		case err != nil:
			return nil, s.asked, err
		case row != nil:
			w.listed = true
			return row, s.asked, nil
		case p.complete && w.listed && len(s.rows) < pageSize: // rows can slip between several pages
			return p.absent(ctx, w, s)
		}
	}
	asked := time.Now()
	object, err := p.single(ctx, w.key)
	return object, asked, err
}

// absent answers for an object that a list no longer shows. One of those that are missing in a list is asked for: if it is
// gone, the list is right about the others, and if not, each is asked for. So a list that leaves out what is
// still going deceives nobody, and a hundred deletions cost one request more.
func (p *poller[T]) absent(ctx context.Context, w *wait[T], s snapshot[T]) (object *T, asked time.Time, err error) {
	asked = time.Now()
	mine := false
	s.probe.once.Do(func() {
		mine = true
		object, err = p.single(ctx, w.key)
		s.probe.gone = err == nil && (object == nil || w.observe(object).done)
	})
	if !mine && !s.probe.gone {
		object, err = p.single(ctx, w.key)
	}
	return object, asked, err
}

// single asks for one object; nil where there is none.
func (p *poller[T]) single(ctx context.Context, key string) (*T, error) {
	if err := p.singles.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.singles.Release(1)
	object, err := p.get(ctx, key)
	if IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	return object, err
}

// snapshot returns a list that was asked for later than after, the latest one if it is not older than young.
func (p *poller[T]) snapshot(ctx context.Context, after time.Time, young time.Duration) (snapshot[T], error) {
	for {
		if latest, fresh := p.fresh(after, young); fresh {
			return latest, latest.err
		}
		flight := p.flights.DoChan("", func() (any, error) {
			if latest, fresh := p.fresh(after, young); fresh {
				return latest, nil // another request has been answered meanwhile
			}
			// The request does not end with the first of those who wait for it.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestCall)
			defer cancel()
			s := snapshot[T]{asked: time.Now(), probe: &probe{}}
			s.rows, s.err = p.list(ctx)
			p.mu.Lock()
			defer p.mu.Unlock()
			p.latest = s
			return s, nil
		})
		select {
		case <-ctx.Done():
			return snapshot[T]{asked: after}, ctx.Err()
		case result := <-flight:
			if s := result.Val.(snapshot[T]); s.asked.After(after) {
				return s, s.err
			}
		}
	}
}

// fresh returns the latest list, and whether it will do.
func (p *poller[T]) fresh(after time.Time, young time.Duration) (snapshot[T], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.latest.asked.After(after) && time.Since(p.latest.asked) <= young
}

// closest is the shortest pause between two polls, where the end of a wait is due.
const closest = 100 * time.Millisecond

// pace is what the last wait of its kind has shown: that it was not over before from, and was at until.
type pace struct{ from, until time.Duration }

// recordPace remembers how long a wait took. notYet is the time of the last poll that did not see its end.
func (p *poller[T]) recordPace(want string, notYet, took time.Duration) {
	if notYet == 0 {
		notYet = took * 4 / 5 // the first poll saw the end, so it may have come sooner
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paces[want] = pace{from: notYet, until: took}
}

// pause returns how long to wait before the nth poll. The first comes when the last wait of the kind was not yet
// over, those around the end to be expected follow closely, and then the pauses grow.
func (p *poller[T]) pause(want string, n int, waited time.Duration) time.Duration {
	limits := p.z.c.pollPause
	p.mu.Lock()
	known := p.paces[want]
	unlisted := errors.Is(p.latest.err, errNotServed)
	p.mu.Unlock()
	d := limits.step(n) // without jitter, so that those who began together share their lists
	switch {
	case known.until == 0 || known.until > limits.Max:
	case n == 0:
		d = known.from
	case waited < 2*known.until:
		d = min(d, max(closest, known.until/12))
	}
	if unlisted && n > 0 { // each poll is a request of its own, and together they have to stay within the budget
		d = max(d, time.Duration(p.waiting.Load())*p.z.c.spacing)
	}
	return d
}
