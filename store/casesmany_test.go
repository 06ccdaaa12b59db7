package store

import (
	"testing"

	"galley/session"
	"galley/session/text"
)

func TestDeleteCasesIsOneEdit(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p, err := s.CreatePrompt(ctx, "triage", "", "")
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateCases(ctx, p.ID, []session.Case{{Name: "a"}, {Name: "b"}, {Name: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	names := func() (out text.Raw) {
		cases, err := s.Cases(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			out += c.Name
		}
		return out
	}
	if err := s.DeleteCases(ctx, []int64{made[0].ID, made[2].ID}); err != nil || names() != "b" {
		t.Fatalf("%q, %v", names(), err)
	}
	if _, err := s.Undo(ctx, 1); err != nil || names() != "abc" {
		t.Errorf("one undo leaves %q, %v", names(), err)
	}
	if err := s.DeleteCases(ctx, []int64{made[0].ID, 999}); err == nil || names() != "abc" {
		t.Errorf("a case that is not there: %q, %v", names(), err)
	}
}
