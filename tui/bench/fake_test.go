package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

const sample = "../../cmd/galley/sample/triage/cases.jsonl"

// table lays the sample's triage prompt down, without any blocks.
func table(t testing.TB) *session.Table {
	t.Helper()
	f, err := os.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []session.Case
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var r struct {
			Name   text.Raw            `json:"name"`
			Vars   map[string]text.Raw `json:"vars"`
			Wanted text.Raw            `json:"wanted"`
			Tags   []text.Raw          `json:"tags"`
			Split  session.Split       `json:"split"`
		}
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		w := r.Wanted
		cases = append(cases, session.Case{
			ID: int64(len(cases) + 1), Name: r.Name, Vars: []session.Var{{Name: "ticket", Value: r.Vars["ticket"]}},
			Wanted: &w, Tags: r.Tags, Split: r.Split,
		})
	}
	tab := &session.Table{}
	tab.SetModel("embedded/nearest")
	tab.Lay(session.Laid{
		Prompt:  session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}},
		Variant: variant(2, "five-shot"),
		Cases:   cases,
	})
	return tab
}

func variant(id int64, name text.Raw) session.VariantInfo {
	c := session.Content{Blocks: []session.Block{{UID: "s", Kind: session.KindSystem, Role: session.RoleSystem, Text: "You sort the mail."}, {UID: "i", Kind: session.KindInput, Role: session.RoleUser, Text: "Ticket:\n{{ticket}}"}}}
	return session.VariantInfo{
		Variant: session.Variant{ID: id, PromptID: 1, Name: name, Head: 1}, Prompt: "triage",
		Revision: session.Revision{ID: id, Number: 1, Intent: "first wording", Content: c, Hash: c.Hash()},
	}
}

var names = []text.Raw{"zero-shot", "five-shot", "twelve-shot", "five-shot-xml"}

var labels = []text.Raw{"billing", "shipping", "print", "bug", "howto", "account"}

// cellsOf is a run of variants × cases × takes × orders.
func cellsOf(tab *session.Table, variants, takes int, orders ...session.Order) []session.Cell {
	if len(orders) == 0 {
		orders = []session.Order{{}}
	}
	var out []session.Cell
	for _, k := range tab.Cases {
		for v := range variants {
			for _, o := range orders {
				for take := 1; take <= takes; take++ {
					out = append(out, session.Cell{
						ID: int64(len(out) + 1), Index: len(out), RunID: 7,
						Contestant: session.Contestant{
							RevisionID: int64(v + 1), Model: "embedded/nearest",
							Variant: session.VariantRef{Prompt: "triage", Variant: string(names[v%len(names)]), Revision: 1},
						},
						CaseID: k.ID, CaseName: k.Name, CaseTags: k.Tags, CaseVars: k.Vars, Wanted: k.Wanted, Take: take, Order: o, Proof: "sha256:proof", Wire: "sha256:wire",
					})
				}
			}
		}
	}
	return out
}

// output is what came of a cell: mostly an answer, at times none. The better the
// variant, the more answers are right.
func output(c session.Cell) session.Output {
	h := c.Index*2654435761>>3 + c.Take*7919
	zero := 0.0
	o := session.Output{
		CellID: c.ID, Status: session.StatusDone, Finish: "stop", Attempts: 1, CostUSD: &zero, Model: "nearest", EndedMS: 1764000000000,
		Usage: session.Usage{Input: 769, Output: 2, Source: "estimate"}, Timing: session.Timing{TTFTMS: int64(8 + h%40), TotalMS: int64(30 + h%90), TokensPerS: float64(20 + h%60)},
	}
	o.Text = labels[h%len(labels)]
	if c.Wanted != nil && h%10 < 2*int(c.Contestant.RevisionID) {
		o.Text = *c.Wanted
	}
	switch h % 41 {
	case 3:
		o.Status, o.Text = session.StatusError, "bill"
		o.Error = &session.CallError{Kind: "rate_limit", Message: "too many requests, slow down", Status: 429, Retryable: true}
	case 5:
		o.Status = session.StatusTruncated
	case 7:
		o.Status, o.Text = session.StatusEmpty, ""
	case 9:
		o.Cached = true
	}
	return o
}

func resultsOf(cells []session.Cell) []session.Result {
	var out []session.Result
	for _, c := range cells {
		out = append(out, session.Result{Cell: c, Output: output(c)})
	}
	return out
}

// fake is a run that plays a script: each Drain gives the next frame.
type fake struct {
	cells  []session.Cell
	bell   chan struct{}
	frames [][]Update
	p      Progress
	log    []string
}

func newFake(cells []session.Cell, frames ...[]Update) *fake {
	f := &fake{cells: cells, bell: make(chan struct{}, 1), frames: frames}
	f.p = Progress{Cells: len(cells), State: session.RunRunning, ElapsedMS: 4200, LeftMS: 72_000}
	f.bell <- struct{}{}
	return f
}

func (f *fake) RunID() int64          { return 7 }
func (f *fake) Cells() []session.Cell { return f.cells }
func (f *fake) Bell() <-chan struct{} { return f.bell }
func (f *fake) Progress() Progress    { return f.p }
func (f *fake) Pause()                { f.log = append(f.log, "pause"); f.p.Paused = true }
func (f *fake) Resume()               { f.log = append(f.log, "resume"); f.p.Paused = false }
func (f *fake) Cancel()               { f.log = append(f.log, "cancel") }
func (f *fake) Drain() []Update {
	if len(f.frames) == 0 {
		return nil
	}
	u := f.frames[0]
	f.frames = f.frames[1:]
	return u
}

// world is what stands behind the screen.
type world struct {
	runs    []session.Run
	results []session.Result
	live    *fake
	est     Estimate
	notes   []text.Raw
	choice  Choice
	dear    bool // asking costs something
	off     map[string]string
	then    text.Raw // what the first block was called in the revision that ran
}

func newWorld(tab *session.Table) *world {
	zero := 0.0
	cells := cellsOf(tab, 4, 1)
	return &world{
		runs: []session.Run{
			{ID: 7, PromptID: 1, State: session.RunDone, StartedMS: 1764000000000, EndedMS: 1764000100000, Cells: 240, Done: 232, Failed: 8, Cached: 5, CostUSD: &zero},
			{ID: 5, PromptID: 1, State: session.RunInterrupted, StartedMS: 1763900000000, Cells: 240, Done: 100},
			{ID: 3, PromptID: 1, State: session.RunDone, Imported: true, Note: "sample/by-hand", StartedMS: 1763000000000, Cells: 72, Done: 72},
		},
		results: resultsOf(cells),
		est:     Estimate{Cells: 240, Calls: 235, Cached: 5, InputTokens: 184_560, MaxOutput: 245_760, Source: "estimate", Free: true},
	}
}

func (w *world) deps(tab *session.Table) Deps {
	return Deps{
		Table: tab, Styles: themes.Pick("", true).Styles(),
		Free: func(string) bool { return !w.dear },
		Models: func(context.Context) (Models, error) {
			return Models{Off: w.off, List: []session.ModelInfo{{Ref: "embedded/nearest", About: "a baseline to beat, not a language model"}, {Ref: "embedded/extract", About: "sentences of the context"}}}, nil
		},
		Variants: func(context.Context, int64) ([]session.VariantInfo, error) {
			var out []session.VariantInfo
			for i, n := range names {
				out = append(out, variant(int64(i+1), n))
			}
			return out, nil
		},
		Runs:    func(context.Context, int64) ([]session.Run, error) { return w.runs, nil },
		Results: func(context.Context, int64) ([]session.Result, error) { return w.results, nil },
		Proof: func(context.Context, string) (session.Proof, error) {
			return session.Compose(variant(1, "x").Revision.Content, tab.Cases[0], session.Order{}), nil
		},
		Revision: func(_ context.Context, id int64) (session.Revision, error) {
			r := variant(id, "x").Revision
			if w.then != "" {
				r.Content.Blocks[0].Title = w.then
			}
			return r, nil
		},
		Wire: func(context.Context, string) (session.Wire, error) {
			return session.NewWire("POST", "/v1/chat/completions", []byte(`{"model":"nearest","messages":[]}`)), nil
		},
		Estimate: func(_ context.Context, c Choice) (Estimate, error) { w.choice = c; return w.est, nil },
		Start:    func(_ context.Context, c Choice) (Live, error) { w.choice = c; return w.live, nil },
		Reopen:   func(context.Context, int64, bool) (Live, error) { return w.live, nil },
		Notes: func(context.Context, int64) ([]session.Note, error) {
			var out []session.Note
			for i := range w.notes {
				out = append([]session.Note{{ID: int64(i), CellID: 1, Text: w.notes[i]}}, out...)
			}
			return out, nil
		},
		Note: func(_ context.Context, _ int64, t text.Raw) error { w.notes = append(w.notes, t); return nil },
	}
}

// framed picks the frames of a run: the test asks for them one at a time.
func framed(m kit.Home) bool {
	_, ok := m.Msg.(pumped)
	return ok
}

func drain(s *Screen, cmd tea.Cmd) []tea.Msg { return tuitest.Drain(s, cmd, framed) }

func press(s *Screen, k string) []tea.Msg { return tuitest.Pressed(s, framed, k) }

// beat brings one frame of the run home.
func beat(s *Screen, f *fake) {
	for _, fl := range s.flights {
		if fl.live == Live(f) {
			s.onPump(fl, pumped{f.Drain(), f.Progress(), time.UnixMilli(1764000000000 + int64(1000*len(f.frames)))})
			return
		}
	}
}

func start(t testing.TB, tab *session.Table, w *world) *Screen {
	t.Helper()
	s := New(w.deps(tab))
	s.Resize(80, 22)
	drain(s, s.Enter())
	return s
}

// streaming is a run in flight on the sample, a few cells done.
func streaming(t testing.TB) (*Screen, *fake) {
	tab := table(t)
	w := newWorld(tab)
	cells := cellsOf(tab, 4, 1)
	var first, second []Update
	for i := range 8 {
		o := output(cells[i])
		first = append(first, Update{Index: i, Status: session.StatusRunning, Text: "bil"})
		if i < 5 {
			second = append(second, Update{Index: i, Status: o.Status, Output: &o})
		} else {
			second = append(second, Update{Index: i, Status: session.StatusRunning, Text: text.Raw(fmt.Sprintf("ling, I would say, since the card was charged %d times", i))})
		}
	}
	w.live = newFake(cells, first, second)
	s := start(t, tab, w)
	drain(s, s.openSetup())
	drain(s, s.begin())
	beat(s, w.live)
	return s, w.live
}
