package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Codes of the API that this package branches on (api-behaviour.md sections 1b and 1c). They mean
// other things on other Cloudflare products, so they are read together with the endpoint.
const (
	codeInvalidZone       = 1001  // no such zone, or none that the credentials can see
	codeCertificateExists = 1406  // POST: the same certificate is in the collection already
	codePendingDeletion   = 1414  // DELETE: already being deleted
	codeBadCertificateID  = 1415  // PUT hostnames: unknown, deleted or zone-level id; DELETE: unknown id
	codeInUse             = 1433  // DELETE: an association still uses the certificate
	codePendingDeployment = 1434  // DELETE: the first deployment has not ended
	codeNoRoute           = 7000  // the gateway knows no such path
	codeBadObjectID       = 7003  // the gateway could not make out the zone in the path
	codeBadHeaders        = 6003  // malformed credentials
	codeAuthentication    = 10000 // the token lacks the permission or the zone
)

// Item is one entry of an answer's errors or messages.
type Item struct {
	Code       Code   `json:"code"`
	Message    string `json:"message"`
	ErrorChain []Item `json:"error_chain,omitempty"`
}

// UnmarshalJSON takes an object. Anything else becomes the message: an error must stay readable whatever a
// gateway on the way makes of it, and an odd message must not fail a success.
func (i *Item) UnmarshalJSON(raw []byte) error {
	type plain Item // without this method
	if json.Unmarshal(raw, (*plain)(i)) != nil && json.Unmarshal(raw, &i.Message) != nil {
		i.Message = string(raw)
	}
	return nil
}

func (i Item) String() string {
	text := fmt.Sprintf("%d %s", i.Code, i.Message)
	if len(i.ErrorChain) > 0 {
		text += " (" + joinItems(i.ErrorChain) + ")"
	}
	return text
}

func joinItems(items []Item) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = item.String()
	}
	return strings.Join(texts, "; ")
}

// Error is a refusal by the API, or an answer that is not the API's.
type Error struct {
	Method, Path string
	Status       int           // HTTP status
	Items        []Item        // empty where the answer had no envelope
	Enveloped    bool          // whether the body was the API's JSON
	ContentType  string        // of a body that was not
	RayID        string        // Cloudflare's id of the request, for support
	RetryAfter   time.Duration // what a 429 asked for; 0 if nothing
	AfterFailure bool          // an earlier attempt of the same call failed, so that it may have been carried out
}

func (e *Error) Error() string {
	said := "without an error message"
	switch {
	case len(e.Items) > 0:
		said = joinItems(e.Items)
	case !e.Enveloped:
		said = fmt.Sprintf("an answer that is not the API's JSON (%s)", orDefault(e.ContentType, "no content type"))
	}
	text := fmt.Sprintf("HTTP %d: %s", e.Status, said)
	if e.RayID != "" {
		text += fmt.Sprintf(" (Ray ID %s)", e.RayID)
	}
	return text
}

func (e *Error) has(codes ...Code) bool {
	return slices.ContainsFunc(e.Items, func(i Item) bool { return slices.Contains(codes, i.Code) })
}

// LostAnswerError says that a request may have been carried out although no usable answer came.
type LostAnswerError struct {
	Method, Path string
	Cause        error
}

func (e *LostAnswerError) Error() string {
	return fmt.Sprintf("the answer to %s was lost, so Cloudflare may or may not have carried it out: %v", e.Method, e.Cause)
}

func (e *LostAnswerError) Unwrap() error { return e.Cause }

func asError(err error) (*Error, bool) { return errors.AsType[*Error](err) }

func match(err error, f func(*Error) bool) bool {
	e, ok := asError(err)
	return ok && f(e)
}

// IsNotFound reports whether the API said that the object does not exist. A 404 of the gateway (bad
// route, malformed zone) or of something that is not the API says nothing about the object, and neither does one that
// is about the zone: other credentials may see it.
func IsNotFound(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusNotFound && e.Enveloped && !e.has(codeNoRoute, codeBadObjectID, codeInvalidZone)
	})
}

// IsAlreadyExists reports whether an upload was refused because the collection holds the same
// certificate (1406), live or still being deleted.
func IsAlreadyExists(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodPost && e.has(codeCertificateExists) })
}

// IsBadCertificateID reports whether a PUT of associations was refused for its certificate id (1415):
// unknown, deleted, or the id of a zone-level certificate.
func IsBadCertificateID(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodPut && e.has(codeBadCertificateID) })
}

// IsPermission reports whether the credentials were understood but not sufficient.
func IsPermission(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusForbidden || e.has(codeAuthentication)
	})
}

// IsCredentials reports whether the credentials themselves were refused.
func IsCredentials(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusUnauthorized || e.has(codeBadHeaders)
	})
}

// isDenied reports whether an answer is about the credentials: not understood, or not sufficient.
func isDenied(err error) bool { return IsPermission(err) || IsCredentials(err) }

// IsRateLimited reports whether the API's request limit was reached.
func IsRateLimited(err error) bool {
	return match(err, func(e *Error) bool { return e.Status == http.StatusTooManyRequests })
}

// IsBadZone reports whether the API or its gateway could not make out the zone: one that does not exist or
// that the credentials cannot see. It does not say which of the two.
func IsBadZone(err error) bool {
	return match(err, func(e *Error) bool { return e.has(codeNoRoute, codeBadObjectID, codeInvalidZone) })
}

// IsForeignAnswer reports whether what answered was not the API: a proxy, or a wrong base URL.
func IsForeignAnswer(err error) bool {
	return match(err, func(e *Error) bool { return !e.Enveloped })
}

// isDeleteConflict: the DELETE is refused for now and is retried until the deadline. Another use of the certificate, or
// its deployment, ends by itself or by another resource's destroy.
func isDeleteConflict(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusConflict || e.has(codeInUse, codePendingDeployment)
	})
}

// IsListNotServed reports whether the list of associations could not be had because the API does not serve
// it, or serves something else in its place.
func IsListNotServed(err error) bool {
	var shape *shapeError
	return errors.As(err, &shape) || isNotServed(err)
}

// isNotServed reports whether an answer says that there is no such endpoint, rather than that something
// is wrong with the credentials.
func isNotServed(err error) bool {
	return match(err, func(e *Error) bool {
		switch e.Status {
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest, http.StatusNotImplemented:
			return !IsPermission(e) && !IsCredentials(e)
		default:
			return false
		}
	})
}

// isPermanent reports whether asking again cannot help, so that a wait ends at once.
func isPermanent(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status >= 400 && e.Status < 500 &&
			e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout && e.Status != http.StatusConflict
	})
}

// IsInUse reports whether a certificate could not be deleted because an association uses it (1433).
func IsInUse(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodDelete && e.has(codeInUse) })
}
