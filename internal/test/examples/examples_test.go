// Package examples tests what users copy. The real CLI applies everything under examples/ against the simulator, and
// validates the code blocks of the guides and the README.
package examples

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const root = "../../.."

// example is a directory of examples/: a configuration, and scripts and configurations for its import.
type example struct {
	dir     string            // relative to the repository's root
	config  map[string]string // *.tf and tests/*.tftest.hcl, by path
	imports map[string]string // import.sh and import-by-*.tf, by name
}

// examples walks the tree, so it finds new examples without a change here.
func examples(t *testing.T) []example {
	t.Helper()
	found := map[string]*example{}
	var order []string
	walk := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		dir, name := filepath.Dir(path), filepath.Base(path)
		if filepath.Base(dir) == "tests" {
			dir, name = filepath.Dir(dir), "tests/"+name
		}
		importing := name == "import.sh" || strings.HasPrefix(name, "import-by-")
		if !importing && filepath.Ext(name) != ".tf" && !strings.HasSuffix(name, ".tftest.hcl") {
			return nil
		}
		if found[dir] == nil {
			rel, err := filepath.Rel(root, dir)
			if err != nil {
				return err
			}
			found[dir] = &example{dir: filepath.ToSlash(rel), config: map[string]string{}, imports: map[string]string{}}
			order = append(order, dir)
		}
		text := acctest.ReadFile(t, path)
		if importing {
			found[dir].imports[name] = text
		} else {
			found[dir].config[name] = text
		}
		return nil
	}
	acctest.NoError(t, filepath.WalkDir(filepath.Join(root, "examples"), walk))
	list := make([]example, 0, len(order))
	for _, dir := range order {
		list = append(list, *found[dir])
	}
	return list
}

// Every example can be applied, leaves an empty plan, survives a rotation of its certificates, and leaves nothing behind
// after a destroy.
func TestAccExamplesApply(t *testing.T) {
	for _, e := range examples(t) {
		if strings.HasPrefix(e.dir, "examples/data-sources/") {
			continue // TestAccDataSourceExamples tests these
		}
		t.Run(e.dir, func(t *testing.T) {
			w, cli := acctest.Start(t)
			s := newStage(t, cli, e)
			for _, generation := range []string{"first", "second"} {
				s.provide(generation)
				noWarning(t, cli.Apply())
				cli.EmptyPlan()
				onlyActive(t, w, generation, len(s.pairs) > 0 && len(s.types()) > 0)
			}
			s.withoutKeys()
			cli.EmptyPlan()
			cli.Destroy()
			w.WantNothingLive()
			if s.tested() {
				cli.Must(0, "test", "-no-color")
				w.WantNothingLive()
			}
		})
	}
}

// Every example of a data source finds the existing objects and changes none of them.
func TestAccDataSourceExamples(t *testing.T) {
	tested := 0
	for _, e := range examples(t) {
		if !strings.HasPrefix(e.dir, "examples/data-sources/") {
			continue
		}
		tested++
		t.Run(e.dir, func(t *testing.T) {
			w, cli := acctest.Start(t)
			s := newStage(t, cli, e)
			s.provide("first")
			s.surround(w)
			noWarning(t, cli.Apply())
			cli.EmptyPlan()
			if n := w.Writes(); n > 0 && !resource.MatchString(s.text) {
				t.Errorf("reading the data source sent %d writes", n)
			}
			if len(w.Sim.Requests()) == 0 && (s.origin == nil || s.origin.Connections() == 0) {
				t.Error("the data source read nothing")
			}
		})
	}
	if tested < 8 {
		t.Errorf("the test found only %d examples of data sources", tested)
	}
}

// Every example of a list resource finds the existing objects.
func TestAccListExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "examples", "list-resources", "*", "*.tfquery.hcl"))
	if err != nil || len(files) < 5 {
		t.Fatalf("the test found %d examples of lists: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			w, cli := acctest.Start(t)
			cli.Needs("the command query", "1.14", acctest.Never)
			s := newStage(t, cli, example{})
			s.provide("first")
			s.surround(w)
			s.cli.Write("list.tfquery.hcl", acctest.ReadFile(t, file))
			if out := cli.Must(0, "query", "-no-color"); !strings.Contains(out, "zone_id="+acctest.Zone) {
				t.Errorf("the query found nothing:\n%s", out)
			}
		})
	}
}

// Every way to import leads to an empty plan without a write.
func TestAccExamplesImport(t *testing.T) {
	all := examples(t)
	for _, e := range all {
		for name := range e.imports {
			t.Run(e.dir+"/"+name, func(t *testing.T) {
				w, cli := acctest.Start(t)
				s := newStage(t, cli, e)
				s.provide("first")
				s.seed(w)
				for _, text := range s.importers(all, name) {
					if filepath.Ext(name) == ".tf" {
						s.append(text)
						continue
					}
					for _, args := range commands(t, text) {
						cli.Must(0, args...)
					}
				}
				out := cli.Apply()
				if !strings.Contains(out, "0 added, 0 changed, 0 destroyed") {
					t.Errorf("after the import, the apply changed something:\n%s", out)
				}
				cli.EmptyPlan()
				w.WantNoWrites()
				cli.Destroy()
				w.WantNothingLive()
			})
		}
	}
}

// commands returns the arguments of each call of the CLI in a script.
func commands(t *testing.T, script string) [][]string {
	t.Helper()
	var calls [][]string
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0, strings.HasPrefix(words[0], "#"):
		case words[0] == "terraform":
			for i, word := range words {
				words[i] = strings.Trim(word, `'"`)
			}
			calls = append(calls, words[1:])
		default:
			t.Fatalf("import.sh contains more than comments and calls of terraform: %s", line)
		}
	}
	return calls
}

// onlyActive fails unless everything is active and no certificate of another generation is left. If some is true, there must
// be at least one certificate.
func onlyActive(t *testing.T, w *acctest.World, generation string, some bool) {
	t.Helper()
	w.WantEverythingActive()
	live := w.Live()
	for _, c := range live {
		if strings.Contains(c.Subject, "origintls tests") && !strings.Contains(c.Subject, generation) { // the provider has generated the others
			t.Errorf("certificate %s is left", c.Subject)
		}
	}
	if some && len(live) == 0 {
		t.Error("no certificate is active")
	}
}

// noWarning fails if there is a warning, except those about the provider under development and about checks that the CLI
// cannot evaluate before the first apply.
func noWarning(t *testing.T, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		if strings.Contains(line, "Warning: ") && !strings.Contains(line, "development overrides") && !strings.Contains(line, "Check block assertion known after apply") {
			t.Errorf("the apply of the example shows a warning:\n%s", out)
		}
	}
}
