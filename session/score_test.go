package session_test

import (
	"testing"

	"galley/session"
	"galley/session/text"
)

func result(variant, name string, o session.Order, status session.Status, answer text.Raw, tags ...text.Raw) session.Result {
	wanted := text.Raw("Yes")
	return session.Result{
		Cell: session.Cell{
			Contestant: session.Contestant{Variant: session.VariantRef{Prompt: "p", Variant: variant, Revision: 1}, Model: "m/m"},
			CaseName:   text.Raw(name), Take: 1, Order: o, CaseTags: tags, Wanted: &wanted,
		},
		Output: session.Output{Status: status, Text: answer},
	}
}

func TestScores(t *testing.T) {
	as, s1 := session.Order{}, session.Seeded(1)
	rs := []session.Result{
		result("a", "c1", as, session.StatusDone, " yes\n", "easy"),
		result("a", "c1", s1, session.StatusDone, "no", "easy"),
		result("b", "c1", as, session.StatusError, "", "easy"),
		result("a", "c2", as, session.StatusTruncated, "yes", "easy", "odd"),
		result("a", "c3", as, session.StatusWaiting, ""),
	}
	got := session.Scores(rs, false, false)
	if len(got) != 2 {
		t.Fatalf("got %d scores, want one a contestant", len(got))
	}
	a, b := got[0], got[1]
	if a.Cells != 4 || a.Done != 3 || a.Failed != 0 || a.Right != 1 || a.Graded != 2 || a.Cases != 1 {
		t.Errorf("a: %+v", a)
	}
	if b.Cells != 1 || b.Done != 0 || b.Failed != 1 || b.Graded != 0 {
		t.Errorf("b: %+v", b)
	}
	if got := session.Scores(rs, true, false); len(got) != 3 || got[1].Order != s1 || got[1].Right != 0 || got[1].Graded != 1 || got[1].Cases != 1 {
		t.Errorf("by order: %+v", got)
	}
	tags := map[text.Raw]int{}
	for _, s := range session.Scores(rs, false, true) {
		tags[s.Tag] += s.Cells
	}
	if tags["easy"] != 4 || tags["odd"] != 1 || tags[""] != 1 {
		t.Errorf("by tag: %v", tags)
	}
}

func TestSeveralOrders(t *testing.T) {
	a := result("a", "c1", session.Order{}, session.StatusDone, "x")
	b := result("b", "c1", session.Seeded(1), session.StatusDone, "x")
	if session.SeveralOrders([]session.Result{a, b}) {
		t.Error("two variants with an order each are taken for one under several")
	}
	b.Cell.Contestant = a.Cell.Contestant
	if !session.SeveralOrders([]session.Result{a, b}) {
		t.Error("two orders of one contestant are not seen")
	}
}

func TestOrderChanges(t *testing.T) {
	as, s1 := session.Order{}, session.Seeded(1)
	rs := []session.Result{
		result("a", "c1", as, session.StatusDone, "yes"),
		result("a", "c1", s1, session.StatusDone, " YES "),
		result("a", "c2", as, session.StatusDone, "yes"),
		result("a", "c2", s1, session.StatusDone, "no"),
		result("a", "c3", as, session.StatusDone, "yes"),
		result("a", "c3", s1, session.StatusError, ""),
		result("b", "c1", s1, session.StatusDone, "no"),
		result("b", "c1", s1, session.StatusDone, "yes"), // the variant's own order, asked for by name as well
	}
	changes, compared := session.OrderChanges(rs)
	if compared != 2 || len(changes) != 1 {
		t.Fatalf("compared %d, changed %d: want 2 and 1", compared, len(changes))
	}
	c := changes[0]
	if c.CaseName != "c2" || len(c.Answers) != 2 || c.Answers[1].Order != s1 || c.Answers[0].Grade != session.GradeRight || c.Answers[1].Grade != session.GradeWrong {
		t.Errorf("got %+v", c)
	}
}
