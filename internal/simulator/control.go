package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// controlRoutes returns the control API under /_sim/. It offers everything that the Go API does, over HTTP and
// without credentials. It is not part of the simulated API: its requests are not logged, not limited, and not
// affected by faults.
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]controlHandler{
		"GET /_sim/health":                             s.controlHealth,
		"POST /_sim/reset":                             s.controlReset,
		"GET /_sim/behaviour":                          s.controlBehaviour,
		"PATCH /_sim/behaviour":                        s.controlBehave,
		"POST /_sim/faults":                            s.controlAddFault,
		"DELETE /_sim/faults":                          s.controlClearFaults,
		"GET /_sim/requests":                           s.controlRequests,
		"DELETE /_sim/requests":                        s.controlClearRequests,
		"GET /_sim/state":                              s.controlState,
		"POST /_sim/certificates":                      s.controlAddCertificate,
		"PATCH /_sim/certificates/{kind}/{zone}/{id}":  s.controlPatchCertificate,
		"DELETE /_sim/certificates/{kind}/{zone}/{id}": s.controlRemoveCertificate,
		"POST /_sim/associations":                      s.controlAddAssociation,
		"PUT /_sim/associations/{zone}/{hostname}":     s.controlSetAssociation,
		"PUT /_sim/settings":                           s.controlSetSetting,
		"GET /_sim/edge/{zone}/{hostname}":             s.controlPresents,
		"POST /_sim/edge/{zone}/{hostname}":            s.controlPull,
	} {
		mux.Handle(pattern, handle)
	}
	mux.HandleFunc("GET /_sim/{$}", s.servePage)
	return mux
}

// controlHandler handles a request to the control API. Its result is answered as JSON, or with status 204 if it is
// nil. An error is answered with status 400.
type controlHandler func(r *http.Request) (any, error)

func (h controlHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	result, err := h(r)
	status := http.StatusOK
	switch {
	case err != nil:
		status, result = http.StatusBadRequest, map[string]string{"error": err.Error()}
	case result == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	body, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}

// strict decodes the body of a control request. An unknown field is an error, because a misspelled option must not be
// ignored.
func strict(r *http.Request, into any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return strictJSON(data, into)
}

func strictJSON(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

func (s *Server) controlHealth(*http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func (s *Server) controlReset(*http.Request) (any, error) {
	s.Reset()
	return nil, nil //nolint:nilnil // 204
}

func (s *Server) controlBehaviour(*http.Request) (any, error) { return s.behaviour(), nil }

func (s *Server) controlBehave(r *http.Request) (any, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if err := s.behave(func(b *Behaviour) error { return strictJSON(data, b) }); err != nil {
		return nil, err
	}
	return s.behaviour(), nil
}

func (s *Server) controlAddFault(r *http.Request) (any, error) {
	var f Fault
	if err := strict(r, &f); err != nil {
		return nil, err
	}
	return nil, s.addFault(f)
}

func (s *Server) controlClearFaults(*http.Request) (any, error) {
	s.ClearFaults()
	return nil, nil //nolint:nilnil // 204
}

func (s *Server) controlRequests(*http.Request) (any, error) { return s.Requests(), nil }

func (s *Server) controlClearRequests(*http.Request) (any, error) {
	s.ClearRequests()
	return nil, nil //nolint:nilnil // 204
}

func (s *Server) controlState(*http.Request) (any, error) { return s.Dump(), nil }
