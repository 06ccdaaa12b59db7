package judge

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// mode is what the station shows.
type mode int

const (
	modeOffer  mode = iota // what there is to judge, before it begins
	modeDuel               // one decision
	modeEnd                // a part of the sitting is over
	modeReveal             // who is who
)

// guardMS is how long keys that decide are ignored when a duel comes, so that
// none is decided by a key that was meant for the one before.
const guardMS = 400

// work is the one thing that is under way; while it is, keys that would begin
// another do nothing, and none of them waits for its turn.
type work int

const (
	idle work = iota
	beginning
	keeping
	undoing
	goingOn
)

func (w work) words() string {
	return [...]string{"", "Beginning…", "Keeping…", "Taking back…", "Going on…"}[w]
}

func (w work) failed() string {
	return [...]string{"", "It can't begin: ", "Not kept: ", "Nothing was taken back: ", "It can't go on: "}[w]
}

// Screen is the station. While it judges, step is all that it knows of the duel,
// and reveal is nil.
type Screen struct {
	deps   Deps
	w, h   int
	theme  string
	mode   mode
	prompt int64
	judge  text.Raw

	what    Ask   // what the offer is of, and what begins
	offer   Offer // of what
	offered bool  // offer is known
	seen    bool  // who is who was told to this judge before
	top     int   // rows of the offer that are above it

	step    Step
	pair    *pair // what is in front: a duel's, or that of a verdict in the reveal
	shown   int64 // since when, in milliseconds
	note    text.Raw
	field   *field // the line that is being typed, nil: none
	working work
	slow    bool // it takes long enough to say so
	kept    bool // a verdict was kept just now
	trouble string
	looks   looks

	guideline text.Raw
	reveal    *reveal

	gen    uint64
	asked  map[question]uint64
	cancel map[question]context.CancelFunc
	timer  func(time.Duration, func(time.Time) tea.Msg) tea.Cmd // tea.Tick
}

// looks is how duels are looked at; it stays from one to the next.
type looks struct {
	markdown bool
	guide    *bool // shown or not, as was asked; nil: as there is room
	// Rows of the longest input and the longest answers seen at tallAt cells, so that
	// the answers keep their place from duel to duel.
	tall, answers, tallAt int
}

// question is what can be asked of others; the newest of each kind counts.
type question int

const (
	askOffer question = iota
	askStep
	askSeen
	askGuideline
	askReveal
	askNear
	askShot
	askMarkdown
	askDiff
	askLit
	askKept
	askSlow
)

// New makes the station.
func New(d Deps) *Screen {
	return &Screen{
		deps: d, judge: d.As, theme: d.Styles.Theme.Name, what: Ask{Mode: session.JudgePairs},
		asked: map[question]uint64{}, cancel: map[question]context.CancelFunc{}, timer: tea.Tick,
	}
}

// Title is the station's name.
func (s *Screen) Title() string { return "Judge" }

// Blind reports whether nothing on the screen, the frame around it included, may
// name a variant or a model just now.
func (s *Screen) Blind() bool { return s.mode != modeReveal }

// Resize gives the station its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = max(0, w), max(0, h)
	if t := s.deps.Styles.Theme.Name; t != s.theme {
		s.theme = t
		s.restyle()
	}
	s.place()
}

func (s *Screen) restyle() {
	st := s.deps.Styles
	if s.pair != nil {
		s.pair.restyle(st)
		if cmd := s.layOut(); cmd != nil { // at once: the old colours may not be readable on the new paper
			s.Update(cmd())
		}
	}
	if s.field != nil {
		s.field.in.SetStyles(st)
	}
	if s.reveal != nil {
		s.reveal.table.SetStyles(st)
	}
}

// place gives the parts their sizes.
func (s *Screen) place() {
	if s.field != nil {
		s.field.in.Resize(max(1, s.w-s.field.lead()-s.field.tail(s.w)-1))
	}
	if s.reveal != nil {
		s.reveal.resize(s.w, s.h)
	}
	if s.pair != nil {
		s.placePair()
	}
	s.top = max(0, s.top)
}

// now is the clock in milliseconds.
func (s *Screen) now() int64 {
	if s.deps.NowMS != nil {
		return s.deps.NowMS()
	}
	return time.Now().UnixMilli()
}

// Enter offers what there is to judge on the prompt in hand. A duel that was in
// front stays, and is looked at anew.
func (s *Screen) Enter() tea.Cmd {
	t := s.deps.Table
	if t.Prompt.ID != s.prompt {
		s.forget(t.Prompt.ID)
	}
	if s.mode == modeDuel {
		s.shown = s.now()
		return s.after(askLit, guardMS*time.Millisecond)
	}
	s.guideline = t.Prompt.Guideline
	if s.prompt == 0 || s.mode != modeOffer {
		return nil
	}
	return s.load()
}

// forget begins anew with another prompt.
func (s *Screen) forget(prompt int64) {
	*s = Screen{
		deps: s.deps, w: s.w, h: s.h, theme: s.theme, prompt: prompt, judge: s.judge, what: Ask{Mode: session.JudgePairs},
		looks: s.looks, gen: s.gen, asked: map[question]uint64{}, cancel: s.cancel, timer: s.timer,
	}
}

// Open takes a run, or its number, to be judged, "report" for who is who, and what
// else is to be asked: of an [Ask] the runs and the mode.
func (s *Screen) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case Ask:
		if s.mode == modeDuel {
			return nil
		}
		if a.Mode != "" {
			s.what.Mode = a.Mode
		}
		s.what.RunIDs = a.RunIDs
		return s.toOffer()
	case session.Run:
		return s.openRun(a.ID)
	case int64:
		return s.openRun(a)
	case string:
		if a == "report" && s.prompt != 0 {
			return s.askWho()
		}
	}
	return nil
}

func (s *Screen) openRun(id int64) tea.Cmd {
	if s.mode == modeDuel { // what is in front is not taken away
		return nil
	}
	s.what.RunIDs = []int64{id}
	return s.toOffer()
}

// toOffer shows what there is to judge.
func (s *Screen) toOffer() tea.Cmd {
	s.mode, s.pair, s.reveal, s.field, s.trouble, s.kept, s.top = modeOffer, nil, nil, nil, "", false, 0
	s.step, s.what.Anew = Step{}, false
	return s.load()
}

// Typing reports whether a text field has focus.
func (s *Screen) Typing() bool { return s.field != nil }

// Cursor is where the terminal's cursor stands.
func (s *Screen) Cursor() *tea.Cursor {
	if s.field == nil || s.h == 0 {
		return nil
	}
	c := s.field.in.Cursor()
	if c != nil {
		c.X += s.field.lead()
		c.Y = s.h - 1
	}
	return c
}

// ask sends a question out; an answer to an older one of its kind is dropped.
// What reads is cancelled when it is asked anew; what keeps is not.
func (s *Screen) ask(q question, f func(ctx context.Context) tea.Msg) tea.Cmd {
	gen := s.next(q)
	ctx := context.Background()
	if q != askStep && q != askGuideline && q != askReveal {
		if c := s.cancel[q]; c != nil {
			c()
		}
		ctx, s.cancel[q] = context.WithCancel(ctx)
	}
	asker := s
	return func() tea.Msg { return kit.Home{Asker: asker, Gen: gen, Msg: answer{q, f(ctx)}} }
}

func (s *Screen) next(q question) uint64 {
	s.gen++
	s.asked[q] = s.gen
	return s.gen
}

// after comes home when some time has passed.
func (s *Screen) after(q question, d time.Duration) tea.Cmd {
	gen, asker := s.next(q), s
	return s.timer(d, func(time.Time) tea.Msg { return kit.Home{Asker: asker, Gen: gen, Msg: answer{q, tick{}}} })
}

// answer is what comes home.
type answer struct {
	q   question
	msg tea.Msg
}

type (
	tick     struct{}
	offerMsg struct {
		offer Offer
		err   error
	}
	seenMsg struct {
		seen bool
		err  error
	}
	stepMsg struct {
		step Step
		err  error
	}
	guidelineMsg struct {
		text text.Raw
		err  error
	}
)

// load asks what there is to judge.
func (s *Screen) load() tea.Cmd {
	what := s.asking()
	offer := s.deps.Offer
	if offer == nil || s.prompt == 0 {
		return nil
	}
	return tea.Batch(s.loadSeen(), s.ask(askOffer, func(ctx context.Context) tea.Msg {
		o, err := offer(ctx, what)
		return offerMsg{o, err}
	}))
}

// asking is what is to be judged, by whom.
func (s *Screen) asking() Ask {
	a := s.what
	a.PromptID, a.Judge = s.prompt, s.judge
	return a
}

func (s *Screen) loadSeen() tea.Cmd {
	seen, id, who := s.deps.Seen, s.prompt, s.judge
	if seen == nil {
		return nil
	}
	return s.ask(askSeen, func(ctx context.Context) tea.Msg {
		ok, err := seen(ctx, id, who)
		return seenMsg{ok, err}
	})
}
