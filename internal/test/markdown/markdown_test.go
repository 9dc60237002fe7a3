package markdown

import (
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	p := Parse("# One\n<!-- step: say x -->Say `x`.\n\n```sh\n# no heading\nx\n```\n\n## Two\n1. Item\n\n   <!-- fragment: why -->\n   ```text\n   a\n     b\n   ```\n")
	want := []Block{{"One", "sh", "# no heading\nx\n", 4, false}, {"Two", "text", "a\n  b\n", 13, true}}
	if !slices.Equal(p.Blocks, want) {
		t.Errorf("blocks: %+v", p.Blocks)
	}
	if !slices.Equal(p.Steps, []Step{{"One", "say x"}}) || !slices.Equal(p.Sections, []string{"One", "Two"}) {
		t.Errorf("steps: %+v, sections: %v", p.Steps, p.Sections)
	}
	if p.Prose["One"] != "Say `x`.\n\n\n" || !strings.Contains(p.Prose["Two"], "1. Item") {
		t.Errorf("prose: %q", p.Prose)
	}
}
