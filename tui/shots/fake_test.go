package shots

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

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

var update = flag.Bool("update", false, "write the golden files")

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

// rig drives a screen as the root model does.
type rig struct {
	t      *testing.T
	b      *bank
	s      *Screen
	dialog kit.Dialog
	said   []string
	gone   string
}

func open(t *testing.T, b *bank, w, h int) *rig {
	r := &rig{t: t, b: b, s: New(b.deps())}
	r.s.Resize(w, h)
	r.run(r.s.Enter())
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
		if msg.Msg != nil {
			r.run(r.s.Update(msg))
		}
	case Edited:
		r.run(r.s.Update(msg))
	case kit.Toast:
		r.said = append(r.said, msg.Text)
	case kit.Push:
		r.dialog = msg.Dialog
	case kit.Goto:
		r.gone = msg.Screen
	default:
		r.t.Fatalf("unexpected %T", msg)
	}
}

func (r *rig) keys(keys ...string) {
	for _, k := range keys {
		r.key(tuitest.Key(k))
	}
}

func (r *rig) key(msg tea.KeyPressMsg) {
	if r.dialog != nil {
		done, cmd := r.dialog.Update(msg)
		if done {
			r.dialog = nil
		}
		r.run(cmd)
		return
	}
	if !r.s.Typing() || msg.Mod != 0 && !r.s.Wants(msg) {
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
	}
	r.run(r.s.Update(msg))
}

func (r *rig) text(s string) {
	for _, c := range s {
		r.key(tea.KeyPressMsg{Code: c, Text: string(c)})
	}
}

func (r *rig) last() string {
	if len(r.said) == 0 {
		return ""
	}
	return r.said[len(r.said)-1]
}

// plain is the view without colours, after checking that it is exactly of its size
// and holds nothing but text and colours.
func (r *rig) plain() string {
	r.t.Helper()
	v := r.s.View()
	lines := strings.Split(v, "\n")
	if len(lines) != max(r.s.h, 1) {
		r.t.Fatalf("%d lines at %dx%d", len(lines), r.s.w, r.s.h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n != r.s.w {
			r.t.Fatalf("line %d is %d cells wide at %dx%d: %q", i, n, r.s.w, r.s.h, ansi.Strip(l))
		}
	}
	rest := ansi.Strip(v)
	if i := strings.IndexFunc(rest, func(c rune) bool { return c < 0x20 && c != '\n' || c == 0x7f || c >= 0x80 && c < 0xa0 }); i >= 0 {
		r.t.Fatalf("a control character in the view: %q", rest[i:min(len(rest), i+20)])
	}
	return rest
}

func (r *rig) golden(name string) {
	r.t.Helper()
	var b strings.Builder
	for _, l := range strings.Split(r.plain(), "\n") {
		b.WriteString(strings.TrimRight(l, " ") + "\n")
	}
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(b.String()), 0o644)); err != nil {
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
