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

// listLag is how long an upload may be missing from a list. "Tens of seconds" were observed (api-behaviour.md section
// 2), and this leaves a margin.
const listLag = 90 * time.Second

// ExistsError says that the collection already contains the certificate, and that somebody else has uploaded it.
type ExistsError struct {
	ID      string // of the existing certificate; "" if the list does not show it
	Status  Status
	Refusal error // the API's 1406
}

func (e *ExistsError) Error() string { return e.Refusal.Error() }

func (e *ExistsError) Unwrap() error { return e.Refusal }

// upload is the progress of one Upload.
type upload struct {
	s            *Certificates
	fingerprint  string
	adopt        bool
	hasAdopted   bool
	before       map[string]bool // ids of the same certificate, if it was live before our first POST
	lost         int             // number of our POSTs whose answers were lost
	refusedSince time.Time       // time of the first 1406
}

// Upload sends a certificate and its key and returns the certificate as the API first shows it,
// usually pending_deployment.
//
// The API refuses a certificate that the collection already contains (1406). If that certificate is being deleted, Upload
// waits for the deletion and tries again.
//
// If an answer is lost, the certificate may have been uploaded, so Upload searches the list for it. If it was not there
// before the POST, it is ours, and Upload returns it. If it is not in the list, Upload repeats the POST.
//
// If the certificate was there before the POST, Upload returns an *ExistsError. adopt says that the caller knows that the
// existing certificate belongs to the same state. Upload then adopts that certificate: it sends nothing, and adopted is
// true.
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
		return nil, fmt.Errorf("%w (while listing the certificates before the upload)", err)
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

// adopted returns the certificate to adopt, or nil. It claims the certificate before it reads it, so that nothing in
// this process deletes the certificate after the read.
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

// resolve decides what to do after a failed POST. It returns the certificate if the POST created it after all, or an
// error. If it returns neither, the caller has to repeat the POST.
func (u *upload) resolve(ctx context.Context, failure error) (*Certificate, error) {
	var lost *LostAnswerError
	switch {
	case errors.As(failure, &lost):
		u.lost++
		u.s.z.c.log(ctx, slog.LevelWarn, "The answer to an upload was lost; checking whether it was carried out",
			map[string]any{"zone_id": u.s.z.id, "error": failure.Error()})
	case IsAlreadyExists(failure):
		if ctx.Err() != nil && u.lost == 0 {
			return nil, failure // the certificate is not ours, so do not search for it
		}
		if u.refusedSince.IsZero() {
			u.refusedSince = time.Now()
		}
	default:
		return nil, failure
	}
	// Search even after an interruption. If the upload was carried out, the certificate would otherwise be in the zone
	// but in no state.
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

// isOurs reports whether a certificate was uploaded by one of our POSTs whose answers were lost. A certificate that
// was there before is somebody else's, and one that another resource of this process has uploaded belongs to that
// resource.
func (u *upload) isOurs(cert Certificate) bool {
	return u.lost > 0 && !u.before[cert.ID] && !cert.Status.Gone() && !u.s.z.Ledger.HasMade(cert.ID)
}

// awaitDeletion handles a 1406 that does not concern our own upload. It returns nil if the caller has to repeat the
// upload: after the same certificate has been deleted, or while the list does not show it.
func (u *upload) awaitDeletion(ctx context.Context, certs []Certificate, refusal error) error {
	for _, cert := range certs {
		switch cert.Status {
		case StatusPendingDeletion, StatusDeleted:
			return u.s.waitDeleted(ctx, cert.ID, priorStatus{}, nil)
		case StatusDeploymentTimedOut, StatusDeletionTimedOut:
			// An earlier apply that failed has left this certificate behind. It serves nothing, so delete it here: with
			// create_before_destroy, Terraform would delete it only after this upload.
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

// same lists the certificates that have the leaf of this upload.
func (u *upload) same(ctx context.Context) ([]Certificate, error) {
	certs, err := u.s.List(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(certs, func(cert Certificate) bool {
		return certpem.Fingerprint(cert.PEM) != u.fingerprint
	}), nil
}
