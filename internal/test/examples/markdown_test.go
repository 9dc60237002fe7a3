package examples

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// pages returns what people read: the pages at the root, and below the given directories.
func pages(t *testing.T, dirs ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && strings.Contains(filepath.Base(path), ".md") {
				found = append(found, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// block is HCL in a page.
type block struct {
	text     string
	fragment bool // does not stand on its own, and says so in the page
}

// A fragment is a block with a comment `<!-- fragment: why -->` in the line before it.
var fenced = regexp.MustCompile("(?s)\n(?: *(<!-- fragment: [^\n]+ -->)\n)?( *)```(?:terraform|hcl)\n(.*?\n) *```")

func blocks(text string) []block {
	var found []block
	for _, match := range fenced.FindAllStringSubmatch("\n"+text, -1) {
		lines := strings.Split(match[3], "\n")
		for i, line := range lines {
			lines[i] = strings.TrimPrefix(line, match[2])
		}
		found = append(found, block{strings.Join(lines, "\n"), match[1] != ""})
	}
	return found
}

// Every block of HCL in the guides and at the root is formatted, and is a configuration that the CLI
// and the provider find valid.
func TestAccCodeBlocksAreValid(t *testing.T) {
	tested := 0
	for _, page := range pages(t, "templates") {
		for _, b := range blocks(acctest.ReadFile(t, page)) {
			tested++
			t.Run(filepath.Base(page), func(t *testing.T) {
				cli := acctest.New(t).CLI(t)
				t.Parallel()
				s := newStage(t, cli, example{config: map[string]string{"block.tf": b.text}})
				cli.Must(0, "fmt", "-check", "-diff", "-no-color", "block.tf")
				if !b.fragment {
					s.provide("first")
					cli.Must(0, "validate", "-no-color")
				}
			})
		}
	}
	if tested == 0 {
		t.Error("no page holds any HCL: the pattern that looks for it is wrong")
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	named   = regexp.MustCompile(`<a id="([^"]+)">`)
	code    = regexp.MustCompile("(?s)\n *```.*?\n *```")
	noSlug  = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchors returns what a page's headings are linked by, and the anchors that the generator puts before
// nested blocks and attributes.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range named.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	for _, match := range heading.FindAllStringSubmatch(code.ReplaceAllString("\n"+text, ""), -1) {
		found[strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")] = true
	}
	return found
}

// A link to another page leads to a page that is there, and to a heading that it has.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t, "docs", "internal") {
		text := acctest.ReadFile(t, page)
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString("\n"+text, ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path := page
			if target != "" {
				path = filepath.Join(filepath.Dir(page), target)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			} else if anchor != "" && !anchors(acctest.ReadFile(t, path))[anchor] {
				t.Errorf("%s links to %s, which has no such heading", page, match[1])
			}
		}
	}
}
