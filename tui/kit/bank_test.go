package kit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
	"galley/themes"
)

// two is a form of a tall field over a short one.
func two(f *Form, w, h int) []Box {
	if h < 8 {
		return []Box{{Field: f.At(), W: w, H: h}}
	}
	return []Box{{Field: 0, W: w, H: h - 3}, {Field: 1, Y: h - 3, W: w, H: 3}}
}

func newTwo() *Form {
	return NewForm(themes.Pick("", true).Styles(), two, Field{Name: "Text", Tall: true, Value: "old"}, Field{Name: "Name", Value: "n"})
}

func typed(f *Form, keys ...tea.KeyPressMsg) (left bool) {
	for _, k := range keys {
		leave, _ := f.Update(k)
		left = left || leave
	}
	return left
}

func TestForm(t *testing.T) {
	f := newTwo()
	f.Resize(40, 12)
	tab, esc := tea.KeyPressMsg{Code: tea.KeyTab}, tea.KeyPressMsg{Code: tea.KeyEscape}
	x := tea.KeyPressMsg{Code: 'x', Text: "x"}
	if f.Changed() || f.At() != 0 || f.Editor() == nil || !f.Leaves() {
		t.Fatal("a new form is not as it should be")
	}
	typed(f, tab, x)
	if f.At() != 1 || f.Value(1) != "nx" || f.Editor() != nil || !f.Changed() {
		t.Fatalf("at %d with %q", f.At(), f.Value(1))
	}
	if !typed(f, esc) || f.Leaves() || !f.Leaves() {
		t.Error("what was written is not asked about once")
	}
	if typed(f, x); f.Leaves() {
		t.Error("what was written since is not asked about")
	}
	f.Refuse(0, "no text")
	if f.At() != 0 || !strings.Contains(ansi.Strip(f.View("", "fine")), "! no text") {
		t.Error("what is in the way is not said where it is")
	}
	f.Replace("new")
	if f.Value(0) != "new" {
		t.Errorf("replaced by %q", f.Value(0))
	}
	if typed(f, x); strings.Contains(ansi.Strip(f.View("", "fine")), "no text") {
		t.Error("what was in the way is still said")
	}
	f.Update(tea.MouseClickMsg{X: 3, Y: 9, Button: tea.MouseLeft})
	if c := f.Cursor(); f.At() != 1 || c == nil || c.Y != 9 || c.X < 2 {
		t.Errorf("a click goes to field %d, the cursor to %v", f.At(), c)
	}
	every(t, func(w, h int) string {
		f.Resize(w, h)
		if f.Alone() {
			return f.View("", "said", f.Pane(f.At(), "title", "label"))
		}
		return f.View("", "said", f.Pane(0, "title", ""), f.Pane(1, "Name", ""))
	})
}

func TestFinder(t *testing.T) {
	st := themes.Pick("", true).Styles()
	f, list := NewFinder(st, "words"), NewTable(st, []Column{{Title: "A", Min: 4}}, func(int, int) (text.Shown, lipgloss.Style) { return text.Of("x"), st.Text })
	list.Resize(20, 5)
	list.SetRows(3)
	if f.Narrows() || f.Cursor(0, 0) != nil || f.Above("list", 40, 1, 3) != "list" {
		t.Fatal("an empty finder is seen")
	}
	f.Start()
	for _, c := range "One two" {
		f.Update(tea.KeyPressMsg{Code: c, Text: string(c)}, list)
	}
	if moved, _ := f.Update(tea.KeyPressMsg{Code: tea.KeyDown}, list); !moved || list.Row() != 1 {
		t.Error("down does not move the list")
	}
	f.Update(tea.KeyPressMsg{Code: tea.KeyEnter}, list)
	if f.Typing() || !f.Narrows() || !slices.Equal(f.Words(), []string{"one", "two"}) {
		t.Errorf("enter leaves %q", f.Words())
	}
	if v := ansi.Strip(f.Above("list", 40, 1, 3)); !strings.Contains(v, "/ One two") || !strings.Contains(v, "1 of 3") || !strings.HasSuffix(v, "list") {
		t.Errorf("drawn as %q", v)
	}
	f.Start()
	f.Update(tea.KeyPressMsg{Code: tea.KeyEscape}, list)
	if f.Typing() || f.Narrows() {
		t.Error("esc leaves something")
	}
}

func TestSheet(t *testing.T) {
	st := themes.Pick("", true).Styles()
	var s Sheet
	draw := func(w, h int) string {
		s.Begin(w, h, st)
		s.Para(text.Of("what it is"), st.Dim)
		s.Pair(text.Of("name"), 8, "facts")
		s.Warn([]text.Raw{"a \x1b[31mnote"})
		s.Sample(20, func(int) string { return "row" })
		return s.Pane("Import", "")
	}
	if v := ansi.Strip(draw(40, 8)); !strings.Contains(v, "what it is") || !strings.Contains(v, "19 lines more") {
		t.Errorf("\n%s", v)
	}
	for range 3 {
		s.Update(tea.KeyPressMsg{Code: tea.KeyPgDown})
	}
	if v := ansi.Strip(draw(40, 8)); strings.Contains(v, "what it is") || strings.Contains(v, "more") || !strings.Contains(v, "row") {
		t.Errorf("at its end:\n%s", v)
	}
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	if v := ansi.Strip(draw(40, 8)); !strings.Contains(v, "3 lines more") {
		t.Errorf("turned back:\n%s", v)
	}
	every(t, draw)
}

func TestNotice(t *testing.T) {
	st := themes.Pick("", true).Styles()
	lines := []string{"the first", "the second"}
	if v := ansi.Strip(Notice("Title", lines, 60, 40, 5, st)); !strings.Contains(v, "second") || strings.Count(v, "\n") != 4 {
		t.Errorf("\n%s", v)
	}
	if v := ansi.Strip(Notice("Title", lines, 60, 40, 3, st)); !strings.Contains(v, "second") {
		t.Errorf("the empty rows do not give way:\n%s", v)
	}
}

// A bank makes what has no id, renames and writes what changed, and reads itself
// anew only after what was done is on disk.
func TestBank(t *testing.T) {
	var log []string
	var fails error
	b := Bank[int]{
		Load: func(context.Context, int64) ([]int, error) { log = append(log, "load"); return []int{1, 2}, nil },
		Create: func(_ context.Context, _ int64, rows []int) ([]int, error) {
			log = append(log, "create")
			return []int{rows[0] + 7}, fails
		},
		Update: func(context.Context, []int) error { log = append(log, "update"); return fails },
		Rename: func(_ context.Context, _ int64, name string) error { log = append(log, "rename "+name); return fails },
		ID:     func(row int) int64 { return int64(row) },
		Name:   func(row int) string { return "row" },
	}
	for _, tt := range []struct {
		row     int
		name    string
		changed bool
		fails   error
		log     string
		want    int64
	}{
		{0, "", true, nil, "create load", 7},
		{3, "x", true, nil, "rename x update load", 3},
		{3, "", true, nil, "update load", 3},
		{3, "x", false, nil, "rename x load", 3},
		{3, "x", true, errors.New("locked"), "rename x", 0},
		{0, "", true, errors.New("locked"), "create", 0},
	} {
		log, fails = nil, tt.fails
		d := b.Do(t.Context(), 1, b.Keep(tt.row, tt.name, tt.changed))
		if got := strings.Join(log, " "); got != tt.log || !errors.Is(d.Err, tt.fails) || d.Want != tt.want || (d.Bank == nil) != (tt.fails != nil) || (d.Said == "") != (tt.fails != nil) {
			t.Errorf("%+v: %s, %+v", tt, got, d)
		}
	}
}
