// Package v0 has only a test, which takes the simulator through the twelve methods that cloudflare-go v0.119.0 has for
// authenticated origin pulls. Many programs still use that version; it was written by hand, before Cloudflare generated
// its SDKs from the schema. It is a module of its own, so that nothing else depends on it.
package v0
