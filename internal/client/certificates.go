package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// Certificates serves one kind of certificates.
type Certificates struct {
	c    *Client
	kind CertificateKind

	watches  sync.Map // zone id to *watch[Certificate]
	lists    sync.Map // zone id to *shared[[]Certificate]
	uploaded sync.Map // ids of the certificates that this client has uploaded
	last     sync.Map // zone id/certificate id to the *Certificate as last seen
	flights  singleflight.Group
}

// watch returns the one who polls the zone's certificates. The list shows no deleted certificate and may
// lack new ones, so absence from it says nothing.
func (s *Certificates) watch(zoneID string) *watch[Certificate] {
	if w, ok := s.watches.Load(zoneID); ok {
		return w.(*watch[Certificate])
	}
	w, _ := s.watches.LoadOrStore(zoneID, newWatch(s.c, zoneID, source[Certificate]{
		list: func(ctx context.Context) (map[string]*Certificate, error) {
			list, err := s.List(ctx, zoneID)
			if err != nil && (isPermanent(err) || IsListNotServed(err)) {
				return nil, errNotServed // the single read tells what is wrong
			}
			rows := make(map[string]*Certificate, len(list))
			for i := range list {
				rows[list[i].ID] = &list[i]
			}
			return rows, err
		},
		get: func(ctx context.Context, id string) (*Certificate, error) { return s.Get(ctx, zoneID, id) },
	}))
	return w.(*watch[Certificate])
}

// Kind says which certificates these are.
func (s *Certificates) Kind() CertificateKind { return s.kind }

func (s *Certificates) path(zoneID string, id ...string) []string {
	if s.kind == HostnameCertificate {
		return append(familyPath(zoneID, "hostnames", "certificates"), id...)
	}
	return append(familyPath(zoneID), id...)
}

// List returns the zone's certificates of this kind. It can lag behind uploads by tens of seconds and
// may show certificates that are being deleted (section 2).
//
// GET /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) List(ctx context.Context, zoneID string) ([]Certificate, error) {
	return getAll[Certificate](ctx, s.c, s.path(zoneID), nil)
}

// Get returns one certificate. A deleted one is either IsNotFound or a tombstone whose Status is Gone
// (section 2).
//
// GET /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]/{certificate_id}
func (s *Certificates) Get(ctx context.Context, zoneID, id string) (*Certificate, error) {
	env, err := s.c.do(ctx, call{method: http.MethodGet, path: s.path(zoneID, id)})
	if err != nil {
		return nil, err
	}
	cert, err := one[Certificate](env)
	if err == nil {
		s.last.Store(zoneID+"/"+id, cert)
	}
	return cert, err
}

// recent returns a certificate as this process last saw it, or asks for it. It serves what is only shown
// beside something else.
func (s *Certificates) recent(ctx context.Context, zoneID, id string) (*Certificate, error) {
	key := zoneID + "/" + id
	if cert, ok := s.last.Load(key); ok {
		return cert.(*Certificate), nil
	}
	cert, err, _ := s.flights.Do(key, func() (any, error) { return s.Get(ctx, zoneID, id) })
	if err != nil {
		return nil, err
	}
	return cert.(*Certificate), nil
}

// post sends one upload.
//
// POST /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]
func (s *Certificates) post(ctx context.Context, zoneID, certificatePEM, keyPEM string) (*Certificate, error) {
	body := struct {
		Certificate string `json:"certificate"`
		PrivateKey  string `json:"private_key"`
	}{certificatePEM, keyPEM}
	env, err := s.c.write(ctx, zoneID, call{method: http.MethodPost, path: s.path(zoneID), body: body})
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
func (s *Certificates) WaitActive(ctx context.Context, zoneID string, cert *Certificate) (*Certificate, error) {
	judge := func(seen *Certificate) look {
		if seen == nil {
			return look{status: notFound}
		}
		return look{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Status == StatusActive,
			terminal: seen.Status == StatusDeploymentTimedOut,
		}
	}
	seen, err := s.watch(zoneID).await(ctx, cert.ID, string(StatusActive), string(cert.Status), judge)
	if seen == nil {
		return cert, err
	}
	s.last.Store(zoneID+"/"+cert.ID, seen)
	return seen, err
}

// Delete removes a certificate and returns once it is gone: unknown to the API, or a tombstone that
// says deleted. While an association still uses it (1433), its own deployment has not ended (1434) or
// another write is under way (409), the DELETE is sent again until ctx ends. before is the last status
// known; it may be empty.
//
// A certificate that this client has uploaded is not deleted. The API may give a certificate that is
// uploaded again its former id (section 2); so under create_before_destroy, after a failed create, what
// Terraform then wants to delete is what it has just made.
//
// DELETE /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]/{certificate_id}
func (s *Certificates) Delete(ctx context.Context, zoneID, id string, before Status) error {
	var conflict error // the last refusal for now
	for n := 0; ; n++ {
		if s.hasUploaded(id) {
			return nil
		}
		env, err := s.c.write(ctx, zoneID, call{method: http.MethodDelete, path: s.path(zoneID, id)})
		switch {
		case err == nil:
			deleted, _ := one[Certificate](env) // an answer without the certificate will do
			return s.waitDeleted(ctx, zoneID, id, since(before), deleted)
		case IsNotFound(err):
			return nil
		case isDeleteConflict(err):
			conflict = err
		case ctx.Err() == nil || conflict == nil:
			return s.refusedDelete(ctx, zoneID, id, err)
		}
		if ended := s.c.sleep(ctx, s.c.pollPause.pause(n)); ended != nil {
			// The refusal says what stands in the way; the context's error alone would not.
			return fmt.Errorf("%w; until then Cloudflare refused: %w", ended, conflict)
		}
	}
}

// refusedDelete finds out whether a DELETE was refused because the certificate is gone or going. Some
// of these refusals have known codes (1414, and 1415 for a bad id), "Certificate is already deleted."
// has none (section 1b), so the certificate itself is asked.
func (s *Certificates) refusedDelete(ctx context.Context, zoneID, id string, refusal error) error {
	e, ok := asError(refusal)
	if !ok || e.Status != http.StatusBadRequest || !e.Enveloped || isDenied(refusal) {
		return refusal
	}
	for n, since := 0, time.Now(); ; n++ {
		cert, err := s.Get(ctx, zoneID, id)
		switch {
		case IsNotFound(err), err != nil && e.has(codeBadCertificateID):
			return nil
		case err == nil && cert.Status.Gone(), e.has(codePendingDeletion):
			return s.waitDeleted(ctx, zoneID, id, former{}, nil)
		// If an earlier attempt was carried out and its answer lost, the status may lag behind it.
		case !e.AfterFailure, time.Since(since) > settling, s.c.sleep(ctx, s.c.pollPause.pause(n)) != nil:
			return refusal
		}
	}
}

// waitDeleted waits until the certificate is gone, or has been uploaded again under its id. deleted is the
// certificate as the DELETE answered it, nil if it did not. deletion_timed_out ends the wait at once.
func (s *Certificates) waitDeleted(ctx context.Context, zoneID, id string, before former, deleted *Certificate) error {
	judge := func(seen *Certificate) look {
		if seen == nil || s.hasUploaded(id) || deleted != nil && seen.UploadedAfter(deleted.UploadedOn, 0) {
			return look{status: notFound, done: true}
		}
		return look{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Status == StatusDeleted,
			terminal: before.ends(seen.Status, StatusDeletionTimedOut),
		}
	}
	_, err := s.watch(zoneID).await(ctx, id, string(StatusDeleted), string(StatusPendingDeletion), judge)
	return err
}

func (s *Certificates) hasUploaded(id string) bool {
	_, ok := s.uploaded.Load(id)
	return ok
}

// UploadedAfter reports whether a certificate was uploaded later than a time in RFC 3339, by more than
// slack; false where either time is missing.
func (c *Certificate) UploadedAfter(other string, slack time.Duration) bool {
	apart, known := between(other, c.UploadedOn)
	return known && apart > slack
}

// between returns the time from one time of the API to another; false where either is missing.
func between(from, to string) (time.Duration, bool) {
	f, err := time.Parse(time.RFC3339Nano, from)
	t, otherErr := time.Parse(time.RFC3339Nano, to)
	return t.Sub(f), err == nil && otherErr == nil
}
