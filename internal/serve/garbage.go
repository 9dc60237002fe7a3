package serve

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// By default, the garbage collector runs when there is as much garbage as live memory. In a plan of a thousand single
// resources, 6 MB are live and each call produces garbage, so it would run a hundred times for little gain. In a plan of
// thousands of hostnames in bulk, 70 MB are live, and the process would grow to twice that size.
const (
	cheapGarbage = 16 << 20 // bytes that may always be garbage
	leastPercent = 50       // limits of the garbage, in percent of the live memory
	mostPercent  = 300
)

// collectBySize adjusts the garbage collector to the amount of live memory, now and after each collection.
func collectBySize() {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	debug.SetGCPercent(percentFor(sample[0].Value.Uint64()))
	// The next collection frees this object, and its cleanup calls collectBySize again.
	runtime.AddCleanup(&struct{ _ *int }{}, func(struct{}) { collectBySize() }, struct{}{})
}

// percentFor returns how much garbage there may be, in percent of the live memory.
func percentFor(alive uint64) int {
	return int(max(leastPercent, min(mostPercent, 100*cheapGarbage/max(alive, 1))))
}
