package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutant is a change of a file. text replaces the bytes between the offsets from and to.
type mutant struct {
	file     string // relative to the module's root, with slashes
	line     int
	function string
	from, to int
	was      string // the source between the offsets, as one line
	text     string
}

// String returns the mutant as it is written in the report and in the list of accepted mutants. It has no line number, so that it does not
// change when lines above it are added or removed.
func (m mutant) String() string {
	text := oneLine(m.text)
	if text == "" {
		text = "{}"
	}
	return fmt.Sprintf("%s | %s | %s | %s", m.file, m.function, m.was, text)
}

// oneLine collapses white space, so that a mutant is one line of a report.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// mutants returns the mutants of the files in these directories of the module at root, without test files, in the order of the source.
func mutants(root string, dirs []string) ([]mutant, error) {
	var all []mutant
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			found, err := mutantsOf(filepath.ToSlash(filepath.Join(dir, filepath.Base(path))), source)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// mutantsOf returns the mutants of a file.
func mutantsOf(file string, source []byte) ([]mutant, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &finder{set: set, file: file, source: source}
	for _, declaration := range tree.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Body != nil {
			f.function = function.Name.Name
			ast.Inspect(function.Body, f.visit)
		}
	}
	slices.SortStableFunc(f.found, func(a, b mutant) int { return a.from - b.from })
	return f.found, nil
}

// finder collects the mutants of a file.
type finder struct {
	set      *token.FileSet
	file     string
	source   []byte
	function string
	found    []mutant
	seen     ast.Node // the post statement of a loop, for which there is a mutant already
}

// swaps are operators and their replacements.
var swaps = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS, token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL, token.LAND: token.LOR, token.LOR: token.LAND,
	token.ADD: token.SUB, token.SUB: token.ADD,
}

func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ForStmt:
		if n.Post != nil { // the post statement can be replaced with nothing
			f.replace(n.Post.Pos(), n.Post.End(), "", n.Post)
			f.seen = n.Post
		}
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.BinaryExpr:
		if other, ok := swaps[n.Op]; ok && !isText(n) {
			from := n.OpPos
			f.replace(from, from+token.Pos(len(n.Op.String())), other.String(), n)
		}
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt, *ast.GoStmt:
		f.drop(n)
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			f.drop(n)
		}
	case *ast.ReturnStmt:
		f.failure(n)
	case *ast.CaseClause:
		f.clause(n)
	}
	return true
}

// drop replaces a statement with one that does nothing.
func (f *finder) drop(n ast.Node) {
	if n != f.seen {
		f.replace(n.Pos(), n.End(), "{}", n)
	}
}

// condition makes a condition always false, and always true. The condition is still evaluated, so that the compiler reports nothing as
// unused.
func (f *finder) condition(cond ast.Expr) {
	was := f.slice(cond.Pos(), cond.End())
	f.replace(cond.Pos(), cond.End(), "("+was+") && false", cond)
	f.replace(cond.Pos(), cond.End(), "("+was+") || true", cond)
}

// clause empties the body of a case clause.
func (f *finder) clause(c *ast.CaseClause) {
	if len(c.Body) > 0 {
		f.replace(c.Body[0].Pos(), c.Body[len(c.Body)-1].End(), "{}", c)
	}
}

// failure makes a return statement with an error return nil instead.
func (f *finder) failure(r *ast.ReturnStmt) {
	if len(r.Results) == 0 {
		return
	}
	last := r.Results[len(r.Results)-1]
	if name, ok := last.(*ast.Ident); ok && (name.Name == "err" || strings.HasSuffix(name.Name, "Err")) {
		f.replace(last.Pos(), last.End(), "nil", r)
	}
}

// isText reports whether an addition concatenates strings, as far as the syntax shows.
func isText(n *ast.BinaryExpr) bool {
	for _, side := range []ast.Expr{n.X, n.Y} {
		switch side := side.(type) {
		case *ast.BasicLit:
			if side.Kind == token.STRING {
				return true
			}
		case *ast.BinaryExpr:
			if isText(side) {
				return true
			}
		}
	}
	return false
}

func (f *finder) slice(from, to token.Pos) string {
	return string(f.source[f.set.Position(from).Offset:f.set.Position(to).Offset])
}

// replace records a mutant in which text replaces the source between from and to. The report shows whole.
func (f *finder) replace(from, to token.Pos, text string, whole ast.Node) {
	at := f.set.Position(from)
	was := oneLine(f.slice(whole.Pos(), whole.End()))
	if len(was) > 120 {
		was = was[:120] + "…"
	}
	f.found = append(f.found, mutant{
		file: f.file, line: at.Line, function: f.function, was: was, text: text,
		from: at.Offset, to: f.set.Position(to).Offset,
	})
}
