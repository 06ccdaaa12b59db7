package main

import (
	"context"
	"path/filepath"
	"reflect"
	"testing"

	"galley/session"
	"galley/session/text"
	"galley/store"
	"galley/tui/judge"
)

// courtroom is the sample with somebody to judge it.
type courtroom struct {
	t    *testing.T
	ctx  context.Context
	path string
	d    *desk
	c    *clerk
	ask  judge.Ask
}

func newCourtroom(t *testing.T, prompt string) *courtroom {
	t.Helper()
	r := &courtroom{t: t, ctx: context.Background(), path: filepath.Join(t.TempDir(), "w.db")}
	if err := fillNew(r.ctx, config{}, r.path); err != nil {
		t.Fatal(err)
	}
	r.open()
	p, err := r.d.store.Prompt(r.ctx, prompt)
	if err != nil {
		t.Fatal(err)
	}
	r.ask = judge.Ask{PromptID: p.ID, Mode: session.JudgePairs, Judge: "ann"}
	return r
}

// open opens the workspace, as a new process would.
func (r *courtroom) open() {
	r.t.Helper()
	if r.d != nil {
		if err := r.d.close(); err != nil {
			r.t.Fatal(err)
		}
	}
	st, err := store.Open(r.ctx, r.path, store.Options{Gone: ownerGone})
	if err != nil {
		r.t.Fatal(err)
	}
	if r.d, err = wire(config{}, st, 0); err != nil {
		r.t.Fatal(err)
	}
	d := r.d
	r.t.Cleanup(func() { _ = d.close() })
	r.c = newClerk(r.d)
}

func (r *courtroom) must(s judge.Step, err error) judge.Step {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *courtroom) rule(s judge.Step, c session.Choice) judge.Step {
	r.t.Helper()
	return r.must(r.c.rule(r.ctx, judge.Ruling{Sitting: s.Sitting, Token: s.Token, Choice: c, ScreenMS: 900}))
}

func (r *courtroom) mine() []session.Verdict {
	r.t.Helper()
	v, err := r.d.store.Verdicts(r.ctx, session.VerdictQuery{PromptID: r.ask.PromptID, Judge: r.ask.Judge})
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// A sitting has twenty duels, then twenty more, and goes on after a restart.
func TestSittingGoesOn(t *testing.T) {
	r := newCourtroom(t, "reply")
	s := r.must(r.c.begin(r.ctx, r.ask))
	for range 13 {
		s = r.rule(s, session.ChoiceLeft)
	}
	before := *s.Duel
	r.open()
	if s = r.must(r.c.begin(r.ctx, r.ask)); s.Done != 13 || s.Of != 20 || s.Duel == nil || s.Duel.Left != before.Left || s.Duel.Right != before.Right {
		t.Fatalf("after a restart: %+v, want the duel that stood there", s)
	}
	for range 7 {
		s = r.rule(s, session.ChoiceTie)
	}
	if s.Duel != nil || s.CanMore != 20 || s.Sentence == "" {
		t.Fatalf("after twenty: %+v", s)
	}
	if s = r.must(r.c.more(r.ctx, s.Sitting)); s.Duel == nil || s.Done != 20 || s.Of != 40 {
		t.Fatalf("gone on: %+v", s)
	}
	if s = r.rule(s, session.ChoiceRight); s.Done != 21 {
		t.Errorf("%+v", s)
	}
}

// Undo has no limit, and a restart is none.
func TestUndoAfterRestart(t *testing.T) {
	r := newCourtroom(t, "reply")
	s := r.must(r.c.begin(r.ctx, r.ask))
	first := *s.Duel
	for range 5 {
		s = r.rule(s, session.ChoiceRight)
	}
	r.open()
	s = r.must(r.c.begin(r.ctx, r.ask))
	for range 5 {
		s = r.must(r.c.undo(r.ctx, s.Sitting))
	}
	if s.Duel == nil || s.Duel.Left != first.Left || s.Duel.Right != first.Right || s.Done != 0 || s.CanUndo {
		t.Errorf("taken back to the first: %+v", s)
	}
	if _, err := r.c.undo(r.ctx, s.Sitting); err == nil {
		t.Error("nothing was left to take back, and something was")
	}
	if n := len(r.mine()); n != 0 {
		t.Errorf("%d verdicts are in force", n)
	}
}

// Only what is judged after the names were told is left out.
func TestKnownAfterReveal(t *testing.T) {
	r := newCourtroom(t, "reply")
	s := r.must(r.c.begin(r.ctx, r.ask))
	for range 4 {
		s = r.rule(s, session.ChoiceLeft)
	}
	if _, err := r.c.reveal(r.ctx, r.ask.PromptID, "ann"); err != nil {
		t.Fatal(err)
	}
	r.rule(s, session.ChoiceLeft)
	for i, v := range r.mine() {
		if v.Known != (i == 4) {
			t.Errorf("verdict %d: known %v", i, v.Known)
		}
	}
	rep, err := r.c.reveal(r.ctx, r.ask.PromptID, "ann")
	if err != nil || rep.Known != 1 {
		t.Errorf("the report leaves out %d, want 1 (%v)", rep.Known, err)
	}
	r.ask.Judge = "bea"
	s = r.must(r.c.begin(r.ctx, r.ask))
	r.rule(s, session.ChoiceLeft)
	if v := r.mine(); len(v) != 1 || v[0].Known {
		t.Errorf("what ann was told, bea was not: %+v", v)
	}
}

// A key that comes twice decides once.
func TestStaleToken(t *testing.T) {
	r := newCourtroom(t, "reply")
	s := r.must(r.c.begin(r.ctx, r.ask))
	r.rule(s, session.ChoiceLeft)
	if _, err := r.c.rule(r.ctx, judge.Ruling{Sitting: s.Sitting, Token: s.Token, Choice: session.ChoiceLeft}); err == nil {
		t.Error("the same duel was decided twice")
	}
	if n := len(r.mine()); n != 1 {
		t.Errorf("%d verdicts, want 1", n)
	}
}

// Equal answers are ties that nobody is asked about, recorded once.
func TestIdenticalAnswers(t *testing.T) {
	r := newCourtroom(t, "triage")
	offer, err := r.c.offer(r.ctx, r.ask)
	if err != nil || offer.Identical == 0 {
		t.Fatalf("the sample has equal answers: %+v, %v", offer, err)
	}
	for _, who := range []text.Raw{"ann", "bea"} {
		r.ask.Judge = who
		s := r.must(r.c.begin(r.ctx, r.ask))
		if s.Duel.Left == s.Duel.Right {
			t.Errorf("%s is asked about equal answers", who)
		}
	}
	same, err := r.d.store.Verdicts(r.ctx, session.VerdictQuery{PromptID: r.ask.PromptID, Judge: session.JudgeIdentical})
	if err != nil || len(same) != offer.Identical {
		t.Errorf("%d are recorded, want %d (%v)", len(same), offer.Identical, err)
	}
	if _, err := r.c.begin(r.ctx, judge.Ask{PromptID: r.ask.PromptID, Mode: session.JudgePairs, Judge: session.JudgeIdentical}); err == nil {
		t.Error("a person may not judge under the name of equal answers")
	}
}

// Two workspaces that differ in the names of models, in costs and in times show
// the same sitting.
func TestBlindToModelsAndCosts(t *testing.T) {
	var shown [2][]session.Duel
	for i := range shown {
		r := newCourtroom(t, "triage")
		r.d.seed = func() uint64 { return 42 }
		if i == 1 {
			db := openRaw(t, r.path)
			for _, stmt := range []string{
				"UPDATE cells SET model = 'aardvark/one' WHERE model LIKE 'embedded/%'",
				"UPDATE outputs SET cost_usd = 0.25, total_ms = 99999, model = 'aardvark', input_tokens = 7, output_tokens = 70000",
			} {
				if _, err := db.Exec(stmt); err != nil {
					t.Fatal(err)
				}
			}
		}
		s := r.must(r.c.begin(r.ctx, r.ask))
		for range 20 {
			shown[i] = append(shown[i], *s.Duel)
			s = r.rule(s, session.ChoiceLeft)
		}
	}
	for i := range shown[0] {
		if !reflect.DeepEqual(shown[0][i], shown[1][i]) {
			t.Errorf("duel %d: %+v\nwith other names %+v", i+1, shown[0][i], shown[1][i])
		}
	}
}
