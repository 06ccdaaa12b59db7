package kit

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
)

func newTestList(n int) *List[string] {
	l := NewList(testStyles, func(s string) Row {
		return Row{Lead: "●", Label: text.Show(text.Raw(s)), Note: text.Of("r12 · 2 d")}
	})
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf("item %d of the list", i)
	}
	l.SetItems(items)
	return l
}

func TestListMoves(t *testing.T) {
	l := newTestList(100)
	l.Resize(30, 10)
	for _, step := range []struct {
		key  string
		want int
	}{{"down", 1}, {"pgdown", 10}, {"end", 99}, {"down", 99}, {"pgup", 90}, {"home", 0}, {"up", 0}} {
		l.Update(press(step.key))
		if l.Cursor() != step.want {
			t.Errorf("after %s the cursor is at %d, want %d", step.key, l.Cursor(), step.want)
		}
		rows := screen(t, l.View(), 30, 10)
		found := false
		for _, r := range rows {
			found = found || strings.HasPrefix(r, "▌") && strings.Contains(r, fmt.Sprintf("item %d ", step.want))
		}
		if !found {
			t.Errorf("after %s row %d can't be seen:\n%s", step.key, step.want, strings.Join(rows, "\n"))
		}
	}
	l.Update(tea.MouseClickMsg{X: 3, Y: 4, Button: tea.MouseLeft})
	if l.Cursor() != 4 {
		t.Errorf("a click moved to %d", l.Cursor())
	}
	l.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	l.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if l.Cursor() != 6 {
		t.Errorf("the wheel moved to %d", l.Cursor())
	}
}

func TestListFilter(t *testing.T) {
	l := newTestList(100)
	l.Resize(40, 8)
	for _, k := range []string{"/", "4", "2"} {
		l.Update(press(k))
	}
	if !l.Typing() || l.Filter() != "42" || l.Len() != 1 {
		t.Fatalf("typing %v, filter %q, %d rows", l.Typing(), l.Filter(), l.Len())
	}
	if it, _ := l.Selected(); it != "item 42 of the list" {
		t.Errorf("selected %q", it)
	}
	rows := screen(t, l.View(), 40, 8)
	if !strings.Contains(rows[0], "1 of 100") {
		t.Errorf("filter line %q", rows[0])
	}
	l.Update(press("enter"))
	if l.Typing() || l.Cursor() != 42 {
		t.Errorf("after enter: typing %v, cursor %d", l.Typing(), l.Cursor())
	}
	l.Update(press("esc"))
	if l.Len() != 100 {
		t.Errorf("after esc %d rows", l.Len())
	}
	l.SetFilter("zzz")
	if _, ok := l.Selected(); ok || l.Cursor() != -1 {
		t.Error("something is selected where nothing matches")
	}
	screen(t, l.View(), 40, 8)
}

func TestListEverySize(t *testing.T) {
	l := NewList(testStyles, func(r text.Raw) Row { return Row{Lead: "›", Label: text.Show(r), Note: text.Show(r)} })
	l.SetItems(nasty)
	every(t, func(w, h int) string { l.Resize(w, h); return l.View() })
	l.StartFilter()
	every(t, func(w, h int) string { l.Resize(w, h); return l.View() })
	l.SetItems(nil)
	every(t, func(w, h int) string { l.Resize(w, h); return l.View() })
}

func TestListGolden(t *testing.T) {
	l := newTestList(40)
	goldens(t, "list", func(w, h int) string { l.Resize(w, h); l.SetCursor(2); return l.View() })
}

func newTestTable(n int) *Table {
	cols := []Column{
		{Title: "Contestant", Min: 12, Flex: 2}, {Title: "Wins", Min: 5, Right: true}, {Title: "Tokens", Min: 7, Right: true, Hide: 2},
		{Title: "Note", Min: 10, Flex: 1, Max: 30, Hide: 3},
	}
	t := NewTable(testStyles, cols, func(row, col int) (text.Shown, lipgloss.Style) {
		if col == 1 {
			return text.Of(fmt.Sprint(row * 3)), testStyles.Good
		}
		return text.Show(nasty[(row+col)%len(nasty)]), lipgloss.NewStyle()
	})
	t.SetRows(n)
	return t
}

func TestTable(t *testing.T) {
	tb := newTestTable(100_000)
	every(t, func(w, h int) string { tb.Resize(w, h); return tb.View() })
	tb.SetCellCursor(true)
	for range 5 {
		tb.Update(press("right"))
		every(t, func(w, h int) string { tb.Resize(w, h); return tb.View() })
	}
	if tb.Col() != 3 {
		t.Errorf("column %d", tb.Col())
	}
	tb.Resize(30, 10)
	tb.Update(press("end"))
	if from, to := tb.Window(); tb.Row() != 99_999 || to != 100_000 || from != to-9 {
		t.Errorf("row %d, window %d to %d", tb.Row(), from, to)
	}
	tb.SetRows(3)
	if tb.Row() != 2 {
		t.Errorf("row %d of 3", tb.Row())
	}
	screen(t, tb.View(), 30, 10)
	tb.SetRows(0)
	if tb.Row() != -1 {
		t.Error("a row of none")
	}
	every(t, func(w, h int) string { tb.Resize(w, h); return tb.View() })
}

func TestTableAsksOnlyForWhatIsSeen(t *testing.T) {
	asked := 0
	tb := NewTable(testStyles, []Column{{Title: "a", Min: 5}, {Title: "b", Min: 5}}, func(row, col int) (text.Shown, lipgloss.Style) {
		asked++
		return text.Of("x"), lipgloss.NewStyle()
	})
	tb.SetRows(100_000)
	tb.Resize(40, 21)
	tb.View()
	if asked != 40 {
		t.Errorf("asked for %d cells to draw 20 rows of 2", asked)
	}
}

func TestTableGolden(t *testing.T) {
	tb := newTestTable(30)
	goldens(t, "table", func(w, h int) string { tb.Resize(w, h); tb.SetRow(1); return tb.View() })
}

func BenchmarkTableScroll100k(b *testing.B) {
	tb := newTestTable(100_000)
	tb.Resize(120, 50)
	for range b.N {
		tb.Update(press("down"))
		tb.View()
	}
}

func BenchmarkListScroll100k(b *testing.B) {
	l := newTestList(100_000)
	l.Resize(60, 50)
	for range b.N {
		l.Update(press("down"))
		l.View()
	}
}

func BenchmarkListFilter100k(b *testing.B) {
	l := newTestList(100_000)
	l.Resize(60, 50)
	for range b.N {
		l.SetFilter("42")
		l.View()
	}
}
