package prose

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// opening is a comment that begins a line, of a list or not.
var opening = regexp.MustCompile(`^\s*(?:[-*>]\s+|\d+\.\s+)*<!--`)

// unrendered returns the numbers of the lines whose comment breaks the page. In CommonMark, a line that begins with a comment is HTML: Markdown
// after the comment is printed as it is, and a paragraph around it is torn in two. So such a comment has the line to itself and a blank line
// before it, and after it a blank line, or the code or the text that it is about.
func unrendered(page string) []int {
	var found []int
	code, before := false, ""
	for i, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		if !code && opening.MatchString(line) && (before != "" || !strings.HasSuffix(strings.TrimSpace(line), "-->")) {
			found = append(found, i+1)
		}
		before = strings.TrimSpace(line)
	}
	return found
}

func TestUnrendered(t *testing.T) {
	page := "<!-- a -->\n\nText `x`, <!-- b -->more.\n<!-- torn -->\n\n<!-- c -->Say `x`.\n\n1. <!-- d -->Say\n2. Say <!-- e -->it\n\n   <!-- f -->\n   ```sh\n<!-- g -->x\n   ```\n"
	if got := unrendered(page); !slices.Equal(got, []int{4, 6, 8}) {
		t.Errorf("lines %v", got)
	}
}

// Comments in pages, such as the steps that the tests follow, do not change how a page looks.
func TestCommentsLeavePagesWhole(t *testing.T) {
	pages := 0
	for _, x := range texts(t) {
		if ext := filepath.Ext(x.path); ext != ".md" && ext != ".tmpl" {
			continue
		}
		pages++
		for _, line := range unrendered(x.content) {
			t.Errorf("%s:%d begins with a comment, after which nothing is rendered: put it into a line of its own between blank lines, or after the first word", x.path, line)
		}
	}
	if pages < 15 {
		t.Errorf("only %d pages were read", pages)
	}
}
