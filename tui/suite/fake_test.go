package suite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// table lays a prompt with some cases down.
func table() *session.Table {
	t := &session.Table{}
	t.SetModel("ollama/llama3.2:3b")
	var cases []session.Case
	for i := range 24 {
		cases = append(cases, session.Case{
			ID: int64(i + 1), Name: text.Raw(fmt.Sprintf("c%02d", i+1)), Tags: []text.Raw{tags[i%len(tags)]},
			Vars: []session.Var{{Name: "letter", Value: "My parcel has not come, and nobody answers the telephone."}},
		})
	}
	t.Lay(session.Laid{
		Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "reply"}}, Variant: variant(2, "warm", 3), Cases: cases,
	})
	return t
}

var tags = []text.Raw{"refund", "late", "angry"}

func variant(id int64, name text.Raw, number int) session.VariantInfo {
	return session.VariantInfo{
		Variant: session.Variant{ID: id, PromptID: 1, Name: name}, Prompt: "reply",
		Revision: session.Revision{ID: id * 10, Number: number, Intent: "say sorry first, then what happens next"},
	}
}

func contestantOf(v string, n int) session.Contestant {
	return session.Contestant{Variant: session.VariantRef{Prompt: "reply", Variant: v, Revision: n}, Model: "ollama/llama3.2:3b"}
}

func must(spec string) session.Assertion {
	a, err := session.ParseAssertion(spec)
	if err != nil {
		panic(err)
	}
	return a
}

// world is what stands behind the screen.
type world struct {
	last    []string // models of the newest run
	suites  []session.Suite
	checks  []session.Check // the newest first, with cases
	sources []Source
	props   []Proposal
	runs    []session.Run
	est     Estimate
	live    *fake
	plans   []Plan
	targets []Target
	there   map[string]bool
	notes   []string
	fail    map[string]error
	undone  int
	next    int64
	log     []string
	tried   []string
	late    chan struct{} // Keep waits for it, where it is not nil
}

// fake is a check in flight.
type fake struct {
	bell   chan struct{}
	cells  int
	graded []session.CaseCheck
	check  *session.Check // it has ended
	err    error
	log    []string
}

func (f *fake) Bell() <-chan struct{} { return f.bell }
func (f *fake) Progress() (cells, done, failed int, ended bool, trouble string) {
	return f.cells, len(f.graded), 0, f.check != nil || f.err != nil, ""
}
func (f *fake) Graded() []session.CaseCheck { return f.graded }
func (f *fake) Cancel()                     { f.log = append(f.log, "cancel") }
func (f *fake) Wait() (session.Check, error) {
	if f.check == nil {
		return session.Check{}, f.err
	}
	return *f.check, f.err
}

// assertions are those of the sample suite.
func assertions(n int) []session.Assertion {
	specs := []string{"icontains: sorry", `not-icontains: "as an AI"`, "word-count: 20..90", "not-regex: ^\\s", "contains-any: today, tomorrow", "icontains: {{order}}"}
	why := []text.Raw{"verdict on c12: the winner has it, the loser does not", "failure mode “talks about itself”, 5 notes", "verdict on c03", "written by hand", "correction of c07", "written by hand"}
	var out []session.Assertion
	for i := range n {
		a := must(specs[i%len(specs)])
		a.ID, a.UID, a.SuiteID, a.Origin = int64(i+1), fmt.Sprintf("a%d", i+1), 1, why[i%len(why)]
		if i == 4 {
			a.Weight = 0.5
		}
		if i == 5 {
			a.CaseID, a.CaseName = 7, "c07"
		}
		out = append(out, a)
	}
	return out
}

// renumbered are assertions of another suite.
func renumbered(as []session.Assertion, suite int64) []session.Assertion {
	for i := range as {
		as[i].ID, as[i].UID, as[i].SuiteID = as[i].ID+50, as[i].UID+"b", suite
	}
	return as
}

// caseChecks grades n cases: every fifth fails, every ninth has no answer.
func caseChecks(n, takes, shift int, as []session.Assertion, who session.Contestant) []session.CaseCheck {
	var out []session.CaseCheck
	for i := range n {
		for take := 1; take <= takes; take++ {
			k := session.CaseCheck{
				Case: session.CaseKey{ID: int64(i + 1), Name: text.Raw(fmt.Sprintf("c%02d", i+1))}, CaseTags: []text.Raw{tags[i%len(tags)]},
				Contestant: who, Take: take, CellID: int64(1000*shift + 10*i + take), Status: session.CheckPass, Attempts: 1,
			}
			if (i+shift)%9 == 8 {
				k.Status, k.Why = session.CheckError, "rate_limit: too many requests (HTTP 429), after 3 attempts"
				out = append(out, k)
				continue
			}
			for j, a := range as {
				r := session.AssertResult{UID: a.UID, Kind: a.Kind, Not: a.Not, Pass: true, Weight: a.Weight, Message: "found in line 1: “… sorry to hear that your par…”"}
				if (i+shift)%5 == 3 && j == (i+take)%3 {
					r.Pass, k.Status = false, session.CheckFail
					r.Message = "not found in 42 words: “We have received your message and will look into it as soon as poss…”"
				}
				k.Assertions = append(k.Assertions, r)
			}
			out = append(out, k)
		}
	}
	return out
}

func checkOf(id int64, at int64, cases []session.CaseCheck) session.Check {
	c := session.Check{ID: id, SuiteID: 1, Suite: "tone", AtMS: at, Cases: cases}
	c.Sum()
	return c
}

func proposals() []Proposal {
	row := func(i int, good, origin, pass bool, msg text.Raw) Row {
		t := text.Raw("Dear Ms Okafor,\n\nI am sorry to hear that your parcel has not come. It left our depot on Tuesday and you will have it tomorrow before noon.\n\nKind regards, Ana")
		if !good {
			t = "We have received your message and will look into it as soon as possible."
		}
		return Row{CellID: int64(i), Case: text.Raw(fmt.Sprintf("c%02d", i)), Good: good, Origin: origin, Pass: pass, Text: t, Message: msg, Contestant: contestantOf("warm", 3)}
	}
	rows := []Row{row(12, true, true, true, "found at word 3: “I am sorry to hear”"), row(12, false, true, false, "not found in 14 words")}
	for i := range 6 {
		rows = append(rows, row(i+1, false, false, i == 2, "not found in 14 words"))
	}
	for i := range 9 {
		rows = append(rows, row(i+13, true, false, true, "found at word 3: “I am sorry to hear”"))
	}
	a := must("icontains: sorry")
	b := must("word-count: 20..90")
	c := must(`not-icontains: "as soon as possible"`)
	d := must("contains: Tuesday")
	return []Proposal{
		{Assertion: a, Why: "the winner has it, the loser does not", Rows: rows, Good: 9, GoodPass: 9, Bad: 6, BadFail: 5, Sentence: "fails 5 of 6 bad, passes 9 of 9 good"},
		{Assertion: c, Why: "the loser has it, the winner does not", Rows: rows, Good: 9, GoodPass: 9, Bad: 6, BadFail: 4, Sentence: "fails 4 of 6 bad, passes 9 of 9 good"},
		{Assertion: b, Why: "the winner has 27 words, the loser 14", Rows: rows, Good: 9, GoodPass: 8, Bad: 6, BadFail: 4, Sentence: "fails 4 of 6 bad, passes 8 of 9 good"},
		{Assertion: d, Why: "the winner has it, the loser does not", Rows: rows[:2], Lucky: true, Sentence: "separates only this pair: perhaps luck"},
	}
}

func newWorld() *world {
	as := assertions(6)
	now := time.Now().UnixMilli()
	usd := 0.0
	return &world{
		suites: []session.Suite{
			{ID: 1, PromptID: 1, Prompt: "reply", Name: "tone", Assertions: as},
			{ID: 2, PromptID: 1, Prompt: "reply", Name: "form", Assertions: renumbered(assertions(2), 2)},
		},
		checks: []session.Check{
			checkOf(9, now-3*3600_000, caseChecks(24, 1, 0, as, contestantOf("warm", 3))),
			checkOf(8, now-30*3600_000, caseChecks(24, 1, 2, as, contestantOf("warm", 2))),
		},
		sources: []Source{
			{Focus: session.ProposeFrom{PromptID: 1, VerdictID: 41}, Label: "r3 c12: “I am sorry to hear…” over “We have received…”", Kind: "verdict", AtMS: now - 600_000},
			{Focus: session.ProposeFrom{PromptID: 1, CellID: 77}, Label: "r3 c07: corrected by ana", Kind: "correction", AtMS: now - 7200_000},
			{Focus: session.ProposeFrom{PromptID: 1, ModeID: 5}, Label: "talks about itself (5 notes)", Kind: "failure mode"},
		},
		props: proposals(),
		runs:  []session.Run{{ID: 7, PromptID: 1, Cells: 48, Done: 48}, {ID: 3, PromptID: 1, Cells: 24, Imported: true}},
		est:   Estimate{Cells: 24, Calls: 20, Cached: 4, InputTokens: 18_400, MaxOutput: 12_288, CostUSD: &usd, Free: true},
		targets: []Target{
			{Name: "folder", Help: "a folder of text for git; galley check runs it with no workspace", Path: "evals/reply", Suite: true},
			{Name: "promptfoo", Help: "promptfoo's config, prompts and tests", Path: "promptfoo/reply", Suite: true},
			{Name: "trl", Help: "preference pairs for TRL, one a line", Path: "reply-pairs.jsonl"},
		},
		notes: []string{"weight 0 of one assertion: promptfoo counts it", "latency is measured by promptfoo's own clock"},
		there: map[string]bool{}, fail: map[string]error{}, next: 100,
	}
}

func (w *world) err(name string) error {
	w.log = append(w.log, name)
	return w.fail[name]
}

func (w *world) find(id int64) *session.Suite {
	for i := range w.suites {
		if w.suites[i].ID == id {
			return &w.suites[i]
		}
	}
	return nil
}

func (w *world) keep(_ context.Context, id int64, as []session.Assertion) ([]session.Assertion, error) {
	if w.late != nil {
		<-w.late
	}
	if err := w.err("keep"); err != nil {
		return nil, err
	}
	x := w.find(id)
	for _, a := range as {
		w.next++
		a.ID, a.UID, a.SuiteID = w.next, fmt.Sprint("u", w.next), id
		x.Assertions = append(x.Assertions[:len(x.Assertions):len(x.Assertions)], a)
	}
	return as, nil
}

func (w *world) change(_ context.Context, a session.Assertion) error {
	if err := w.err("change"); err != nil {
		return err
	}
	for i := range w.suites {
		for j := range w.suites[i].Assertions {
			if w.suites[i].Assertions[j].ID == a.ID {
				as := append([]session.Assertion{}, w.suites[i].Assertions...)
				as[j] = a
				w.suites[i].Assertions = as
				return nil
			}
		}
	}
	return errors.New("no such assertion")
}

func (w *world) deps(tab *session.Table) Deps {
	return Deps{
		Table: tab, Styles: themes.Pick("", true).Styles(),
		Suites: func(context.Context, int64) ([]session.Suite, error) {
			return append([]session.Suite{}, w.suites...), w.fail["suites"]
		},
		Create: func(_ context.Context, prompt int64, name string) (session.Suite, error) {
			if err := w.err("create " + name); err != nil {
				return session.Suite{}, err
			}
			w.next++
			w.suites = append(w.suites, session.Suite{ID: w.next, PromptID: prompt, Name: text.Raw(name)})
			return w.suites[len(w.suites)-1], nil
		},
		Rename: func(_ context.Context, id int64, name string) error {
			w.find(id).Name = text.Raw(name)
			return w.err("rename " + name)
		},
		Delete: func(_ context.Context, id int64) error {
			var kept []session.Suite
			for _, x := range w.suites {
				if x.ID != id {
					kept = append(kept, x)
				}
			}
			w.suites = kept
			return w.err("delete")
		},
		Keep: w.keep, Change: w.change,
		Drop: func(_ context.Context, id int64) error { return w.err(fmt.Sprint("drop ", id)) },
		Undo: func(context.Context) (session.Edit, error) {
			w.undone++
			return session.Edit{Verb: "delete", Noun: "suite", Name: "tone"}, w.err("undo")
		},
		Checks: func(_ context.Context, id int64) ([]session.Check, error) {
			if id != 1 {
				return nil, nil
			}
			var out []session.Check
			for _, c := range w.checks {
				c.Cases = nil
				out = append(out, c)
			}
			return out, nil
		},
		Check: func(_ context.Context, id int64) (session.Check, error) {
			for _, c := range w.checks {
				if c.ID == id {
					return c, w.fail["check"]
				}
			}
			return session.Check{}, errors.New("no such check")
		},
		Stale: func(_ context.Context, id int64) (string, error) {
			if id == 1 {
				return "not checked since warm@3", nil
			}
			return "", nil
		},
		Sources: func(context.Context, int64) ([]Source, error) { return w.sources, w.fail["sources"] },
		Propose: func(context.Context, session.ProposeFrom) ([]Proposal, error) { return w.props, w.fail["propose"] },
		Try: func(_ context.Context, _ int64, a session.Assertion) (Proposal, error) {
			w.tried = append(w.tried, a.Spec())
			p := w.props[0]
			p.Assertion = a
			return p, w.fail["try"]
		},
		Variants: func(context.Context, int64) ([]session.VariantInfo, error) {
			return []session.VariantInfo{variant(1, "curt", 1), variant(2, "warm", 3), variant(3, "warm-formal", 12)}, w.fail["variants"]
		},
		Models: func(context.Context) ([]session.ModelInfo, error) {
			return []session.ModelInfo{{Ref: "ollama/llama3.2:3b", About: "on this machine"}, {Ref: "openai/gpt-5-mini", About: "paid"}}, nil
		},
		Recorded: func(context.Context, int64) ([]string, error) { return []string{"sample/by-hand"}, nil },
		Last:     func(context.Context, int64) ([]string, error) { return w.last, nil },
		Runs:     func(context.Context, int64) ([]session.Run, error) { return w.runs, nil },
		Estimate: func(_ context.Context, p Plan) (Estimate, error) {
			w.plans = append(w.plans, p)
			return w.est, w.fail["estimate"]
		},
		Start: func(_ context.Context, p Plan) (Live, error) {
			w.plans = append(w.plans, p)
			if err := w.err("start"); err != nil {
				return nil, err
			}
			if p.RunID != 0 && w.live == nil {
				c := w.checks[1]
				return &fake{bell: make(chan struct{}, 1), check: &c}, nil
			}
			return w.live, nil
		},
		Against: against,
		Result: func(_ context.Context, id int64) (session.Result, error) {
			r := session.Result{Cell: session.Cell{ID: id}}
			r.Output = session.Output{Status: session.StatusDone, Text: "We have received your message and will look into it as soon as possible.\n\nKind regards,\nthe team"}
			return r, w.fail["result"]
		},
		Targets: func(context.Context, int64) ([]Target, error) { return w.targets, nil },
		Export: func(_ context.Context, _ int64, target, path string, replace bool) (Exported, error) {
			if w.there[path] && !replace {
				return Exported{}, fmt.Errorf("%s: %w", path, fs.ErrExist)
			}
			w.log = append(w.log, fmt.Sprint("export ", target, " ", path, " ", replace))
			return Exported{Path: path, Files: 14, Bytes: 23_481, Notes: w.notes}, w.fail["export"]
		},
	}
}

// against holds two checks against each other as a report would, cases matched by
// name.
func against(now, before session.Check) report.Change {
	was := map[text.Raw]session.CheckStatus{}
	for _, c := range before.Cases {
		was[c.Case.Name] = c.Status
	}
	out := report.Change{P: 0.0625, Lo: math.NaN(), Hi: math.NaN(), Sentence: "4 cases changed: 3 newly fail, 1 newly passes. That is no more than luck would do (McNemar mid-p 0.38); 20 are as before."}
	for _, c := range now.Cases {
		w, ok := was[c.Case.Name]
		switch {
		case !ok:
			out.New++
		case w == session.CheckPass && c.Status == session.CheckFail:
			out.NewlyFail = append(out.NewlyFail, c)
		case w == session.CheckFail && c.Status == session.CheckPass:
			out.NewlyPass = append(out.NewlyPass, c)
		default:
			out.Unchanged++
		}
	}
	return out
}

// framed picks the frames of a check in flight: the test asks for them.
func framed(m kit.Home) bool {
	p, ok := m.Msg.(pumped)
	return ok && !p.ended
}

func drain(s *Screen, cmd tea.Cmd) []tea.Msg { return tuitest.Drain(s, cmd, framed) }

func press(s *Screen, keys ...string) []tea.Msg { return tuitest.Pressed(s, framed, keys...) }

// typing types words into the field that has focus.
func typing(s *Screen, words string) {
	var last tea.Cmd // what was asked before is of older words
	for _, r := range words {
		last = s.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	drain(s, last)
}

func start(t testing.TB, w *world) *Screen {
	t.Helper()
	s := New(w.deps(table()))
	s.Resize(80, 22)
	drain(s, s.Enter())
	return s
}

// dialog is the dialog that a key opened.
func dialog(t testing.TB, msgs []tea.Msg) kit.Dialog {
	t.Helper()
	for _, m := range msgs {
		if p, ok := m.(kit.Push); ok {
			return p.Dialog
		}
	}
	t.Fatalf("no dialog among %v", msgs)
	return nil
}

// said is what the toasts say.
func said(msgs []tea.Msg) string {
	out := ""
	for _, m := range msgs {
		if x, ok := m.(kit.Toast); ok {
			out += x.Text + "\n"
		}
	}
	return out
}
