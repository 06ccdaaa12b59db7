package report_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"galley/session"
	"galley/session/report"
	"galley/session/stats"
	"galley/session/text"
)

func who(rev int64, name string) session.Contestant {
	return session.Contestant{RevisionID: rev, Variant: session.VariantRef{Prompt: "triage", Variant: name, Revision: int(rev)}, Model: "m"}
}

var zero, five, ten = who(1, "zero-shot"), who(2, "five-shot"), who(3, "ten-shot")

// desk makes verdicts: each on a case of its own, sides by turns.
type desk struct {
	out   []session.Verdict
	judge text.Raw
	cases int
}

func (d *desk) add(a, b session.Contestant, c session.Choice) *session.Verdict {
	d.cases++
	v := session.Verdict{
		ID: int64(len(d.out) + 1), Judge: d.judge, Mode: session.JudgePairs, Choice: c, Take: 1,
		Case: session.CaseKey{ID: int64(d.cases), Name: text.Raw(fmt.Sprintf("c%d", d.cases))}, CaseTags: []text.Raw{text.Raw(fmt.Sprintf("t%d", d.cases%2))},
		Left:  session.Side{Contestant: a, CellID: int64(1000*d.cases + 1), Length: 100},
		Right: session.Side{Contestant: b, CellID: int64(1000*d.cases + 2), Length: 100},
	}
	if d.cases%2 == 0 {
		v.Left, v.Right, v.Choice = v.Right, v.Left, c.Swapped()
	}
	d.out = append(d.out, v)
	return &d.out[len(d.out)-1]
}

// pair is wins of a over b and the other way round, ties and both bad.
func (d *desk) pair(a, b session.Contestant, winsA, winsB, ties, bad int) *desk {
	for range winsA {
		d.add(a, b, session.ChoiceLeft)
	}
	for range winsB {
		d.add(a, b, session.ChoiceRight)
	}
	for range ties {
		d.add(a, b, session.ChoiceTie)
	}
	for range bad {
		d.add(a, b, session.ChoiceBothBad)
	}
	return d
}

func of(d *desk) report.Report { return report.Of("triage", d.out, report.Options{}) }

// The sentences of methods.md, "How to say it", with names for B.
func TestSentences(t *testing.T) {
	const b, a = "triage/zero-shot@1 m", "triage/five-shot@2 m"
	for _, tt := range []struct {
		w, l, ties, bad int
		state           report.State
		want, blind     string
	}{
		{14, 6, 5, 0, report.NotSettled,
			b + " wins 14 of 20 decided, 5 ties (70%, 95% interval 48–86%). Not settled. About 30 more would settle it if this rate holds, 45 if it slips a little.",
			"One leads 14–6, 5 ties. Not settled. About 30 more would settle it if this rate holds, 45 if it slips a little."},
		{18, 7, 0, 0, report.Leaning,
			b + " wins 18 of 25 (72%, 52–86%). Leaning " + b + ". You have been checking as you go, and between equal prompts a lead like this turns up in about 1 session in 5.",
			"One leads 18–7. Leaning. You have been checking as you go, and between equal prompts a lead like this turns up in about 1 session in 5."},
		{21, 6, 0, 0, report.Settled,
			b + " wins 21 of 27 (78%, 59–89%). Settled: " + b + ". A rule this strict picks a winner between equal prompts at most 1 time in 20.",
			"One leads 21–6. Settled. A rule this strict picks a winner between equal prompts at most 1 time in 20."},
		{6, 21, 0, 0, report.Settled,
			a + " wins 21 of 27 (78%, 59–89%). Settled: " + a + ". A rule this strict picks a winner between equal prompts at most 1 time in 20.",
			"One leads 21–6. Settled. A rule this strict picks a winner between equal prompts at most 1 time in 20."},
		{33, 27, 0, 0, report.TooClose,
			b + " wins 33 of 60 (55%, 42–67%). Too close to call in 60. If it matters, change the prompts more; another 60 would probably not help.",
			"One leads 33–27. Too close to call in 60. If it matters, change the prompts more; another 60 would probably not help."},
		{29, 25, 6, 0, report.TooClose,
			b + " wins 29 of 54 decided, 6 ties (54%, 41–66%). Too close to call in 60. If it matters, change the prompts more; another 60 would probably not help.", ""},
		{5, 4, 31, 0, report.NotSettled, "31 of 40 were ties. On these cases the prompts do the same thing.", "31 of 40 were ties. On these cases the prompts do the same thing."},
		{3, 1, 1, 2, report.NotSettled,
			b + " wins 3 of 4 decided, 1 tie, 2 both bad. Not settled. About 27 more would settle it if this rate holds; if it slips a little, 60 will not.", ""},
		{5, 5, 0, 0, report.NotSettled,
			a + " and " + b + " win 5 of 10 each (50%, 95% interval 24–76%). Not settled. At this rate 60 will not settle it. If it matters, change the prompts more.",
			"They stand 5–5. Not settled. At this rate 60 will not settle it. If it matters, change the prompts more."},
		{0, 0, 3, 1, report.NotSettled, "Nothing is decided yet: 3 ties, 1 both bad. Judge more.", "Nothing is decided yet: 3 ties, 1 both bad. Judge more."},
	} {
		r := of((&desk{judge: "ana"}).pair(zero, five, tt.w, tt.l, tt.ties, tt.bad))
		if len(r.Pairs) != 1 || r.Pairs[0].State != tt.state {
			t.Errorf("%d–%d: %+v, want %s", tt.w, tt.l, r.Pairs, tt.state)
			continue
		}
		p := r.Pairs[0]
		if p.A != five || p.B != zero || p.WinsB != tt.w || p.WinsA != tt.l || p.Ties != tt.ties || p.BothBad != tt.bad {
			t.Errorf("%d–%d: %+v", tt.w, tt.l, p)
		}
		if p.Sentence != tt.want || r.Sentence != tt.want {
			t.Errorf("%d–%d:\n got %s\nwant %s", tt.w, tt.l, p.Sentence, tt.want)
		}
		if tt.blind != "" && (p.Blind != tt.blind || report.Blind(r) != tt.blind) {
			t.Errorf("%d–%d:\n got %s\nwant %s", tt.w, tt.l, p.Blind, tt.blind)
		}
	}
}

func TestCounting(t *testing.T) {
	d := &desk{judge: "ana"}
	d.pair(zero, five, 6, 3, 1, 1)
	d.add(zero, five, session.ChoiceLeft).Undone = true
	d.add(zero, five, session.ChoiceLeft).Known = true
	d.add(zero, five, session.ChoiceSkip)
	d.add(zero, five, session.ChoiceTie).Judge = session.JudgeIdentical
	rep := *d.add(zero, five, session.ChoiceLeft) // of the first, swapped, and decided the same way
	rep.RepeatOf, rep.Case = 1, d.out[0].Case
	rep.Left, rep.Right, rep.Choice = d.out[0].Right, d.out[0].Left, d.out[0].Choice.Swapped()
	d.out[len(d.out)-1] = rep
	rep2 := rep // of the second, the other way
	rep2.ID, rep2.RepeatOf, rep2.Case = rep.ID+1, 2, d.out[1].Case
	rep2.Left, rep2.Right, rep2.Choice = d.out[1].Right, d.out[1].Left, d.out[1].Choice
	d.out = append(d.out, rep2)
	newer := d.out[0] // the same duel once more, without being a repeat: the newer counts
	newer.ID, newer.Choice = 99, newer.Choice.Swapped()
	d.out = append(d.out, newer)
	r := report.Of("triage", d.out, report.Options{ByCase: true, ByTag: true})
	p := r.Pairs[0]
	if p.WinsB != 5 || p.WinsA != 4 || p.Ties != 1 || p.BothBad != 1 || p.Identical != 1 || p.Decided != 9 {
		t.Errorf("pair: %+v", p)
	}
	if r.Verdicts != 11 || r.Known != 1 || r.Repeats != 2 || r.Skipped != 1 {
		t.Errorf("%d count, %d known, %d repeats, %d skipped", r.Verdicts, r.Known, r.Repeats, r.Skipped)
	}
	if j := r.Judges[0]; j.Again != 2 || j.Same != 1 || j.Judgments != 11 || j.Decided != 9 || len(r.Judges) != 1 {
		t.Errorf("judge: %+v", r.Judges)
	}
	if len(p.Cases) != 11 || p.Cases[0].Name != "c1" || p.Cases[10].Name != "c11" || p.Cases[0].WinsA != 1 || p.Cases[10].BothBad != 1 {
		t.Errorf("cases: %+v", p.Cases)
	}
	if len(p.Tags) != 2 || p.Tags[0].WinsA+p.Tags[0].WinsB+p.Tags[0].Ties+p.Tags[0].BothBad != 5 {
		t.Errorf("tags: %+v", p.Tags)
	}
	// Another revision is another contestant.
	d.pair(zero, who(7, "five-shot"), 1, 0, 0, 0)
	if r = of(d); len(r.Pairs) != 2 {
		t.Errorf("revisions were pooled: %d pairs", len(r.Pairs))
	}
	if r = report.Of("triage", nil, report.Options{}); r.Sentence != "Nothing is judged yet. Judge some." || report.Blind(r) != r.Sentence || r.RankNote == "" {
		t.Errorf("nothing: %+v", r)
	}
	known := []session.Verdict{{Known: true, Judge: "ana", Mode: session.JudgePairs, Left: session.Side{Contestant: zero}, Right: session.Side{Contestant: five}}}
	if r = report.Of("triage", known, report.Options{}); !strings.HasPrefix(r.Sentence, "Nothing counts: 1 verdict was given with the names known.") {
		t.Errorf("known: %s", r.Sentence)
	}
}

// Where nobody says who judged or on which case, nothing is taken for the same.
func TestCountingOfTheUnknown(t *testing.T) {
	d := &desk{}
	d.pair(zero, five, 3, 0, 0, 0)
	for i := range d.out {
		d.out[i].Case = session.CaseKey{Name: "same"}
	}
	if p := of(d).Pairs[0]; p.WinsB != 3 {
		t.Errorf("unknown judges were taken for one: %+v", p)
	}
	d = &desk{judge: "ana"}
	d.pair(zero, five, 3, 0, 0, 0)
	for i := range d.out {
		d.out[i].Case = session.CaseKey{}
	}
	if p := of(d).Pairs[0]; p.WinsB != 3 {
		t.Errorf("unknown cases were taken for one: %+v", p)
	}
}

func TestRanking(t *testing.T) {
	d := &desk{judge: "ana"}
	d.pair(zero, five, 4, 12, 3, 0).pair(five, ten, 9, 6, 0, 0).pair(zero, ten, 5, 8, 0, 2)
	r := of(d)
	if len(r.Ranking) != 3 || r.RankNote != "" || r.Ranking[0].Contestant != five || r.Ranking[2].Contestant != zero {
		t.Fatalf("ranking: %+v, %s", r.Ranking, r.RankNote)
	}
	sum, base := 0.0, 0
	for _, k := range r.Ranking {
		sum += k.LogStrength
		if k.Baseline {
			base++
			if k.Contestant != five || !math.IsNaN(k.WinChance) {
				t.Errorf("baseline: %+v", k)
			}
		} else if !(k.Lo < k.WinChance && k.WinChance < k.Hi && k.WinChance < 0.5) {
			t.Errorf("%+v", k)
		}
	}
	if math.Abs(sum) > 1e-9 || base != 1 || r.Ranking[0].Judgments != 34 {
		t.Errorf("sum %v, %d baselines, %d judgments", sum, base, r.Ranking[0].Judgments)
	}
	if want := "triage/five-shot@2 m leads 2 others: it wins 21 of 31 decided. None of its 2 pairs is settled."; !strings.HasPrefix(r.Sentence, want) {
		t.Errorf("got %s\nwant %s", r.Sentence, want)
	}
	if b := report.Blind(r); strings.Contains(b, "shot") || !strings.HasPrefix(b, "One of 3 leads: it wins 21 of 31 decided. None of its 2 pairs is settled. About 15 more duels between it and another would settle those two") {
		t.Errorf("blind: %s", b)
	}
	if r = report.Of("triage", d.out, report.Options{Baseline: &zero}); !r.Ranking[2].Baseline || !(r.Ranking[0].WinChance > 0.5) {
		t.Errorf("against zero-shot: %+v", r.Ranking)
	}
	absent := who(9, "gone")
	if r = report.Of("triage", d.out, report.Options{Baseline: &absent}); !strings.Contains(r.RankNote, "triage/gone@9 m has no decided duel") || len(r.Ranking) != 3 {
		t.Errorf("against one who is not there: %s", r.RankNote)
	}
	// Never beaten: finite with the ghost, none without.
	d = (&desk{judge: "ana"}).pair(zero, five, 0, 6, 0, 0)
	if r = of(d); len(r.Ranking) != 2 || math.IsInf(r.Ranking[0].LogStrength, 0) {
		t.Errorf("undefeated: %+v", r.Ranking)
	}
	if r = report.Of("triage", d.out, report.Options{Prior: report.NoPrior}); len(r.Ranking) != 0 || !strings.Contains(r.RankNote, "triage/five-shot@2 m never lost") {
		t.Errorf("undefeated without a prior: %s", r.RankNote)
	}
	d.pair(ten, who(4, "twenty"), 2, 1, 0, 0)
	if r = of(d); len(r.Ranking) != 0 || !strings.Contains(r.RankNote, "never met the others") || r.Sentence != r.RankNote {
		t.Errorf("two islands: %s", r.RankNote)
	}
}

func TestJudges(t *testing.T) {
	d := &desk{judge: "ana"}
	for i := range 20 { // 17 left
		c := session.ChoiceLeft
		if i >= 17 {
			c = session.ChoiceRight
		}
		v := d.add(zero, five, c)
		v.Choice, v.ScreenMS = c, 20_000
		v.Left.Length, v.Right.Length = 400, 100
		if i >= 10 {
			v.ScreenMS = 9_000
		}
		if i%2 == 1 { // the choice is of the side, whoever stands there
			v.Choice = c
		}
	}
	r := of(d)
	j := r.Judges[0]
	if j.Left != 17 || j.Decided != 20 || j.Longer != 17 || j.Unequal != 20 || j.MedianMS != 14_500 || j.First10 != 20_000 || j.Last10 != 9_000 {
		t.Errorf("%+v", j)
	}
	if lo, hi := stats.Wilson(17, 20, stats.Z95); j.LeftLo != lo || j.LeftHi != hi {
		t.Errorf("interval %v to %v", j.LeftLo, j.LeftHi)
	}
	want := []string{
		"You chose the left 17 of 20 times. Sides were balanced, so the result stands, but slow down.",
		"Of the last 20, you chose the left 17 times. Take a break?",
		"You chose the longer answer 17 of 20 times (85%, 64–95%). Look at some: was it better, or only longer?",
		"Your last ten took 9 s each, the first ten 20 s. Take a break?",
	}
	if !slices.Equal(j.Sentences, want) {
		t.Errorf("got %q\nwant %q", j.Sentences, want)
	}
	// Sides that were not balanced are said.
	for i := range d.out {
		if i%2 == 1 {
			d.out[i].Left, d.out[i].Right = d.out[i].Right, d.out[i].Left
		}
	}
	if s := of(d).Judges[0].Sentences[0]; !strings.Contains(s, "sides were not balanced") {
		t.Errorf("%s", s)
	}
	// Self-agreement, once there are ten.
	d = (&desk{judge: "ana"}).pair(zero, five, 20, 0, 0, 0)
	for i := range 10 {
		v := d.out[i]
		v.ID, v.RepeatOf, v.Left, v.Right = int64(100+i), v.ID, v.Right, v.Left
		if i < 7 {
			v.Choice = v.Choice.Swapped()
		}
		d.out = append(d.out, v)
	}
	s := strings.Join(of(d).Judges[0].Sentences, "\n")
	if !strings.Contains(s, "You decided the same on 7 of 10 repeats (70%, 40–89%). The task or the guideline is the problem, not the number of judgments: sharpen the guideline.") {
		t.Errorf("%s", s)
	}
	d.out = d.out[:len(d.out)-1]
	if s = strings.Join(of(d).Judges[0].Sentences, "\n"); strings.Contains(s, "repeats") {
		t.Errorf("of nine repeats nothing can be said: %s", s)
	}
}

func TestAgreement(t *testing.T) {
	ana, bo := &desk{judge: "ana"}, &desk{judge: "bo"}
	ana.pair(zero, five, 20, 15, 3, 2)
	bo.pair(zero, five, 20, 15, 3, 2)
	for i := range bo.out { // sides the other way round for bo; 5 of ana's 20 for zero-shot are five-shot's
		v := &bo.out[i]
		v.ID += 1000
		v.Left, v.Right, v.Choice = v.Right, v.Left, v.Choice.Swapped()
		if i < 5 {
			v.Choice = v.Choice.Swapped()
		}
	}
	r := report.Of("triage", append(ana.out, bo.out...), report.Options{})
	if len(r.Agreement) != 1 {
		t.Fatalf("%+v", r.Agreement)
	}
	g := r.Agreement[0]
	want := [][]int{{15, 0, 0, 0}, {5, 15, 0, 0}, {0, 0, 3, 0}, {0, 0, 0, 2}}
	if fmt.Sprint(g.Table) != fmt.Sprint(want) || g.N != 40 || g.Same != 35 || g.Judges != [2]text.Raw{"ana", "bo"} || !slices.Equal(g.Labels, []string{"A", "B", "tie", "both bad"}) {
		t.Errorf("%+v", g)
	}
	a := stats.Agree(want)
	if g.Kappa != a.Kappa || g.AC1 != a.AC1 {
		t.Errorf("kappa %v, AC1 %v", g.Kappa, g.AC1)
	}
	if w := fmt.Sprintf("ana and bo agree on 35 of 40 (88%%, 95%% interval 74–94%%); kappa %.2f, AC1 %.2f. Read the 5 where they differ.", a.Kappa, a.AC1); g.Sentence != w {
		t.Errorf("got %s\nwant %s", g.Sentence, w)
	}
	// The pair counts each duel once: the five where they differ are ties.
	if p := r.Pairs[0]; p.Decided != 30 || p.Ties != 8 || p.BothBad != 2 || p.Shared != 40 || !strings.HasSuffix(p.Sentence, "40 duels that several judged count once, by the majority.") {
		t.Errorf("%+v", p)
	}
	all := (&desk{judge: "ana"}).pair(zero, five, 0, 0, 8, 0).out
	for _, v := range (&desk{judge: "bo"}).pair(zero, five, 0, 0, 8, 0).out {
		v.ID += 100
		all = append(all, v)
	}
	g = report.Of("triage", all, report.Options{}).Agreement[0]
	if !math.IsNaN(g.Kappa) || !math.IsNaN(g.AC1) || !strings.Contains(g.Sentence, "cannot be computed: all labels equal") {
		t.Errorf("%+v", g)
	}
}

func TestLabels(t *testing.T) {
	var vs []session.Verdict
	for i := range 24 {
		c := session.ChoicePass
		if i%4 == 0 {
			c = session.ChoiceFail
		}
		vs = append(vs, session.Verdict{
			ID: int64(i + 1), Judge: "ana", Mode: session.JudgePassFail, Choice: c, Case: session.CaseKey{ID: int64(i/2 + 1)}, Take: i%2 + 1,
			Left: session.Side{Contestant: zero, CellID: int64(i + 1)},
		})
	}
	again := vs[0] // she thought better of it
	again.ID, again.Choice = 99, session.ChoicePass
	r := report.Of("triage", append(vs, again), report.Options{})
	l := r.Labels[0]
	if l.Pass != 19 || l.Fail != 5 || l.Cases != 12 || len(r.Pairs) != 0 {
		t.Fatalf("%+v", l)
	}
	lo, hi := stats.WilsonOver(19, 24, 12)
	want := fmt.Sprintf("triage/zero-shot@1 m: 19 of 24 pass over 12 cases (79%%, 95%% interval %.0f–%.0f%%). Read the 5 that failed.", 100*lo, 100*hi)
	if l.Sentence != want || r.Sentence != want || report.Blind(r) != "19 of 24 pass. Read the 5 that failed." {
		t.Errorf("got %s; %s; %s\nwant %s", l.Sentence, r.Sentence, report.Blind(r), want)
	}
}

func checks(c session.Contestant, from int, status ...session.CheckStatus) []session.CaseCheck {
	var out []session.CaseCheck
	for i, s := range status {
		out = append(out, session.CaseCheck{Case: session.CaseKey{Name: text.Raw(fmt.Sprintf("c%d", from+i))}, Contestant: c, Take: 1, Status: s})
	}
	return out
}

func many(n int, s session.CheckStatus) []session.CheckStatus {
	return slices.Repeat([]session.CheckStatus{s}, n)
}

func TestAgainst(t *testing.T) {
	const pass, fail = session.CheckPass, session.CheckFail
	old, neu := who(1, "zero-shot"), who(5, "zero-shot")
	three := slices.Concat(checks(neu, 1, many(3, fail)...), checks(neu, 4, many(57, pass)...))
	base := slices.Concat(checks(old, 1, many(3, pass)...), checks(old, 4, many(9, fail)...), checks(old, 13, many(48, pass)...))
	for _, tt := range []struct {
		name        string
		now, before []session.CaseCheck
		want        string
	}{
		{"regression", three, base, "3 cases newly fail, 9 newly pass, 48 unchanged. The change could be chance (p 0.09). Read the 3."},
		{"clean", checks(neu, 1, many(60, pass)...), checks(old, 1, many(60, pass)...), "0 of 60 cases newly fail. The true rate could still be up to 5%."},
		{"better", checks(neu, 1, many(60, pass)...), base, "0 of 60 cases newly fail, 9 newly pass. The true rate could still be up to 5%."},
		{"all as before", checks(neu, 1, many(24, fail)...), checks(old, 1, many(24, fail)...),
			"0 of 24 cases newly fail, 24 fail as before. None passed before, so none could: mend what fails, or what is asserted, first."},
		{"some as before", slices.Concat(checks(neu, 1, many(10, fail)...), checks(neu, 11, many(50, pass)...)),
			slices.Concat(checks(old, 1, many(10, fail)...), checks(old, 11, many(50, pass)...)), "0 of 60 cases newly fail, 10 fail as before. The true rate could still be up to 5%."},
		{"few", checks(neu, 1, pass, pass), checks(old, 1, pass, pass), "0 of 2 cases newly fail. That is too few to say how often it would; add cases."},
		{"one", checks(neu, 1, fail, pass), checks(old, 1, pass, fail), "1 case newly fails, 1 newly passes, 0 unchanged. The change could be chance (p 0.75). Read it."},
		{"no answer", checks(neu, 1, session.CheckError, pass), checks(old, 1, pass, pass), "1 case newly fails (1 without an answer), 1 unchanged. The change could be chance (p 0.50). Read it."},
		{"other cases", checks(neu, 1, pass, pass), checks(old, 2, pass, pass, pass),
			"0 of 1 case newly fails. 1 more case is not in the baseline. 2 more cases are only in the baseline. That is too few to say how often it would; add cases."},
		{"none", checks(neu, 1, session.CheckNotRun), checks(old, 1, pass),
			"Nothing can be compared: no case was run both now and for the baseline. 1 more case is only in the baseline. Run the same cases on both."},
		{"bad", checks(neu, 1, many(9, fail)...), checks(old, 1, many(9, pass)...), "9 cases newly fail, 0 unchanged. Chance alone would seldom do that (p below 0.01). Read the 9."},
	} {
		if got := report.Against(tt.now, tt.before); got.Sentence != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got.Sentence, tt.want)
		}
	}
	c := report.Against(three, base)
	if len(c.NewlyFail) != 3 || len(c.NewlyPass) != 9 || c.Unchanged != 48 || c.NewlyFail[0].Case.Name != "c1" || math.Abs(c.P-0.0923) > 0.0001 {
		t.Errorf("%+v", c)
	}
	if lo, hi := stats.BonettPrice(3, 9, 60, stats.Z95); c.Lo != lo || c.Hi != hi {
		t.Errorf("%v to %v", c.Lo, c.Hi)
	}
	if c = report.Against(nil, nil); !math.IsNaN(c.P) || !math.IsNaN(c.Lo) {
		t.Errorf("%+v", c)
	}
	// Two contestants: each meets its own variant and model, whatever the revision.
	now := slices.Concat(checks(neu, 1, fail, pass), checks(five, 1, pass, pass))
	before := slices.Concat(checks(old, 1, pass, pass), checks(who(9, "five-shot"), 1, pass, fail))
	if c = report.Against(now, before); len(c.NewlyFail) != 1 || c.NewlyFail[0].Contestant != neu || len(c.NewlyPass) != 1 || c.NewlyPass[0].Contestant != five {
		t.Errorf("%+v", c)
	}
	// One each of other names: the cases alone count.
	if c = report.Against(checks(five, 1, fail), checks(old, 1, pass)); len(c.NewlyFail) != 1 {
		t.Errorf("%+v", c)
	}
	if c = report.Against(now, checks(ten, 1, pass, pass)); c.New != 4 || c.Gone != 2 {
		t.Errorf("%+v", c)
	}
}

func TestTakes(t *testing.T) {
	var cs []session.CaseCheck
	for i, s := range []session.CheckStatus{session.CheckPass, session.CheckFail, session.CheckPass, session.CheckError, session.CheckNotRun} {
		c := checks(zero, 1, s)[0]
		c.Take = i + 1
		cs = append(cs, c)
	}
	l := report.Takes(append(cs[:3:3], checks(zero, 2, session.CheckNotRun)...))
	if len(l) != 2 || l[0].String() != "2 of 3" || !l[0].Passed() || l[0].Worst.Take != 2 || l[1].String() != "not run" || l[1].Passed() {
		t.Errorf("%+v", l)
	}
	// Two of four is not more than half: an error is a take, and not a pass.
	if l = report.Takes(cs); l[0].Pass != 2 || l[0].Of != 4 || l[0].Errors != 1 || l[0].NotRun != 1 || l[0].Passed() {
		t.Errorf("%+v", l)
	}
}

// What a name holds does not reach a sentence as it is.
func TestNamesAreShown(t *testing.T) {
	evil := session.Contestant{Model: "evil\x1b[2J"}
	r := of((&desk{judge: "an\x1ba"}).pair(zero, evil, 9, 1, 0, 0))
	for _, s := range []string{r.Sentence, report.Blind(r), r.Pairs[0].Sentence} {
		if strings.Contains(s, "\x1b") {
			t.Errorf("%q", s)
		}
	}
}

// A docket stops feeding a pair where the report calls it settled.
func TestDocketAndReportAgree(t *testing.T) {
	for losses := range 12 {
		d := (&desk{judge: "ana"}).pair(zero, five, losses, losses, 0, 0)
		for len(of(d).Pairs) == 0 || of(d).Pairs[0].State != report.Settled {
			if open := waits(d.out); open == 0 {
				t.Fatalf("%d losses: the docket ended at %d judgments", losses, len(d.out))
			}
			d.add(zero, five, session.ChoiceLeft)
		}
		if open := waits(d.out); open != 0 {
			t.Fatalf("%d losses: the docket goes on after %d judgments", losses, len(d.out))
		}
	}
}

func waits(past []session.Verdict) int {
	var results []session.Result
	for i := range 200 {
		for _, c := range []session.Contestant{zero, five} {
			results = append(results, session.Result{
				Cell:   session.Cell{ID: int64(10_000 + len(results)), RunID: 1, Contestant: c, CaseID: int64(i + 1), Take: 1},
				Output: session.Output{Status: session.StatusDone, Text: text.Raw(fmt.Sprint(c, i))},
			})
		}
	}
	return session.NewDocket(session.Sitting{ID: 1, Judge: "ana", Mode: session.JudgePairs}, "", results, past, nil).Waiting()
}

func BenchmarkOf(b *testing.B) {
	d := &desk{}
	var all []session.Contestant
	for i := range 12 {
		all = append(all, who(int64(i+1), fmt.Sprintf("v%d", i)))
	}
	choices := []session.Choice{"left", "right", "left", "tie", "both_bad", "right", "left"}
	for i := range 100_000 {
		d.judge = text.Raw(fmt.Sprintf("judge %d", i%40))
		d.cases = i / 40 % 500
		v := d.add(all[i%12], all[(i/12+1+i)%12], choices[i*7%len(choices)])
		if v.Left.Contestant == v.Right.Contestant {
			v.Right.Contestant = all[(i+1)%12]
		}
		v.ScreenMS = int64(5000 + i%9000)
	}
	b.ResetTimer()
	for b.Loop() {
		report.Of("triage", d.out, report.Options{ByCase: true, ByTag: true})
	}
}
