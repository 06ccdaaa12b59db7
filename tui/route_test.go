package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/bench"
	"galley/tui/compose"
	"galley/tui/kit"
	"galley/tui/library"
	"galley/tui/proof"
	"galley/tui/tuitest"
)

// probe is a screen that remembers what came to it.
type probe struct {
	name   string
	typing bool
	wants  string // a chord that its text field takes
	got    []string
	acts   []kit.Action
	w, h   int
}

func (p *probe) Title() string         { return p.name }
func (p *probe) Resize(w, h int)       { p.w, p.h = w, h }
func (p *probe) Actions() []kit.Action { return p.acts }
func (p *probe) Typing() bool          { return p.typing }
func (p *probe) Wants(k tea.KeyPressMsg) bool {
	return p.wants != "" && k.String() == p.wants
}

func (p *probe) View() string { return kit.Fill(p.name, p.w, p.h) }

func (p *probe) Update(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		p.got = append(p.got, m.String())
	case tea.MouseClickMsg:
		p.got = append(p.got, fmt.Sprintf("click %d,%d", m.X, m.Y))
	case kit.Home:
		p.got = append(p.got, fmt.Sprint("home ", m.Msg))
	case tea.PasteMsg:
		p.got = append(p.got, "paste "+m.Content)
	}
	return nil
}

// withProbes is the root model on screens that only remember.
func withProbes() (*App, *probe, *probe) {
	a := New(Deps{})
	one, two := &probe{name: "One"}, &probe{name: "Two"}
	a.screens = []kit.Screen{one, two}
	a.resize(80, 24)
	return a, one, two
}

func press(a *App, keys ...string) {
	for _, k := range keys {
		a.Update(tuitest.Key(k))
	}
}

// While a text field has focus only chords and function keys reach actions, and
// the chords that edit text are the field's.
func TestTypingKeepsItsKeys(t *testing.T) {
	a, one, _ := withProbes()
	var done []string
	act := func(id string, keys ...string) kit.Action {
		return kit.Action{ID: id, Key: kit.Bind(id, keys...), Do: func() tea.Cmd { done = append(done, id); return nil }}
	}
	one.acts = []kit.Action{act("letter", "x"), act("chord", "ctrl+s"), act("undo", "ctrl+y")}

	press(a, "x", "ctrl+s")
	if want := []string{"letter", "chord"}; !slices.Equal(done, want) {
		t.Errorf("not typing: did %v, want %v", done, want)
	}
	done, one.typing, one.wants = nil, true, "ctrl+y"
	press(a, "x", "q", "?", "ctrl+s", "ctrl+y")
	if want := []string{"chord"}; !slices.Equal(done, want) {
		t.Errorf("typing: did %v, want %v", done, want)
	}
	if want := []string{"x", "q", "?", "ctrl+y"}; !slices.Equal(one.got, want) {
		t.Errorf("typing: the field got %v, want %v", one.got, want)
	}
	press(a, "alt+2")
	if a.at != 1 {
		t.Error("typing: alt+2 did not change the station")
	}
}

// A number alone goes to its station, unless it is text, or the screen counts on
// numbers itself, in whatever mode it is.
func TestNumbersGoToStations(t *testing.T) {
	a, one, _ := withProbes()
	press(a, "2")
	if a.at != 1 {
		t.Error("2 did not change the station")
	}
	press(a, "1")
	one.typing = true
	press(a, "2")
	if a.at != 0 || !slices.Equal(one.got, []string{"2"}) {
		t.Errorf("typing: station %d, the field got %v", a.at, one.got)
	}
	one.typing, one.got, one.acts = false, nil, []kit.Action{{ID: "left", Key: kit.Bind("left", "1"), Do: func() tea.Cmd { return nil }}}
	press(a, "1", "2")
	if a.at != 0 || a.toast.text != "numbers decide here; alt+2 goes to Two" {
		t.Errorf("station %d, the toast says %q", a.at, a.toast.text)
	}
}

// An action that is off says why and is not done.
func TestOffSaysWhy(t *testing.T) {
	a, one, _ := withProbes()
	one.acts = []kit.Action{{
		ID: "x", Key: kit.Bind("x", "x"), Why: func() string { return "nothing is chosen" },
		Do: func() tea.Cmd { t.Error("it was done"); return nil },
	}}
	press(a, "x")
	if a.toast.text != "nothing is chosen" || a.toast.bad {
		t.Errorf("the toast says %+v", a.toast)
	}
}

// Results go to who asked, also when another station is in front; those of a
// dialog that is gone go nowhere.
func TestResultsFindTheirAsker(t *testing.T) {
	a, one, two := withProbes()
	a.Update(kit.Home{Asker: two, Msg: 7})
	a.Update(kit.Home{Asker: &kit.Confirm{}, Msg: 8})
	if len(one.got) != 0 || !slices.Equal(two.got, []string{"home 7"}) {
		t.Errorf("one got %v, two got %v", one.got, two.got)
	}
}

// A dialog gets the keys, and what is behind it none.
func TestDialogTakesKeys(t *testing.T) {
	a, one, _ := withProbes()
	yes := 0
	a.Update(kit.Push{Dialog: &kit.Confirm{Styles: a.styles, Question: "Go?", Yes: func() tea.Cmd { yes++; return nil }}})
	a.View()
	press(a, "z", "y")
	if yes != 1 || len(a.stack) != 0 || len(one.got) != 0 {
		t.Errorf("yes %d times, %d dialogs left, the screen got %v", yes, len(a.stack), one.got)
	}
	press(a, "z")
	if !slices.Equal(one.got, []string{"z"}) {
		t.Errorf("after the dialog the screen got %v", one.got)
	}
}

// A click on the station bar changes the station; one on the screen comes with
// the screen's own coordinates.
func TestMouseGoesWhereItPoints(t *testing.T) {
	a, one, _ := withProbes()
	a.Update(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft})
	if !slices.Equal(one.got, []string{"click 5,2"}) {
		t.Errorf("the screen got %v", one.got)
	}
	x := strings.Index(tuitest.Rows(a.View().Content, 80, 24)[0], "Two")
	a.Update(tea.MouseClickMsg{X: x, Y: 0, Button: tea.MouseLeft})
	if a.at != 1 {
		t.Errorf("a click on Two left station %d in front", a.at)
	}
}

// Every key of the root is its own, and no station's action uses it.
func TestKeysAreSaidOnce(t *testing.T) {
	a := New(emptyDeps())
	global := map[string]string{}
	for _, act := range a.actions() {
		for _, k := range act.Key.Keys() {
			if other := global[k]; other != "" {
				t.Errorf("%s is bound to %s and %s", k, other, act.ID)
			}
			global[k] = act.ID
		}
	}
	for _, station := range Actions(emptyDeps())[1:] {
		for _, act := range station.Actions {
			if act.Long == "" || act.ID == "" {
				t.Errorf("%s: action %q explains nothing", station.Station, act.ID)
			}
			for _, k := range act.Key.Keys() {
				if global[k] != "" && !isNumber(k) { // who uses a number has all of them
					t.Errorf("%s: %s of %s is the root's %s", station.Station, k, act.ID, global[k])
				}
			}
		}
	}
}

// emptyDeps is a workspace with nothing in it.
func emptyDeps() Deps {
	return Deps{
		Library: library.Deps{
			Prompts:  func(context.Context) ([]session.PromptInfo, error) { return nil, nil },
			Variants: func(context.Context, int64) ([]session.VariantInfo, error) { return nil, nil },
			Runs:     func(context.Context, int64) ([]session.Run, error) { return nil, nil },
		},
		Compose: compose.Deps{},
		Proof:   proof.Deps{Models: func(context.Context) ([]session.ModelInfo, error) { return nil, nil }},
		Bench: bench.Deps{
			Models: func(context.Context) (bench.Models, error) { return bench.Models{}, nil },
			Runs:   func(context.Context, int64) ([]session.Run, error) { return nil, nil },
		},
	}
}

// Every station draws every size exactly, with nothing on the table.
func TestEmptyStationsFillEverySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := tuitest.Start(t, New(emptyDeps()), 80, 24)
		for _, size := range [][2]int{{40, 10}, {20, 5}, {80, 24}, {61, 17}, {120, 40}, {240, 70}, {0, 0}, {160, 45}} {
			p.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			for _, k := range []string{"alt+1", "alt+2", "alt+3", "alt+4", "?", "esc"} {
				p.Keys(k)
				if size[0] < minWidth {
					continue
				}
				for i, row := range strings.Split(p.View().Content, "\n") {
					// Laying a dialog over a screen cuts the spaces at the end of its rows.
					if w := kit.Width(row); w > size[0] || w < size[0] && k != "?" {
						t.Errorf("%v %s: row %d is %d wide: %q", size, k, i, w, row)
					}
				}
			}
		}
		if err := p.Quit(); err != nil {
			t.Error(err)
		}
	})
}

// Quitting asks while runs are going, journals, stops them, and ends; asked
// again it ends at once.
func TestQuitStopsRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		d := emptyDeps()
		d.Live = func() int { return 2 }
		d.Stop = func(context.Context) { stopped = true }
		p := tuitest.Start(t, New(d), 80, 24)
		p.Keys("q")
		if s := p.Screen(); !strings.Contains(s, "2 runs are going. Stop and quit?") {
			t.Fatalf("it did not ask:\n%s", s)
		}
		p.Keys("y")
		if err := p.Quit(); err != nil || !stopped {
			t.Errorf("ended with %v; runs stopped: %v", err, stopped)
		}
	})
}

// A panic, in Update, in View or in a command, ends the program in order and is
// told, not printed.
func TestPanicsEndInOrder(t *testing.T) {
	for _, where := range []string{"update", "view", "command", "batch"} {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewSafe(&bomb{where: where})
				p := tuitest.Start(t, s, 80, 24)
				p.Keys("x")
				if err := p.Quit(); err != nil {
					t.Errorf("ended with %v", err)
				}
				if !strings.HasPrefix(s.Panic(), "boom\x1b[2J") {
					t.Errorf("told %q", s.Panic())
				}
			})
		})
	}
}

type bomb struct {
	where string
	armed bool
}

func (b *bomb) Init() tea.Cmd { return nil }

func (b *bomb) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.KeyPressMsg); !ok {
		return b, nil
	}
	explode := func() tea.Msg { panic(errors.New("boom\x1b[2J")) }
	switch b.where {
	case "update":
		explode()
	case "view":
		b.armed = true
	case "command":
		return b, explode
	case "batch":
		return b, tea.Batch(func() tea.Msg { return nil }, tea.Batch(explode, explode))
	}
	return b, nil
}

func (b *bomb) View() tea.View {
	if b.armed {
		panic("boom\x1b[2J")
	}
	return tea.NewView(text.Of("calm").String())
}

// A message that is longer than a line is shown whole, and the next key brings
// the footer back; an error stays until esc.
func TestToastsAreWhole(t *testing.T) {
	a, one, _ := withProbes()
	one.acts = []kit.Action{{ID: "x", Key: kit.Bind("a deed", "x"), Show: true}}
	long := strings.Repeat("the key of the backend is missing ", 6) + "and this is the end"
	a.Update(kit.Toast{Text: long, Bad: true})
	rows := tuitest.Rows(a.View().Content, 80, 24)
	if s := strings.Join(rows[20:], "\n"); !strings.Contains(s, "and this is the end") {
		t.Errorf("the end of the message is cut:\n%s", s)
	} else if strings.Contains(s, "…") {
		t.Errorf("what is whole is marked as cut:\n%s", s)
	}
	press(a, "z")
	if a.toast.text == "" {
		t.Error("a key took the error away")
	}
	press(a, "esc")
	a.Update(kit.Toast{Text: "done"})
	press(a, "z")
	if last := tuitest.Rows(a.View().Content, 80, 24)[23]; !strings.Contains(last, "a deed") {
		t.Errorf("the footer is not back: %q", last)
	}
}
