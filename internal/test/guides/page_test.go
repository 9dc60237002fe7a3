// Package guides follows the guides: it takes the blocks of code out of the pages, runs them with the real CLI against the
// simulator, and looks for the output that the pages show. Each guide has a file that says what to do with its blocks, in
// their order. Instructions in prose are marked with `<!-- step: name -->`. A block or a step that no test follows or
// excuses fails the test.
package guides

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const root = "../../.."

// page is a page as it is published: with the examples in it that the templates only name.
type page struct {
	path   string
	blocks []block
	prose  map[string]string // what stands below each heading, without the blocks
	steps  []step            // what the reader is asked to do in prose
}

// step is an instruction that is no block of code. In the page, a comment `<!-- step: name -->` stands before it, so that the sentence can be
// changed without the test.
type step struct {
	section, name string
	done          bool
}

// block is fenced code.
type block struct {
	section string // the heading above it
	lang    string
	text    string // as a reader copies it: without the indentation that a list gives to it
	line    int    // of the page
}

var (
	fence  = regexp.MustCompile("^( *)```(\\w*)$")
	anchor = regexp.MustCompile(`<!-- step: (.+?) -->`)
)

func load(t *testing.T, path string) *page {
	t.Helper()
	return parse(path, acctest.ReadFile(t, filepath.Join(root, path)))
}

func parse(path, text string) *page {
	p := &page{path: path, prose: map[string]string{}}
	section, indent := "", ""
	var open *block
	for i, line := range strings.Split(text, "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case open != nil && mark != nil && mark[2] == "":
			p.blocks = append(p.blocks, *open)
			open = nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case mark != nil:
			open, indent = &block{section: section, lang: mark[2], line: i + 1}, mark[1]
		case strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		default:
			for _, match := range anchor.FindAllStringSubmatch(line, -1) {
				p.steps = append(p.steps, step{section: section, name: match[1]})
			}
			p.prose[section] += anchor.ReplaceAllString(line, "") + "\n"
		}
	}
	return p
}

func TestParse(t *testing.T) {
	p := parse("page", "# One\n<!-- step: say x -->Say `x`.\n\n```sh\n# no heading\nx\n```\n\n## Two\n1. Item\n\n   ```text\n   a\n     b\n   ```\n")
	want := []block{{"One", "sh", "# no heading\nx\n", 4}, {"Two", "text", "a\n  b\n", 12}}
	if !slices.Equal(p.blocks, want) {
		t.Errorf("blocks: %+v", p.blocks)
	}
	if !slices.Equal(p.steps, []step{{section: "One", name: "say x"}}) {
		t.Errorf("steps: %+v", p.steps)
	}
	if p.prose["One"] != "Say `x`.\n\n\n" || !strings.Contains(p.prose["Two"], "1. Item") {
		t.Errorf("prose: %q", p.prose)
	}
}

// walks are the pages that a test follows. That a page's test goes all the way is its own affair: see follow.
var walks = []string{"import", "keys-out-of-state", "migration", "opentofu", "origin", "per-hostname", "rotation", "simulator", "zone-level"}

// lookedUp are the pages that nobody follows from top to bottom.
var lookedUp = map[string]string{
	"troubleshooting": "answers to errors; internal/test/examples tests that each error has one",
}

// A new guide needs a test that follows it.
func TestEveryGuideIsFollowed(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(root, "docs", "guides", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var unknown []string
	for _, path := range pages {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if !slices.Contains(walks, name) && lookedUp[name] == "" {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		t.Errorf("no test follows the guides %v", unknown)
	}
	if len(pages) != len(walks)+len(lookedUp)+len(unknown) {
		t.Errorf("there are %d guides, and %d are followed or excused", len(pages), len(walks)+len(lookedUp))
	}
}
