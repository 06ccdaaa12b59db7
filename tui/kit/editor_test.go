package kit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

func newTestEditor(s text.Raw, w, h int) *Editor {
	e := NewEditor(testStyles)
	e.Resize(w, h)
	e.SetValue(s)
	return e
}

func keys(e *Editor, names ...string) {
	for _, n := range names {
		e.Update(press(n))
	}
}

func TestEditorKeepsBytes(t *testing.T) {
	for _, n := range append(nasty, "a\r\nb\r\n", "\r", "no end", "end\n", "\xff\xfe\x00", "\n", "\n\n", "\t\tx\t", "\x1b[31m") {
		e := newTestEditor(n, 20, 5)
		keys(e, "down", "end", "pgdown", "up", "home", "ctrl+end", "ctrl+home", "right", "right", "ctrl+right", "shift+down", "esc")
		e.View()
		if e.Value() != n {
			t.Errorf("looking at %q made it %q", n, e.Value())
		}
		v := e.Version()
		keys(e, "ctrl+end", "x", "enter", "y", "backspace", "ctrl+home", "delete", "z")
		if e.Version() == v && n != "" {
			t.Errorf("%q: edits did not change the version", n)
		}
		for e.Undo() {
		}
		if e.Value() != n {
			t.Errorf("undoing all edits of %q gave %q", n, e.Value())
		}
	}
}

func TestEditorTyping(t *testing.T) {
	for _, c := range []struct {
		name, start, keys, want string
	}{
		{"type", "", "h i", "hi"},
		{"space", "", "a space b", "a b"},
		{"enter", "ab", "right enter", "a\nb"},
		{"enter keeps CRLF", "ab\r\nc", "right enter", "a\r\nb\r\nc"},
		{"end before CR", "ab\r\nc", "end x", "abx\r\nc"},
		{"delete CRLF at once", "ab\r\nc", "end delete", "abc"},
		{"backspace over CRLF", "ab\r\nc", "down backspace", "abc"},
		{"backspace a family", "x👩\u200d👩\u200d👧y", "end left backspace", "xy"},
		{"backspace an accent", "e\u0301", "end backspace", ""},
		{"backspace a flag", "🇩🇪🇯🇵", "end backspace", "🇩🇪"},
		{"backspace a bad byte", "a\xff\xfe", "end backspace", "a\xff"},
		{"backspace joins lines", "a\nb", "down backspace", "ab"},
		{"delete", "abc", "delete", "bc"},
		{"word left", "one two", "end ctrl+w", "one "},
		{"word right", "one two", "alt+d", " two"},
		{"by words", "one two  three", "ctrl+right ctrl+right x", "one twox  three"},
		{"tab", "a", "tab", "\ta"},
		{"select and type", "hello", "shift+right shift+right X", "Xllo"},
		{"select all", "a\nb", "ctrl+a x", "x"},
		{"cut", "hello", "shift+end ctrl+x", ""},
		{"line start", "ab cd", "end ctrl+u", ""},
		{"left leaves selection", "abc", "shift+right shift+right left x", "xabc"},
		{"undo a word at once", "", "o n e space t w o ctrl+z", "one "},
		{"redo", "", "o n e space t w o ctrl+z ctrl+z ctrl+y", "one "},
		{"undo deletes", "abcdef", "end backspace backspace backspace ctrl+z", "abcdef"},
		{"undo stops at moves", "", "a b left c ctrl+z", "ab"},
		{"undo selection", "hello", "ctrl+a x ctrl+z", "hello"},
		{"column is kept", "abcdef\nx\nabcdef", "end down down X", "abcdef\nx\nabcdefX"},
		{"up at the top", "abc", "end up X", "Xabc"},
		{"down at the end", "abc", "down X", "abcX"},
	} {
		e := newTestEditor(text.Raw(c.start), 40, 5)
		keys(e, strings.Fields(c.keys)...)
		if string(e.Value()) != c.want {
			t.Errorf("%s: %q, want %q", c.name, string(e.Value()), c.want)
		}
	}
}

func TestEditorPaste(t *testing.T) {
	for _, c := range []struct{ start, paste, want string }{
		{"", "a\r\nb\rc\n", "a\nb\nc\n"},
		{"x\r\n", "a\nb", "a\r\nbx\r\n"},
		{"", "\x1b[201~\x00\t", "\x1b[201~\x00\t"},
	} {
		e := newTestEditor(text.Raw(c.start), 40, 5)
		changed, _ := e.Update(tea.PasteMsg{Content: c.paste})
		if !changed || string(e.Value()) != c.want {
			t.Errorf("pasting %q into %q gave %q, want %q", c.paste, c.start, string(e.Value()), c.want)
		}
		if !e.Undo() || string(e.Value()) != c.start || e.Undo() {
			t.Errorf("a paste of %q is not one step", c.paste)
		}
	}
}

func TestEditorMouseAndCursor(t *testing.T) {
	e := newTestEditor("first line\nsecond 日本語 line\n\tindented", 30, 5)
	for _, c := range []struct {
		x, y int
		want Pos
	}{{3, 0, Pos{0, 3}}, {99, 0, Pos{0, 10}}, {7, 1, Pos{1, 7}}, {9, 1, Pos{1, 10}}, {4, 2, Pos{2, 1}}, {0, 2, Pos{2, 0}}, {5, 4, Pos{2, 2}}} {
		e.Update(tea.MouseClickMsg{X: c.x, Y: c.y, Button: tea.MouseLeft})
		if p, _ := e.Caret(); p != c.want {
			t.Errorf("a click at %d,%d went to %v, want %v", c.x, c.y, p, c.want)
		}
	}
	e.Update(tea.MouseClickMsg{X: 9, Y: 1, Button: tea.MouseLeft})
	if c := e.Cursor(); c == nil || c.X != 9 || c.Y != 1 {
		t.Errorf("cursor %+v", c)
	}
	e.Update(tea.MouseMotionMsg{X: 11, Y: 1, Button: tea.MouseLeft})
	if e.Selection() != "本" {
		t.Errorf("dragged over %q", string(e.Selection()))
	}
	e.SetFocus(false)
	if e.Cursor() != nil {
		t.Error("a cursor without focus")
	}
}

func TestEditorGotoByte(t *testing.T) {
	s := strings.Repeat("line\n", 200) + "needle here\n" + strings.Repeat("line\n", 200)
	e := newTestEditor(text.Raw(s), 40, 10)
	at := strings.Index(s, "needle")
	e.GotoByte(at, at+6)
	if a, b := e.SelectionBytes(); e.Selection() != "needle" || a != at || b != at+6 {
		t.Errorf("selected %q, %d to %d", string(e.Selection()), a, b)
	}
	if rows := screen(t, e.View(), 40, 10); !strings.Contains(strings.Join(rows, "\n"), "needle") {
		t.Error("the place is out of sight")
	}
	e.GotoByte(1<<30, 0)
	e.GotoByte(-5, -1)
}

func TestEditorFind(t *testing.T) {
	e := newTestEditor("alpha Beta\nbeta\ngamma BETA", 40, 5)
	var got []int
	if !e.Find("beta") {
		t.Fatal("not found")
	}
	for range 4 {
		a, _ := e.SelectionBytes()
		got = append(got, a)
		e.FindNext()
	}
	if want := []int{6, 11, 22, 6}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found at %v, want %v", got, want)
	}
	e.FindPrev()
	if a, _ := e.SelectionBytes(); a != 6 {
		t.Errorf("previous at %d", a)
	}
	if e.Find("Beta"); e.FindNext() {
		if a, _ := e.SelectionBytes(); a != 6 {
			t.Errorf("upper case found at %d", a)
		}
	}
	if e.Find("nothing") || e.Find("") || e.Find("\xff") {
		t.Error("found what is not there")
	}
	one := newTestEditor("x", 40, 5)
	if !one.Find("x") || !one.FindNext() || !one.FindPrev() {
		t.Error("the only match is not found again")
	}
}

func TestEditorVariables(t *testing.T) {
	e := newTestEditor("a {{known}} and {{ missing }} {{", 60, 3)
	e.SetKnown(func(n string) bool { return n == "known" })
	v := e.View()
	for _, want := range []string{testStyles.Variable.Render("{{known}}"), newInk(testStyles.Unknown).text("{{ missing }}")} {
		if !strings.Contains(v, want) {
			t.Errorf("%q is not in %q", want, v)
		}
	}
}

func TestEditorEverySize(t *testing.T) {
	for _, n := range nasty {
		e := NewEditor(testStyles)
		e.SetValue(n)
		e.SetNumbers(true)
		e.Find("o")
		every(t, func(w, h int) string { e.Resize(w, h); return e.View() })
		e.SelectAll()
		every(t, func(w, h int) string {
			e.Resize(w, h)
			if c := e.Cursor(); c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
				t.Fatalf("cursor at %d,%d of %dx%d", c.X, c.Y, w, h)
			}
			return e.View()
		})
	}
}

// TestEditorAgainstModel does random things to an editor and to a plain string.
func TestEditorAgainstModel(t *testing.T) {
	bits := []string{"a", "word", " ", "\n", "\r\n", "日", "e\u0301", "👩\u200d👧", "\t", "\xff", "{{v}}", strings.Repeat("long ", 700), "\x1b"}
	all := []string{"left", "right", "up", "down", "home", "end", "pgup", "pgdown", "ctrl+left", "ctrl+right", "backspace", "delete", "ctrl+w",
		"alt+d", "shift+left", "shift+right", "shift+down", "shift+up", "ctrl+home", "ctrl+end", "ctrl+z", "ctrl+y", "ctrl+u", "enter", "x", "esc"}
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		e := newTestEditor("", 3+r.IntN(40), 1+r.IntN(8))
		e.SetNumbers(seed%3 == 0)
		for step := range 120 {
			was := string(e.Value())
			a, b := e.SelectionBytes()
			if r.IntN(3) == 0 {
				bit := bits[r.IntN(len(bits))]
				e.Insert(text.Raw(bit))
				if want := was[:a] + bit + was[b:]; string(e.Value()) != want {
					t.Fatalf("seed %d step %d: inserting %.20q at %d-%d is wrong", seed, step, bit, a, b)
				}
			} else {
				k := all[r.IntN(len(all))]
				e.Update(press(k))
				if !deleted(k) && string(e.Value()) != was {
					t.Fatalf("seed %d step %d: %s changed the text", seed, step, k)
				}
			}
			check(t, e, fmt.Sprintf("seed %d step %d", seed, step))
		}
		final := e.Value()
		n := 0
		for e.Undo() {
			n++
			check(t, e, "undo")
		}
		if e.Value() != "" {
			t.Fatalf("seed %d: undoing all leaves %q", seed, string(e.Value()))
		}
		for ; n > 0; n-- {
			e.Redo()
		}
		if e.Value() != final {
			t.Fatalf("seed %d: redoing all is not the same", seed)
		}
	}
}

// The gutter grows with the number of lines, and the text gives way.
func TestEditorNumbersGrow(t *testing.T) {
	e := NewEditor(testStyles)
	e.SetNumbers(true)
	e.Resize(24, 6)
	e.SetValue(text.Raw(strings.Repeat("exactly as wide as\n", 998)))
	check(t, e, "999 lines")
	keys(e, "ctrl+end", "enter")
	check(t, e, "1000 lines")
	e.Undo()
	check(t, e, "999 again")
	e.SetValue(text.Raw(strings.Repeat("x\n", 20000)))
	check(t, e, "20,000 lines")
}

func deleted(k string) bool {
	switch k {
	case "backspace", "delete", "ctrl+w", "alt+d", "ctrl+z", "ctrl+y", "ctrl+u", "enter", "x":
		return true
	}
	return false
}

// check holds the editor to what is always true of it.
func check(t *testing.T, e *Editor, where string) {
	t.Helper()
	for i := range e.buf.lines {
		l := &e.buf.lines[i]
		if l.rows != nil {
			if want := rowStarts(l.s, e.buf.width); fmt.Sprint(want) != fmt.Sprint(l.rows) {
				t.Fatalf("%s: line %d is wrapped at %v, want %v: %.200q", where, i, l.rows, want, l.s)
			}
		}
	}
	if e.buf.width != max(1, e.textWidth()-1) {
		t.Fatalf("%s: wrapped at %d in %d cells", where, e.buf.width, e.textWidth())
	}
	p, at := e.Caret()
	if p.Line >= len(e.buf.lines) || p.Byte > len(e.buf.lines[p.Line].s) || e.buf.pos(at) != p {
		t.Fatalf("%s: caret at %v", where, p)
	}
	if s := e.buf.lines[p.Line].s[p.Byte:]; s != "" && utf8.ValidString(e.buf.lines[p.Line].s) && !utf8.RuneStart(s[0]) {
		t.Fatalf("%s: caret within a character", where)
	}
	screen(t, e.View(), e.w, e.h)
	if e.Cursor() == nil {
		t.Fatalf("%s: the cursor is out of sight", where)
	}
}

func TestEditorGolden(t *testing.T) {
	e := NewEditor(testStyles)
	e.SetNumbers(true)
	e.SetValue("You are a careful proof-reader.\n\nRead {{draft}} and list every error.\tTabs, \x1b[31mescapes\x1b[0m and 日本語 stay visible, and long lines wrap at words.\r\n- one\n- two\n")
	goldens(t, "editor", func(w, h int) string { e.Resize(w, h); return e.View() })
}

func prose(n int, line int) string {
	words := []string{"the", "model", "answers", "{{question}}", "with", "care", "naïve", "and", "reads", "every", "example"}
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		b.WriteString(words[i%len(words)])
		if line > 0 && i%line == line-1 {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()[:n]
}

func BenchmarkEditorKey(b *testing.B) {
	for _, c := range []struct {
		name    string
		n, line int
	}{{"1KB", 1 << 10, 40}, {"50KB", 50 << 10, 40}, {"500KB", 500 << 10, 40}, {"500KB-one-line", 500 << 10, 0}} {
		b.Run(c.name, func(b *testing.B) {
			e := newTestEditor(text.Raw(prose(c.n, c.line)), 120, 50)
			e.GotoByte(c.n/2, 0)
			for i := range b.N {
				e.Update(press(string(rune('a' + i%26))))
				e.View()
				e.Cursor()
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed())/float64(bareInsert(c.n, b.N)), "x-bare")
		})
	}
	b.Run("500KB-CJK-one-line", func(b *testing.B) {
		e := newTestEditor(text.Raw(strings.Repeat("日本語", 500<<10/9)), 120, 50)
		e.GotoByte(250<<10, 0)
		for range b.N {
			e.Update(press("x"))
			e.View()
			e.Cursor()
		}
	})
}

// bareInsert is how long it takes to put n letters, one by one, into the middle
// of a bare string of that size and to cut it into lines: what an editor without
// a line buffer would do at each key.
func bareInsert(size, n int) time.Duration {
	s := prose(size, 40)
	start := time.Now()
	for range n {
		s = s[:size/2] + "x" + s[size/2:]
		bareLines = strings.Split(s, "\n")
	}
	return max(1, time.Since(start))
}

var bareLines []string // so that the work is not thought away

func BenchmarkEditorOpen500KB(b *testing.B) {
	s := text.Raw(prose(500<<10, 40))
	for range b.N {
		e := newTestEditor(s, 120, 50)
		e.View()
	}
}

func BenchmarkEditorValue500KB(b *testing.B) {
	e := newTestEditor(text.Raw(prose(500<<10, 40)), 120, 50)
	for range b.N {
		e.Update(press("x"))
		e.Value()
	}
}

func TestEditorColoursJSON(t *testing.T) {
	e := newTestEditor("", 40, 4)
	e.SetJSON(true)
	for line, want := range map[string]string{
		`{"a\"b": "c: d", "n" : -1.5e3}`: `key "a\"b"|string "c: d"|key "n"|number -1.5e3`,
		`[true, nullo, null] {{x}}`:      `word true|word null`,
		`"open`:                          `string "open`,
		"\xff \"\xe2\x82\" 12":           "string \"\xe2\x82\"|number 12",
	} {
		e.SetValue(text.Raw(line))
		var got []string
		for _, s := range e.stretches(0, 0, len(line)) {
			got = append(got, map[int]string{kindKey: "key", kindString: "string", kindNumber: "number", kindWord: "word"}[s.kind]+" "+line[s.from:s.to])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
		e.SetFocus(false)
		if rows := strings.Split(e.View(), "\n"); len(rows) != 4 {
			t.Errorf("%d rows", len(rows))
		}
	}
}
