package simulator

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// assocView is an association as GET shows it.
type assocView struct {
	certID  string
	enabled *bool
	status  string
}

// view returns what GET shows when it does not lag, and whether it shows anything. During a void, that is the former
// association (section 2, observed).
func (st *store) view(a *association) (assocView, bool) {
	enabled := a.wanted.enabled
	v := assocView{certID: a.wanted.certID, enabled: &enabled, status: a.progress.status}
	switch a.progress.status {
	case statusVoided:
		v.enabled = nil
		if st.behaviour.VoidedStayActive {
			v.status = statusActive
			return v, true
		}
		return v, st.behaviour.VoidedIsNull
	case statusPendingDeletion:
		v.status = a.before
		enabled = enabled && !st.behaviour.VoidShowsDisabled
	}
	return v, true
}

// read returns what GET shows. For StatusLag after a write, that is the view from before the write.
func (st *store) read(a *association, now time.Time) (assocView, bool) {
	if a.former != nil && st.lags(a.writtenOn, now) {
		return *a.former, true
	}
	return st.view(a)
}

func (st *store) getAssociation(c call) reply {
	a := st.zone(c.zone).associations[strings.ToLower(c.hostname)]
	if a == nil {
		return failure(http.StatusNotFound, errNoAssociation)
	}
	v, ok := st.read(a, c.now)
	if !ok {
		return failure(http.StatusNotFound, errNoAssociation)
	}
	return success(st.wireAssociation(c, a, v, st.createdAt(a, false)))
}

// putAssociations checks every row before it changes any. A PUT changes all rows or none (invented; section 3 does
// not say).
func (st *store) putAssociations(c call) reply {
	var body wireAssociate
	if err := json.Unmarshal(c.body, &body); err != nil || len(body.Config) == 0 {
		return failure(http.StatusBadRequest, errBadBody)
	}
	for _, row := range body.Config {
		if refusal := st.refuseRow(c, row); refusal != nil {
			return failure(http.StatusBadRequest, *refusal)
		}
	}
	if st.associationQuotaPassed(c.zone, body.Config) {
		return failure(http.StatusBadRequest, errAssociationQuota)
	}
	changed := map[string]bool{} // hostnames that had an association before
	for _, row := range body.Config {
		changed[strings.ToLower(row.Hostname)] = st.put(c.zone, row, c.now)
	}
	if st.behaviour.PutAnswersAll {
		return success(st.allRows(c, body.Config, changed))
	}
	rows := []wireAssociation{}
	for _, row := range body.Config {
		rows = append(rows, st.answerRow(c, row, changed))
	}
	return success(rows)
}

// refuseRow returns the error for a row that the API refuses, or nil (section 3). The order of the checks is
// invented.
func (st *store) refuseRow(c call, row wireAssociateRow) *apiError {
	name := strings.ToLower(row.Hostname)
	if name == "" || len(name) > 255 || strings.ContainsAny(name, " /\t\r\n") {
		return &errBadHostname
	}
	if row.CertID == "" {
		return &errCertIDRequired // also for a void
	}
	for _, pattern := range st.behaviour.RefuseHostnames {
		if ok, _ := path.Match(strings.ToLower(pattern), name); ok {
			return &errHostnameRefused
		}
	}
	cert := st.zone(c.zone).certificates[HostnameCertificate][row.CertID]
	if cert == nil {
		return &errCertIDInvalid // unknown, or the id of a zone certificate
	}
	switch cert.effective() {
	case statusDeleted:
		return &errCertIDInvalid // also for a void
	case statusPendingDeletion, statusDeletionTimedOut:
		// Invented: no hostname can be associated with a certificate that is being deleted, but hostnames can be voided.
		if row.Enabled != nil {
			return &errCertIDInvalid
		}
	}
	return nil
}

// associationQuotaPassed reports whether the rows would give a certificate more than 100 associations (section 3).
func (st *store) associationQuotaPassed(zone string, rows []wireAssociateRow) bool {
	quota := st.behaviour.AssociationQuota
	if quota <= 0 {
		return false
	}
	after := map[string]string{}
	for key, a := range st.zone(zone).associations {
		if a.progress.status != statusVoided {
			after[key] = a.wanted.certID
		}
	}
	grown := map[string]bool{}
	for _, row := range rows {
		key := strings.ToLower(row.Hostname)
		if row.Enabled != nil && after[key] != row.CertID {
			after[key], grown[row.CertID] = row.CertID, true
		}
	}
	counts := map[string]int{}
	for _, id := range after {
		counts[id]++
	}
	for id := range grown {
		if counts[id] > quota {
			return true
		}
	}
	return false
}

// put writes or voids one row (section 3: a row is identified by its hostname, and other hostnames stay as they are).
// It reports whether the hostname had an association before.
func (st *store) put(zone string, row wireAssociateRow, now time.Time) (changed bool) {
	z, key := st.zone(zone), strings.ToLower(row.Hostname)
	a := z.associations[key]
	changed = a != nil && a.progress.status != statusVoided
	if row.Enabled == nil {
		st.void(a, now)
		return changed
	}
	var former *assocView
	if a != nil {
		if v, ok := st.view(a); ok {
			former = &v
		}
	}
	if !changed {
		a = &association{createdAt: now}
		z.associations[key] = a
	}
	a.former, a.writtenOn = former, now
	a.hostname, a.updatedAt = row.Hostname, now
	a.wanted = target{certID: row.CertID, enabled: *row.Enabled}
	a.progress = at(statusPendingDeployment, now)
	return changed
}

// void begins to remove an association. It does nothing if there is none, or if a void is already under way
// (invented).
func (st *store) void(a *association, now time.Time) {
	if a == nil || a.progress.status == statusVoided || a.progress.status == statusPendingDeletion {
		return
	}
	v, _ := st.view(a)
	a.before, a.former, a.writtenOn = a.progress.status, &v, now
	a.progress, a.updatedAt = at(statusPendingDeletion, now), now
}

// answerRow returns a row in the answer to a PUT. A void is answered with enabled:null and pending_deletion
// (invented: no answer to a void has been recorded).
func (st *store) answerRow(c call, row wireAssociateRow, changed map[string]bool) wireAssociation {
	a := st.zone(c.zone).associations[strings.ToLower(row.Hostname)]
	if a == nil {
		a = &association{hostname: row.Hostname, createdAt: c.now, updatedAt: c.now}
	}
	created := st.createdAt(a, changed[strings.ToLower(row.Hostname)])
	if row.Enabled == nil {
		echoed := *a
		echoed.hostname = row.Hostname
		return st.wireAssociation(c, &echoed, assocView{certID: row.CertID, status: statusPendingDeletion}, created)
	}
	v, _ := st.view(a)
	return st.wireAssociation(c, a, v, created)
}

// allRows returns the other recorded form of the answer to a PUT, which contains all associations of the zone
// (section 3, PR #6711).
func (st *store) allRows(c call, sent []wireAssociateRow, changed map[string]bool) []wireAssociation {
	rows := []wireAssociation{}
	for _, a := range st.zone(c.zone).hostnames() {
		index := slices.IndexFunc(sent, func(row wireAssociateRow) bool {
			return strings.EqualFold(row.Hostname, a.hostname)
		})
		if index >= 0 {
			rows = append(rows, st.answerRow(c, sent[index], changed))
		} else if v, ok := st.read(a, c.now); ok {
			rows = append(rows, st.wireAssociation(c, a, v, st.createdAt(a, false)))
		}
	}
	return rows
}

func (st *store) hostnameEcho(a *association) string {
	if st.behaviour.EchoHostnameAsSent {
		return a.hostname
	}
	return a.key()
}

// createdAt returns Go's zero time in the answer to a PUT that changes an association (section 4, observed). It is
// inferred that this also applies to a void, and to a PUT that repeats the present values.
func (st *store) createdAt(a *association, changed bool) string {
	if st.behaviour.CreatedAtZero || changed && !st.behaviour.CreatedAtAlways {
		return stamp(time.Time{})
	}
	return stamp(a.createdAt)
}

// wireAssociation adds the certificate's fields to an association. cert_status is the certificate's status (section
// 2).
func (st *store) wireAssociation(c call, a *association, v assocView, createdAt string) wireAssociation {
	w := wireAssociation{
		Hostname:    st.hostnameEcho(a),
		CertID:      v.certID,
		Enabled:     v.enabled,
		Status:      v.status,
		CreatedAt:   createdAt,
		UpdatedAt:   stamp(a.updatedAt),
		FutureField: future(&st.behaviour),
	}
	cert := st.zone(c.zone).certificates[HostnameCertificate][v.certID]
	if cert == nil {
		w.CertStatus = statusDeleted // invented: it is not known what the API shows if the certificate does not exist any more
		return w
	}
	wc := st.wire(cert, c.now)
	w.CertStatus, w.Issuer, w.Signature, w.SerialNumber = wc.Status, wc.Issuer, wc.Signature, wc.SerialNumber
	w.Certificate, w.CertUploadedOn, w.CertUpdatedAt, w.ExpiresOn = wc.Certificate, wc.UploadedOn, st.updatedAt(cert), wc.ExpiresOn
	return w
}
