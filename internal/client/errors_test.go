package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestWhatAnErrorMeans(t *testing.T) {
	predicates := []struct {
		name string
		is   func(error) bool
	}{
		{"NotFound", IsNotFound},
		{"AlreadyExists", IsAlreadyExists},
		{"BadCertificateID", IsBadCertificateID},
		{"Permission", IsPermission},
		{"Credentials", IsCredentials},
		{"RateLimited", IsRateLimited},
		{"BadZone", IsBadZone},
		{"ServerFailure", IsServerFailure},
		{"ForeignAnswer", IsForeignAnswer},
		{"DeleteConflict", isDeleteConflict},
		{"ListNotServed", IsListNotServed},
		{"Permanent", isPermanent},
		{"InUse", IsInUse},
	}
	for _, c := range []struct {
		method       string
		status, code int // the code is 0 for an answer that is not the API's
		want         string
	}{
		{"GET", 404, 1551, "NotFound ListNotServed Permanent"},
		{"GET", 404, 0, "ForeignAnswer ListNotServed Permanent"},
		{"GET", 404, 7000, "BadZone ListNotServed Permanent"},
		{"GET", 404, 7003, "BadZone ListNotServed Permanent"},
		{"GET", 404, 1001, "BadZone ListNotServed Permanent"},
		{"GET", 400, 1551, "ListNotServed Permanent"},
		{"GET", 405, 1, "ListNotServed Permanent"},
		{"GET", 501, 1, "ServerFailure ListNotServed"},
		{"GET", 410, 1, "Permanent"},
		{"GET", 400, 10000, "Permission Permanent"},
		{"GET", 403, 1, "Permission Permanent"},
		{"GET", 400, 6003, "Credentials Permanent"},
		{"GET", 401, 1, "Credentials Permanent"},
		{"GET", 429, 1, "RateLimited"},
		{"GET", 408, 1, ""},
		{"GET", 499, 1, "Permanent"},
		{"GET", 500, 1, "ServerFailure"},
		{"GET", 399, 1, ""},
		{"POST", 400, 1406, "AlreadyExists ListNotServed Permanent"},
		{"PUT", 400, 1406, "ListNotServed Permanent"},
		{"PUT", 400, 1415, "BadCertificateID ListNotServed Permanent"},
		{"DELETE", 400, 1415, "ListNotServed Permanent"},
		{"DELETE", 409, 1, "DeleteConflict"},
		{"DELETE", 400, 1433, "DeleteConflict ListNotServed Permanent InUse"},
		{"DELETE", 400, 1434, "DeleteConflict ListNotServed Permanent"},
		{"PUT", 400, 1433, "DeleteConflict ListNotServed Permanent"},
	} {
		e := &Error{Method: c.method, Status: c.status, Enveloped: c.code != 0}
		if c.code != 0 {
			e.Items = []Item{{Code: 1}, {Code: Code(c.code)}}
		}
		var got []string
		for _, p := range predicates {
			if p.is(fmt.Errorf("wrapped: %w", e)) {
				got = append(got, p.name)
			}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s, HTTP %d, code %d: %s, want %s", c.method, c.status, c.code, text, c.want)
		}
	}
	for _, p := range predicates {
		if p.is(errReset) || p.is(nil) {
			t.Errorf("%s is true for an error that is not an answer", p.name)
		}
	}
}

func TestTextsOfErrors(t *testing.T) {
	for want, err := range map[string]error{
		"HTTP 400: 1 one (2 two; 3 three (4 four))":                                          &Error{Status: 400, Enveloped: true, Items: []Item{{1, "one", []Item{{2, "two", nil}, {3, "three", []Item{{4, "four", nil}}}}}}},
		"HTTP 400: 1 one; 2 two (Ray ID x)":                                                  &Error{Status: 400, Enveloped: true, RayID: "x", Items: []Item{{1, "one", nil}, {2, "two", nil}}},
		"HTTP 400: without an error message":                                                 &Error{Status: 400, Enveloped: true},
		"HTTP 502: an answer that is not the API's JSON (no content type)":                   &Error{Status: 502},
		"the object will not become active: no status was seen":                              &WaitError{Want: "active"},
		"waiting for the object to become active failed: no status was seen: refused":        &WaitError{Want: "active", Cause: errRefused},
		"the wait for the object to become active was interrupted: its last status was gone": &WaitError{Want: "active", Last: "gone", Cause: errors.Join(errRefused, context.Canceled)},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if terminal := (&WaitError{}); !terminal.Terminal() || (&WaitError{Cause: errRefused}).Terminal() {
		t.Error("Terminal is not what a missing cause says")
	}
}
