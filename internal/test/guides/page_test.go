// Package guides follows the guides. It runs the code blocks of the pages with the real CLI against the simulator, and
// compares the output with what the pages show. For each guide, a file says what to do with its blocks, in their order.
// Instructions in prose are marked with `<!-- step: name -->`. A test fails if its page has a block or a step that it
// neither follows nor excuses.
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

// page is a page as it is published: the examples are in it, which its template only names.
type page struct {
	markdown.Page

	path string
	done map[markdown.Step]bool // the steps that a test has followed
}

func load(t *testing.T, path string) *page {
	t.Helper()
	return &page{markdown.Parse(acctest.ReadFile(t, filepath.Join(root, path))), path, map[markdown.Step]bool{}}
}

// walks are the pages that a test follows. Each test itself makes sure that it follows all of its page: see follow.
var walks = []string{"import", "keys-out-of-state", "migration", "opentofu", "origin", "per-hostname", "rotation", "simulator", "zone-level"}

// lookedUp are the pages that readers do not follow from top to bottom.
var lookedUp = map[string]string{
	"troubleshooting": "answers to errors; internal/test/examples tests that each error has one",
}

// Every guide needs a test that follows it.
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
