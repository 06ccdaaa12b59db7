package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"galley/session"
	"galley/session/text"
)

func TestInternAnswers(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	v := variant(t, s, prompt(t, s, "triage"), "v", "one")
	second, _, err := s.Save(ctx, v.ID, v.Revision.ID, content("two"), "")
	must(t, err)
	say := func(rev int64, q int, words text.Raw) {
		t.Helper()
		must(t, s.PutIntern(ctx, session.InternAnswer{RevisionID: rev, Question: q, Text: words, By: "ann"}))
	}
	told := func() (out []string) {
		list, err := s.InternsOf(ctx, v.ID)
		must(t, err)
		for _, a := range list {
			out = append(out, string(a.Text))
		}
		return out
	}
	say(v.Revision.ID, 2, "what a tier is\x00")
	say(v.Revision.ID, 1, "no")
	say(second.ID, 1, "yes")
	say(second.ID, 4, "")
	if diff := cmp.Diff([]string{"yes", "no", "what a tier is\x00"}, told()); diff != "" {
		t.Error(diff)
	}
	list, err := s.Interns(ctx, v.Revision.ID)
	if err != nil || len(list) != 2 || list[0].Question != 1 || list[0].By != "ann" || list[0].UpdatedMS == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	say(v.Revision.ID, 1, "hardly")
	say(v.Revision.ID, 2, "")
	if diff := cmp.Diff([]string{"yes", "hardly"}, told()); diff != "" {
		t.Error(diff)
	}
	h := history(t, s)
	if h[0].Verb != "answer" || h[0].Noun != "intern test" || h[0].Name != "triage/v@1" || h[0].Detail != "question 2" {
		t.Errorf("%+v", h[0])
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if diff := cmp.Diff([]string{"yes", "no", "what a tier is\x00"}, told()); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []session.InternAnswer{
		{RevisionID: v.Revision.ID, Question: 5, Text: "x"},
		{RevisionID: v.Revision.ID, Text: "x"},
		{RevisionID: 99, Question: 1, Text: "x"}, {RevisionID: v.Revision.ID, Question: 1, Text: "\xff"},
	} {
		if err := s.PutIntern(ctx, bad); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
	must(t, s.DeleteVariant(ctx, v.ID)) // its revisions stay, and what was said of them
	if len(told()) != 3 {
		t.Error(told())
	}
}

func TestSilences(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "triage")
	x, err := s.PutSilence(ctx, session.Silence{PromptID: p.ID, Rule: "redundancy", Quote: "a\nb", Reason: "on purpose", By: "ann"})
	must(t, err)
	again, err := s.PutSilence(ctx, session.Silence{PromptID: p.ID, Rule: "redundancy", Quote: "a\nb", Reason: "for weight", By: "ben"})
	if err != nil || again.ID != x.ID || again.Reason != "for weight" || again.By != "ben" {
		t.Errorf("%+v, %v", again, err)
	}
	other, err := s.PutSilence(ctx, session.Silence{PromptID: p.ID, Rule: "budget", Quote: "a\nb", Reason: "r"})
	must(t, err)
	list, err := s.Silences(ctx, p.ID)
	if diff := cmp.Diff([]session.Silence{again, other}, list); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	must(t, s.DeleteSilence(ctx, x.ID))
	var n *NotFound
	if err := s.DeleteSilence(ctx, x.ID); !errors.As(err, &n) {
		t.Errorf("%v", err)
	}
	if h := history(t, s); h[0].Verb != "unsilence" || h[0].Noun != "finding" || h[0].Detail != "redundancy" || h[0].Name != "triage" {
		t.Errorf("%+v", h[0])
	}
	_, err = s.Undo(ctx, 3)
	must(t, err)
	if list, err := s.Silences(ctx, 0); err != nil || cmp.Diff([]session.Silence{x}, list) != "" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, bad := range []session.Silence{
		{PromptID: p.ID, Rule: "r", Quote: "q"}, {PromptID: p.ID, Quote: "q", Reason: "r"}, {PromptID: 99, Rule: "r", Reason: "r"},
		{PromptID: p.ID, Rule: "r", Quote: "\xff", Reason: "r"},
	} {
		if _, err := s.PutSilence(ctx, bad); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
}

func TestRelevances(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p, q := prompt(t, s, "support"), prompt(t, s, "other")
	cases, err := s.CreateCases(ctx, p.ID, make([]session.Case, 2))
	must(t, err)
	put := func(k int, hash string, grade int, by text.Raw) {
		t.Helper()
		must(t, s.PutRelevance(ctx, session.Relevance{PromptID: p.ID, CaseID: cases[k].ID, Hash: hash, Grade: grade, By: by}))
	}
	told := func() (out []int) {
		list, err := s.Relevances(ctx, p.ID)
		must(t, err)
		for _, m := range list {
			if m.PromptID != p.ID {
				t.Errorf("%+v", m)
			}
			out = append(out, m.Grade)
		}
		return out
	}
	put(0, "h", 2, "ann")
	put(0, "h", 0, "ben")
	put(1, "h", 3, "ann")
	put(0, "g", -1, "ann")
	put(0, "h", 1, "ann")
	if !slices.Equal(told(), []int{1, 0, 3}) {
		t.Error(told())
	}
	put(0, "h", -1, "ben")
	must(t, s.DeleteCase(ctx, cases[1].ID))
	if !slices.Equal(told(), []int{1}) {
		t.Error(told())
	}
	_, err = s.Undo(ctx, 3)
	must(t, err)
	if !slices.Equal(told(), []int{2, 0, 3}) {
		t.Error(told())
	}
	for _, bad := range []session.Relevance{
		{CaseID: cases[0].ID, Hash: "h", Grade: 4}, {CaseID: cases[0].ID, Hash: "h", Grade: -2}, {CaseID: cases[0].ID, Grade: 1}, {CaseID: 99, Hash: "h"},
		{PromptID: q.ID, CaseID: cases[0].ID, Hash: "h"}, {CaseID: cases[0].ID, Hash: "h", By: "\xff"},
	} {
		if err := s.PutRelevance(ctx, bad); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
}

// A copy of a prompt has all that the prompt itself is made of, and its own.
func TestACopyHasEverything(t *testing.T) {
	ctx := t.Context()
	s := create(t)
	p := prompt(t, s, "support")
	variant(t, s, p, "v", "a")
	cases, err := s.CreateCases(ctx, p.ID, make([]session.Case, 3))
	must(t, err)
	made, err := s.CreateResources(ctx, p.ID, []session.Resource{{Source: "m.md", Place: 1, Text: "one"}})
	must(t, err)
	_, err = s.CreateShots(ctx, p.ID, []session.Shot{{Calls: []session.ShotCall{{Name: "f"}}, Pin: session.PinFirst}})
	must(t, err)
	x, err := s.CreateSuite(ctx, p.ID, "fits", "n")
	must(t, err)
	x.CaseIDs, x.Threshold = []int64{cases[2].ID}, ptr(0.5)
	must(t, s.SetSuite(ctx, x))
	_, err = s.AddAssertions(ctx, x.ID, []session.Assertion{{Kind: "contains", Value: "z", Weight: 1, CaseID: cases[2].ID}, {Kind: "equals", Weight: 2}})
	must(t, err)
	_, err = s.CreateMode(ctx, p.ID, "too long")
	must(t, err)
	_, err = s.PutSilence(ctx, session.Silence{PromptID: p.ID, Rule: "r", Quote: "q", Reason: "why"})
	must(t, err)
	must(t, s.PutRelevance(ctx, session.Relevance{CaseID: cases[1].ID, Hash: made[0].Hash, Grade: 3}))
	before := state(t, s)
	n, err := s.CopyPrompt(ctx, p.ID, "twin")
	must(t, err)
	must(t, s.DeletePrompt(ctx, p.ID))
	copies, err := s.Cases(ctx, n.ID)
	must(t, err)
	suites, err := s.Suites(ctx, n.ID)
	must(t, err)
	if len(suites) != 1 || !slices.Equal(suites[0].CaseIDs, []int64{copies[2].ID}) || *suites[0].Threshold != 0.5 || len(suites[0].Assertions) != 2 ||
		suites[0].Assertions[0].CaseID != copies[2].ID || suites[0].Assertions[1].Weight != 2 {
		t.Errorf("%+v", suites)
	}
	if list, err := s.Resources(ctx, n.ID); err != nil || len(list) != 1 || list[0].Text != "one" || list[0].UID == made[0].UID {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Shots(ctx, n.ID); err != nil || len(list) != 1 || list[0].Pin != session.PinFirst || len(list[0].Calls) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Modes(ctx, n.ID); err != nil || len(list) != 1 || list[0].Name != "too long" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Silences(ctx, n.ID); err != nil || len(list) != 1 || list[0].Reason != "why" {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.Relevances(ctx, n.ID); err != nil || len(list) != 1 || list[0].CaseID != copies[1].ID {
		t.Errorf("%+v, %v", list, err)
	}
	_, err = s.Undo(ctx, 2)
	must(t, err)
	if now := state(t, s); now != before || strings.Contains(now, "twin") {
		t.Errorf("after undo:\n%s\nbefore:\n%s", now, before)
	}
}
