package resources

import (
	"context"
	"fmt"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

// bank is a workspace in memory with the resources of one prompt.
type bank struct {
	of     []session.Resource
	cases  []session.Case
	marks  []session.Relevance
	past   [][]session.Resource
	drafts []session.Draft
	asked  []Bring
	file   Brought
	err    error // of the next deed
	next   int64
	table  *session.Table
}

// handbook is a small bank: a file of four pieces, one of them off, another file, and
// a text that was written; three cases, two of them marked.
func handbook() *bank {
	b := &bank{next: 100}
	add := func(source, name string, place int, t text.Raw) *session.Resource {
		b.next++
		b.of = append(b.of, session.Resource{ID: b.next, UID: "u-" + name, PromptID: 1, Name: text.Raw(name), Source: text.Raw(source), Place: place, Text: t, Hash: session.Hash([]byte(t))})
		return &b.of[len(b.of)-1]
	}
	add("docs/handbook.md", "handbook.md#1", 1, "# Opening hours\nWe open at nine and close at six, on Saturdays at two.\n\n").Tags = []text.Raw{"shop"}
	add("docs/handbook.md", "handbook.md#2", 2, "# Returns\nAn article may be sent back within thirty days. The postage is ours where it is damaged.\n\n")
	add("docs/handbook.md", "handbook.md#3", 3, "# Invoices\nInvoices are sent by mail. A second copy of an invoice costs nothing.\n\n").Off = true
	add("docs/handbook.md", "handbook.md#4", 4, "# Parcels\nA parcel takes three days. Where it does not arrive, we send another.\n")
	add("docs/warranty.html", "warranty.html", 0, "Lamps have a warranty of two years, chairs of five.\n")
	add("", "text1", 0, "A parcel to an island takes a week.")
	for i, q := range []text.Raw{"When does my parcel arrive? It has taken three days.", "Can I send the article back?", "Zebra?"} {
		b.cases = append(b.cases, session.Case{ID: int64(i + 1), PromptID: 1, Name: text.Raw(fmt.Sprintf("c%02d", i+1)), Vars: []session.Var{
			{Name: "question", Value: q}}})
	}
	b.mark(1, 5, 1)
	b.mark(2, 1, 3)
	return b
}

func (b *bank) mark(caseID int64, at, grade int) {
	b.marks = append(b.marks, session.Relevance{ID: int64(len(b.marks) + 1), PromptID: 1, CaseID: caseID, Hash: b.of[at].Hash, Grade: grade, By: "ana", CreatedMS: int64(len(b.marks))})
}

func (b *bank) keep() error {
	if b.err != nil {
		err := b.err
		b.err = nil
		return err
	}
	b.past = append(b.past, session.CloneResources(b.of))
	return nil
}

func (b *bank) at(id int64) int {
	return slices.IndexFunc(b.of, func(r session.Resource) bool { return r.ID == id })
}

func (b *bank) deps(blocks ...session.Block) Deps {
	b.table = &session.Table{}
	c := session.Content{Blocks: append([]session.Block{
		{UID: "b1", Kind: session.KindSystem, Role: session.RoleSystem, Text: "You answer."},
		{UID: "b2", Kind: session.KindInstructions, Role: session.RoleUser, Text: "Answer from the resources."},
		{UID: "b3", Kind: session.KindInput, Role: session.RoleUser, Text: "{{question}}"},
	}, blocks...)}
	v := session.VariantInfo{Variant: session.Variant{ID: 11, PromptID: 1, Name: "first", Head: 1}, Prompt: "answer", Revision: session.Revision{ID: 110, VariantID: 11, Number: 1, Content: c, Hash: c.Hash()}}
	b.table.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "answer"}}, Variant: v, Cases: b.cases, Resources: session.CloneResources(b.of)})
	return Deps{
		Table: b.table, Styles: themes.Pick("", true).Styles(), NowMS: func() int64 { return 1 }, UID: func() string { return "new" }, Who: "ana",
		Resources:  func(context.Context, int64) ([]session.Resource, error) { return session.CloneResources(b.of), nil },
		Relevances: func(context.Context, int64) ([]session.Relevance, error) { return slices.Clone(b.marks), nil },
		Tokens:     func(t text.Raw) int { return max(1, len(t)/4) },
		Create: func(_ context.Context, _ int64, list []session.Resource) ([]session.Resource, error) {
			if err := b.keep(); err != nil {
				return nil, err
			}
			out := session.CloneResources(list)
			for i := range out {
				b.next++
				out[i].ID, out[i].UID, out[i].Hash = b.next, fmt.Sprint("u", b.next), session.Hash([]byte(out[i].Text))
				if out[i].Name == "" {
					out[i].Name = text.Raw(fmt.Sprint("text", b.next))
				}
			}
			b.of = append(b.of, out...)
			return out, nil
		},
		Update: func(_ context.Context, list []session.Resource) error {
			if err := b.keep(); err != nil {
				return err
			}
			for _, r := range list {
				r.Name, r.Hash = b.of[b.at(r.ID)].Name, session.Hash([]byte(r.Text))
				b.of[b.at(r.ID)] = r
			}
			return nil
		},
		Rename: func(_ context.Context, id int64, name string) error {
			if err := b.keep(); err != nil {
				return err
			}
			b.of[b.at(id)].Name = text.Raw(name)
			return nil
		},
		Delete: func(_ context.Context, ids []int64) error {
			if err := b.keep(); err != nil {
				return err
			}
			b.of = slices.DeleteFunc(b.of, func(r session.Resource) bool { return slices.Contains(ids, r.ID) })
			return nil
		},
		Mark: func(_ context.Context, m session.Relevance) error {
			if b.err != nil {
				err := b.err
				b.err = nil
				return err
			}
			b.marks = slices.DeleteFunc(b.marks, func(x session.Relevance) bool { return x.CaseID == m.CaseID && x.Hash == m.Hash && x.By == m.By })
			if m.Grade >= 0 {
				m.CreatedMS = 1000
				b.marks = append(b.marks, m)
			}
			return nil
		},
		Undo: func(context.Context) (session.Edit, error) {
			if len(b.past) == 0 {
				return session.Edit{}, nil
			}
			b.of, b.past = b.past[len(b.past)-1], b.past[:len(b.past)-1]
			return session.Edit{Verb: "set", Noun: "resource", Name: "handbook.md#1"}, nil
		},
		Bring: func(_ context.Context, _ int64, x Bring, dry bool) (Brought, error) {
			b.asked = append(b.asked, x)
			if b.err != nil {
				return Brought{}, b.keep()
			}
			if !dry {
				return b.file, b.keep()
			}
			return b.file, nil
		},
		Keep: func(_ context.Context, d session.Draft) error { b.drafts = append(b.drafts, d); return nil },
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return func() tea.Msg { return Edited{Tag: tag, Text: t + " (from the editor)", Changed: true} }
		},
	}
}

var brought = Brought{
	Sources: []Source{{Name: "docs/handbook.md", How: session.SplitHeadings, Pieces: 4, New: 1, Same: 3, Gone: 1, Bytes: 334, Tokens: 79}, {Name: "docs/new.txt", How: session.SplitWords, Pieces: 1, New: 1, Bytes: 12, Tokens: 3}},
	Left:    []text.Raw{"left out: docs/logo.png is no text: it holds zero bytes"},
	Sample:  []session.Resource{{Text: "# Opening hours\nWe open at nine."}, {Text: "# Returns"}},
}

// rig is the page on a stage, with the bank behind it.
type rig struct {
	*tuitest.Stage
	b *bank
	s *Screen
}

func open(t testing.TB, b *bank, w, h int, blocks ...session.Block) *rig {
	if len(blocks) > 0 { // the cases bring a list of their own
		for i := range b.cases {
			b.cases[i].Vars = append(b.cases[i].Vars, session.Var{Name: "found", Value: `[{"name": "own", "text": "A parcel takes three days."}, "Nothing of use."]`})
		}
	}
	return staged(t, b, b.deps(blocks...), w, h)
}

func staged(t testing.TB, b *bank, d Deps, w, h int) *rig {
	s := New(d)
	r := &rig{Stage: tuitest.NewStage(t, s, w, h), b: b, s: s}
	r.Mine = tuitest.Is[Edited]
	return r
}
