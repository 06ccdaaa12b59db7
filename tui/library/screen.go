package library

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// pane is which of the two lists the keys go to.
type pane int

const (
	onPrompts pane = iota
	onVariants
)

// entry is a row of the left list: a prompt, or, while one searches, one of its
// variants.
type entry struct {
	prompt  *session.PromptInfo
	variant *session.VariantInfo // nil: the prompt itself
}

// shelf is what is known of one prompt.
type shelf struct {
	variants []session.VariantInfo
	runs     []session.Run
	err      error
	loaded   bool
	stale    bool // shown, but asked for anew when looked at
	asking   bool
	gen      uint64
	waits    waiting
}

// goal is what the cursor is put on when the lists have come.
type goal struct {
	prompt, variant text.Raw
	stay            bool // the keys stay where they are
}

// Screen is the library.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string

	gen     uint64 // of the newest question
	listGen uint64 // of the newest question for prompts
	loaded  bool
	err     error
	prompts []session.PromptInfo
	shelves map[int64]*shelf

	focus   pane
	finding bool
	opening string // what is being loaded to lie on the table
	openGen uint64
	then    kit.Goto // where one goes when it lies there
	counter counter
	known   int64 // the variant that was last seen on the table
	want    goal

	left  *kit.List[entry]
	right *kit.Table
}

// New makes the screen.
func New(d Deps) *Screen {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &Screen{d: d, shelves: map[int64]*shelf{}}
	s.left = kit.NewList(d.Styles, s.row)
	s.right = kit.NewTable(d.Styles, columns(), s.cell)
	s.right.SetEmpty("")
	s.setFocus(onPrompts)
	return s
}

// Title names the station.
func (s *Screen) Title() string { return "Library" }

// Typing reports whether a search is being typed.
func (s *Screen) Typing() bool { return s.left.Typing() }

// Resize gives the screen its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter reads the lists anew: another process may have changed them. The cursor
// goes to what came to lie on the table since.
func (s *Screen) Enter() tea.Cmd {
	if t := s.d.Table; t.Open() && t.Variant.ID != s.known && s.want.prompt == "" {
		s.known = t.Variant.ID
		s.want = goal{prompt: t.Prompt.Name, variant: t.Variant.Name, stay: true}
	}
	return s.reload()
}

// Open puts the cursor on a variant or a prompt.
func (s *Screen) Open(arg any) tea.Cmd {
	if ref, ok := arg.(session.VariantRef); ok {
		s.want = goal{prompt: text.Raw(ref.Prompt), variant: text.Raw(ref.Variant)}
	}
	return s.reload()
}

// Results of the screen's questions.
type (
	gotPrompts struct {
		list []session.PromptInfo
		err  error
	}
	gotShelf struct {
		id       int64
		variants []session.VariantInfo
		runs     []session.Run
		err      error
	}
	gotLaid struct {
		laid session.Laid
		err  error
	}
	gotUndone struct {
		said    string
		variant int64 // that lay on the table
		laid    session.Laid
		there   bool // laid is that variant as it is now
		err     error
	}
	gotDone struct {
		said string
		want goal
		then func()             // changes what lies on the table
		lay  session.VariantRef // comes to lie on the table, the zero value: nothing does
		err  error
	}
)

// patience is how long a question to the store may take.
const patience = 30 * time.Second

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

func (s *Screen) reload() tea.Cmd {
	s.gen++
	s.listGen = s.gen
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		list, err := s.d.Prompts(ctx)
		return gotPrompts{list, err}
	})
}

// fetch asks for what is on a prompt's shelf.
func (s *Screen) fetch(id int64) tea.Cmd {
	sh := s.shelf(id)
	if sh.asking || sh.loaded && !sh.stale {
		return nil
	}
	s.gen++
	sh.asking, sh.gen = true, s.gen
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		v, err := s.d.Variants(ctx, id)
		if err != nil {
			return gotShelf{id: id, err: err}
		}
		runs, err := s.d.Runs(ctx, id)
		return gotShelf{id, v, runs, err}
	})
}

func (s *Screen) shelf(id int64) *shelf {
	sh := s.shelves[id]
	if sh == nil {
		sh = &shelf{}
		s.shelves[id] = sh
	}
	return sh
}

// Update takes keys, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.PasteMsg:
		s.left.Update(msg)
		return s.moved()
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotPrompts:
		if m.Gen != s.listGen {
			return nil
		}
		return s.havePrompts(msg)
	case gotShelf:
		sh := s.shelf(msg.id)
		if m.Gen != sh.gen {
			return nil
		}
		sh.asking, sh.loaded, sh.stale, sh.err = false, true, false, msg.err
		if msg.err == nil {
			sh.variants, sh.runs = msg.variants, msg.runs
		}
		s.fill()
		s.aim()
		return s.tally()
	case gotWaits:
		if m.Gen != s.counter.gen {
			return nil
		}
		return s.counted(msg)
	case gotLaid:
		if m.Gen != s.openGen {
			return nil
		}
		return s.laid(msg)
	case gotDone:
		return s.done(msg)
	case gotUndone:
		return s.undone(msg)
	}
	return nil
}

func (s *Screen) havePrompts(msg gotPrompts) tea.Cmd {
	s.loaded, s.err = true, msg.err
	if msg.err != nil {
		return nil
	}
	at := s.promptID()
	s.prompts = msg.list
	for _, sh := range s.shelves {
		sh.stale, sh.waits.stale = true, true
	}
	s.fill()
	if s.want.prompt == "" && at != 0 {
		for i := range s.prompts {
			if s.prompts[i].ID == at {
				s.left.SetCursor(i)
			}
		}
	}
	s.aim()
	return tea.Batch(s.moved(), s.tally())
}

// moved follows the cursor of the left list.
func (s *Screen) moved() tea.Cmd {
	s.fillRight()
	if s.finding {
		return s.fetchAll()
	}
	if p := s.prompt(); p != nil {
		return s.fetch(p.ID)
	}
	return nil
}

func (s *Screen) fetchAll() tea.Cmd {
	var cmds []tea.Cmd
	for i := range s.prompts {
		if cmd := s.fetch(s.prompts[i].ID); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// fill gives the left list its rows: prompts, and their variants while one
// searches.
func (s *Screen) fill() {
	rows := make([]entry, 0, len(s.prompts))
	for i := range s.prompts {
		p := &s.prompts[i]
		rows = append(rows, entry{prompt: p})
		if !s.finding {
			continue
		}
		if sh := s.shelves[p.ID]; sh != nil {
			for j := range sh.variants {
				rows = append(rows, entry{p, &sh.variants[j]})
			}
		}
	}
	s.left.SetItems(rows)
	s.fillRight()
}

// fillRight gives the right table its rows.
func (s *Screen) fillRight() {
	v := s.variants()
	s.right.SetRows(len(v))
	if e, ok := s.left.Selected(); ok && e.variant != nil {
		for i := range v {
			if v[i].ID == e.variant.ID {
				s.right.SetRow(i)
			}
		}
	}
	s.arrange()
}

// aim puts the cursors on what is wanted, as far as it is there.
func (s *Screen) aim() {
	if s.want.prompt == "" || s.finding {
		return
	}
	for i := range s.prompts {
		if s.prompts[i].Name == s.want.prompt {
			s.left.SetCursor(i)
			s.fillRight()
			if s.want.variant == "" {
				s.want = goal{}
				return
			}
		}
	}
	p := s.prompt()
	if p == nil || p.Name != s.want.prompt {
		return
	}
	for i, v := range s.variants() {
		if v.Name == s.want.variant {
			s.right.SetRow(i)
			if !s.want.stay {
				s.setFocus(onVariants)
			}
			s.want = goal{}
		}
	}
	if sh := s.shelves[p.ID]; sh != nil && sh.loaded && !sh.stale {
		s.want = goal{}
	}
}

// prompt is the prompt with the cursor, or nil.
func (s *Screen) prompt() *session.PromptInfo {
	if e, ok := s.left.Selected(); ok {
		return e.prompt
	}
	return nil
}

func (s *Screen) promptID() int64 {
	if p := s.prompt(); p != nil {
		return p.ID
	}
	return 0
}

// variants are those of the prompt with the cursor.
func (s *Screen) variants() []session.VariantInfo {
	p := s.prompt()
	if p == nil {
		return nil
	}
	if sh := s.shelves[p.ID]; sh != nil {
		return sh.variants
	}
	return nil
}

// variant is the variant with the cursor, or nil.
func (s *Screen) variant() *session.VariantInfo {
	v := s.variants()
	if i := s.right.Row(); i >= 0 && i < len(v) {
		return &v[i]
	}
	return nil
}

func (s *Screen) setFocus(p pane) {
	s.focus = p
	s.left.SetFocus(p == onPrompts)
	s.right.SetFocus(p == onVariants)
	s.arrange()
}

func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	if s.finding {
		switch k {
		case "enter":
			return s.found()
		case "esc":
			s.stopFinding()
			return s.moved()
		}
		s.left.Update(msg)
		s.left.StartFilter()
		return s.moved()
	}
	if s.focus == onVariants {
		s.right.Update(msg)
		return nil
	}
	if s.left.Update(msg) {
		return s.moved()
	}
	return nil
}

func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	over := func(r rect) bool {
		return at.X >= r.x && at.X < r.x+r.w && at.Y >= r.y && at.Y < r.y+r.h
	}
	switch {
	case over(s.lay.left):
		if _, ok := msg.(tea.MouseClickMsg); ok {
			s.setFocus(onPrompts)
		}
		if s.left.Update(kit.Shift(msg, s.lay.left.x+1, s.lay.left.y+1)) {
			return s.moved()
		}
	case over(s.lay.right):
		if _, ok := msg.(tea.MouseClickMsg); ok && !s.finding {
			s.setFocus(onVariants)
		}
		if at.Y-s.lay.right.y-1 <= s.lay.table {
			s.right.Update(kit.Shift(msg, s.lay.right.x+1, s.lay.right.y+1))
		}
	}
	return nil
}
