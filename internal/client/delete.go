package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Delete deletes a certificate and returns once it is gone: the API does not know it any more, or shows it as
// deleted. The DELETE is repeated until ctx ends while an association still uses the certificate (1433), while its
// own deployment is under way (1434), or during another write (409). key is that of the certificate's leaf, and
// before is the last known status; both may be empty.
//
// A certificate that this process has uploaded or adopted is not deleted. Terraform identifies certificates by their
// addresses. If a certificate moves to another address, or is created again under create_before_destroy, Terraform
// destroys the old address after it has created the new one. Both may be the same certificate, because Cloudflare may
// give a certificate that is uploaded again its former id (section 2). expected says that the plan creates the same
// certificate at another address. If that creation fails or does not start, nothing is deleted, and Delete returns a
// *KeptError.
//
// DELETE /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]/{certificate_id}
func (s *Certificates) Delete(ctx context.Context, id string, key Key, before Status, expected bool) error {
	if claimed, err := s.z.Ledger.claimed(ctx, key, expected); err != nil || claimed && s.z.Ledger.HasMade(id) {
		return err
	}
	var conflict error // the last refusal that may pass
	for n := 0; ; n++ {
		deleted, err := s.sendDelete(ctx, id)
		switch {
		case errors.Is(err, errSuperseded), IsNotFound(err):
			return nil
		case err == nil:
			return s.waitDeleted(ctx, id, statusBefore(before), deleted)
		case isDeleteConflict(err):
			conflict = err
		case ctx.Err() == nil || conflict == nil:
			return s.refusedDelete(ctx, id, err)
		}
		if ended := sleep(ctx, s.z.c.pollPause.pause(n)); ended != nil {
			// Include the refusal: the context's error does not say what prevented the deletion.
			return fmt.Errorf("%w; until then Cloudflare refused: %w", ended, conflict)
		}
	}
}

// sendDelete sends one DELETE when it is the zone's turn. It returns the certificate from the answer, or nil.
func (s *Certificates) sendDelete(ctx context.Context, id string) (deleted *Certificate, err error) {
	err = s.z.exclusively(ctx, func() error {
		if s.z.Ledger.HasMade(id) {
			return errSuperseded
		}
		env, err := s.z.c.do(ctx, call{method: http.MethodDelete, path: s.path(id)})
		if err == nil {
			deleted, _ = one[Certificate](env)
		}
		return err
	})
	return deleted, err
}

// refusedDelete finds out whether a DELETE was refused because the certificate is gone or is being deleted. Some of
// these refusals have known codes (1414, and 1415 for a bad id), but "Certificate is already deleted." has none
// (section 1b). So it reads the certificate.
func (s *Certificates) refusedDelete(ctx context.Context, id string, refusal error) error {
	e, ok := asError(refusal)
	if !ok || e.Status != http.StatusBadRequest || !e.Enveloped || isDenied(refusal) {
		return refusal
	}
	for n, started := 0, time.Now(); ; n++ {
		cert, err := s.Get(ctx, id)
		switch {
		case IsNotFound(err), err != nil && e.has(codeBadCertificateID):
			return nil
		case err == nil && cert.Status.Gone(), e.has(codePendingDeletion):
			return s.waitDeleted(ctx, id, priorStatus{}, nil)
		// An earlier attempt may have deleted the certificate although its answer was lost. The status may lag behind.
		case !e.AfterFailure, time.Since(started) > statusLag, sleep(ctx, s.z.c.pollPause.pause(n)) != nil:
			return refusal
		}
	}
}

// waitDeleted waits until the certificate is gone, or has been uploaded again under the same id. deleted is the
// certificate from the answer to the DELETE, or nil. The status deletion_timed_out ends the wait immediately.
func (s *Certificates) waitDeleted(ctx context.Context, id string, before priorStatus, deleted *Certificate) error {
	observe := func(seen *Certificate) observation {
		if seen == nil || s.z.Ledger.HasMade(id) || deleted != nil && seen.UploadedAfter(deleted.UploadedOn, 0) {
			return observation{status: notFound, done: true}
		}
		return observation{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Status == StatusDeleted,
			terminal: before.ends(seen.Status, StatusDeletionTimedOut),
		}
	}
	_, err := s.poll.wait(ctx, id, string(StatusDeleted), string(StatusPendingDeletion), observe)
	return err
}
