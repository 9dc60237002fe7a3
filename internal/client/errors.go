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

// The API's error codes that this package handles (api-behaviour.md sections 1b and 1c). Other Cloudflare products
// use the same codes with other meanings, so a code is only meaningful together with the endpoint.
const (
	codeInvalidZone       = 1001  // the zone does not exist, or the credentials cannot see it
	codeCertificateExists = 1406  // POST: the collection already contains this certificate
	codePendingDeletion   = 1414  // DELETE: the certificate is already being deleted
	codeBadCertificateID  = 1415  // PUT hostnames: unknown, deleted or zone-level id; DELETE: unknown id
	codeInUse             = 1433  // DELETE: an association still uses the certificate
	codePendingDeployment = 1434  // DELETE: the certificate's first deployment has not finished
	codeNoRoute           = 7000  // the gateway does not know the path
	codeBadObjectID       = 7003  // the gateway cannot identify the zone in the path
	codeBadHeaders        = 6003  // malformed credentials
	codeAuthentication    = 10000 // the token lacks the permission, or access to the zone
)

// Item is one entry of errors or messages in an answer.
type Item struct {
	Code       Code   `json:"code"`
	Message    string `json:"message"`
	ErrorChain []Item `json:"error_chain,omitempty"`
}

// UnmarshalJSON accepts an object. Anything else becomes the message. An error must stay readable even if a gateway
// changes it on the way, and an unexpected message must not make a success fail.
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

// Error is a refusal by the API, or an answer that does not come from the API.
type Error struct {
	Method, Path string
	Status       int           // HTTP status
	Items        []Item        // empty if the answer had no envelope
	Enveloped    bool          // whether the body was the API's JSON
	ContentType  string        // of the answer
	RayID        string        // Cloudflare's id of the request, for support
	RetryAfter   time.Duration // the pause that the answer asked for; 0 for none
	AfterFailure bool          // an earlier attempt of the same call failed, but may have been carried out
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

// LostAnswerError says that no usable answer arrived, so the request may have been carried out.
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

// IsNotFound reports whether the API said that the object does not exist. It is false for a 404 that says nothing
// about the object: from the gateway (unknown path, malformed zone), from another server than the API, or about the
// zone, which other credentials may be able to see.
func IsNotFound(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusNotFound && e.Enveloped && !e.has(codeNoRoute, codeBadObjectID, codeInvalidZone)
	})
}

// IsAlreadyExists reports whether an upload was refused because the collection already contains the same certificate
// (1406), which may be live or still being deleted.
func IsAlreadyExists(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodPost && e.has(codeCertificateExists) })
}

// IsBadCertificateID reports whether a PUT of associations was refused because of its certificate id (1415): the id
// is unknown, deleted, or that of a zone-level certificate.
func IsBadCertificateID(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodPut && e.has(codeBadCertificateID) })
}

// IsPermission reports whether the credentials are valid but lack a permission.
func IsPermission(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusForbidden || e.has(codeAuthentication)
	})
}

// IsCredentials reports whether the credentials themselves are invalid.
func IsCredentials(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusUnauthorized || e.has(codeBadHeaders)
	})
}

// isDenied reports whether the credentials are invalid or lack a permission.
func isDenied(err error) bool { return IsPermission(err) || IsCredentials(err) }

// IsRateLimited reports whether the API's request limit was reached.
func IsRateLimited(err error) bool {
	return match(err, func(e *Error) bool { return e.Status == http.StatusTooManyRequests })
}

// IsBadZone reports whether the API or its gateway could not identify the zone. The zone may not exist, or the
// credentials may not be able to see it; the API does not say which.
func IsBadZone(err error) bool {
	return match(err, func(e *Error) bool { return e.has(codeNoRoute, codeBadObjectID, codeInvalidZone) })
}

// IsServerFailure reports whether the last answer was a 5xx, from the API or from a gateway or proxy before it.
func IsServerFailure(err error) bool {
	return match(err, func(e *Error) bool { return e.Status >= http.StatusInternalServerError })
}

// IsForeignAnswer reports whether the answer did not come from the API, but for example from a proxy or from a wrong
// base URL.
func IsForeignAnswer(err error) bool {
	return match(err, func(e *Error) bool { return !e.Enveloped })
}

// isDeleteConflict reports whether a DELETE was refused for a reason that may pass, so that it is retried. An
// association may release the certificate when its own resource is destroyed, and a deployment finishes.
func isDeleteConflict(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status == http.StatusConflict || e.has(codeInUse, codePendingDeployment)
	})
}

// IsListNotServed reports whether the API does not serve the list of associations, or serves something else at its
// path.
func IsListNotServed(err error) bool {
	var shape *shapeError
	return errors.As(err, &shape) || isNotServed(err)
}

// isNotServed reports whether an answer says that the endpoint does not exist, and not that something is wrong with
// the credentials.
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

// isPermanent reports whether repeating the request cannot help, so that a wait must end immediately.
func isPermanent(err error) bool {
	return match(err, func(e *Error) bool {
		return e.Status >= 400 && e.Status < 500 &&
			e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout && e.Status != http.StatusConflict
	})
}

// IsInUse reports whether a certificate was not deleted because an association uses it (1433).
func IsInUse(err error) bool {
	return match(err, func(e *Error) bool { return e.Method == http.MethodDelete && e.has(codeInUse) })
}
