package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Delete removes a certificate and returns once it is gone: unknown to the API, or a tombstone that
// says deleted. While an association still uses it (1433), its own deployment has not ended (1434) or
// another write is under way (409), the DELETE is repeated until ctx ends. key is that of its leaf, and before the
// last status known; it may be empty.
//
// A certificate that this process has uploaded or adopted is not deleted. Terraform knows certificates by their
// addresses: what moved to another address, or is made again under create_before_destroy, is destroyed
// after that; and Cloudflare may give a certificate that is uploaded again its former id (section 2).
// expected says that the plan makes the same certificate at another address. If this process makes it, or is to, and
// that fails or does not come, nothing is deleted, and Delete returns a *KeptError.
//
// DELETE /zones/{zone_id}/origin_tls_client_auth[/hostnames/certificates]/{certificate_id}
func (s *Certificates) Delete(ctx context.Context, id string, key Key, before Status, expected bool) error {
	if claimed, err := s.z.Ledger.claimed(ctx, key, expected); err != nil || claimed && s.z.Ledger.HasMade(id) {
		return err
	}
	var conflict error // the last refusal for now
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
			// The refusal says what stands in the way; the context's error alone would not.
			return fmt.Errorf("%w; until then Cloudflare refused: %w", ended, conflict)
		}
	}
}

// sendDelete sends one DELETE, when it is the zone's turn. It returns the certificate as the answer shows it, nil if
// it does not.
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

// refusedDelete finds out whether a DELETE was refused because the certificate is gone or going. Some
// of these refusals have known codes (1414, and 1415 for a bad id), "Certificate is already deleted."
// has none (section 1b), so the certificate itself is asked.
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
		// If an earlier attempt was carried out and its answer lost, the status may lag behind it.
		case !e.AfterFailure, time.Since(started) > statusLag, sleep(ctx, s.z.c.pollPause.pause(n)) != nil:
			return refusal
		}
	}
}

// waitDeleted waits until the certificate is gone, or has been uploaded again under its id. deleted is the
// certificate as the DELETE answered it, nil if it did not. deletion_timed_out ends the wait at once.
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
