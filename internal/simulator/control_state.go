package simulator

import "net/http"

// The bodies of control requests that change the state. Their fields have the names of the Go API; certificate_id is the
// API's cert_id.
type (
	controlCertificate struct {
		Kind        Kind   `json:"kind"`
		Zone        string `json:"zone"`
		ID          string `json:"id"` // "" for a new one
		Certificate string `json:"certificate"`
		PrivateKey  string `json:"private_key"`
	}
	controlAssociation struct {
		Zone          string `json:"zone"`
		Hostname      string `json:"hostname"`
		CertificateID string `json:"certificate_id"`
		Enabled       bool   `json:"enabled"`
	}
	controlTarget struct {
		CertificateID string `json:"certificate_id"`
		Enabled       *bool  `json:"enabled"` // null voids
	}
	controlStatus struct {
		Status string `json:"status"` // "" unpins
	}
	controlSetting struct {
		Zone    string `json:"zone"`
		Enabled bool   `json:"enabled"`
	}
)

func (s *Server) controlAddCertificate(r *http.Request) (any, error) {
	var body controlCertificate
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	id, err := s.addCertificate(body.Kind, body.Zone, body.ID, body.Certificate, body.PrivateKey)
	return map[string]string{"id": id}, err
}

func (s *Server) controlPatchCertificate(r *http.Request) (any, error) {
	var body controlStatus
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	return nil, s.setCertificateStatus(Kind(r.PathValue("kind")), r.PathValue("zone"), r.PathValue("id"), body.Status)
}

func (s *Server) controlRemoveCertificate(r *http.Request) (any, error) {
	return nil, s.removeCertificate(Kind(r.PathValue("kind")), r.PathValue("zone"), r.PathValue("id"))
}

func (s *Server) controlAddAssociation(r *http.Request) (any, error) {
	var body controlAssociation
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	return nil, s.setAssociation(body.Zone, body.Hostname, body.CertificateID, &body.Enabled)
}

func (s *Server) controlSetAssociation(r *http.Request) (any, error) {
	var body controlTarget
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	return nil, s.setAssociation(r.PathValue("zone"), r.PathValue("hostname"), body.CertificateID, body.Enabled)
}

func (s *Server) controlSetSetting(r *http.Request) (any, error) {
	var body controlSetting
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	return nil, s.setSetting(body.Zone, body.Enabled)
}
