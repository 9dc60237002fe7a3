package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/origintls/terraform-provider-origintls/internal/test/acctest"
)

// summaries are the summaries of all errors and warnings, as the source has them.
type summaries struct {
	t     *testing.T
	set   *token.FileSet
	texts map[string]string // the position of each summary in the source; the key is the beginning if a variable follows
	verbs map[string]string // those passed to attribute.Problem
	nouns map[string]string

	verbAt map[string]int // the index of the parameter "verb", by function
}

// printing are the packages that print diagnostics.
var printing = []string{"provider", "resources", "datasources", "ephemerals", "functions", "attribute", "client"}

// A user who searches for the summary of an error finds it in the guide. The test checks the summaries in the source and, for
// those that attribute.Problem builds ("Unable to <verb> <noun>"), each verb and each noun.
func TestTroubleshootingKnowsEverySummary(t *testing.T) {
	s := &summaries{
		t: t, set: token.NewFileSet(), texts: map[string]string{}, verbs: map[string]string{}, nouns: map[string]string{}, verbAt: map[string]int{},
	}
	files := s.parse()
	for _, f := range files {
		ast.Inspect(f, s.declared)
	}
	for _, f := range files {
		ast.Inspect(f, s.used)
	}
	guide := acctest.ReadFile(t, filepath.Join(root, "templates", "guides", "troubleshooting.md.tmpl"))
	for text, where := range s.texts {
		if !strings.Contains(guide, "`"+strings.TrimSpace(text)+"`") {
			t.Errorf("%s: prints %q, and templates/guides/troubleshooting.md.tmpl does not say what to do", where, text)
		}
	}
	for verb, where := range s.verbs {
		if !strings.Contains(guide, "`Unable to "+verb+"`") {
			t.Errorf("%s: prints \"Unable to %s …\", and templates/guides/troubleshooting.md.tmpl does not name that", where, verb)
		}
	}
	for noun, where := range s.nouns {
		if !strings.Contains(guide, "`"+noun+"`") {
			t.Errorf("%s: prints \"Unable to … %s\", and templates/guides/troubleshooting.md.tmpl does not name that", where, noun)
		}
	}
	if len(s.texts) < 20 || len(s.verbs) < 5 || len(s.nouns) < 5 {
		t.Errorf("only %d summaries, the verbs %v and the nouns %v were found, so the search for them is wrong", len(s.texts), s.verbs, s.nouns)
	}
}

func (s *summaries) parse() []*ast.File {
	s.t.Helper()
	var files []*ast.File
	for _, room := range printing {
		err := filepath.WalkDir(filepath.Join(root, "internal", room), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(s.set, path, nil, parser.SkipObjectResolution)
			files = append(files, f)
			return err
		})
		acctest.NoError(s.t, err)
	}
	return files
}

// declared records the functions with a parameter "verb", and the kinds of certificates, which are nouns.
func (s *summaries) declared(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		at := 0
		for _, field := range n.Type.Params.List {
			for _, name := range field.Names {
				if name.Name == "verb" {
					s.verbAt[n.Name.Name] = at
				}
				at++
			}
		}
	case *ast.ValueSpec:
		if typ, ok := n.Type.(*ast.Ident); ok && typ.Name == "CertificateKind" {
			for _, v := range n.Values {
				s.note(s.nouns, v)
			}
		}
	}
	return true
}

// used records the summaries that are printed.
func (s *summaries) used(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := called(n)
		if at, ok := s.verbAt[name]; ok && at < len(n.Args) {
			s.note(s.verbs, n.Args[at])
		}
		switch name {
		case "AddError", "AddWarning":
			s.summary(n.Args[0])
		case "AddAttributeError", "AddAttributeWarning":
			s.summary(n.Args[1])
		}
	case *ast.CompositeLit:
		switch typeName(n.Type) {
		case "Problem":
			for _, element := range n.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok {
					s.part(pair)
				}
			}
		case "checked": // the arguments are description, summary, noun, check
			if len(n.Elts) > 1 {
				s.note(s.texts, n.Elts[1])
			}
		}
	}
	return true
}

func (s *summaries) part(pair *ast.KeyValueExpr) {
	switch key, _ := pair.Key.(*ast.Ident); key.Name {
	case "Verb":
		s.note(s.verbs, pair.Value)
	case "Noun":
		s.note(s.nouns, pair.Value)
	}
}

// summary records the summary of a diagnostic. If it begins with a text and goes on with a variable, the text is recorded. A
// summary that this test cannot read must be one of the two that it reads elsewhere.
func (s *summaries) summary(arg ast.Expr) {
	s.t.Helper()
	if sum, ok := arg.(*ast.BinaryExpr); ok {
		arg = sum.X
	}
	if s.note(s.texts, arg) {
		return
	}
	where := s.set.Position(arg.Pos())
	switch arg := arg.(type) {
	case *ast.SelectorExpr: // a field of checked
		if arg.Sel.Name == "summary" {
			return
		}
	case *ast.CallExpr: // the call in Problem
		if called(arg) == "Sprintf" && filepath.Base(where.Filename) == "problem.go" {
			return
		}
	}
	s.t.Errorf("%s: this test cannot read the summary of this diagnostic", where)
}

// note records a text, and reports whether the expression is one.
func (s *summaries) note(in map[string]string, e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return false
	}
	text, err := strconv.Unquote(literal.Value)
	acctest.NoError(s.t, err)
	in[text] = s.set.Position(e.Pos()).String()
	return true
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
