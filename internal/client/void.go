package client

import (
	"context"
	"errors"
	"log/slog"
)

// Void ends an association and returns once the API no longer shows it: unknown, or enabled null.
// Voiding takes minutes at times, and meanwhile the former association is seen (section 3); before is
// its status.
//
// A hostname that this process has written, or writes meanwhile, is not voided: Terraform knows associations by
// their addresses, and a hostname that moves to another address is written there and destroyed here, in
// either order. expected says that the plan contains such a write. If this process writes the hostname, or is to, and
// that fails or does not come, the association stays as it is, and Void returns a *KeptError.
func (s *Associations) Void(ctx context.Context, hostname, certificateID string, before Status, expected bool) error {
	key := HostnameKey(hostname)
	if err := sleep(ctx, batchPause); err != nil { // what begins together is announced
		return err
	}
	if !expected {
		s.z.Ledger.awaitCertificates(ctx)
	}
	if claimed, err := s.z.Ledger.claimed(ctx, key, expected); claimed || err != nil {
		return err
	}
	_, err := s.batch.write(ctx, AssociationWrite{Hostname: hostname, CertificateID: certificateID})
	switch {
	case errors.Is(err, errSuperseded):
		_, err = s.z.Ledger.claimed(ctx, key, true)
		return err
	case IsBadCertificateID(err):
		return s.voidWithoutCertificate(ctx, hostname, certificateID, err)
	case err != nil:
		return err
	}
	return s.waitVoid(ctx, hostname, statusBefore(before))
}

// voidWithoutCertificate handles a void that was refused because its certificate is gone (1415). That
// is as good as done where nothing is live: no association, or one whose certificate is deleted, which
// serves nothing (section 3). Where the hostname was moved to another certificate meanwhile, that one is named.
func (s *Associations) voidWithoutCertificate(ctx context.Context, hostname, certificateID string, refusal error) error {
	seen, err := s.Get(ctx, hostname)
	switch {
	case IsNotFound(err):
		return nil
	case err != nil:
		return errors.Join(refusal, err)
	case seen.Gone():
		return nil
	case seen.CertificateStatus.Gone():
		s.z.Ledger.detach(hostname, certificateID)
		return nil
	case seen.CertificateID == "" || seen.CertificateID == certificateID:
		return refusal
	}
	return s.Void(ctx, hostname, seen.CertificateID, seen.Status, false)
}

// voidReattached voids the associations that were released while their certificate was deleted, now that
// it has been uploaded again under its former id (section 2), which would make them serve again.
func (s *Associations) voidReattached(ctx context.Context, certificateID string) {
	for _, hostname := range s.z.Ledger.reattached(certificateID) {
		_, err := s.batch.write(ctx, AssociationWrite{Hostname: hostname, CertificateID: certificateID})
		if err != nil && !errors.Is(err, errSuperseded) {
			s.z.c.log(ctx, slog.LevelWarn, "A hostname that was to be released may present its former certificate again",
				map[string]any{"zone_id": s.z.id, "hostname": hostname, "reason": err.Error()})
		}
	}
}

func (s *Associations) waitVoid(ctx context.Context, hostname string, before priorStatus) error {
	observe := func(seen *Association) observation {
		if seen == nil || s.z.Ledger.Serves(HostnameKey(hostname)) {
			return observation{status: notFound, done: true}
		}
		return observation{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Enabled == nil || seen.Status == StatusDeleted,
			terminal: before.ends(seen.Status, StatusDeletionTimedOut),
		}
	}
	_, err := s.poll.wait(ctx, hostname, "void", string(StatusPendingDeletion), observe)
	return err
}
