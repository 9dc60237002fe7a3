package serve

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The collector's default lets garbage grow until it is as large as what is alive. In a plan of a thousand single
// resources 6 MB are alive and each call makes garbage, so it would run a hundred times for nothing; in a plan of
// thousands of hostnames in bulk 70 MB are alive, and the process would grow to twice that.
const (
	cheapGarbage = 16 << 20 // bytes that may always be garbage
	leastPercent = 50       // of what is alive, which may be garbage when that is more
	mostPercent  = 300
)

// collectBySize sets the garbage collector by what is alive, now and after each collection.
func collectBySize() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	debug.SetGCPercent(percentFor(sample[0].Value.Uint64()))
	// A collection frees the object, and its cleanup comes back here.
	runtime.AddCleanup(&struct{ _ *int }{}, func(struct{}) { collectBySize() }, struct{}{})
}

// percentFor is how large garbage may become, in percent of the bytes that are alive.
func percentFor(alive uint64) int {
	return int(max(leastPercent, min(mostPercent, 100*cheapGarbage/max(alive, 1))))
}
