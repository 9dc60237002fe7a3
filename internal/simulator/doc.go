// Package simulator implements the Authenticated Origin Pulls part of Cloudflare's API (origin_tls_client_auth) as a
// stateful http.Handler, for tests and demonstrations. It keeps state, enforces the API's rules, moves statuses with
// a clock that a test can control, makes requests fail on demand, and plays the edge that presents the certificates
// to an origin.
//
// Section numbers in comments refer to api-behaviour.md. Behaviour that is neither documented by Cloudflare nor
// observed is called invented, here and in the table of the README. A client must not rely on it.
package simulator
