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

// maxParallel limits how many single reads of one kind of object are under way at the same time.
const maxParallel = 10

// errNotServed says that the API does not serve a list, so single reads have to be used instead.
var errNotServed = errors.New("the API does not serve this list")

// observation is what a poll found: the object's status, and whether the wait is over. done means that the object has
// reached the target, and terminal that it cannot reach it any more.
type observation struct {
	status         string
	done, terminal bool
}

// poller reads the objects of one kind in one zone for all callers that wait for one of them. Each caller polls in a
// loop of its own. If several callers wait, they share a list, which costs one request for all of them.
type poller[T any] struct {
	z *Zone
	// list returns all objects by key, or errNotServed.
	list func(ctx context.Context) (map[string]*T, error)
	// get returns one object. If there is none, IsNotFound is true for its error.
	get func(ctx context.Context, key string) (*T, error)
	// complete says that the list contains all objects that exist. If it is false, an object that is not in the list
	// may still exist.
	complete bool

	waiting atomic.Int64
	singles *semaphore.Weighted
	flights singleflight.Group

	mu     sync.Mutex
	latest snapshot[T]
	paces  map[string]pace // by target status
}

// snapshot is a list, and the time of its request.
type snapshot[T any] struct {
	asked time.Time
	rows  map[string]*T
	err   error
	probe *probe
}

// probe is a single read of one of the objects that a list does not contain: see absent. gone is its result.
type probe struct {
	once sync.Once
	gone bool
}

// wait is one caller's wait for an object.
type wait[T any] struct {
	key     string
	observe func(*T) observation
	listed  bool // whether a list has contained the object
}

func newPoller[T any](z *Zone) *poller[T] {
	return &poller[T]{z: z, singles: semaphore.NewWeighted(maxParallel), paces: map[string]pace{}}
}

// wait polls an object until an observation is done or terminal, a request fails permanently, or ctx ends. Other
// failed requests do not end the wait. want is the target for the error, and first is the status in the answer to the
// write. wait returns the object as last seen, even with an error.
func (p *poller[T]) wait(ctx context.Context, key, want, first string, observe func(*T) observation) (*T, error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	var (
		object  *T
		me      = &wait[T]{key: key, observe: observe}
		seen    = observation{status: first}
		started = time.Now()
		asked   = started // time of the request that read the object last
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
			p.z.c.log(ctx, slog.LevelWarn, "Unable to read a status; still waiting", map[string]any{"error": err.Error()})
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

// read returns an object as the API shows it, or nil if it does not exist, and the time of the request, which is
// later than after. It uses a list that another caller has fetched if the list is not older than young.
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
		case p.complete && w.listed && len(s.rows) < pageSize: // with several pages, a row can move to a page that has been read already
			return p.absent(ctx, w, s)
		}
	}
	asked := time.Now()
	object, err := p.single(ctx, w.key)
	return object, asked, err
}

// absent answers for an object that a list no longer contains. The list may omit objects that are still being
// deleted, so one of the missing objects is read on behalf of all. If that one is gone, the list is trusted about the
// others. If it is not, each of them is read. So a hundred deletions cost one request more than the list.
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

// single reads one object. It returns nil if the object does not exist.
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

// snapshot returns a list whose request is later than after. It uses the latest list if that is not older than young.
func (p *poller[T]) snapshot(ctx context.Context, after time.Time, young time.Duration) (snapshot[T], error) {
	for {
		if latest, fresh := p.fresh(after, young); fresh {
			return latest, latest.err
		}
		flight := p.flights.DoChan("", func() (any, error) {
			if latest, fresh := p.fresh(after, young); fresh {
				return latest, nil // another caller has fetched the list since the check above
			}
			// Several callers may wait for this request, so it must not be cancelled when the first of them gives up.
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

// fresh returns the latest list, and whether it may be used.
func (p *poller[T]) fresh(after time.Time, young time.Duration) (snapshot[T], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.latest.asked.After(after) && time.Since(p.latest.asked) <= young
}

// closest is the shortest pause between two polls. It applies around the time at which a wait is expected to end.
const closest = 100 * time.Millisecond

// pace is how long the last wait with the same target took: it had not ended at from, and had ended at until.
type pace struct{ from, until time.Duration }

// recordPace records how long a wait took. notYet is the time of the last poll that did not see the end of the wait.
func (p *poller[T]) recordPace(want string, notYet, took time.Duration) {
	if notYet == 0 {
		notYet = took * 4 / 5 // the first poll saw the end, which may have been earlier
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paces[want] = pace{from: notYet, until: took}
}

// pause returns how long to wait before the nth poll. The first poll is at the time when the last wait with the same
// target had not ended yet. Polls are frequent around the expected end, and become less frequent after that.
func (p *poller[T]) pause(want string, n int, waited time.Duration) time.Duration {
	limits := p.z.c.pollPause
	p.mu.Lock()
	known := p.paces[want]
	unlisted := errors.Is(p.latest.err, errNotServed)
	p.mu.Unlock()
	d := limits.step(n) // without jitter, so that callers that started together share their lists
	switch {
	case known.until == 0 || known.until > limits.Max:
	case n == 0:
		d = known.from
	case waited < 2*known.until:
		d = min(d, max(closest, known.until/12))
	}
	if unlisted && n > 0 { // each poll is a request of its own, and all of them together must stay within the budget
		d = max(d, time.Duration(p.waiting.Load())*p.z.c.spacing)
	}
	return d
}
