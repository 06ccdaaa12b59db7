package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/tuitest"
)

var now = time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)

func ago(d time.Duration) int64 { return now.Add(-d).UnixMilli() }

// shelf is what a workspace keeps of a prompt, in memory.
type shelf struct {
	here    Here
	prompts []session.PromptInfo
	offers  []Offer
	change  session.BoundChange
	preview func(m Mapping) (Preview, error)
	err     error
	before  [][]session.Case // for undo
	bound   []session.Binding
	log     []string
	next    int64
	edit    string // what $EDITOR brings back
}

func raw(s string) *text.Raw { r := text.Raw(s); return &r }

func kase(id int64, name, tag, ticket string, wanted *text.Raw, split session.Split) session.Case {
	c := session.Case{ID: id, UID: fmt.Sprint("u", id), PromptID: 1, Name: text.Raw(name), Wanted: wanted, Split: split, CreatedMS: ago(48 * time.Hour)}
	if tag != "" {
		c.Tags = []text.Raw{text.Raw(tag)}
	}
	c.Vars = []session.Var{{Name: "ticket", Value: text.Raw(ticket)}, {Name: "lang", Value: "en"}}
	return c
}

func newShelf() *shelf {
	s := &shelf{next: 100}
	s.here = Here{
		Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}, Variants: 4, Cases: 8, Runs: 3},
		Asked:  []string{"ticket", "lang"},
		Looks:  session.Looks{Cases: 2, Times: 3, LastMS: ago(50 * time.Hour)},
		Cases: []session.Case{
			kase(1, "c01", "easy", "I was charged twice for the book that I ordered on Monday, and nobody answers the phone.", raw("billing"), session.SplitDev),
			kase(2, "c02", "easy", "The page turns white\nas soon as I add a photo.\n\nIt is a very old computer.", raw("bug"), session.SplitDev),
			kase(3, "c03", "hard", "Where is my parcel?", raw("shipping"), session.SplitHoldout),
			kase(4, "c04", "hard", "", nil, session.SplitDev),
			kase(5, "c05", "", "Could you add a calendar format?", raw(""), session.SplitHoldout),
			kase(6, "c06", "easy", "Der Rand wird abgeschnitten – 日本語もだめ.", raw("bug"), session.SplitDev),
			kase(7, "c07", "easy", "How do I change my password?", nil, session.SplitDev),
		},
	}
	s.here.Cases[3].Vars = s.here.Cases[3].Vars[:1]
	s.here.Cases[4].Tags = []text.Raw{"hard", "wish", "long-running", "calendar"}
	return s
}

// chained is a shelf whose ticket is bound to another prompt's outputs.
func chained() *shelf {
	s := newShelf()
	s.here.Prompt.Name = "reply"
	b := session.Binding{ID: 9, PromptID: 1, Var: "ticket", FromID: 2, From: "extract", RunID: 7, Take: 1,
		Contestant: session.Contestant{Variant: session.VariantRef{Prompt: "extract", Variant: "plain", Revision: 3}, Model: "ollama/llama3.2:3b"}}
	s.here.Bindings = []Bound{{Binding: b, Answered: 3, Newer: 9}}
	for i, n := range []text.Raw{"x01", "x02", "x03"} {
		c := kase(0, string(n), "long", fmt.Sprintf("customer %d paid twice", i+1), nil, session.SplitDev)
		c.Borrowed = "extract"
		s.here.Cases = append(s.here.Cases, c)
	}
	s.prompts = []session.PromptInfo{
		{Prompt: session.Prompt{ID: 1, Name: "reply"}}, {Prompt: session.Prompt{ID: 2, Name: "extract"}, Cases: 60, Runs: 2}, {Prompt: session.Prompt{ID: 3, Name: "idle"}, Cases: 2},
	}
	s.offers = []Offer{
		{Offer: session.Offer{RunID: 9, Contestant: b.Contestant, Answered: 58, Cases: 60, Takes: 2}, Run: session.Run{ID: 9, State: session.RunDone, StartedMS: ago(time.Hour)}},
		{Offer: session.Offer{RunID: 7, Contestant: b.Contestant, Answered: 3, Cases: 3, Takes: 1}, Run: session.Run{ID: 7, State: session.RunDone, StartedMS: ago(60 * time.Hour)}},
	}
	s.change = session.BoundChange{Both: 60, Differ: 12, Missing: 1}
	return s
}

func (s *shelf) say(f string, a ...any) { s.log = append(s.log, fmt.Sprintf(f, a...)) }

func (s *shelf) deps() Deps {
	keep := func() { s.before = append(s.before, slices.Clone(s.here.Cases)) }
	return Deps{
		Table: &session.Table{}, Styles: themes.Pick("", true).Styles(), Now: func() time.Time { return now },
		Load: func(context.Context, int64) (Here, error) {
			h := s.here
			h.Cases = slices.Clone(h.Cases)
			return h, s.err
		},
		Create: func(_ context.Context, _ int64, made []session.Case) ([]session.Case, error) {
			if s.err != nil {
				return nil, s.err
			}
			keep()
			made = slices.Clone(made)
			for i := range made {
				s.next++
				made[i].ID = s.next
				if made[i].Name == "" {
					made[i].Name = text.Raw(fmt.Sprint("c", s.next))
				}
			}
			s.here.Cases = append(s.here.Cases, made...)
			return made, nil
		},
		Update: func(_ context.Context, changed []session.Case) error {
			if s.err != nil {
				return s.err
			}
			keep()
			for _, c := range changed {
				for i := range s.here.Cases {
					if s.here.Cases[i].Name == c.Name {
						s.here.Cases[i] = c
					}
				}
			}
			return nil
		},
		Rename: func(_ context.Context, id int64, name string) error {
			keep()
			for i := range s.here.Cases {
				if s.here.Cases[i].ID == id {
					s.here.Cases[i].Name = text.Raw(name)
				}
			}
			return s.err
		},
		Delete: func(_ context.Context, ids []int64) error {
			keep()
			s.here.Cases = slices.DeleteFunc(s.here.Cases, func(c session.Case) bool { return slices.Contains(ids, c.ID) })
			return s.err
		},
		Undo: func(context.Context) (session.Edit, error) {
			if len(s.before) == 0 {
				return session.Edit{}, nil
			}
			s.here.Cases = s.before[len(s.before)-1]
			s.before = s.before[:len(s.before)-1]
			return session.Edit{Verb: "edit", Noun: "case", Name: "c01"}, nil
		},
		Preview: func(_ context.Context, _ int64, path string, m Mapping) (Preview, error) {
			if s.preview == nil {
				return Preview{}, errors.New("there is no file " + path)
			}
			return s.preview(m)
		},
		Import: func(_ context.Context, _ int64, path string, m Mapping) (int, error) {
			s.say("import %s %v %v", path, m.Map, m.Leave)
			return 3, s.err
		},
		Prompts: func(context.Context) ([]session.PromptInfo, error) { return s.prompts, nil },
		Offers:  func(context.Context, int64) ([]Offer, error) { return s.offers, nil },
		Bind: func(_ context.Context, b session.Binding) error {
			s.bound = append(s.bound, b)
			return s.err
		},
		Unbind: func(_ context.Context, id int64) error { s.say("unbind %d", id); return nil },
		Compare: func(context.Context, session.Binding, session.Binding) (session.BoundChange, error) {
			return s.change, nil
		},
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return func() tea.Msg { return Edited{Tag: tag, Text: text.Raw(s.edit), Changed: s.edit != string(t)} }
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
	r := &rig{Stage: tuitest.NewStage(t, s, w, h), s: s, sh: sh}
	r.Mine = tuitest.Is[Edited]
	return r
}

func openPage(t testing.TB, sh *shelf, w, h int) *rig {
	t.Helper()
	r := staged(t, sh, w, h)
	r.Run(r.s.Open(sh.here.Prompt))
	return r
}

// Golden compares what is in front with the file of that name.
func (r *rig) Golden(name string) {
	r.T.Helper()
	tuitest.Golden(r.T, name, tuitest.Cut(r.Front()))
}

func (r *rig) kase(name text.Raw) session.Case {
	r.T.Helper()
	for _, c := range r.sh.here.Cases {
		if c.Name == name {
			return c
		}
	}
	r.T.Fatalf("there is no case %s", name)
	return session.Case{}
}
