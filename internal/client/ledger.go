package client

import (
	"context"
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
	AdoptedAt  string // RFC 3339; "" where it was uploaded or imported
}

// supersedes reports whether an instance of the state holds the same certificate as another one, and came by it later: it
// adopted it, or uploaded it again under its former id. The other one then holds nothing any more.
func (h Holding) supersedes(other Holding) bool {
	if h.ID == "" || h.ID != other.ID {
		return false
	}
	if h.AdoptedAt != "" && other.AdoptedAt == "" {
		return true
	}
	adopted, known := between(other.AdoptedAt, h.AdoptedAt)
	again, dated := between(other.UploadedOn, h.UploadedOn)
	return known && adopted > 0 || dated && again > time.Second // the same upload may be shown with more or fewer decimals
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
// ledger knows where two addresses mean the same object. Plan and apply are two processes; before each
// create and update of an apply Terraform plans it again, which announces it here.
type Ledger struct {
	mu         sync.Mutex
	objects    map[Key]*ledgerEntry
	made       map[string]bool   // ids of the certificates that this process has uploaded or adopted
	detached   map[string]string // hostnames left with a deleted certificate, to its id
	stirred    chan struct{}     // closed at the next entry
	destroying time.Time         // when the first destruction was planned
	lastMade   time.Time         // when an address was last planned as keeping or creating an object, or had created one
	lastHeld   time.Time         // when one was last refreshed, or planned as giving an object up

	hostnameCertificates []*ledgerEntry // those that are to be made: few, while each void asks for them

	refreshing *atomic.Bool // of the client, whatever the zone
	quiet      time.Duration
}

type ledgerEntry struct {
	Record
	creation  *creation // the last write of this process that asked for the object to serve
	announced time.Time // when it was last planned to be created
	finished  bool      // whether its creation has come to its end
}

func newLedger(quiet time.Duration, refreshing *atomic.Bool) *Ledger {
	return &Ledger{quiet: quiet, refreshing: refreshing, objects: map[Key]*ledgerEntry{}, made: map[string]bool{}, detached: map[string]string{}, stirred: make(chan struct{})}
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

// Read notes that an instance holds an object, and reports whether another instance of the state has superseded it. That
// happens where an apply adopts a certificate and ends before the deletion of the former instance: the deletion would
// take the certificate from the one that has it now.
func (l *Ledger) Read(ctx context.Context, key Key, holding Holding) (superseded bool) {
	l.refreshing.Store(true)
	l.enter(key, func(e *ledgerEntry) {
		l.lastHeld = time.Now()
		e.Reads++
		if e.Planned[Keeps] == 0 && !e.supersedes(holding) {
			e.Holding = holding
		}
	})
	if holding.ID == "" {
		return false
	}
	// The other one may be refreshed at the same time.
	l.await(ctx, time.Now().Add(l.quiet/5), func() (time.Time, bool) {
		return time.Now(), l.Look(key).supersedes(holding)
	})
	return l.Look(key).supersedes(holding)
}

// Superseded reports whether another instance of the state is known to have superseded one.
func (l *Ledger) Superseded(key Key, holding Holding) bool { return l.Look(key).supersedes(holding) }

// Plan notes what is planned for an object at an address, and returns what was known of it until then.
func (l *Ledger) Plan(key Key, intent Intent, holding Holding) (before Record) {
	l.enter(key, func(e *ledgerEntry) {
		before = e.Record
		switch intent {
		case Creates:
			e.announced = time.Now()
			l.lastMade = e.announced
			if key.kind == string(HostnameCertificate) {
				l.hostnameCertificates = append(l.hostnameCertificates, e)
			}
		case Keeps:
			l.lastMade = time.Now()
		default:
			l.lastHeld = time.Now()
		}
		if holding.ID != "" && !e.supersedes(holding) && (intent == Keeps || e.Planned[Keeps] == 0) {
			e.Holding = holding
		}
		e.Planned[intent]++
	})
	return before
}

// Refreshing reports whether this process has refreshed an object of a state. A process that has makes a plan and
// does not apply one; of a process that has not, nothing is known.
func (l *Ledger) Refreshing() bool { return l.refreshing.Load() }

// AwaitRefreshing is Refreshing, and waits for a moment for the first refresh of the zone: a plan creates some addresses
// while it refreshes others.
func (l *Ledger) AwaitRefreshing(ctx context.Context) bool {
	l.await(ctx, time.Now().Add(l.quiet/2), func() (time.Time, bool) { return time.Now(), l.Refreshing() })
	return l.Refreshing()
}

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

// Planned returns how many certificates of a kind are to be made whose fingerprint counts. The fingerprint is "" where
// the certificate is not known yet.
func (l *Ledger) Planned(kind CertificateKind, counts func(fingerprint string) bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for key, e := range l.objects {
		if key.kind == string(kind) && counts(key.name) {
			n += e.Planned[Creates]
		}
	}
	return n
}

// How long is waited for what other addresses say, as multiples of the quiet time of Options: without an entry for
// that time, none is expected.
const (
	awaitAtMost  = 6 // of quiet times, in a plan
	neverStarted = 4 // of quiet times without an entry, after which an announced creation is taken not to come
)

// AwaitKeepers waits, before a destruction is planned, until no address has been planned as keeping or creating
// something for a moment, or this object has. A zone does so for a few seconds of a plan at most: the addresses that
// are waited for may wait for a place among those that Terraform plans at once.
func (l *Ledger) AwaitKeepers(ctx context.Context, key Key) {
	l.mu.Lock()
	if l.destroying.IsZero() {
		l.destroying = time.Now()
	}
	end := l.destroying.Add(awaitAtMost * l.quiet)
	l.mu.Unlock()
	l.await(ctx, end, func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		return later(l.lastMade, l.destroying), r.Planned[Keeps]+r.Planned[Creates] > 0
	})
}

// AwaitHolders waits, before a certificate that is there already is planned, until no address has been refreshed or planned
// as giving something up for a moment, or the one has that holds this object.
func (l *Ledger) AwaitHolders(ctx context.Context, key Key) {
	began := time.Now()
	l.await(ctx, began.Add(awaitAtMost*l.quiet), func() (time.Time, bool) {
		r := l.Look(key)
		l.mu.Lock()
		defer l.mu.Unlock()
		return later(l.lastHeld, began).Add(l.quiet), r.Planned[Replaces]+r.Planned[Destroys] > 0 // twice as long: a destruction waits first
	})
}

func (l *Ledger) await(ctx context.Context, end time.Time, since func() (last time.Time, done bool)) {
	for {
		next := l.next()
		last, done := since()
		left := min(time.Until(end), time.Until(last.Add(l.quiet)))
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
