// Package markdown reads pages as tests need them: the fenced code, the prose of each section, and the comments that mark what tests do with them.
package markdown

import (
	"regexp"
	"strings"
)

// Page is what a page holds, in its order.
type Page struct {
	Blocks   []Block
	Steps    []Step
	Sections []string          // the headings, without their marks
	Prose    map[string]string // what stands below each heading, without the blocks; "" for what stands above the first
}

// Step is an instruction that is no block of code. In the page, a comment `<!-- step: name -->` stands before it, so that
// the sentence can change without the test.
type Step struct{ Section, Name string }

// Block is fenced code.
type Block struct {
	Section  string // the heading above it
	Lang     string
	Text     string // as a reader copies it: without the indentation that a list gives to it
	Line     int    // of the page
	Fragment bool   // it does not stand on its own: a comment `<!-- fragment: why -->` is in the line before it
}

var (
	fence    = regexp.MustCompile("^( *)```(\\w*)$")
	step     = regexp.MustCompile(`<!-- step: (.+?) -->`)
	fragment = regexp.MustCompile(`^ *<!-- fragment: .+ -->$`)
)

// Parse reads a page.
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
