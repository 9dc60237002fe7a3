package faults

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// usualSeed decides which cells `make test` tries. It is fixed, so that every change is tested with the same cells. If
// each run drew other cells, it could fail for a change that has nothing to do with the failure. `make soak`, which runs
// every night, draws its own seed and tries all cells. Another number selects other cells; change it when the cells change.
// seed of its own and tries all cells. Another number here is another share of them; change it when the cells change.
const usualSeed = 20261125

// seed decides everything that is random, except the timing of goroutines. Set ORIGINTLS_SEED to repeat a run.
var seed = sync.OnceValue(func() uint64 {
	if text := os.Getenv("ORIGINTLS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			panic("ORIGINTLS_SEED: " + err.Error())
		}
		return n
	}
	if soak() == 0 {
		return usualSeed
	}
	return rand.Uint64N(1_000_000_000) + 1
})

// printSeed prints how to repeat a test. go test shows it if the test fails, or with -v.
func printSeed(t *testing.T) {
	t.Helper()
	command := fmt.Sprintf("make test RUN='-run ^%s$ ./internal/test/faults'", t.Name())
	if soak() > 0 {
		command = fmt.Sprintf("make soak DURATION=%s TESTS='^%s$'", soak(), t.Name())
	}
	t.Logf("to repeat: ORIGINTLS_SEED=%d %s", seed(), command)
}

// chance returns a source of random numbers that depends only on the seed and on name.
func chance(name string) *rand.Rand {
	var h uint64 = 14695981039346656037
	for _, c := range name {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed(), h))
}

// soak is how long `make soak` runs the random sequences. It is 0 in `make test`, which tries only a share of everything.
var soak = sync.OnceValue(func() time.Duration {
	text := os.Getenv("ORIGINTLS_SOAK")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		panic(fmt.Sprintf("ORIGINTLS_SOAK=%q is no duration such as 10m", text))
	}
	return d
})

// share draws n elements of all by the seed, or returns all of them in a soak.
func share[T any](name string, all []T, n int) []T {
	if soak() > 0 || n >= len(all) {
		return all
	}
	picked := make([]T, 0, n)
	for _, i := range chance(name).Perm(len(all))[:n] {
		picked = append(picked, all[i])
	}
	return picked
}

// concurrently runs a subtest for each case, many at a time. They mostly wait, so -parallel, whose default is the number
// of cores, would allow too few.
func concurrently[T fmt.Stringer](t *testing.T, atOnce int, cases []T, f func(*testing.T, T)) {
	t.Helper()
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for _, c := range cases {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			t.Run(c.String(), func(t *testing.T) { f(t, c) })
		})
	}
	wg.Wait()
}

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // the tests mostly wait, so the default of one per core is too few
		if err := flag.Set("test.parallel", "6"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
