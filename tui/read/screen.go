package read

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// page is what the station shows.
type page int

const (
	onOutput  page = iota // one output with its context
	onCorrect             // what it should have said is being written
	onModes               // notes and the failure modes they stand under
)

// side is what scrolls.
type side int

const (
	onAnswer side = iota
	onContext
)

// showing is whether the exact context is to be seen.
type showing int

const (
	showAuto showing = iota // where there is room for it beside all else
	showOn
	showOff
)

// Screen is the station.
type Screen struct {
	deps Deps
	w, h int
	page page

	q       session.ReadQuery // filters; what is loaded of them is all's
	all     stack             // every output that fits, the newest first
	five    *five             // the outputs of the day, nil: not reading those
	prompt  int64             // that lay on the table when q followed it
	prompts []session.PromptInfo
	facets  Facets

	beside showing // of the exact context
	focus  side
	proofs map[string]*proof // by key or hash

	answer   *kit.Pager
	exact    *kit.Pager
	near     *kit.List[int] // neighbours
	nearName int            // cells of their names
	lay      layout
	of       drawnKey // what the pagers hold
	ctxOf    drawnKey

	answerRows int // of its pager

	entry  *entry // the field at the foot, nil: closed
	editor *editor
	busy   string // a deed on its way to disk, "" none
	modes  modes

	gen    uint64
	asked  map[question]uint64
	cancel map[question]context.CancelFunc
	theme  string
}

// drawnKey tells whether a pager holds what is to be drawn.
type drawnKey struct {
	cell   int64
	text   string // of the search, or the context's key
	theme  string
	narrow bool
}

// question is what can be asked of others; the newest of each kind counts.
type question int

const (
	askList question = iota
	askMore
	askFive
	askProof
	askDeed
	askPrompts
	askFacets
	askModes
	askCounts
)

// New makes the station.
func New(d Deps) *Screen {
	if d.NowMS == nil {
		d.NowMS = func() int64 { return time.Now().UnixMilli() }
	}
	s := &Screen{
		deps: d, asked: map[question]uint64{}, cancel: map[question]context.CancelFunc{}, proofs: map[string]*proof{},
		answer: kit.NewPager(d.Styles), exact: kit.NewPager(d.Styles),
	}
	s.near = kit.NewList(d.Styles, s.nearRow)
	s.modes = newModes(s)
	if d.Styles != nil {
		s.theme = d.Styles.Theme.Name
	}
	return s
}

// Title is the station's name.
func (s *Screen) Title() string { return "Read" }

// Resize gives the station its rectangle.
func (s *Screen) Resize(w, h int) { s.w, s.h = max(0, w), max(0, h) }

// restyle follows a change of theme.
func (s *Screen) restyle() {
	st := s.deps.Styles
	if s.theme == st.Theme.Name {
		return
	}
	s.theme = st.Theme.Name
	s.answer.SetStyles(st)
	s.exact.SetStyles(st)
	s.near.SetStyles(st)
	s.modes.restyle(st)
	if s.entry != nil {
		s.entry.in.SetStyles(st)
	}
	if s.editor != nil {
		s.editor.ed.SetStyles(st)
	}
}

// Enter reads the outputs again; those of another prompt when another one lies
// on the table.
func (s *Screen) Enter() tea.Cmd {
	cmds := []tea.Cmd{s.loadPrompts()}
	if s.page == onCorrect { // what is being written stays where it is
		return cmds[0]
	}
	if day, _, _ := dayOf(s.now()); s.five != nil && s.five.day != day {
		s.five = nil
	}
	if t := s.deps.Table; t.Open() && t.Prompt.ID != s.prompt {
		s.prompt = t.Prompt.ID
		s.page, s.five = onOutput, nil
		return tea.Batch(append(cmds, s.choose(session.ReadQuery{PromptID: s.prompt}))...)
	}
	if s.page == onModes {
		cmds = append(cmds, s.modes.load())
	}
	return tea.Batch(append(cmds, s.again())...)
}

// Open takes a query of outputs, or the number of a run.
func (s *Screen) Open(arg any) tea.Cmd {
	switch q := arg.(type) {
	case session.ReadQuery:
		return s.open(q)
	case int64:
		return s.open(session.ReadQuery{RunID: q})
	}
	return nil
}

func (s *Screen) open(q session.ReadQuery) tea.Cmd {
	if s.page == onCorrect {
		return kit.Say("a correction is being written: ctrl+s keeps it, esc leaves it")
	}
	s.page, s.five, s.entry = onOutput, nil, nil
	return s.choose(q)
}

// Typing reports whether a text field has focus.
func (s *Screen) Typing() bool { return s.entry != nil || s.page == onCorrect }

// Wants reports whether a chord is the editor's.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool {
	return s.page == onCorrect && s.entry == nil && s.editor.ed.Wants(msg)
}

// Cursor is where the terminal's cursor stands.
func (s *Screen) Cursor() *tea.Cursor {
	var c *tea.Cursor
	switch {
	case s.entry != nil:
		if c = s.entry.in.Cursor(); c != nil {
			c.X, c.Y = c.X+3, s.h-1
		}
	case s.page == onCorrect:
		if c = s.editor.ed.Cursor(); c != nil {
			c.X, c.Y = c.X+s.editor.at.x, c.Y+s.editor.at.y
		}
	}
	if c == nil || c.X >= s.w || c.Y >= s.h || c.Y < 0 {
		return nil
	}
	return c
}

// Help explains what has focus.
func (s *Screen) Help() string {
	switch s.page {
	case onModes:
		return "Notes become failure modes: read what was noted, find what belongs together, give it a name, and put each note under one. " +
			"The counts then say where a way to fail turns up: for which variant, model, revision and tag of case, out of how many outputs there.\n\n" +
			"↑ ↓ move, tab goes between modes and notes, enter on a note says where it belongs. " +
			"a goes to Suite and proposes assertions that would have caught a mode."
	case onCorrect:
		return "Write what this output should have said. It begins with what it did say. ctrl+s keeps it, as the answer that the case wants from now on " +
			"and as a pair that prefers your words over the model's; the output itself stays as it is. esc leaves it."
	}
	return "Look at the data: every output with what was asked and the exact context it answers, the newest first, one at a time. " +
		"p and f say whether it is good enough, f takes a word of reason, n keeps a note, c takes what it should have said. " +
		"A label is on disk when its sign appears, replaces your earlier one on that output, and u takes it back.\n\n" +
		"↑ ↓ go through the outputs. pgup, pgdown, space, home and end scroll, J and K by a line; e shows the exact context, coloured by block, " +
		"and tab says which of the two scrolls. 5 draws five to read today: those that nobody judged first, the same five all day.\n\n" +
		"  ✓ passed      ✗ failed       → corrected      ✎ noted\n" +
		"  · not judged  = judged, in pairs or by others   ! no answer"
}

// ask sends a question out; an answer to an older one of its kind is dropped.
// What reads is cancelled when it is asked anew; a deed is not.
func (s *Screen) ask(q question, f func(ctx context.Context) tea.Msg) tea.Cmd {
	s.gen++
	gen := s.gen
	s.asked[q] = gen
	ctx := context.Background()
	if q != askDeed {
		if c := s.cancel[q]; c != nil {
			c()
		}
		ctx, s.cancel[q] = context.WithCancel(ctx)
	}
	asker := s
	return func() tea.Msg { return kit.Home{Asker: asker, Gen: gen, Msg: answered{q, f(ctx)}} }
}

// drop takes a question back: its answer is of what was.
func (s *Screen) drop(q question) {
	delete(s.asked, q)
	if c := s.cancel[q]; c != nil {
		c()
	}
}

// answered is what comes home.
type answered struct {
	q   question
	msg tea.Msg
}

func (s *Screen) now() time.Time { return time.UnixMilli(s.deps.NowMS()) }

func (s *Screen) styles() *themes.Styles { return s.deps.Styles }

// say draws words of ours in a style.
func (s *Screen) say(ours string, style lipgloss.Style) string { return s.paint(text.Of(ours), style) }

// paint draws shown text in a style.
func (s *Screen) paint(t text.Shown, style lipgloss.Style) string {
	return kit.Render(t, style, s.styles().Mark)
}
