package simulator

import (
	"net/http"
	"strings"
)

// authenticate checks the credentials as the gateway does: a bearer token, or X-Auth-Email with X-Auth-Key (section
// 6, documented). It returns nil if the request is allowed.
func (s *Server) authenticate(r *http.Request) *reply {
	credential, malformed := credentialOf(r)
	if malformed != nil {
		return malformed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	tokens := s.store.behaviour.Tokens
	if tokens == nil {
		return nil
	}
	permission, known := tokens[credential]
	var refusal reply
	switch {
	case !known && r.Header.Get("Authorization") == "":
		refusal = gatewayFailure(http.StatusForbidden, errUnknownKey) // inferred, section 1c
	case !known:
		refusal = gatewayFailure(http.StatusForbidden, errInvalidToken)
	case permission == PermissionNone, permission == PermissionRead && r.Method != http.MethodGet:
		refusal = gatewayFailure(http.StatusForbidden, errAuthentication)
		refusal.bare = true // the recorded body has neither messages nor result (section 1a)
	default:
		return nil
	}
	return &refusal
}

// credentialOf returns the token, or "email:key". If the headers are malformed, it returns the refusal (6003,
// observed).
func credentialOf(r *http.Request) (string, *reply) {
	authorization := r.Header.Get("Authorization")
	email, key := r.Header.Get("X-Auth-Email"), r.Header.Get("X-Auth-Key")
	var refusal reply
	switch {
	case authorization != "":
		scheme, token, _ := strings.Cut(authorization, " ")
		if strings.EqualFold(scheme, "Bearer") && wellFormed(token) {
			return token, nil
		}
		refusal = malformedHeader(6111, "Authorization")
	case email == "" && key == "":
		// Invented: there is no recorded answer to a request without any credentials.
		refusal = gatewayFailure(http.StatusBadRequest, errNoCredentials)
	case !wellFormed(key):
		refusal = malformedHeader(6103, "X-Auth-Key")
	case !wellFormed(email) || !strings.Contains(email, "@"):
		refusal = malformedHeader(6102, "X-Auth-Email")
	default:
		return email + ":" + key, nil
	}
	return "", &refusal
}

// wellFormed reports whether a header value may be a credential. Which characters the API allows is not recorded
// (invented).
func wellFormed(word string) bool {
	return word != "" && !strings.ContainsAny(word, " \t\"'<>{}")
}
