package store

import (
	"errors"
	"strings"
	"testing"

	"galley/session"
	"galley/session/text"
)

// harm changes rows behind the store's back.
func harm(t *testing.T, s *Store, stmt string, args ...any) {
	t.Helper()
	res, err := s.write.Exec(stmt, args...)
	must(t, err)
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s: %d rows, %v", stmt, n, err)
	}
}

// One row that can't be read is told and left out; the rest of its list stays, and
// what a suite can't hold is no suite at all.
func TestOneBadRowLeavesTheRest(t *testing.T) {
	ctx := t.Context()
	base := create(t)
	p := prompt(t, base, "triage")
	v, _ := variant(t, base, p, "a", "one"), variant(t, base, p, "b", "two")
	_, err := base.CreateCases(ctx, p.ID, []session.Case{{Name: "c1"}, {Name: "c2"}, {Name: "c3"}})
	must(t, err)
	_, err = base.CreateShots(ctx, p.ID, []session.Shot{{Name: "s1", Input: "i", Output: "o"}, {Name: "s2", Input: "i", Output: "o2"}})
	must(t, err)
	_, err = base.CreateResources(ctx, p.ID, []session.Resource{{Name: "r1", Text: "words"}, {Name: "r2", Text: "more"}})
	must(t, err)
	for _, name := range []string{"good", "bad"} {
		x, err := base.CreateSuite(ctx, p.ID, name, "")
		must(t, err)
		_, err = base.AddAssertions(ctx, x.ID, []session.Assertion{{Kind: session.AssertContains, Value: "a", Weight: 1}})
		must(t, err)
	}
	run, cells := start(t, base, v, 3, "me")
	for _, c := range cells {
		must(t, ask(base, c, saying(text.Raw("answer of "+string(c.CaseName)))))
	}
	_, err = base.EndRun(ctx, run.ID, "me", session.RunDone)
	must(t, err)
	other, _ := start(t, base, v, 1, "me")

	var told []string
	s := open(t, base.Path(), Options{Bad: func(b *BadRow) { told = append(told, b.Error()) }})
	must(t, s.ReadThrough(ctx))
	if len(told) > 0 {
		t.Fatalf("before anything: %q", told)
	}
	harm(t, base, `UPDATE cases SET tags = '{' WHERE name = 'c2'`)
	harm(t, base, `UPDATE shots SET tags = 'x' || char(27) WHERE name = 's1'`)
	harm(t, base, `UPDATE resources SET tags = '[1]' WHERE name = 'r2'`)
	harm(t, base, `UPDATE assertions SET spec = '' WHERE suite_id = (SELECT id FROM suites WHERE name = 'bad')`)
	harm(t, base, `UPDATE contents SET body = '{}' WHERE hash = (SELECT content_hash FROM revisions WHERE variant_id = (SELECT id FROM variants WHERE name = 'b'))`)
	harm(t, base, `UPDATE runs SET mixed = '!' WHERE id = ?`, other.ID)
	harm(t, base, `UPDATE outputs SET tool_calls = '!' WHERE cell_id = ?`, cells[1].ID)

	names := func(what string, want string, got ...string) {
		t.Helper()
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	var got []string
	list, err := s.Cases(ctx, p.ID)
	must(t, err)
	for _, x := range list {
		got = append(got, string(x.Name))
	}
	names("cases", "c1 c3", got...)
	shots, err := s.Shots(ctx, p.ID)
	must(t, err)
	names("shots", "s2", string(shots[0].Name))
	resources, err := s.Resources(ctx, p.ID)
	must(t, err)
	names("resources", "r1", string(resources[0].Name))
	suites, err := s.Suites(ctx, p.ID)
	must(t, err)
	names("suites", "good", string(suites[0].Name))
	if len(shots) != 1 || len(resources) != 1 || len(suites) != 1 {
		t.Errorf("%d shots, %d resources, %d suites", len(shots), len(resources), len(suites))
	}
	if x, err := s.Suite(ctx, "triage", "bad"); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("a suite without its assertion: %+v, %v", x, err)
	}
	variants, err := s.Variants(ctx, p.ID)
	must(t, err)
	names("variants", "a", string(variants[0].Name))
	runs, err := s.Runs(ctx, 0)
	must(t, err)
	if len(variants) != 1 || len(runs) != 1 || runs[0].ID != run.ID {
		t.Errorf("%d variants, runs %+v", len(variants), runs)
	}
	results, err := s.Results(ctx, run.ID)
	must(t, err)
	if len(results) != 3 || results[0].Output.Status != session.StatusDone || results[2].Output.Text != "answer of c2" {
		t.Errorf("%+v", results)
	}
	bad := results[1]
	if bad.Output.Status != session.StatusError || bad.Output.Text != "" || bad.Output.Error == nil || bad.Output.Error.Kind != "damaged" || bad.Cell.CaseName != "c1" || bad.Cell.Index != 1 {
		t.Errorf("the damaged cell is %+v", bad)
	}
	if len(told) != 7 {
		t.Errorf("told %q", told)
	}
	must(t, s.ReadThrough(ctx))
	if all := strings.Join(told, "\n"); len(told) != 7 || strings.Contains(all, "\x1b") || !strings.Contains(all, `case "c2" is damaged`) || !strings.Contains(all, `suite "bad" is damaged: assertion 2`) {
		t.Errorf("told in all %d: %s", len(told), all)
	}
	var one *BadRow
	if _, err := s.Shot(ctx, p.ID, "s1"); !errors.As(err, &one) {
		t.Errorf("by its name: %v", err)
	}
}
