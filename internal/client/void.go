package client

import (
	"context"
	"errors"
	"log/slog"
)

// Void removes an association. It returns once the API no longer shows the association, or shows it with enabled
// null. This can take minutes, and the API shows the former association until then (section 3). before is that
// association's status.
//
// If this process writes the hostname, the hostname is not voided. Terraform identifies associations by their
// addresses: if a hostname moves to another address, Terraform writes it there and destroys it here, in either order.
// expected says that the plan contains such a write. If that write fails or does not start, the association stays as
// it is, and Void returns a *KeptError.
func (s *Associations) Void(ctx context.Context, hostname, certificateID string, before Status, expected bool) error {
	key := HostnameKey(hostname)
	if err := sleep(ctx, batchPause); err != nil { // let writes that start at the same time be announced
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

// voidWithoutCertificate handles a void that was refused because the certificate does not exist (1415). The void
// counts as done if nothing serves: if there is no association, or if its certificate is deleted (section 3). If the
// hostname has another certificate by now, it is voided with that certificate's id.
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

// voidReattached voids the associations that Void left alone because their certificate was deleted. The certificate
// has been uploaded again under its former id, so they would serve again (section 2).
func (s *Associations) voidReattached(ctx context.Context, certificateID string) {
	for _, hostname := range s.z.Ledger.reattached(certificateID) {
		_, err := s.batch.write(ctx, AssociationWrite{Hostname: hostname, CertificateID: certificateID})
		if err != nil && !errors.Is(err, errSuperseded) {
			s.z.c.log(ctx, slog.LevelWarn, "A destroyed association may serve again, because its certificate has been uploaded again",
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
