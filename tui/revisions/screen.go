package revisions

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// focus is what the keys go to.
type focus int

const (
	onList focus = iota
	onPage
)

// mode is what stands beside the tree.
type mode int

const (
	asText     mode = iota // the blocks of the revision with the cursor
	asProof                // its exact context for the case in hand
	asDiff                 // what it changed of its parent or of the marked one
	asContexts             // the same of the final contexts
)

// row is a line of the tree.
type row struct {
	session.Lineage
	draft   bool
	content session.Content
}

// mark is what revisions are compared with until it is taken away.
type mark struct {
	id      int64 // of the revision, 0: of none
	name    string
	content session.Content
}

// Screen is the page of the revisions.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string
	back  string // the station that esc goes back to

	ref    session.VariantRef // without a revision; the zero value: nothing is shown
	gen    uint64             // of the newest question of any kind
	loads  uint64             // of the newest for what is here
	loaded bool
	err    error
	here   Here
	rows   []row
	busy   string

	focus  focus
	mode   mode
	mark   *mark
	table  *kit.Table
	shown  []says // of the table's columns
	page   page
	tokens map[tokenKey]int
	counts uint64 // of the question for tokens that is out, 0: none
}

// tokenKey is what a count of tokens depends on.
type tokenKey struct {
	hash, model string
	kase        text.Raw
}

// New makes the page.
func New(d Deps) *Screen {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &Screen{d: d, back: "library", tokens: map[tokenKey]int{}}
	s.table = kit.NewTable(d.Styles, nil, s.cell)
	s.table.SetEmpty("nothing was saved yet")
	s.page.pager = kit.NewPager(d.Styles)
	s.page.diff = kit.NewDiff(d.Styles)
	return s
}

// Title names the page.
func (s *Screen) Title() string { return "Revisions" }

// Under is the station that the page belongs to.
func (s *Screen) Under() string { return "Library" }

// Typing reports whether a search in the text beside is being typed.
func (s *Screen) Typing() bool { return s.focus == onPage && !s.comparing() && s.page.pager.Typing() }

// comparing reports whether two stand beside the tree.
func (s *Screen) comparing() bool { return s.page.mode == asDiff || s.page.mode == asContexts }

// Resize gives the page its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter reads the revisions anew: another process may have saved one. Where nothing
// was asked for, they are those of the variant on the table.
func (s *Screen) Enter() tea.Cmd {
	if t := s.d.Table; t.Open() {
		s.setVariant(nameOnly(t.Variant))
	}
	return s.reload()
}

// Open shows the revisions of a variant. A string is the station that one comes from
// and goes back to.
func (s *Screen) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case session.VariantRef:
		s.back = "library"
		a.Revision = 0
		s.setVariant(a)
		return s.reload()
	case string:
		s.back = a
	}
	return nil
}

// nameOnly names a variant without a revision.
func nameOnly(v session.VariantInfo) session.VariantRef {
	r := v.Ref()
	r.Revision = 0
	return r
}

func (s *Screen) setVariant(ref session.VariantRef) {
	if s.ref == ref {
		return
	}
	s.ref, s.loaded, s.err, s.focus, s.mode, s.mark = ref, false, nil, onList, asText, nil
	s.here, s.rows = Here{}, nil
	s.table.SetRows(0)
	s.table.SetRow(0)
}

// Results of the page's questions.
type (
	gotHere struct {
		here Here
		rows []session.Lineage
		err  error
	}
	gotTokens struct{ counts map[tokenKey]int }
	gotOthers struct {
		of   session.VariantInfo
		list []session.Revision
		err  error
	}
	gotDone struct {
		said string
		err  error
	}
)

// patience is how long a question may take.
const patience = 60 * time.Second

// ask puts a question outside of Update.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

func (s *Screen) reload() tea.Cmd {
	if s.ref.Variant == "" || s.d.Load == nil {
		return nil
	}
	s.gen++
	s.loads = s.gen
	ref, load := s.ref, s.d.Load
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		h, err := load(ctx, ref)
		return gotHere{h, session.Lineages(h.Revisions), err}
	})
}

// Update takes keys, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case kit.TableChanged:
		return s.reload()
	case tea.MouseMsg:
		return s.mouse(msg)
	case tea.KeyPressMsg:
		if s.focus == onPage {
			s.read(msg)
			return nil
		}
		s.table.Update(msg)
		return s.moved()
	case tea.PasteMsg:
		if s.Typing() {
			s.page.pager.Update(msg)
		}
	}
	return nil
}

// read gives a key to what stands beside the tree.
func (s *Screen) read(msg tea.Msg) {
	if s.comparing() {
		s.page.diff.Update(msg)
		return
	}
	if !s.page.pager.Update(msg) {
		if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "esc" {
			s.setFocus(onList)
		}
	}
}

func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	switch {
	case s.lay.list.has(at.X, at.Y):
		if click {
			s.setFocus(onList)
		}
		s.table.Update(kit.Shift(msg, s.lay.list.x+1, s.lay.list.y+1))
		return s.moved()
	case s.lay.page.has(at.X, at.Y):
		if click {
			s.setFocus(onPage)
		}
		s.read(kit.Shift(msg, s.lay.page.x+1, s.lay.page.y+1+s.page.head))
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotHere:
		if m.Gen == s.loads {
			return s.have(msg)
		}
	case gotPage:
		if m.Gen == s.page.gen {
			s.turn(msg)
		}
	case gotTokens:
		if m.Gen == s.counts {
			s.counts = 0
		}
		for k, n := range msg.counts {
			s.tokens[k] = n
		}
		return s.count()
	case gotOthers:
		if m.Gen == s.loads {
			return s.markOf(msg)
		}
	case gotDone:
		s.busy = ""
		if msg.err != nil {
			return kit.Fail(msg.err)
		}
		return tea.Batch(kit.Say(msg.said), s.reload())
	}
	return nil
}

// have takes in what is stored by now; the cursor stays on its revision.
func (s *Screen) have(m gotHere) tea.Cmd {
	was, first := int64(-1), !s.loaded
	if r := s.current(); r != nil {
		was = r.Revision.ID
	}
	s.loaded, s.err = true, m.err
	if m.err != nil {
		return nil
	}
	s.here = m.here
	s.rows = s.rows[:0]
	if c, base, ok := s.draft(); ok {
		d := row{draft: true, content: c}
		d.Rail = "◌"
		for _, l := range m.rows {
			if l.Revision.ID == base {
				d.Parent = l.Revision.Number
				d.Revision.ParentID = base
			}
		}
		s.rows = append(s.rows, d)
	}
	for _, l := range m.rows {
		s.rows = append(s.rows, row{Lineage: l, content: l.Revision.Content})
	}
	s.table.SetRows(len(s.rows))
	for i, r := range s.rows {
		if first && r.Revision.ID == m.here.Variant.Revision.ID || !first && r.Revision.ID == was {
			s.table.SetRow(i)
		}
	}
	s.arrange()
	return s.moved()
}

// draft is the unsaved work: that on the table where the variant lies there, else
// that in the store.
func (s *Screen) draft() (c session.Content, base int64, ok bool) {
	if t := s.d.Table; s.onTable() {
		if !t.Dirty() {
			return c, 0, false
		}
		return t.Desk.Content().Clone(), t.Base(), true
	}
	if d := s.here.Draft; d != nil && d.Content.Hash() != s.here.Variant.Revision.Hash {
		return d.Content, d.BaseID, true
	}
	return c, 0, false
}

// onTable reports whether the variant lies on the table.
func (s *Screen) onTable() bool {
	t := s.d.Table
	return t.Open() && s.here.Variant.ID != 0 && t.Variant.ID == s.here.Variant.ID
}

// current is the row with the cursor, or nil.
func (s *Screen) current() *row {
	if i := s.table.Row(); i >= 0 && i < len(s.rows) {
		return &s.rows[i]
	}
	return nil
}

// kase is the case whose context is shown, and the model that tokens are counted for.
func (s *Screen) kase() (session.Case, string) {
	if t := s.d.Table; t.Open() && t.Prompt.ID == s.here.Prompt.ID {
		return t.Case(), t.Model()
	}
	return s.here.Case, ""
}

func (s *Screen) setFocus(f focus) {
	s.focus = f
	s.arrange()
}

// moved follows the cursor.
func (s *Screen) moved() tea.Cmd { return tea.Batch(s.show(), s.count()) }

func (s *Screen) keyOf(r row) tokenKey {
	k, model := s.kase()
	h := r.Revision.Hash
	if r.draft {
		h = r.content.Hash()
	}
	return tokenKey{h, model, k.Name}
}

// count asks for the tokens of the rows that can be seen, where they are not known.
func (s *Screen) count() tea.Cmd {
	if s.counts != 0 || s.d.Tokens == nil {
		return nil
	}
	k, model := s.kase()
	ask := map[tokenKey]session.Content{}
	from, to := s.table.Window()
	for _, r := range s.rows[min(from, len(s.rows)):min(to, len(s.rows))] {
		key := s.keyOf(r)
		if _, ok := s.tokens[key]; !ok {
			ask[key] = r.content
		}
	}
	if len(ask) == 0 {
		return nil
	}
	s.gen++
	s.counts = s.gen
	count := s.d.Tokens
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		out := map[tokenKey]int{}
		for key, c := range ask {
			out[key] = count(ctx, session.Compose(c, k, session.Order{}), model).Total
		}
		return gotTokens{out}
	})
}
