package models

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// shelf is a backend with what is known of it.
type shelf struct {
	Backend
	listing Listing
	known   bool // it answered once
	asking  bool
	gen     uint64
}

// busy is a model that is being loaded or unloaded.
type busy struct {
	loading bool
	since   time.Time
	stop    context.CancelFunc
}

// Screen is the station of the models.
type Screen struct {
	d     Deps
	w, h  int
	lay   layout
	theme string

	gen     uint64 // of the newest question
	shelves []*shelf
	rows    []row
	at      string // key of the row with the cursor
	work    map[string]busy
	failed  map[string]string // why the last deed with a model failed
	status  map[string]Status

	found    []Found
	searched bool
	looking  bool

	front    bool
	watch    uint64 // generation of the readings
	devices  []session.Device
	noDevice string // why there is no reading at all
	note     string // why there is none of a GPU
	read     bool   // there was a reading
	loads    map[string]session.Load
	after    func(d time.Duration, f func(time.Time) tea.Msg) tea.Cmd

	list     *kit.Table
	cols     []int // what its columns show
	inDetail bool
	top      int // first line of the detail in sight
	find     *kit.Input
	finding  bool
}

// New makes the screen.
func New(d Deps) *Screen {
	if d.Now == nil {
		d.Now = time.Now
	}
	s := &Screen{
		d: d, work: map[string]busy{}, failed: map[string]string{}, status: map[string]Status{}, loads: map[string]session.Load{}, after: tea.Tick,
	}
	s.find = kit.NewInput(d.Styles)
	s.find.SetPlaceholder("part of a name")
	s.find.SetFocus(false)
	s.list = kit.NewTable(d.Styles, nil, s.cell)
	s.list.SetEmpty("")
	return s
}

// Title names the station.
func (s *Screen) Title() string { return "Models" }

// Typing reports whether a filter is being typed.
func (s *Screen) Typing() bool { return s.finding }

// Resize gives the screen its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = w, h
	s.arrange()
}

// Enter asks every backend what it offers, and begins to read what the machine
// does.
func (s *Screen) Enter() tea.Cmd {
	s.front = true
	s.watch++
	return tea.Batch(s.reload(), s.readNow())
}

// Leave ends the readings: nothing is measured that nobody looks at.
func (s *Screen) Leave() tea.Cmd {
	s.front = false
	s.watch++
	rest := s.d.Rest
	if rest == nil {
		return nil
	}
	return func() tea.Msg {
		rest()
		return nil
	}
}

// Results of the screen's questions.
type (
	gotListing struct {
		backend string
		listing Listing
	}
	gotFound struct {
		found []Found
		err   error
	}
	gotAdded struct {
		found Found
		err   error
	}
	gotDeed struct {
		model   string
		loading bool
		err     error
	}
	gotReading struct {
		devices []session.Device
		note    string
		err     error
		loads   map[string]session.Load
	}
	tick struct{}
)

const (
	patience = 20 * time.Second // of a question to a backend
	loading  = 30 * time.Minute // of a model, from the slowest disk there is
	reading  = 3 * time.Second
	every    = time.Second
)

// ask runs a question outside of Update and brings its answer home.
func (s *Screen) ask(gen uint64, limit time.Duration, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return kit.Ask(s, gen, limit, question)
}

// reload asks every backend, each for itself: one that is dead holds up no other.
func (s *Screen) reload() tea.Cmd {
	if s.d.Backends == nil {
		return nil
	}
	old := s.shelves
	s.shelves = nil
	var cmds []tea.Cmd
	for _, b := range s.d.Backends() {
		sh := &shelf{Backend: b}
		if i := slices.IndexFunc(old, func(o *shelf) bool { return o.Name == b.Name }); i >= 0 {
			sh = old[i]
			sh.Backend = b
		}
		s.shelves = append(s.shelves, sh)
		cmds = append(cmds, s.fetch(sh))
	}
	s.observe()
	s.fill()
	return tea.Batch(cmds...)
}

// fetch asks one backend; an answer that is still awaited will do.
func (s *Screen) fetch(sh *shelf) tea.Cmd {
	if sh.asking || s.d.List == nil {
		return nil
	}
	s.gen++
	sh.asking, sh.gen = true, s.gen
	name := sh.Name
	return s.ask(s.gen, patience, func(ctx context.Context) tea.Msg { return gotListing{name, s.d.List(ctx, name)} })
}

func (s *Screen) shelf(name string) *shelf {
	for _, sh := range s.shelves {
		if sh.Name == name {
			return sh
		}
	}
	return nil
}

// observe takes over what is known of servers that Galley starts itself.
func (s *Screen) observe() {
	if s.d.Status == nil {
		return
	}
	clear(s.status)
	for _, x := range s.d.Status() {
		s.status[x.Model] = x
	}
}

// Update takes keys, the mouse and results.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case kit.Home:
		return s.home(msg)
	case tea.KeyPressMsg:
		s.key(msg)
	case tea.PasteMsg:
		if s.finding {
			s.find.Update(msg)
			s.fill()
		}
	case tea.MouseMsg:
		s.mouse(msg)
	}
	return nil
}

func (s *Screen) home(m kit.Home) tea.Cmd {
	switch msg := m.Msg.(type) {
	case gotListing:
		sh := s.shelf(msg.backend)
		if sh == nil || sh.gen != m.Gen {
			return nil
		}
		sh.asking, sh.known, sh.listing = false, true, msg.listing
		s.observe()
		s.fill()
	case gotFound:
		return s.haveFound(msg)
	case gotAdded:
		return s.added(msg)
	case gotDeed:
		return s.done(msg)
	case tick:
		if m.Gen != s.watch || !s.front {
			return nil
		}
		return tea.Batch(s.readNow(), s.follow())
	case gotReading:
		if m.Gen != s.watch {
			return nil
		}
		return s.haveReading(msg)
	}
	return nil
}

func (s *Screen) key(msg tea.KeyPressMsg) {
	switch {
	case s.finding:
		switch msg.String() {
		case "enter":
			s.endFilter(false)
		case "esc":
			s.endFilter(true)
		case "up", "down", "pgup", "pgdown":
			s.list.Update(msg)
			s.moved()
		default:
			s.find.Update(msg)
			s.fill()
		}
	case s.inDetail:
		s.scroll(msg.String())
	case s.list.Update(msg):
		s.moved()
	}
}

// moved follows the cursor of the list.
func (s *Screen) moved() {
	if r := s.row(); r != nil && r.key() != s.at {
		s.at, s.top = r.key(), 0
	}
	s.arrange()
}

func (s *Screen) scroll(k string) {
	page := max(1, s.lay.detail.h-3)
	switch k {
	case "up", "k":
		s.top--
	case "down", "j":
		s.top++
	case "pgup":
		s.top -= page
	case "pgdown", "space":
		s.top += page
	case "home", "g":
		s.top = 0
	case "end", "G":
		s.top = s.last()
	}
	s.top = max(0, min(s.top, s.last()))
}

func (s *Screen) mouse(msg tea.MouseMsg) {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	switch {
	case s.lay.list.has(at.X, at.Y):
		if click {
			s.inDetail = false
		}
		head := 1
		if s.filtered() {
			head++
		}
		if s.list.Update(kit.Shift(msg, s.lay.list.x+1, s.lay.list.y+head)) {
			s.moved()
		}
		s.arrange()
	case s.lay.detail.has(at.X, at.Y):
		if click {
			s.inDetail = true
		}
		switch at.Button {
		case tea.MouseWheelUp:
			s.top -= 3
		case tea.MouseWheelDown:
			s.top += 3
		}
		s.arrange()
	}
}
