package simulator

import (
	"crypto/tls"
	"fmt"
	"regexp"
	"strings"
)

// These methods change the state without the API, so the API's rules do not apply. They panic if a test passes an invalid
// argument, such as a certificate that cannot be parsed or an unknown id. The control API answers with an error instead.

// AddCertificate adds an active certificate and returns its id. keyPEM may be empty, but the edge cannot present such
// a certificate.
func (s *Server) AddCertificate(k Kind, zone, certPEM, keyPEM string) string {
	id, err := s.addCertificate(k, zone, "", certPEM, keyPEM)
	must(err)
	return id
}

// AddCertificateAs adds an active certificate with an id that is known already, for example from a state.
func (s *Server) AddCertificateAs(k Kind, zone, id, certPEM, keyPEM string) {
	_, err := s.addCertificate(k, zone, id, certPEM, keyPEM)
	must(err)
}

// uuid is the form of an id (section 4).
var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func (s *Server) addCertificate(k Kind, zone, id, certPEM, keyPEM string) (string, error) {
	if err := checkPlace(k, zone); err != nil {
		return "", err
	}
	if id != "" && !uuid.MatchString(id) {
		return "", fmt.Errorf("id %q is not a UUID in lower case", id)
	}
	m, err := parseCertificates(certPEM)
	if err != nil {
		return "", fmt.Errorf("certificate: %w", err)
	}
	if keyPEM != "" {
		if m.pair, err = tls.X509KeyPair([]byte(certPEM), []byte(keyPEM)); err != nil {
			return "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.store.advance(now)
	z := s.store.zone(zone)
	if z.certificates[k][id] != nil {
		return "", fmt.Errorf("there is a %s certificate %q in zone %s already", k, id, zone)
	}
	cert := s.store.upload(z, k, m, nil, now)
	if id != "" {
		delete(z.certificates[k], cert.id)
		cert.id = id
		z.certificates[k][id] = cert
	}
	cert.progress = at(statusActive, now)
	cert.deploy(now, s.store.next())
	return cert.id, nil
}

// AddAssociation adds an active association.
func (s *Server) AddAssociation(zone, hostname, certID string, enabled bool) {
	s.SetAssociation(zone, hostname, certID, &enabled)
}

// SetAssociation changes an association immediately: its certificate, or whether it is enabled. nil voids it.
func (s *Server) SetAssociation(zone, hostname, certID string, enabled *bool) {
	must(s.setAssociation(zone, hostname, certID, enabled))
}

func (s *Server) setAssociation(zone, hostname, certID string, enabled *bool) error {
	if err := checkPlace(HostnameCertificate, zone); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.store.advance(now)
	z, key := s.store.zone(zone), strings.ToLower(hostname)
	a := z.associations[key]
	if a == nil {
		a = &association{createdAt: now}
		z.associations[key] = a
	}
	a.hostname, a.updatedAt = hostname, now
	if certID != "" {
		a.wanted.certID = certID
	}
	if enabled == nil {
		a.progress, a.deployed = at(statusVoided, now), nil
		return nil
	}
	a.wanted.enabled = *enabled
	wanted := a.wanted
	a.progress, a.deployed = at(statusActive, now), &wanted
	return nil
}

// SetSetting switches zone-level authenticated origin pulls.
func (s *Server) SetSetting(zone string, enabled bool) {
	must(s.setSetting(zone, enabled))
}

func (s *Server) setSetting(zone string, enabled bool) error {
	if err := checkPlace(ZoneCertificate, zone); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.zone(zone).enabled = enabled
	return nil
}

// SetCertificateStatus sets a fixed status for a certificate. The status stays until it is set again, until it is
// released with "", or until a DELETE or POST of the API changes the certificate. It may be an undocumented status.
func (s *Server) SetCertificateStatus(k Kind, zone, id, status string) {
	must(s.setCertificateStatus(k, zone, id, status))
}

func (s *Server) setCertificateStatus(k Kind, zone, id, status string) error {
	return s.withCertificate(k, zone, id, func(_ *zoneCertificates, c *certificate) {
		c.pinned, c.pinnedOn = status, s.now()
	})
}

// RemoveCertificate removes a certificate without a tombstone. Associations that use it stay.
func (s *Server) RemoveCertificate(k Kind, zone, id string) {
	must(s.removeCertificate(k, zone, id))
}

func (s *Server) removeCertificate(k Kind, zone, id string) error {
	return s.withCertificate(k, zone, id, func(all *zoneCertificates, c *certificate) {
		delete(*all, c.id)
	})
}

// zoneCertificates is one collection of a zone.
type zoneCertificates = map[string]*certificate

func (s *Server) withCertificate(k Kind, zone, id string, change func(*zoneCertificates, *certificate)) error {
	if err := checkPlace(k, zone); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.advance(s.now())
	all := s.store.zone(zone).certificates[k]
	c := all[id]
	if c == nil {
		return fmt.Errorf("no %s certificate %q in zone %s", k, id, zone)
	}
	change(&all, c)
	return nil
}

func checkPlace(k Kind, zone string) error {
	if !k.valid() {
		return fmt.Errorf("kind %q is neither zone nor hostname", k)
	}
	if !zoneID.MatchString(zone) {
		return fmt.Errorf("zone id %q is not 32 lower-case hexadecimal digits", zone)
	}
	return nil
}

func must(err error) {
	if err != nil {
		panic("simulator: " + err.Error())
	}
}
