package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func texts(list []session.Resource) (out []string) {
	for _, r := range list {
		out = append(out, string(r.Name)+"="+string(r.Text))
	}
	return out
}

func TestResources(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "support")
	made, err := s.CreateResources(ctx, p.ID, []session.Resource{
		{Source: "docs/manual.md", Place: 2, Text: "two"},
		{Name: "faq", Text: "<b>\x00 zebra", Tags: []text.Raw{"t"}, Off: true, Hash: "of something else"},
		{Source: "docs/manual.md", Place: 1, Text: "one"},
		{Text: "bare"}, {Source: `C:\x\manual.md`, Place: 2, Text: "two"}, {Text: ""},
	})
	must(t, err)
	want := []string{"manual.md#2=two", "faq=<b>\x00 zebra", "manual.md#1=one", "text1=bare", "manual.md#2-2=two", "text2="}
	if diff := cmp.Diff(want, texts(made)); diff != "" {
		t.Error(diff)
	}
	got, err := s.Resources(ctx, p.ID)
	if diff := cmp.Diff([]string{want[2], want[0], want[1], want[3], want[4], want[5]}, texts(got)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	one, err := s.Resource(ctx, p.ID, "faq")
	if diff := cmp.Diff(made[1], one); err != nil || diff != "" || one.Hash != session.Hash([]byte(one.Text)) || !one.Off {
		t.Errorf("%v\n%s", err, diff)
	}
	var n *NotFound
	if _, err := s.Resource(ctx, p.ID, "fap"); !errors.As(err, &n) || len(n.Near) != 1 {
		t.Errorf("%v", err)
	}
	if hits, err := s.Search(ctx, "zebra", 0); err != nil || len(hits) != 1 || hits[0].Noun != "resource" || hits[0].Name != "support faq" {
		t.Errorf("%+v, %v", hits, err)
	}
	if h := history(t, s); h[0].Verb != "import" || h[0].Noun != "resource" || h[0].Detail != "6 resources" {
		t.Errorf("%+v", h[0])
	}
	before := state(t, s)
	one.Text, one.Off = "other", false // its hash is that of before
	must(t, s.UpdateResources(ctx, []session.Resource{one}))
	if now, err := s.Resource(ctx, p.ID, "faq"); err != nil || now.Text != "other" || now.Off || now.UID != one.UID {
		t.Errorf("%+v, %v", now, err)
	}
	must(t, s.RenameResource(ctx, one.ID, "questions and answers"))
	must(t, s.DeleteResources(ctx, []int64{made[0].ID, made[2].ID}))
	if now, err := s.Resources(ctx, p.ID); err != nil || len(now) != 4 {
		t.Errorf("%v, %v", texts(now), err)
	}
	_, err = s.Undo(ctx, 3)
	must(t, err)
	if now := state(t, s); now != before {
		t.Errorf("after undo:\n%s\nbefore:\n%s", now, before)
	}
	var bad *Invalid
	_, err = s.CreateResources(ctx, p.ID, []session.Resource{{Text: "good"}, {Text: "\xff"}})
	if !errors.As(err, &bad) || RowOf(err) != 1 || state(t, s) != before {
		t.Errorf("%v", err)
	}
	var taken *Exists
	if _, err := s.CreateResources(ctx, p.ID, []session.Resource{{Name: "faq"}}); !errors.As(err, &taken) {
		t.Errorf("%v", err)
	}
	if err := s.DeleteResources(ctx, []int64{made[0].ID, 999}); RowOf(err) != 1 || state(t, s) != before {
		t.Errorf("%v", err)
	}
}

// A source that was split anew keeps what stayed, and one undo brings the old back.
func TestReplaceResources(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "support")
	pieces := func(words ...string) (out []session.Resource) {
		for i, w := range words {
			out = append(out, session.Resource{Place: i + 1, Text: text.Raw(w)})
		}
		return out
	}
	first, err := s.ReplaceResources(ctx, p.ID, "a.md", pieces("one", "two", "three"))
	must(t, err)
	_, err = s.CreateResources(ctx, p.ID, []session.Resource{{Name: "other", Text: "stays"}})
	must(t, err)
	first[1].Off, first[1].Tags = true, []text.Raw{"seen"}
	must(t, s.UpdateResources(ctx, first[1:2]))
	before := state(t, s)
	again, err := s.ReplaceResources(ctx, p.ID, "a.md", pieces("one", "two", "three"))
	must(t, err)
	if state(t, s) != before || len(history(t, s)) != 4 {
		t.Errorf("the same again is an edit: %+v", history(t, s))
	}
	for i := range again {
		if again[i].UID != first[i].UID {
			t.Errorf("%d is another", i)
		}
	}
	// A piece comes before the others: names move on, and what is known of each with it.
	next, err := s.ReplaceResources(ctx, p.ID, "a.md", pieces("zero", "one", "two"))
	must(t, err)
	got, err := s.Resources(ctx, p.ID)
	must(t, err)
	if diff := cmp.Diff([]string{"a.md#1=zero", "a.md#2=one", "a.md#3=two", "other=stays"}, texts(got)); diff != "" {
		// The order is that of the oldest piece of a source.
		t.Error(diff)
	}
	two := next[2]
	if two.UID != first[1].UID || !two.Off || len(two.Tags) != 1 {
		t.Errorf("%+v", two)
	}
	_, err = s.Undo(ctx, 1)
	must(t, err)
	if now := state(t, s); now != before {
		t.Errorf("after undo:\n%s\nbefore:\n%s", now, before)
	}
	if _, err := s.Redo(ctx, 1); err != nil {
		t.Error(err)
	}
	if now, err := s.Resources(ctx, p.ID); err != nil || cmp.Diff(got, now) != "" {
		t.Errorf("%v\n%s", err, cmp.Diff(got, now))
	}
	if _, err := s.ReplaceResources(ctx, p.ID, "a.md", nil); err != nil {
		t.Error(err)
	}
	if now, err := s.Resources(ctx, p.ID); err != nil || len(now) != 1 {
		t.Errorf("%v, %v", texts(now), err)
	}
	if _, err := s.ReplaceResources(ctx, p.ID, "", pieces("x")); err == nil {
		t.Error("a source without a name was replaced")
	}
}

// with is a content with resources of these texts.
func with(words ...text.Raw) session.Content {
	c := content("Answer from these.")
	b := session.Block{UID: "res", Kind: session.KindResources, Role: session.RoleUser, Wrap: session.WrapXML}
	for _, w := range words {
		b.Resources = append(b.Resources, session.Resource{UID: "u", Name: "n", Hash: session.Hash([]byte(w)), Text: w})
	}
	c.Blocks = append(c.Blocks, b)
	return c
}

// Texts of resources are kept once beside contents and are back wherever one is
// read.
func TestContentsHaveTheirTexts(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "support")
	long := text.Raw(strings.Repeat("a long text\x00 ", 5000))
	c := with(long, "", "<short>", long)
	v, err := s.CreateVariant(ctx, p.ID, "v", c, "")
	must(t, err)
	check := func(where string, got session.Content, want session.Content) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", where, diff)
		}
	}
	check("a variant that was made", v.Revision.Content, c)
	if v.Revision.Hash != c.Hash() {
		t.Error("another hash")
	}
	var n int
	must(t, s.read.QueryRowContext(ctx, `SELECT count(*) FROM pieces`).Scan(&n))
	if n != 3 {
		t.Errorf("%d texts of 3", n)
	}
	all, err := s.Variants(ctx, p.ID)
	must(t, err)
	check("all", all[0].Revision.Content, c)
	one, err := s.Variant(ctx, session.VariantRef{Prompt: "support", Variant: "v"})
	must(t, err)
	check("one", one.Revision.Content, c)
	stale := c.Clone()
	stale.Blocks[len(stale.Blocks)-1].Resources[2].Text = "written over" // its hash says another
	want := with(long, "", "written over", long)
	must(t, s.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: stale, Left: true}))
	d, err := s.Draft(ctx, v.ID)
	must(t, err)
	check("draft", d.Content, want)
	if !d.Left {
		t.Error("a draft that was left is not")
	}
	must(t, s.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: want}))
	drafts, err := s.Drafts(ctx)
	must(t, err)
	check("drafts", drafts[0].Content, want)
	if drafts[0].Left {
		t.Error("a draft that is being typed is left")
	}
	rev, saved, err := s.Save(ctx, v.ID, v.Revision.ID, stale, "")
	if err != nil || !saved {
		t.Error(saved, err)
	}
	check("saved", rev.Content, want)
	bare := want.Clone() // as a file from elsewhere may have it: without texts
	for i := range bare.Blocks[len(bare.Blocks)-1].Resources {
		bare.Blocks[len(bare.Blocks)-1].Resources[i].Text = ""
	}
	if _, saved, err := s.Save(ctx, v.ID, rev.ID, bare, ""); err != nil || saved {
		t.Error("the same without its texts is another:", saved, err)
	}
	revs, err := s.Revisions(ctx, v.ID)
	must(t, err)
	check("revisions", revs[1].Content, c)
	twin, err := s.CopyVariant(ctx, v.ID, "w")
	must(t, err)
	check("copy", twin.Revision.Content, want)
	unknown := want.Clone()
	unknown.Blocks[len(unknown.Blocks)-1].Resources[0] = session.Resource{Name: "n", Hash: session.Hash([]byte("never seen"))}
	if _, _, err := s.Save(ctx, v.ID, rev.ID, unknown, ""); err == nil || !strings.Contains(err.Error(), "not in the workspace") {
		t.Errorf("a text that is nowhere: %v", err)
	}

	_, err = s.write.ExecContext(ctx, `UPDATE pieces SET body = 'forged' WHERE body = '<short>'`)
	must(t, err)
	if _, err := s.Revision(ctx, v.Revision.ID); err == nil || !strings.Contains(err.Error(), "its text is not what its hash names") {
		t.Errorf("%v", err)
	}
	_, err = s.write.ExecContext(ctx, `DELETE FROM pieces WHERE body = 'forged'`)
	must(t, err)
	if _, err := s.Revision(ctx, v.Revision.ID); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("%v", err)
	}
}
