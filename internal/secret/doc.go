// Package secret has Go's runtime overwrite the memory in which a private key was created and used. The standard
// library leaves copies of a key behind when it generates, uses or encodes the key. Nothing refers to these copies,
// so only the runtime can overwrite them. It does so on Linux (amd64 and arm64), in builds with
// GOEXPERIMENT=runtimesecret, such as the releases and `make build`. In all other builds, this package changes
// nothing, and the copies stay until Go uses the memory again.
package secret
