//go:build goexperiment.runtimesecret

package secret

import (
	"runtime"
	"runtime/secret"
)

// Do runs f. When f returns, Go overwrites what f has left on the stack and in registers. When the garbage collector
// frees what f has allocated, Go overwrites that as well. f must not start goroutines.
func Do(f func()) { secret.Do(f) }

// Forget overwrites the memory that functions of Do have allocated, if nothing refers to it any more.
func Forget() { runtime.GC() }
