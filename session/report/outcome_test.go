package report

import (
	"strings"
	"testing"

	"galley/session"
)

func TestOutcomes(t *testing.T) {
	for _, x := range []struct {
		o                         session.Outcome
		short, verdicts, sentence string
	}{
		{session.Outcome{}, "", "", "Nothing came of it yet: Bench runs it."},
		{session.Outcome{Runs: 1}, "", "", "One run, and no answer was graded or judged: Judge compares them, and cases with wanted answers grade them."},
		{session.Outcome{Runs: 1, Right: 2, Wrong: 2, Cases: 4}, "2 of 4", "", "2 of 4 right. Whether that differs from another revision, a run of both in Bench tells."},
		{session.Outcome{Runs: 2, Right: 41, Wrong: 19, Cases: 60, Duels: session.Duels{Wins: 9, Losses: 4, Ties: 2}}, "41 of 60, 68%, 56–79%", "9 won, 4 lost, 2 ties",
			"41 of 60 right (68%, 95% interval 56–79%); 9 won, 4 lost, 2 ties. Whether that differs from another revision, a run of both in Bench tells."},
		{session.Outcome{Runs: 3, Right: 6, Wrong: 6, Cases: 4}, "6 of 12", "", ""}, // twelve answers of four cases: no percent
		{session.Outcome{Runs: 1, Duels: session.Duels{Wins: 2}, Outside: session.Duels{Wins: 3, Losses: 1}}, "", "2 won, 0 lost, 0 ties; from files 3 won, 1 lost, 0 ties",
			"2 won, 0 lost, 0 ties; from files 3 won, 1 lost, 0 ties, whose judges may be models. Judge goes on."},
		{session.Outcome{Runs: 1, Duels: session.Duels{Ties: 1}, Pass: 3, Fail: 1}, "", "0 won, 0 lost, 1 tie; 3 pass, 1 fail", "0 won, 0 lost, 1 tie; 3 pass, 1 fail. Judge goes on."},
	} {
		if got := OutcomeShort(x.o); got != x.short {
			t.Errorf("%+v: short %q, want %q", x.o, got, x.short)
		}
		if got := OutcomeVerdicts(x.o); got != x.verdicts {
			t.Errorf("%+v: verdicts %q, want %q", x.o, got, x.verdicts)
		}
		if got := OutcomeSentence(x.o); x.sentence != "" && got != x.sentence {
			t.Errorf("%+v: %q, want %q", x.o, got, x.sentence)
		}
		if strings.Contains(OutcomeSentence(x.o), "%") && x.o.Cases < 5 {
			t.Errorf("%+v: a percent of too few", x.o)
		}
	}
	if r, lo, hi, ok := OutcomeRate(session.Outcome{Right: 40, Wrong: 20, Cases: 20}); !ok || !(hi-lo > 0.3) || r <= lo || r >= hi {
		t.Errorf("takes of one case are no cases of their own: %v %v %v", r, lo, hi)
	}
	if _, _, _, ok := OutcomeRate(session.Outcome{}); ok {
		t.Error("a rate of nothing")
	}
}
