package main

import (
	"context"
	"fmt"
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

import (
	"os"
	"os/exec"
	"testing"
)

func TestSum(t *testing.T) {
	if sum, _ := Sum([]int{1, 2}); sum != 3 {
		t.Error(sum)
	}
}

func TestLoop(t *testing.T) { Loop(3) }

func TestProgram(t *testing.T) {
	program := t.TempDir() + "/program"
	args := []string{"build", "-o", program, "./program"}
	if dir := os.Getenv("ORIGINTLS_COVERDIR"); dir != "" {
		args = append([]string{"build", "-cover", "-coverpkg=../..."}, args[1:]...)
		t.Setenv("GOCOVERDIR", dir)
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	if err := exec.Command(program).Run(); err != nil {
		t.Error(err)
	}
}

func TestOther(t *testing.T) { t.Skip() }

func BenchmarkLoop(b *testing.B) { Loop(3) }
`

const sampleProgram = `package main

import (
	"os"

	"github.com/origintls/terraform-provider-origintls/sample"
)

func main() {
	if sum, _ := sample.Sum(nil); sum != 0 || sample.Loop(1) != 1 {
		os.Exit(1)
	}
}
`

func sampleModule(t *testing.T, files ...string) *runner {
	t.Helper()
	root := t.TempDir()
	files = append([]string{
		"go.mod", "module " + strings.TrimSuffix(module, "/") + "\n\ngo 1.26\n", "sample/sample.go", sample,
		"sample/sample_test.go", sampleTest, "sample/program/main.go", sampleProgram,
	}, files...)
	for i := 0; i < len(files); i += 2 {
		acctest.WriteFile(t, filepath.Join(root, files[i]), files[i+1])
	}
	return &runner{root: root, packages: []string{"./sample"}, budget: time.Minute, timeout: 3 * time.Second, scratch: t.TempDir()}
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
	tests, err := r.baseline(t.Context(), []string{"sample"})
	acctest.NoError(t, err)
	all, err := mutants(r.root, []string{"sample"})
	acctest.NoError(t, err)
	got := map[string]outcome{}
	named := func(m mutant) string { return strings.TrimPrefix(m.String(), "sample/sample.go | ") }
	for _, m := range all {
		chosen, reaching := choose(tests, m, time.Hour)
		if reaching == 0 {
			got[named(m)] = "not run"
			continue
		}
		became, err := r.try(context.Background(), m, chosen)
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
	if became, err := r.try(t.Context(), broken, tests); became != invalid || err != nil {
		t.Errorf("code that does not compile: %s, %v", became, err)
	}
	summing := slices.IndexFunc(all, func(m mutant) bool { return m.was == "sum += n" })
	if became, err := r.try(t.Context(), all[summing], tests[1:2]); became != survived || err != nil {
		t.Errorf("a mutant whose line only other tests run: %s, %v", became, err)
	}
}

// TestProgram reaches the code in a process of its own only.
func TestBaseline(t *testing.T) {
	t.Parallel()
	r := sampleModule(t)
	r.flags = []string{"-test.run=Loop|Sum|Program"}
	tests, err := r.baseline(t.Context(), []string{"sample"})
	acctest.NoError(t, err)
	var lines []string
	for _, c := range tests {
		lines = append(lines, fmt.Sprintf("%s: sum %t, loop %t, unused %t", c.name,
			c.covered.covers("sample/sample.go", 4), c.covered.covers("sample/sample.go", 14), c.covered.covers("sample/sample.go", 19)))
		if c.took <= 0 {
			t.Errorf("%s took %s", c.name, c.took)
		}
	}
	want := []string{
		"TestSum: sum true, loop false, unused false", "TestLoop: sum false, loop true, unused false",
		"TestProgram: sum true, loop true, unused false",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("baseline\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	const needy = "package sample\n\nimport \"testing\"\n\nvar first bool\n\nfunc TestFirst(*testing.T) { first = true }\n\n" +
		"func TestNeedy(t *testing.T) {\n\tif !first {\n\t\tt.Error()\n\t}\n}\n"
	r = sampleModule(t, "sample/needy_test.go", needy)
	if _, err := r.baseline(t.Context(), []string{"sample"}); err == nil || !strings.HasPrefix(err.Error(), "TestNeedy fails without a mutant") {
		t.Errorf("a test that fails alone: %v", err)
	}
}

func TestTestsOfAMutant(t *testing.T) {
	at := func(seconds int, name string, lines ...span) *test {
		return &test{name: name, took: time.Duration(seconds) * time.Second, covered: coverage{"a.go": lines}}
	}
	tests := []*test{
		at(30, "Slow", span{1, 9}), at(4, "Other", span{2, 4}), at(5, "Half", span{5, 9}), at(3, "Quick", span{1, 3}, span{7, 9}), at(6, "Third", span{7, 7}),
	}
	for _, c := range []struct {
		line     int
		budget   time.Duration
		reaching int
		runs     string
	}{
		{7, time.Minute, 4, "^(Quick|Half)$ ^(Third|Slow)$"}, // 10 seconds for the first process
		{7, 44 * time.Second, 4, "^(Quick|Half)$ ^(Third|Slow)$"},
		{7, 43 * time.Second, 4, "^(Quick|Half)$ ^(Third)$"},
		{3, 0, 3, "^(Quick)$"},
		{3, time.Minute, 3, "^(Quick|Other)$ ^(Slow)$"},
		{4, time.Minute, 2, "^(Other)$ ^(Slow)$"},
		{6, 5 * time.Second, 2, "^(Half)$"},
		{5, time.Minute, 2, "^(Half)$ ^(Slow)$"},
		{1, time.Second, 2, "^(Quick)$"},
		{10, time.Minute, 0, "^()$"},
	} {
		chosen, reaching := choose(tests, mutant{file: "a.go", line: c.line}, c.budget)
		var runs []string
		for _, batch := range batches(chosen) {
			runs = append(runs, exactly(batch))
		}
		if got := strings.Join(runs, " "); got != c.runs || reaching != c.reaching {
			t.Errorf("line %d within %s: %d tests, %s; want %d, %s", c.line, c.budget, reaching, got, c.reaching, c.runs)
		}
	}
	if got := (&runner{}).limit(tests[1:3]); got != 47*time.Second {
		t.Errorf("tests that take 9 seconds have %s", got)
	}
	if got := (&runner{timeout: time.Second}).limit(tests); got != time.Second {
		t.Errorf("with a timeout of a second, tests have %s", got)
	}
	if slow := at(30, "Slow"); len(batches([]*test{slow})) != 1 {
		t.Error("a slow test alone waits for no quick ones")
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
