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

// CertificateKind is one of a zone's two collections of client certificates. Each collection has its own ids
// (api-behaviour.md section 1b).
type CertificateKind string

// The two collections.
const (
	ZoneCertificate     CertificateKind = "zone certificate"
	HostnameCertificate CertificateKind = "hostname certificate"
)

// HostnameCertificateQuota is the number of hostname certificates that a zone may have (section 3, documented).
const HostnameCertificateQuota = 10

// Certificate is a client certificate as the API shows it. Any string may be empty, because the API leaves out fields
// of both kinds (section 4).
type Certificate struct {
	ID           string
	PEM          string // as returned by the API: white space may differ from the upload, and intermediates may be missing
	Status       Status
	Issuer       string
	Signature    string
	SerialNumber string // decimal
	ExpiresOn    string // RFC 3339
	UploadedOn   string // RFC 3339
	UpdatedAt    string // RFC 3339; taken as the time of the last change of status
}

// certificateJSON is a certificate on the wire. Older lists call the id cert_id (section 4).
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

// UnmarshalJSON accepts both shapes of list rows. A row may be a certificate. Or it may be an association, in which
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

// Certificates is the API of one kind of certificates of one zone.
type Certificates struct {
	z       *Zone
	kind    CertificateKind
	reads   *cached[[]Certificate]
	poll    *poller[Certificate]
	flights singleflight.Group

	mu   sync.Mutex
	seen map[string]*Certificate // by id, as last read
}

func newCertificates(z *Zone, kind CertificateKind) *Certificates {
	s := &Certificates{z: z, kind: kind, seen: map[string]*Certificate{}}
	s.reads = &cached[[]Certificate]{z: z, fetch: s.distinct}
	s.poll = newPoller[Certificate](z)
	s.poll.get = s.Get
	// The list omits deleted certificates and may omit new ones, so it does not prove that a certificate is missing.
	s.poll.list = func(ctx context.Context) (map[string]*Certificate, error) {
		list, err := s.List(ctx)
		if err != nil && (isPermanent(err) || IsListNotServed(err)) {
			return nil, errNotServed // the single read will report what is wrong
		}
		rows := make(map[string]*Certificate, len(list))
		for i := range list {
			rows[list[i].ID] = &list[i]
		}
		return rows, err
	}
	return s
}

// Kind returns the kind of the certificates.
func (s *Certificates) Kind() CertificateKind { return s.kind }

func (s *Certificates) path(id ...string) []string {
	if s.kind == HostnameCertificate {
		return append(s.z.path("hostnames", "certificates"), id...)
	}
	return s.z.path(id...)
}

// List returns the zone's certificates of this kind. A new certificate may be missing from it for tens of seconds,
// and certificates that are being deleted may still be in it (section 2).
//
// GET /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) List(ctx context.Context) ([]Certificate, error) {
	return getAll[Certificate](ctx, s.z.c, s.path(), nil)
}

// Get returns one certificate. For a deleted certificate, the result is an error for which IsNotFound is true, or a
// certificate whose Status is Gone (section 2).
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

// distinct returns List without duplicates: an older form of the list has one row for each hostname that uses a
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

// All returns each of the zone's certificates of this kind once, including certificates that are being deleted. It
// uses the list that the reads of the zone share. If the list cannot be read, there are none.
func (s *Certificates) All(ctx context.Context) ([]Certificate, error) {
	all, err := s.reads.load(ctx)
	return slices.Clone(all), err
}

// Read returns a certificate from the shared list if it is active there. Otherwise, it sends a request as Get does.
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

// lastSeen returns a certificate as this process last read it, and reads it only if it never did. The result may be
// outdated, which is good enough for fields that are only displayed.
func (s *Certificates) lastSeen(ctx context.Context, id string) (*Certificate, error) {
	v, err, _ := s.flights.Do(id, func() (any, error) {
		if cert := s.remembered(id); cert != nil {
			return cert, nil
		}
		return s.Get(ctx, id)
	})
	if err != nil {
		return nil, err
	}
	return v.(*Certificate), nil
}

func (s *Certificates) remembered(id string) *Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[id]
}

// post sends one POST, without looking for a lost answer.
//
// POST /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) post(ctx context.Context, body *secretBody) (*Certificate, error) {
	env, err := s.z.write(ctx, call{method: http.MethodPost, path: s.path(), secret: body})
	if err != nil {
		return nil, err
	}
	cert, err := one[Certificate](env)
	if err == nil && cert.ID == "" {
		err = errors.New("the API's answer contains no id")
	}
	if err != nil {
		return nil, &LostAnswerError{Method: http.MethodPost, Cause: err}
	}
	return cert, nil
}

// WaitActive waits until the certificate is active at the edge. It returns the certificate as last seen, even with an
// error. cert is the answer to the upload. The certificate is read at least once, whatever its status in cert. The
// status deployment_timed_out ends the wait immediately. The statuses deleted and not found do not: a certificate
// that was uploaded again after its deletion may show them for a moment (section 2).
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

// UploadedAfter reports whether a certificate was uploaded more than slack after other, a time in RFC 3339. It is
// false if either time is missing.
func (c *Certificate) UploadedAfter(other string, slack time.Duration) bool {
	apart, known := between(other, c.UploadedOn)
	return known && apart > slack
}

// DeployedBefore reports whether a certificate was deployed before another one. The API shows no time of deployment,
// so this compares updated_at, or uploaded_on if a certificate lacks updated_at, as in recorded answers (section 4).
// It is inferred that these times show the order of deployment.
func (c *Certificate) DeployedBefore(other *Certificate) bool {
	mine, theirs := c.UpdatedAt, other.UpdatedAt
	if mine == "" || theirs == "" {
		mine, theirs = c.UploadedOn, other.UploadedOn
	}
	apart, known := between(mine, theirs)
	return known && apart > 0
}

// between returns the time from one of the API's timestamps to another. It is false if either is missing.
func between(from, to string) (time.Duration, bool) {
	f, err := time.Parse(time.RFC3339Nano, from)
	t, otherErr := time.Parse(time.RFC3339Nano, to)
	return t.Sub(f), err == nil && otherErr == nil
}
