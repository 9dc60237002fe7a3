package examples

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
	"github.com/origintls/terraform-provider-origintls/internal/test/markdown"
)

// pages returns the pages that people read: those at the root, in examples/, and in the given directories.
func pages(t *testing.T, dirs ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	acctest.NoError(t, err)
	for _, dir := range append(dirs, "examples") {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Name() == "node_modules" { // make interop installs packages with pages of their own
				return fs.SkipDir
			}
			if err == nil && !entry.IsDir() && strings.Contains(filepath.Base(path), ".md") {
				found = append(found, path)
			}
			return err
		})
		acctest.NoError(t, err)
	}
	return found
}

// Every HCL block in the guides and in the pages at the root is formatted, and is a configuration that the CLI and the
// provider accept as valid.
func TestAccCodeBlocksAreValid(t *testing.T) {
	tested := 0
	for _, page := range pages(t, "templates") {
		for _, b := range markdown.Parse(acctest.ReadFile(t, page)).Blocks {
			if b.Lang != "terraform" && b.Lang != "hcl" {
				continue
			}
			tested++
			t.Run(filepath.Base(page), func(t *testing.T) {
				cli := acctest.New(t).CLI(t)
				t.Parallel()
				s := newStage(t, cli, example{config: map[string]string{"block.tf": b.Text}})
				cli.Must(0, "fmt", "-check", "-diff", "-no-color", "block.tf")
				if !b.Fragment {
					s.provide("first")
					cli.Must(0, "validate", "-no-color")
				}
			})
		}
	}
	if tested == 0 {
		t.Error("no page contains HCL, so the pattern that searches for it is wrong")
	}
}

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	named  = regexp.MustCompile(`<a id="([^"]+)">`)
	noSlug = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchors returns the anchors of a page's headings, and those that the generator writes before nested blocks and attributes.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range named.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	for _, heading := range markdown.Parse(text).Sections {
		found[strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")] = true
	}
	return found
}

// Every link to another page leads to an existing page, and to an existing heading of it.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t, "docs", "internal") {
		p := markdown.Parse(acctest.ReadFile(t, page))
		text := strings.Join(append(slices.Collect(maps.Values(p.Prose)), p.Sections...), "\n")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, match[1])
			} else if anchor != "" && !anchors(acctest.ReadFile(t, path))[anchor] {
				t.Errorf("%s links to %s, which has no such heading", page, match[1])
			}
		}
	}
}
