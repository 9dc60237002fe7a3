package simulator

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is one of a zone's two collections of certificates. Each collection has its own ids (section 1b).
type Kind string

// The two collections.
const (
	ZoneCertificate     Kind = "zone"
	HostnameCertificate Kind = "hostname"
)

func (k Kind) valid() bool { return k == ZoneCertificate || k == HostnameCertificate }

// store is everything that the API stores. Server.mu protects it. Values that are returned to callers are copies.
type store struct {
	zones     map[string]*zone
	behaviour Behaviour
	sequence  int // order of events that happen at the same time
}

type zone struct {
	certificates map[Kind]map[string]*certificate
	associations map[string]*association // by lower-case hostname
	enabled      bool                    // default false (section 4, settings)
}

type certificate struct {
	material
	id         string
	sequence   int
	progress   progress
	uploadedOn time.Time
	updatedAt  time.Time
	deployedOn time.Time
	deletedOn  time.Time
	deployment int       // order of deployment, for the edge
	returnedOn time.Time // when a deleted certificate was uploaded again
	former     string    // status before the last write, for StatusLag
	writtenOn  time.Time // time of the last write
	pinned     string    // a status set by SetCertificateStatus
	pinnedOn   time.Time
}

// target is the certificate of a hostname, and whether it is enabled.
type target struct {
	certID  string
	enabled bool
}

type association struct {
	hostname  string // as sent; the key of the map is in lower case
	wanted    target // the last PUT that was not a void
	deployed  *target
	progress  progress
	before    string     // the status before a void began, which GET still shows
	former    *assocView // what GET showed before the last write, for StatusLag; nil if nothing
	writtenOn time.Time
	createdAt time.Time
	updatedAt time.Time
}

func newStore(b Behaviour) *store {
	return &store{zones: map[string]*zone{}, behaviour: b}
}

// zone returns a zone, and creates it if necessary: every well-formed id is a zone.
func (st *store) zone(id string) *zone {
	z := st.zones[id]
	if z == nil {
		z = &zone{
			certificates: map[Kind]map[string]*certificate{ZoneCertificate: {}, HostnameCertificate: {}},
			associations: map[string]*association{},
		}
		st.zones[id] = z
	}
	return z
}

func (st *store) next() int {
	st.sequence++
	return st.sequence
}

// sorted returns the certificates of a kind in the order of upload.
func (z *zone) sorted(kind Kind) []*certificate {
	all := make([]*certificate, 0, len(z.certificates[kind]))
	for _, c := range z.certificates[kind] {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *certificate) int { return cmp.Compare(a.sequence, b.sequence) })
	return all
}

// hostnames returns the associations sorted by hostname.
func (z *zone) hostnames() []*association {
	all := make([]*association, 0, len(z.associations))
	for _, a := range z.associations {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *association) int { return strings.Compare(a.key(), b.key()) })
	return all
}

func (a *association) key() string { return strings.ToLower(a.hostname) }

// uses reports whether a certificate cannot be deleted because of the association. The last write counts: during a
// void, the certificate of an enabled association still cannot be deleted (observed), but that of a disabled one can
// (observed; PEER-T).
func (a *association) uses(id string, b *Behaviour) bool {
	if a.progress.status == statusVoided {
		return false
	}
	held := func(t target) bool { return t.certID == id && (t.enabled || b.DisabledKeepsCertificate) }
	return held(a.wanted) || b.DeployedKeepsCertificate && a.deployed != nil && held(*a.deployed)
}

// newID returns a random UUID with hyphens (section 4: 36 characters).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand documents that this never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
