package proof

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// view is one of the ways to read a proof.
type view int

const (
	viewMessages view = iota // coloured by block
	viewWire                 // the request's bytes
	viewRendered             // as the model's server would evaluate it
	viewReading              // Markdown rendered: pleasant, not exact
	viewBlank                // nothing but the text
	viewCount
)

func (v view) name() string {
	switch v {
	case viewMessages:
		return "messages"
	case viewWire:
		return "wire"
	case viewRendered:
		return "rendered"
	case viewBlank:
		return "blank"
	}
	return "reading"
}

// Screen is the station.
type Screen struct {
	deps     Deps
	w, h     int
	view     view
	page     *kit.Pager // messages and wire
	info     panelMode
	narrow   bool // names in the gutter are cut short
	hidden   int  // rows of it that were below, as drawn last
	scrolled int  // rows of the panel that are above it when it stands alone

	of      key // what the analysis and the pager are of
	an      analysis
	ready   bool // the analysis is that of what lies on the table
	finding int  // the finding in hand, -1 none
	spot1   int  // the place of it that is shown, from 0

	unfolded bool // silenced findings are listed with their reasons
	leaf     leaf // the page that lies over the views, nil: none
	newest   newestState

	rendered renderedState
	borders  bool // of tokens are drawn

	reading readingState
	models  []session.ModelInfo
	modelsE error

	gen    uint64
	asked  map[question]uint64
	cancel context.CancelFunc // of the analysis under way
	cache  viewCache
}

// key names what lies on the table for a model.
type key struct {
	version uint64
	model   string
	theme   string
}

// panelMode is how the panel of numbers stands.
type panelMode int

const (
	panelAuto panelMode = iota // beside or below the text where there is room
	panelOnly                  // alone, where there is no room for both
	panelOff
)

// question is what can be asked of others; the newest of each kind counts.
type question int

const (
	askAnalysis question = iota
	askRendering
	askBefore
	askReading
	askModels
	askSave
	askSilence
	askOthers
	askCompare
	askIntern
	askKeep
	askNewest
	askCost
	askTold
	askWhy
)

// New makes the station.
func New(d Deps) *Screen {
	s := &Screen{deps: d, page: kit.NewPager(d.Styles), asked: map[question]uint64{}, finding: -1, borders: true}
	s.reading.page = newReadingPage(d.Styles)
	return s
}

// Title is the station's name.
func (s *Screen) Title() string { return "Proof" }

// Resize gives the station its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = max(0, w), max(0, h)
	if s.of.theme != "" && s.of.theme != s.deps.Styles.Theme.Name {
		s.restyle()
	}
	if s.of.theme != "" && s.deps.Table.Open() && s.view == viewMessages && s.narrow != (s.area().text.w < narrowAt) {
		s.fill(true)
	}
	s.place()
	if s.leaf != nil {
		s.leaf.resize(s.w, s.h)
	}
	s.cache = viewCache{}
}

// restyle draws everything in another theme. Nobody waits for it in the
// background, since the old colours may not be readable on the new paper.
func (s *Screen) restyle() {
	st := s.deps.Styles
	s.of.theme = st.Theme.Name
	s.page.SetStyles(st)
	if s.an.tokensOf != nil {
		s.an.tokensOf = kit.JSONSegments(s.an.wire.Body, st)
	}
	if s.deps.Table.Open() {
		s.fill(true)
	}
	if s.leaf != nil {
		s.leaf.restyle()
	}
	if cmd := s.readAgain(); cmd != nil {
		s.Update(cmd())
	}
}

// Enter looks at what lies on the table.
func (s *Screen) Enter() tea.Cmd {
	if c, ok := s.leaf.(*comparison); ok && c.of.version != s.deps.Table.Version() {
		s.leaf = nil // what was compared is not what lies here
	}
	if !s.deps.Table.Open() {
		s.leaf = nil
	}
	return tea.Batch(s.sync(), s.loadModels(), s.askRendered(), s.askPast(), s.askNewest(true))
}

// Typing reports whether a search is being typed.
func (s *Screen) Typing() bool {
	if s.leaf != nil {
		return s.leaf.typing()
	}
	return s.page.Typing() && s.view != viewReading && s.textShown()
}

// Cursor is where the terminal's cursor stands.
func (s *Screen) Cursor() *tea.Cursor {
	if s.leaf != nil {
		return s.leaf.cursor()
	}
	if !s.Typing() {
		return nil
	}
	c := s.page.SearchCursor()
	if c != nil {
		c.Y += s.area().text.y + s.labelRows()
		c.X += s.area().text.x
	}
	return c
}

// Help explains the station.
func (s *Screen) Help() string {
	if s.leaf != nil {
		return s.leaf.help()
	}
	return "This is the exact final context: what the model gets, to the byte. Each stretch has the colour of the block it came from, " +
		"and the gutter names it; {name} is a variable's value and stands in plain ink, grey is what a wrapper wrote, and an underlined {{name}} has no value in this case. " +
		"The bar beside a line says where the tokens go: the higher and darker, the more of them, against the heaviest line. What would not fit the model's context is struck through before anything is sent.\n\n" +
		"The wire is the request as it will be sent to the model in hand; M takes another. Sampling is what that request holds: where the variant sets nothing, \"not set\" stands beside what is sent all the same, so that no engine's own default decides. The reading view renders Markdown and is not exact. The blank page (p) is nothing but the text, to be read from beginning to end.\n\n" +
		"The rendered view asks the model's server how it would evaluate this context: opening it sends the context there, to be rendered and not to be answered. " +
		"What the chat template wrote is dim, special tokens are set off, every other token stands on a shade (b hides the shades). " +
		"What is not there as it was composed is said in red; where an answer to this proof is kept, so is what was evaluated for it.\n\n" +
		"↑ ↓ pgup pgdn home end scroll, ] and [ go through the cases, / finds words, n and N go on. f goes to the next finding and points out its places, x silences it with a reason. t is the intern test, d compares with another context, h lets you answer the case yourself, W asks the model why it answered as it did.\n\n" +
		"  !  what is sent is not what was meant\n" +
		"  ▪  probably worth a change\n" +
		"  ·  worth knowing"
}

// Open takes a view by its name, or the name of a case.
func (s *Screen) Open(arg any) tea.Cmd {
	name, _ := arg.(string)
	for v := range viewCount {
		if v.name() == name {
			return s.show(v)
		}
	}
	for i, c := range s.deps.Table.Cases {
		if name != "" && c.Name == text.Raw(name) {
			return s.goCase(i)
		}
	}
	return s.sync()
}

// ask sends a question out; an answer to an older one of its kind is dropped.
func (s *Screen) ask(q question, f func(ctx context.Context) tea.Msg) tea.Cmd {
	s.gen++
	gen := s.gen
	s.asked[q] = gen
	ctx := context.Background()
	if q == askAnalysis {
		if s.cancel != nil {
			s.cancel()
		}
		ctx, s.cancel = context.WithCancel(ctx)
	}
	asker := s
	return func() tea.Msg { return kit.Home{Asker: asker, Gen: gen, Msg: answer{q, f(ctx)}} }
}

// answer is what comes home.
type answer struct {
	q   question
	msg tea.Msg
}

type (
	modelsMsg struct {
		models []session.ModelInfo
		err    error
	}
	savedMsg struct {
		path string
		n    int
		err  error
	}
)

// Update takes what no action wanted.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if h, ok := msg.(kit.Home); ok {
		a, ok := h.Msg.(answer)
		if !ok || s.asked[a.q] != h.Gen {
			return nil
		}
		s.cache = viewCache{}
		return s.onAnswer(a.msg)
	}
	if _, ok := msg.(kit.TableChanged); ok {
		s.cache = viewCache{}
		return tea.Batch(s.sync(), s.askNewest(false))
	}
	if s.leaf != nil {
		return s.leaf.update(msg)
	}
	if m, ok := msg.(tea.MouseClickMsg); ok && m.Y == 0 && s.view != viewBlank {
		return s.clickTab(m.X)
	}
	if s.view == viewReading && s.textShown() {
		s.reading.page.update(msg)
		return s.readAgain()
	}
	if s.textShown() {
		s.page.Update(msg)
		return nil
	}
	s.scrollPanel(msg)
	return nil
}

// clickTab shows the view whose name stands in column x of the first line.
func (s *Screen) clickTab(x int) tea.Cmd {
	all, at := 0, 0
	for v := range viewCount {
		all += len(v.name()) + 2
	}
	if all > s.w { // there is room for one name: it goes round
		if s.noProof() != "" {
			return nil
		}
		return s.show((s.view + 1) % viewCount)
	}
	for v := range viewCount {
		w := len(v.name()) + 2
		if x >= at && x < at+w && s.noProof() == "" {
			return s.show(v)
		}
		at += w
	}
	return nil
}

// scrollPanel moves the panel when it stands alone.
func (s *Screen) scrollPanel(msg tea.Msg) {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return
	}
	page := max(1, s.h-3)
	by := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "home": -1 << 20, "end": 1 << 20}[k.String()]
	s.scrolled = max(0, min(s.scrolled+by, s.hidden))
	s.cache = viewCache{}
}

func (s *Screen) onAnswer(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case analysis:
		s.an, s.ready = m, true
		s.finding = min(s.finding, len(m.findings)-1)
		if s.view == viewWire || s.view == viewMessages {
			s.fill(true)
		}
		s.place()
	case readingMsg:
		s.reading.take(m)
	case renderedMsg:
		s.rendered = m.renderedState
		if s.view == viewRendered {
			s.fill(true)
		}
		s.place()
	case pastMsg:
		if m.err == nil && m.was && m.of == s.rendered.of {
			s.rendered.eval, s.rendered.was = m.eval, true
			s.place()
		}
	case newestMsg:
		s.newest = m.newestState
		s.cache = viewCache{}
	case modelsMsg:
		s.models, s.modelsE = m.models, m.err
		if m.err == nil && s.deps.Table.Model() == "" && len(m.models) > 0 {
			s.deps.Table.SetModel(m.models[0].Ref)
			return tea.Batch(s.sync(), s.askRendered())
		}
		if s.deps.Table.Open() { // the contexts of the models are known by now
			return s.analyse()
		}
	case savedMsg:
		if m.err != nil {
			return kit.Fail(m.err)
		}
		return kit.Say("saved " + text.Raw(m.path).String() + ", " + kit.Plural(m.n, "byte", "bytes"))
	default:
		return s.onPages(msg)
	}
	return nil
}

// sync looks whether something else lies on the table, and if so shows it and
// asks for its numbers.
func (s *Screen) sync() tea.Cmd {
	t := s.deps.Table
	k := key{t.Version(), t.Model(), s.deps.Styles.Theme.Name}
	if k == s.of {
		return s.readAgain()
	}
	stay := k.version == s.of.version
	s.of = k
	s.cache = viewCache{}
	s.ready = false
	if !t.Open() {
		s.an = analysis{}
		return nil
	}
	s.fill(stay)
	s.place()
	return tea.Batch(s.analyse(), s.readAgain(), s.askNewest(false))
}

// fill puts the proof, or the request, into the pager.
func (s *Screen) fill(stay bool) {
	var d kit.Doc
	switch s.view {
	case viewMessages:
		d = s.messages()
	case viewWire:
		d = s.an.wireDoc(s.deps.Styles)
	case viewRendered:
		if s.renderedNow() {
			d = s.renderedDoc()
		}
	case viewBlank:
		d = s.blankDoc()
	default:
		return
	}
	if stay {
		s.page.ReplaceDoc(d)
	} else {
		s.page.SetDoc(d)
	}
}

func (s *Screen) loadModels() tea.Cmd {
	load := s.deps.Models
	if load == nil || s.models != nil {
		return nil
	}
	return s.ask(askModels, func(ctx context.Context) tea.Msg {
		ms, err := load(ctx)
		return modelsMsg{ms, err}
	})
}
