// Package contract has only tests. They check every request and every answer of a long conversation against an extract of Cloudflare's
// own schema, schema.yaml, with a library that validates OpenAPI. The tests list the known deviations from it with their reasons. It
// is a separate module, so that nothing else depends on the library.
package contract
