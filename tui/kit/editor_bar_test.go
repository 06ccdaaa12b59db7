package kit

import (
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

func write(e *Editor, s string) {
	for _, c := range s {
		e.Update(press(string(c)))
	}
}

func TestEditorFindBar(t *testing.T) {
	e := newTestEditor("alpha Beta\nbeta\ngamma BETA\n", 60, 8)
	keys(e, "ctrl+f")
	write(e, "beta")
	rows := screen(t, e.View(), 60, 8)
	if !strings.Contains(rows[7], "find › beta") || !strings.Contains(rows[7], "1 of 3") {
		t.Fatalf("the field says %q", rows[7])
	}
	if c := e.Cursor(); c == nil || c.Y != 7 || c.X != 11 {
		t.Errorf("the cursor is at %+v", c)
	}
	keys(e, "enter", "enter")
	if at, of := e.Matches(); at != 3 || of != 3 {
		t.Errorf("%d of %d", at, of)
	}
	keys(e, "up")
	if at, _ := e.Matches(); at != 2 {
		t.Errorf("up goes to %d", at)
	}
	keys(e, "tab")
	write(e, "delta")
	keys(e, "enter") // the second
	if e.Value() != "alpha Beta\ndelta\ngamma BETA\n" {
		t.Fatalf("%q", e.Value())
	}
	if at, of := e.Matches(); at != 2 || of != 2 || e.Selection() != "BETA" {
		t.Errorf("after one: %d of %d, %q", at, of, string(e.Selection()))
	}
	keys(e, "alt+enter")
	if e.Value() != "alpha delta\ndelta\ngamma delta\n" {
		t.Fatalf("%q", e.Value())
	}
	if rows = screen(t, e.View(), 60, 8); !strings.Contains(rows[6], "2 replaced") {
		t.Errorf("it says %q", rows[6])
	}
	keys(e, "ctrl+z")
	if e.Value() != "alpha Beta\ndelta\ngamma BETA\n" {
		t.Errorf("one undo of all gives %q", e.Value())
	}
	keys(e, "esc")
	if e.Finding() || strings.Contains(strings.Join(screen(t, e.View(), 60, 8), ""), "find ›") {
		t.Error("the field is still open")
	}
	if write(e, "x"); !strings.Contains(string(e.Value()), "x") {
		t.Error("keys do not go to the text again")
	}
	keys(e, "ctrl+f") // comes back with what was looked for
	if !strings.Contains(screen(t, e.View(), 60, 8)[7], "find › beta") {
		t.Errorf("%q", screen(t, e.View(), 60, 8)[7])
	}
}

func TestEditorFindBarEverySize(t *testing.T) {
	for w := 1; w < 70; w += 3 {
		for h := 1; h < 6; h++ {
			e := newTestEditor("needle and thread\nneedle", w, h)
			keys(e, "ctrl+f")
			write(e, "needle")
			screen(t, e.View(), w, h)
			keys(e, "tab")
			write(e, "日本")
			screen(t, e.View(), w, h)
			keys(e, "alt+enter")
			screen(t, e.View(), w, h)
			e.Cursor()
			if e.Value() != "日本 and thread\n日本" {
				t.Fatalf("%dx%d: %q", w, h, e.Value())
			}
		}
	}
}

// Upper case in the term is exact; without, both are found, as Unicode folds them.
func TestEditorFindCase(t *testing.T) {
	for _, c := range []struct {
		text, term string
		of         int
	}{
		{"Ab ab AB", "ab", 3}, {"Ab ab AB", "AB", 1}, {"Ab ab AB", "Ab", 1}, {"ÄÖ äö Äö", "äö", 3}, {"ÄÖ äö Äö", "ÄÖ", 1},
		{"aaaa", "aa", 2}, {"1.1 111", "1.1", 1}, {"[x] (x)", "[X]", 0}, {"[x] (x)", "[x]", 1}, {"a\xffb a\xffb", "a", 2}, {"日本日本", "日本", 2},
	} {
		e := newTestEditor(text.Raw(c.text), 40, 4)
		e.Find(c.term)
		if _, of := e.Matches(); of != c.of {
			t.Errorf("%q stands %d times in %q, want %d", c.term, of, c.text, c.of)
		}
	}
}

// Replacing all is what strings.ReplaceAll does, whatever the text is, and one
// undo takes it back.
func TestEditorReplaceAllAgainstStrings(t *testing.T) {
	bits := []string{"X", "Xy", "\n", "\r\n", "日", "\xff", "y", " ", "\x1b"}
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString(bits[r.IntN(len(bits))])
		}
		e := newTestEditor(text.Raw(b.String()), 20, 5)
		term, with := []string{"X", "Xy", "Xy日"}[r.IntN(3)], []string{"", "X", "XX", "a\nb"}[r.IntN(4)]
		e.Find(term)
		n := e.ReplaceAll(text.Raw(with))
		if want := strings.ReplaceAll(b.String(), term, with); string(e.Value()) != want || n != strings.Count(b.String(), term) {
			t.Fatalf("seed %d: %d replaced in %q gave %q, want %q", seed, n, b.String(), e.Value(), want)
		}
		check(t, e, "replaced")
		if n > 0 && (!e.Undo() || string(e.Value()) != b.String() || e.CanUndo()) {
			t.Fatalf("seed %d: undo gave %q", seed, e.Value())
		}
	}
}

func TestEditorLargePaste(t *testing.T) {
	e := newTestEditor("before\r\nafter\r\n", 100, 30)
	e.GotoByte(8, 0)
	e.Update(tea.PasteMsg{Content: prose(1<<20, 20)})
	want := "before\r\n" + strings.ReplaceAll(prose(1<<20, 20), "\n", "\r\n") + "after\r\n"
	if string(e.Value()) != want {
		t.Fatalf("%d bytes, want %d", len(e.Value()), len(want))
	}
	screen(t, e.View(), 100, 30)
	if keys(e, "ctrl+z"); e.Value() != "before\r\nafter\r\n" {
		t.Errorf("one undo leaves %d bytes", len(e.Value()))
	}
	if keys(e, "ctrl+y"); string(e.Value()) != want {
		t.Errorf("redo gives %d bytes", len(e.Value()))
	}
}

func TestEditorClicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newTestEditor("first wörd, 日本語 x\nsecond line\nthird", 40, 2)
		at := func(x, y int) { e.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
		at(8, 0)
		if at(8, 0); e.Selection() != "wörd" {
			t.Errorf("a double click selects %q", string(e.Selection()))
		}
		if at(8, 0); e.Selection() != "first wörd, 日本語 x\n" {
			t.Errorf("a triple click selects %q", string(e.Selection()))
		}
		if at(8, 0); e.Selection() != "" {
			t.Errorf("a fourth click selects %q", string(e.Selection()))
		}
		time.Sleep(time.Second)
		if at(8, 0); e.Selection() != "" {
			t.Error("a slow second click is a double one")
		}
		e.Update(tea.MouseMotionMsg{X: 3, Y: 1, Button: tea.MouseLeft})
		if string(e.Selection()) != "rd, 日本語 x\nsec" {
			t.Errorf("dragged over %q", string(e.Selection()))
		}
		e.Update(tea.MouseMotionMsg{X: 3, Y: 2, Button: tea.MouseLeft}) // below the edge: the text moves
		if string(e.Selection()) != "rd, 日本語 x\nsecond line\nthi" {
			t.Errorf("dragged over the edge to %q", string(e.Selection()))
		}
	})
}

func TestEditorClip(t *testing.T) {
	e := newTestEditor("one two", 40, 3)
	keys(e, "shift+right", "shift+right", "shift+right")
	_, cmd := e.Update(press("ctrl+x"))
	if clip, ok := cmd().(Clip); !ok || clip.Text != "one" || e.Value() != " two" {
		t.Fatalf("cut %v leaves %q", clip, e.Value())
	}
	keys(e, "ctrl+end", "ctrl+v", "ctrl+v")
	if e.Value() != " twooneone" {
		t.Errorf("%q", e.Value())
	}
	keys(e, "ctrl+shift+left")
	if e.Selection() != "twooneone" {
		t.Errorf("selected %q", string(e.Selection()))
	}
	_, cmd = e.Update(press("ctrl+c"))
	if clip, ok := cmd().(Clip); !ok || clip.Text != "twooneone" {
		t.Errorf("copied %v", clip)
	}
	if keys(e, "ctrl+a"); e.Selection() != " twooneone" {
		t.Errorf("all is %q", string(e.Selection()))
	}
}

func BenchmarkEditorManyShortLines500KB(b *testing.B) {
	e := newTestEditor(text.Raw(strings.Repeat("ab\n", 500<<10/3)), 120, 50)
	e.GotoByte(250<<10, 0)
	for range b.N {
		e.Update(press("x"))
		e.View()
		e.Cursor()
		e.Value()
	}
}

// BenchmarkEditorFind500KB is a letter typed into the field, with the frame after.
func BenchmarkEditorFind500KB(b *testing.B) {
	e := newTestEditor(text.Raw(prose(500<<10, 40)), 120, 50)
	keys(e, "ctrl+f")
	for i := range b.N {
		if i%2 == 0 {
			write(e, "e")
		} else {
			keys(e, "backspace")
		}
		e.View()
	}
}
