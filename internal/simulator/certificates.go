package simulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// notFound returns the error 1552 for a zone certificate and 1551 for a hostname certificate (section 1b; for the
// latter, both were observed).
func notFound(kind Kind) reply {
	if kind == ZoneCertificate {
		return failure(http.StatusNotFound, errZoneNotFound)
	}
	return failure(http.StatusNotFound, errHostnameNotFound)
}

// visible returns a certificate that GET and DELETE can see. A deleted certificate is still shown, with status 200 (a
// tombstone; section 2, observed), unless the behaviour says otherwise.
func (st *store) visible(c call) *certificate {
	cert := st.zone(c.zone).certificates[c.kind][c.id]
	if cert == nil {
		return nil
	}
	switch cert.effective() {
	case statusDeleted:
		if st.behaviour.DeletedIs404 || st.behaviour.GoneAtOnce {
			return nil
		}
	case statusPendingDeletion:
		if st.behaviour.GoneAtOnce {
			return nil
		}
	}
	return cert
}

func (st *store) getCertificate(c call) reply {
	cert := st.visible(c)
	if cert == nil {
		return notFound(c.kind)
	}
	return success(st.wire(cert, c.now))
}

// listCertificates leaves out deleted certificates, and new ones for ListLag (section 2: the list is eventually
// consistent).
func (st *store) listCertificates(c call) reply {
	var listed []*certificate
	for _, cert := range st.zone(c.zone).sorted(c.kind) {
		status := cert.effective()
		if status == statusDeleted || status == statusPendingDeletion && st.behaviour.GoneAtOnce {
			continue
		}
		if c.now.Before(cert.uploadedOn.Add(time.Duration(st.behaviour.ListLag))) {
			continue
		}
		listed = append(listed, cert)
	}
	if c.kind == HostnameCertificate && st.behaviour.HostnameRowsAreAssociations {
		return certificateList(st, c, st.associationShaped(c, listed))
	}
	rows := []wireCertificate{}
	for _, cert := range listed {
		rows = append(rows, st.wire(cert, c.now))
	}
	return certificateList(st, c, rows)
}

// certificateList returns one page of a list, or the whole list if it has no pages (section 1a: pages were observed
// for zone certificates).
func certificateList[T any](st *store, c call, rows []T) reply {
	paged := st.behaviour.ListInfo == ListInfoAll || st.behaviour.ListInfo != ListInfoNone && c.kind == ZoneCertificate
	empty := st.emptyList("null")
	if !paged {
		r := success(rows)
		r.empty = empty
		return r
	}
	p, ok := pageOf(c.query)
	if !ok {
		return failure(http.StatusBadRequest, errBadQuery)
	}
	return listPage(rows, p, empty)
}

// associationShaped returns the older form of the list: one row for each association of a certificate, and one row
// without a hostname for a certificate that is not used.
func (st *store) associationShaped(c call, listed []*certificate) []wireHostnameRow {
	rows := []wireHostnameRow{}
	for _, cert := range listed {
		w := st.wire(cert, c.now)
		row := wireHostnameRow{
			CertID: w.ID, Status: w.Status, CertStatus: w.Status, Issuer: w.Issuer, Signature: w.Signature,
			SerialNumber: w.SerialNumber, Certificate: w.Certificate, UploadedOn: w.UploadedOn,
			UpdatedAt: st.updatedAt(cert), ExpiresOn: w.ExpiresOn,
		}
		used := false
		for _, a := range st.zone(c.zone).hostnames() {
			view, ok := st.read(a, c.now)
			if !ok || view.certID != cert.id {
				continue
			}
			used = true
			row.Hostname, row.Enabled, row.Status = st.hostnameEcho(a), view.enabled, view.status
			rows = append(rows, row)
		}
		if !used {
			rows = append(rows, row)
		}
	}
	return rows
}

func (st *store) postCertificate(c call) reply {
	var upload wireUpload
	if err := json.Unmarshal(c.body, &upload); err != nil {
		return failure(http.StatusBadRequest, errBadBody)
	}
	m, refusal := parseUpload(upload.Certificate, upload.PrivateKey)
	if refusal != nil {
		if refusal == &errOnlyLeaf && st.behaviour.MissingLeafText {
			refusal = &errMissingLeaf
		}
		return failure(http.StatusBadRequest, *refusal)
	}
	z := st.zone(c.zone)
	var tombstone *certificate
	for _, cert := range z.sorted(c.kind) {
		if cert.fingerprint != m.fingerprint {
			continue
		}
		// Section 2: the answer is 1406 if the same certificate is live or pending_deletion, even if GET no longer
		// shows it.
		if cert.effective() != statusDeleted {
			return failure(http.StatusBadRequest, errDuplicate)
		}
		tombstone = cert
	}
	if st.quotaReached(z, c.kind) {
		return failure(http.StatusBadRequest, errCertQuota)
	}
	if c.kind == ZoneCertificate && st.behaviour.ZoneReuploadFreshID {
		tombstone = nil
	}
	cert := st.upload(z, c.kind, m, tombstone, c.now)
	w := st.wire(cert, c.now)
	w.Status = cert.effective()      // the answer to a POST never shows the former status (invented)
	w.UpdatedAt = st.updatedAt(cert) // only the answer to a POST has this field (section 4, observed)
	return success(w)
}

// upload stores a new certificate, or restores a deleted one under its former id (section 2, observed for hostname
// certificates).
func (st *store) upload(z *zone, kind Kind, m material, tombstone *certificate, now time.Time) *certificate {
	cert := &certificate{id: newID()}
	if tombstone != nil {
		cert = &certificate{id: tombstone.id, returnedOn: now, former: tombstone.effective(), writtenOn: now}
	}
	cert.material, cert.sequence = m, st.next()
	cert.uploadedOn, cert.updatedAt = now, now
	switch {
	case st.behaviour.ActiveAtOnce:
		cert.progress = at(statusActive, now)
		cert.deploy(now, st.next())
	case st.behaviour.InitializingFirst:
		cert.progress = at(statusInitializing, now)
	default:
		cert.progress = at(statusPendingDeployment, now)
	}
	z.certificates[kind][cert.id] = cert
	return cert
}

// quotaReached reports whether a zone has 10 hostname certificates (section 3, documented). It is invented that a
// certificate that is being deleted still counts.
func (st *store) quotaReached(z *zone, kind Kind) bool {
	quota := st.behaviour.HostnameCertificateQuota
	if kind != HostnameCertificate || quota <= 0 {
		return false
	}
	count := 0
	for _, cert := range z.certificates[kind] {
		if cert.effective() != statusDeleted {
			count++
		}
	}
	return count >= quota
}

func (st *store) deleteCertificate(c call) reply {
	cert := st.visible(c)
	if cert == nil {
		return st.deleteUnknown(c.kind)
	}
	switch cert.effective() {
	case statusInitializing, statusPendingDeployment:
		return failure(http.StatusBadRequest, errStillDeploying)
	case statusPendingDeletion, statusDeleted:
		return st.deleteAgain(c.kind, cert.effective())
	}
	if c.kind == HostnameCertificate && st.inUse(c.zone, cert.id) {
		return failure(http.StatusBadRequest, errInUse)
	}
	cert.former, cert.writtenOn, cert.pinned = cert.effective(), c.now, ""
	cert.progress, cert.updatedAt = at(statusPendingDeletion, c.now), c.now
	w := st.wire(cert, c.now)
	w.Status = cert.effective() // StatusLag only affects reads
	return success(w)
}

func (st *store) deleteUnknown(kind Kind) reply {
	if kind == HostnameCertificate && st.behaviour.BadDeleteIDIs1415 {
		return failure(http.StatusBadRequest, errDeleteIDInvalid)
	}
	return notFound(kind)
}

// deleteAgain returns the answer to a DELETE of a certificate that is deleted or being deleted (section 1b). For a
// deleted hostname certificate, the answer is unknown; treating its id as unknown is invented.
func (st *store) deleteAgain(kind Kind, status string) reply {
	switch {
	case kind == ZoneCertificate:
		return failure(http.StatusBadRequest, errAlreadyDeleted)
	case status == statusPendingDeletion:
		return failure(http.StatusBadRequest, errBeingDeleted)
	default:
		return st.deleteUnknown(kind)
	}
}

func (st *store) inUse(zone, id string) bool {
	for _, a := range st.zone(zone).associations {
		if a.uses(id, &st.behaviour) {
			return true
		}
	}
	return false
}

// wire returns the certificate as answers show it. It never contains the private key.
func (st *store) wire(cert *certificate, now time.Time) wireCertificate {
	b := &st.behaviour
	w := wireCertificate{
		ID:          cert.id,
		Status:      st.shown(cert, now),
		Issuer:      cert.leaf.Issuer.String(),
		Signature:   cert.leaf.SignatureAlgorithm.String(),
		Certificate: cert.echo(b.PEMEcho),
		UploadedOn:  stamp(cert.uploadedOn),
		ExpiresOn:   stampSeconds(cert.leaf.NotAfter),
		FutureField: future(b),
	}
	if !b.DropSerialNumber {
		w.SerialNumber = cert.leaf.SerialNumber.String()
	}
	if b.CertificatesShowUpdatedAt {
		w.UpdatedAt = st.updatedAt(cert)
	}
	return w
}

// updatedAt returns the certificate's updated_at, or "" if the behaviour leaves it out.
func (st *store) updatedAt(cert *certificate) string {
	if st.behaviour.DropUpdatedAt {
		return ""
	}
	return stamp(cert.updatedAt)
}
