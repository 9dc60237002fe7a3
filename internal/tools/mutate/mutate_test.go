package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const sample = `package sample

func Sum(numbers []int) (sum int, err error) {
	for _, n := range numbers {
		if n < 0 {
			continue
		}
		sum += n
	}
	return sum, err
}

func Loop(n int) int {
	for i := 0; i < n; i++ {
	}
	return n
}

func unused() { println("x") }
`

const sampleTest = `package sample

import "testing"

func TestSum(t *testing.T) {
	if sum, _ := Sum([]int{1, 2}); sum != 3 {
		t.Error(sum)
	}
	Loop(3)
}
`

func sampleModule(t *testing.T) *runner {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module " + strings.TrimSuffix(module, "/") + "\n\ngo 1.26\n", "sample/sample.go": sample, "sample/sample_test.go": sampleTest,
	} {
		path := filepath.Join(root, name)
		acctest.WriteFile(t, path, text)
	}
	return &runner{root: root, tests: []string{"./sample"}, timeout: 3 * time.Second, scratch: t.TempDir()}
}

func TestMutantsOfAFile(t *testing.T) {
	found, err := mutantsOf("sample.go", []byte(sample))
	acctest.NoError(t, err)
	var lines []string
	for _, m := range found {
		lines = append(lines, strings.TrimPrefix(m.String(), "sample.go | "))
	}
	want := []string{
		"Sum | n < 0 | (n < 0) && false", "Sum | n < 0 | (n < 0) || true", "Sum | n < 0 | <=",
		"Sum | sum += n | {}", "Sum | return sum, err | nil",
		"Loop | i < n | <=", "Loop | i++ | {}", `unused | println("x") | {}`,
	}
	if !slices.Equal(lines, want) {
		t.Errorf("mutants\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// The mutants are: one that a test notices, one that no test notices, one that never ends, and one that does not compile.
func TestWhatBecomesOfMutants(t *testing.T) {
	t.Parallel()
	r := sampleModule(t)
	_, covered, err := r.baseline(t.Context(), []string{"sample"})
	acctest.NoError(t, err)
	all, err := mutants(r.root, []string{"sample"})
	acctest.NoError(t, err)
	got := map[string]outcome{}
	named := func(m mutant) string { return strings.TrimPrefix(m.String(), "sample/sample.go | ") }
	for _, m := range all {
		if !covered.covers(m.file, m.line) {
			got[named(m)] = "not run"
			continue
		}
		became, err := r.try(context.Background(), m)
		acctest.NoError(t, err)
		got[named(m)] = became
	}
	for text, want := range map[string]outcome{
		"Sum | sum += n | {}": killed, "Sum | n < 0 | (n < 0) && false": survived, "Loop | i++ | {}": killed, `unused | println("x") | {}`: "not run",
	} {
		if got[text] != want {
			t.Errorf("%s: %s, want %s", text, got[text], want)
		}
	}
	broken := all[0]
	broken.text = "!"
	if became, err := r.try(t.Context(), broken); became != invalid || err != nil {
		t.Errorf("code that does not compile: %s, %v", became, err)
	}
}

func TestAcceptedMutants(t *testing.T) {
	path := filepath.Join(t.TempDir(), "accepted.txt")
	write := func(text string) { acctest.WriteFile(t, path, text) }
	write("# About the file.\n\n# A log line,\n# which nobody reads.\nsample/a.go | F | x | y\nsample/a.go | G | x | y\n# Another.\nsample/b.go | H | x | y\n")
	list, err := readAccepted(path)
	acctest.NoError(t, err)
	if list["sample/a.go | G | x | y"] != "A log line, which nobody reads." || list["sample/b.go | H | x | y"] != "Another." || len(list) != 3 {
		t.Errorf("%q", list)
	}
	stale := list.stale([]mutant{{file: "sample/a.go", function: "F", was: "x", text: "y"}}, []string{"sample"})
	slices.Sort(stale)
	if !slices.Equal(stale, []string{"sample/a.go | G | x | y", "sample/b.go | H | x | y"}) {
		t.Errorf("stale: %q", stale)
	}
	write("# Why.\n\nsample/a.go | F | x | y\n")
	if _, err := readAccepted(path); err == nil {
		t.Error("the list accepts a mutant without a reason")
	}
}

func TestTooManySurvivors(t *testing.T) {
	for _, c := range []struct {
		sum result
		ok  bool
	}{{result{killed: 9, survived: 1}, true}, {result{killed: 8, survived: 1}, false}, {result{}, false}, {result{invalid: 3, untried: 2}, false}} {
		if report(c.sum, 10) != c.ok {
			t.Errorf("%+v: want %v", c.sum, c.ok)
		}
	}
}
