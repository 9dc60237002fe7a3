package client

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// look is one look at an object: its status in words, and whether the wait is over. terminal means
// that the target cannot be reached any more.
type look struct {
	status         string
	done, terminal bool
}

// errNotServed says that the API does not serve a list, so that single reads have to do.
var errNotServed = errors.New("the API does not serve this list")

// source is where a watch sees the objects of one zone and kind.
type source[T any] struct {
	// list returns all of them by key, or errNotServed.
	list func(ctx context.Context) (map[string]*T, error)
	// get returns one of them; IsNotFound where there is none.
	get func(ctx context.Context, key string) (*T, error)
	// complete says that what the list has shown and shows no longer is gone. Without it, absence from
	// the list is always confirmed by get: lists lag, and some leave out what is still going.
	complete bool
}

// watch polls the objects of one zone and kind for all who wait for one of them: with one list where
// several wait, else with a get. It polls while somebody waits.
type watch[T any] struct {
	c      *Client
	zoneID string
	source source[T]

	mu      sync.Mutex
	waiters map[*waiter[T]]bool
	stop    context.CancelFunc // ends the poller; nil where none runs
	ticks   int                // polls since somebody joined: the pauses grow, and start over for who is new
	typical time.Duration      // how long the last wait that came to its end took
	joined  chan struct{}      // wakes a poller from a long pause
	listed  map[string]bool    // keys that a list has shown
}

// waiter is somebody who waits for an object. judge gets nil for one that does not exist.
type waiter[T any] struct {
	key   string
	judge func(*T) look
	sees  chan sight[T]
}

// sight is what a waiter is told after a poll.
type sight[T any] struct {
	object *T // nil where there is none
	err    error
}

func newWatch[T any](c *Client, zoneID string, s source[T]) *watch[T] {
	return &watch[T]{c: c, zoneID: zoneID, source: s, waiters: map[*waiter[T]]bool{}, joined: make(chan struct{}, 1), listed: map[string]bool{}}
}

// await waits until the look at an object is done or terminal, a request is refused for good, or ctx
// ends. Failed requests that may pass are survived until then. want is for the error; first is the
// status that the answer to the write told. It returns the object as last seen, also with an error.
func (w *watch[T]) await(ctx context.Context, key, want, first string, judge func(*T) look) (*T, error) {
	me := &waiter[T]{key: key, judge: judge, sees: make(chan sight[T], 1)}
	w.join(ctx, me)
	defer w.leave(me)
	var object *T
	seen, started := look{status: first}, time.Now()
	for {
		select {
		case <-ctx.Done():
			return object, &WaitError{Want: want, Last: seen.status, Cause: ctx.Err()}
		case s := <-me.sees:
			if s.err != nil {
				return object, &WaitError{Want: want, Last: seen.status, Cause: s.err}
			}
			if s.object != nil {
				object = s.object
			}
			seen = judge(s.object)
		}
		if seen.done {
			w.learn(time.Since(started))
			w.c.changes.of(w.zoneID).Add(1)
			return object, nil
		}
		if seen.terminal {
			return object, &WaitError{Want: want, Last: seen.status}
		}
	}
}

// join adds a waiter and sees to it that there is a poller, which goes on when the one who started it
// leaves before others do.
func (w *watch[T]) join(ctx context.Context, me *waiter[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiters[me], w.ticks = true, 0
	if w.stop == nil {
		ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx)) //nolint:gosec // leave calls it
		go w.poll(ctx)
		return
	}
	select {
	case w.joined <- struct{}{}:
	default:
	}
}

func (w *watch[T]) leave(me *waiter[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.waiters, me)
	if len(w.waiters) == 0 {
		w.stop()
		w.stop = nil
	}
}

// poll looks and tells the waiters, until the last of them has left.
func (w *watch[T]) poll(ctx context.Context) {
	for w.rest(ctx) {
		w.mu.Lock()
		waiters := make([]*waiter[T], 0, len(w.waiters))
		keys := map[string]bool{}
		for waiter := range w.waiters {
			waiters = append(waiters, waiter)
			keys[waiter.key] = true
		}
		w.mu.Unlock()
		sights := w.look(ctx, keys)
		for _, waiter := range waiters {
			s, ok := sights[waiter.key]
			if !ok {
				continue
			}
			select { // what was not taken up yet is outdated
			case <-waiter.sees:
			default:
			}
			waiter.sees <- s
		}
	}
}

// learn remembers how long a wait took: the next one of its kind will not be over much sooner.
func (w *watch[T]) learn(took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.typical = min(took, w.c.pollPause.Max)
}

// pause returns how long to wait before the next poll, from the number of polls since somebody joined.
// The first waits until shortly before the end is to be expected. Should that have come sooner, it is
// seen sooner, too, and the expectation shrinks.
func (w *watch[T]) pause(ticks int) time.Duration {
	d := w.c.pollPause.pause(ticks)
	if ticks == 0 {
		return max(d, w.typical*4/5)
	}
	return d
}

// rest waits until the next poll is due; false when the poller is to end. Who joins meanwhile does not
// wait longer than a first pause.
func (w *watch[T]) rest(ctx context.Context) bool {
	w.mu.Lock()
	due := time.Now().Add(w.pause(w.ticks))
	first := w.pause(0)
	w.ticks++
	w.mu.Unlock()
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-w.joined:
			if sooner := time.Now().Add(first); sooner.Before(due) {
				due = sooner
				timer.Reset(time.Until(due))
			}
		}
	}
}

// look sees the objects with these keys. Those that could not be read this time are left out.
func (w *watch[T]) look(ctx context.Context, keys map[string]bool) map[string]sight[T] {
	sights := map[string]sight[T]{}
	missing := keys
	if len(keys) > 1 {
		rows, err := w.source.list(ctx)
		switch {
		case errors.Is(err, errNotServed):
		case err != nil:
			w.failed(ctx, err)
			return sights
		default:
			missing = w.match(keys, rows, sights)
		}
	}
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(maxParallel)
	for key := range missing {
		group.Go(func() error {
			object, err := w.source.get(ctx, key)
			switch {
			case err == nil || IsNotFound(err):
				err = nil
			case !isPermanent(err):
				w.failed(ctx, err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			sights[key] = sight[T]{object: object, err: err}
			return nil
		})
	}
	_ = group.Wait() // no member returns an error
	return sights
}

// maxParallel is how many single reads a poll sends at once.
const maxParallel = 10

// match fills in what the list shows and returns the keys whose absence is to be confirmed.
func (w *watch[T]) match(keys map[string]bool, rows map[string]*T, sights map[string]sight[T]) map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range rows {
		w.listed[key] = true
	}
	missing := map[string]bool{}
	for key := range keys {
		row, there := rows[key]
		switch {
		case there:
			sights[key] = sight[T]{object: row}
		case w.source.complete && w.listed[key] && len(rows) < pageSize: // rows can slip between pages
			sights[key] = sight[T]{}
		default:
			missing[key] = true
		}
	}
	return missing
}

func (w *watch[T]) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		w.c.log(ctx, slog.LevelWarn, "A status could not be read; still waiting", map[string]any{"error": err.Error()})
	}
}
