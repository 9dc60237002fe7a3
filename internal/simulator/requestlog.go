package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Request is a line of the request log. Headers are not kept: they hold the
// credentials.
type Request struct {
	N         int       `json:"n"`
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	Body      string    `json:"body,omitempty"` // private_key redacted
	UserAgent string    `json:"user_agent,omitempty"`
	Status    int       `json:"status"` // 0: no answer, or not yet
	Fault     string    `json:"fault,omitempty"`
}

// maxLog bounds the log of a long-running simulator; the oldest lines go.
const maxLog = 100_000

const redacted = "[redacted]"

// arrive logs a request and gives it its ray.
func (s *Server) arrive(r *http.Request, body []byte) (*Request, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	request := &Request{
		N: s.arrived, Time: s.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		Body: redact(body), UserAgent: r.UserAgent(),
	}
	if len(s.log) >= maxLog {
		s.log = append([]*Request(nil), s.log[maxLog/10:]...)
	}
	s.log = append(s.log, request)
	return request, rayOf(s.arrived)
}

// Requests is a copy of the request log.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, 0, len(s.log))
	for _, request := range s.log {
		out = append(out, *request)
	}
	return out
}

// ClearRequests empties the request log.
func (s *Server) ClearRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// redact takes private keys out of a body. A body that cannot be understood
// and may hold a key is not logged at all.
func redact(body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return ""
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		// An escape could hide the words, so it counts as well.
		if keyish(string(body)) || bytes.Contains(body, []byte(`\u`)) {
			return "[redacted: a body that is no JSON and may hold a key]"
		}
		return string(body)
	}
	return string(encode(scrub(value)))
}

// scrub replaces values named private_key, and any text with a key in it,
// wherever they are.
func scrub(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if strings.EqualFold(name, "private_key") {
				v[name] = redacted
			} else {
				v[name] = scrub(inner)
			}
		}
	case []any:
		for i, inner := range v {
			v[i] = scrub(inner)
		}
	case string:
		if keyish(v) {
			return redacted
		}
	}
	return value
}

func keyish(text string) bool {
	upper := strings.ToUpper(text)
	return strings.Contains(upper, "PRIVATE_KEY") || strings.Contains(upper, "PRIVATE KEY")
}
