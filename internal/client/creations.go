package client

import (
	"context"
	"errors"
	"time"
)

// creation is a write that creates an object, or that makes it serve.
type creation struct {
	done chan struct{} // closed when err is set
	err  error
}

// begin records that this process has started to create an object.
func (l *Ledger) begin(key Key) *creation {
	c := &creation{done: make(chan struct{})}
	l.enter(key, func(e *ledgerEntry) { e.creation = c })
	return c
}

// end records the result of a creation.
func (c *creation) end(err error) {
	c.err = err
	close(c.done)
}

// begun returns the last creation of an object, or nil.
func (l *Ledger) begun(key Key) *creation {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.objects[key]; e != nil {
		return e.creation
	}
	return nil
}

// Serves reports whether this process has created an object successfully.
func (l *Ledger) Serves(key Key) bool {
	c := l.begun(key)
	if c == nil {
		return false
	}
	select {
	case <-c.done:
		return c.err == nil
	default:
		return false
	}
}

// errSuperseded says that a destruction was not sent because this process has created the object, or is creating it.
var errSuperseded = errors.New("this process has created the object meanwhile")

// KeptError says that an object was not destroyed, because the same apply was to create it at another address and
// that creation failed or did not start. Destroying the object would remove what serves, without a replacement.
type KeptError struct {
	Cause error // why it was not created
}

func (e *KeptError) Error() string {
	return "it was not destroyed, because the same apply was to create it at another address, and that failed: " + e.Cause.Error()
}

func (e *KeptError) Unwrap() error { return e.Cause }

// IsKept reports whether an object was not destroyed because its creation failed or did not start.
func IsKept(err error) bool {
	_, kept := errors.AsType[*KeptError](err)
	return kept
}

// IsUnstarted reports whether an object was not destroyed because its creation did not start.
func IsUnstarted(err error) bool { return errors.Is(err, errUnstarted) }

var errUnstarted = errors.New("the creation had not started")

// claimed decides whether an object may be destroyed. It reports whether this process has created the object, and
// then the object must not be destroyed. It waits for a creation that is under way, announced or expected; expected
// says that the plan contains one. If the creation fails or does not start, claimed returns a *KeptError.
func (l *Ledger) claimed(ctx context.Context, key Key, expected bool) (bool, error) {
	for {
		next := l.next()
		if c := l.begun(key); c != nil {
			select {
			case <-c.done:
			case <-ctx.Done():
				return false, &KeptError{Cause: ctx.Err()}
			}
			if c.err != nil {
				return false, &KeptError{Cause: c.err}
			}
			return true, nil
		}
		if !expected && l.Look(key).Planned[Creates] == 0 {
			return false, nil
		}
		select {
		case <-next:
		case <-time.After(neverStarted * l.quiet):
			if l.sinceAnswer() >= neverStarted*l.quiet { // otherwise, the plan of the creation may have asked for it
				return false, &KeptError{Cause: errUnstarted}
			}
		case <-ctx.Done():
			return false, &KeptError{Cause: ctx.Err()}
		}
	}
}

// claim records that this process has uploaded or adopted a certificate, so that this process does not delete it.
func (l *Ledger) claim(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made[id] = true
}

// unclaim reverses claim for a certificate that turned out to be gone.
func (l *Ledger) unclaim(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.made, id)
}

// HasMade reports whether this process has uploaded or adopted a certificate.
func (l *Ledger) HasMade(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made[id]
}

// detach records that a void was skipped because the association's certificate is deleted, so the hostname presents
// none.
func (l *Ledger) detach(hostname, certificateID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.detached[hostname] = certificateID
}

// reattached returns the hostnames for which detach was called with this certificate, and forgets them. The
// certificate exists again, so their associations would serve again.
func (l *Ledger) reattached(certificateID string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for name, id := range l.detached {
		if id == certificateID {
			names = append(names, name)
			delete(l.detached, name)
		}
	}
	return names
}

// Finish records that the creation of a certificate is over, including its deployment.
func (l *Ledger) Finish(key Key) {
	l.enter(key, func(e *ledgerEntry) { e.finished = true; l.lastMade = time.Now() })
}

// awaitCertificates waits until this apply has created its hostname certificates. An association that depends on one
// of them is announced only afterwards. If its hostname were voided before that, it would have no association in
// between. But a creation may also wait for this void: if it first deletes a former upload that the hostname uses. So
// the wait takes no longer than a deployment usually does (section 3), and no more than half of the time that is left.
func (l *Ledger) awaitCertificates(ctx context.Context) {
	limit := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline)/2)
	}
	for end := time.Now().Add(limit); l.makesCertificates() && time.Now().Before(end); {
		if sleep(ctx, batchPause) != nil {
			return
		}
	}
}

func (l *Ledger) makesCertificates() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	making := false
	for _, e := range l.hostnameCertificates {
		if e.finished {
			making = making || time.Since(l.lastMade) < l.quiet
		} else {
			// The plan of a creation asks for the zone's certificates, so it takes as long as the API.
			making = making || e.creation != nil || time.Since(later(e.announced, l.lastAnswer())) < neverStarted*l.quiet
		}
	}
	return making
}
