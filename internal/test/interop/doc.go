// Package interop has only tests. They take the simulator through every
// operation that Cloudflare's own Go SDK has for origin_tls_client_auth, and
// check what the SDK reads in the answers: the SDK is made from Cloudflare's
// schema, so it knows nothing of what this repository believes.
//
// It is a module of its own, so that the provider does not depend on the SDK.
//
// The SDK's root package stays out: with the services of all of Cloudflare's
// products it takes minutes to compile, against seconds for this one. Its
// client is no more than these services with options from the environment, and
// its Error is the very type used here; for F and Null see params.
package interop
