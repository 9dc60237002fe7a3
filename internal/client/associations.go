package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
type Associations struct{ c *Client }

// Get returns a hostname's association. One that does not exist is IsNotFound, or an association that
// is Gone (section 3).
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

// Put creates, changes and voids associations. Hostnames that are not named stay as they are. The
// answer may hold the written rows, or all of the zone's (section 3): Find the one that matters.
//
// PUT /zones/{zone_id}/origin_tls_client_auth/hostnames
func (s *Associations) Put(ctx context.Context, zoneID string, rows ...AssociationWrite) ([]Association, error) {
	body := struct {
		Config []AssociationWrite `json:"config"`
	}{rows}
	env, err := s.c.write(ctx, zoneID, call{method: http.MethodPut, path: familyPath(zoneID, "hostnames"), body: body})
	if err != nil {
		return nil, err
	}
	return list[Association](env)
}

// WaitActive polls until the edge serves the association as it was written, and returns it as last
// seen, also with an error. row is what the PUT answered, nil if it did not; it is read back at least
// once. Until the write shows, the former association is seen; before is its status, if it had one.
// deployment_timed_out ends the wait at once.
func (s *Associations) WaitActive(ctx context.Context, zoneID string, want AssociationWrite, row *Association, before Status) (*Association, error) {
	old := since(before)
	var first look
	if row != nil {
		first.status = string(row.Status)
	}
	err := s.c.poll(ctx, string(StatusActive), first, func(ctx context.Context) (look, error) {
		seen, err := s.Get(ctx, zoneID, want.Hostname)
		if IsNotFound(err) {
			return look{status: notFound}, nil
		}
		if err != nil {
			return look{}, err
		}
		row = seen
		l := look{status: orDefault(string(row.Status), "empty")}
		if !row.shows(want) {
			l.status += " with its former certificate or switch"
			return l, nil
		}
		l.done = row.Status == StatusActive
		l.terminal = old.ends(row.Status, StatusDeploymentTimedOut)
		return l, nil
	})
	return row, err
}

// Void ends an association and returns once the API no longer shows it: unknown, or enabled null.
// Voiding takes minutes at times, and meanwhile the former association is seen (section 3); before is
// its status.
func (s *Associations) Void(ctx context.Context, zoneID, hostname, certificateID string, before Status) error {
	_, err := s.Put(ctx, zoneID, AssociationWrite{Hostname: hostname, CertificateID: certificateID})
	if IsBadCertificateID(err) {
		return s.voidWithoutCertificate(ctx, zoneID, hostname, certificateID, err)
	}
	if err != nil {
		return err
	}
	return s.waitVoid(ctx, zoneID, hostname, since(before))
}

// voidWithoutCertificate handles a void that was refused because its certificate is gone (1415). That
// is as good as done where nothing is live: no association, or one whose certificate is deleted, which
// is inert (section 3). Where the hostname was moved to another certificate meanwhile, that one is named.
func (s *Associations) voidWithoutCertificate(ctx context.Context, zoneID, hostname, certificateID string, refusal error) error {
	seen, err := s.Get(ctx, zoneID, hostname)
	switch {
	case IsNotFound(err):
		return nil
	case err != nil:
		return errors.Join(refusal, err)
	case seen.Gone(), seen.CertificateStatus.Gone():
		return nil
	case seen.CertificateID == "" || seen.CertificateID == certificateID:
		return refusal
	}
	if _, err := s.Put(ctx, zoneID, AssociationWrite{Hostname: hostname, CertificateID: seen.CertificateID}); err != nil {
		return err
	}
	return s.waitVoid(ctx, zoneID, hostname, since(seen.Status))
}

func (s *Associations) waitVoid(ctx context.Context, zoneID, hostname string, before former) error {
	first := look{status: string(StatusPendingDeletion)}
	return s.c.poll(ctx, "void", first, func(ctx context.Context) (look, error) {
		seen, err := s.Get(ctx, zoneID, hostname)
		if IsNotFound(err) {
			return look{status: notFound, done: true}, nil
		}
		if err != nil {
			return look{}, err
		}
		return look{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Enabled == nil || seen.Status == StatusDeleted,
			terminal: before.ends(seen.Status, StatusDeletionTimedOut),
		}, nil
	})
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
