package simulator

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
)

// controlPresented describes the certificate that the edge presents, without the key.
type controlPresented struct {
	Source      string `json:"source"`
	Presented   bool   `json:"presented"`
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the leaf's DER, hexadecimal
	Subject     string `json:"subject,omitempty"`
}

func (s *Server) controlPresents(r *http.Request) (any, error) {
	pair, source, ok := s.Presents(r.PathValue("zone"), r.PathValue("hostname"))
	out := controlPresented{Source: source, Presented: ok}
	if ok {
		sum := sha256.Sum256(pair.Leaf.Raw)
		out.Fingerprint, out.Subject = hex.EncodeToString(sum[:]), pair.Leaf.Subject.String()
	}
	return out, nil
}

// controlPull asks the edge to fetch from an origin. An origin that refuses is
// an outcome and not a mistake, so it is in `error` of a 200.
func (s *Server) controlPull(r *http.Request) (any, error) {
	var body struct {
		Origin string `json:"origin"` // host:port
		Roots  string `json:"roots"`  // PEM of the CAs that the origin's certificate is checked against
	}
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(body.Roots)) {
		return nil, errors.New("roots holds no certificate")
	}
	response, err := s.Pull(r.Context(), r.PathValue("zone"), r.PathValue("hostname"), body.Origin, roots)
	if err != nil {
		return map[string]string{"error": err.Error()}, nil
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return map[string]string{"error": err.Error()}, nil
	}
	return map[string]any{"status": response.StatusCode, "body": string(text)}, nil
}
