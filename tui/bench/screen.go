package bench

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// view is one of the ways to look at a run.
type view int

const (
	viewColumns view = iota // the case in hand, one column a contestant
	viewGrid                // every cell
	viewDiff                // two columns against each other
	viewAnswers             // repeats folded into distinct answers
	viewTags                // rates by tag
	viewTimings             // how fast each column was
	viewRuns                // earlier runs of the prompt
	viewCount
)

func (v view) name() string {
	return [...]string{"columns", "grid", "diff", "answers", "tags", "timing", "runs"}[v]
}

// Screen is the station.
type Screen struct {
	deps Deps
	w, h int
	view view

	prompt  int64 // whose runs these are
	run     session.Run
	board   *board // of the run that is shown, nil: none
	flights []*flight
	row     int // of the case in hand
	take    int // in hand, from 1
	col     int // in focus
	against int // the other column of the diff
	steered bool
	moved   time.Time // when the screen last followed the run by itself
	input   bool      // the case's own words are shown above the columns

	models   []session.ModelInfo
	off      map[string]string // backends that can't be asked, and why
	silent   map[string]string // backends that did not list their models, and why
	variants []session.VariantInfo
	runs     []session.Run
	notes    map[int64][]session.Note // by cell, the newest first
	loaded   bool                     // runs are known
	trouble  error
	opening  int64 // the run whose results are on their way

	setup *setup // the panel for a new run, nil: closed
	kept  *setup // the panel of before, whose choices stand when it opens again
	close *closeup
	blank *blank // the page on which a person answers, nil: closed

	asks      []Ask              // questions that wait for a person
	newestAsk int64              // the newest that was seen
	wanted    bool               // the next question is opened as soon as it comes
	drafts    map[int64]text.Raw // of answers, by question
	settled   Ask                // the question that was answered last
	front     bool               // the station is looked at
	devices   []session.Device
	readAt    time.Time // when the devices were read last

	columns columnsView
	grid    *gridView
	diff    *diffView
	answers *answersView
	tags    *tagsView
	timings *timingsView
	looks   looksMsg   // of the prompt that a run is set up for
	list    *kit.Table // of runs

	gen    uint64
	asked  map[question]uint64
	cancel map[question]context.CancelFunc
	theme  string
}

// question is what can be asked of others; the newest of each kind counts.
type question int

const (
	askModels question = iota
	askVariants
	askRuns
	askResults
	askEstimate
	askStart
	askProof
	askWire
	askNote
	askNotes
	askMarkdown
	askDiff
	askWatch
	askDevices
	askEvidence
	askLooks
	askWant
)

// New makes the station.
func New(d Deps) *Screen {
	s := &Screen{deps: d, take: 1, input: true, asked: map[question]uint64{}, cancel: map[question]context.CancelFunc{}, theme: d.Styles.Theme.Name}
	s.grid = newGrid(s)
	s.diff = newDiff(s)
	s.answers = newAnswers(s)
	s.tags = newTags(s)
	s.timings = newTimings(s)
	s.list = newRunList(s)
	return s
}

// Title is the station's name.
func (s *Screen) Title() string { return "Bench" }

// Resize gives the station its rectangle.
func (s *Screen) Resize(w, h int) {
	s.w, s.h = max(0, w), max(0, h)
	if t := s.deps.Styles.Theme.Name; t != s.theme {
		s.theme = t
		s.columns = columnsView{}
		s.restyle(s.deps.Styles)
	}
	s.place()
}

func (s *Screen) restyle(st *themes.Styles) {
	s.grid.table.SetStyles(st)
	s.grid.filter.SetStyles(st)
	s.diff.diff.SetStyles(st)
	if b := s.blank; b != nil {
		b.page.SetStyles(st)
		b.ed.SetStyles(st)
		b.page.ReplaceDoc(askDoc(b.ask, s))
	}
	s.answers.table.SetStyles(st)
	s.tags.table.SetStyles(st)
	s.timings.table.SetStyles(st)
	s.list.SetStyles(st)
	if s.close != nil {
		s.close.restyle(st)
	}
}

// place gives the parts their sizes.
func (s *Screen) place() {
	w, h := s.w, max(0, s.h-s.headRows())
	s.list.Resize(w, h)
	s.grid.resize(w, h)
	s.diff.resize(w, h)
	s.answers.resize(w, h)
	s.tags.resize(w, h)
	s.timings.table.Resize(w, h)
	if s.close != nil {
		s.close.resize(s.w, s.h)
	}
	if s.setup != nil {
		s.setup.resize(s.w, s.h)
	}
	if s.blank != nil {
		s.blank.resize(s.w, s.h)
	}
}

// Leave notes that the station is not looked at any more.
func (s *Screen) Leave() tea.Cmd {
	s.front = false
	s.Disarm() // nothing starts that nobody looks at
	return nil
}

// Disarm takes back that the run is to start.
func (s *Screen) Disarm() {
	if s.setup != nil {
		s.setup.armed = false
	}
}

// Enter shows the newest run of the prompt on the table, unless one of it is
// shown already.
func (s *Screen) Enter() tea.Cmd {
	t := s.deps.Table
	if t.Prompt.ID != s.prompt {
		if s.prompt == 0 && s.view == viewRuns { // those of all prompts
			s.view = viewColumns
		}
		s.prompt = t.Prompt.ID
		s.board, s.run, s.runs, s.loaded, s.trouble = nil, session.Run{}, nil, false, nil
		s.setup, s.kept, s.close, s.variants = nil, nil, nil, nil
		s.row, s.take, s.col, s.against, s.opening = 0, 1, 0, 1, 0
		s.columns = columnsView{}
		s.settle()
	}
	s.front = true
	asks := s.refreshAsks()
	if s.prompt == 0 { // runs of prompts that were deleted can be reached all the same
		return tea.Batch(asks, s.loadRuns(0), s.loadNotes())
	}
	s.align()
	return tea.Batch(asks, s.loadRuns(0), s.loadNotes(), s.loadVariants(), s.loadModels(), s.readDevices())
}

// align takes the table's case in hand, where the run has it.
func (s *Screen) align() {
	if s.board == nil {
		return
	}
	if i := s.board.rowOf(s.deps.Table.Case().Key()); i >= 0 {
		s.row = i
	}
}

// Open takes "new" for the panel of a new run, or the number of a run.
func (s *Screen) Open(arg any) tea.Cmd {
	switch a := arg.(type) {
	case string:
		if a == "new" && s.deps.Table.Open() {
			return s.openSetup()
		}
	case []int64: // variants, to stand side by side
		if s.deps.Table.Open() {
			s.kept = &setup{takes: 1, variants: map[int64]bool{}, models: map[string]bool{}, how: how{usd: s.deps.Budget}, only: a}
			return s.openSetup()
		}
	case int64:
		return s.showRun(a)
	case session.Run:
		return s.showRun(a.ID)
	case session.AnswerAsk:
		return s.answerSelf(a)
	}
	return nil
}

// Typing reports whether a text field has focus.
func (s *Screen) Typing() bool {
	switch {
	case s.blank != nil:
		return true
	case s.setup != nil:
		return false
	case s.close != nil:
		return s.close.page.Typing()
	}
	return s.view == viewGrid && s.grid.typing
}

// Cursor is where the terminal's cursor stands.
func (s *Screen) Cursor() *tea.Cursor {
	if !s.Typing() {
		return nil
	}
	switch {
	case s.blank != nil:
		return s.blank.cursor()
	case s.setup != nil:
		return nil
	case s.close != nil:
		return s.close.cursor()
	}
	c := s.grid.filter.Cursor()
	if c != nil {
		c.X += 3
		c.Y += s.headRows()
	}
	return c
}

// Help explains the station.
func (s *Screen) Help() string {
	switch {
	case s.blank != nil:
		return "A person answers here, as one of the models. Above stands the exact context, and nothing about who else was asked; what is written below is the answer, to the byte.\n\n" +
			"ctrl+s sends it, ctrl+d declines the question, esc goes back and keeps what is written. pgup and pgdown scroll the context.\n\n" +
			"A person never judges an answer that they typed: those duels are left to others."
	case s.setup != nil:
		return "Choose what is to run: every variant on every model, with every case, as many takes as you say, and under each order of the shots. " +
			"What it will cost is said before it starts. Saved revisions run; unsaved changes do not.\n\n" +
			"↑ ↓ move, tab goes from part to part, space chooses, ← → change a number; space on a budget writes one."
	case s.close != nil:
		return "One cell of the run from near: its whole text with reasoning and tool calls, the exact context it answers as it was composed and as the engine evaluated it, the request that was sent and what was received. " +
			"A cell without an answer shows its reason instead; text that came before it failed is kept apart and is no answer."
	}
	return "Variants side by side. A column is a variant on a model, and one order of the shots where several ran. " +
		"Columns shows the case in hand, grid every cell, diff two columns word by word, answers what was said how often, tags how often it was right, timing how fast it was.\n\n" +
		"tab goes through the views, ] and [ through the cases, → and ← through the columns, enter opens a cell. " +
		"↑ ↓ scroll long answers; where answers are short they go through the cases below them.\n\n" +
		"An answer is right when it equals what its case wants, upper and lower case and outer space aside; " +
		"one that holds it among other words is not, and says so: a suite judges sentences. " +
		"The interval beside it is Wilson's, for 95%: the fewer the cases, the wider it is. " +
		"An answer marked cached was kept from an earlier run: it costs nothing now, and shows the time and cost of then.\n\n" +
		"  ● done      ◐ streaming    ○ waiting      ◔ asked\n" +
		"  □ stopped   △ interrupted  ◒ cut off      ! failed\n" +
		"  ✓ right     ✗ wrong        ◌ no answer\n" +
		"  ↻ changes with the order of shots"
}

// ask sends a question out; an answer to an older one of its kind is dropped.
// What reads is cancelled when it is asked anew; what starts or keeps is not.
func (s *Screen) ask(q question, f func(ctx context.Context) tea.Msg) tea.Cmd {
	s.gen++
	gen := s.gen
	s.asked[q] = gen
	ctx := context.Background()
	if q != askStart && q != askNote {
		if c := s.cancel[q]; c != nil {
			c()
		}
		ctx, s.cancel[q] = context.WithCancel(ctx)
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
		models Models
		err    error
	}
	variantsMsg struct {
		variants []session.VariantInfo
		err      error
	}
	runsMsg struct {
		runs []session.Run
		show int64 // the run to show, 0: the newest if none is
		err  error
	}
	resultsMsg struct {
		run   int64
		board *board
		err   error
	}
	startedMsg struct {
		live  Live
		board *board
		err   error
	}
	noteMsg struct{ err error }
)

func (s *Screen) loadModels() tea.Cmd {
	load := s.deps.Models
	if load == nil || s.models != nil {
		return nil
	}
	return s.ask(askModels, func(ctx context.Context) tea.Msg {
		m, err := load(ctx)
		return modelsMsg{m, err}
	})
}

func (s *Screen) loadVariants() tea.Cmd {
	load, id := s.deps.Variants, s.prompt
	if load == nil || id == 0 {
		return nil
	}
	return s.ask(askVariants, func(ctx context.Context) tea.Msg {
		v, err := load(ctx, id)
		return variantsMsg{v, err}
	})
}

// loadRuns reads the list of runs, and shows one of them.
func (s *Screen) loadRuns(show int64) tea.Cmd {
	load, id := s.deps.Runs, s.prompt
	if load == nil {
		return nil
	}
	return s.ask(askRuns, func(ctx context.Context) tea.Msg {
		r, err := load(ctx, id)
		return runsMsg{r, show, err}
	})
}

// showRun brings a run to the columns: from here when it is running here, else
// from the store.
func (s *Screen) showRun(id int64) tea.Cmd {
	if f := s.flightOf(id); f != nil {
		s.lay(f.board)
		return nil
	}
	load := s.deps.Results
	if load == nil {
		return nil
	}
	s.opening = id
	return s.ask(askResults, func(ctx context.Context) tea.Msg {
		rs, err := load(ctx, id)
		if err != nil {
			return resultsMsg{run: id, err: err}
		}
		return resultsMsg{run: id, board: fromResults(id, rs)}
	})
}

// lay shows a board.
func (s *Screen) lay(b *board) {
	s.board, s.opening = b, 0
	s.row, s.take, s.steered = 0, 1, false
	s.col = max(0, min(s.col, len(b.cols)-1))
	s.against = 0
	if s.col == 0 && len(b.cols) > 1 {
		s.against = 1
	}
	s.run = session.Run{ID: b.runID}
	for _, r := range s.runs {
		if r.ID == b.runID {
			s.run = r
		}
	}
	s.columns = columnsView{}
	s.close = nil
	s.align()
	s.settle()
}

// settle tells the parts that the board, or what is in hand, changed.
func (s *Screen) settle() {
	s.grid.refresh(false)
	s.answers.refresh()
	s.tags.refresh()
	s.timings.refresh()
	s.list.SetRows(len(s.runs))
	s.columns.clamp()
}

// current is the cell in hand.
func (s *Screen) current() *slot {
	if s.board == nil {
		return nil
	}
	return s.board.at(s.row, s.col, s.take)
}

// goRow takes another case in hand, here and on the table.
func (s *Screen) goRow(i int) tea.Cmd {
	if s.board == nil || len(s.board.cases) == 0 {
		return nil
	}
	n := len(s.board.cases)
	s.row = ((i % n) + n) % n
	s.steered = true
	s.columns.top = 0
	for at, c := range s.deps.Table.Cases {
		if s.board.cases[s.row].is(c.Key()) && at != s.deps.Table.CaseAt() {
			s.deps.Table.GoCase(at)
			break
		}
	}
	s.answers.follow()
	return s.compare()
}
