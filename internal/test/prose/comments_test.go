package prose

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// opening matches an HTML comment at the beginning of a line or of a list item.
var opening = regexp.MustCompile(`^\s*(?:[-*>]\s+|\d+\.\s+)*<!--`)

// unrendered returns the numbers of the lines with a comment that breaks the page. In CommonMark, a line that begins with a comment is
// HTML. Markdown after the comment on that line is not rendered, and a paragraph around it is split in two. So such a comment needs a
// line of its own and a blank line before it. After it comes a blank line, or the code or text that it is about.
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

// HTML comments in pages, such as the steps that the tests follow, must not change how a page looks.
func TestCommentsLeavePagesWhole(t *testing.T) {
	pages := 0
	for _, x := range texts(t) {
		if ext := filepath.Ext(x.path); ext != ".md" && ext != ".tmpl" {
			continue
		}
		pages++
		for _, line := range unrendered(x.content) {
			t.Errorf("%s:%d begins with a comment, so the rest of the line is not rendered: put the comment on a separate line between blank lines, or after the first word", x.path, line)
		}
	}
	if pages < 15 {
		t.Errorf("the test read only %d pages", pages)
	}
}
