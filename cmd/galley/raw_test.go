package main_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// mayUnwrap are the places below tui where a text.Raw may become a string or
// bytes, as file:function or as a whole file, each with its reason. Everywhere
// else it reaches a view as text.Shown or not at all.
var mayUnwrap = map[string]string{
	// The editor holds the bytes that are sent; it draws by text.ShowAt.
	"tui/kit/editor.go:Editor.SetValue":        "takes the bytes into its lines",
	"tui/kit/editor.go:Editor.Insert":          "takes the bytes into its lines",
	"tui/kit/editor_bar.go:Editor.look":        "what was typed into the field, to look for it",
	"tui/kit/editor_find.go:Editor.ReplaceAll": "takes the bytes into its lines",
	"tui/kit/input.go:Input.SetValue":          "takes the bytes into its one line",

	// The bank of shots takes apart what was typed, and keeps the rest to the byte.
	"tui/revisions/deeds.go:Screen.saveAs":    "the name that was typed, to check and to keep it",
	"tui/shots/bring.go:Screen.bring":         "the path that was typed, to open the file",
	"tui/shots/bring.go:bringing.mapColumns":  "which column is what, as it was typed",
	"tui/shots/deeds.go:Screen.keep":          "the name that was typed, for the store",
	"tui/shots/form.go:callsText":             "calls as JSON to be edited; the editor shows them",
	"tui/shots/form.go:parseCalls":            "reads the calls that were typed",
	"tui/shots/form.go:form.shot":             "reads name and tags that were typed",
	"tui/kit/finder.go:Finder.Words":          "what was typed, to look for it",
	"tui/shots/screen.go:Screen.matches":      "what is looked for is looked for in the bytes",
	"tui/study/setup.go:setup.spec":           "the names of prompt and variant, for the plan that is kept",
	"tui/study/setup.go:Screen.otherVariants": "names of variants to choose from; they are shown by text.Head",
	"tui/study/setup.go:setup.write":          "reads the value that was typed",

	// The page of the cases reads what was typed, and looks a variable up by its name.
	"tui/cases/chain.go:Screen.bindVariable":  "asks whether a variant asks for the variable",
	"tui/cases/deeds.go:Screen.askTags":       "tags as they are edited; the field shows them",
	"tui/cases/deeds.go:readDraw":             "reads the share and the seed that were typed",
	"tui/cases/deeds.go:Screen.sought":        "what was typed, to look for it",
	"tui/cases/deeds.go:Screen.cross":         "reads the values that were typed",
	"tui/cases/deeds.go:Screen.sureCross":     "reads the values that were typed",
	"tui/cases/edit.go:cellText":              "looks a variable up by its name",
	"tui/cases/edit.go:Screen.rename":         "the name that was typed, to keep it",
	"tui/cases/edit.go:Screen.nameTrouble":    "checks the name that was typed",
	"tui/cases/edit.go:readTags":              "reads the tags that were typed",
	"tui/cases/form.go:Screen.made":           "reads name and split that were typed",
	"tui/cases/mapping.go:Screen.bring":       "the file's name that was typed, to open it",
	"tui/cases/mapping.go:Screen.remap":       "columns and variables are matched by name",
	"tui/cases/mapping.go:Screen.askVariable": "the name that was typed, for the mapping",
	"tui/cases/mapping.go:variableTrouble":    "checks the name that was typed",
	"tui/cases/mapping.go:Mapping.with":       "columns are matched by name",
	"tui/cases/mapping.go:Screen.leaveOut":    "columns are matched by name",
	"tui/cases/rows.go:haystacks":             "what a search looks at; nothing of it is shown",
	"tui/cases/rows.go:Screen.setColumns":     "looks a variable up by its name",
	"tui/cases/rows.go:Screen.at":             "looks a variable up by its name",
	"tui/cases/screen.go:Screen.goBack":       "names the prompt for the station that it goes to",
	"tui/cases/view.go:Screen.cellFacts":      "looks a variable up by its name",

	// The page of the resources reads what was typed, and looks for it.
	"tui/resources/bring.go:Screen.bring":    "the path that was typed, to open it",
	"tui/resources/form.go:form.resource":    "reads the name that was typed",
	"tui/resources/form.go:Screen.keep":      "the name that was typed, for the store",
	"tui/resources/screen.go:Screen.matches": "what is looked for is looked for in the bytes",

	"tui/proof/rendered.go:templateWords": "joins pieces of tokens, and gives back what OneLine shows",

	// The pager and the diff join pieces before they are shown line by line.
	"tui/kit/pager.go:Pager.load":            "joins the segments, to wrap, search and copy them as one text",
	"tui/kit/pager.go:Pager.Append":          "joins the segments, to wrap, search and copy them as one text",
	"tui/kit/diff_view.go:WordOps":           "joins the stretches, so that words are wrapped across them, before text.Show",
	"tui/kit/markdown.go:Markdown.key":       "hashes the text for the cache",
	"tui/kit/pager_view.go:Pager.typeSearch": "the term that was typed, to look for",
	"tui/kit/jsondoc.go:BesideSegments":      "cut into coloured segments, which are raw text again",
	"tui/judge/words.go:trim":                "trims what was typed, which goes on as raw text",
	"tui/suite/names.go:bytesOf":             "what was typed into a field, for those who parse or store it",
	"tui/kit/list.go:List.Filter":            "the filter that was typed, to compare with",
	"tui/kit/palette.go:Palette.search":      "the query that was typed, to rank by",
	"tui/bench/setup.go:setup.key":           "names a choice, to tell answers to an old question; never drawn",

	"tui/kit/markdown.go:Markdown.render": "asks how deep the text is nested; what is rendered is its shown form",

	// The board keeps what streams in; its views take text.Raw from it again.
	"tui/bench/board.go:board.apply":     "appends to the bytes so far without copying them anew",
	"tui/bench/columns.go:head":          "finds where a character ends; gives back a text.Raw",
	"tui/bench/answers.go:trimmed":       "an answer to compare with others",
	"tui/bench/person.go:parts":          "finds where a line begins; gives back a number",
	"tui/bench/grid.go:holds":            "compares with the filter",
	"tui/bench/closeup.go:closeup.exact": "the bytes that the clipboard gets, exactly",
	"tui/route.go:App.Update":            "hands the clipboard what the user asked to copy, exactly",

	// Names and paths that were typed go to the store and the file system.
	"tui/library/deeds.go:Screen.name":    "checks the name by session.CheckName, which admits nothing unfit to be shown",
	"tui/compose/names.go:bytesOf":        "what was typed into a field, for those who parse or store it",
	"tui/proof/actions.go:Screen.exact":   "the bytes that the clipboard and a saved file get, exactly",
	"tui/proof/actions.go:Screen.save":    "the path that was typed, to write to",
	"tui/proof/doc.go:callLines":          "joins pieces, and gives back a Raw",
	"tui/proof/heat.go:heatOf":            "counts lines",
	"tui/proof/intern.go:intern.split":    "the names that a prompt is copied under",
	"tui/proof/intern.go:intern.failures": "the name of a variant, to look for its answers",
	"tui/proof/lint.go:Screen.silence":    "trims what was typed, and keeps it as a Raw",
}

// TestRawStaysWrapped holds the views to text.Shown: no code below tui turns a
// text.Raw into anything that a terminal would get as it is.
func TestRawStaysWrapped(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, l := range findLeaks(t, root, nil, "./tui/...") {
		switch {
		case mayUnwrap[l.file] != "":
			used[l.file] = true
		case mayUnwrap[l.file+":"+l.fn] != "":
			used[l.file+":"+l.fn] = true
		default:
			t.Errorf("%s:%d: %s %s; show it with text.Show, or say in mayUnwrap why %s:%s may", l.file, l.line, l.fn, l.what, l.file, l.fn)
		}
	}
	for place := range mayUnwrap {
		file, _, _ := strings.Cut(place, ":")
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err == nil && !used[place] {
			t.Errorf("%s unwraps nothing: take it off the list", place)
		}
	}
}

// Each way around text.Shown that we know of is seen, and what is fit to be
// shown is let through.
func TestRawCheckHasTeeth(t *testing.T) {
	const code = `package leaky

import (
	"encoding/json"
	"fmt"
	"log"
	"reflect"

	"galley/session"
	"galley/session/text"
)

type named string
type holder struct{ hidden text.Raw }

func leaks(r text.Raw, b text.Raw, rs []text.Raw, w session.Wire, c session.Case) {
	use(string(r)) // leak
	use([]byte(r)) // leak
	use([]rune(r)) // leak
	use(named(r)) // leak
	use(string(r + b)) // leak
	use(string(rs[0][1:])) // leak
	use(string(c.Name)) // leak
	use((string)(r)) // leak
	use(append([]byte(nil), r...)) // leak
	copy(make([]byte, 9), r) // leak
	use(r[0]) // leak
	for _, x := range r { // leak
		use(x)
	}
	use(fmt.Sprint(holder{r})) // leak
	use(fmt.Sprintf("%v", &holder{r})) // leak
	use(fmt.Sprint(rs)) // leak
	log.Print(c) // leak
	use(reflect.ValueOf(r)) // leak
	use(json.Marshal(r)) // leak
	use(string(w.Body)) // leak
	func() {
		use(string(r)) // leak
	}()
}

func generic[T ~string](s T) string {
	return string(s) // leak
}

var global = string(text.Raw("x")) // leak

func fine(r text.Raw, s string, n int, w session.Wire) {
	use(r.String())
	use(text.Show(r))
	use(text.Raw(s))
	use(text.Raw(w.Body))
	use(fmt.Sprint(r, n))
	use(fmt.Sprintf("%q %s", r, r))
	use(r[1:])
	use(r + "x" == r)
	use(len(r))
	use(r[0] == 'x')
	use(string(r) == s)
	use(string([]byte(s)))
	use(string(rune(n)))
	for i := range r {
		use(i)
	}
	use(session.Role(s))
	use(string(session.RoleUser))
	use(generic(s))
}

func use(...any) {}
`
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "tui", "leaky", "leaky.go")
	var want, got []int
	for i, line := range strings.Split(code, "\n") {
		if strings.HasSuffix(line, "// leak") {
			want = append(want, i+1)
		}
	}
	for _, l := range findLeaks(t, root, map[string][]byte{file: []byte(code)}, "./tui/leaky") {
		got = append(got, l.line)
		if l.file != "tui/leaky/leaky.go" || l.line < 43 && l.fn != "leaks" {
			t.Errorf("line %d is said to be in %s:%s", l.line, l.file, l.fn)
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("leaks seen in lines\n\t%v, want\n\t%v", got, want)
	}
}

// leak is a place where a text.Raw loses its wrapping.
type leak struct {
	file string // below the root, with slashes
	fn   string // Name, Receiver.Name, or "" outside of functions
	line int
	what string
}

func findLeaks(t *testing.T, root string, overlay map[string][]byte, pattern string) (out []leak) {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedExportFile,
		Dir:  root, Overlay: overlay,
	}, pattern)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) == 0 {
		t.Fatalf("%s matches no package", pattern)
	}
	for _, pkg := range pkgs {
		for _, err := range pkg.Errors {
			t.Fatal(err)
		}
		for _, f := range pkg.Syntax {
			for _, d := range f.Decls {
				fn := ""
				if fd, ok := d.(*ast.FuncDecl); ok {
					fn = funcName(fd)
				}
				compared := map[ast.Node]bool{} // what is only compared goes nowhere
				ast.Inspect(d, func(n ast.Node) bool {
					if b, ok := n.(*ast.BinaryExpr); ok && comparison[b.Op] {
						compared[ast.Unparen(b.X)], compared[ast.Unparen(b.Y)] = true, true
					}
					if what := unwraps(pkg.TypesInfo, n); what != "" && !compared[n] {
						at := pkg.Fset.Position(n.Pos())
						rel, err := filepath.Rel(root, at.Filename)
						if err != nil {
							t.Fatal(err)
						}
						out = append(out, leak{filepath.ToSlash(rel), fn, at.Line, what})
					}
					return true
				})
			}
		}
	}
	return out
}

var comparison = map[token.Token]bool{token.EQL: true, token.NEQ: true, token.LSS: true, token.GTR: true, token.LEQ: true, token.GEQ: true}

// funcName is Name, or Receiver.Name.
func funcName(fd *ast.FuncDecl) string {
	if fd.Recv == nil || len(fd.Recv.List) == 0 {
		return fd.Name.Name
	}
	t := fd.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + fd.Name.Name
		default:
			return fd.Name.Name
		}
	}
}

// unwraps says how n takes the wrapping off a text.Raw, "" if it does not.
func unwraps(info *types.Info, n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		return callUnwraps(info, n)
	case *ast.IndexExpr:
		if isRaw(info.TypeOf(n.X)) {
			return "takes a byte out of a text.Raw"
		}
	case *ast.RangeStmt:
		if v, ok := n.Value.(*ast.Ident); isRaw(info.TypeOf(n.X)) && n.Value != nil && !(ok && v.Name == "_") {
			return "takes the characters out of a text.Raw"
		}
	}
	return ""
}

func callUnwraps(info *types.Info, call *ast.CallExpr) string {
	if tv := info.Types[call.Fun]; tv.IsType() {
		if !textual(tv.Type) || isRaw(tv.Type) {
			return ""
		}
		arg := info.TypeOf(call.Args[0])
		switch _, generic := types.Unalias(arg).(*types.TypeParam); {
		case isRaw(arg):
			return fmt.Sprintf("turns a text.Raw into %s", tv.Type)
		case generic:
			return fmt.Sprintf("turns what may be a text.Raw into %s", tv.Type)
		case isWireBody(info, call.Args[0]):
			return "turns the body of a request into text that is not text.Raw"
		}
		return ""
	}
	fun := ast.Unparen(call.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		fun = sel.Sel
	}
	id, ok := fun.(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	switch f := info.Uses[id].(type) {
	case *types.Builtin:
		last := call.Args[len(call.Args)-1]
		if (f.Name() == "copy" || f.Name() == "append" && call.Ellipsis.IsValid()) && isRaw(info.TypeOf(last)) {
			return "copies the bytes of a text.Raw"
		}
	case *types.Func:
		if f.Pkg() == nil {
			return ""
		}
		for _, arg := range call.Args {
			switch t := info.TypeOf(arg); f.Pkg().Path() {
			case "reflect", "unsafe", "encoding/json":
				if isRaw(t) || holdsRaw(t, nil) {
					return "hands a text.Raw to " + f.FullName()
				}
			case "fmt", "log", "log/slog":
				// A text.Raw alone is printed by its String method, which shows it.
				if !isRaw(t) && holdsRaw(t, nil) {
					return "prints what holds a text.Raw with " + f.FullName()
				}
			}
		}
	}
	return ""
}

func isRaw(t types.Type) bool {
	named, ok := types.Unalias(orNil(t)).(*types.Named)
	return ok && named.Obj().Name() == "Raw" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "galley/session/text"
}

func orNil(t types.Type) types.Type {
	if t == nil {
		return types.Typ[types.Invalid]
	}
	return t
}

// textual reports whether t is a string or a slice of bytes or runes.
func textual(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Slice:
		e, ok := u.Elem().Underlying().(*types.Basic)
		return ok && (e.Kind() == types.Byte || e.Kind() == types.Rune)
	}
	return false
}

// holdsRaw reports whether a value of t has a text.Raw somewhere inside and no
// String or Error method of its own.
func holdsRaw(t types.Type, seen []types.Type) bool {
	if t == nil || slices.Contains(seen, t) {
		return false
	}
	if isRaw(t) {
		return true
	}
	for _, name := range []string{"String", "Error"} {
		if m, _, _ := types.LookupFieldOrMethod(t, true, nil, name); m != nil {
			if _, ok := m.(*types.Func); ok {
				return false
			}
		}
	}
	seen = append(seen, t)
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return holdsRaw(u.Elem(), seen)
	case *types.Slice:
		return holdsRaw(u.Elem(), seen)
	case *types.Array:
		return holdsRaw(u.Elem(), seen)
	case *types.Map:
		return holdsRaw(u.Key(), seen) || holdsRaw(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if holdsRaw(f.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// isWireBody reports whether e is the Body of a session.Wire: the prompt's own
// text, in bytes.
func isWireBody(info *types.Info, e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Body" {
		return false
	}
	t := info.TypeOf(sel.X)
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(orNil(t)).(*types.Named)
	return ok && named.Obj().Name() == "Wire" && named.Obj().Pkg().Path() == "galley/session"
}
