package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestNamesThatAreNear(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	prompt(t, s, "reply")
	variant(t, s, p, "five-shot", "a")
	variant(t, s, p, "zero-shot", "b")
	_, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "c12"}, {Name: "refund"}})
	must(t, err)
	for _, c := range []struct {
		err  func() error
		want []string
	}{
		{func() error { _, err := s.Prompt(ctx, "triag"); return err }, []string{"triage"}},
		{func() error { _, err := s.Prompt(ctx, "Triage"); return err }, []string{"triage"}},
		{func() error { _, err := s.Prompt(ctx, "xyz"); return err }, nil},
		{func() error {
			_, err := s.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "five"})
			return err
		}, []string{"triage/five-shot"}},
		{func() error {
			_, err := s.Variant(ctx, session.VariantRef{Prompt: "tirage", Variant: "five-shot"})
			return err
		}, []string{"triage"}},
		{func() error {
			_, err := s.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "five-shot", Revision: 7})
			return err
		}, []string{"triage/five-shot@1"}},
		{func() error { _, err := s.Case(ctx, p.ID, "refnud"); return err }, []string{"refund"}},
	} {
		var n *NotFound
		if err := c.err(); !errors.As(err, &n) || !slices.Equal(n.Near, c.want) {
			t.Errorf("%v; near %q", err, c.want)
		}
	}
}

// An error may hold a name from a file; printed, it obeys nothing.
func TestErrorsAreSafeToPrint(t *testing.T) {
	evil := "x\x1b]52;c;aGk=\a\u202e"
	for _, err := range []error{
		&NotFound{Noun: "prompt", Name: evil, Near: []string{evil}}, &Exists{Noun: "prompt", Name: evil}, &Invalid{Noun: "case", Name: evil, Where: evil},
		&Foreign{Path: evil, What: evil}, &Newer{Path: evil}, &Damaged{Path: evil, What: evil}, &Locked{Path: evil},
		&LeaseHeld{Run: "r1", Owner: evil}, &Changed{Noun: "prompt", Name: evil},
	} {
		if s := err.Error(); strings.ContainsAny(s, "\x1b\a\u202e\n") {
			t.Errorf("%T: %q", err, s)
		}
	}
}

func TestNamesAreChecked(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	v := variant(t, s, p, "v", "a")
	var bad *session.NameError
	var taken *Exists
	for _, name := range []string{"", "a b", "all", "-x", "a/b", "a\x00", "a\xff", strings.Repeat("x", 81)} {
		if _, err := s.CreatePrompt(ctx, name, "", ""); !errors.As(err, &bad) {
			t.Errorf("prompt %q: %v", name, err)
		}
		if err := s.RenameVariant(ctx, v.ID, name); !errors.As(err, &bad) {
			t.Errorf("variant %q: %v", name, err)
		}
	}
	if _, err := s.CreatePrompt(ctx, "triage", "", ""); !errors.As(err, &taken) {
		t.Errorf("a name twice: %v", err)
	}
	if _, err := s.CopyVariant(ctx, v.ID, "v"); !errors.As(err, &taken) {
		t.Errorf("a copy of the same name: %v", err)
	}
	before := state(t, s)
	_, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "a"}, {Name: "b"}, {Name: "a"}})
	if !errors.As(err, &taken) || state(t, s) != before {
		t.Errorf("half of an import stayed: %v", err)
	}
	if h := history(t, s); len(h) != 2 {
		t.Errorf("an import that failed is in the log: %+v", h)
	}
	got, err := s.CreateCases(ctx, p.ID, []session.Case{{}, {Name: "c1"}, {}})
	if err == nil || !errors.As(err, &taken) {
		t.Errorf("a given name after the same made one: %v, %v", got, err)
	}
	got, err = s.CreateCases(ctx, p.ID, []session.Case{{Name: "c2"}, {}, {}})
	must(t, err)
	if got[1].Name != "c1" || got[2].Name != "c3" {
		t.Errorf("made names: %v", got)
	}
}

func TestDraftsAndSaving(t *testing.T) {
	ctx := t.Context()
	clock := newClock()
	s := open(t, t.TempDir()+"/g.db", Options{Create: true, Now: clock.now})
	v := variant(t, s, prompt(t, s, "triage"), "v", "one")
	if d, err := s.Draft(ctx, v.ID); d != nil || err != nil {
		t.Errorf("a draft from nowhere: %v, %v", d, err)
	}
	for _, words := range []string{"one!", "two"} {
		clock.advance(1000)
		must(t, s.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: content(words)}))
	}
	path := s.Path()
	closed(t, s)
	s = open(t, path, Options{Now: clock.now})
	d, err := s.Draft(ctx, v.ID)
	want := &session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: content("two"), UpdatedMS: clock.now()}
	if diff := cmp.Diff(want, d); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	got, err := s.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "v"})
	if err != nil || !got.Drafted || got.Revision.Content.Blocks[0].Text != "one" {
		t.Errorf("a draft became the prompt: %+v, %v", got, err)
	}
	rev, saved, err := s.Save(ctx, v.ID, v.Revision.ID, content("two"), "shorter")
	if err != nil || !saved || rev.Number != 2 || rev.ParentID != v.Revision.ID || rev.Intent != "shorter" {
		t.Errorf("%+v, %v, %v", rev, saved, err)
	}
	if list, err := s.Drafts(ctx); err != nil || len(list) != 0 {
		t.Errorf("drafts after saving: %v, %v", list, err)
	}
	same, saved, err := s.Save(ctx, v.ID, rev.ID, content("two"), "again")
	if err != nil || saved || same.ID != rev.ID {
		t.Errorf("saving the same: %+v, %v, %v", same, saved, err)
	}
	// A save beside a newer one is kept too, with its own parent.
	beside, saved, err := s.Save(ctx, v.ID, v.Revision.ID, content("three"), "")
	if err != nil || !saved || beside.Number != 3 || beside.ParentID != v.Revision.ID {
		t.Errorf("%+v, %v, %v", beside, saved, err)
	}
	old, err := s.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "v", Revision: 1})
	if err != nil || old.Revision.Content.Blocks[0].Text != "one" || old.Head != 3 {
		t.Errorf("%+v, %v", old, err)
	}
	// After an undo the number is not given again: an output may name it.
	_, err = s.Undo(ctx, 1)
	must(t, err)
	next, _, err := s.Save(ctx, v.ID, rev.ID, content("four"), "")
	if err != nil || next.Number != 4 {
		t.Errorf("%+v, %v", next, err)
	}
	if list, err := s.Revisions(ctx, v.ID); err != nil || len(list) != 4 || list[0].Number != 4 {
		t.Errorf("%+v, %v", list, err)
	}
	other := variant(t, s, prompt(t, s, "reply"), "w", "x")
	var n *NotFound
	if _, _, err := s.Save(ctx, v.ID, other.Revision.ID, content("five"), ""); !errors.As(err, &n) {
		t.Errorf("a parent of another variant: %v", err)
	}
	must(t, s.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: next.ID, Content: content("typing")}))
	must(t, s.DropDraft(ctx, v.ID))
	if d, err := s.Draft(ctx, v.ID); d != nil || err != nil {
		t.Errorf("a dropped draft: %v, %v", d, err)
	}
}

func TestSeveralVariantsAreOneEdit(t *testing.T) {
	s := create(t)
	ctx := t.Context()
	p := prompt(t, s, "triage")
	before := len(history(t, s))
	list := []session.NewVariant{{Name: "xml", Intent: "twin"}, {Name: "markdown"}, {Name: "json"}}
	for i := range list {
		list[i].Content = session.Content{Blocks: []session.Block{{UID: "b", Kind: session.KindInput, Role: session.RoleUser, Text: text.Raw(list[i].Name)}}}
	}
	made, err := s.CreateVariants(ctx, p.ID, list)
	must(t, err)
	if len(made) != 3 || made[1].Name != "markdown" || made[0].Revision.Intent != "twin" || made[2].Revision.Content.Blocks[0].Text != "json" {
		t.Fatalf("made %+v", made)
	}
	if h := history(t, s); len(h) != before+1 || h[0].Name != "triage" || h[0].Detail != "3 variants" {
		t.Errorf("history: %+v", h[0])
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if left, err := s.Variants(ctx, p.ID); err != nil || len(left) != 0 {
		t.Errorf("one undo leaves %d, %v", len(left), err)
	}
	_, err = s.Redo(ctx, 1)
	must(t, err)
	if back, err := s.Variants(ctx, p.ID); err != nil || len(back) != 3 {
		t.Errorf("redo brings %d, %v", len(back), err)
	}
	// All or none.
	if _, err := s.CreateVariants(ctx, p.ID, []session.NewVariant{{Name: "fresh"}, {Name: "xml"}}); err == nil {
		t.Error("a name twice")
	}
	if all, err := s.Variants(ctx, p.ID); err != nil || len(all) != 3 {
		t.Errorf("%d variants after a refusal, %v", len(all), err)
	}
}

func TestCopyPrompt(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p, err := s.CreatePrompt(ctx, "triage", "be fair", "n")
	must(t, err)
	variant(t, s, p, "v", "a")
	_, err = s.CreateCases(ctx, p.ID, []session.Case{{Name: "one", Vars: []session.Var{{Name: "x", Value: "1"}}}})
	must(t, err)
	_, err = s.CreateShots(ctx, p.ID, []session.Shot{{Name: "s", Input: "i", Output: "o"}})
	must(t, err)
	_, err = s.CopyPrompt(ctx, p.ID, "sorting")
	must(t, err)
	strip := func(name string) string {
		return strings.ReplaceAll(state(t, s)[strings.Index(state(t, s), name+" "):], name, "")
	}
	both := state(t, s)
	must(t, s.DeletePrompt(ctx, p.ID))
	copied := strip("sorting")
	if !strings.Contains(both, copied) || !strings.Contains(copied, "be fair") || !strings.Contains(copied, "case one") || !strings.Contains(copied, "shot s") {
		t.Errorf("the copy:\n%s", copied)
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if _, err := s.Prompt(ctx, "sorting"); err == nil {
		t.Error("a copy is more than one edit")
	}
}

func TestSearch(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p, err := s.CreatePrompt(ctx, "triage", "Judge the café fairly", "")
	must(t, err)
	v := variant(t, s, p, "v", "Sort the ticket: \"what's wrong\" (here")
	_, err = s.CreateCases(ctx, p.ID, []session.Case{{Name: "c1", Vars: []session.Var{{Name: "x", Value: "refund a\x00b now"}}}})
	must(t, err)
	_, err = s.CreateShots(ctx, p.ID, []session.Shot{{Name: "s1", Input: "my parcel", Output: "shipping"}})
	must(t, err)
	run, cells := start(t, s, v, 1, "me")
	must(t, ask(s, cells[0], session.Output{Status: session.StatusDone, Text: "an umbrella"}))
	_, err = s.AddNote(ctx, cells[0].ID, "too curt")
	must(t, err)
	find := func(words string) string {
		hits, err := s.Search(ctx, words, 0)
		if err != nil {
			t.Errorf("%q: %v", words, err)
		}
		var out []string
		for _, h := range hits {
			out = append(out, h.Noun+" "+string(h.Name))
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	out := fmt.Sprintf("%s triage/v@1 c0", run.Name())
	for words, want := range map[string]string{
		"refund": "case triage c1", "REFU": "case triage c1", "cafe": "prompt triage", "parcel shipping": "shot triage s1",
		"parcel refund": "", "umbrella": "output " + out, "curt": "note " + out, "ticket sort": "variant triage/v",
		`what's "wrong" (here`: "variant triage/v", "a\x00b": "case triage c1",
		"": "", "   ": "", `"`: "", "*": "", "NOT": "", "refund OR parcel": "", "x:refund": "", "NEAR(a b)": "", "^refund": "case triage c1",
		"-refund": "case triage c1", "(": "", "\xff": "", "refund*": "case triage c1", "'; DROP TABLE fts; --": "",
	} {
		if got := find(words); got != want {
			t.Errorf("%q found %q, want %q", words, got, want)
		}
	}
	hits, err := s.Search(ctx, "umbrella", 1)
	if err != nil || len(hits) != 1 || hits[0].Excerpt != "an umbrella" || hits[0].ID != cells[0].ID {
		t.Errorf("%+v, %v", hits, err)
	}
	must(t, s.DeletePrompt(ctx, p.ID))
	if got := find("refund"); got != "" {
		t.Errorf("a deleted prompt's case is found: %s", got)
	}
	if got := find("umbrella"); got != "output "+out {
		t.Errorf("an output is not found once its prompt is deleted: %s", got)
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("é", 500) + " needle\n" + strings.Repeat("x", 500)
	got := excerpt(long, "needle")
	if !got.Valid() || !strings.Contains(string(got), "needle") || len([]rune(string(got))) > 110 || strings.Contains(string(got), "\n") {
		t.Errorf("%q", string(got))
	}
	if got := excerpt("short", "absent"); got != text.Raw("short") {
		t.Errorf("%q", string(got))
	}
	if got := excerpt("İİİİ\xffneedle", "needle"); !strings.Contains(string(got), "needle") {
		t.Errorf("%q", string(got))
	}
}
