package bench

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

// sizes are the rectangles of terminals of 80×24, 120×40, 160×45 and 40×10.
var sizes = [][2]int{{80, 22}, {120, 38}, {160, 43}, {40, 8}}

func golden(t *testing.T, name string, s *Screen) {
	t.Helper()
	for _, sz := range sizes {
		s.Resize(sz[0], sz[1])
		tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, sz[0], sz[1]), ansi.Strip(s.View())+"\n")
	}
}

func TestViews(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	golden(t, "columns", s)
	press(s, "g")
	golden(t, "grid", s)
	press(s, "d")
	golden(t, "diff", s)
	press(s, "a")
	golden(t, "answers", s)
	press(s, "t")
	golden(t, "tags", s)
	press(s, "r")
	golden(t, "runs", s)
	press(s, "n")
	golden(t, "setup", s)
}

func TestNear(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	press(s, "enter")
	golden(t, "near-text", s)
	press(s, "p")
	golden(t, "near-proof", s)
	press(s, "w")
	golden(t, "near-wire", s)
	press(s, "esc")
	for i := range s.board.cells {
		if x := &s.board.cells[i]; x.status == session.StatusError {
			s.openCell(x)
			break
		}
	}
	golden(t, "near-failed", s)
}

func TestLive(t *testing.T) {
	s, f := streaming(t)
	golden(t, "streaming", s)
	press(s, "space")
	if len(f.log) != 1 || f.log[0] != "pause" {
		t.Fatal(f.log)
	}
	golden(t, "paused", s)
	press(s, "space")
	msgs := press(s, "x")
	d := msgs[0].(kit.Push).Dialog.(*kit.Confirm)
	drain(s, d.Yes())
	if got := strings.Join(f.log, " "); got != "pause resume cancel resume" {
		t.Fatal(got)
	}
	var end []Update
	for i := 5; i < len(f.cells); i++ {
		if i < 8 {
			end = append(end, Update{Index: i, Output: &session.Output{Status: session.StatusStopped, Text: "billing, I would"}})
		}
	}
	f.frames, f.p = [][]Update{end}, Progress{Cells: len(f.cells), Ended: true, State: session.RunStopped}
	beat(s, f)
	if s.shown() != nil || s.noResume() != "" {
		t.Fatal("a stopped run can't be gone on with")
	}
	golden(t, "stopped", s)
}

// TestEmpty shows the states in which there is nothing to see.
func TestEmpty(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.runs, w.results = nil, nil
	s := start(t, tab, w)
	golden(t, "noruns", s)
	golden(t, "nothing", start(t, &session.Table{}, w))

	d := w.deps(tab)
	d.Models, d.Variants = nil, nil
	s = New(d)
	s.Resize(80, 22)
	drain(s, s.Enter())
	press(s, "n")
	golden(t, "nomodels", s)

	s = New(w.deps(tab))
	s.Resize(80, 22)
	_ = s.Enter()
	golden(t, "looking", s)
	s.Update(kit.Home{Asker: s, Gen: s.asked[askRuns], Msg: answer{askRuns, runsMsg{err: errors.New("the workspace is locked")}}})
	golden(t, "trouble", s)
}

func TestOrders(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.results = resultsOf(cellsOf(tab, 1, 2, session.Seeded(1), session.Seeded(2), session.Seeded(3)))
	s := start(t, tab, w)
	golden(t, "orders-columns", s)
	press(s, "a")
	golden(t, "orders-answers", s)
	f := s.board.orderCount()
	if f.of < 55 || f.changed == 0 || f.changed != f.cases {
		t.Fatalf("%+v", f)
	}
}

func TestSetup(t *testing.T) {
	tab := table(t)
	w := newWorld(tab)
	w.live = newFake(cellsOf(tab, 1, 1))
	s := start(t, tab, w)
	press(s, "n")
	press(s, "a") // none of the variants
	if why := find(t, s, "bench.start").Off(); why != "first choose a variant" {
		t.Fatal(why)
	}
	press(s, "space")
	if w.choice.Variants[0].String() != "triage/zero-shot@1" || w.choice.cells() != 48 {
		t.Fatalf("%+v", w.choice)
	}
	onto(t, s, itemOrders)
	press(s, "right")
	press(s, "up")
	press(s, "right")
	if w.choice.Takes != 2 || len(w.choice.Orders) != 2 || w.choice.cells() != 192 {
		t.Fatalf("%+v", w.choice)
	}
	press(s, "enter")
	if s.setup != nil || s.shown() == nil || s.board.runID != 7 {
		t.Fatal("the run did not start")
	}
	w.est = Estimate{Calls: 3}
	press(s, "n")
	msgs := press(s, "enter")
	if _, ok := msgs[0].(kit.Push); !ok {
		t.Fatal("a run of unknown cost starts without a question")
	}
}

// onto moves the cursor of the panel to the first line of a kind.
func onto(t *testing.T, s *Screen, k itemKind) {
	t.Helper()
	press(s, "home")
	for range s.setup.items {
		if s.setup.items[s.setup.at].kind == k {
			return
		}
		press(s, "down")
	}
	t.Fatalf("the panel has no line of kind %d", k)
}

func find(t *testing.T, s *Screen, id string) kit.Action {
	t.Helper()
	for _, a := range s.Actions() {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("no action %s", id)
	return kit.Action{}
}

func TestKeys(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	reserved := map[string]bool{"q": true, "?": true, "ctrl+c": true, "ctrl+k": true, "ctrl+t": true}
	check := func(mode string) {
		seen, ids := map[string]string{}, map[string]bool{}
		for _, a := range s.Actions() {
			if ids[a.ID] || a.Long == "" {
				t.Errorf("%s: %s stands twice, or has no sentence", mode, a.ID)
			}
			ids[a.ID] = true
			for _, k := range a.Key.Keys() {
				if other := seen[k]; other != "" || reserved[k] || len(k) == 1 && k[0] >= '0' && k[0] <= '9' {
					t.Errorf("%s: %s of %s is taken by %s or the workbench", mode, k, a.ID, other)
				}
				seen[k] = a.ID
			}
		}
	}
	for v := range viewCount {
		s.show(v)
		check(v.name())
	}
	s.show(viewColumns)
	press(s, "enter")
	check("close-up")
	press(s, "esc")
	press(s, "n")
	check("setup")
	ids := map[string]bool{}
	for _, a := range s.AllActions() {
		if ids[a.ID] {
			t.Errorf("%s stands twice in all", a.ID)
		}
		ids[a.ID] = true
	}
}

// TestPump demands that everything the run gave arrives, merged, and that an old
// pump's frame is dropped.
func TestPump(t *testing.T) {
	s, f := streaming(t)
	fl := s.flights[0]
	x := &s.board.cells[6]
	before := string(x.buf)
	if !strings.HasPrefix(before, "billing, I would say") {
		t.Fatalf("%q", before)
	}
	f.bell <- struct{}{}
	f.frames = [][]Update{{{Index: 6, Status: session.StatusRunning, Text: " more"}}}
	home := s.pump(fl)().(kit.Home)
	stale := home
	stale.Gen--
	s.Update(stale)
	if string(x.buf) != before {
		t.Fatal("a frame of another pump was taken")
	}
	if cmd := s.Update(home); cmd == nil || string(x.buf) != before+" more" {
		t.Fatalf("%q", x.buf)
	}
	f.frames = [][]Update{{{Index: 6, Status: session.StatusRunning, Anew: true, Note: "waits 3 s, as the server asked"}}}
	beat(s, f)
	if len(x.buf) != 0 {
		t.Fatalf("a cell that is asked anew keeps %q", x.buf)
	}
	s.row, s.col = x.row, x.col
	if !strings.Contains(ansi.Strip(s.View()), "waits 3 s") {
		t.Fatal("what the cell waits for is not said")
	}
	f.p.Trouble = "the answers can't be saved: the disk is full"
	beat(s, f)
	golden(t, "live-trouble", s)
}

// TestErrors demands that text which is no answer never stands where answers
// stand without saying so.
func TestErrors(t *testing.T) {
	for _, st := range []session.Status{
		session.StatusError, session.StatusStopped, session.StatusInterrupted, session.StatusTruncated, session.StatusFiltered,
		session.StatusRefused, session.StatusEmpty, session.StatusToolCalls,
	} {
		tab := table(t)
		w := newWorld(tab)
		cells := cellsOf(tab, 2, 1)
		w.results = nil
		for _, c := range cells {
			o := session.Output{Status: st, Text: "billing"}
			if st == session.StatusError {
				o.Error = &session.CallError{Kind: "server", Message: "billing", Status: 500}
			}
			w.results = append(w.results, session.Result{Cell: c, Output: o})
		}
		s := start(t, tab, w)
		_, words := st.Sign()
		if g := s.board.all(); g.graded != 0 || g.right != 0 {
			t.Fatalf("%s is graded", st)
		}
		for _, k := range []string{"c", "d", "a"} {
			press(s, k)
			s.Resize(160, 43)
			v := ansi.Strip(s.View())
			if k != "a" && !strings.Contains(v, words) || k == "a" && !strings.Contains(v, "! no answer") {
				t.Errorf("%s in %s does not say %q:\n%s", st, k, words, v)
			}
		}
		s.show(viewColumns)
		press(s, "enter")
		if v := ansi.Strip(s.View()); !strings.Contains(v, words) || !strings.Contains(v, "no answer") {
			t.Errorf("the close-up of %s does not say so:\n%s", st, v)
		}
	}
}

const hostile = "a\x1b]52;c;aGk=\x07b\x1b[31mred\u202egnp\x00\r\n\u009b31m<thinking>\x1bPq\x1b\\{{name}}"

func TestFrames(t *testing.T) {
	bad := table(t)
	bad.Prompt.Name = hostile
	bad.Cases[0].Name, bad.Cases[0].Vars[0].Value, bad.Cases[0].Tags = hostile, hostile, []text.Raw{hostile}
	w := newWorld(bad)
	for i := range w.results {
		r := &w.results[i]
		r.Cell.Contestant.Model = "b/" + hostile
		r.Cell.Contestant.Variant.Variant += hostile
		r.Output.Text, r.Output.Model, r.Output.Reason = hostile, hostile, hostile
		if r.Output.Error != nil {
			r.Output.Error.Message = hostile
		}
	}
	w.runs[2].Note = hostile
	empty := newWorld(bad)
	empty.runs, empty.results = nil, nil
	good := table(t)
	live, _ := streaming(t)
	for name, s := range map[string]*Screen{
		"hostile": start(t, bad, w), "sample": start(t, good, newWorld(good)), "no runs": start(t, bad, empty), "streaming": live,
		"nothing": start(t, &session.Table{}, empty),
	} {
		for _, k := range []string{"c", "i", "i", "g", "s", "d", "a", "t", "r", "c", "enter", "m", "p", "w", "t", "esc", "n", "end", "esc"} {
			press(s, k)
			for _, sz := range [][2]int{{20, 5}, {40, 8}, {60, 16}, {80, 22}, {100, 30}, {120, 38}, {160, 43}, {240, 70}, {21, 60}, {200, 6}} {
				s.Resize(sz[0], sz[1])
				tuitest.Frame(t, name+" "+k, s.View(), sz[0], sz[1])
			}
		}
	}
}

func TestGrid(t *testing.T) {
	tab := table(t)
	s := start(t, tab, newWorld(tab))
	press(s, "g")
	press(s, "/")
	for _, r := range "failed" {
		press(s, string(r))
	}
	press(s, "enter")
	if n := len(s.grid.order); n == 0 || n > 20 {
		t.Fatalf("%d cells", n)
	}
	for _, i := range s.grid.order {
		if s.board.cells[i].status != session.StatusError {
			t.Fatalf("cell %d is %s", i, s.board.cells[i].status)
		}
	}
	golden(t, "grid-filtered", s)
	press(s, "enter")
	if s.close == nil || s.close.slot.status != session.StatusError {
		t.Fatal("the cell under the cursor did not open")
	}
}

// TestTheme demands that no colour of the old theme stays after a change.
func TestTheme(t *testing.T) {
	for _, keys := range []string{"c", "g", "a", "t", "r", "n", "c\n", "c\nm", "c\np"} {
		tab := table(t)
		s := start(t, tab, newWorld(tab))
		for _, k := range keys {
			press(s, map[rune]string{'\n': "enter"}[k]+strings.Trim(string(k), "\n"))
		}
		was := *s.deps.Styles
		*s.deps.Styles = *themes.Pick("", false).Styles()
		s.Resize(80, 22)
		for name, st := range map[string]lipgloss.Style{"text": was.Text, "title": was.Title, "dim": was.Dim, "faint": was.Faint, "block": was.Block(0), "bad": was.Bad} {
			if strings.Contains(s.View(), strings.TrimSuffix(st.Render("x"), "x\x1b[m")) {
				t.Errorf("%q keeps the old ink of %s", keys, name)
			}
		}
	}
}

// TestStream demands that text wrapped piece by piece is wrapped as in whole.
func TestStream(t *testing.T) {
	s, _ := streaming(t)
	st := s.deps.Styles
	whole := "Zeile eins mit Ümläuten und langem Text, der umbricht.\n\n" + hostile + "\nnoch eine Zeile 👩‍👩‍👧 und Schluss"
	x := &slot{status: session.StatusRunning}
	f := &flow{slot: x, w: 17}
	for i := range len(whole) {
		x.buf = append(x.buf, whole[i])
		f.stream(x, st)
	}
	want := wrapped(text.Raw(whole), 17, st.Text, st)
	if strings.Join(f.lines, "\n") != strings.Join(want, "\n") {
		t.Fatalf("%q\n%q", f.lines, want)
	}
}
