package revisions

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func ago(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

// shelf is what a workspace keeps of a variant, in memory.
type shelf struct {
	here  Here
	other []session.Revision
	table session.Table
	err   error
	log   []string
	asked int // contexts that were counted
}

func block(uid string, k session.Kind, title, words text.Raw) session.Block {
	return session.Block{UID: uid, Kind: k, Role: k.DefaultRole(), Title: title, Text: words, Wrap: session.WrapNone}
}

// wordings are contents that each change a little of the one before.
func wordings() []session.Content {
	temp := 0.2
	a := session.Content{Blocks: []session.Block{
		block("b1", session.KindSystem, "", "You sort the mail of a workshop."),
		block("b2", session.KindInstructions, "Rules", "Answer with one label:\nbilling, bug, other.\nNothing else."),
		block("b3", session.KindInput, "Ticket", "{{ticket}}"),
	}}
	b := a.Clone()
	b.Blocks[1].Text = "Answer with exactly one label:\nbilling, bug, shipping, other.\nNothing else."
	c := b.Clone()
	shots := block("b4", session.KindShots, "Examples", "")
	shots.Layout = session.LayoutTurns
	shots.Shots = []session.Shot{{UID: "s1", Name: "s01", Input: "I paid twice.", Output: "billing"}, {UID: "s2", Name: "s02", Input: "It crashes.", Output: "bug"}}
	c.Blocks = slices.Insert(c.Blocks, 2, shots)
	d := a.Clone()
	d.Blocks[1].Wrap = session.WrapXML
	d.Params.Temperature = &temp
	e := c.Clone()
	e.Blocks[2].Shots[1].Off = true
	return []session.Content{a, b, c, d, e}
}

func revision(n int, parent int64, intent text.Raw, c session.Content) session.Revision {
	return session.Revision{ID: int64(100 + n), VariantID: 11, Number: n, ParentID: parent, Intent: intent, CreatedMS: ago(time.Duration(60-10*n) * time.Hour), Hash: c.Hash(), Content: c}
}

func newShelf() *shelf {
	w := wordings()
	s := &shelf{}
	revs := []session.Revision{
		revision(5, 103, "without the second shot", w[4]), revision(4, 101, "rules in a tag, colder", w[3]), revision(3, 102, "two examples", w[2]),
		revision(2, 101, "shipping is a label of its own, and exactly one is asked for", w[1]), revision(1, 0, "", w[0]),
	}
	prompt := session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}, Variants: 2, Cases: 1}
	v := session.VariantInfo{Variant: session.Variant{ID: 11, PromptID: 1, Name: "plain", Head: 5}, Prompt: "triage", Revision: revs[0]}
	o := session.VariantInfo{Variant: session.Variant{ID: 12, PromptID: 1, Name: "short", Head: 2}, Prompt: "triage", Revision: session.Revision{ID: 202, VariantID: 12, Number: 2, Intent: "shorter", Content: w[3]}}
	s.other = []session.Revision{{ID: 202, VariantID: 12, Number: 2, Intent: "shorter", CreatedMS: ago(time.Hour), Content: w[3]}, {ID: 201, VariantID: 12, Number: 1, Content: w[0]}}
	wanted := text.Raw("billing")
	s.here = Here{
		Prompt: prompt, Variant: v, Revisions: revs, Others: []session.VariantInfo{o},
		Outcomes: map[int64]session.Outcome{
			103: {RevisionID: 103, Runs: 2, Right: 41, Wrong: 19, Cases: 60, Duels: session.Duels{Wins: 9, Losses: 4, Ties: 2}},
			102: {RevisionID: 102, Runs: 1, Right: 2, Wrong: 2, Cases: 4}, 101: {RevisionID: 101, Runs: 1, Right: 24, Wrong: 36, Cases: 60, Pass: 2, Fail: 1},
		},
		Interns: map[int64]int{103: 4, 101: 1},
		Case:    session.Case{ID: 1, Name: "c01", Vars: []session.Var{{Name: "ticket", Value: "I was charged twice."}}, Wanted: &wanted},
	}
	return s
}

// lie lays the variant on the table, with a draft where there is one.
func (s *shelf) lie(draft *session.Content) {
	l := session.Laid{Prompt: s.here.Prompt, Variant: s.here.Variant, Cases: []session.Case{s.here.Case}}
	s.table.Lay(l)
	if draft != nil {
		s.table.Desk.Edit("typing", "", func(c *session.Content) { *c = draft.Clone() })
	}
}

func (s *shelf) deps() Deps {
	return Deps{
		Table: &s.table, Styles: themes.Pick("", true).Styles(), Now: func() time.Time { return now },
		Load: func(_ context.Context, ref session.VariantRef) (Here, error) {
			s.log = append(s.log, "load "+ref.String())
			return s.here, s.err
		},
		Revisions: func(context.Context, int64) ([]session.Revision, error) { return s.other, s.err },
		Tokens: func(_ context.Context, p session.Proof, _ string) session.TokenCount {
			s.asked++
			n := 0
			for _, m := range p.Messages {
				n += len(m.Content)/4 + 4
			}
			return session.TokenCount{Total: n}
		},
		SaveAs: func(_ context.Context, _ int64, name string, c session.Content, intent text.Raw) (session.VariantInfo, error) {
			s.log = append(s.log, fmt.Sprintf("save %s, %s, %d blocks", name, intent, len(c.Blocks)))
			return session.VariantInfo{Variant: session.Variant{Name: text.Raw(name)}, Prompt: "triage", Revision: session.Revision{Number: 1}}, s.err
		},
		Undo: func(context.Context) (session.Edit, error) {
			return session.Edit{Verb: "create", Noun: "variant", Name: "x"}, s.err
		},
	}
}

// rig is the page on a stage, with what the workspace keeps behind it.
type rig struct {
	*tuitest.Stage
	s  *Screen
	sh *shelf
}

// staged is the page before anything was sent to it.
func staged(t testing.TB, sh *shelf, w, h int) *rig {
	t.Helper()
	s := New(sh.deps())
	return &rig{Stage: tuitest.NewStage(t, s, w, h), s: s, sh: sh}
}

func openPage(t testing.TB, sh *shelf, w, h int) *rig {
	t.Helper()
	r := staged(t, sh, w, h)
	r.Run(r.s.Open(session.VariantRef{Prompt: "triage", Variant: "plain", Revision: 5}))
	return r
}
