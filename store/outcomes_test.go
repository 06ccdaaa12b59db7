package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestOutcomes(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "one")
	other := variant(t, s, p, "w", "other")
	second, _, err := s.Save(ctx, v.ID, v.Revision.ID, content("two"), "")
	must(t, err)
	third, _, err := s.Save(ctx, v.ID, second.ID, content("three"), "")
	must(t, err)
	w := text.Raw("Billing")
	_, err = s.CreateCases(ctx, p.ID, []session.Case{{Name: "a", Wanted: &w}, {Name: "b", Wanted: &w}, {Name: "c"}, {Name: "d", Wanted: &w}})
	must(t, err)
	say := func(words ...text.Raw) func(session.Case, int) session.Output {
		return func(c session.Case, _ int) session.Output {
			i := int(c.Name[0] - 'a')
			if words[i] == "" {
				return session.Output{}
			}
			return saying(words[i])
		}
	}
	at := func(v session.VariantInfo, r session.Revision) session.VariantInfo {
		v.Revision = r
		return v
	}
	r1 := ranOver(t, s, v, 1, say("billing ", "wrong", "x", "billing"))
	ranOver(t, s, v, 1, say("billing", "", "", ""))
	gone := ranOver(t, s, v, 1, say("wrong", "wrong", "wrong", "wrong"))
	r2 := ranOver(t, s, at(v, second), 1, say("wrong", "x", "x", ""))
	r3 := ranOver(t, s, other, 1, say("y", "y", "y", "y"))
	must(t, s.DeleteRun(ctx, gone.ID))
	st, err := s.CreateStudy(ctx, session.Study{PromptID: p.ID, Kind: "drop", Spec: json.RawMessage(`{}`)})
	must(t, err)
	asked(t, s, at(v, third), st.ID, 0)

	cells := map[int64][]session.Result{}
	for _, r := range []session.Run{r1, r2, r3} {
		cells[r.ID], err = s.Results(ctx, r.ID)
		must(t, err)
	}
	sat, err := s.BeginSitting(ctx, session.Sitting{PromptID: p.ID, Judge: "ann", Mode: session.JudgePairs, RunIDs: []int64{r1.ID}, Seed: 1, Of: 20})
	must(t, err)
	duel := func(l, r session.Run, i int, c session.Choice, f func(*session.Verdict)) session.Verdict {
		x := between(p.ID, cells[l.ID][i], cells[r.ID][i])
		x.Judge, x.Choice, x.SittingID = "ann", c, sat.ID
		if f != nil {
			f(&x)
		}
		made, err := s.AddVerdicts(ctx, []session.Verdict{x})
		must(t, err)
		return made[0]
	}
	duel(r1, r3, 0, session.ChoiceRight, nil) // decided anew below
	first := duel(r3, r1, 0, session.ChoiceRight, nil)
	duel(r1, r3, 1, session.ChoiceRight, nil)
	duel(r1, r3, 2, session.ChoiceTie, nil)
	duel(r1, r2, 0, session.ChoiceBothBad, nil)
	duel(r1, r2, 1, session.ChoiceLeft, nil)
	duel(r1, r3, 3, session.ChoiceSkip, nil)
	duel(r1, r3, 0, session.ChoiceRight, func(v *session.Verdict) { v.RepeatOf = first.ID })
	duel(r1, r3, 3, session.ChoiceLeft, func(v *session.Verdict) { v.Known = true })
	duel(r1, r3, 3, session.ChoiceTie, func(v *session.Verdict) { v.Judge = session.JudgeIdentical })
	duel(r1, r1, 3, session.ChoiceLeft, nil)
	duel(r1, r2, 0, session.ChoiceLeft, func(v *session.Verdict) { v.Judge, v.SittingID = "lab/model", 0 }) // of a file
	duel(r1, r3, 1, session.ChoiceTie, func(v *session.Verdict) { v.Judge, v.SittingID = "lab/model", 0 })
	for i, c := range []session.Choice{session.ChoicePass, session.ChoicePass, session.ChoiceFail} {
		x := between(p.ID, cells[r1.ID][i], session.Result{})
		x.Judge, x.Mode, x.Right, x.Choice = "ann", session.JudgePassFail, session.Side{}, c
		_, err := s.Label(ctx, x)
		must(t, err)
	}
	got, err := s.Outcomes(ctx, v.ID)
	want := []session.Outcome{
		{RevisionID: third.ID},
		{RevisionID: second.ID, Runs: 1, Wrong: 2, Cases: 2, Duels: session.Duels{Losses: 1, Ties: 1}, Outside: session.Duels{Losses: 1}},
		{RevisionID: v.Revision.ID, Runs: 2, Right: 3, Wrong: 1, Cases: 3, Duels: session.Duels{Wins: 2, Losses: 1, Ties: 2}, Pass: 2, Fail: 1, Outside: session.Duels{Wins: 1, Ties: 1}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	must(t, s.DeleteVariant(ctx, v.ID)) // its outputs and verdicts stay, and the revision that they are of
	if got, err := s.Outcomes(ctx, v.ID); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("%+v, %v", got, err)
	}
	res, err := s.Result(ctx, cells[r1.ID][0].Cell.ID)
	must(t, err)
	if rev, err := s.Revision(ctx, res.Cell.Contestant.RevisionID); err != nil || rev.Content.Blocks[0].Text != "one" {
		t.Errorf("the revision of an output of a deleted variant: %+v, %v", rev, err)
	}
	if got, err := s.Outcomes(ctx, 99); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
