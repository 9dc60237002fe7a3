package simulator

import "time"

// State is a copy of everything that the API stores, without private keys.
type State struct {
	Zones map[string]ZoneState `json:"zones"`
}

// ZoneState is the state of one zone. Certificates are in the order of upload and include deleted ones. Associations
// are sorted by hostname and do not include voided ones.
type ZoneState struct {
	ZoneCertificates     []CertificateState `json:"zone_certificates"`
	HostnameCertificates []CertificateState `json:"hostname_certificates"`
	Associations         []AssociationState `json:"associations"`
	Enabled              bool               `json:"enabled"`
}

// CertificateState is the state of a certificate. A time is zero if the event has not happened.
type CertificateState struct {
	ID          string    `json:"id"`
	Status      string    `json:"status"`
	Fingerprint string    `json:"fingerprint"` // SHA-256 of the leaf's DER, hexadecimal
	Subject     string    `json:"subject"`
	UploadedOn  time.Time `json:"uploaded_on"`
	DeployedOn  time.Time `json:"deployed_on"`
	DeletedOn   time.Time `json:"deleted_on"`
}

// AssociationState is an association as GET shows it.
type AssociationState struct {
	Hostname      string `json:"hostname"`
	CertificateID string `json:"certificate_id"`
	Enabled       *bool  `json:"enabled"`
	Status        string `json:"status"`
}

// Dump returns a copy of the state.
func (s *Server) Dump() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.advance(s.now())
	out := State{Zones: map[string]ZoneState{}}
	for id, z := range s.store.zones {
		out.Zones[id] = ZoneState{
			ZoneCertificates:     certificateStates(z.sorted(ZoneCertificate)),
			HostnameCertificates: certificateStates(z.sorted(HostnameCertificate)),
			Associations:         s.store.associationStates(z),
			Enabled:              z.enabled,
		}
	}
	return out
}

func certificateStates(all []*certificate) []CertificateState {
	out := make([]CertificateState, 0, len(all))
	for _, c := range all {
		out = append(out, CertificateState{
			ID: c.id, Status: c.effective(), Fingerprint: c.fingerprint, Subject: c.leaf.Subject.String(),
			UploadedOn: c.uploadedOn, DeployedOn: c.deployedOn, DeletedOn: c.deletedOn,
		})
	}
	return out
}

func (st *store) associationStates(z *zone) []AssociationState {
	out := []AssociationState{}
	for _, a := range z.hostnames() {
		if a.progress.status == statusVoided {
			continue
		}
		v, _ := st.view(a)
		out = append(out, AssociationState{Hostname: a.key(), CertificateID: v.certID, Enabled: v.enabled, Status: v.status})
	}
	return out
}
