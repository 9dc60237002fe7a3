// Package v0 has only a test. It runs the twelve methods that cloudflare-go v0.119.0 has for Authenticated Origin Pulls against the
// simulator. Many programs still use that version, which was written by hand before Cloudflare generated its SDKs from the schema. It
// is a separate module, so that nothing else depends on that version.
package v0
