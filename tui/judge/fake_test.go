package judge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

const sample = "../../cmd/galley/sample/reply/"

func read(t testing.TB, name string, row func([]byte) error) {
	t.Helper()
	f, err := os.Open(sample + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if err := row(sc.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
}

// world is what the station is given: a sitting over the sample's answers, in
// memory, and what was said to it in order.
type world struct {
	t        testing.TB
	tab      *session.Table
	names    [2]string // of the two contestants
	answers  map[string]map[text.Raw]text.Raw
	cases    []session.Case
	ms       int64
	judge    text.Raw
	open     int // what the offer says of a sitting that is open
	why      string
	passfail bool

	stored   []session.Verdict
	at, of   int
	rulings  []Ruling
	events   []string
	refuse   error
	hold     chan struct{} // a ruling waits for it, nil: none does
	seen     bool
	told     int
	asks     []Ask
	longer   text.Raw // added to each answer
	written  text.Raw
	sentence string
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, names: [2]string{"plain", "warm"}, answers: map[string]map[text.Raw]text.Raw{}, of: 20, ms: 1764000000000, judge: "anna",
		sentence: "One leads 14–6. Not settled. About 30 more would settle it if this rate holds."}
	read(t, "cases.jsonl", func(b []byte) error {
		var r struct {
			Name text.Raw            `json:"name"`
			Vars map[string]text.Raw `json:"vars"`
			Tags []text.Raw          `json:"tags"`
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		w.cases = append(w.cases, session.Case{
			ID: int64(len(w.cases) + 1), Name: r.Name, Tags: r.Tags,
			Vars: []session.Var{{Name: "ticket", Value: r.Vars["ticket"]}, {Name: "facts", Value: r.Vars["facts"]}},
		})
		return nil
	})
	read(t, "outputs.jsonl", func(b []byte) error {
		var r struct {
			Variant    string
			Case, Text text.Raw
		}
		if err := json.Unmarshal(b, &r); err != nil {
			return err
		}
		if w.answers[r.Variant] == nil {
			w.answers[r.Variant] = map[text.Raw]text.Raw{}
		}
		w.answers[r.Variant][r.Case] = r.Text
		return nil
	})
	guide, err := os.ReadFile(sample + "guideline.txt")
	if err != nil {
		t.Fatal(err)
	}
	w.tab = &session.Table{}
	w.tab.Lay(session.Laid{
		Prompt:  session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "reply", Guideline: text.Raw(guide)}},
		Variant: session.VariantInfo{Variant: session.Variant{ID: 1, Name: "warm"}, Prompt: "reply", Revision: session.Revision{ID: 1, Number: 1}},
		Cases:   w.cases,
	})
	return w
}

func (w *world) contestant(i int) session.Contestant {
	return session.Contestant{RevisionID: int64(i + 1), Variant: session.VariantRef{Prompt: "reply", Variant: w.names[i], Revision: 1}, Model: "sample/by-hand"}
}

// duel is the n-th, from 0: sides change with every second.
func (w *world) duel(n int) *session.Duel {
	c := w.cases[n%len(w.cases)]
	l, r := w.answers["plain"][c.Name], w.answers["warm"][c.Name]
	if n%2 == 1 {
		l, r = r, l
	}
	d := &session.Duel{Mode: session.JudgePairs, Number: n + 1, Of: w.of, Guideline: w.tab.Prompt.Guideline, Input: c.Vars, Left: l + w.longer, Right: r + w.longer}
	if w.passfail {
		d.Mode, d.Right = session.JudgePassFail, ""
	}
	return d
}

func (w *world) step() Step {
	st := Step{Sitting: 7, Token: uint64(w.at + 1), Done: w.at, Of: w.of, CanUndo: len(w.stored) > 0}
	if w.at < w.of {
		st.Duel = w.duel(w.at)
		return st
	}
	st.Sentence = w.sentence
	st.Extras = []string{"You chose the left 17 of 20 times. Sides were balanced, so the result stands, but slow down."}
	st.CanMore = 20
	return st
}

func (w *world) rule(_ context.Context, r Ruling) (Step, error) {
	w.events = append(w.events, "asked "+string(r.Choice))
	if w.hold != nil {
		<-w.hold
	}
	if w.refuse != nil {
		return Step{}, w.refuse
	}
	if r.Token != uint64(w.at+1) || r.Sitting != 7 {
		return Step{}, errors.New("that duel is not in front")
	}
	w.rulings = append(w.rulings, r)
	n := w.at
	mode := session.JudgePairs
	if w.passfail {
		mode = session.JudgePassFail
	}
	w.stored = append(w.stored, session.Verdict{
		ID: int64(n + 1), PromptID: 1, Judge: w.judge, Mode: mode, Choice: r.Choice, Reason: r.Reason, ScreenMS: r.ScreenMS,
		Case: session.CaseKey{ID: w.cases[n%len(w.cases)].ID, Name: w.cases[n%len(w.cases)].Name}, CaseTags: w.cases[n%len(w.cases)].Tags,
		Left:  session.Side{CellID: int64(2*n + 1 + n%2), Contestant: w.contestant(n % 2)},
		Right: session.Side{CellID: int64(2*n + 2 - n%2), Contestant: w.contestant(1 - n%2)},
	})
	w.at++
	w.events = append(w.events, "stored "+string(r.Choice))
	return w.step(), nil
}

func (w *world) deps() Deps {
	return Deps{
		Table: w.tab, Styles: themes.Pick("", true).Styles(), As: w.judge, NowMS: func() int64 { return w.ms },
		Offer: func(_ context.Context, a Ask) (Offer, error) {
			w.asks = append(w.asks, a)
			o := Offer{
				Runs:   []session.Run{{ID: 7, Done: 72, Cells: 72, StartedMS: w.ms - 2*3600_000, Note: "warm beats plain"}, {ID: 3, Done: 48, StartedMS: w.ms - 80*3600_000}},
				Chosen: []int64{7}, Cases: 24, Contestants: 3, Duels: 72, Why: w.why, Open: w.open, OpenOf: 20, OpenMode: session.JudgePairs, Revealed: w.seen,
			}
			if w.why != "" {
				o.Duels = 0
			}
			return o, w.refuse
		},
		Begin: func(_ context.Context, a Ask) (Step, error) {
			w.asks = append(w.asks, a)
			w.passfail = a.Mode == session.JudgePassFail
			return w.step(), w.refuse
		},
		Rule: w.rule,
		Undo: func(context.Context, int64) (Step, error) {
			if w.refuse != nil {
				return Step{}, w.refuse
			}
			w.events = append(w.events, "undone")
			w.stored = w.stored[:len(w.stored)-1]
			w.at--
			return w.step(), nil
		},
		More:      func(context.Context, int64) (Step, error) { w.of += 20; return w.step(), nil },
		Guideline: func(_ context.Context, _ int64, t text.Raw) error { w.written = t; return w.refuse },
		Seen:      func(context.Context, int64, text.Raw) (bool, error) { return w.seen, nil },
		Reveal: func(context.Context, int64, text.Raw) (report.Report, error) {
			w.seen = true
			w.told++
			return w.report(), w.refuse
		},
		Verdicts: func(context.Context, int64) ([]session.Verdict, error) {
			var out []session.Verdict
			for _, v := range w.stored {
				out = append([]session.Verdict{v}, out...)
			}
			return out, nil
		},
		Result: func(_ context.Context, id int64) (session.Result, error) {
			c := w.cases[int(id-1)/2%len(w.cases)]
			name := []string{"plain", "warm"}[(id-1)%2]
			return session.Result{
				Cell:   session.Cell{ID: id, Contestant: w.contestant(int((id - 1) % 2)), CaseName: c.Name, CaseVars: c.Vars},
				Output: session.Output{CellID: id, Status: session.StatusDone, Text: w.answers[name][c.Name]},
			}, nil
		},
	}
}

// report is one as session/report makes it.
func (w *world) report() report.Report {
	a, b := w.contestant(0), w.contestant(1)
	c := session.Contestant{RevisionID: 3, Variant: session.VariantRef{Prompt: "reply", Variant: "steps", Revision: 1}, Model: "sample/by-hand"}
	say := w.names[1] + " wins 14 of 20 decided, 5 ties (70%, 95% interval 48–86%). Not settled. About 30 more would settle it if this rate holds, 45 if it slips a little."
	return report.Report{
		Prompt: "reply", Sentence: say, Verdicts: 36, Known: 2, Repeats: 3, Skipped: 1,
		Pairs: []report.Pair{
			{A: a, B: b, WinsA: 6, WinsB: 14, Ties: 5, BothBad: 1, Decided: 20, RateB: .7, Lo: .48, Hi: .86, State: report.NotSettled, Sentence: say,
				Tags: []report.Line{{Name: "billing", WinsA: 3, WinsB: 4, Ties: 1}, {Name: "grief", WinsB: 2}, {Name: "shipping", WinsA: 1, WinsB: 5, BothBad: 1}}},
			{A: a, B: c, WinsA: 1, WinsB: 9, Decided: 10, RateB: .9, Lo: .6, Hi: .98, State: report.Settled, Sentence: "steps wins 9 of 10 (90%, 60–98%). Settled: steps."},
			{A: b, B: c, WinsA: 2, WinsB: 1, Decided: 3, RateB: .33, Lo: .06, Hi: .79, State: report.NotSettled, Sentence: "warm wins 2 of 3. Too few to say more."},
		},
		Ranking: []report.Rank{
			{Contestant: c, WinChance: .86, Lo: .55, Hi: .97, Judgments: 13}, {Contestant: b, WinChance: .69, Lo: .5, Hi: .83, Judgments: 23},
			{Contestant: a, WinChance: math.NaN(), Judgments: 30, Baseline: true},
		},
		Judges: []report.Judge{{
			Judge: "anna", Judgments: 36, Left: 17, Decided: 33, Longer: 18, Unequal: 30, Again: 3, Same: 3, MedianMS: 14200, First10: 19000, Last10: 11000,
			Sentences: []string{"You chose the left 17 of 33 times: no side is preferred.", "You took 19 s for each of the first ten and 11 s for the last."},
		}},
		Agreement: []report.Agreement{{Judges: [2]text.Raw{"anna", "ben"}, N: 20, Same: 15, Kappa: math.NaN(), AC1: .66, Sentence: "anna and ben agree on 15 of 20 (53–89%)."}},
	}
}

func drain(s *Screen, cmd tea.Cmd) []tea.Msg { return tuitest.Drain(s, cmd, nil) }

func press(s *Screen, keys ...string) []tea.Msg { return tuitest.Pressed(s, nil, keys...) }

// wait lets so many milliseconds pass on the station's clock.
func (w *world) wait(ms int64) { w.ms += ms }

// judging is a station with the first duel in front, its keys lit.
func judging(t testing.TB, w *world, width, height int) *Screen {
	t.Helper()
	s := offered(t, w, width, height)
	press(s, "enter")
	if s.mode != modeDuel {
		t.Fatalf("no duel came: %s", s.trouble)
	}
	w.wait(1000)
	return s
}

func offered(t testing.TB, w *world, width, height int) *Screen {
	t.Helper()
	s := New(w.deps())
	s.timer = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil }
	s.Resize(width, height)
	drain(s, s.Enter())
	return s
}

// whole judges to the end of the sitting, left and right by turns.
func whole(w *world, s *Screen) {
	for i := 0; s.mode == modeDuel; i++ {
		w.wait(5000)
		press(s, fmt.Sprint(1+i%2))
	}
}
