package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

// listLag is for how long a list may miss an upload: "tens of seconds" were observed
// (api-behaviour.md section 2), so this is on the generous side.
const listLag = 90 * time.Second

// ExistsError says that the collection holds the certificate already, put there by somebody else.
type ExistsError struct {
	ID      string // of the existing certificate; "" where the list does not show it
	Status  Status
	Refusal error // the API's 1406
}

func (e *ExistsError) Error() string { return e.Refusal.Error() }

func (e *ExistsError) Unwrap() error { return e.Refusal }

// upload is one Upload under way.
type upload struct {
	s            *Certificates
	fingerprint  string
	adopt        bool
	hasAdopted   bool
	before       map[string]bool // ids of the same certificate that were live before our first POST
	lost         int             // how many answers to our POSTs were lost
	refusedSince time.Time       // when 1406 was first answered
}

// Upload sends a certificate and its key and returns the certificate as the API first shows it,
// usually pending_deployment.
//
// The API refuses a certificate that its collection holds (1406), also while it is being deleted: then
// the deletion is waited for. A lost answer is never taken for a refusal: the list is searched for the
// certificate, what was not there before our POST is adopted as ours, and else the upload is
// repeated. A certificate that was there before is an *ExistsError, unless adopt says that it may be adopted,
// because the caller knows that it belongs to the same state; then nothing is sent, and adopted is true.
func (s *Certificates) Upload(ctx context.Context, bundle *certpem.Bundle, key *certpem.Key, adopt bool) (cert *Certificate, adopted bool, err error) {
	u := &upload{s: s, fingerprint: bundle.Fingerprint(), adopt: adopt, before: map[string]bool{}}
	creation := s.z.Ledger.begin(CertificateKey(s.kind, u.fingerprint))
	body := newSecretBody(bundle, key)
	defer body.erase()
	cert, err = u.run(ctx, body)
	if err == nil {
		s.z.Ledger.claim(cert.ID)
	}
	creation.end(err)
	if err == nil && s.kind == HostnameCertificate {
		s.z.Associations.voidReattached(ctx, cert.ID)
	}
	return cert, u.hasAdopted, err
}

func (u *upload) run(ctx context.Context, body *secretBody) (*Certificate, error) {
	existing, err := u.same(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w (when asked for the list of certificates before the upload)", err)
	}
	for _, cert := range existing {
		if !cert.Status.Gone() {
			u.before[cert.ID] = true
		}
	}
	if cert := u.adopted(ctx, existing); cert != nil {
		return cert, nil
	}
	for n := 0; ; n++ {
		cert, err := u.s.post(ctx, body)
		if err == nil {
			return cert, nil
		}
		failure := err
		if cert, err = u.resolve(ctx, failure); cert != nil || err != nil {
			return cert, err
		}
		if ended := sleep(ctx, u.s.z.c.pollPause.pause(n)); ended != nil {
			return nil, fmt.Errorf("%w; until then: %w", ended, failure)
		}
	}
}

// adopted returns the certificate that is adopted, nil if there is none. It is claimed before it is read, so
// that from the reading on nothing of this process deletes it.
func (u *upload) adopted(ctx context.Context, certs []Certificate) *Certificate {
	for _, cert := range certs {
		if !u.adopt || cert.Status != StatusActive && !cert.Status.Deploying() {
			continue
		}
		u.s.z.Ledger.claim(cert.ID)
		now, err := u.s.Get(ctx, cert.ID)
		if err == nil && (now.Status == StatusActive || now.Status.Deploying()) {
			now.ID = cert.ID
			u.hasAdopted = true
			return now
		}
		u.s.z.Ledger.unclaim(cert.ID)
	}
	return nil
}

// resolve decides what follows a failed POST: the certificate that it made after all, an error, or
// neither, which means that the POST is to be repeated.
func (u *upload) resolve(ctx context.Context, failure error) (*Certificate, error) {
	var lost *LostAnswerError
	switch {
	case errors.As(failure, &lost):
		u.lost++
		u.s.z.c.log(ctx, slog.LevelWarn, "The answer to an upload was lost; looking whether it was carried out",
			map[string]any{"zone_id": u.s.z.id, "error": failure.Error()})
	case IsAlreadyExists(failure):
		if ctx.Err() != nil {
			return nil, failure
		}
		if u.refusedSince.IsZero() {
			u.refusedSince = time.Now()
		}
	default:
		return nil, failure
	}
	// An upload that may have been carried out is looked for even after an interruption: the certificate
	// would otherwise be in the zone and in no state.
	search, release := detach(ctx, uploadGrace)
	defer release()
	certs, err := u.same(search)
	if err != nil && (ctx.Err() != nil || isPermanent(err)) {
		return nil, errors.Join(failure, err)
	}
	if i := slices.IndexFunc(certs, u.isOurs); i >= 0 {
		return &certs[i], nil
	}
	if ctx.Err() != nil || u.lost > u.s.z.c.maxRetries {
		return nil, failure
	}
	if !IsAlreadyExists(failure) {
		return nil, nil
	}
	if cert := u.adopted(ctx, certs); cert != nil {
		return cert, nil
	}
	return nil, u.awaitDeletion(ctx, certs, failure)
}

// isOurs reports whether a certificate is what a POST of ours has made whose answer was lost. What was there before
// is somebody else's, and what another resource of this process has uploaded is that resource's.
func (u *upload) isOurs(cert Certificate) bool {
	return u.lost > 0 && !u.before[cert.ID] && !cert.Status.Gone() && !u.s.z.Ledger.HasMade(cert.ID)
}

// awaitDeletion handles a 1406 that is not about our own upload. It returns nil when the upload is to be
// repeated: after the same certificate was deleted, or while the list does not show what it is.
func (u *upload) awaitDeletion(ctx context.Context, certs []Certificate, refusal error) error {
	for _, cert := range certs {
		switch cert.Status {
		case StatusPendingDeletion, StatusDeleted:
			return u.s.waitDeleted(ctx, cert.ID, priorStatus{}, nil)
		case StatusDeploymentTimedOut, StatusDeletionTimedOut:
			// What an earlier, failed apply left behind. It serves nothing, and with
			// create_before_destroy Terraform would delete it only after this upload.
			return u.s.Delete(ctx, cert.ID, Key{}, cert.Status, false)
		default:
			return &ExistsError{ID: cert.ID, Status: cert.Status, Refusal: refusal}
		}
	}
	if time.Since(u.refusedSince) > listLag {
		return &ExistsError{Refusal: refusal}
	}
	return nil
}

// same lists the certificates with the leaf that is being uploaded.
func (u *upload) same(ctx context.Context) ([]Certificate, error) {
	certs, err := u.s.List(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(certs, func(cert Certificate) bool {
		return certpem.Fingerprint(cert.PEM) != u.fingerprint
	}), nil
}
