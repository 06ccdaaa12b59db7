package lint_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
)

// A context of the corpus is a file of sections "-- kind [Title] --", each a block
// by its kind; "case" holds name=value lines, with wanted= for the answer. Shots are
// parted by a line "---", an input from its output by "=>", and a call of a tool
// stands as "call NAME ARGUMENTS" in place of an output. Lines "expect RULE: SPAN ¦
// SPAN" before the first section say what is to be found and where; a line feed in a
// span is written ⏎. Without any the context is clean.
type context struct {
	c      session.Content
	k      session.Case
	cases  []session.Case
	expect []string
	whole  string
}

func readContext(t *testing.T, file string) context {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var x context
	kind, title := "", ""
	var body []string
	flush := func() {
		s := strings.Trim(strings.Join(body, "\n"), "\n")
		body = nil
		switch kind {
		case "":
			for _, l := range strings.Split(s, "\n") {
				if e, ok := strings.CutPrefix(l, "expect "); ok {
					x.expect = append(x.expect, strings.ReplaceAll(e, "⏎", "\n"))
				} else if l != "" {
					t.Fatalf("%s: what is %q?", file, l)
				}
			}
			return
		case "case":
			k := readCase(s, fmt.Sprintf("c%02d", len(x.cases)+1))
			if len(x.cases) == 0 {
				x.k = k
			}
			x.cases = append(x.cases, k)
			return
		}
		b := session.Block{Kind: session.Kind(kind), Role: session.Kind(kind).DefaultRole(), Title: raw(title), Wrap: session.WrapNone}
		switch b.Kind {
		case session.KindShots:
			b.Layout = session.LayoutInline
			for i, one := range strings.Split(s, "\n---\n") {
				in, out, _ := strings.Cut(one, "\n=>\n")
				shot := session.Shot{Name: raw(fmt.Sprintf("s%02d", i+1)), Input: raw(in), Output: raw(out)}
				if call, ok := strings.CutPrefix(out, "call "); ok {
					name, args, _ := strings.Cut(call, " ")
					shot.Output, shot.Calls = "", []session.ShotCall{{Name: raw(name), Arguments: raw(args)}}
					b.Layout = session.LayoutTurns
				}
				b.Shots = append(b.Shots, shot)
			}
		case session.KindResources:
			for _, one := range strings.Split("\n"+s, "\n[")[1:] {
				name, body, _ := strings.Cut(one, "]\n")
				b.Resources = append(b.Resources, session.Resource{Name: raw(name), Text: raw(body)})
			}
		default:
			b.Text = raw(s)
		}
		x.c.Blocks = append(x.c.Blocks, b)
		if b.Kind == session.KindSystem || b.Kind == session.KindInstructions {
			x.whole += s + "\n\n"
		}
	}
	for _, line := range strings.Split(string(data), "\n") {
		if inner, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(line, " --") {
			flush()
			kind, title, _ = strings.Cut(strings.TrimSuffix(inner, " --"), " ")
			continue
		}
		body = append(body, line)
	}
	flush()
	return x
}

func readCase(s, name string) session.Case {
	k := session.Case{Name: raw(name)}
	for _, l := range strings.Split(s, "\n") {
		name, v, _ := strings.Cut(l, "=")
		if name == "wanted" {
			w := raw(v)
			k.Wanted = &w
			continue
		}
		k.Vars = append(k.Vars, session.Var{Name: raw(name), Value: raw(v)})
	}
	return k
}

func corpus(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txt"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d contexts in %s, want at least 30 (%v)", len(files), dir, err)
	}
	return files
}

// zeroShot is the note that a context without shots gets: it is true of a clean one
// as well.
func zeroShot(f lint.Finding) bool { return strings.HasPrefix(f.Message, "There are no shots") }

// fits is a schema check for tests: of an object, what is required.
func fits(schema, answer string) string {
	var s struct{ Required []string }
	var a map[string]any
	if json.Unmarshal([]byte(schema), &s) != nil || json.Unmarshal([]byte(answer), &a) != nil {
		return "it is no object"
	}
	for _, r := range s.Required {
		if _, ok := a[r]; !ok {
			return r + " is missing"
		}
	}
	return ""
}

func checkContext(x context, w session.Wrap) (session.Proof, []lint.Finding) {
	c := x.c.Clone()
	for i := range c.Blocks {
		if !c.Blocks[i].Kind.Beside() && c.Blocks[i].Kind != session.KindTurns {
			c.Blocks[i].Wrap = w
		}
	}
	p := session.Compose(c, x.k, session.Order{})
	o := lint.Options{Cases: x.cases, Fits: func(s, a text.Raw) string { return fits(string(s), string(a)) }}
	fs := lint.Check(c, x.k, p, o)
	return p, slices.DeleteFunc(fs, zeroShot)
}

func TestCleanContextsAreQuiet(t *testing.T) {
	for _, file := range corpus(t, "clean") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			x := readContext(t, file)
			for _, w := range session.Wraps() {
				p, fs := checkContext(x, w)
				for _, s := range summary(t, p, fs) {
					t.Errorf("%s wrapper: %s\n%+v", w, s, fs)
				}
			}
			c, p := lint.FromText(raw(x.whole))
			for _, s := range summary(t, p, lint.Check(c, session.Case{}, p, lint.Options{Bare: true})) {
				t.Errorf("as a file: %s", s)
			}
		})
	}
}

func TestPlantedFaultsAreFound(t *testing.T) {
	found := map[string]int{}
	for _, file := range corpus(t, "planted") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			x := readContext(t, file)
			if len(x.expect) == 0 {
				t.Fatal("nothing is expected")
			}
			p, fs := checkContext(x, session.WrapNone)
			var got []string
			for _, f := range fs {
				var spans []string
				for _, s := range f.Spans {
					spans = append(spans, string(p.Messages[s.Message].Content[s.Start:s.End]))
				}
				got = append(got, strings.TrimSpace(f.Rule+": "+strings.Join(spans, " ¦ ")))
				found[f.Rule]++
			}
			summary(t, p, fs)
			slices.Sort(got)
			slices.Sort(x.expect)
			if !slices.Equal(got, x.expect) {
				t.Errorf("got\n\t%s\nwant\n\t%s\n%+v", strings.Join(got, "\n\t"), strings.Join(x.expect, "\n\t"), fs)
			}
		})
	}
	for _, r := range lint.Rules() {
		if found[r.Name] == 0 {
			t.Errorf("no context of the corpus has a fault of rule %s", r.Name)
		}
	}
}
