package shots

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

// bank is a workspace in memory with the shots of one prompt.
type bank struct {
	shots    []session.Shot
	cases    []session.Case
	variants []session.VariantInfo
	past     [][]session.Shot
	drafts   []session.Draft
	file     Brought
	lookErr  error
	err      error // of the next deed
	next     int64
	maps     string
}

func say(s string) *text.Raw { r := text.Raw(s); return &r }

// triage is a bank as the sample has it, in small: a twin, one off, one pinned, one
// that calls a tool, one output alone, and a label that no shot has.
func triage() *bank {
	b := &bank{next: 100}
	add := func(name, in, out string, tags ...text.Raw) *session.Shot {
		b.next++
		b.shots = append(b.shots, session.Shot{ID: b.next, UID: "u-" + name, PromptID: 1, Name: text.Raw(name), Input: text.Raw(in), Output: text.Raw(out), Tags: tags})
		return &b.shots[len(b.shots)-1]
	}
	add("s01", "I was charged twice for the invoice of May, please give one of the two back.", "billing", "easy")
	add("s02", "The parcel with the blue lamp has not arrived for three weeks.", "shipping", "easy")
	add("s03", "Where is my order? The tracking page has said the same for three weeks now and nobody answers the phone when I call the number that stands on it, which I did four times.", "shipping", "hard")
	add("s04", "The app closes when I open the album that I made on Sunday.", "bug", "hard").Pin = session.PinFirst
	add("s05", "How do I put a second page into the calendar?", "howto").Off = true
	add("s06", "Parcel with the blue lamp not arrived for three weeks!", "bug")
	call := add("s07", "Is order 7 on its way?", "It left us on Monday.")
	call.Calls = []session.ShotCall{{Name: "lookup", Arguments: `{"order":7}`, Result: `{"state":"sent","day":"Monday"}`}}
	add("s08", "", "A short answer without a greeting.").Pin = session.PinLast
	wanted := []string{"billing", "shipping", "bug", "howto", "refund", "refund", "shipping"}
	for i, w := range wanted {
		b.cases = append(b.cases, session.Case{ID: int64(i + 1), Name: text.Raw(fmt.Sprintf("c%02d", i+1)), Wanted: say(w), Tags: []text.Raw{"easy"},
			Vars: []session.Var{{Name: "ticket", Value: text.Raw(strings.Repeat("word ", 4+7*i))}}})
	}
	older := session.CloneShots(b.shots[:2])
	older[1].Output = "delivery"
	b.variants = []session.VariantInfo{variant(11, "five-shot", older), variant(12, "zero-shot", nil)}
	return b
}

func variant(id int64, name text.Raw, shots []session.Shot) session.VariantInfo {
	c := session.Content{Blocks: []session.Block{
		{UID: "b1", Kind: session.KindInstructions, Role: session.RoleUser, Text: "Sort it."},
		{UID: "b2", Kind: session.KindShots, Role: session.RoleUser, Shots: shots},
		{UID: "b3", Kind: session.KindInput, Role: session.RoleUser, Text: "{{ticket}}"},
	}}
	if shots == nil {
		c.Blocks = slices.Delete(c.Blocks, 1, 2)
	}
	return session.VariantInfo{Variant: session.Variant{ID: id, PromptID: 1, Name: name, Head: 1}, Prompt: "triage",
		Revision: session.Revision{ID: id * 10, VariantID: id, Number: 1, Content: c, Hash: c.Hash()}}
}

// labelled is a bank whose outputs are all labels.
func labelled() *bank {
	b := triage()
	b.shots = b.shots[:6]
	return b
}

func (b *bank) keep() error {
	if b.err != nil {
		err := b.err
		b.err = nil
		return err
	}
	b.past = append(b.past, session.CloneShots(b.shots))
	return nil
}

func (b *bank) at(id int64) int {
	return slices.IndexFunc(b.shots, func(x session.Shot) bool { return x.ID == id })
}

func (b *bank) deps() Deps {
	t := &session.Table{}
	t.Lay(session.Laid{Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}, Shots: len(b.shots)}, Variant: b.variants[0], Cases: b.cases, Shots: session.CloneShots(b.shots)})
	return Deps{
		Table: t, Styles: themes.Pick("", true).Styles(), NowMS: func() int64 { return 1 },
		Shots:    func(context.Context, int64) ([]session.Shot, error) { return session.CloneShots(b.shots), nil },
		Variants: func(context.Context, int64) ([]session.VariantInfo, error) { return b.variants, nil },
		Create: func(_ context.Context, _ int64, shots []session.Shot) ([]session.Shot, error) {
			if err := b.keep(); err != nil {
				return nil, err
			}
			out := session.CloneShots(shots)
			for i := range out {
				b.next++
				out[i].ID, out[i].UID = b.next, fmt.Sprint("u", b.next)
				if out[i].Name == "" {
					out[i].Name = text.Raw(fmt.Sprint("s", b.next))
				}
			}
			b.shots = append(b.shots, out...)
			return out, nil
		},
		Update: func(_ context.Context, shots []session.Shot) error {
			if err := b.keep(); err != nil {
				return err
			}
			for _, x := range shots {
				x.Name = b.shots[b.at(x.ID)].Name
				b.shots[b.at(x.ID)] = x
			}
			return nil
		},
		Rename: func(_ context.Context, id int64, name string) error {
			if err := b.keep(); err != nil {
				return err
			}
			b.shots[b.at(id)].Name = text.Raw(name)
			return nil
		},
		Delete: func(_ context.Context, id int64) error {
			if err := b.keep(); err != nil {
				return err
			}
			b.shots = slices.Delete(b.shots, b.at(id), b.at(id)+1)
			return nil
		},
		Undo: func(context.Context) (session.Edit, error) {
			if len(b.past) == 0 {
				return session.Edit{}, nil
			}
			b.shots, b.past = b.past[len(b.past)-1], b.past[:len(b.past)-1]
			return session.Edit{Verb: "set", Noun: "shot", Name: "s01"}, nil
		},
		Look: func(_ context.Context, _ int64, path, maps string) (Brought, error) {
			b.maps = maps
			if maps != "" {
				return b.file, nil
			}
			return b.file, b.lookErr
		},
		Import: func(_ context.Context, _ int64, path, maps string) (Brought, error) {
			if err := b.keep(); err != nil {
				return Brought{}, err
			}
			for _, x := range b.file.Sample {
				b.next++
				x.ID, x.UID, x.Name = b.next, fmt.Sprint("u", b.next), text.Raw(fmt.Sprint("s", b.next))
				b.shots = append(b.shots, x)
			}
			return b.file, nil
		},
		Keep: func(_ context.Context, d session.Draft) error { b.drafts = append(b.drafts, d); return nil },
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return func() tea.Msg { return Edited{Tag: tag, Text: t + " (from the editor)", Changed: true} }
		},
	}
}

var csv = Brought{
	File: "shots.csv", Count: 2, Columns: []Column{{"question", "nothing, it was left out"}, {"output", "output"}},
	Notes:  []text.Raw{"line 3: a column more than the first line has"},
	Sample: []session.Shot{{Input: "Where do I find the invoice?", Output: "billing"}, {Input: "The lamp flickers.", Output: "bug"}},
}

// rig is the screen on a stage, with the bank behind it.
type rig struct {
	*tuitest.Stage
	b *bank
	s *Screen
}

func open(t testing.TB, b *bank, w, h int) *rig { return staged(t, b, b.deps(), w, h) }

func staged(t testing.TB, b *bank, d Deps, w, h int) *rig {
	s := New(d)
	r := &rig{Stage: tuitest.NewStage(t, s, w, h), b: b, s: s}
	r.Mine = tuitest.Is[Edited]
	return r
}
