package simulator

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
)

// controlPresented describes the certificate that the edge presents, without its key.
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

// controlPull lets the edge connect to an origin. If the origin refuses, that is a result and not a mistake in the
// request, so the answer is 200 with `error`.
func (s *Server) controlPull(r *http.Request) (any, error) {
	var body struct {
		Origin string `json:"origin"` // host:port
		Roots  string `json:"roots"`  // PEM of the CAs that may have signed the origin's certificate
	}
	if err := strict(r, &body); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(body.Roots)) {
		return nil, errors.New("roots contains no certificate")
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
