// Package secret makes Go overwrite the memory in which a private key was made and used. The standard library's generation,
// signatures and encodings leave copies of a key behind, which nothing refers to and nobody else can overwrite. Go can do
// that on Linux (amd64 and arm64), in builds with GOEXPERIMENT=runtimesecret, such as the releases and `make build`. In
// all others the package changes nothing, and such copies stay until Go uses the memory again.
package secret
