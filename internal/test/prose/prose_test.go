// Package prose checks the texts of the repository: their references must lead somewhere, and they must use the field's words. It reads
// pages, templates, configurations, and the comments and strings of the code.
package prose

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

const root = "../../.."

// text is a piece of prose and its position.
type text struct {
	path    string // relative to the root
	line    int    // the number of its first line
	content string
}

// generated lists folders to skip. Their texts come from elsewhere: docs/ from templates and the schema, testdata from recordings.
var generated = []string{".git", ".bin", "dist", "docs", "testdata", "node_modules"}

// texts returns everything that people read in the repository.
func texts(t *testing.T) []text {
	t.Helper()
	var all []text
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(generated, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".go":
			all = append(all, spoken(filepath.ToSlash(name), raw)...)
		case ".md", ".tmpl", ".tf", ".hcl", ".sh", ".yml", ".yaml", ".conf", ".cfg", ".html":
			all = append(all, text{filepath.ToSlash(name), 1, string(raw)})
		case "":
			if name == "GNUmakefile" || name == "Caddyfile" {
				all = append(all, text{name, 1, string(raw)})
			}
		}
		return nil
	})
	acctest.NoError(t, err)
	if len(all) < 1000 {
		t.Fatalf("there are only %d texts, so the search for them is wrong", len(all))
	}
	return all
}

// spoken returns the comments and strings of Go code. Consecutive comment lines are one text, because a sentence may continue on the next line.
func spoken(path string, code []byte) []text {
	var all []text
	files := token.NewFileSet()
	file := files.AddFile(path, -1, len(code))
	var s scanner.Scanner
	s.Init(file, code, nil, scanner.ScanComments)
	last := -1
	for {
		position, tok, literal := s.Scan()
		line := file.Line(position)
		switch tok {
		case token.EOF:
			return all
		case token.COMMENT:
			if line == last+1 {
				all[len(all)-1].content += "\n" + literal
			} else {
				all = append(all, text{path, line, literal})
			}
			last = line
		case token.STRING:
			all = append(all, text{path, line, literal})
			last = -1
		case token.SEMICOLON: // the scanner inserts one between code and the comment on the next line
		default:
			last = -1
		}
	}
}

func TestSpoken(t *testing.T) {
	got := spoken("x.go", []byte("package x\n\n// One\n// two.\nvar a = \"three\" // four\n\n// five\n"))
	want := []text{{"x.go", 3, "// One\n// two."}, {"x.go", 5, `"three"`}, {"x.go", 5, "// four"}, {"x.go", 7, "// five"}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// lineOf returns the line number at an offset of the text.
func (x text) lineOf(offset int) int { return x.line + strings.Count(x.content[:offset], "\n") }
