package cases

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

var update = flag.Bool("update", false, "write the golden files")

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

// rig drives the page as the root model does.
type rig struct {
	t      *testing.T
	s      *Screen
	sh     *shelf
	dialog kit.Dialog
	said   []string
	gone   string
	arg    any
	clip   text.Raw
}

func openPage(t *testing.T, sh *shelf, w, h int) *rig {
	t.Helper()
	r := &rig{t: t, s: New(sh.deps()), sh: sh}
	r.s.Resize(w, h)
	r.run(r.s.Enter())
	r.run(r.s.Open(sh.here.Prompt))
	return r
}

func (r *rig) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			r.run(c)
		}
	case kit.Home:
		r.run(r.s.Update(msg))
	case Edited:
		r.run(r.s.Update(msg))
	case kit.Toast:
		r.said = append(r.said, msg.Text)
	case kit.Push:
		r.dialog = msg.Dialog
	case kit.Clip:
		r.clip = msg.Text
	case kit.Goto:
		r.gone, r.arg = msg.Screen, msg.Arg
	default:
		r.t.Fatalf("unexpected %T", msg)
	}
}

func press(k string) tea.KeyPressMsg {
	if rest, ok := strings.CutPrefix(k, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	switch k {
	case "enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter}
	case "alt+enter":
		return tea.KeyPressMsg{Code: tea.KeyEnter, Mod: tea.ModAlt}
	case "esc":
		return tea.KeyPressMsg{Code: tea.KeyEscape}
	case "tab":
		return tea.KeyPressMsg{Code: tea.KeyTab}
	case "up":
		return tea.KeyPressMsg{Code: tea.KeyUp}
	case "down":
		return tea.KeyPressMsg{Code: tea.KeyDown}
	case "left":
		return tea.KeyPressMsg{Code: tea.KeyLeft}
	case "right":
		return tea.KeyPressMsg{Code: tea.KeyRight}
	case "backspace":
		return tea.KeyPressMsg{Code: tea.KeyBackspace}
	case "space":
		return tea.KeyPressMsg{Code: ' ', Text: " "}
	}
	return tea.KeyPressMsg{Code: []rune(k)[0], Text: k}
}

func (r *rig) keys(keys ...string) {
	r.t.Helper()
	for _, k := range keys {
		r.key(press(k))
	}
}

func (r *rig) key(msg tea.KeyPressMsg) {
	if d := r.dialog; d != nil {
		d.View(76, 20)
		done, cmd := d.Update(msg)
		if done && r.dialog == d {
			r.dialog = nil
		}
		r.run(cmd)
		return
	}
	typing := r.s.Typing()
	if typing && r.s.Wants(msg) || typing && msg.Mod == 0 {
		r.run(r.s.Update(msg))
		return
	}
	for _, a := range r.s.Actions() {
		if slices.Contains(a.Key.Keys(), msg.String()) {
			if why := a.Off(); why != "" {
				r.said = append(r.said, why)
				return
			}
			r.run(a.Do())
			return
		}
	}
	r.run(r.s.Update(msg))
}

func (r *rig) text(s string) {
	for _, c := range s {
		k := tea.KeyPressMsg{Code: c, Text: string(c)}
		r.key(k)
	}
}

// heard fails unless something was said that holds the words.
func (r *rig) heard(words string) {
	r.t.Helper()
	if !strings.Contains(strings.Join(r.said, "\n"), words) {
		r.t.Errorf("said %q, nothing of %q", r.said, words)
	}
}

func (r *rig) kase(name text.Raw) session.Case {
	r.t.Helper()
	for _, c := range r.sh.here.Cases {
		if c.Name == name {
			return c
		}
	}
	r.t.Fatalf("there is no case %s", name)
	return session.Case{}
}

// plain is the view without colours, after checking that it is exactly of its size
// and holds nothing but text and colours.
func (r *rig) plain() string {
	r.t.Helper()
	v := r.s.View()
	if r.dialog != nil {
		v = r.dialog.View(r.s.w-4, r.s.h-2)
	} else {
		lines := strings.Split(v, "\n")
		if len(lines) != max(r.s.h, 1) {
			r.t.Fatalf("%d lines at %dx%d", len(lines), r.s.w, r.s.h)
		}
		for i, l := range lines {
			if n := ansi.StringWidth(l); n != r.s.w {
				r.t.Fatalf("line %d is %d cells wide at %dx%d: %q", i, n, r.s.w, r.s.h, ansi.Strip(l))
			}
		}
	}
	for i := 0; i < len(v); i++ {
		if c := v[i]; c < 0x20 && c != '\n' {
			if c == 0x1b && i+1 < len(v) && v[i+1] == '[' {
				j := i + 2
				for j < len(v) && (v[j] >= '0' && v[j] <= '9' || v[j] == ';' || v[j] == ':') {
					j++
				}
				if j < len(v) && v[j] == 'm' {
					i = j
					continue
				}
			}
			r.t.Fatalf("control character %#x in the view", c)
		}
	}
	return ansi.Strip(v)
}

func (r *rig) golden(name string) {
	r.t.Helper()
	var b strings.Builder
	for _, l := range strings.Split(r.plain(), "\n") {
		b.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			r.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if string(want) != b.String() {
		r.t.Errorf("%s differs; got:\n%s", path, b.String())
	}
}
