// Command mutate checks whether the tests can fail. It makes one change to the code, runs the tests, and reports the changes that no test
// has noticed. CONTRIBUTING.md explains how to read the report.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

type options struct {
	dirs     string
	tests    string
	flags    string
	list     string
	only     string
	duration time.Duration
	budget   time.Duration
	timeout  time.Duration
	seed     uint64
	most     int
}

func main() {
	var o options
	flag.StringVar(&o.dirs, "dirs", "internal/client", "directories to change, separated by commas")
	flag.StringVar(&o.tests, "tests", "", "packages whose tests have to notice, separated by commas; empty for those of -dirs")
	flag.StringVar(&o.flags, "flags", "", "further flags for the tests, separated by spaces, such as -test.run=X")
	flag.StringVar(&o.list, "accepted", "internal/tools/mutate/accepted.txt", "list of the mutants that may survive")
	flag.StringVar(&o.only, "only", "", "only mutants whose text holds this")
	flag.DurationVar(&o.duration, "for", 10*time.Minute, "how long to go on")
	flag.DurationVar(&o.budget, "budget", 2*time.Minute, "run as many of the tests that reach a mutant, the quickest first, as take this long without it")
	flag.DurationVar(&o.timeout, "timeout", 0, "for one process with tests; 0 for three times what they take, and 20 seconds")
	flag.Uint64Var(&o.seed, "seed", 0, "order of the mutants; 0 draws one")
	flag.IntVar(&o.most, "most", 10, "percentage of survivors above which this fails")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok, err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run tries mutants until the time is up. It reports whether few enough have survived.
func run(ctx context.Context, o options) (bool, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return false, err
	}
	dirs := strings.Split(o.dirs, ",")
	all, err := mutants(root, dirs)
	if err != nil {
		return false, err
	}
	list, err := readAccepted(o.list)
	if err != nil {
		return false, err
	}
	for _, line := range list.stale(all, dirs) {
		fmt.Println("accepted, but no mutant any more:", line)
	}
	all = slices.DeleteFunc(all, func(m mutant) bool { return !strings.Contains(m.String(), o.only) || list[m.String()] != "" })
	if o.seed == 0 {
		o.seed = rand.Uint64N(1_000_000_000) + 1 //nolint:gosec // not a secret
	}
	order := rand.New(rand.NewPCG(o.seed, o.seed)) //nolint:gosec // not a secret
	order.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })

	scratch, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	r := &runner{
		root: root, scratch: scratch, packages: packages(o.tests, dirs), flags: strings.Fields(o.flags), budget: o.budget, timeout: o.timeout,
	}
	fmt.Printf("%d mutants in %s, for %s. To repeat: make mutate SEED=%d DIRS=%s\n", len(all), o.dirs, o.duration, o.seed, o.dirs)
	started := time.Now()
	tests, err := r.baseline(ctx, dirs)
	if err != nil {
		return false, err
	}
	fmt.Printf("without a mutant, %d tests took %s\n", len(tests), time.Since(started).Round(time.Second))
	ctx, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	return report(try(ctx, r, tests, all), o.most), nil
}

// packages returns the packages whose tests run.
func packages(named string, dirs []string) []string {
	if named != "" {
		return strings.Split(named, ",")
	}
	var own []string
	for _, dir := range dirs {
		own = append(own, "./"+dir)
	}
	return own
}

// result counts the mutants by their outcome.
type result struct{ killed, survived, invalid, untried int }

// try runs the mutants one after the other until there are no more, or the time is up. Mutants in code that no test runs survive without
// a run.
func try(ctx context.Context, r *runner, tests []*test, all []mutant) result {
	var sum result
	for i, m := range all {
		chosen, reaching := choose(tests, m, r.budget)
		if reaching == 0 {
			sum.survived++
			fmt.Printf("%s:%d: no test runs this: %s\n", m.file, m.line, m)
			continue
		}
		became, err := r.try(ctx, m, chosen)
		if ctx.Err() != nil {
			sum.untried = len(all) - i
			break
		}
		switch {
		case err != nil:
			fmt.Fprintln(os.Stderr, "mutate:", err)
			sum.untried++
		case became == killed:
			sum.killed++
		case became == invalid:
			sum.invalid++
		case len(chosen) < reaching:
			sum.survived++
			fmt.Printf("%s:%d: survived %d of %d tests: %s\n", m.file, m.line, len(chosen), reaching, m)
		default:
			sum.survived++
			fmt.Printf("%s:%d: survived: %s\n", m.file, m.line, m)
		}
	}
	return sum
}

// report prints the result, and reports whether few enough mutants have survived.
func report(sum result, most int) bool {
	tried := sum.killed + sum.survived
	fmt.Printf("%d tried: %d killed, %d survived; %d do not compile, %d were not tried\n", tried, sum.killed, sum.survived, sum.invalid, sum.untried)
	if tried == 0 {
		fmt.Println("nothing was tried: that shows nothing")
		return false
	}
	share := 100 * sum.survived / tried
	fmt.Printf("%d %% survived, at most %d %% may\n", share, most)
	return share <= most
}
