package client

import (
	"context"
	"time"
)

// Limits of the waits for other addresses, as multiples of Options.Quiet. A wait ends when there has been no entry for
// that time.
const (
	awaitAtMost  = 6  // longest wait during a plan, after the last answer of the API
	awaitAnswers = 60 // longest wait during a plan
	neverStarted = 4  // after this time without an entry, an announced creation is not expected any more
)

// AwaitKeepers is called before a destruction is planned. It waits until this object has been planned as kept or
// created, or until no address has been planned as keeping or creating anything for a moment. Terraform plans a
// limited number of addresses at once, so those that would keep the object may have to wait for this one. Therefore,
// a zone spends no more than a few seconds of a plan in such waits, unless the API is slow.
func (l *Ledger) AwaitKeepers(ctx context.Context, key Key) {
	l.mu.Lock()
	if l.destroying.IsZero() {
		l.destroying = time.Now()
	}
	began := l.destroying
	l.mu.Unlock()
	l.await(ctx, func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.silence(began, later(l.lastMade, began), l.lastAnswer()), r.Planned[Keeps]+r.Planned[Creates] > 0
	})
}

// AwaitHolders is called before the creation of a certificate is planned that the zone already has. It waits until
// the address that holds the certificate has been planned as giving it up, or until no address has been refreshed or
// planned as giving anything up for a moment.
func (l *Ledger) AwaitHolders(ctx context.Context, key Key) {
	began := time.Now()
	l.await(ctx, func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		last := later(l.lastHeld, began).Add(l.quiet) // wait twice as long, because planning a destruction waits first (AwaitKeepers)
		var answer time.Time
		if l.refreshing.Load() { // in an apply, which refreshes nothing, the answers are about deployments
			answer = l.lastAnswer()
		}
		return l.silence(began, last, answer), r.Planned[Replaces]+r.Planned[Destroys] > 0
	})
}

// silence returns when a wait that began at this time ends if there is no entry after the last one. An address that
// waits for an answer about the zone is planned afterwards, and so are those that depend on it.
func (l *Ledger) silence(began, last, answer time.Time) time.Time {
	end := began.Add(awaitAtMost * l.quiet)
	if answer.After(began) {
		last = later(last, answer)
		end = earlier(answer.Add(awaitAtMost*l.quiet), began.Add(awaitAnswers*l.quiet))
	}
	return earlier(end, last.Add(l.quiet))
}

// lastAnswer returns when the last request about the zone was answered: now, if one has no answer yet. The caller
// holds mu.
func (l *Ledger) lastAnswer() time.Time {
	if l.asking > 0 {
		return time.Now()
	}
	return l.answered
}

// asks records that a request about the zone is under way, until answer is called.
func (l *Ledger) asks() (answer func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.asking--
		l.answered = time.Now()
	}
}

// sinceAnswer returns how long ago the last request about the zone was answered: 0 if one has no answer yet.
func (l *Ledger) sinceAnswer() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.lastAnswer())
}

// await waits until done, or until the time that since returns with it.
func (l *Ledger) await(ctx context.Context, since func() (end time.Time, done bool)) {
	for {
		next := l.next()
		end, done := since()
		left := time.Until(end)
		if done || left <= 0 {
			return
		}
		select {
		case <-next:
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (l *Ledger) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stirred
}
