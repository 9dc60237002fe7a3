package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// CertificateKind is one of the two collections of client certificates that a zone has. An id of one
// is unknown to the other (api-behaviour.md section 1b).
type CertificateKind string

// The two kinds.
const (
	ZoneCertificate     CertificateKind = "zone certificate"
	HostnameCertificate CertificateKind = "hostname certificate"
)

// HostnameCertificateQuota is how many hostname certificates a zone may hold (section 3, documented).
const HostnameCertificateQuota = 10

// Certificate is a client certificate as the API shows it. Any string may be empty: the API leaves
// fields out on either kind (section 4).
type Certificate struct {
	ID           string
	PEM          string // as echoed: white space differs from what was sent, a chain may be missing
	Status       Status
	Issuer       string
	Signature    string
	SerialNumber string // decimal
	ExpiresOn    string // RFC 3339
	UploadedOn   string // RFC 3339
	UpdatedAt    string // RFC 3339; taken to move with the status
}

// certificateJSON is the wire form. Older lists name the id cert_id (section 4).
type certificateJSON struct {
	ID           string `json:"id,omitempty"`
	CertID       string `json:"cert_id,omitempty"`
	Certificate  string `json:"certificate,omitempty"`
	Status       Status `json:"status,omitempty"`
	CertStatus   Status `json:"cert_status,omitempty"`
	Issuer       string `json:"issuer,omitempty"`
	Signature    string `json:"signature,omitempty"`
	SerialNumber string `json:"serial_number,omitempty"`
	ExpiresOn    string `json:"expires_on,omitempty"`
	UploadedOn   string `json:"uploaded_on,omitempty"`
	UpdatedAt    string `json:"updated_at,omitempty"`
	CertUploaded string `json:"cert_uploaded_on,omitempty"`
	CertUpdated  string `json:"cert_updated_at,omitempty"`
}

// UnmarshalJSON takes both shapes of list rows: certificate-shaped, and association-shaped where
// status is the association's and cert_status the certificate's.
func (c *Certificate) UnmarshalJSON(raw []byte) error {
	var w certificateJSON
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	*c = Certificate{
		ID: w.ID, PEM: w.Certificate, Status: w.Status, Issuer: w.Issuer, Signature: w.Signature,
		SerialNumber: w.SerialNumber, ExpiresOn: w.ExpiresOn, UploadedOn: w.UploadedOn, UpdatedAt: w.UpdatedAt,
	}
	if w.CertID != "" {
		c.ID = w.CertID
		c.Status = orDefault(w.CertStatus, w.Status)
		c.UploadedOn = orDefault(w.UploadedOn, w.CertUploaded)
		c.UpdatedAt = orDefault(w.CertUpdated, w.UpdatedAt)
	}
	return nil
}

// Certificates serves one kind of certificates of one zone.
type Certificates struct {
	z       *Zone
	kind    CertificateKind
	reads   *cached[[]Certificate]
	poll    *poller[Certificate]
	flights singleflight.Group

	mu   sync.Mutex
	seen map[string]*Certificate // by id, as last seen
}

func newCertificates(z *Zone, kind CertificateKind) *Certificates {
	s := &Certificates{z: z, kind: kind, seen: map[string]*Certificate{}}
	s.reads = &cached[[]Certificate]{z: z, fetch: s.distinct}
	s.poll = newPoller[Certificate](z)
	s.poll.get = s.Get
	// The list shows no deleted certificate and may lack new ones, so absence from it says nothing.
	s.poll.list = func(ctx context.Context) (map[string]*Certificate, error) {
		list, err := s.List(ctx)
		if err != nil && (isPermanent(err) || IsListNotServed(err)) {
			return nil, errNotServed // the single read reports what is wrong
		}
		rows := make(map[string]*Certificate, len(list))
		for i := range list {
			rows[list[i].ID] = &list[i]
		}
		return rows, err
	}
	return s
}

// Kind says which certificates these are.
func (s *Certificates) Kind() CertificateKind { return s.kind }

func (s *Certificates) path(id ...string) []string {
	if s.kind == HostnameCertificate {
		return append(s.z.path("hostnames", "certificates"), id...)
	}
	return s.z.path(id...)
}

// List returns the zone's certificates of this kind. It can lag behind uploads by tens of seconds and
// may show certificates that are being deleted (section 2).
//
// GET /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) List(ctx context.Context) ([]Certificate, error) {
	return getAll[Certificate](ctx, s.z.c, s.path(), nil)
}

// Get returns one certificate. A deleted one is either IsNotFound or a tombstone whose Status is Gone
// (section 2).
//
// GET /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]/{certificate_id}
func (s *Certificates) Get(ctx context.Context, id string) (*Certificate, error) {
	env, err := s.z.c.do(ctx, call{method: http.MethodGet, path: s.path(id)})
	if err != nil {
		return nil, err
	}
	cert, err := one[Certificate](env)
	if err == nil {
		s.remember(id, cert)
	}
	return cert, err
}

// distinct is List with each certificate once: an older form of the list has a row for each hostname that uses a
// certificate (section 4).
func (s *Certificates) distinct(ctx context.Context) ([]Certificate, error) {
	rows, err := s.List(ctx)
	seen := map[string]bool{}
	return slices.DeleteFunc(rows, func(row Certificate) bool {
		repeated := row.ID == "" || seen[row.ID]
		seen[row.ID] = true
		return repeated
	}), err
}

// All returns the zone's certificates of this kind, each once, tombstones included, from a list that the reads
// of the zone share.
func (s *Certificates) All(ctx context.Context) ([]Certificate, error) {
	all, err := s.reads.load(ctx)
	return slices.Clone(all), err
}

// Read returns a certificate from the shared list where that shows it as active, else as Get does.
func (s *Certificates) Read(ctx context.Context, id string) (*Certificate, error) {
	all, err := s.All(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && all[i].Status == StatusActive && all[i].PEM != "" {
			return &all[i], nil
		}
	}
	return s.Get(ctx, id)
}

func (s *Certificates) remember(id string, cert *Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[id] = cert
}

// lastSeen returns a certificate as this process last saw it, or asks for it. It serves what is only shown
// beside something else.
func (s *Certificates) lastSeen(ctx context.Context, id string) (*Certificate, error) {
	s.mu.Lock()
	cert := s.seen[id]
	s.mu.Unlock()
	if cert != nil {
		return cert, nil
	}
	v, err, _ := s.flights.Do(id, func() (any, error) { return s.Get(ctx, id) })
	if err != nil {
		return nil, err
	}
	return v.(*Certificate), nil
}

// post sends one upload.
//
// POST /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) post(ctx context.Context, body *secretBody) (*Certificate, error) {
	env, err := s.z.write(ctx, call{method: http.MethodPost, path: s.path(), secret: body})
	if err != nil {
		return nil, err
	}
	cert, err := one[Certificate](env)
	if err == nil && cert.ID == "" {
		err = errors.New("the API's answer holds no id")
	}
	if err != nil {
		return nil, &LostAnswerError{Method: http.MethodPost, Cause: err}
	}
	return cert, nil
}

// WaitActive waits until the certificate serves at the edge and returns it as last seen, also with an
// error. cert is what the upload answered; it is read back at least once, whatever its status.
// deployment_timed_out ends the wait at once. A certificate that was uploaded again after its deletion
// may read as deleted or unknown for a moment (section 2), so these do not.
func (s *Certificates) WaitActive(ctx context.Context, cert *Certificate) (*Certificate, error) {
	observe := func(seen *Certificate) observation {
		if seen == nil {
			return observation{status: notFound}
		}
		return observation{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Status == StatusActive,
			terminal: seen.Status == StatusDeploymentTimedOut,
		}
	}
	seen, err := s.poll.wait(ctx, cert.ID, string(StatusActive), string(cert.Status), observe)
	if seen == nil {
		return cert, err
	}
	s.remember(cert.ID, seen)
	return seen, err
}

// UploadedAfter reports whether a certificate was uploaded later than a time in RFC 3339, by more than
// slack; false where either time is missing.
func (c *Certificate) UploadedAfter(other string, slack time.Duration) bool {
	apart, known := between(other, c.UploadedOn)
	return known && apart > slack
}

// DeployedBefore reports whether a certificate was deployed earlier than another one. The API shows no time of
// deployment: updated_at is taken for it, and uploaded_on where a certificate lacks that, as recorded answers
// do (section 4); both are inferred.
func (c *Certificate) DeployedBefore(other *Certificate) bool {
	mine, theirs := c.UpdatedAt, other.UpdatedAt
	if mine == "" || theirs == "" {
		mine, theirs = c.UploadedOn, other.UploadedOn
	}
	apart, known := between(mine, theirs)
	return known && apart > 0
}

// between returns the time from one time of the API to another; false where either is missing.
func between(from, to string) (time.Duration, bool) {
	f, err := time.Parse(time.RFC3339Nano, from)
	t, otherErr := time.Parse(time.RFC3339Nano, to)
	return t.Sub(f), err == nil && otherErr == nil
}
