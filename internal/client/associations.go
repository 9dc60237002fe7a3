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

// CertificateAssociationLimit is the number of hostnames that one certificate may serve (section 3, documented).
const CertificateAssociationLimit = 100

// pageSize is the largest page of the list of associations that the API serves (section 3).
const pageSize = 1000

// Association is a hostname's client certificate, as the API shows it.
type Association struct {
	Hostname      string `json:"hostname,omitempty"`
	CertificateID string `json:"cert_id,omitempty"`
	// Enabled says what the edge presents. True: the certificate. False: no certificate, even if the zone has
	// one. Nil: the association is void (section 3).
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

// Gone reports whether the association is void or is being voided.
func (a *Association) Gone() bool { return a.Enabled == nil || a.Status.Gone() }

// IsFirstWrite reports whether the association has not changed since it was created.
func (a *Association) IsFirstWrite() bool {
	apart, known := between(a.CreatedAt, a.UpdatedAt)
	return known && apart == 0
}

// shows reports whether the association has the certificate and the switch that a write asked for.
func (a *Association) shows(w AssociationWrite) bool {
	return a.CertificateID == w.CertificateID && a.Enabled != nil && w.Enabled != nil && *a.Enabled == *w.Enabled
}

// AssociationWrite is one row of a PUT. If Enabled is nil, the PUT voids the association. The API requires the
// certificate's id even then (1404, section 3).
type AssociationWrite struct {
	Hostname      string `json:"hostname"`
	CertificateID string `json:"cert_id"`
	Enabled       *bool  `json:"enabled"`
}

// Associations is the API of the hostname associations of one zone.
type Associations struct {
	z     *Zone
	reads *cached[map[string]*Association]
	poll  *poller[Association]
	batch *batch

	notServed atomic.Bool        // whether the API has turned out not to serve the list for this zone
	denied    atomic.Bool        // whether the credentials are denied both the list and single associations
	probe     singleflight.Group // the single read that finds out whether the credentials are denied single associations too
}

func newAssociations(z *Zone) *Associations {
	s := &Associations{z: z, batch: &batch{z: z}}
	s.reads = &cached[map[string]*Association]{z: z, fetch: s.rows}
	s.poll = newPoller[Association](z)
	s.poll.list, s.poll.get = s.rows, s.Get
	s.poll.complete = true // the list is read with status=all, so it includes what is still being voided
	return s
}

// Get reads one hostname's association. For an association that does not exist, the result is an error for which
// IsNotFound is true, or an association that is Gone (section 3).
//
// GET /zones/{zone_id}/origin_tls_client_auth/hostnames/{hostname}
func (s *Associations) Get(ctx context.Context, hostname string) (*Association, error) {
	env, err := s.z.c.do(ctx, call{method: http.MethodGet, path: s.z.path("hostnames", hostname)})
	if err != nil {
		return nil, err
	}
	return one[Association](env)
}

// List returns the zone's associations of every status. The endpoint is new. It is in Cloudflare's schema, but it is
// unknown which accounts can use it (section 3). So any refusal may mean that the endpoint does not exist.
//
// GET /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) List(ctx context.Context) ([]Association, error) {
	query := url.Values{"status": {"all"}, "per_page": {strconv.Itoa(pageSize)}}
	return getAll[Association](ctx, s.z.c, s.z.path("hostnames"), query)
}

// rows returns List by hostname. The error is errNotServed if single reads have to be used instead.
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
		if !IsBadZone(err) { // "no route" may be about this zone only
			s.z.c.listNotServed.Store(true)
		}
		s.z.c.log(ctx, slog.LevelInfo, "The API does not serve the list of associations; reading each association separately", map[string]any{"error": err.Error()})
		return nil, errNotServed
	case isDenied(err):
		return nil, errors.Join(errNotServed, err) // the credentials may be denied only the list: see getDenied
	case err != nil && isPermanent(err):
		return nil, errNotServed // the single read will report what is wrong with the zone
	case err != nil:
		return nil, err
	}
	rows := make(map[string]*Association, len(list))
	for i := range list {
		name := strings.ToLower(list[i].Hostname)
		// The list may contain former associations of a hostname as well. The live one takes precedence.
		if former := rows[name]; former == nil || former.Gone() {
			rows[name] = &list[i]
		}
	}
	return rows, nil
}

// Read returns a hostname's association from the list that all reads of the zone share. If the list does not show the
// hostname, Read sends a request as Get does. It adds what the rows of the list lack from the certificate.
func (s *Associations) Read(ctx context.Context, hostname string) (*Association, error) {
	row, listed, err := s.FromList(ctx, hostname)
	if err != nil || !listed {
		return row, err
	}
	filled := *row
	s.fill(ctx, &filled)
	return &filled, nil
}

// FromList returns a hostname's row of the shared list, which the caller must not change. If the list does not show
// the hostname, or is not served, it returns the result of Get.
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

// getDenied reads a hostname if the credentials are denied the list. They may be denied only the list, so the first
// caller's single read finds out. If single reads are denied too, no further hostname spends a request.
func (s *Associations) getDenied(ctx context.Context, hostname string, denied error) (*Association, error) {
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

// All returns the zone's associations that exist, sorted by hostname. Like List, it fails if the API does not serve
// the list.
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

// fill adds the status and the expiry of the certificate to a row of the list, which has neither (section 3).
func (s *Associations) fill(ctx context.Context, row *Association) {
	if row.CertificateStatus != "" || row.CertificateID == "" {
		return
	}
	cert, err := s.z.HostnameCertificates.lastSeen(ctx, row.CertificateID)
	if err == nil {
		row.CertificateStatus, row.ExpiresOn = cert.Status, cert.ExpiresOn
	}
}

// Put creates or changes one association. Other hostnames stay as they are. Rows that several callers write at the
// same time share one request. If the API rejects the joint request because of another caller's row, this row is not
// affected. Put returns the API's answer about the hostname, or nil if the answer does not mention it: the answer may
// list the written rows, or all rows of the zone (section 3).
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) Put(ctx context.Context, row AssociationWrite) (*Association, error) {
	creation := s.z.Ledger.begin(HostnameKey(row.Hostname))
	answer, err := s.batch.write(ctx, row)
	creation.end(err)
	return answer, err
}

// WaitActive waits until the edge serves the association as it was written. It returns the association as last seen,
// even with an error. row is the answer to the PUT, or nil. The association is read at least once, whatever row says.
// Until the API shows the write, it shows the former association; before is the status of that one, if there was one.
// The status deployment_timed_out ends the wait immediately.
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

// Find returns the row of a hostname. It ignores case.
func Find(rows []Association, hostname string) (*Association, bool) {
	for i := range rows {
		if strings.EqualFold(rows[i].Hostname, hostname) {
			return &rows[i], true
		}
	}
	return nil, false
}
