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

// IsFirstWrite reports whether an association is as it was first written, so that before it there was none.
func (a *Association) IsFirstWrite() bool {
	apart, known := between(a.CreatedAt, a.UpdatedAt)
	return known && apart == 0
}

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

// Associations serves the hostname associations of one zone.
type Associations struct {
	z     *Zone
	reads *cached[map[string]*Association]
	poll  *poller[Association]
	batch *batch

	notServed atomic.Bool        // whether the list turned out not to be there
	denied    atomic.Bool        // whether the credentials may read neither the list nor one association
	probe     singleflight.Group // the single read that shows whether the credentials may read at all
}

func newAssociations(z *Zone) *Associations {
	s := &Associations{z: z, batch: &batch{z: z}}
	s.reads = &cached[map[string]*Association]{z: z, fetch: s.rows}
	s.poll = newPoller[Association](z)
	s.poll.list, s.poll.get = s.rows, s.Get
	s.poll.complete = true // status=all shows what is still being voided
	return s
}

// Get asks for one hostname's association. One that does not exist is IsNotFound, or an association
// that is Gone (section 3).
//
// GET /zones/{zone_id}/origin_tls_client_auth/hostnames/{hostname}
func (s *Associations) Get(ctx context.Context, hostname string) (*Association, error) {
	env, err := s.z.c.do(ctx, call{method: http.MethodGet, path: s.z.path("hostnames", hostname)})
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
func (s *Associations) List(ctx context.Context) ([]Association, error) {
	query := url.Values{"status": {"all"}, "per_page": {strconv.Itoa(pageSize)}}
	return getAll[Association](ctx, s.z.c, s.z.path("hostnames"), query)
}

// rows is List by hostname, or errNotServed.
func (s *Associations) rows(ctx context.Context) (map[string]*Association, error) {
	if s.notServed.Load() || s.z.c.listNotServed.Load() {
		return nil, errNotServed
	}
	list, err := s.List(ctx)
	if err == nil && slices.ContainsFunc(list, func(a Association) bool { return a.Hostname == "" }) {
		err = &shapeError{errors.New("a row names no hostname")}
	}
	switch {
	case IsListNotServed(err):
		s.notServed.Store(true)
		if !IsBadZone(err) { // "no route" may be about the zone alone
			s.z.c.listNotServed.Store(true)
		}
		s.z.c.log(ctx, slog.LevelInfo, "The API does not serve the list of associations; each is read on its own", map[string]any{"error": err.Error()})
		return nil, errNotServed
	case isDenied(err):
		return nil, errors.Join(errNotServed, err) // perhaps the list alone: see getDenied
	case err != nil && isPermanent(err):
		return nil, errNotServed // about this zone: the single read reports it
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
func (s *Associations) Read(ctx context.Context, hostname string) (*Association, error) {
	row, listed, err := s.FromList(ctx, hostname)
	if err != nil || !listed {
		return row, err
	}
	filled := *row
	s.fill(ctx, &filled)
	return &filled, nil
}

// FromList returns a hostname's row of the shared list, which others must not change, or what Get does where that
// list does not show the hostname or is not served.
func (s *Associations) FromList(ctx context.Context, hostname string) (row *Association, listed bool, err error) {
	rows, err := s.reads.load(ctx)
	if row := rows[strings.ToLower(hostname)]; err == nil && row != nil {
		return row, true, nil
	}
	if isDenied(err) {
		row, err = s.getDenied(ctx, hostname, err)
		return row, false, err
	}
	row, err = s.Get(ctx, hostname)
	return row, false, err
}

// getDenied reads a hostname where the credentials are denied the list. That may be so for the list alone, so
// one single read finds out; where that is denied as well, the other hostnames' reads would be, too.
func (s *Associations) getDenied(ctx context.Context, hostname string, denied error) (*Association, error) {
	if s.denied.Load() {
		return nil, denied
	}
	type answer struct {
		hostname string
		row      *Association
		err      error
	}
	v, _, _ := s.probe.Do("", func() (any, error) {
		if s.denied.Load() {
			return answer{err: denied}, nil
		}
		row, err := s.Get(ctx, hostname)
		s.denied.Store(isDenied(err))
		return answer{hostname, row, err}, nil
	})
	if a := v.(answer); a.hostname == hostname || isDenied(a.err) {
		return a.row, a.err
	}
	return s.Get(ctx, hostname)
}

// All returns the zone's associations that exist, in the order of their hostnames. As List, it may be
// refused where the API does not serve the list.
func (s *Associations) All(ctx context.Context) ([]Association, error) {
	rows, err := s.List(ctx)
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
		s.fill(ctx, &row)
		all = append(all, row)
	}
	return all, nil
}

// fill adds the certificate's status and end to a row of the list, which has neither (section 3).
func (s *Associations) fill(ctx context.Context, row *Association) {
	if row.CertificateStatus != "" || row.CertificateID == "" {
		return
	}
	cert, err := s.z.HostnameCertificates.lastSeen(ctx, row.CertificateID)
	if err == nil {
		row.CertificateStatus, row.ExpiresOn = cert.Status, cert.ExpiresOn
	}
}

// Put creates or changes one association. Hostnames that are not named stay as they are. The row
// travels with those that others write at the same time; if the joint request is refused because of
// another's row, this one is not affected. It returns the API's answer about the hostname, nil where that
// does not name it: the answer may hold the written rows, or all of the zone's (section 3).
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) Put(ctx context.Context, row AssociationWrite) (*Association, error) {
	creation := s.z.Ledger.begin(HostnameKey(row.Hostname))
	answer, err := s.batch.write(ctx, row)
	creation.end(err)
	return answer, err
}

// WaitActive waits until the edge serves the association as it was written, and returns it as last
// seen, also with an error. row is what the PUT answered, nil if it did not; it is read back at least
// once. Until the write shows, the former association is seen; before is its status, if it had one.
// deployment_timed_out ends the wait at once.
func (s *Associations) WaitActive(ctx context.Context, want AssociationWrite, row *Association, before Status) (*Association, error) {
	prior := statusBefore(before)
	observe := func(seen *Association) observation {
		if seen == nil {
			return observation{status: notFound}
		}
		o := observation{status: orDefault(string(seen.Status), "empty")}
		if !seen.shows(want) {
			o.status += " with its former certificate or switch"
			return o
		}
		o.done = seen.Status == StatusActive
		o.terminal = prior.ends(seen.Status, StatusDeploymentTimedOut)
		return o
	}
	first := ""
	if row != nil {
		first = string(row.Status)
	}
	seen, err := s.poll.wait(ctx, want.Hostname, string(StatusActive), first, observe)
	if seen == nil {
		return row, err
	}
	filled := *seen
	if err == nil {
		s.fill(ctx, &filled)
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
