// Package simulator is the Authenticated Origin Pulls part of Cloudflare's API
// (origin_tls_client_auth) as a stateful http.Handler, for tests and
// demonstrations. It keeps state, enforces the API's rules, changes statuses by
// a clock that a test can stop, makes requests fail on demand, and plays
// the edge that presents the certificates to an origin.
//
// Section numbers in comments are those of api-behaviour.md. Behaviour that is neither
// documented by Cloudflare nor observed is called invented, here and in the
// README's table; a client must not rely on it.
package simulator
