package client

import (
	"context"
	"errors"
	"time"
)

// creation is a write that makes an object, or makes it serve.
type creation struct {
	done chan struct{} // closed when err is set
	err  error
}

// begin notes that an object is being made.
func (l *Ledger) begin(key Key) *creation {
	c := &creation{done: make(chan struct{})}
	l.enter(key, func(e *ledgerEntry) { e.creation = c })
	return c
}

// end notes what became of a creation.
func (c *creation) end(err error) {
	c.err = err
	close(c.done)
}

// begun returns the last creation of an object, nil if there was none.
func (l *Ledger) begun(key Key) *creation {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.objects[key]; e != nil {
		return e.creation
	}
	return nil
}

// Serves reports whether this process has made an object.
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

// errSuperseded says that a destruction was not sent because this process makes the object, or has made it, meanwhile.
var errSuperseded = errors.New("the object has been made meanwhile")

// KeptError says that an object was not destroyed because the same apply makes it at another address, which failed
// or did not happen: its destruction would tear down what serves, and nothing would take its place.
type KeptError struct {
	Cause error // why it was not made
}

func (e *KeptError) Error() string {
	return "it was not destroyed, because the same apply was to make it at another address, which failed: " + e.Cause.Error()
}

func (e *KeptError) Unwrap() error { return e.Cause }

// IsKept reports whether an object was kept for a creation that failed or did not happen.
func IsKept(err error) bool {
	_, kept := errors.AsType[*KeptError](err)
	return kept
}

// IsUnstarted reports whether an object was kept for a creation that had not started.
func IsUnstarted(err error) bool { return errors.Is(err, errUnstarted) }

var errUnstarted = errors.New("the creation had not started")

// claimed is asked before an object is destroyed. It reports whether this process has made the object, so that the
// destruction is not to happen. It waits for a creation that is under way, announced, or expected, which says that
// the plan contains one. If that fails or does not come, it returns a *KeptError.
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
			return false, &KeptError{Cause: errUnstarted}
		case <-ctx.Done():
			return false, &KeptError{Cause: ctx.Err()}
		}
	}
}

// claim notes that this process has uploaded or adopted a certificate, which it therefore does not delete.
func (l *Ledger) claim(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made[id] = true
}

// unclaim takes back a claim of what turned out to be gone.
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

// detach notes that a hostname was released while its certificate was deleted, so that nothing serves.
func (l *Ledger) detach(hostname, certificateID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.detached[hostname] = certificateID
}

// reattached returns, once, the hostnames that were left with a certificate that exists again.
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

// Finish notes that the creation of a certificate has come to its end, with its deployment.
func (l *Ledger) Finish(key Key) {
	l.enter(key, func(e *ledgerEntry) { e.finished = true; l.lastMade = time.Now() })
}

// awaitCertificates waits for the hostname certificates that this apply is making, as what is announced after them may
// be an association that is to be voided otherwise: its hostname would have none in between.
func (l *Ledger) awaitCertificates(ctx context.Context) {
	for end := time.Now().Add(20 * time.Second); l.makesCertificates() && time.Now().Before(end); {
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
			making = making || e.creation != nil || time.Since(e.announced) < neverStarted*l.quiet
		}
	}
	return making
}
