package main

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// test is a top-level test, and what the baseline has measured when it ran alone.
type test struct {
	pkg     string
	name    string
	binary  string // the package's tests, built with counters
	took    time.Duration
	covered coverage
}

// choose returns the tests that run on a mutant: of those that reach its line, the quickest that together take no longer than the budget,
// and always the quickest one. It also returns how many tests reach the line.
func choose(tests []*test, m mutant, budget time.Duration) (chosen []*test, reaching int) {
	for _, t := range tests {
		if t.covered.covers(m.file, m.line) {
			chosen = append(chosen, t)
		}
	}
	slices.SortStableFunc(chosen, func(a, b *test) int { return cmp.Compare(a.took, b.took) })
	return chosen[:within(chosen, budget)], len(chosen)
}

// within returns how many tests, from the first on, together take no longer than the limit: at least one, if there is one.
func within(tests []*test, limit time.Duration) int {
	for i := range tests {
		if i > 0 && total(tests[:i+1]) > limit {
			return i
		}
	}
	return len(tests)
}

func total(tests []*test) (sum time.Duration) {
	for _, t := range tests {
		sum += t.took
	}
	return sum
}

// quick is how long the first run on a mutant may take. The unit tests of a package notice most mutants, and go test runs tests in the
// order of the source, so that they would wait for the acceptance tests.
const quick = 10 * time.Second

// batches splits the tests of a package, the quickest first, into those that run in the first process, and the others.
func batches(tests []*test) [][]*test {
	n := within(tests, quick)
	if n == len(tests) {
		return [][]*test{tests}
	}
	return [][]*test{tests[:n], tests[n:]}
}

// exactly returns the pattern for -test.run that selects these tests.
func exactly(tests []*test) string {
	var names []string
	for _, t := range tests {
		names = append(names, t.name)
	}
	return "^(" + strings.Join(names, "|") + ")$"
}
