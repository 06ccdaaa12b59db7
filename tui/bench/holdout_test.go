package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/tui/kit"
)

// TestHoldoutIsChosen demands that a panel begins on what is there to work on, and
// tells how often the holdout was looked at where it is chosen.
func TestHoldoutIsChosen(t *testing.T) {
	tab := table(t)
	d := newWorld(tab).deps(tab)
	d.Looks = func(context.Context, int64) (session.Looks, error) {
		return session.Looks{Cases: 12, Times: 3, LastMS: time.Now().Add(-50 * time.Hour).UnixMilli()}, nil
	}
	s := New(d)
	s.Resize(160, 43)
	drain(s, s.Enter())
	press(s, "n")
	if n := len(s.setup.choice(s).Cases); n != 48 || strings.Contains(ansi.Strip(s.View()), "ooked at in") {
		t.Errorf("it begins with %d cases", n)
	}
	onto(t, s, itemCases) // all of them
	press(s, "space")
	seen := strings.Join(strings.Fields(strings.ReplaceAll(ansi.Strip(s.View()), "│", " ")), " ")
	if n := len(s.setup.choice(s).Cases); n != 60 || !strings.Contains(seen, "looked at in 3") {
		t.Errorf("%d cases are chosen, and it says\n%s", n, seen)
	}
	if at, sum := strings.Index(seen, "looked at in 3"), strings.Index(seen, "= "); at < sum {
		t.Errorf("the looks stand between the factors and their product:\n%s", seen)
	}
	// The choice stands when the panel is opened again.
	press(s, "esc")
	press(s, "n")
	// Where nothing is held out, all are chosen.
	for i := range tab.Cases {
		tab.Cases[i].Split = session.SplitDev
	}
	if got := firstCases(tab); got != (caseSet{}) {
		t.Errorf("begins with %+v", got)
	}
}

// TestBorrowedCasesStandApart demands a row for each borrowed case, which has no id.
func TestBorrowedCasesStandApart(t *testing.T) {
	tab := table(t)
	for i := range tab.Cases {
		tab.Cases[i].ID, tab.Cases[i].Borrowed = 0, "extract"
	}
	if n := len(pick(tab, caseSet{})); n != 60 {
		t.Fatalf("%d cases are picked", n)
	}
	b := newBoard(7, cellsOf(tab, 1, 1))
	if len(b.cases) != 60 {
		t.Fatalf("%d rows", len(b.cases))
	}
	if i := b.rowOf(tab.Cases[31].Key()); i != 31 {
		t.Errorf("case 31 stands in row %d", i)
	}
	if got := pick(tab, caseSet{kind: setOne}); len(got) != 1 || got[0] != tab.Case().Key() {
		t.Errorf("the one in hand is %v", got)
	}
}

func TestAnswerBecomesWanted(t *testing.T) {
	tab := table(t)
	d := newWorld(tab).deps(tab)
	var kept []int64
	d.Want = func(_ context.Context, cell int64) (string, error) {
		kept = append(kept, cell)
		if len(kept) > 1 {
			return "", errors.New("the disk is full")
		}
		return "what c01 wants is the answer of r7#1", nil
	}
	s := New(d)
	s.Resize(80, 22)
	drain(s, s.Enter())
	press(s, "enter")
	if s.close == nil {
		t.Fatal("no cell is open")
	}
	said := func() (out string) {
		for _, m := range press(s, "W") {
			if toast, ok := m.(kit.Toast); ok {
				out += toast.Text
			}
		}
		return out
	}
	if got := said(); !strings.Contains(got, "what c01 wants") || len(kept) != 1 || kept[0] != s.close.slot.cell.ID {
		t.Errorf("kept %v, said %q", kept, got)
	}
	if got := said(); !strings.Contains(got, "the disk is full") {
		t.Errorf("said %q", got)
	}
	s.close.slot.out.Status = session.StatusTruncated
	if find(t, s, "bench.near.want").Off() == "" {
		t.Error("half an answer can become the wanted one")
	}
}
