package cases

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// mode is what the keys go to.
type mode int

const (
	onGrid mode = iota
	onSearch
	onCell
	onForm
	onMapping
)

// Screen is the page of the cases.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string
	back  string // the station that esc goes back to

	prompt int64
	gen    uint64 // of the newest question for what is here
	loaded bool
	err    error
	here   Here
	busy   string // what is being written, "" nothing
	want   text.Raw

	mode   mode
	rows   rows
	cols   []column
	table  *kit.Table
	find   *kit.Input
	cell   *cellEditor
	form   *form
	brings *bringing
}

// New makes the page.
func New(d Deps) *Screen {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &Screen{d: d, back: "library"}
	s.rows.marked = map[text.Raw]bool{}
	s.find = kit.NewInput(d.Styles)
	s.find.SetPlaceholder("letters of a name, a value, a tag or a wanted answer")
	s.find.SetFocus(false)
	s.table = kit.NewTable(d.Styles, nil, s.at)
	s.table.SetEmpty("")
	s.table.SetCellCursor(true)
	return s
}

// Title names the page.
func (s *Screen) Title() string { return "Cases" }

// Under is the station that the page belongs to.
func (s *Screen) Under() string { return "Library" }

// Typing reports whether a text is being typed.
func (s *Screen) Typing() bool { return s.mode == onSearch || s.mode == onCell || s.mode == onForm }

// Wants says which chords are the text field's own.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool {
	switch s.mode {
	case onCell:
		return s.cell.ed.Wants(msg) && !ours(msg)
	case onForm:
		return s.form.ed().Wants(msg) && !ours(msg)
	}
	return false
}

// ours are chords that are the page's while a text is written.
func ours(msg tea.KeyPressMsg) bool {
	switch msg.String() {
	case "ctrl+s", "ctrl+g", "ctrl+d", "alt+enter", "tab", "shift+tab":
		return true
	}
	return false
}

// Resize gives the page its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter reads the cases anew: another process may have changed them. Where nothing
// was asked for, they are those of the prompt on the table.
func (s *Screen) Enter() tea.Cmd {
	if t := s.d.Table; t.Open() && (s.prompt == 0 || s.mode == onGrid && t.Prompt.ID != s.prompt) {
		s.setPrompt(t.Prompt)
	}
	return s.reload()
}

// Open shows the cases of a prompt. A string is the station that one comes from
// and goes back to.
func (s *Screen) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case session.PromptInfo:
		s.back = "library"
		if s.prompt != a.ID {
			s.setPrompt(a)
		}
		return s.reload()
	case string:
		s.back = a
	}
	return nil
}

func (s *Screen) setPrompt(p session.PromptInfo) {
	s.prompt, s.loaded, s.err, s.mode = p.ID, false, nil, onGrid
	s.here = Here{Prompt: p}
	s.cell, s.form, s.brings = nil, nil, nil
	s.rows = rows{marked: map[text.Raw]bool{}}
	s.find.SetValue("")
	s.find.SetFocus(false)
	s.table.SetRow(0)
	s.table.SetCol(0)
}

// Results of the page's questions.
type (
	gotHere struct {
		here Here
		hay  []string
		err  error
	}
	gotDone struct {
		said string
		want text.Raw
		then func()
		err  error
	}
)

// patience is how long a question may take: a file of many cases is read and
// written within it.
const patience = 60 * time.Second

// ask puts a question outside of Update; the answer comes home with the
// generation of the newest load.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

func (s *Screen) reload() tea.Cmd {
	if s.prompt == 0 || s.d.Load == nil {
		return nil
	}
	s.gen++
	id, load := s.prompt, s.d.Load
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		h, err := load(ctx, id)
		return gotHere{h, haystacks(h.Cases), err}
	})
}

// deed writes something, and then reads everything anew.
func (s *Screen) deed(busy, said string, want text.Raw, f func(ctx context.Context) error) tea.Cmd {
	s.busy = busy
	return s.ask(0, func(ctx context.Context) tea.Msg { return gotDone{said: said, want: want, err: f(ctx)} })
}

// Update takes keys, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case kit.TableChanged:
		return s.reload()
	case Edited:
		return s.edited(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	switch s.mode {
	case onSearch:
		return s.updateSearch(msg)
	case onCell:
		return s.updateCell(msg)
	case onForm:
		return s.updateForm(msg)
	case onMapping:
		if k, ok := msg.(tea.KeyPressMsg); ok {
			s.brings.table.Update(k)
		}
		return nil
	}
	if k, ok := msg.(tea.KeyPressMsg); ok {
		s.table.Update(k)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotHere:
		if m.Gen == s.gen {
			s.have(msg)
		}
	case gotDone:
		return s.done(msg)
	case gotPreview:
		if s.brings != nil && m.Gen == s.brings.gen {
			return s.previewed(msg)
		}
	case gotChain:
		if m.Gen == s.gen {
			return msg.next()
		}
	}
	return nil
}

// have takes in what is stored by now; the cursor stays on its case.
func (s *Screen) have(m gotHere) {
	s.loaded, s.err = true, m.err
	if m.err != nil {
		return
	}
	at := s.want
	if c := s.current(); at == "" && c != nil {
		at = c.Name
	}
	s.here = m.here
	s.rows.take(m.here.Cases, m.hay)
	if s.want != "" && s.rows.place(s.want) < 0 && slices.ContainsFunc(m.here.Cases, func(c session.Case) bool { return c.Name == s.want }) {
		s.rows.query, s.rows.filter = "", filter{} // what was just made is to be seen
		s.find.SetValue("")
		s.rows.sift()
	}
	s.setColumns()
	s.table.SetRows(len(s.rows.shown))
	if i := s.rows.place(at); i >= 0 {
		s.table.SetRow(i)
	}
	s.want = ""
	if t := s.d.Table; t.Open() && t.Prompt.ID == s.prompt {
		t.Refresh(session.Laid{Prompt: m.here.Prompt, Cases: m.here.Cases, Shots: t.Shots})
	}
	s.arrange()
}

func (s *Screen) done(m gotDone) tea.Cmd {
	s.busy = ""
	if m.err != nil {
		if s.cell != nil {
			s.cell.err = m.err.Error()
		}
		return kit.Fail(m.err)
	}
	if m.then != nil {
		m.then()
	}
	if m.want != "" {
		s.want = m.want
	}
	s.arrange()
	return tea.Batch(kit.Say(m.said), s.reload())
}

// current is the case with the cursor, or nil.
func (s *Screen) current() *session.Case {
	i := s.table.Row()
	if i < 0 || i >= len(s.rows.shown) {
		return nil
	}
	return &s.rows.cases[s.rows.shown[i]]
}

// picked are the marked cases, or the one with the cursor where none is.
func (s *Screen) picked() []session.Case {
	var out []session.Case
	for _, c := range s.rows.cases {
		if s.rows.marked[c.Name] {
			out = append(out, c)
		}
	}
	if c := s.current(); len(out) == 0 && c != nil {
		out = append(out, *c)
	}
	return out
}

// own are the picked cases that are this prompt's.
func (s *Screen) own() []session.Case {
	return slices.DeleteFunc(s.picked(), func(c session.Case) bool { return c.Borrowed != "" })
}

func (s *Screen) undo() tea.Cmd {
	undo := s.d.Undo
	return s.ask(0, func(ctx context.Context) tea.Msg {
		e, err := session.Undone(undo(ctx))
		return gotDone{said: e.TookBack(), err: err}
	})
}

func (s *Screen) goBack() tea.Cmd {
	to := kit.Goto{Screen: s.back}
	if s.back == "library" && s.here.Prompt.Name != "" && !(s.d.Table.Open() && s.d.Table.Prompt.ID == s.prompt) {
		to.Arg = session.VariantRef{Prompt: string(s.here.Prompt.Name)}
	}
	s.back = "library"
	return func() tea.Msg { return to }
}

func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	switch s.mode {
	case onGrid:
		s.table.Update(kit.Shift(msg, s.lay.grid.x+1, s.lay.grid.y+1+s.lay.heads))
	case onCell:
		if m, ok := msg.(tea.MouseClickMsg); ok && !s.cell.at.has(m.X, m.Y) {
			return nil
		}
		_, cmd := s.cell.ed.Update(kit.Shift(msg, s.cell.at.x, s.cell.at.y))
		return cmd
	case onMapping:
		s.brings.table.Update(kit.Shift(msg, 1, 1+s.brings.head))
	}
	return nil
}
