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

// Request is an entry of the request log. It does not contain headers, because they contain the credentials.
type Request struct {
	N         int       `json:"n"`
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"`
	Body      string    `json:"body,omitempty"` // without private keys
	UserAgent string    `json:"user_agent,omitempty"`
	Status    int       `json:"status"` // 0 if there is no answer (yet)
	Fault     string    `json:"fault,omitempty"`
}

// maxLog limits the length of the log. If it is exceeded, the oldest entries are removed.
const maxLog = 100_000

const redacted = "[redacted]"

// arrive adds a request to the log. It returns the entry and the request's Ray ID.
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

// Requests returns a copy of the request log.
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

// redact removes private keys from a body. If the body is not JSON, it is only kept if it cannot contain the words
// "private key", not even with escapes.
func redact(body []byte) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return ""
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		if mayHoldKey(string(body)) {
			return "[redacted: the body is not JSON and may contain a key]"
		}
		return string(body)
	}
	return string(encode(scrub(value)))
}

// scrub replaces values named private_key, and any name or text that may contain a key, at any depth.
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

// escape matches the notations that JSON, URLs and HTML use in place of a character. A certificate in PEM contains
// none of them.
var escape = regexp.MustCompile(`\\[uUxX]|%[0-9A-Fa-f]{2}|&#?\w+;`)

// mayHoldKey reports whether a text contains the words "private key", with anything between the two, or an escape
// that could hide them.
func mayHoldKey(text string) bool {
	return strings.Contains(letters(text), "PRIVATEKEY") || escape.MatchString(text)
}

// letters returns only the letters of a text, in upper case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}
