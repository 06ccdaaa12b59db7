package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// ranOver asks a variant about all cases of its prompt and answers each.
func ranOver(t *testing.T, s *Store, v session.VariantInfo, takes int, say func(c session.Case, take int) session.Output) session.Run {
	t.Helper()
	ctx := t.Context()
	cases, err := s.Cases(ctx, v.PromptID)
	must(t, err)
	run := session.Run{PromptID: v.PromptID, Prompt: v.Prompt}
	var proofs []session.Proof
	var cells []session.Cell
	var of []session.Case
	for _, c := range cases {
		p := session.Compose(v.Revision.Content, c, session.Order{})
		proofs = append(proofs, p)
		for take := 1; take <= takes; take++ {
			of = append(of, c)
			cells = append(cells, session.Cell{
				Index: len(cells), Contestant: session.Contestant{RevisionID: v.Revision.ID, Variant: v.Ref(), Model: "embedded/nearest"},
				CaseID: c.ID, CaseName: c.Name, CaseTags: c.Tags, CaseVars: c.Vars, Wanted: c.Wanted, Take: take, Proof: p.Hash,
			})
		}
	}
	run, cells, err = s.StartRun(ctx, run, proofs, cells, "me")
	must(t, err)
	for i, c := range cells {
		if out := say(of[i], c.Take); out.Status != "" {
			must(t, ask(s, c, out))
		}
	}
	run, err = s.EndRun(ctx, run.ID, "me", session.RunDone)
	must(t, err)
	return run
}

func saying(words text.Raw) session.Output {
	return session.Output{Status: session.StatusDone, Text: words}
}

func bindingTo(down session.Prompt, v string, up session.VariantInfo, r session.Run, take int) session.Binding {
	return session.Binding{
		PromptID: down.ID, Var: text.Raw(v), FromID: up.PromptID, RunID: r.ID, Take: take,
		Contestant: session.Contestant{RevisionID: up.Revision.ID, Variant: up.Ref(), Model: "embedded/nearest"},
	}
}

func vars(c session.Case) string {
	var out []string
	for _, v := range c.Vars {
		out = append(out, string(v.Name)+"="+string(v.Value))
	}
	return string(c.Name) + ": " + strings.Join(out, " ")
}

func all(cases []session.Case) (out []string) {
	for _, c := range cases {
		out = append(out, vars(c))
	}
	return out
}

// upstream is a prompt of three cases, run with two takes; its c3 has no whole
// answer.
func upstream(t *testing.T, s *Store, name string) (session.VariantInfo, session.Run) {
	t.Helper()
	p := prompt(t, s, name)
	v := variant(t, s, p, "v", "From {{ticket}}")
	w := text.Raw("wanted there")
	_, err := s.CreateCases(t.Context(), p.ID, []session.Case{
		{Name: "c1", Vars: []session.Var{{Name: "ticket", Value: "t1"}}, Wanted: &w, Tags: []text.Raw{"easy"}},
		{Name: "c2", Vars: []session.Var{{Name: "ticket", Value: "t2"}}, Split: session.SplitHoldout},
		{Name: "c3", Vars: []session.Var{{Name: "ticket", Value: "t3"}}},
	})
	must(t, err)
	return v, ranOver(t, s, v, 2, func(c session.Case, take int) session.Output {
		if c.Name == "c3" {
			return session.Output{Status: session.StatusTruncated, Text: "half"}
		}
		return session.Output{Status: session.StatusDone, Prefill: "{", Text: text.Raw(string(c.Name) + name + strings.Repeat("'", take))}
	})
}

func TestBorrowedCases(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	up, run := upstream(t, s, "facts")
	down := prompt(t, s, "summary")
	mine := text.Raw("mine")
	own, err := s.CreateCases(ctx, down.ID, []session.Case{
		{Name: "x", Vars: []session.Var{{Name: "ticket", Value: "other"}}},
		{Name: "c2", Vars: []session.Var{{Name: "facts", Value: "typed"}, {Name: "k", Value: "1"}}, Wanted: &mine, Tags: []text.Raw{"hard"}},
	})
	must(t, err)
	before := state(t, s)
	b, err := s.PutBinding(ctx, bindingTo(down, "facts", up, run, 1))
	must(t, err)
	if list, err := s.Bindings(ctx, down.ID); err != nil || len(list) != 1 || list[0] != b || b.From != "facts" || b.Contestant.RevisionID != up.Revision.ID {
		t.Errorf("%+v, %v", list, err)
	}
	cases, err := s.Cases(ctx, down.ID)
	must(t, err)
	if diff := cmp.Diff([]string{"x: ticket=other", "c2: facts={c2facts' k=1 ticket=t2", "c1: ticket=t1 facts={c1facts'"}, all(cases)); diff != "" {
		t.Error(diff)
	}
	if c := cases[1]; c.ID != own[1].ID || c.Wanted == nil || c.Borrowed != "" || c.Split != session.SplitDev || c.Tags[0] != "hard" {
		t.Errorf("own: %+v", c)
	}
	if c := cases[2]; c.ID != 0 || c.Wanted != nil || c.Borrowed != "facts" || c.UID != b.UID+"/c1" || c.Tags[0] != "easy" || c.PromptID != down.ID {
		t.Errorf("borrowed: %+v", c)
	}
	if p, err := s.Prompt(ctx, "summary"); err != nil || p.Cases != 3 {
		t.Errorf("%d cases, %v", p.Cases, err)
	}
	if c, err := s.Case(ctx, down.ID, "c1"); err != nil || vars(c) != "c1: ticket=t1 facts={c1facts'" {
		t.Errorf("%+v, %v", c, err)
	}
	var n *NotFound
	if _, err := s.Case(ctx, down.ID, "c3"); !errors.As(err, &n) {
		t.Errorf("a case without a whole answer: %v", err)
	}

	// A borrowed case is changed where it is; a change of an own one writes down
	// nothing that was lent to it.
	for what, err := range map[string]error{
		"edit": s.UpdateCase(ctx, cases[2]), "rename": s.RenameCase(ctx, 0, "y"), "delete": s.DeleteCase(ctx, 0),
	} {
		if !errors.Is(err, errBorrowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	c := cases[1]
	c.Tags = []text.Raw{"changed"}
	must(t, s.UpdateCase(ctx, c))
	must(t, s.DeleteBinding(ctx, b.ID))
	if now, err := s.Cases(ctx, down.ID); err != nil || cmp.Diff([]string{"x: ticket=other", "c2: facts=typed k=1"}, all(now)) != "" || now[1].Tags[0] != "changed" {
		t.Errorf("%v, %v", all(now), err)
	}
	if h := history(t, s); h[0].Verb != "unbind" || h[0].Name != "summary" || h[2].Verb != "bind" ||
		h[2].Detail != "{{facts}} to facts, facts/v@1 embedded/nearest of r1" {
		t.Errorf("%+v", h[:3])
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	c = cases[1]
	c.Vars = slices.Clone(c.Vars)
	c.Vars[0].Value = "typed anew"
	if err := s.UpdateCase(ctx, c); err == nil || !strings.Contains(err.Error(), "is bound to outputs of facts") {
		t.Errorf("%v", err)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if now := state(t, s); now != before {
		t.Errorf("after undo:\n%s\nbefore:\n%s", now, before)
	}
}

// With all takes bound, each is a case of its own, that nothing pools with others.
func TestEachTakeIsACase(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	up, run := upstream(t, s, "facts")
	down := prompt(t, s, "summary")
	v := variant(t, s, down, "v", "{{facts}}")
	w := variant(t, s, down, "w", "Of {{facts}}")
	mine := text.Raw("mine")
	_, err := s.CreateCases(ctx, down.ID, []session.Case{{Name: "c2", Wanted: &mine}})
	must(t, err)
	_, err = s.PutBinding(ctx, bindingTo(down, "facts", up, run, 0))
	must(t, err)
	cases, err := s.Cases(ctx, down.ID)
	must(t, err)
	want := []string{"c2: ticket=t2 facts={c2facts'", "c2#2: ticket=t2 facts={c2facts''", "c1: ticket=t1 facts={c1facts'", "c1#2: ticket=t1 facts={c1facts''"}
	if diff := cmp.Diff(want, all(cases)); diff != "" {
		t.Error(diff)
	}
	if cases[0].ID == 0 || cases[1].ID != 0 || cases[1].Wanted == nil || *cases[1].Wanted != mine || cases[1].Borrowed != "facts" || cases[2].Wanted != nil {
		t.Errorf("%+v", cases)
	}
	seen := map[session.CaseKey]bool{}
	uids := map[string]bool{}
	for _, c := range cases {
		seen[session.CaseKey{ID: c.ID, Name: c.Name}], uids[c.UID] = true, true
	}
	if len(seen) != 4 || len(uids) != 4 {
		t.Errorf("%v %v", seen, uids)
	}
	a := ranOver(t, s, v, 1, func(c session.Case, _ int) session.Output { return saying("a " + c.Name) })
	b := ranOver(t, s, w, 1, func(c session.Case, _ int) session.Output { return saying("b " + c.Name) })
	var res []session.Result
	for _, r := range []session.Run{a, b} {
		got, err := s.Results(ctx, r.ID)
		must(t, err)
		res = append(res, got...)
	}
	for i, r := range res {
		if r.Cell.Case() != (session.CaseKey{ID: cases[i%4].ID, Name: cases[i%4].Name}) {
			t.Errorf("cell %d is of %+v", i, r.Cell.Case())
		}
	}
	d := session.NewDocket(session.Sitting{Judge: "me", Mode: session.JudgePairs, PromptID: down.ID, Of: 9}, "", res, nil, nil)
	if n := d.Waiting(); n != 4 {
		t.Errorf("%d duels of 4", n)
	}
	newest, err := s.LatestResults(ctx, down.ID, []session.Contestant{{RevisionID: v.Revision.ID, Model: "embedded/nearest"}})
	if err != nil || len(newest) != 4 {
		t.Errorf("%d newest, %v", len(newest), err)
	}
	for _, x := range session.Scores(res, false, false) {
		if x.Graded != 2 || x.Cases != 2 {
			t.Errorf("%+v", x)
		}
	}
}

// A mark on a borrowed case is this prompt's own and is kept with the case that it
// goes back to, however far up that is; its takes share it.
func TestMarksOnBorrowedCases(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	facts, r1 := upstream(t, s, "facts")
	summary, title := prompt(t, s, "summary"), prompt(t, s, "title")
	_, err := s.CreateCases(ctx, summary.ID, []session.Case{{Name: "c2"}})
	must(t, err)
	_, err = s.PutBinding(ctx, bindingTo(summary, "facts", facts, r1, 0))
	must(t, err)
	sv := variant(t, s, summary, "v", "{{facts}}")
	r2 := ranOver(t, s, sv, 1, func(c session.Case, _ int) session.Output { return saying("S" + c.Name) })
	_, err = s.PutBinding(ctx, bindingTo(title, "summary", sv, r2, 1))
	must(t, err)
	mark := func(p session.Prompt, name string, grade int, by text.Raw) error {
		t.Helper()
		c, err := s.Case(ctx, p.ID, name)
		must(t, err)
		return s.PutRelevance(ctx, session.Relevance{PromptID: p.ID, CaseID: c.Row(), Hash: "h", Grade: grade, By: by})
	}
	told := func(p session.Prompt) (out []string) {
		t.Helper()
		list, err := s.Relevances(ctx, p.ID)
		must(t, err)
		cases, err := s.Cases(ctx, p.ID)
		must(t, err)
		for _, c := range cases {
			if g, ok := session.Marks(list, c)["h"]; ok {
				out = append(out, fmt.Sprint(c.Name, " ", g))
			}
		}
		return out
	}
	must(t, mark(summary, "c1#2", 3, "ann"))
	must(t, mark(summary, "c2", 1, "ann"))
	must(t, mark(title, "c1", 2, "ben"))
	if got := told(summary); !slices.Equal(got, []string{"c2 1", "c2#2 1", "c1 3", "c1#2 3"}) {
		t.Errorf("summary: %q", got)
	}
	if got := told(title); !slices.Equal(got, []string{"c1 2", "c1#2 2"}) {
		t.Errorf("title: %q", got)
	}
	if got := told(session.Prompt{ID: facts.PromptID}); len(got) != 0 {
		t.Errorf("a mark downstream shows upstream: %q", got)
	}
	// One person has one mark of a text and case, whichever prompt asks.
	if err := mark(title, "c1", 0, "ann"); err == nil || !strings.Contains(err.Error(), "in the prompt summary already") {
		t.Errorf("%v", err)
	}
	must(t, mark(summary, "c1", -1, "ann"))
	_, err = s.Undo(ctx, 1)
	must(t, err)
	// What was marked stays when the case becomes the prompt's own.
	_, err = s.CreateCases(ctx, summary.ID, []session.Case{{Name: "c1"}})
	must(t, err)
	if got := told(summary); !slices.Equal(got, []string{"c2 1", "c2#2 1", "c1 3"}) {
		t.Errorf("with a case of its own: %q", got)
	}
	other := prompt(t, s, "other")
	c, err := s.Case(ctx, facts.PromptID, "c1")
	must(t, err)
	if err := s.PutRelevance(ctx, session.Relevance{PromptID: other.ID, CaseID: c.ID, Hash: "h", Grade: 1}); err == nil {
		t.Error("a prompt that borrows nothing marks another's case")
	}
	must(t, s.DeleteCase(ctx, c.ID))
	if c, err = s.Case(ctx, title.ID, "c1"); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRelevance(ctx, session.Relevance{PromptID: title.ID, CaseID: c.Row(), Hash: "g", Grade: 1}); c.Row() == 0 && !errors.Is(err, errNoOrigin) {
		t.Errorf("row %d: %v", c.Row(), err)
	}
	if err := s.PutRelevance(ctx, session.Relevance{Hash: "h", Grade: 1}); !errors.Is(err, errNoOrigin) {
		t.Errorf("no row: %v", err)
	}
}

// facts → summary → title: what is bound further down stands on what was borrowed
// above, and its split with it. Feeding the first with the last is a cycle.
func TestAChainOfThree(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	facts, r1 := upstream(t, s, "facts")
	summary, title := prompt(t, s, "summary"), prompt(t, s, "title")
	_, err := s.PutBinding(ctx, bindingTo(summary, "facts", facts, r1, 2))
	must(t, err)
	sv := variant(t, s, summary, "v", "{{facts}}")
	r2 := ranOver(t, s, sv, 1, func(c session.Case, _ int) session.Output { return saying("S" + c.Name) })
	_, err = s.PutBinding(ctx, bindingTo(title, "summary", sv, r2, 1))
	must(t, err)
	_, err = s.PutBinding(ctx, bindingTo(title, "first", facts, r1, 1))
	must(t, err)
	cases, err := s.Cases(ctx, title.ID)
	must(t, err)
	want := []string{"c1: ticket=t1 facts={c1facts'' summary=Sc1 first={c1facts'", "c2: ticket=t2 facts={c2facts'' summary=Sc2 first={c2facts'"}
	if diff := cmp.Diff(want, all(cases)); diff != "" {
		t.Error(diff)
	}
	if cases[0].Split != session.SplitDev || cases[1].Split != session.SplitHoldout {
		t.Errorf("%+v", cases)
	}
	tv := variant(t, s, title, "v", "{{summary}}")
	r3 := ranOver(t, s, tv, 1, func(session.Case, int) session.Output { return saying("T") })
	var c *Cycle
	facts0 := session.Prompt{ID: facts.PromptID}
	if _, err := s.PutBinding(ctx, bindingTo(facts0, "ticket", tv, r3, 1)); !errors.As(err, &c) || !slices.Equal(c.Path, []string{"facts", "summary", "title", "facts"}) {
		t.Errorf("%v", err)
	}
	if _, err := s.PutBinding(ctx, bindingTo(facts0, "ticket", facts, r1, 1)); err == nil || !strings.Contains(err.Error(), "facts → facts;") {
		t.Errorf("%v", err)
	}
	if _, err := s.PutBinding(ctx, bindingTo(summary, "t", tv, r3, 1)); !errors.As(err, &c) || !slices.Equal(c.Path, []string{"summary", "title", "summary"}) {
		t.Errorf("%v", err)
	}
	// It is frozen: what becomes of the case upstream does not matter.
	c1, err := s.Case(ctx, facts.PromptID, "c1")
	must(t, err)
	must(t, s.DeleteCase(ctx, c1.ID))
	if now, err := s.Cases(ctx, title.ID); err != nil || cmp.Diff(want, all(now)) != "" {
		t.Errorf("%v, %v", all(now), err)
	}
	twin, err := s.CopyPrompt(ctx, title.ID, "headline")
	must(t, err)
	if now, err := s.Cases(ctx, twin.ID); err != nil || cmp.Diff(want, all(now)) != "" {
		t.Errorf("of a copy: %v, %v", all(now), err)
	}
}

func TestBindingsThatGiveNothing(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	up, run := upstream(t, s, "facts")
	down := prompt(t, s, "summary")
	_, err := s.CreateCases(ctx, down.ID, []session.Case{{Name: "x"}})
	must(t, err)
	good := bindingTo(down, "facts", up, run, 1)
	st, err := s.CreateStudy(ctx, session.Study{PromptID: up.PromptID, Kind: "drop", Spec: json.RawMessage(`{}`)})
	must(t, err)
	studied := asked(t, s, up, st.ID, 0)
	going, _ := start(t, s, up, 1, "me")
	for what, b := range map[string]func(*session.Binding){
		"no variable":         func(b *session.Binding) { b.Var = "" },
		"no text":             func(b *session.Binding) { b.Var = "\xff" },
		"no prompt":           func(b *session.Binding) { b.FromID = 99 },
		"no run":              func(b *session.Binding) { b.RunID = 99 },
		"another's run":       func(b *session.Binding) { b.FromID = down.ID },
		"a take that is none": func(b *session.Binding) { b.Take = 3 },
		"before the first":    func(b *session.Binding) { b.Take = -1 },
		"another model":       func(b *session.Binding) { b.Contestant.Model = "x/y" },
		"an arm":              func(b *session.Binding) { b.Contestant.Arm = "n=3" },
		"a study's run":       func(b *session.Binding) { b.RunID = studied.ID },
		"a run that goes on":  func(b *session.Binding) { b.RunID = going.ID },
	} {
		bad := good
		b(&bad)
		if _, err := s.PutBinding(ctx, bad); err == nil {
			t.Errorf("%s was bound", what)
		}
	}
	first, err := s.PutBinding(ctx, good)
	must(t, err)
	n := len(history(t, s))
	if same, err := s.PutBinding(ctx, good); err != nil || same.ID != first.ID || len(history(t, s)) != n {
		t.Errorf("the same again: %+v, %v", same, err)
	}
	good.Take = 2
	second, err := s.PutBinding(ctx, good)
	if list, err2 := s.Bindings(ctx, down.ID); err != nil || err2 != nil || len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("%v %v %v", list, err, err2)
	}
	for what, gone := range map[string]func() error{
		"r1 was deleted":          func() error { return s.DeleteRun(ctx, run.ID) },
		"that prompt was deleted": func() error { return s.DeletePrompt(ctx, up.PromptID) },
	} {
		must(t, gone())
		cases, err := s.Cases(ctx, down.ID)
		var u *Unbound
		if !errors.As(err, &u) || u.Why != what || u.Prompt != "summary" || u.From != "facts" || !slices.Equal(all(cases), []string{"x: "}) {
			t.Errorf("%v: %v", all(cases), err)
		}
		if _, err := s.Upstreams(ctx, second); !errors.As(err, &u) {
			t.Error(err)
		}
		if c, err := s.Case(ctx, down.ID, "x"); !errors.As(err, &u) || c.Name != "x" {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := s.Case(ctx, down.ID, "c1"); !errors.As(err, &u) {
			t.Errorf("%v", err)
		}
		if p, err := s.Prompt(ctx, "summary"); err != nil || p.Cases != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		if list, err := s.Bindings(ctx, down.ID); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		_, err = s.Undo(ctx, 1)
		must(t, err)
	}
	if ups, err := s.Upstreams(ctx, second); err != nil || len(ups) != 2 || ups[0].Text != "{c1facts''" || ups[0].Take != 2 {
		t.Errorf("%+v, %v", ups, err)
	}
}

// A look at borrowed cases of the holdout is one look at them.
func TestLooks(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, t.TempDir()+"/g.db", Options{Create: true, Now: clock.now})
	up, _ := upstream(t, s, "facts")
	l, err := s.Looks(ctx, up.PromptID)
	if err != nil || l.Cases != 1 || l.Times != 1 || l.LastMS != clock.now() {
		t.Errorf("%+v, %v", l, err)
	}
	clock.advance(1e9)
	run := asked(t, s, up, 0, 0) // of no case that is held out
	if run.Holdout != 0 {
		t.Errorf("%+v", run)
	}
	seen := asked(t, s, up, 0, 2) // borrowed ones, which the caller counts
	must(t, s.DeleteRun(ctx, seen.ID))
	if l, err = s.Looks(ctx, up.PromptID); err != nil || l.Times != 2 || l.LastMS != clock.now() {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestCorrectingABorrowedCase(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	up, r := upstream(t, s, "digest")
	down := prompt(t, s, "reply")
	v := variant(t, s, down, "plain", "{{summary}}")
	_, err := s.PutBinding(ctx, bindingTo(down, "summary", up, r, 0))
	must(t, err)
	asked := ranOver(t, s, v, 1, func(session.Case, int) session.Output { return saying("no") })
	results, err := s.Results(ctx, asked.ID)
	must(t, err)
	before, err := s.Cases(ctx, down.ID)
	must(t, err)
	// The first and a later take of one case, each of which has no row.
	for i, k := range []string{"c1", "c1#2"} {
		at := slices.IndexFunc(results, func(r session.Result) bool { return string(r.Cell.CaseName) == k })
		if at < 0 {
			t.Fatalf("no output of %s among %d", k, len(results))
		}
		words := text.Raw([]string{"yes", "yes indeed"}[i])
		_, err := s.Correct(ctx, results[at].Cell.ID, "ana", words)
		must(t, err)
		c, err := s.Case(ctx, down.ID, "c1")
		must(t, err)
		if c.ID == 0 || c.Wanted == nil || *c.Wanted != words {
			t.Errorf("after %s was corrected: %+v", k, c)
		}
		if got, _ := c.Lookup("summary"); got == "" {
			t.Errorf("after %s was corrected nothing comes from upstream: %+v", k, c)
		}
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	after, err := s.Cases(ctx, down.ID)
	must(t, err)
	if d := cmp.Diff(all(before), all(after)); d != "" {
		t.Errorf("two undos later (-before +after):\n%s", d)
	}
}

// Takes of takes are cases of their own, with names of their own; what is said here of
// a case holds for all of its takes, and its split is kept however far up it was made.
func TestTakesOfTakes(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	up, r1 := upstream(t, s, "digest")
	mid := prompt(t, s, "reply")
	v := variant(t, s, mid, "v", "{{summary}}")
	_, err := s.PutBinding(ctx, bindingTo(mid, "summary", up, r1, 0))
	must(t, err)
	r2 := ranOver(t, s, v, 2, func(c session.Case, take int) session.Output {
		return saying(text.Raw(string(c.Name) + " again" + strings.Repeat("'", take)))
	})
	down := prompt(t, s, "final")
	_, err = s.PutBinding(ctx, bindingTo(down, "text", v, r2, 0))
	must(t, err)
	splits := func() (out []string) {
		cases, err := s.Cases(ctx, down.ID)
		must(t, err)
		for _, c := range cases {
			said, _ := c.Lookup("text")
			out = append(out, string(c.Name)+" "+string(c.Split)+" "+string(said))
		}
		return out
	}
	want := []string{
		"c1 dev c1 again'", "c1#2 dev c1 again''", "c1#2#1 dev c1#2 again'", "c1#2#2 dev c1#2 again''",
		"c2 holdout c2 again'", "c2#2 holdout c2 again''", "c2#2#1 holdout c2#2 again'", "c2#2#2 holdout c2#2 again''",
	}
	if d := cmp.Diff(want, splits()); d != "" {
		t.Errorf("takes of takes (-want +got):\n%s", d)
	}
	must(t, s.DeleteRun(ctx, r1.ID))
	if d := cmp.Diff(want, splits()); d != "" {
		t.Errorf("after the run two prompts up was deleted (-want +got):\n%s", d)
	}
	w := text.Raw("right")
	_, err = s.CreateCases(ctx, down.ID, []session.Case{{Name: "c1", Wanted: &w, Split: session.SplitHoldout}})
	must(t, err)
	cases, err := s.Cases(ctx, down.ID)
	must(t, err)
	for _, c := range cases {
		mine := strings.HasPrefix(string(c.Name), "c1")
		if mine != (c.Wanted != nil) || c.Split != session.SplitHoldout {
			t.Errorf("%s: wanted %v, split %s", c.Name, c.Wanted, c.Split)
		}
	}
	if len(cases) != len(want) {
		t.Errorf("%d cases", len(cases))
	}
}
