//go:build goexperiment.runtimesecret

// Package secret makes Go overwrite the memory in which a private key was made, where Go can. That is a private key's
// trail through the standard library: its generation, signatures and encodings leave copies behind that nothing refers to
// and nothing overwrites. Go can on Linux (amd64 and arm64), in builds with GOEXPERIMENT=runtimesecret, such as the
// releases and `make build`. In others the package changes nothing, and such copies stay until Go uses the memory again.
package secret

import (
	"runtime"
	"runtime/secret"
)

// Do runs f. What f leaves on the stack and in registers is overwritten at its end, and what it has allocated is
// overwritten when the garbage collector frees it. f must not start goroutines.
func Do(f func()) { secret.Do(f) }

// Forget overwrites what f of Do has allocated and nothing refers to any longer.
func Forget() { runtime.GC() }
