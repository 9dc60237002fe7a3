//go:build goexperiment.runtimesecret

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
