// Package interop has only tests. They run every operation that Cloudflare's
// own Go SDK has for origin_tls_client_auth against the simulator, and check
// what the SDK reads in the answers. The SDK is generated from Cloudflare's
// schema, so it does not share this repository's assumptions.
//
// It is a separate module, so that the provider does not depend on the SDK.
//
// The tests do not import the SDK's root package. It has the services of all
// of Cloudflare's products and takes minutes to compile, this one seconds. The
// root package's client is only these services with options from the
// environment, and its Error is the type that the tests use. For F and Null,
// see params.
package interop
