// Package contract has only a test: every request and every answer of a long conversation is checked against an extract
// of Cloudflare's own schema, schema.yaml, by a library that validates OpenAPI. What deviates from it is listed in the
// test with the reason. It is a module of its own, so that nothing else depends on the library.
package contract
