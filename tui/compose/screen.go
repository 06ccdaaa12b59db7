package compose

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/themes"
	"galley/tui/kit"
)

// focus is what the keys go to.
type focus int

const (
	onBlocks focus = iota
	onEditor
	onProof
)

// Screen is the station where a prompt is put together.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string
	focus focus
	large bool // the proof stands where the block would

	at, top int // the block with the cursor, the first one drawn
	ed      *kit.Editor
	edUID   string // of the block in the editor
	visit   int    // goes up with each time the editor is entered: typing in one visit is one step of undo

	desk  *session.Desk // that the screen has seen
	seen  uint64        // version of the table that it has seen
	dirty bool          // the content is not the revision's
	proof proofState
	facts facts
	keep  journal

	pager *kit.Pager
	gen   uint64 // of the newest question of any kind
	asked uint64 // of the newest question for what is to be laid out or offered

	origins map[string]origin // by the step of undo in which a revision was restored
}

// New makes the screen.
func New(d Deps) *Screen {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &Screen{d: d}
	s.ed = kit.NewEditor(d.Styles)
	s.ed.SetFocus(false)
	s.pager = newPager(d.Styles)
	s.keep.pen = &pen{}
	return s
}

func newPager(st *themes.Styles) *kit.Pager {
	p := kit.NewPager(st)
	p.SetFocus(false)
	p.SetEmpty("Nothing would be sent: every block is off or empty.")
	return p
}

// Title names the station.
func (s *Screen) Title() string { return "Compose" }

// Typing reports whether keys are text.
func (s *Screen) Typing() bool {
	return s.focus == onEditor || s.focus == onProof && s.pager.Typing()
}

// Wants reports whether a chord is the text's: to undo letter by letter, to go
// by words, to copy what is selected.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool { return s.focus == onEditor && s.ed.Wants(msg) }

// Resize gives the screen its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter follows what other stations did to the table, and to what is silenced.
func (s *Screen) Enter() tea.Cmd { return tea.Batch(s.sync(), s.again()) }

// Open goes to a block, by its place, adds one of a kind, or lays a variant on the
// table.
func (s *Screen) Open(arg any) tea.Cmd {
	switch arg := arg.(type) {
	case int:
		return tea.Batch(s.sync(), s.choose(arg))
	case session.Kind: // a new block of it
		if cmd := s.sync(); s.d.Table.Open() {
			s.at = len(s.blocks()) - 1
			return tea.Batch(cmd, s.insert(arg))
		}
	case session.Restore:
		return s.openRestored(arg)
	case session.VariantRef:
		s.gen++
		s.asked = s.gen
		return tea.Sequence(s.Flush(), s.ask(s.gen, func(ctx context.Context) tea.Msg {
			l, err := s.d.Load(ctx, arg)
			return gotLaid{laid: l, err: err}
		}))
	}
	return nil
}

// Results of the screen's questions.
type (
	gotLaid struct {
		laid    session.Laid
		restore *session.Revision // to be made the draft then, nil: none
		err     error
	}
	// paused comes when a large text has not changed for a while.
	paused struct{}
	// composed is a proof of a large text, made outside of Update.
	composed struct {
		p     session.Proof
		pager *kit.Pager
		dirty bool
	}
	// settled comes when it is time to count and to check.
	settled  struct{}
	measured struct{ facts facts }
	// due comes when unsaved work is to be journaled.
	due  struct{}
	kept struct {
		seq uint64
		err error
	}
	saved struct {
		info    session.VariantInfo
		version uint64 // of the desk when it was saved
		desk    *session.Desk
		as      bool
		same    bool // it was the newest revision already
		err     error
	}
)

// patience is how long a question to the store may take.
const patience = 30 * time.Second

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, patience, question)
}

// after brings a message home when some time has passed.
func (s *Screen) after(d time.Duration, gen uint64, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return kit.Home{Asker: s, Gen: gen, Msg: msg} })
}

// Update takes keys, pastes, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return tea.Batch(s.home(msg), s.sync())
	case kit.TableChanged:
		return tea.Batch(s.sync(), s.again())
	case Edited:
		return s.edited(msg)
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.PasteMsg:
		return s.paste(msg)
	case tea.MouseMsg:
		return s.mouse(msg)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case paused:
		if m.Gen == s.proof.gen {
			return s.compute()
		}
	case composed:
		if m.Gen == s.proof.gen {
			s.dirty = msg.dirty
			s.turn(msg.pager)
			return s.take(msg.p)
		}
	case settled:
		if m.Gen == s.facts.gen {
			return s.measure()
		}
	case measured:
		if m.Gen == s.facts.gen {
			s.have(msg.facts)
		}
	case due:
		if m.Gen == s.keep.gen {
			s.keep.ticking = false
			return s.write()
		}
	case kept:
		return s.wrote(msg)
	case saved:
		return s.onSaved(msg)
	case twinned:
		if m.Gen == s.asked {
			return s.offerTwins(msg)
		}
	case gotLaid:
		if m.Gen == s.asked {
			return s.laid(msg)
		}
	case Edited:
		return s.edited(msg)
	}
	return nil
}

func (s *Screen) key(msg tea.KeyPressMsg) tea.Cmd {
	switch s.focus {
	case onEditor:
		switch k := msg.String(); {
		case s.ed.Finding():
		case k == "esc":
			return s.leave()
		case k == "ctrl+z" && !s.ed.CanUndo(): // further back than this text was opened
			return s.undo()
		case (k == "ctrl+y" || k == "ctrl+shift+z") && !s.ed.CanRedo():
			return s.redo()
		}
		_, cmd := s.ed.Update(msg)
		return tea.Batch(cmd, s.typed())
	case onProof:
		if !s.pager.Update(msg) && msg.String() == "esc" {
			return s.leave()
		}
	}
	return nil
}

func (s *Screen) paste(msg tea.PasteMsg) tea.Cmd {
	switch s.focus {
	case onEditor:
		_, cmd := s.ed.Update(msg)
		return tea.Batch(cmd, s.typed())
	case onProof:
		s.pager.Update(msg)
	default:
		return kit.Say("enter opens a block for text; then paste")
	}
	return nil
}

// mouse gives clicks and the wheel to the pane they are over.
func (s *Screen) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	switch {
	case s.lay.blocks.has(at.X, at.Y):
		y := at.Y - s.lay.blocks.y - 1
		if click && y >= 0 && s.top+y < len(s.blocks()) {
			s.stop()
			return s.choose(s.top + y)
		}
	case s.lay.block.has(at.X, at.Y):
		r := s.lay.block
		if click && s.block() != nil && at.Y > r.y+s.lay.head {
			s.begin()
		}
		_, cmd := s.ed.Update(kit.Shift(msg, r.x+1, r.y+1+s.lay.head))
		return cmd
	case s.lay.proof.has(at.X, at.Y):
		if click {
			s.stop()
			s.setFocus(onProof)
		}
		s.pager.Update(kit.Shift(msg, s.lay.proof.x+1, s.lay.proof.y+1))
	}
	return nil
}

func (s *Screen) setFocus(f focus) {
	s.focus = f
	s.ed.SetFocus(f == onEditor)
	s.pager.SetFocus(f == onProof)
	s.arrange()
}

// blocks are those on the table.
func (s *Screen) blocks() []session.Block {
	if s.d.Table.Desk == nil {
		return nil
	}
	return s.d.Table.Desk.Content().Blocks
}

// block is the one with the cursor, or nil.
func (s *Screen) block() *session.Block {
	b := s.blocks()
	if s.at < 0 || s.at >= len(b) {
		return nil
	}
	return &b[s.at]
}
