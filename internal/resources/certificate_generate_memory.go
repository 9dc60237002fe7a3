package resources

import (
	"runtime"
	"runtime/debug"
)

// What overwriteFreeMemory allocates: so much of each size, up to the largest that the runtime keeps in classes.
const (
	largestClass = 32 << 10 // bytes
	ofEachSize   = 512 << 10
)

// overwriteFreeMemory removes from this process what nothing refers to any more, such as the forms in which a private key
// was encoded for its upload. Go cannot erase a string or the buffers of other packages; it reuses their memory some
// day. So this collects them, takes memory of every size, which the runtime clears before it hands it out, and gives
// back to the system what is free. It takes some ten milliseconds, once for each upload of a generated certificate.
func overwriteFreeMemory() {
	for range 2 { // what a sync.Pool holds survives the first collection
		runtime.GC()
	}
	for size := 8; size <= largestClass; size += max(8, size/8&^7) { // as close as the runtime's classes
		taken := make([][]byte, 0, ofEachSize/size)
		for range ofEachSize / size {
			taken = append(taken, make([]byte, size))
		}
		runtime.KeepAlive(taken)
	}
	debug.FreeOSMemory()
}
