package store

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestASuite(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	p := prompt(t, s, "triage")
	other := prompt(t, s, "reply")
	cases, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "a"}, {Name: "b"}})
	must(t, err)
	foreign, err := s.CreateCases(ctx, other.ID, []session.Case{{Name: "a"}})
	must(t, err)
	suite, err := s.CreateSuite(ctx, p.ID, "tone", "kind")
	must(t, err)
	clock.advance(1000)
	two, lo := 2.5, -1.0
	list := []session.Assertion{
		{Kind: session.AssertIContainsAny, Values: []text.Raw{"a\x00", "<b>", "\u2028"}, Weight: 1, Metric: "tone", Origin: "r3 c12: warm over curt"},
		{Kind: session.AssertRegex, Not: true, Value: `^\s\x1b`, Weight: 0, CaseID: cases[1].ID, CaseName: "b"},
		{Kind: session.AssertWords, Min: &lo, Max: &two, Weight: 0.1},
		{Kind: session.AssertJSONPath, Path: ".a[0]", Value: `"x"`, Weight: 3, CaseName: "from outside"},
	}
	kept, err := s.AddAssertions(ctx, suite.ID, list)
	must(t, err)
	for i := range list {
		list[i].ID, list[i].UID, list[i].SuiteID, list[i].CreatedMS = int64(i+1), kept[i].UID, suite.ID, clock.now()
	}
	if diff := cmp.Diff(list, kept); diff != "" || kept[0].UID == "" {
		t.Error(diff)
	}
	suite.Note, suite.Threshold, suite.CaseIDs = "kinder", &two, []int64{cases[1].ID, cases[0].ID}
	must(t, s.SetSuite(ctx, suite))
	suite.Assertions, suite.UpdatedMS = list, clock.now()
	for name, get := range map[string]func() (session.Suite, error){
		"by name": func() (session.Suite, error) { return s.Suite(ctx, "triage", "tone") },
		"alone":   func() (session.Suite, error) { return s.Suite(ctx, "", "tone") },
		"by id":   func() (session.Suite, error) { return s.SuiteByID(ctx, suite.ID) },
		"listed":  func() (session.Suite, error) { l, err := s.Suites(ctx, p.ID); return l[0], err },
		"of all":  func() (session.Suite, error) { l, err := s.Suites(ctx, 0); return l[len(l)-1], err },
	} {
		got, err := get()
		if diff := cmp.Diff(suite, got); diff != "" || err != nil {
			t.Error(name, diff, err)
		}
	}
	// A suite whose assertions change is another one from then on.
	clock.advance(1000)
	change := list[2]
	change.Max, change.Not, change.CaseID = nil, true, cases[0].ID
	must(t, s.UpdateAssertion(ctx, change))
	got, err := s.SuiteByID(ctx, suite.ID)
	change.CaseName = "a"
	if diff := cmp.Diff(change, got.Assertions[2]); diff != "" || err != nil || got.UpdatedMS != clock.now() {
		t.Error(diff, err, got.UpdatedMS)
	}
	// An assertion follows its case to another name and stays when it is gone.
	must(t, s.RenameCase(ctx, cases[0].ID, "z"))
	must(t, s.DeleteCase(ctx, cases[0].ID))
	if got, err := s.SuiteByID(ctx, suite.ID); err != nil || got.Assertions[2].CaseName != "z" || len(got.CaseIDs) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	clock.advance(1000)
	must(t, s.DeleteAssertion(ctx, list[0].ID))
	if got, err := s.SuiteByID(ctx, suite.ID); err != nil || len(got.Assertions) != 3 || got.UpdatedMS != clock.now() {
		t.Errorf("%+v, %v", got, err)
	}
	before := len(history(t, s))
	for range 2 { // what is as it was is no edit
		must(t, s.UpdateAssertion(ctx, session.Assertion{ID: change.ID, Kind: session.AssertLines, Weight: 1, Min: &lo, CaseID: cases[0].ID}))
	}
	if h := history(t, s); len(h) != before+1 || h[0].Verb != "edit" || h[0].Noun != "assertion" || h[0].Name != "tone" {
		t.Errorf("%+v", h[0])
	}

	var missing *NotFound
	var ambiguous *Ambiguous
	var bad *Invalid
	nan := math.NaN()
	second, err := s.CreateSuite(ctx, other.ID, "tone", "")
	must(t, err)
	if _, err := s.Suite(ctx, "", "tone"); !errors.As(err, &ambiguous) || !slices.Equal(ambiguous.In, []string{"reply", "triage"}) {
		t.Error(err)
	}
	if _, err := s.Suite(ctx, "triage", "tones"); !errors.As(err, &missing) || !slices.Equal(missing.Near, []string{"tone"}) {
		t.Error(err)
	}
	if _, err := s.Suite(ctx, "triag", "tone"); !errors.As(err, &missing) || missing.Noun != "prompt" {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"case elsewhere":   s.SetSuite(ctx, session.Suite{ID: suite.ID, CaseIDs: []int64{foreign[0].ID}}),
		"threshold":        s.SetSuite(ctx, session.Suite{ID: suite.ID, Threshold: &nan}),
		"no such suite":    s.SetSuite(ctx, session.Suite{ID: 99}),
		"assertion's case": s.UpdateAssertion(ctx, session.Assertion{ID: change.ID, Kind: "regex", CaseID: foreign[0].ID}),
		"weight":           s.UpdateAssertion(ctx, session.Assertion{ID: change.ID, Kind: "regex", Weight: math.Inf(1)}),
		"bound":            s.UpdateAssertion(ctx, session.Assertion{ID: change.ID, Kind: "regex", Max: &nan}),
		"no kind":          s.UpdateAssertion(ctx, session.Assertion{ID: change.ID}),
		"deleted":          s.UpdateAssertion(ctx, list[0]),
		"deleted twice":    s.DeleteAssertion(ctx, list[0].ID),
		"name":             s.RenameSuite(ctx, suite.ID, "a b"),
	} {
		if err == nil {
			t.Error(name, "was kept")
		}
	}
	for _, f := range []func(*session.Assertion){
		func(a *session.Assertion) { a.Value = "\xff" }, func(a *session.Assertion) { a.Values = []text.Raw{"x", "\xff"} },
		func(a *session.Assertion) { a.Path = "\xff" }, func(a *session.Assertion) { a.CaseName = "\xff" },
	} {
		a := list[1]
		f(&a)
		if _, err := s.AddAssertions(ctx, suite.ID, []session.Assertion{list[1], a}); !errors.As(err, &bad) || RowOf(err) != 1 {
			t.Error(err)
		}
	}
	must(t, s.DeleteSuite(ctx, second.ID))
	must(t, s.DeletePrompt(ctx, p.ID))
	if l, err := s.Suites(ctx, 0); err != nil || len(l) != 0 {
		t.Error(l, err)
	}
	if _, err := s.SuiteByID(ctx, suite.ID); !errors.As(err, &missing) {
		t.Error(err)
	}
}

func TestChecks(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, filepath.Join(t.TempDir(), "g.db"), Options{Create: true, Now: clock.now})
	v, run, res := answered(t, s, 2)
	suite, err := s.CreateSuite(ctx, v.PromptID, "tone", "")
	must(t, err)
	want := session.Check{SuiteID: suite.ID, Suite: "tone", RunID: run.ID, AtMS: clock.now(), Passed: 99}
	for i, status := range []session.CheckStatus{session.CheckPass, session.CheckFail, session.CheckError, session.CheckNotRun} {
		want.Cases = append(want.Cases, session.CaseCheck{
			Case: res[i%2].Cell.Case(), CaseTags: res[i%2].Cell.CaseTags, Contestant: res[0].Cell.Contestant, Take: 1 + i, CellID: res[i%2].Cell.ID,
			Status: status, Score: float64(i) / 3, Why: "no answer\x00", Attempts: i, Cached: i == 2,
			Assertions: []session.AssertResult{{UID: "u", Kind: session.AssertRegex, Not: true, Pass: true, Message: "“<b>” at 3", Weight: 0.1, Metric: "m"}, {Kind: session.AssertIsJSON}},
		})
	}
	want.Cases[3].Contestant = session.Contestant{Model: "a/folder"}
	want.Cases[3].Assertions = nil
	got, err := s.AddCheck(ctx, want)
	must(t, err)
	want.ID, want.UID = 1, got.UID
	want.Sum()
	if want.Passed != 1 || want.NotRun != 1 || got.UID == "" {
		t.Errorf("%+v", want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if read, err := s.Check(ctx, got.ID); err != nil || cmp.Diff(want, read) != "" {
		t.Error(cmp.Diff(want, read), err)
	}
	empty, err := s.AddCheck(ctx, session.Check{SuiteID: suite.ID, AtMS: 5})
	must(t, err)
	must(t, s.RenameSuite(ctx, suite.ID, "manner"))
	must(t, s.DeleteRun(ctx, run.ID))
	list, err := s.Checks(ctx, suite.ID)
	short := want
	short.Cases = nil
	if diff := cmp.Diff([]session.Check{empty, short}, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var missing *NotFound
	if _, err := s.Check(ctx, 99); !errors.As(err, &missing) {
		t.Error(err)
	}
	if _, err := s.AddCheck(ctx, session.Check{SuiteID: 99}); !errors.As(err, &missing) {
		t.Error(err)
	}
	if _, err := s.AddCheck(ctx, session.Check{SuiteID: suite.ID, Cases: []session.CaseCheck{{Score: math.NaN()}}}); RowOf(err) != 0 {
		t.Error(err)
	}
	must(t, s.DeleteSuite(ctx, suite.ID))
	if list, err := s.Checks(ctx, 0); err != nil || len(list) != 0 {
		t.Error(list, err)
	}
}

func TestFailureModesAndCorrections(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, run, res := answered(t, s, 2)
	m, err := s.CreateMode(ctx, v.PromptID, "Too long, too vague")
	must(t, err)
	var bad *session.NameError
	var taken *Exists
	for _, name := range []string{"", " ", "a\nb", " a", "a\xff", "a\u200bb", strings.Repeat("x", 81)} {
		if _, err := s.CreateMode(ctx, v.PromptID, name); !errors.As(err, &bad) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := s.CreateMode(ctx, v.PromptID, string(m.Name)); !errors.As(err, &taken) {
		t.Error(err)
	}
	a, err := s.AddNote(ctx, res[0].Cell.ID, "a")
	must(t, err)
	b, err := s.AddNoteBy(ctx, res[1].Cell.ID, "ben", "b")
	must(t, err)
	must(t, s.SetNoteMode(ctx, a.ID, m.ID))
	see := func() string {
		notes, err := s.Notes(ctx, v.PromptID)
		must(t, err)
		modes, err := s.Modes(ctx, v.PromptID)
		must(t, err)
		fresh, err := s.FreshNotes(ctx, v.PromptID)
		must(t, err)
		out := ""
		for _, n := range notes {
			out += fmt.Sprintf("%s %s %d, ", string(n.Text), string(n.By), n.ModeID)
		}
		for _, m := range modes {
			out += fmt.Sprintf("%s %d, ", string(m.Name), m.Notes)
		}
		return out + fmt.Sprint(fresh)
	}
	step := func(want string, err error) {
		t.Helper()
		must(t, err)
		if got := see(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	step("b ben 0, a  1, Too long, too vague 1, 1", nil)
	step("b ben 1, a  1, Too long, too vague 2, 0", s.SetNoteMode(ctx, b.ID, m.ID))
	step("b ben 1, a  1, long 2, 0", s.RenameMode(ctx, m.ID, "long"))
	step("b ben 0, a  0, 2", s.DeleteMode(ctx, m.ID))
	_, err = s.Undo(ctx, 1)
	step("b ben 1, a  1, long 2, 0", err)
	step("b ben 0, a  1, long 1, 1", s.SetNoteMode(ctx, b.ID, 0))
	step("a  1, long 1, 0", s.DeleteNote(ctx, b.ID))
	p2 := prompt(t, s, "reply")
	alien, err := s.CreateMode(ctx, p2.ID, "long")
	must(t, err)
	var missing *NotFound
	if err := s.SetNoteMode(ctx, a.ID, alien.ID); err == nil {
		t.Error("a note stands under a mode of another prompt")
	}
	if err := s.SetNoteMode(ctx, b.ID, m.ID); !errors.As(err, &missing) {
		t.Error(err)
	}
	if err := s.SetNoteMode(ctx, a.ID, 99); !errors.As(err, &missing) {
		t.Error(err)
	}

	wanted := func() string {
		c, err := s.Case(ctx, v.PromptID, string(res[0].Cell.CaseName))
		must(t, err)
		if c.Wanted == nil {
			return "none"
		}
		return string(*c.Wanted)
	}
	said := func() (out []string) {
		list, err := s.Corrections(ctx, v.PromptID)
		must(t, err)
		for _, k := range list {
			out = append(out, string(k.Judge)+": "+string(k.Text))
		}
		return out
	}
	edits := len(history(t, s))
	for _, k := range [][2]text.Raw{{"anna", "one\x00"}, {"ben", "two"}, {"anna", "three"}, {"anna", "three"}} {
		got, err := s.Correct(ctx, res[0].Cell.ID, k[0], k[1])
		if err != nil || got.ID == 0 || got.UID == "" || got.Text != k[1] || got.Judge != k[0] || got.CellID != res[0].Cell.ID {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if got := said(); !slices.Equal(got, []string{"anna: three", "ben: two"}) || wanted() != "three" || len(history(t, s)) != edits+3 {
		t.Error(got, wanted(), len(history(t, s))-edits)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if got := said(); !slices.Equal(got, []string{"ben: two", "anna: one\x00"}) || wanted() != "two" {
		t.Errorf("%q %q", got, wanted())
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if got := said(); got != nil || wanted() != "none" {
		t.Error(got, wanted())
	}
	_, err = s.Redo(ctx, 3)
	must(t, err)
	if got := said(); !slices.Equal(got, []string{"anna: three", "ben: two"}) || wanted() != "three" {
		t.Error(got, wanted())
	}
	must(t, s.DeleteCase(ctx, res[1].Cell.CaseID))
	if _, err := s.Correct(ctx, res[1].Cell.ID, "anna", "without its case"); err != nil {
		t.Error(err)
	}
	var invalid *Invalid
	if _, err := s.Correct(ctx, res[0].Cell.ID, "anna", "\xff"); !errors.As(err, &invalid) {
		t.Error(err)
	}
	must(t, s.DeleteRun(ctx, run.ID))
	if got := said(); got != nil {
		t.Error(got)
	}
	if _, err := s.Correct(ctx, res[0].Cell.ID, "anna", "x"); !errors.As(err, &missing) {
		t.Error(err)
	}
	if n, err := s.FreshNotes(ctx, 0); err != nil || n != 0 {
		t.Error(n, err)
	}
}

func TestSearchFindsJudgments(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v, _, res := answered(t, s, 2)
	d := between(v.PromptID, res[0], res[1])
	d.Reason = "warm zebra"
	_, err := s.AddVerdicts(ctx, []session.Verdict{d})
	must(t, err)
	_, err = s.CreateMode(ctx, v.PromptID, "zebra everywhere")
	must(t, err)
	suite, err := s.CreateSuite(ctx, v.PromptID, "tone", "")
	must(t, err)
	_, err = s.AddAssertions(ctx, suite.ID, []session.Assertion{{Kind: session.AssertContainsAny, Values: []text.Raw{"a\nzebra"}}, {Kind: session.AssertRegex, Value: "z.bra"}})
	must(t, err)
	all := "assertion1triage tone\nfailure mode1triage zebra everywhere\nverdict1triage c0"
	see := func(want string) {
		t.Helper()
		if got := searchable(t, s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	see(all)
	must(t, s.DeleteSuite(ctx, suite.ID))
	see("failure mode1triage zebra everywhere\nverdict1triage c0")
	_, _, err = s.UndoVerdict(ctx, v.PromptID, "anna", session.JudgePairs)
	must(t, err)
	see("failure mode1triage zebra everywhere")
	_, err = s.Undo(ctx, 2)
	must(t, err)
	see(all)
	must(t, s.DeletePrompt(ctx, v.PromptID))
	see("")
	_, err = s.Undo(ctx, 1)
	must(t, err)
	see(all)
}

// The ids of the index tell nouns and rows apart.
func TestIndexIDs(t *testing.T) {
	seen := map[int64]bool{}
	for code := range int64(len(ftsSource)) {
		for _, id := range []int64{1, 2, 3, 7, 8, 9, 63, 64, 65, 1 << 40} {
			row := ftsRow(code, id)
			c, i := ftsNoun(row)
			if c != code || i != id || seen[row] {
				t.Errorf("%d of %d: %d is %d of %d", id, code, row, i, c)
			}
			seen[row] = true
		}
	}
}

// What another program wrote into a row is an error, or told where a list goes without
// that row, and never a panic.
func TestTamperedJudgments(t *testing.T) {
	for _, c := range []struct{ stmt, read string }{
		{`UPDATE sittings SET run_ids = '{'`, "sittings"},
		{`UPDATE verdicts SET case_tags = '[1'`, "verdicts"},
		{`UPDATE suites SET case_ids = '["a"]'`, "suites"},
		{`UPDATE assertions SET spec = '[]'`, "suites"},
		{`UPDATE checks SET contestants = 'x'`, "checks"},
		{`UPDATE checks SET results = '{}'`, "check"},
		{`UPDATE cells SET case_tags = 'x'`, "tags"},
	} {
		t.Run(c.stmt, func(t *testing.T) {
			ctx := t.Context()
			s := create(t)
			v, _, res := answered(t, s, 2)
			_, err := s.BeginSitting(ctx, session.Sitting{PromptID: v.PromptID, Judge: "a", Mode: session.JudgePairs, Of: 1})
			must(t, err)
			_, err = s.AddVerdicts(ctx, []session.Verdict{between(v.PromptID, res[0], res[1])})
			must(t, err)
			suite, err := s.CreateSuite(ctx, v.PromptID, "tone", "")
			must(t, err)
			_, err = s.AddAssertions(ctx, suite.ID, []session.Assertion{{Kind: session.AssertIsJSON, Weight: 1}})
			must(t, err)
			check, err := s.AddCheck(ctx, session.Check{SuiteID: suite.ID, Cases: []session.CaseCheck{{Status: session.CheckPass}}})
			must(t, err)
			look := map[string]func() error{
				"sittings": func() error { _, err := s.Sittings(ctx, 0); return err },
				"verdicts": func() error { _, err := s.Verdicts(ctx, session.VerdictQuery{}); return err },
				"suites":   func() error { _, err := s.Suites(ctx, 0); return err },
				"checks":   func() error { _, err := s.Checks(ctx, 0); return err },
				"check":    func() error { _, err := s.Check(ctx, check.ID); return err },
				"tags":     func() error { _, _, err := s.Readings(ctx, session.ReadQuery{Tag: "x"}); return err },
			}[c.read]
			must(t, look())
			_, err = s.write.Exec(c.stmt)
			must(t, err)
			told := 0
			s.bad.tell = func(*BadRow) { told++ }
			if err := look(); err == nil && told != 1 {
				t.Errorf("nothing was wrong, told %d times", told)
			}
		})
	}
	// What the schema refuses can't be written.
	s := create(t)
	v, _, res := answered(t, s, 2)
	_, err := s.AddVerdicts(t.Context(), []session.Verdict{between(v.PromptID, res[0], res[1])})
	must(t, err)
	for _, stmt := range []string{
		`UPDATE verdicts SET choice = 'pass'`, `UPDATE verdicts SET mode = 'passfail'`, `UPDATE verdicts SET judge = ''`, `UPDATE verdicts SET known = 2`,
		`UPDATE verdicts SET take = 0`, `UPDATE verdicts SET left_cell = 99`, `UPDATE verdicts SET left_length = 'x'`, `UPDATE verdicts SET prompt_id = NULL`,
	} {
		if _, err := s.write.Exec(stmt); err == nil {
			t.Error(stmt)
		}
	}
}

// Whole numbers and fractions come back from the log as what they were.
func TestThresholdsAreUndone(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	suite, err := s.CreateSuite(ctx, prompt(t, s, "triage").ID, "tone", "")
	must(t, err)
	values := []float64{1, 0.5, 0, 0.1, 2, 1e300, -1}
	for _, v := range values {
		suite.Threshold = &v
		must(t, s.SetSuite(ctx, suite))
		must(t, s.SetSuite(ctx, suite)) // no edit
	}
	see := func(want any) {
		t.Helper()
		got, err := s.SuiteByID(ctx, suite.ID)
		if err != nil || deref(got.Threshold) != want {
			t.Errorf("%v, want %v, %v", deref(got.Threshold), want, err)
		}
	}
	for range 2 {
		for _, v := range slices.Backward(values) {
			see(v)
			_, err := s.Undo(ctx, 1)
			must(t, err)
		}
		see(nil)
		for _, v := range values {
			_, err := s.Redo(ctx, 1)
			must(t, err)
			see(v)
		}
	}
}
