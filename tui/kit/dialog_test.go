package kit

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
	"galley/themes"
)

type answered string

func answer(s string) func() tea.Cmd {
	return func() tea.Cmd { return func() tea.Msg { return answered(s) } }
}

// ask presses keys until the dialog is done, and returns what came of it.
func ask(d Dialog, names ...string) (done bool, msg tea.Msg) {
	for _, n := range names {
		var cmd tea.Cmd
		if done, cmd = d.Update(press(n)); done {
			if cmd != nil {
				msg = cmd()
			}
			return done, msg
		}
	}
	return false, nil
}

func TestConfirm(t *testing.T) {
	mk := func(danger bool) *Confirm {
		return &Confirm{Styles: testStyles, Question: "Delete?", Detail: text.Of("Gone for good."), Yes: answer("yes"), No: answer("no"), Danger: danger}
	}
	for _, c := range []struct {
		danger bool
		keys   string
		want   tea.Msg
	}{
		{false, "y", answered("yes")}, {false, "n", answered("no")}, {false, "esc", answered("no")}, {false, "enter", answered("yes")},
		{true, "enter", answered("no")}, {true, "tab enter", answered("yes")}, {false, "x left enter", answered("no")}, {false, "x", nil},
	} {
		if _, got := ask(mk(c.danger), strings.Fields(c.keys)...); got != c.want {
			t.Errorf("danger %v, %s: %v, want %v", c.danger, c.keys, got, c.want)
		}
	}
	if done, _ := ask(&Confirm{Styles: testStyles}, "y"); !done {
		t.Error("a dialog without callbacks stays")
	}
}

func TestUninvitedSwallowsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Confirm{Styles: testStyles, Question: "Resume?", Yes: answer("yes"), Uninvited: true}
		c.View(80, 24)
		for range 5 { // somebody is typing
			time.Sleep(100 * time.Millisecond)
			if done, _ := c.Update(press("y")); done {
				t.Fatal("took a key that was meant for something else")
			}
		}
		time.Sleep(500 * time.Millisecond)
		if done, _ := c.Update(press("y")); !done {
			t.Fatal("still deaf after half a second")
		}
		calm := &Confirm{Styles: testStyles, Yes: answer("yes"), Uninvited: true}
		calm.View(80, 24)
		time.Sleep(time.Second)
		if done, _ := calm.Update(press("y")); !done {
			t.Fatal("deaf though the keyboard was still")
		}
	})
}

func TestPrompt(t *testing.T) {
	p := &Prompt{
		Styles: testStyles, Heading: "Rename", Label: "New name", Value: "old",
		Check: func(r text.Raw) string {
			if r == "" {
				return "a name is needed"
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd { return func() tea.Msg { return r } },
	}
	if done, _ := ask(p, "backspace", "enter"); done {
		t.Fatal("accepted an empty name")
	}
	if !strings.Contains(p.View(60, 20), "a name is needed") {
		t.Error("does not say what is wrong")
	}
	if _, got := ask(p, "n", "e", "w", "enter"); got != text.Raw("new") {
		t.Errorf("got %v", got)
	}
	view := p.View(60, 20)
	c := p.Cursor()
	row := strings.Split(view, "\n")[c.Y]
	if before, _ := cut(row, c.X, ""); !strings.Contains(before, "new") {
		t.Errorf("the cursor at %d,%d is not after the text: %q", c.X, c.Y, row)
	}
}

func TestMenuAndMulti(t *testing.T) {
	choices := []Choice{
		{Label: text.Of("as it is"), Note: text.Of("default"), Long: text.Of("The shots in their own order.")},
		{Label: text.Of("shuffled"), Long: text.Of("A seed decides.")}, {Label: text.Of("balanced"), Off: "needs three shots"},
	}
	menu := func() *Menu {
		return &Menu{Styles: testStyles, Heading: "Order", Choices: choices, Done: func(i int) tea.Cmd { return func() tea.Msg { return i } }, Cancelled: answer("no")}
	}
	for keys, want := range map[string]tea.Msg{"enter": 0, "down enter": 1, "down down enter": nil, "esc": answered("no"), "/ s h u enter enter": 1} {
		if _, got := ask(menu(), strings.Fields(keys)...); got != want {
			t.Errorf("menu, %s: %v, want %v", keys, got, want)
		}
	}
	multi := func() *Multi {
		return &Multi{Styles: testStyles, Heading: "Models", Choices: choices, Least: 1, Done: func(c []int) tea.Cmd { return func() tea.Msg { return len(c) } }}
	}
	for keys, want := range map[string]tea.Msg{"enter": nil, "space enter": 1, "a enter": 2, "a a enter": nil, "down down space enter": nil} {
		if _, got := ask(multi(), strings.Fields(keys)...); got != want {
			t.Errorf("multi, %s: %v, want %v", keys, got, want)
		}
	}
}

func testActions() []Action {
	off := func() string { return "no run is going" }
	return []Action{
		{ID: "bench.run", Key: Bind("run all cells", "ctrl+r", "f5"), Long: "Start every cell of the matrix that has no output yet.", Do: answer("run"), Show: true},
		{ID: "bench.stop", Key: Bind("stop", "ctrl+x"), Long: "Stop the run; what came back stays.", Why: off, Do: answer("stop"), Show: true},
		{ID: "variant.save", Key: Bind("save", "ctrl+s"), Long: "Keep this wording as a revision.", Do: answer("save"), Show: true},
		{ID: "variant.diff", Key: Bind("compare", "ctrl+d"), Long: "Show what changed since a revision.", Do: answer("diff"), Show: true},
	}
}

func TestPalette(t *testing.T) {
	for keys, want := range map[string]tea.Msg{
		"enter": answered("run"), "s a v e enter": answered("save"), "s t o p enter": nil, "down down enter": answered("save"), "z z z enter": nil,
		"r e v i s i o n enter": answered("save"),
	} {
		p := &Palette{Styles: testStyles, Actions: testActions()}
		if _, got := ask(p, strings.Fields(keys)...); got != want {
			t.Errorf("palette, %s: %v, want %v", keys, got, want)
		}
	}
	p := &Palette{Styles: testStyles, Actions: testActions()}
	ask(p, "s", "t", "o", "p")
	if !strings.Contains(p.View(80, 24), "no run is going") {
		t.Error("does not say why an action is off")
	}
}

// dialogs are one of each kind, for drawing.
func dialogs() map[string]Dialog {
	long := text.Show("Revision \x1b[31m7 of " + nasty[4] + " and its " + text.Raw(strings.Repeat("many ", 30)) + "outputs stay.")
	choices := []Choice{{Label: long, Note: text.Of("note"), Long: long}, {Label: text.Of("second")}, {Label: text.Of("third"), Off: "not now"}}
	for range 30 {
		choices = append(choices, Choice{Label: text.Of("more")})
	}
	return map[string]Dialog{
		"confirm": &Confirm{Styles: testStyles, Question: "Delete this variant?", Detail: long, YesLabel: "delete", Danger: true},
		"prompt":  &Prompt{Styles: testStyles, Heading: "Rename the variant", Label: "New name", Value: "triage-short", Placeholder: "name"},
		"menu":    &Menu{Styles: testStyles, Heading: "Order of the shots", Choices: choices},
		"multi":   &Multi{Styles: testStyles, Heading: "Models", Choices: choices},
		"palette": &Palette{Styles: testStyles, Actions: testActions()},
		"help": &Help{Styles: testStyles, Heading: "Help: Bench", Text: "The bench runs every contestant on every case.\n\nA cell is one call.",
			Groups: []HelpGroup{{"Bench", testActions()}, {"Everywhere", testActions()[2:]}}},
	}
}

func TestDialogGolden(t *testing.T) {
	for name, d := range dialogs() {
		goldens(t, name, func(w, h int) string { return Centre(d.View(w, h), w, h) })
	}
}

func TestDialogsEverySize(t *testing.T) {
	for name, d := range dialogs() {
		for w := 1; w <= 90; w += 3 {
			for h := 1; h <= 30; h += 2 {
				view := d.View(w, h)
				if vw, vh := lipgloss.Size(view); vw > w || vh > h {
					t.Fatalf("%s is %dx%d in %dx%d", name, vw, vh, w, h)
				}
				screen(t, Centre(view, w, h), w, h)
			}
		}
	}
}

func TestFooterAndToast(t *testing.T) {
	for w := 1; w < 120; w++ {
		screen(t, Footer(testActions(), w, testStyles), w, 1)
		screen(t, ToastLine(Toast{Text: "bad \x1b[31m thing\nhappened", Bad: true}, w, testStyles), w, 1)
	}
	line := screen(t, Footer(testActions(), 70, testStyles), 70, 1)[0]
	if strings.Contains(line, "stop") || !strings.Contains(line, "ctrl+r run all cells") || !strings.HasSuffix(line, "? help") {
		t.Errorf("footer %q", line)
	}
	if m := Fail(errors.New("x"))().(Toast); !m.Bad {
		t.Error("an error is not bad")
	}
}

func TestHintsStandWhole(t *testing.T) {
	st := themes.Pick("", true).Styles()
	for w, want := range map[int]string{
		50: "space check  a all  enter accept  esc cancel",
		40: "space check  a all  enter accept",
		30: "space check  enter accept",
		12: "space check",
	} {
		if got := ansi.Strip(Hints(st, w, "space", "check", "a", "all", "enter", "accept", "esc", "cancel")); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
}

func TestNoteTakesWhatAShortLabelLeaves(t *testing.T) {
	st := themes.Pick("", true).Styles()
	row := func(label string) string {
		l := NewList(st, func(int) Row {
			return Row{Label: text.Of(label), Note: text.Of("there is none to choose")}
		})
		l.SetItems([]int{0})
		l.Resize(43, 1)
		return ansi.Strip(l.View())
	}
	if got := row("failure mode"); !strings.Contains(got, "there is none to choose") {
		t.Errorf("the note is cut beside room: %q", got)
	}
	if got := row(strings.Repeat("long ", 12)); !strings.Contains(got, "there is no") || strings.Contains(got, "to choose") {
		t.Errorf("a long label leaves a third: %q", got)
	}
}
