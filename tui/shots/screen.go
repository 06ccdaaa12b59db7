package shots

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// focus is where the keys go.
type focus int

const (
	onList focus = iota
	onShot
	onMix
)

// Screen is the station of the bank of shots.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string

	gen     uint64
	prompt  int64 // whose bank is shown
	of      []session.Shot
	cases   []session.Case
	seen    bool // something was read of this prompt
	rows    []int
	want    int64 // the shot that the cursor is to go to, 0: none
	most    int   // words of the longest shot
	twin    []int // of each shot, -1: none
	makeup  session.Makeup
	cols    []int               // what the columns of the list show
	holders map[string][]holder // by uid of the shot
	facts   uint64              // generation of the newest question about twins and holders

	list   *kit.Table
	page   *kit.Pager // the shot in hand
	pageOf string
	focus  focus
	side   focus // what stands in the one pane beside or below the list
	top    int   // first line of the mix in sight
	find   *kit.Finder
	form   *form
	file   *bringing // a file that is about to be imported
	busy   string    // what is being written
}

// holder is a variant that holds a copy of a shot.
type holder struct {
	name  text.Raw
	block text.Raw
	older bool // the copy is not as the bank has it
	off   bool
	table bool // it lies on the table
}

// New makes the screen.
func New(d Deps) *Screen {
	s := &Screen{d: d, side: onShot}
	s.find = kit.NewFinder(d.Styles, "words, or is:near is:off is:pinned is:older")
	s.list = kit.NewTable(d.Styles, nil, s.cell)
	s.list.SetEmpty("")
	s.page = kit.NewPager(d.Styles)
	return s
}

// Title names the station.
func (s *Screen) Title() string { return "Shots" }

// Typing reports whether a text is being typed.
func (s *Screen) Typing() bool { return s.find.Typing() || s.form != nil || s.page.Typing() }

// Wants reports whether a field wants a chord before anybody else does.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool {
	return s.form != nil && s.form.Wants(msg)
}

// Resize gives the screen its rectangle.
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
		s.prompt, s.of, s.cases, s.seen, s.form = 0, nil, nil, false, nil
		s.fill()
		return nil
	}
	if t.Prompt.ID != s.prompt {
		s.prompt, s.form, s.file, s.twin, s.holders, s.pageOf = t.Prompt.ID, nil, nil, nil, nil, ""
		s.busy, s.focus = "", onList
		s.find.End(true)
		s.list.SetRow(0)
	}
	s.of, s.cases, s.seen = t.Shots, t.Cases, true
	s.most = 1
	for _, x := range s.of {
		s.most = max(s.most, session.ShotWords(x))
	}
	if len(s.twin) != len(s.of) {
		s.twin = session.Twins(len(s.of), nil)
	}
	s.fill()
	return s.learn()
}

// Results of the screen's questions.
type (
	gotFacts struct {
		twin    []int
		makeup  session.Makeup
		holders map[string][]holder
		err     error
	}
	gotDone = kit.Done[session.Shot]
	gotLook struct {
		path, maps string
		brought    Brought
		err        error
	}
)

const patience = 30 * time.Second

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

// learn asks what is nearly the same, how the mix stands and who holds what.
func (s *Screen) learn() tea.Cmd {
	s.gen++
	s.facts = s.gen
	bank, cases, id := slices.Clone(s.of), s.cases, s.prompt
	onTable := s.d.Table.Variant
	content := s.d.Table.Desk.Content()
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		m := gotFacts{twin: session.Twins(len(bank), session.NearShots(bank)), makeup: session.MakeupOf(bank, cases)}
		var all []session.VariantInfo
		if s.d.Variants != nil {
			all, m.err = s.d.Variants(ctx, id)
		}
		if !slices.ContainsFunc(all, func(v session.VariantInfo) bool { return v.ID == onTable.ID }) {
			all = append(all, onTable)
		}
		m.holders = whoHolds(bank, all, onTable.ID, content)
		return m
	})
}

// whoHolds says which variants hold each shot. The one on the table is as it is
// being edited.
func whoHolds(bank []session.Shot, all []session.VariantInfo, onTable int64, content session.Content) map[string][]holder {
	by := map[string]session.Shot{}
	for _, x := range bank {
		by[x.UID] = x
	}
	out := map[string][]holder{}
	for _, v := range all {
		c := v.Revision.Content
		if v.ID == onTable {
			c = content
		}
		for _, b := range c.Blocks {
			for _, x := range b.Shots {
				if y, ok := by[x.UID]; ok {
					out[x.UID] = append(out[x.UID], holder{v.Name, b.Name(), !sameWords(x, y), b.Off || x.Off, v.ID == onTable})
				}
			}
		}
	}
	return out
}

// sameWords reports whether a copy says what the bank does.
func sameWords(a, b session.Shot) bool {
	return a.Input == b.Input && a.Output == b.Output && slices.Equal(a.Calls, b.Calls)
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
		return s.key(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotFacts:
		if m.Gen != s.facts {
			return nil
		}
		s.makeup, s.holders = msg.makeup, msg.holders
		if len(msg.twin) == len(s.of) {
			s.twin = msg.twin
		}
		s.fill()
		if msg.err != nil {
			return kit.Fail(msg.err)
		}
	case gotDone:
		return s.done(msg)
	case gotLook:
		return s.looked(msg)
	}
	return nil
}

func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	switch s.focus {
	case onShot:
		s.page.Update(msg)
	case onMix:
		s.scroll(msg.String())
	default:
		if s.list.Update(msg) {
			s.moved()
		}
	}
	return nil
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

// shot is the shot with the cursor, or nil.
func (s *Screen) shot() *session.Shot {
	i := s.list.Row()
	if i < 0 || i >= len(s.rows) {
		return nil
	}
	return &s.of[s.rows[i]]
}

// fill makes the rows anew; the cursor stays on its shot.
func (s *Screen) fill() {
	at := s.want
	if x := s.shotWas(); at == 0 && x != 0 {
		at = x
	}
	s.want = 0
	s.rows = s.rows[:0]
	words := s.find.Words()
	for i := range s.of {
		if s.matches(i, words) {
			s.rows = append(s.rows, i)
		}
	}
	s.list.SetRows(len(s.rows))
	for i, r := range s.rows {
		if s.of[r].ID == at && at != 0 {
			s.list.SetRow(i)
		}
	}
	s.moved()
}

// shotWas is the id of the shot that the pager shows.
func (s *Screen) shotWas() int64 {
	for i := range s.of {
		if s.of[i].UID == s.pageOf && s.pageOf != "" {
			return s.of[i].ID
		}
	}
	return 0
}

func (s *Screen) matches(i int, words []string) bool {
	x := &s.of[i]
	var all string
	for _, w := range words {
		switch w {
		case "is:near":
			if s.twin[i] < 0 {
				return false
			}
		case "is:off":
			if !x.Off {
				return false
			}
		case "is:pinned":
			if x.Pin == session.PinNone {
				return false
			}
		case "is:older":
			if !s.older(x.UID) {
				return false
			}
		default:
			if all == "" {
				all = strings.ToLower(string(x.Name) + "\n" + string(x.Input) + "\n" + string(x.Output))
				for _, t := range x.Tags {
					all += "\n" + strings.ToLower(string(t))
				}
			}
			if !strings.Contains(all, w) {
				return false
			}
		}
	}
	return true
}

// older reports whether a variant holds an older copy of the shot.
func (s *Screen) older(uid string) bool {
	return slices.ContainsFunc(s.holders[uid], func(h holder) bool { return h.older })
}

// moved follows the cursor of the list.
func (s *Screen) moved() {
	s.arrange()
	s.showShot()
}
