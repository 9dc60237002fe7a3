//go:build !goexperiment.runtimesecret

package secret

// Do runs f.
func Do(f func()) { f() }

// Forget does nothing.
func Forget() {}
