package client

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// Key names an object of a zone as a configuration names it: a certificate by its leaf, an association by its
// hostname; the setting is the only one of its kind.
type Key struct{ kind, name string }

// CertificateKey returns the key of a certificate with this fingerprint of the leaf.
func CertificateKey(kind CertificateKind, fingerprint string) Key {
	return Key{string(kind), fingerprint}
}

// HostnameKey returns the key of the association of a hostname in lower case.
func HostnameKey(hostname string) Key { return Key{"hostname association", hostname} }

// SettingKey returns the key of the zone's setting.
func SettingKey() Key { return Key{kind: "zone setting"} }

// Intent is what a plan does with an object at one address of the configuration.
type Intent int

// The intents. A replacement counts as Replaces and as Creates.
const (
	Keeps    Intent = iota // the state holds the object, and the plan leaves it there
	Replaces               // the state holds it, and the plan puts another in its place or makes it again
	Destroys               // the state holds it, and the plan destroys it
	Creates                // the plan makes it
	intents
)

// Holding is what a state says about a certificate that it holds; it is empty for other objects.
type Holding struct {
	ID         string
	UploadedOn string // RFC 3339
	TakenOver  bool   // from another address or an earlier instance, and not uploaded
}

// Record is what the ledger says about an object.
type Record struct {
	Holding              // of the certificate, as the last entry says
	Reads   int          // how many addresses hold the object, as far as they were refreshed
	Planned [intents]int // how many addresses are planned with each intent
	Refused bool         // a creation was planned as refused, because nothing showed that this state holds the object
}

// Held reports whether an address that does not keep the object holds it in the state. A tainted instance is
// refreshed and then planned as if there were none.
func (r Record) Held() bool {
	return r.Planned[Replaces]+r.Planned[Destroys] > 0 || r.Reads > r.Planned[Keeps]
}

// Ledger is what this process has read, planned and made of a zone, and what it is making. Terraform knows objects
// by their addresses, and Cloudflare by ids and names. In a plan the provider sees each address once, so that the
// ledger can tell where two addresses mean the same object. Plan and apply are two processes; before each
// create and update of an apply Terraform plans it again, which announces it here.
type Ledger struct {
	mu       sync.Mutex
	objects  map[Key]*ledgerEntry
	made     map[string]bool   // ids of the certificates that this process has uploaded or taken over
	detached map[string]string // hostnames left with a deleted certificate, to its id
	stirred  chan struct{}     // closed at the next entry
	settling time.Time         // when the first destruction was planned
	lastMade time.Time         // when an address was last planned as keeping or creating an object, or had created one
	lastHeld time.Time         // when one was last refreshed, or planned as giving an object up

	refreshing *atomic.Bool // of the client, whatever the zone
}

type ledgerEntry struct {
	Record
	creation  *creation // the last write of this process that asked for the object to serve
	announced time.Time // when it was last planned to be created
	finished  bool      // whether its creation has come to its end
}

// creation is a write that makes an object, or makes it serve.
type creation struct {
	ledger *Ledger
	done   chan struct{} // closed when err is set
	err    error
}

func newLedger(refreshing *atomic.Bool) *Ledger {
	return &Ledger{refreshing: refreshing, objects: map[Key]*ledgerEntry{}, made: map[string]bool{}, detached: map[string]string{}, stirred: make(chan struct{})}
}

// enter changes the entry of an object, and wakes those who wait for an entry.
func (l *Ledger) enter(key Key, change func(*ledgerEntry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.objects[key]
	if e == nil {
		e = &ledgerEntry{}
		l.objects[key] = e
	}
	change(e)
	close(l.stirred)
	l.stirred = make(chan struct{})
}

// Read notes that an address holds an object.
func (l *Ledger) Read(key Key, holding Holding) {
	l.refreshing.Store(true)
	l.enter(key, func(e *ledgerEntry) {
		l.lastHeld = time.Now()
		if e.Reads++; e.Planned[Keeps] == 0 {
			e.Holding = holding
		}
	})
}

// Plan notes what is planned for an object at an address, and returns what was known of it until then.
func (l *Ledger) Plan(key Key, intent Intent, holding Holding) (before Record) {
	l.enter(key, func(e *ledgerEntry) {
		before = e.Record
		switch intent {
		case Creates:
			e.announced = time.Now()
			l.lastMade = e.announced
		case Keeps:
			l.lastMade = time.Now()
		default:
			l.lastHeld = time.Now()
		}
		if holding.ID != "" && (intent == Keeps || e.Planned[Keeps] == 0) {
			e.Holding = holding
		}
		e.Planned[intent]++
	})
	return before
}

// Refreshing reports whether this process has refreshed an object of a state. A process that has makes a plan and
// does not apply one; of a process that has not, nothing is known.
func (l *Ledger) Refreshing() bool { return l.refreshing.Load() }

// Unkeep takes back a Keeps: the same address is planned a second time, now as a replacement.
func (l *Ledger) Unkeep(key Key) {
	l.enter(key, func(e *ledgerEntry) {
		if e.Planned[Keeps] > 0 {
			e.Planned[Keeps]--
		}
	})
}

// Look returns what the ledger says about an object.
func (l *Ledger) Look(key Key) Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.objects[key]; e != nil {
		return e.Record
	}
	return Record{}
}

// Holds reports whether an address of the state holds the certificate with this id.
func (l *Ledger) Holds(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.objects {
		if e.ID == id {
			return true
		}
	}
	return false
}

// Planned returns how many certificates of a kind are to be made.
func (l *Ledger) Planned(kind CertificateKind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for key, e := range l.objects {
		if key.kind == string(kind) {
			n += e.Planned[Creates]
		}
	}
	return n
}

const (
	quiet        = 500 * time.Millisecond // without an entry that matters, after which none is expected
	settleAtMost = 3 * time.Second
	neverStarted = 2 * time.Second // without an entry, after which an announced creation is taken not to come
	makeAtMost   = 20 * time.Second
)

// SettleKept waits, before a destruction is planned, until no address has been planned as keeping or creating
// something for a moment, or this object has. A zone does so for a few seconds of a plan at most: the addresses that
// are waited for may wait for a place among those that Terraform plans at once.
func (l *Ledger) SettleKept(ctx context.Context, key Key) {
	l.mu.Lock()
	if l.settling.IsZero() {
		l.settling = time.Now()
	}
	end := l.settling.Add(settleAtMost)
	l.mu.Unlock()
	l.settle(ctx, end, func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		return later(l.lastMade, l.settling), r.Planned[Keeps]+r.Planned[Creates] > 0
	})
}

// SettleHeld waits, before a certificate that is there already is planned, until no address has been refreshed or planned
// as giving something up for a moment, or the one has that holds this object.
func (l *Ledger) SettleHeld(ctx context.Context, key Key) {
	began := time.Now()
	l.settle(ctx, began.Add(settleAtMost), func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		return later(l.lastHeld, began).Add(quiet), r.Planned[Replaces]+r.Planned[Destroys] > 0 // twice as long: a destruction settles first
	})
}

func (l *Ledger) settle(ctx context.Context, end time.Time, since func() (last time.Time, done bool)) {
	for {
		next := l.next()
		last, done := since()
		left := min(time.Until(end), time.Until(last.Add(quiet)))
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

// Refuse notes that a creation was planned without the evidence that this state holds the object that is there.
func (l *Ledger) Refuse(key Key) { l.enter(key, func(e *ledgerEntry) { e.Refused = true }) }

// Finish notes that the creation of a certificate has come to its end, with its deployment.
func (l *Ledger) Finish(key Key) {
	l.enter(key, func(e *ledgerEntry) { e.finished = true; l.lastMade = time.Now() })
}

// awaitCertificates waits for the hostname certificates that this apply is making, as what is announced after them may
// be an association that is to be voided otherwise: its hostname would have none in between.
func (l *Ledger) awaitCertificates(ctx context.Context) {
	for end := time.Now().Add(makeAtMost); l.makesCertificates() && time.Now().Before(end); {
		if sleep(ctx, batchPause) != nil {
			return
		}
	}
}

func (l *Ledger) makesCertificates() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	making := false
	for key, e := range l.objects {
		if key.kind != string(HostnameCertificate) || e.Planned[Creates] == 0 {
			continue
		}
		if e.finished {
			making = making || time.Since(l.lastMade) < quiet
		} else {
			making = making || e.creation != nil || time.Since(e.announced) < neverStarted
		}
	}
	return making
}

// begin notes that an object is being made.
func (l *Ledger) begin(key Key) *creation {
	c := &creation{ledger: l, done: make(chan struct{})}
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

// KeptError says that an object was not destroyed because the same apply makes it at another address, which failed
// or did not happen: its destruction would tear down what serves, and nothing would take its place.
type KeptError struct {
	Cause error // why it was not made
}

func (e *KeptError) Error() string {
	return "it was not destroyed, because the same apply was to make it at another address, which failed: " + e.Cause.Error()
}

func (e *KeptError) Unwrap() error { return e.Cause }

// Unstarted reports whether an object was kept for a creation that had not started.
func (e *KeptError) Unstarted() bool { return errors.Is(e.Cause, errUnstarted) }

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
		case <-time.After(neverStarted):
			return false, &KeptError{Cause: errUnstarted}
		case <-ctx.Done():
			return false, &KeptError{Cause: ctx.Err()}
		}
	}
}

// claim notes that this process has uploaded or taken over a certificate, which it therefore does not delete.
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

// HasMade reports whether this process has uploaded or taken over a certificate.
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
