package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
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

// redact takes private keys out of a body. Of a body that cannot be understood, only plain text is kept that has no
// word of a key: any escape could hide the words.
func redact(body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return ""
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		if mayHoldKey(string(body)) {
			return "[redacted: a body that is no JSON and may hold a key]"
		}
		return string(body)
	}
	return string(encode(scrub(value)))
}

// scrub replaces values named private_key, and any name or text that may hold a key, wherever they are.
func scrub(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			switch {
			case letters(name) == "PRIVATEKEY":
				v[name] = redacted
			case mayHoldKey(name):
				delete(v, name)
				v[redacted] = redacted
			default:
				v[name] = scrub(inner)
			}
		}
	case []any:
		for i, inner := range v {
			v[i] = scrub(inner)
		}
	case string:
		if mayHoldKey(v) {
			return redacted
		}
	}
	return value
}

// escape is what JSON, URLs and HTML write in the place of a character. Certificates in PEM have none of these.
var escape = regexp.MustCompile(`\\[uUxX]|%[0-9A-Fa-f]{2}|&#?\w+;`)

// mayHoldKey reports whether a text has the words "private key", whatever stands between them, or an escape that could
// hide them.
func mayHoldKey(text string) bool {
	return strings.Contains(letters(text), "PRIVATEKEY") || escape.MatchString(text)
}

// letters returns the letters of a text, as capitals.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}
