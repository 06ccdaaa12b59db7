package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

// Many files come in as one edit, or not at all; what stayed is the same resource.
func TestReplaceSources(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "support")
	cut := func(words ...text.Raw) (out []session.Resource) {
		for i, w := range words {
			out = append(out, session.Resource{Place: i + 1, Text: w})
		}
		return out
	}
	first, err := s.ReplaceSources(ctx, p.ID, []Source{{"a/read.md", cut("one", "two")}, {"b/read.md", cut("one")}})
	must(t, err)
	if diff := cmp.Diff([]string{"read.md#1=one", "read.md#2=two"}, texts(first[0].Pieces)); diff != "" {
		t.Error(diff)
	}
	before, err := s.Resources(ctx, p.ID)
	must(t, err)
	if len(before) != 3 || before[2].Name == before[0].Name {
		t.Errorf("%v", texts(before))
	}
	again, err := s.ReplaceSources(ctx, p.ID, []Source{{"a/read.md", cut("new", "one")}, {"b/read.md", nil}})
	must(t, err)
	if again[0].Pieces[1].UID != first[0].Pieces[0].UID {
		t.Error("a text that moved is another resource")
	}
	after, err := s.Resources(ctx, p.ID)
	if err != nil || len(after) != 2 {
		t.Errorf("%v, %v", texts(after), err)
	}
	if _, err := s.Undo(ctx, 1); err != nil {
		t.Fatal(err)
	}
	back, err := s.Resources(ctx, p.ID)
	if diff := cmp.Diff(before, back); err != nil || diff != "" {
		t.Errorf("one undo did not bring all back: %v\n%s", err, diff)
	}
	was := state(t, s)
	if _, err := s.ReplaceSources(ctx, p.ID, []Source{{"c.md", cut("x")}, {"d.md", cut("\xff")}}); err == nil {
		t.Error("what is not UTF-8 was kept")
	}
	if _, err := s.ReplaceSources(ctx, p.ID, []Source{{"", cut("x")}}); err == nil {
		t.Error("pieces of nothing were kept")
	}
	if diff := cmp.Diff(was, state(t, s)); diff != "" {
		t.Errorf("a failed import changed something: %s", diff)
	}
}
