package client

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Key identifies an object of a zone as a configuration does: a certificate by its leaf, an association by its
// hostname. The setting needs no name, because a zone has only one.
type Key struct{ kind, name string }

// CertificateKey returns the key of the certificate whose leaf has this fingerprint.
func CertificateKey(kind CertificateKind, fingerprint string) Key {
	return Key{string(kind), fingerprint}
}

// HostnameKey returns the key of a hostname's association. The hostname must be in lower case.
func HostnameKey(hostname string) Key { return Key{"hostname association", hostname} }

// Name returns the fingerprint or the hostname; "" for the setting.
func (k Key) Name() string { return k.name }

// SettingKey returns the key of the zone's setting.
func SettingKey() Key { return Key{kind: "zone setting"} }

// Intent is what a plan does with an object at one address of the configuration.
type Intent int

// The intents. A replacement counts as both Replaces and Creates.
const (
	Keeps    Intent = iota // the object is in the state, and the plan keeps it there
	Replaces               // the object is in the state, and the plan puts another one in its place or creates it again
	Destroys               // the object is in the state, and the plan destroys it
	Creates                // the plan creates the object
	intents
)

// Holding is what an instance in the state says about its certificate. It is empty for other objects.
type Holding struct {
	ID         string
	UploadedOn string // RFC 3339
	AdoptedAt  string // RFC 3339; "" if it was uploaded or imported
}

// supersedes reports whether this instance got the certificate of another instance later: it adopted the certificate,
// or uploaded it again under its former id. The certificate then belongs to this instance, and no longer to the other
// one.
func (h Holding) supersedes(other Holding) bool {
	if h.ID == "" || h.ID != other.ID {
		return false
	}
	if h.AdoptedAt != "" && other.AdoptedAt == "" {
		return true
	}
	adopted, known := between(other.AdoptedAt, h.AdoptedAt)
	again, dated := between(other.UploadedOn, h.UploadedOn)
	return known && adopted > 0 || dated && again > time.Second // the API shows the time of one upload with varying precision
}

// Record is what the ledger knows about an object.
type Record struct {
	Holding              // of the certificate, from the last entry that gave one
	Reads   int          // number of addresses that hold the object, among those refreshed so far
	Planned [intents]int // number of addresses that are planned with each intent
	Refused bool         // a creation was planned without evidence that this state holds the object
	Blind   bool         // a destruction was planned without evidence that an address creates the object
}

// Held reports whether the state holds the object at an address that does not keep it. A tainted instance counts,
// although Terraform plans it as if there were no instance: it is refreshed, but not planned as keeping the object.
func (r Record) Held() bool {
	return r.Planned[Replaces]+r.Planned[Destroys] > 0 || r.Reads > r.Planned[Keeps]
}

// Ledger records which objects of a zone this process has read, planned and created, and which it is creating. It is
// needed because Terraform identifies objects by their addresses, and Cloudflare by ids and names. During a plan, the
// provider sees each address once, so the ledger can find two addresses that mean the same object. An apply is a
// process of its own, and does not know the plan. But Terraform plans each resource again before it creates or
// updates it, so during an apply the ledger contains creations as well.
type Ledger struct {
	mu         sync.Mutex
	objects    map[Key]*ledgerEntry
	made       map[string]bool   // ids of the certificates that this process has uploaded or adopted
	detached   map[string]string // hostnames whose void was skipped because their certificate was deleted, to that certificate's id
	stirred    chan struct{}     // closed when an entry is added or changed
	destroying time.Time         // when the first destruction was planned
	lastMade   time.Time         // when an address was last planned as keeping or creating an object, or when a creation last ended
	lastHeld   time.Time         // when an address was last refreshed, or planned as replacing or destroying an object
	late       int               // number of creations that Late has counted
	asking     int               // number of requests about the zone that have no answer yet
	answered   time.Time         // when one was last answered

	hostnameCertificates []*ledgerEntry // the ones to be created; a list of their own, because each void iterates over them

	refreshing *atomic.Bool // whether this process refreshes objects of a state; the client's, for all zones
	quiet      time.Duration
}

type ledgerEntry struct {
	Record
	refreshed []Holding // of the instances that were refreshed
	creation  *creation // the last write of this process that creates the object
	announced time.Time // when the creation was last planned
	finished  bool      // whether the creation has ended
}

func newLedger(quiet time.Duration, refreshing *atomic.Bool) *Ledger {
	return &Ledger{quiet: quiet, refreshing: refreshing, objects: map[Key]*ledgerEntry{}, made: map[string]bool{}, detached: map[string]string{}, stirred: make(chan struct{})}
}

// enter changes the entry of an object and wakes the callers that wait for an entry.
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

// Read records that an instance holds an object. It reports whether another instance of the state has superseded this
// one. That happens if an apply adopts a certificate and ends before it has deleted the former instance. Deleting the
// former instance would then delete the certificate that the new instance has adopted.
func (l *Ledger) Read(ctx context.Context, key Key, holding Holding) (superseded bool) {
	l.Refresh()
	l.enter(key, func(e *ledgerEntry) {
		l.lastHeld = time.Now()
		e.Reads++
		e.refreshed = append(e.refreshed, holding)
		if e.Planned[Keeps] == 0 && !e.supersedes(holding) {
			e.Holding = holding
		}
	})
	if holding.ID == "" {
		return false
	}
	// The other instance may be refreshed at the same time, so give it a moment.
	end := time.Now().Add(l.quiet / 5)
	l.await(ctx, func() (time.Time, bool) { return end, l.Look(key).supersedes(holding) })
	return l.Look(key).supersedes(holding)
}

// Refreshed reports whether this process has refreshed this instance of an object.
func (l *Ledger) Refreshed(key Key, holding Holding) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.objects[key]
	return e != nil && slices.Contains(e.refreshed, holding)
}

// Superseded reports whether the ledger knows that another instance has superseded this one.
func (l *Ledger) Superseded(key Key, holding Holding) bool { return l.Look(key).supersedes(holding) }

// Plan records what is planned for an object at an address. It returns the object's record from before this call.
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

// DestroysBlindly records that an address is planned as destroying an object, and that none was known to create it. An
// address that creates it may still follow.
func (l *Ledger) DestroysBlindly(key Key) { l.enter(key, func(e *ledgerEntry) { e.Blind = true }) }

// Late counts creations of objects that are destroyed blindly. It returns their number so far.
func (l *Ledger) Late(creations int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late += creations
	return l.late
}

// Refresh records that this process refreshes an object of a state. It is called before the object is read, because
// other addresses may be planned while the API answers.
func (l *Ledger) Refresh() { l.refreshing.Store(true) }

// Refreshing reports whether this process refreshes objects of a state. If it does, it is making a plan, and not
// applying one. If it does not, it may be doing either.
func (l *Ledger) Refreshing() bool { return l.refreshing.Load() }

// AwaitRefreshing does the same as Refreshing, but first waits a moment for a refresh. A plan may create some
// addresses before it has refreshed others.
func (l *Ledger) AwaitRefreshing(ctx context.Context) bool {
	end := time.Now().Add(l.quiet / 2)
	l.await(ctx, func() (time.Time, bool) { return end, l.Refreshing() })
	return l.Refreshing()
}

// Look returns the record of an object.
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

// Planned returns how many certificates of a kind are planned to be created, among those whose fingerprint counts.
// The fingerprint of a certificate that is not known yet is "".
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

// Refuse records that a creation was planned without evidence that this state holds the existing object.
func (l *Ledger) Refuse(key Key) { l.enter(key, func(e *ledgerEntry) { e.Refused = true }) }
