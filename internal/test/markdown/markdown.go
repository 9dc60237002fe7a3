// Package markdown parses pages for tests: the code blocks, the prose of each section, and the comments that mark steps for the tests.
package markdown

import (
	"regexp"
	"strings"
)

// Page is the contents of a page, in order.
type Page struct {
	Blocks   []Block
	Steps    []Step
	Sections []string          // the headings, without the leading #
	Prose    map[string]string // the text of each section by heading, without its code blocks; the key "" is the text above the first heading
}

// Step is an instruction that is not a code block. On the page, a comment `<!-- step: name -->` precedes it, so that an edit of the
// sentence needs no change of the test.
type Step struct{ Section, Name string }

// Block is a fenced code block.
type Block struct {
	Section  string // the heading above it
	Lang     string
	Text     string // the code as a reader copies it, without the indentation of a list
	Line     int    // the line of the page
	Fragment bool   // whether it is incomplete, as a comment `<!-- fragment: why -->` in the line before it says
}

var (
	fence    = regexp.MustCompile("^( *)```(\\w*)$")
	step     = regexp.MustCompile(`<!-- step: (.+?) -->`)
	fragment = regexp.MustCompile(`^ *<!-- fragment: .+ -->$`)
)

// Parse parses a page.
func Parse(text string) Page {
	p := Page{Prose: map[string]string{}}
	section, indent, former := "", "", ""
	var open *Block
	for i, line := range strings.Split(text, "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case open != nil && mark != nil && mark[2] == "":
			p.Blocks = append(p.Blocks, *open)
			open = nil
		case open != nil:
			open.Text += strings.TrimPrefix(line, indent) + "\n"
		case mark != nil:
			open, indent = &Block{Section: section, Lang: mark[2], Line: i + 1, Fragment: fragment.MatchString(former)}, mark[1]
		case strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
			p.Sections = append(p.Sections, section)
		default:
			for _, match := range step.FindAllStringSubmatch(line, -1) {
				p.Steps = append(p.Steps, Step{section, match[1]})
			}
			p.Prose[section] += step.ReplaceAllString(line, "") + "\n"
		}
		former = line
	}
	return p
}
