package serve

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// By default, the collector runs when there is as much garbage as live memory. In a plan of a thousand single
// resources, 6 MB are live and each call makes garbage, so it would run a hundred times for little gain. In a plan of
// thousands of hostnames in bulk, 70 MB are live, and the process would grow to twice that.
const (
	cheapGarbage = 16 << 20 // this many bytes may always be garbage
	leastPercent = 50       // this share of the live memory may be garbage, if that is more
	mostPercent  = 300
)

// collectBySize adjusts the garbage collector to the amount of live memory, now and after each collection.
func collectBySize() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	debug.SetGCPercent(percentFor(sample[0].Value.Uint64()))
	// A collection frees the object, and its cleanup comes back here.
	runtime.AddCleanup(&struct{ _ *int }{}, func(struct{}) { collectBySize() }, struct{}{})
}

// percentFor returns how much garbage there may be, in percent of the live bytes.
func percentFor(alive uint64) int {
	return int(max(leastPercent, min(mostPercent, 100*cheapGarbage/max(alive, 1))))
}
