package serve

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGarbageMayBeLargeWhereLittleIsAlive(t *testing.T) {
	for alive, want := range map[uint64]int{0: 300, 1 << 20: 300, 8 << 20: 200, 16 << 20: 100, 32 << 20: 50, 1 << 30: 50} {
		if got := percentFor(alive); got != want {
			t.Errorf("with a live heap of %d bytes: %d %%, want %d %%", alive, got, want)
		}
	}
}

func TestTheCollectorFollowsWhatIsAlive(t *testing.T) {
	t.Cleanup(func() { debug.SetGCPercent(100) })
	collectBySize()
	percent := func() int {
		now := debug.SetGCPercent(100)
		debug.SetGCPercent(now)
		return now
	}
	if got := percent(); got <= 100 {
		t.Errorf("the live heap is small, and the GC percentage is %d %%", got)
	}
	alive := make([]byte, 100<<20)
	for range 2 { // twice, because each cleanup has to register the next one
		debug.SetGCPercent(100)
		// Cleanups run in the background after a collection.
		for deadline := time.Now().Add(10 * time.Second); percent() != leastPercent; time.Sleep(time.Millisecond) {
			runtime.GC()
			if time.Now().After(deadline) {
				t.Fatalf("the live heap has 100 MB, and the GC percentage is %d %%", percent())
			}
		}
	}
	runtime.KeepAlive(alive)
}
