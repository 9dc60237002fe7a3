package prose

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// notes is the page about the API's behaviour, with its sources.
const notes = "internal/simulator/api-behaviour.md"

var (
	// A citation: "section 1b", "sections 1b and 1c", "Section 2". It may continue on the next line of a comment.
	citation = regexp.MustCompile(`\b[Ss]ections?[\s/]+(\d[a-z]?)(?:(?:,| and| to|-)[\s/]*(\d[a-z]?))?\b`)
	section  = regexp.MustCompile(`(?m)^#{2,3} (\d[a-z]?)\. `)
	// A row of the simulator's table, whose last cell names sections: "1b, 2" or "1a-4".
	cell   = regexp.MustCompile(`(?m)^\|.*\| (\d[a-z]?)(?:(?:, |-)(\d[a-z]?))? \|$`)
	source = regexp.MustCompile(`(?m)^\| ([A-Z][A-Z0-9-]+) \|`)
	// The short names of sources, except those that may also mean something else.
	shortNames = regexp.MustCompile(`\b(?:REF|SPEC26|GOV[0-9]|PEER(?:-[A-Z])?|OLDDOC|CMM|LDP|ALCH|DIST|IBM)\b`)
)

// The code cites the source of each behaviour of the API. Each citation must lead to a section of the notes, and to a source.
func TestCitationsResolve(t *testing.T) {
	known := acctest.ReadFile(t, filepath.Join(root, filepath.FromSlash(notes)))
	sections, sources := map[string]bool{}, map[string]bool{}
	for _, match := range section.FindAllStringSubmatch(known, -1) {
		sections[match[1]] = true
	}
	for _, match := range source.FindAllStringSubmatch(known, -1) {
		sources[match[1]] = true
	}
	cited, names := 0, 0
	for _, x := range texts(t) {
		if !strings.HasPrefix(x.path, "internal/") && x.path != "CONTRIBUTING.md" || strings.HasPrefix(x.path, "internal/test/prose/") {
			continue
		}
		found := citation.FindAllStringSubmatch(x.content, -1)
		if x.path == "internal/simulator/README.md" {
			found = append(found, cell.FindAllStringSubmatch(x.content, -1)...)
		}
		for _, match := range found {
			for _, number := range match[1:] {
				if number == "" {
					continue
				}
				cited++
				if !sections[number] {
					t.Errorf("%s:%d cites %q, and %s has no section %s", x.path, x.lineOf(strings.Index(x.content, match[0])), match[0], notes, number)
				}
			}
		}
		for _, name := range shortNames.FindAllString(x.content, -1) {
			names++
			if !sources[name] {
				t.Errorf("%s:%d cites %s, which %s does not have among its sources", x.path, x.lineOf(strings.Index(x.content, name)), name, notes)
			}
		}
	}
	if cited < 150 || names < 50 {
		t.Errorf("only %d sections and %d sources are cited: so the patterns that search for them are wrong", cited, names)
	}
}
