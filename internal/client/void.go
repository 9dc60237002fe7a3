package client

import (
	"context"
	"errors"
	"log/slog"
)

// Void ends an association and returns once the API no longer shows it: unknown, or enabled null.
// Voiding takes minutes at times, and meanwhile the former association is seen (section 3); before is
// its status. A hostname that this client has written, or writes meanwhile, is not voided.
func (s *Associations) Void(ctx context.Context, zoneID, hostname, certificateID string, before Status) error {
	_, err := s.Put(ctx, zoneID, AssociationWrite{Hostname: hostname, CertificateID: certificateID})
	if errors.Is(err, errSuperseded) {
		return nil
	}
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
	case seen.Gone():
		return nil
	case seen.CertificateStatus.Gone():
		s.zone(zoneID).inert.Store(hostname, certificateID)
		return nil
	case seen.CertificateID == "" || seen.CertificateID == certificateID:
		return refusal
	}
	if _, err := s.Put(ctx, zoneID, AssociationWrite{Hostname: hostname, CertificateID: seen.CertificateID}); err != nil {
		return err
	}
	return s.waitVoid(ctx, zoneID, hostname, since(seen.Status))
}

// voidRevived voids the associations that were left inert because their certificate was deleted, now that
// it has been uploaded again under its former id (section 2), which would make them serve again.
func (s *Associations) voidRevived(ctx context.Context, zoneID, certificateID string) {
	z := s.zone(zoneID)
	z.inert.Range(func(hostname, id any) bool {
		if id != certificateID {
			return true
		}
		z.inert.Delete(hostname)
		_, err := s.Put(ctx, zoneID, AssociationWrite{Hostname: hostname.(string), CertificateID: certificateID})
		if err != nil && !errors.Is(err, errSuperseded) {
			s.c.log(ctx, slog.LevelWarn, "A hostname that was to be released may present its former certificate again",
				map[string]any{"zone_id": zoneID, "hostname": hostname, "reason": err.Error()})
		}
		return true
	})
}

func (s *Associations) waitVoid(ctx context.Context, zoneID, hostname string, before former) error {
	judge := func(seen *Association) look {
		if seen == nil || s.zone(zoneID).writes.serves(hostname) {
			return look{status: notFound, done: true}
		}
		return look{
			status:   orDefault(string(seen.Status), "empty"),
			done:     seen.Enabled == nil || seen.Status == StatusDeleted,
			terminal: before.ends(seen.Status, StatusDeletionTimedOut),
		}
	}
	_, err := s.zone(zoneID).watch.await(ctx, hostname, "void", string(StatusPendingDeletion), judge)
	return err
}
