package library

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

// shop is a workspace in memory.
type shop struct {
	prompts  []session.PromptInfo
	variants map[int64][]session.VariantInfo
	runs     map[int64][]session.Run
	err      error
	next     int64
	gone     []session.PromptInfo
	log      []string
}

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func ago(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

func blocks(shots int) session.Content {
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "b1", Kind: session.KindSystem, Role: session.RoleSystem, Wrap: session.WrapNone,
			Text: "You sort the mail of Quirebird, a small workshop where people lay out photo books in a browser."},
		{UID: "b2", Kind: session.KindInstructions, Role: session.RoleUser, Wrap: session.WrapXML, Title: "rules",
			Text: "Read the ticket and answer with exactly one of these six labels:\n\nbilling: money itself is the matter."},
		{UID: "b3", Kind: session.KindShots, Role: session.RoleUser, Wrap: session.WrapXML, Layout: session.LayoutInline, Order: "seed:42"},
		{UID: "b4", Kind: session.KindInput, Role: session.RoleUser, Wrap: session.WrapNone, Text: "Ticket:\n{{ticket}}"},
		{UID: "b5", Kind: session.KindPrefill, Role: session.RoleAssistant, Wrap: session.WrapNone, Text: "label:", Off: true},
	}}
	for i := range shots {
		c.Blocks[2].Shots = append(c.Blocks[2].Shots, session.Shot{UID: fmt.Sprint("s", i), Input: "in", Output: "out"})
	}
	return c
}

func variant(id, prompt int64, p, name text.Raw, rev int, intent text.Raw, shots int) session.VariantInfo {
	c := blocks(shots)
	return session.VariantInfo{
		Variant: session.Variant{ID: id, PromptID: prompt, Name: name, Head: rev}, Prompt: p, Parent: rev - 1,
		Revision: session.Revision{ID: id * 10, VariantID: id, Number: rev, Intent: intent, CreatedMS: ago(26 * time.Hour), Content: c, Hash: c.Hash()},
	}
}

func newShop() *shop {
	s := &shop{variants: map[int64][]session.VariantInfo{}, runs: map[int64][]session.Run{}, next: 100}
	s.prompts = []session.PromptInfo{
		{Prompt: session.Prompt{ID: 1, Name: "triage", Guideline: "Judge which answer sends the ticket to the team that can do the next thing for this customer.\nGo by what is still open in the ticket, not by the words that happen to be in it.\nA lone label beats the same label with an explanation around it."},
			Variants: 4, Cases: 60, Shots: 24, Runs: 7, Outputs: 240, LastRunMS: ago(2 * time.Hour), LastRun: "r7"},
		{Prompt: session.Prompt{ID: 2, Name: "reply"}, Variants: 1, Cases: 24, Shots: 1},
		{Prompt: session.Prompt{ID: 3, Name: "empty"}},
	}
	s.variants[1] = []session.VariantInfo{
		variant(11, 1, "triage", "five-shot", 3, "two hard cases among the shots", 5),
		variant(12, 1, "triage", "five-shot-xml", 1, "the same in tags", 5),
		variant(13, 1, "triage", "twelve-shot", 2, "does more help?", 12),
		variant(14, 1, "triage", "zero-shot", 1, "the bare instructions", 0),
	}
	s.variants[1][2].Drafted = true
	s.variants[2] = []session.VariantInfo{variant(21, 2, "reply", "plain", 1, "", 1)}
	s.runs[1] = []session.Run{{ID: 7, PromptID: 1, State: session.RunDone, StartedMS: ago(2 * time.Hour), Cells: 240, Done: 238, Failed: 2}}
	return s
}

func (s *shop) say(f string, a ...any) { s.log = append(s.log, fmt.Sprintf(f, a...)) }

func (s *shop) name(id int64) text.Raw {
	for _, p := range s.prompts {
		if p.ID == id {
			return p.Name
		}
	}
	return ""
}

func (s *shop) deps() Deps {
	return Deps{
		Table: &session.Table{}, Styles: themes.Pick("", true).Styles(), Now: func() time.Time { return now },
		Prompts: func(context.Context) ([]session.PromptInfo, error) {
			return append([]session.PromptInfo(nil), s.prompts...), s.err
		},
		Variants: func(_ context.Context, id int64) ([]session.VariantInfo, error) { return s.variants[id], nil },
		Runs:     func(_ context.Context, id int64) ([]session.Run, error) { return s.runs[id], nil },
		Load: func(_ context.Context, ref session.VariantRef) (session.Laid, error) {
			s.say("load %s", ref)
			for _, p := range s.prompts {
				for _, v := range s.variants[p.ID] {
					if string(p.Name) == ref.Prompt && string(v.Name) == ref.Variant {
						return session.Laid{Prompt: p, Variant: v}, nil
					}
				}
			}
			return session.Laid{}, errors.New("no such variant")
		},
		CreatePrompt: func(_ context.Context, n string) (session.VariantRef, error) {
			s.next++
			s.prompts = append(s.prompts, session.PromptInfo{Prompt: session.Prompt{ID: s.next, Name: text.Raw(n)}})
			s.variants[s.next] = []session.VariantInfo{variant(s.next+50, s.next, text.Raw(n), "first", 1, "", 0)}
			return session.VariantRef{Prompt: n, Variant: "first"}, nil
		},
		RenamePrompt: func(_ context.Context, id int64, n string) error {
			for i := range s.prompts {
				if s.prompts[i].ID == id {
					s.prompts[i].Name = text.Raw(n)
				}
			}
			return nil
		},
		CopyPrompt: func(_ context.Context, id int64, n string) error { s.say("copy prompt %d %s", id, n); return nil },
		DeletePrompt: func(_ context.Context, id int64) error {
			for i, p := range s.prompts {
				if p.ID == id {
					s.gone = append(s.gone, p)
					s.prompts = append(s.prompts[:i:i], s.prompts[i+1:]...)
					return nil
				}
			}
			return errors.New("no such prompt")
		},
		CreateVariant: func(_ context.Context, id int64, n string) error {
			s.next++
			s.variants[id] = append(s.variants[id], variant(s.next, id, s.name(id), text.Raw(n), 1, "", 0))
			return nil
		},
		RenameVariant: func(_ context.Context, id int64, n string) error { s.say("rename variant %d %s", id, n); return nil },
		CopyVariant:   func(_ context.Context, id int64, n string) error { s.say("copy variant %d %s", id, n); return nil },
		DeleteVariant: func(_ context.Context, id int64) error { s.say("delete variant %d", id); return nil },
		Undo: func(context.Context) (session.Edit, error) {
			if len(s.gone) == 0 {
				return session.Edit{}, nil
			}
			p := s.gone[len(s.gone)-1]
			s.gone = s.gone[:len(s.gone)-1]
			s.prompts = append(s.prompts, p)
			return session.Edit{Verb: "delete", Noun: "prompt", Name: p.Name}, nil
		},
	}
}

// rig is the screen on a stage.
type rig struct {
	*tuitest.Stage
	s *Screen
}

func open(t testing.TB, d Deps, w, h int) *rig {
	t.Helper()
	s := New(d)
	return &rig{tuitest.NewStage(t, s, w, h), s}
}
