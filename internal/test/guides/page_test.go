// Package guides follows the guides: it takes the blocks of code out of the pages, runs them with the real CLI against the
// simulator, and looks for the output that the pages show. Each guide has a file that says what to do with its blocks, in
// their order. Instructions in prose are marked with `<!-- step: name -->`. A block or a step that no test follows or
// excuses fails the test.
package guides

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/markdown"
)

const root = "../../.."

// page is a page as it is published: with the examples in it that the templates only name.
type page struct {
	markdown.Page

	path string
	done map[markdown.Step]bool // steps that a test has taken
}

func load(t *testing.T, path string) *page {
	t.Helper()
	return &page{markdown.Parse(acctest.ReadFile(t, filepath.Join(root, path))), path, map[markdown.Step]bool{}}
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
	acctest.NoError(t, err)
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
