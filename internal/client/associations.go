package client

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/singleflight"
)

// CertificateAssociationLimit is how many hostnames one certificate may serve (section 3, documented).
const CertificateAssociationLimit = 100

// pageSize is the largest page that the list of associations serves (section 3).
const pageSize = 1000

// Association is what the API knows about the client certificate of one hostname.
type Association struct {
	Hostname      string `json:"hostname,omitempty"`
	CertificateID string `json:"cert_id,omitempty"`
	// Enabled: true presents the certificate, false presents none although the zone may have one, nil
	// means that the association is void (section 3).
	Enabled           *bool  `json:"enabled"`
	Status            Status `json:"status,omitempty"`
	CertificateStatus Status `json:"cert_status,omitempty"`
	CreatedAt         string `json:"created_at,omitempty"` // may be Go's zero time
	UpdatedAt         string `json:"updated_at,omitempty"`
	ExpiresOn         string `json:"expires_on,omitempty"` // the certificate's
	Issuer            string `json:"issuer,omitempty"`
	Signature         string `json:"signature,omitempty"`
	SerialNumber      string `json:"serial_number,omitempty"`
	PEM               string `json:"certificate,omitempty"`
	CertUploadedOn    string `json:"cert_uploaded_on,omitempty"`
	CertUpdatedAt     string `json:"cert_updated_at,omitempty"`
}

// Gone reports whether the association is void or on its way there.
func (a *Association) Gone() bool { return a.Enabled == nil || a.Status.Gone() }

// shows reports whether the association is what a write asked for.
func (a *Association) shows(w AssociationWrite) bool {
	return a.CertificateID == w.CertificateID && a.Enabled != nil && w.Enabled != nil && *a.Enabled == *w.Enabled
}

// AssociationWrite is one row of a PUT. Enabled nil voids the association; the certificate id is
// needed even then (1404, section 3).
type AssociationWrite struct {
	Hostname      string `json:"hostname"`
	CertificateID string `json:"cert_id"`
	Enabled       *bool  `json:"enabled"`
}

// Associations serves the hostname associations.
type Associations struct {
	c         *Client
	notServed atomic.Bool // whether the list turned out not to be there; remembered for the process

	mu    sync.Mutex
	zones map[string]*zoneAssociations
}

// zoneAssociations is what the requests about one zone's associations share.
type zoneAssociations struct {
	reads     *shared[map[string]*Association]
	writes    *jointWrites
	watch     *watch[Association]
	notServed atomic.Bool // as Associations.notServed, where the answer may be about the zone alone
	denied    atomic.Bool // the credentials may read neither the list nor one association
	inert     sync.Map    // hostnames left with a deleted certificate, to its id

	probe singleflight.Group // the single read that shows whether the credentials may read at all
}

func (s *Associations) zone(zoneID string) *zoneAssociations {
	s.mu.Lock()
	defer s.mu.Unlock()
	if z := s.zones[zoneID]; z != nil {
		return z
	}
	rows := func(ctx context.Context) (map[string]*Association, error) { return s.rows(ctx, zoneID) }
	z := &zoneAssociations{
		reads:  &shared[map[string]*Association]{fetch: rows, changes: s.c.changes.of(zoneID)},
		writes: &jointWrites{c: s.c, zoneID: zoneID, live: map[string]*jointRow{}},
		watch: newWatch(s.c, zoneID, source[Association]{
			list:     rows,
			get:      func(ctx context.Context, hostname string) (*Association, error) { return s.Get(ctx, zoneID, hostname) },
			complete: true, // status=all shows what is still being voided
		}),
	}
	if s.zones == nil {
		s.zones = map[string]*zoneAssociations{}
	}
	s.zones[zoneID] = z
	return z
}

// Get asks for one hostname's association. One that does not exist is IsNotFound, or an association
// that is Gone (section 3).
//
// GET /zones/{zone_id}/origin_tls_client_auth/hostnames/{hostname}
func (s *Associations) Get(ctx context.Context, zoneID, hostname string) (*Association, error) {
	env, err := s.c.do(ctx, call{method: http.MethodGet, path: familyPath(zoneID, "hostnames", hostname)})
	if err != nil {
		return nil, err
	}
	return one[Association](env)
}

// List returns the zone's associations of every status. The endpoint is new: it stands in Cloudflare's
// schema, and whether an account is served it is unknown (section 3), so any refusal may only mean
// that it is not there.
//
// GET /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) List(ctx context.Context, zoneID string) ([]Association, error) {
	query := url.Values{"status": {"all"}, "per_page": {strconv.Itoa(pageSize)}}
	return getAll[Association](ctx, s.c, familyPath(zoneID, "hostnames"), query)
}

// rows is List by hostname, or errNotServed.
func (s *Associations) rows(ctx context.Context, zoneID string) (map[string]*Association, error) {
	z := s.zone(zoneID)
	if s.notServed.Load() || z.notServed.Load() {
		return nil, errNotServed
	}
	list, err := s.List(ctx, zoneID)
	if err == nil && slices.ContainsFunc(list, func(a Association) bool { return a.Hostname == "" }) {
		err = &shapeError{errors.New("a row names no hostname")}
	}
	switch {
	case IsListNotServed(err):
		if IsBadZone(err) { // "no route": to the list, or to the zone
			z.notServed.Store(true)
		} else {
			s.notServed.Store(true)
		}
		s.c.log(ctx, slog.LevelInfo, "The API does not serve the list of associations; each is read on its own", map[string]any{"error": err.Error()})
		return nil, errNotServed
	case isDenied(err):
		return nil, errors.Join(errNotServed, err) // perhaps the list alone: see getDenied
	case err != nil && isPermanent(err):
		return nil, errNotServed // about this zone: the single read tells
	case err != nil:
		return nil, err
	}
	rows := make(map[string]*Association, len(list))
	for i := range list {
		name := strings.ToLower(list[i].Hostname)
		// A hostname may be listed with associations that have ended besides the live one.
		if former := rows[name]; former == nil || former.Gone() {
			rows[name] = &list[i]
		}
	}
	return rows, nil
}

// Read returns a hostname's association, from the list that all reads of the zone share where that shows
// it, else as Get does. What the rows of the list lack is filled in from the certificate.
func (s *Associations) Read(ctx context.Context, zoneID, hostname string) (*Association, error) {
	row, listed, err := s.seen(ctx, zoneID, hostname)
	if err != nil || !listed {
		return row, err
	}
	filled := *row
	s.fill(ctx, zoneID, &filled)
	return &filled, nil
}

// seen returns a hostname's row of the shared list, which others must not change, or what Get does where that
// list does not show the hostname or is not served.
func (s *Associations) seen(ctx context.Context, zoneID, hostname string) (row *Association, listed bool, err error) {
	rows, err := s.zone(zoneID).reads.load(ctx)
	if row := rows[strings.ToLower(hostname)]; err == nil && row != nil {
		return row, true, nil
	}
	if isDenied(err) {
		row, err = s.getDenied(ctx, zoneID, hostname, err)
		return row, false, err
	}
	row, err = s.Get(ctx, zoneID, hostname)
	return row, false, err
}

// getDenied reads a hostname where the credentials are denied the list. That may be so for the list alone, so
// one single read finds out; where that is denied as well, the other hostnames' reads would be, too.
func (s *Associations) getDenied(ctx context.Context, zoneID, hostname string, denied error) (*Association, error) {
	z := s.zone(zoneID)
	if z.denied.Load() {
		return nil, denied
	}
	type answer struct {
		hostname string
		row      *Association
		err      error
	}
	v, _, _ := z.probe.Do("", func() (any, error) {
		if z.denied.Load() {
			return answer{err: denied}, nil
		}
		row, err := s.Get(ctx, zoneID, hostname)
		z.denied.Store(isDenied(err))
		return answer{hostname, row, err}, nil
	})
	if a := v.(answer); a.hostname == hostname || isDenied(a.err) {
		return a.row, a.err
	}
	return s.Get(ctx, zoneID, hostname)
}

// All returns the zone's associations that exist, in the order of their hostnames. As List, it may be
// refused where the API does not serve the list.
func (s *Associations) All(ctx context.Context, zoneID string) ([]Association, error) {
	rows, err := s.List(ctx, zoneID)
	if err != nil {
		return nil, err
	}
	live := map[string]*Association{}
	for i := range rows {
		if row := &rows[i]; row.Hostname != "" && !row.Gone() {
			live[strings.ToLower(row.Hostname)] = row
		}
	}
	all := make([]Association, 0, len(live))
	for _, name := range slices.Sorted(maps.Keys(live)) {
		row := *live[name]
		s.fill(ctx, zoneID, &row)
		all = append(all, row)
	}
	return all, nil
}

// fill adds the certificate's status and end to a row of the list, which has neither (section 3).
func (s *Associations) fill(ctx context.Context, zoneID string, row *Association) {
	if row.CertificateStatus != "" || row.CertificateID == "" {
		return
	}
	cert, err := s.c.HostnameCertificates.recent(ctx, zoneID, row.CertificateID)
	if err == nil {
		row.CertificateStatus, row.ExpiresOn = cert.Status, cert.ExpiresOn
	}
}

// Put creates, changes or voids one association. Hostnames that are not named stay as they are. The row
// travels with those that others write at the same time; if the joint request is refused because of
// another's row, this one is not affected. It returns the API's answer about the hostname, nil where that
// does not name it: the answer may hold the written rows, or all of the zone's (section 3).
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) Put(ctx context.Context, zoneID string, row AssociationWrite) (*Association, error) {
	return s.zone(zoneID).writes.put(ctx, row)
}

// WaitActive waits until the edge serves the association as it was written, and returns it as last
// seen, also with an error. row is what the PUT answered, nil if it did not; it is read back at least
// once. Until the write shows, the former association is seen; before is its status, if it had one.
// deployment_timed_out ends the wait at once.
func (s *Associations) WaitActive(ctx context.Context, zoneID string, want AssociationWrite, row *Association, before Status) (*Association, error) {
	old := since(before)
	judge := func(seen *Association) look {
		if seen == nil {
			return look{status: notFound}
		}
		l := look{status: orDefault(string(seen.Status), "empty")}
		if !seen.shows(want) {
			l.status += " with its former certificate or switch"
			return l
		}
		l.done = seen.Status == StatusActive
		l.terminal = old.ends(seen.Status, StatusDeploymentTimedOut)
		return l
	}
	first := ""
	if row != nil {
		first = string(row.Status)
	}
	seen, err := s.zone(zoneID).watch.await(ctx, want.Hostname, string(StatusActive), first, judge)
	if seen == nil {
		return row, err
	}
	filled := *seen
	if err == nil {
		s.fill(ctx, zoneID, &filled)
	}
	return &filled, err
}

// Find returns the row of a hostname; host names compare without case.
func Find(rows []Association, hostname string) (*Association, bool) {
	for i := range rows {
		if strings.EqualFold(rows[i].Hostname, hostname) {
			return &rows[i], true
		}
	}
	return nil, false
}
