package proof

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
)

// tokenised is a rendered context: special tokens, and the rest cut into pieces
// of at most n bytes.
func tokenised(p session.Proof, n int, source string) session.Rendered {
	r := session.Rendered{Source: source}
	add := func(t text.Raw, special bool) {
		r.Tokens = append(r.Tokens, session.Token{Text: t, Special: special})
		r.Text += t
	}
	for _, m := range p.Messages {
		add("<|im_start|>", true)
		add(text.Raw(m.Role), false)
		add("\n", false)
		for c := m.Content; c != ""; {
			k := min(n, len(c))
			add(c[:k], false)
			c = c[k:]
		}
		add("<|im_end|>", true)
		add("\n", false)
	}
	r.Total = len(r.Tokens)
	return r
}

// asker counts what is sent to the server.
type asker struct {
	asked int
	say   func(p session.Proof) (session.Rendered, error)
	eval  *session.Evaluated
}

func (a *asker) screen(t testing.TB, w, h int) *Screen {
	d := deps(triage(t))
	d.Render = func(_ context.Context, _ string, p session.Proof) (session.Rendered, error) {
		a.asked++
		return a.say(p)
	}
	d.Evaluated = func(context.Context, int64, string, session.Proof) (session.Evaluated, bool, error) {
		if a.eval == nil {
			return session.Evaluated{}, false, nil
		}
		return *a.eval, true, nil
	}
	s := New(d)
	s.Resize(w, h)
	drain(s, s.Enter())
	return s
}

func TestRenderedIsAskedOnlyWhenOpened(t *testing.T) {
	a := &asker{say: func(p session.Proof) (session.Rendered, error) { return tokenised(p, 4, "server"), nil }}
	s := a.screen(t, 120, 38)
	for _, k := range []string{"]", "m", "w", "v", "[", "i", "i", "i"} {
		press(s, k)
	}
	if a.asked != 0 {
		t.Fatalf("the context was sent %d times unasked", a.asked)
	}
	press(s, "r")
	press(s, "m")
	press(s, "r")
	if a.asked != 1 {
		t.Fatalf("it was asked %d times for one proof", a.asked)
	}
	press(s, "]")
	press(s, "R")
	if a.asked != 3 {
		t.Fatalf("it was asked %d times for another case and once more", a.asked)
	}
	a.eval = &session.Evaluated{Text: "x", Tokens: 5, Counted: 5}
	drain(s, s.Enter()) // an answer came meanwhile
	if a.asked != 3 || !strings.Contains(ansi.Strip(s.View()), "proved: 5 = 5 tokens") {
		t.Errorf("asked %d times, or what was evaluated since is not shown:\n%s", a.asked, ansi.Strip(s.View()))
	}
	desk := s.deps.Table.Desk
	desk.Edit("typing", "", func(c *session.Content) { c.Blocks[0].Text += "." })
	drain(s, s.sync())
	if a.asked != 3 || !strings.Contains(ansi.Strip(s.View()), "The proof has changed") {
		t.Errorf("a key press sent the context, asked %d times:\n%s", a.asked, ansi.Strip(s.View()))
	}
}

func TestRenderedShowsWhatDiffers(t *testing.T) {
	whole := func(p session.Proof) (session.Rendered, error) { return tokenised(p, 5, "server"), nil }
	for name, tt := range map[string]struct {
		say  func(p session.Proof) (session.Rendered, error)
		eval *session.Evaluated
		want []string
	}{
		"rendered": {whole, &session.Evaluated{Text: "x", Tokens: 812, Counted: 812, Source: session.EvidenceText}, []string{"as the server would evaluate it: ", "every message is there as it was composed", "proved: 812 = 812 tokens"}},
		"rendered-cut": {func(p session.Proof) (session.Rendered, error) {
			p.Messages = p.Messages[:1]
			return tokenised(p, 5, "server"), nil
		}, &session.Evaluated{Text: "x", Tokens: 9, Counted: 10, Differs: "it was cut\x1b[31m", Cut: true, Source: session.EvidenceRendered}, []string{"not there as composed: message 2 (user)", "not proved: the text has 10 tokens, 9 were evaluated", "! evaluated: it was cut␛[31m"}},
		"rendered-own": {func(p session.Proof) (session.Rendered, error) {
			own := p
			own.Messages = append([]session.Message{{Role: session.RoleSystem, Content: "You are a helpful assistant."}}, p.Messages...)
			return tokenised(own, 5, "server"), nil
		}, nil, []string{"every message is there as it was composed", "▪ the chat template adds words of its own: You are a helpful assistant."}},
		"rendered-none": {func(session.Proof) (session.Rendered, error) {
			return session.Rendered{Source: "unavailable", Note: "this server renders nothing"}, nil
		}, nil, []string{"Not available", "This server renders nothing."}},
		"rendered-failed": {func(session.Proof) (session.Rendered, error) {
			return session.Rendered{}, errors.New("connection refused")
		}, nil, []string{"It can't be shown.", "connection refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := &asker{say: tt.say, eval: tt.eval}
			s := a.screen(t, 160, 43)
			press(s, "r")
			got := ansi.Strip(s.View())
			if name != "rendered-own" && strings.Contains(got, "words of its own") {
				t.Errorf("names of roles are taken for words:\n%s", got)
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is not said:\n%s", want, got)
				}
			}
			golden(t, name, s)
		})
	}
}

// Where there is little room, what is not as it should be is said and the rest is
// not.
func TestLabelsThatPress(t *testing.T) {
	lines := func() []string {
		return []string{" \x1b[32m●\x1b[m rendered", " ✓ every message", " ▪ the template adds", " ✓ proved", " ! evaluated: cut"}
	}
	for rows, want := range map[int]string{0: "", 1: " ! evaluated: cut", 2: " ▪ the template adds ! evaluated: cut", 3: " ● rendered ▪ the template adds ! evaluated: cut", 9: "all"} {
		got := ansi.Strip(strings.Join(pressing(lines(), rows), ""))
		if want == "all" {
			want = ansi.Strip(strings.Join(lines(), ""))
		}
		if got != want {
			t.Errorf("%d rows: %q", rows, got)
		}
	}
}

func TestRenderedCountsByTheServer(t *testing.T) {
	a := &asker{say: func(p session.Proof) (session.Rendered, error) { return tokenised(p, 3, "server"), nil }}
	s := a.screen(t, 160, 43)
	if c := s.counts(); c.Source != "estimate" {
		t.Fatalf("counted by %s before it was asked", c.Source)
	}
	press(s, "r")
	c := s.counts()
	sum := c.Template
	for _, n := range c.Spans {
		sum += n
	}
	if c.Source != "server" || sum != c.Total || c.Template != 5*len(s.deps.Table.Proof().Messages) || c.Limit != 8192 {
		t.Errorf("%+v", c)
	}
	if got := ansi.Strip(s.View()); !strings.Contains(got, ", server") || !strings.Contains(got, "chat template") {
		t.Errorf("the panel does not say so:\n%s", got)
	}
	press(s, "m")
	if got := ansi.Strip(s.View()); !strings.Contains(got, "▁ to █ by the line, estimated; █ is ") {
		t.Errorf("the lines are of an estimate, and it is not said:\n%s", got)
	}
}

// A model whose name is too long for the head is told by the end of it.
func TestHeadKeepsTheModel(t *testing.T) {
	tab := triage(t)
	s, _ := full(t, tab, 80, 22)
	tab.SetModel("lab/a-folder-of-models/and-one-more/tiny-chat-model-q4.gguf")
	if got := strings.SplitN(seen(s), "\n", 2)[0]; !strings.Contains(got, "c01, 1 of 60 · …") || !strings.HasSuffix(strings.TrimRight(got, " "), "model-q4.gguf") {
		t.Errorf("%q", got)
	}
}

// TestRenderedIsExact demands that the view draws the rendered text and nothing
// else, borders or none, also where a character stands in several tokens.
func TestRenderedIsExact(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 1000} {
		a := &asker{say: func(p session.Proof) (session.Rendered, error) {
			p.Messages = append([]session.Message(nil), p.Messages...)
			p.Messages[0].Content = "  " + p.Messages[0].Content // found all the same
			return tokenised(p, n, "server"), nil
		}}
		s := a.screen(t, 100, 30)
		desk := s.deps.Table.Desk
		desk.Edit("typing", "", func(c *session.Content) { c.Blocks[0].Text = "né 日本語 🧑‍🚀 \x1b[31m {{x}}" })
		drain(s, s.sync())
		press(s, "r")
		for range 2 {
			var got text.Raw
			for _, seg := range s.renderedDoc() {
				got += seg.Text
			}
			if got != s.rendered.r.Text {
				t.Fatalf("tokens of %d bytes: %q is drawn of %q", n, got, s.rendered.r.Text)
			}
			press(s, "b")
		}
		if data, name := s.exact(); string(data) != string(s.rendered.r.Text) || !strings.HasSuffix(name, ".rendered.txt") {
			t.Errorf("%q is saved as %s", data, name)
		}
	}
}

func TestBesideIsShownApart(t *testing.T) {
	s := start(t, triage(t), 120, 38)
	s.deps.Table.Desk.Edit("adding", "", func(c *session.Content) {
		c.Blocks = append(c.Blocks, session.Block{UID: "t", Kind: session.KindTools, Text: `[{"name":"look\u0007up"}]`}, session.Block{UID: "g", Kind: session.KindGrammar, Text: "root ::= \x1b[31m"})
	})
	drain(s, s.sync())
	press(s, "end")
	got := ansi.Strip(s.View())
	for _, want := range []string{"━━ tools · beside the messages, as it is", `"name"`, "━━ grammar · beside the messages", "root ::= ␛[31m", "with tools · "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not shown:\n%s", want, got)
		}
	}
	data, _ := s.exact()
	if !strings.HasSuffix(string(data), "--- tools\n[{\"name\":\"look\\u0007up\"}]\n\n--- grammar\nroot ::= \x1b[31m") {
		t.Errorf("%q", data)
	}
}

// A server that was started anew has another context: asking again tells it.
func TestAskingAgainTellsTheContextThatIs(t *testing.T) {
	limit := 0
	a := &asker{say: func(p session.Proof) (session.Rendered, error) {
		r := tokenised(p, 4, "server")
		r.Limit = limit
		return r, nil
	}}
	s := a.screen(t, 120, 38)
	press(s, "r")
	if got := s.counts(); got.Limit != s.an.tokens.Limit || got.Source != "server" {
		t.Fatalf("%d of %d by the %s, want what was known, %d", got.Total, got.Limit, got.Source, s.an.tokens.Limit)
	}
	limit = 77
	press(s, "R")
	if got := s.counts(); got.Limit != 77 {
		t.Errorf("%d tokens fit, want 77", got.Limit)
	}
	if v := ansi.Strip(s.View()); !strings.Contains(v, "tokens over the 77") {
		t.Errorf("what is too much is not said:\n%s", v)
	}
}
