package resources

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// Screen is the page of the resources.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string

	prompt int64 // whose bank is shown, 0 none
	of     []session.Resource
	folded map[text.Raw]bool // sources whose pieces are not shown
	sums   map[text.Raw]sum  // of each source
	tokens map[string]int    // by hash of the text
	all    sum
	hay    map[string]string // what is looked in, by uid
	held   map[string]bool   // uid of what the variant on the table holds; true: as the bank has it
	tagged bool              // something has tags

	order  bool // by rank for the case in hand
	ranked ranked
	asked  uint64 // generation of the newest question about the ranking
	counts uint64 // and about tokens
	gen    uint64

	rows    []row
	want    int64 // the resource that the cursor is to go to, 0 none
	list    *kit.Table
	cols    []int
	page    *kit.Pager // what is in hand
	pageOf  string
	onPiece bool
	find    *kit.Finder
	form    *form
	file    *bringing
	busy    string
}

// sum is what pieces come to.
type sum struct{ pieces, on, bytes, tokens int }

// New makes the page.
func New(d Deps) *Screen {
	s := &Screen{d: d, folded: map[text.Raw]bool{}, tokens: map[string]int{}, hay: map[string]string{}}
	s.find = kit.NewFinder(d.Styles, "words, or is:off is:in is:older is:marked")
	s.list = kit.NewTable(d.Styles, nil, s.cell)
	s.list.SetEmpty("")
	s.page = kit.NewPager(d.Styles)
	return s
}

// Title names the page.
func (s *Screen) Title() string { return "Resources" }

// Under is the station that the page belongs to.
func (s *Screen) Under() string { return "Compose" }

// Typing reports whether a text is being typed.
func (s *Screen) Typing() bool { return s.find.Typing() || s.form != nil || s.page.Typing() }

// Wants reports whether a field wants a chord before anybody else does.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool { return s.form != nil && s.form.Wants(msg) }

// Resize gives the page its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter takes over what lies on the table by now.
func (s *Screen) Enter() tea.Cmd { return s.adopt() }

// adopt takes over the bank of the prompt on the table.
func (s *Screen) adopt() tea.Cmd {
	t := s.d.Table
	if !t.Open() {
		s.prompt, s.of, s.form, s.file = 0, nil, nil, nil
		s.fill()
		return nil
	}
	if t.Prompt.ID != s.prompt {
		s.prompt, s.form, s.file, s.pageOf, s.ranked = t.Prompt.ID, nil, nil, "", ranked{}
		s.busy, s.onPiece, s.order = "", false, false
		clear(s.folded)
		clear(s.tokens)
		s.find.End(true)
		s.list.SetRow(0)
	}
	s.of, s.hay = t.Resources, map[string]string{}
	s.sum()
	s.fill()
	return tea.Batch(s.count(), s.rank())
}

// sum counts the sources and what the variant on the table holds.
func (s *Screen) sum() {
	s.sums, s.all, s.tagged = map[text.Raw]sum{}, sum{}, false
	for i := range s.of {
		r := &s.of[i]
		x := s.sums[r.Source]
		for _, to := range []*sum{&x, &s.all} {
			to.pieces++
			to.bytes += len(r.Text)
			to.tokens += s.tokens[r.Hash]
			if !r.Off {
				to.on++
			}
		}
		s.sums[r.Source] = x
		s.tagged = s.tagged || len(r.Tags) > 0
	}
	s.holding()
}

// holding notes which resources the variant on the table holds.
func (s *Screen) holding() {
	s.held = map[string]bool{}
	if !s.d.Table.Open() {
		return
	}
	copies := map[string]session.Resource{}
	for _, b := range s.d.Table.Desk.Content().Blocks {
		for _, r := range b.Resources {
			copies[r.UID] = r
		}
	}
	for _, r := range s.of {
		if c, ok := copies[r.UID]; ok {
			s.held[r.UID] = c.Text == r.Text
		}
	}
}

// Results of the page's questions.
type (
	gotTokens struct{ by map[string]int }
	gotDone   struct {
		kit.Done[session.Resource]
		quiet bool // nothing but marks or the variant changed
	}
	gotLook struct {
		what    Bring
		brought Brought
		err     error
	}
)

const patience = time.Minute

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

// count asks for the tokens of texts that were not counted yet.
func (s *Screen) count() tea.Cmd {
	todo := map[string]text.Raw{}
	for _, r := range s.of {
		if _, known := s.tokens[r.Hash]; !known {
			todo[r.Hash] = r.Text
		}
	}
	if len(todo) == 0 || s.d.Tokens == nil {
		return nil
	}
	s.gen++
	s.counts = s.gen
	return s.ask(s.gen, func(context.Context) tea.Msg {
		m := gotTokens{map[string]int{}}
		for hash, t := range todo {
			m.by[hash] = s.d.Tokens(t)
		}
		return m
	})
}

// Update takes keys, pastes, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case kit.TableChanged:
		return s.adopt()
	case Edited:
		return s.edited(msg)
	}
	switch {
	case s.form != nil:
		leave, cmd := s.form.Update(msg)
		if leave {
			return s.leaveForm()
		}
		return cmd
	case s.file != nil:
		s.file.sheet.Update(msg)
		return nil
	case s.find.Typing():
		return s.typeFilter(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if s.onPiece {
			s.page.Update(msg)
		} else if s.list.Update(msg) {
			s.moved()
		}
	case tea.MouseMsg:
		s.mouse(msg)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotTokens:
		if m.Gen == s.counts {
			for hash, n := range msg.by {
				s.tokens[hash] = n
			}
			s.sum()
			s.arrange()
			s.showPiece()
		}
	case ranked:
		if m.Gen == s.asked {
			return s.gotRanked(msg)
		}
	case gotDone:
		return s.done(msg)
	case gotLook:
		return s.looked(msg)
	}
	return nil
}

// mouse moves the cursor, the focus or a view.
func (s *Screen) mouse(msg tea.MouseMsg) {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	head := 1
	if s.find.Narrows() {
		head++
	}
	switch {
	case s.lay.list.has(at.X, at.Y):
		if s.onPiece = s.onPiece && !click; s.list.Update(kit.Shift(msg, s.lay.list.x+1, s.lay.list.y+head)) {
			s.moved()
		}
	case s.lay.piece.has(at.X, at.Y):
		s.onPiece = s.onPiece || click
		s.page.Update(kit.Shift(msg, s.lay.piece.x+2, s.lay.piece.y+1))
	}
	s.arrange()
}

func (s *Screen) typeFilter(msg tea.Msg) tea.Cmd {
	moved, cmd := s.find.Update(msg, s.list)
	if moved {
		s.moved()
	} else {
		s.fill()
	}
	return cmd
}

// matches reports whether a resource is one of those that are looked for.
func (s *Screen) matches(r *session.Resource, words []string) bool {
	all := ""
	for _, w := range words {
		var ok bool
		switch w {
		case "is:off":
			ok = r.Off
		case "is:in":
			_, ok = s.held[r.UID]
		case "is:older":
			same, in := s.held[r.UID]
			ok = in && !same
		case "is:marked":
			_, ok = s.ranked.marks[r.Hash]
		default:
			if all = s.hay[r.UID]; all == "" {
				all = strings.ToLower(string(r.Name) + "\n" + string(r.Source) + "\n" + string(session.JoinTags(r.Tags)) + "\n" + string(r.Text))
				if r.UID != "" {
					s.hay[r.UID] = all
				}
			}
			ok = strings.Contains(all, w)
		}
		if !ok {
			return false
		}
	}
	return true
}
