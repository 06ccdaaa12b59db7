package proof

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
	"galley/tui/tuitest"
)

const sample = "../../cmd/galley/sample/triage/"

type row struct {
	Name   string            `json:"name"`
	Vars   map[string]string `json:"vars"`
	Wanted string            `json:"wanted"`
	Input  string            `json:"input"`
	Output string            `json:"output"`
	Tags   []text.Raw        `json:"tags"`
	Split  session.Split     `json:"split"`
}

func rows(t testing.TB, name string) []row {
	t.Helper()
	f, err := os.Open(sample + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []row
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		var r row
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func words(t testing.TB, name string) text.Raw {
	t.Helper()
	b, err := os.ReadFile(sample + name)
	if err != nil {
		t.Fatal(err)
	}
	return text.Raw(b)
}

// triage lays the sample's five-shot variant on a table.
func triage(t testing.TB) *session.Table {
	t.Helper()
	var shots []session.Shot
	for i, r := range rows(t, "shots.jsonl")[:5] {
		shots = append(shots, session.Shot{ID: int64(i + 1), UID: r.Name, Name: text.Raw(r.Name), Input: text.Raw(r.Input), Output: text.Raw(r.Output)})
	}
	var cases []session.Case
	for i, r := range rows(t, "cases.jsonl") {
		w := text.Raw(r.Wanted)
		cases = append(cases, session.Case{
			ID: int64(i + 1), Name: text.Raw(r.Name), Vars: []session.Var{{Name: "ticket", Value: text.Raw(r.Vars["ticket"])}},
			Wanted: &w, Tags: r.Tags, Split: r.Split,
		})
	}
	c := session.Content{Params: session.DefaultParams(), Blocks: []session.Block{
		{UID: "a", Kind: session.KindSystem, Role: session.RoleSystem, Text: words(t, "system.txt")},
		{UID: "b", Kind: session.KindInstructions, Role: session.RoleUser, Text: words(t, "instructions.txt")},
		{UID: "c", Kind: session.KindShots, Role: session.RoleUser, Wrap: session.WrapXML, Layout: session.LayoutInline, Shots: shots},
		{UID: "d", Kind: session.KindInput, Role: session.RoleUser, Text: words(t, "input.txt")},
	}}
	tab := &session.Table{}
	tab.SetModel("embedded/nearest")
	tab.Lay(session.Laid{
		Prompt: session.PromptInfo{Prompt: session.Prompt{ID: 1, Name: "triage"}},
		Variant: session.VariantInfo{
			Variant: session.Variant{ID: 1, Name: "five-shot"}, Prompt: "triage",
			Revision: session.Revision{ID: 1, Number: 1, Content: c, Hash: c.Hash()},
		},
		Cases: cases,
	})
	return tab
}

// deps are functions that answer at once.
func deps(tab *session.Table) Deps {
	return Deps{
		Table: tab, Styles: themes.Pick("", true).Styles(),
		Tokens: func(_ context.Context, p session.Proof, _ string) session.TokenCount {
			t := session.TokenCount{Source: "estimate", Limit: 8192}
			for _, sp := range p.Spans {
				n := (sp.End - sp.Start + 3) / 4
				t.Spans = append(t.Spans, n)
				t.Total += n
			}
			return t
		},
		Wire: func(model string, p session.Proof, take int) (session.Wire, error) {
			type msg struct {
				Role    session.Role `json:"role"`
				Content string       `json:"content"`
			}
			body := struct {
				Model    string   `json:"model"`
				Stream   bool     `json:"stream"`
				Seed     *int64   `json:"seed"`
				Messages []msg    `json:"messages"`
				Temp     *float64 `json:"temperature"`
				TopP     *float64 `json:"top_p"`
				Penalty  float64  `json:"presence_penalty"`
				Max      int      `json:"max_tokens"`
			}{Model: model, Stream: true, Seed: p.Params.Seed, Temp: p.Params.Temperature, TopP: p.Params.TopP, Max: p.Params.MaxTokens}
			for _, m := range p.Messages {
				body.Messages = append(body.Messages, msg{m.Role, string(m.Content)})
			}
			b, err := json.Marshal(body)
			return session.NewWire("POST", "/v1/chat/completions", b), err
		},
		Models: func(context.Context) ([]session.ModelInfo, error) {
			return []session.ModelInfo{{Ref: "embedded/nearest", About: "a baseline to beat"}, {Ref: "local/qwen"}}, nil
		},
		Save: func(_ context.Context, name string, _ []byte) (string, error) { return "/tmp/" + name, nil },
	}
}

func drain(s *Screen, cmd tea.Cmd) []tea.Msg { return tuitest.Drain(s, cmd, nil) }

func press(s *Screen, k string) []tea.Msg { return tuitest.Pressed(s, nil, k) }

func start(t testing.TB, tab *session.Table, w, h int) *Screen {
	t.Helper()
	s := New(deps(tab))
	s.Resize(w, h)
	drain(s, s.Enter())
	return s
}

// sizes are the rectangles of terminals of 80×24, 120×40, 160×45 and 40×10.
var sizes = [][2]int{{80, 22}, {120, 38}, {160, 43}, {40, 8}}

func golden(t *testing.T, name string, s *Screen) {
	t.Helper()
	for _, sz := range sizes {
		s.Resize(sz[0], sz[1])
		drain(s, s.Update(nil))
		tuitest.Golden(t, fmt.Sprintf("%s-%dx%d", name, sz[0], sz[1]), ansi.Strip(s.View())+"\n")
	}
}

func TestViews(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	golden(t, "messages", s)
	press(s, "w")
	golden(t, "wire", s)
	press(s, "v")
	golden(t, "reading", s)
	press(s, "m")
	s.Resize(40, 8)
	press(s, "i")
	golden(t, "numbers", s)

	wrong := triage(t)
	wrong.Desk.Edit("", "", func(c *session.Content) {
		c.Blocks[1].Text += "\nAnswer for {{team}} and end with <done>.\n"
		c.Blocks[2].Shots = c.Blocks[2].Shots[:2]
	})
	s = start(t, wrong, 80, 22)
	if len(s.an.findings) == 0 {
		t.Fatal("lint found nothing")
	}
	press(s, "f")
	golden(t, "finding", s)

	golden(t, "nothing", start(t, &session.Table{}, 80, 22))

	tab := triage(t)
	tab.Cases = nil
	tab.Touch()
	golden(t, "nocases", start(t, tab, 80, 22))

	d := deps(triage(t))
	d.Wire = func(string, session.Proof, int) (session.Wire, error) {
		return session.Wire{}, errors.New("the prompt holds bytes that are not UTF-8, in block instructions")
	}
	s = New(d)
	s.Resize(80, 22)
	drain(s, s.Enter())
	press(s, "w")
	golden(t, "refused", s)
}

// TestWireExact demands that what the wire view shows is the body, to the byte.
func TestWireExact(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	press(s, "w")
	want, _ := deps(s.deps.Table).Wire("embedded/nearest", s.deps.Table.Proof(), 1)
	got := ""
	for _, seg := range s.an.wireDoc(s.deps.Styles) {
		got += string(seg.Text)
	}
	if got != string(want.Body) {
		t.Fatal("the wire view does not show the body")
	}
	data, name := s.exact()
	if string(data) != string(want.Body) || name != "triage-five-shot-c01.json" {
		t.Fatalf("exact gives %s", name)
	}
	if len(kit.JSONSegments(want.Body, s.deps.Styles)) < 5 {
		t.Fatal("the body has no colours")
	}
}

// TestSpansShown demands that the messages view shows every byte of every
// message once.
func TestSpansShown(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	p := s.deps.Table.Proof()
	got := map[int]string{}
	at := -1
	for _, seg := range s.messages() {
		if seg.ID < 0 {
			at = -1 - seg.ID
			continue
		}
		got[at] += string(seg.Text)
	}
	for i, m := range p.Messages {
		if got[i] != string(m.Content) {
			t.Errorf("message %d is not shown as it is", i)
		}
	}
}

func TestKeys(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	seen := map[string]string{}
	ids := map[string]bool{}
	reserved := map[string]bool{"q": true, "?": true, "ctrl+c": true, "ctrl+k": true, "ctrl+t": true, "f1": true, "alt+1": true}
	for _, a := range s.Actions() {
		if ids[a.ID] || a.Long == "" {
			t.Errorf("%s: twice, or without a sentence", a.ID)
		}
		ids[a.ID] = true
		for _, k := range a.Key.Keys() {
			if other, ok := seen[k]; ok || reserved[k] || len(k) == 1 && k[0] >= '0' && k[0] <= '9' {
				t.Errorf("%s: %s is taken by %s or by the workbench", a.ID, k, other)
			}
			seen[k] = a.ID
		}
	}
}

func TestCopyAndSave(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	var clip, toast string
	for _, m := range press(s, "y") {
		switch m := m.(type) {
		case kit.Toast:
			toast = m.Text
		case kit.Clip:
			clip = string(m.Text)
		}
	}
	data, _ := s.exact()
	if clip != string(data) || !strings.Contains(toast, "sent to the terminal's clipboard") {
		t.Fatalf("copied %d bytes, said %q", len(clip), toast)
	}
	msgs := press(s, "s")
	d := msgs[0].(kit.Push).Dialog.(*kit.Prompt)
	out := drain(s, d.Done("x.txt"))
	if len(out) != 1 || !strings.Contains(out[0].(kit.Toast).Text, "saved /tmp/x.txt") {
		t.Fatalf("%v", out)
	}
}

// TestOld demands that the answer to an older question is dropped.
func TestOld(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	old := s.analyse()
	drain(s, s.analyse())
	s.an.tokens.Total = 7
	s.Update(old())
	if s.an.tokens.Total != 7 {
		t.Fatal("an old answer was taken")
	}
}

const hostile = "a\x1b]52;c;aGk=\x07b\x1b[31mred\u202egnp\x00\r\n\u009b31m<thinking>\x1bPq\x1b\\{{name}}"

func TestFrames(t *testing.T) {
	bad := triage(t)
	bad.Desk.Edit("", "", func(c *session.Content) {
		c.Blocks[1].Text, c.Blocks[1].Title = hostile, hostile
		c.Blocks[2].Shots[0].Name = hostile
	})
	bad.Cases[0].Name, bad.Cases[0].Vars[0].Value = hostile, hostile
	bad.SetModel("a\x1b[31m/b\x1b]0;x\x07")
	none := triage(t)
	none.Cases = nil
	for name, tab := range map[string]*session.Table{"sample": triage(t), "hostile": bad, "nothing": {}, "no cases": none} {
		s := New(deps(tab))
		s.deps.Wire = func(m string, p session.Proof, n int) (session.Wire, error) {
			if name == "hostile" {
				return session.Wire{Method: "POST", Path: hostile, Body: []byte(hostile), Hash: "sha256:0"}, nil
			}
			return deps(tab).Wire(m, p, n)
		}
		s.Resize(80, 22)
		drain(s, s.Enter())
		for _, key := range []string{"m", "f", "w", "v", "i", "i", "m", "f", "f"} {
			press(s, key)
			for _, sz := range [][2]int{{20, 5}, {40, 8}, {60, 16}, {80, 22}, {100, 30}, {110, 10}, {120, 38}, {160, 43}, {240, 70}, {21, 60}, {200, 6}} {
				s.Resize(sz[0], sz[1])
				tuitest.Frame(t, name+" "+key, s.View(), sz[0], sz[1])
			}
		}
	}
}

// TestTheme demands that no colour of the old theme stays after a change.
func TestTheme(t *testing.T) {
	for _, key := range []string{"m", "w", "r", "v", "i"} {
		s := start(t, triage(t), 120, 38)
		press(s, key)
		was := *s.deps.Styles
		*s.deps.Styles = *themes.Pick("", false).Styles()
		s.Resize(120, 38)
		for name, st := range map[string]lipgloss.Style{"text": was.Text, "title": was.Title, "string": was.SynString, "dim": was.Dim, "faint": was.Faint, "block": was.Block(0)} {
			if strings.Contains(s.View(), strings.TrimSuffix(st.Render("x"), "x\x1b[m")) {
				t.Errorf("%s keeps the old ink of %s", key, name)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	press(s, "/")
	if !s.Typing() || s.Cursor() == nil {
		t.Fatal("the search is not being typed")
	}
	for _, r := range "label" {
		press(s, string(r))
	}
	press(s, "enter")
	golden(t, "search", s)
}

func TestCaseAndOrder(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	before := s.deps.Table.Proof().Hash
	press(s, "]")
	if s.deps.Table.CaseAt() != 1 || s.deps.Table.Proof().Hash == before || !s.ready {
		t.Fatal("the next case is not in hand")
	}
	press(s, "o")
	if s.deps.Table.Order().AsIs() || !strings.Contains(ansi.Strip(s.View()), "seed:") {
		t.Fatal("the order is not shown")
	}
	press(s, "O")
	if !s.deps.Table.Order().AsIs() {
		t.Fatal("the order did not go back")
	}
}

func TestTabClick(t *testing.T) {
	s := start(t, triage(t), 80, 22)
	for x, want := range map[int]view{2: viewMessages, 12: viewWire, 18: viewRendered, 28: viewReading} {
		s.Update(tea.MouseClickMsg{X: x, Y: 0, Button: tea.MouseLeft})
		if s.view != want {
			t.Errorf("a click at %d shows %s", x, s.view.name())
		}
	}
}
