package bench

import (
	"context"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
)

func num[T any](v T) *T { return &v }

// told is a world whose first cell has all the evidence there can be.
func told(t *testing.T, cut bool) (*Screen, *session.Evaluated) {
	t.Helper()
	tab := table(t)
	w := newWorld(tab)
	o := &w.results[0].Output
	o.Status, o.Text, o.Error = session.StatusToolCalls, "", nil
	o.ToolCalls = []session.ToolCall{{Name: "look_up\x1b[2J", Arguments: `{"order": 7}`}}
	o.Reason = "Let me think."
	o.Engine = session.EngineTiming{PromptTokens: num(3), CachedTokens: num(766), PromptMS: num(12.4), GeneratedTokens: num(2), GeneratedMS: num(40.0), LoadMS: num(0.2)}
	o.Server, o.Repeatable, o.Evidence = "llama.cpp b11669", true, session.EvidenceText
	o.Usage.Reasoning = num(1)
	p := session.Compose(variant(1, "x").Revision.Content, tab.Cases[0], session.Order{})
	e := &session.Evaluated{Source: session.EvidenceText, Tokens: 90, Counted: 90, Text: "<s>" + p.Messages[0].Content + "</s>"}
	if !cut {
		e.Text += p.Messages[1].Content + "</s>"
	} else {
		o.Cut, o.Differs = true, "not there as composed: message 2 (user)"
		e.Cut, e.Differs = true, o.Differs
	}
	d := w.deps(tab)
	d.Evaluated = func(_ context.Context, id int64) (session.Evaluated, bool, error) { return *e, id == 1, nil }
	d.Received = func(_ context.Context, id int64) ([]byte, error) {
		if id != 1 {
			return nil, nil
		}
		return []byte("HTTP/1.1 200 OK\r\n\r\ndata: {\"a\":\"\x1b]0;x\"}\xff"), nil
	}
	s := New(d)
	s.Resize(80, 22)
	drain(s, s.Enter())
	return s, e
}

func TestCloseupShowsEvidence(t *testing.T) {
	s, e := told(t, false)
	s.Resize(160, 43)
	press(s, "enter")
	sees(t, s, "look_up␛[2J", `{"order": 7}`, "Let me think.", "3 tokens · 12 ms", "766 tokens", "llama.cpp b11669", "repeatable", "1 reasoning", "known, same request")
	golden(t, "near-tools", s)
	s.Resize(160, 43)
	press(s, "v")
	sees(t, s, "proved: 90 = 90 tokens · text that the answering request reported", "<s>You sort the mail.")
	golden(t, "near-evaluated", s)
	s.Resize(160, 43)
	if data, _ := s.close.exact(); string(data) != string(e.Text) {
		t.Errorf("%q is copied", data)
	}
	press(s, "r")
	sees(t, s, "HTTP/1.1 200 OK", "keys taken out", `␛]0;x`)
	if data, _ := s.close.exact(); !strings.HasSuffix(string(data), "x\"}\xff") {
		t.Errorf("%q is copied", data)
	}
	press(s, "right") // of the next nothing is kept
	sees(t, s, "What was received is not kept")
	press(s, "v")
	sees(t, s, "It is not known what was evaluated")
}

func TestCutInputIsRed(t *testing.T) {
	s, _ := told(t, true)
	red := strings.SplitN(s.deps.Styles.Bad.Render("x"), "x", 2)[0]
	line := func(words string) string {
		for _, l := range strings.Split(s.View(), "\n") {
			if strings.Contains(ansi.Strip(l), words) {
				return l
			}
		}
		t.Errorf("%q is not shown:\n%s", words, ansi.Strip(s.View()))
		return ""
	}
	if !strings.Contains(line("! input cut"), red) {
		t.Error("a cut input is not red in the columns")
	}
	s.Resize(160, 43)
	press(s, "g")
	press(s, "down") // the row with the cursor has a look of its own
	if !strings.Contains(line("! input cut"), red) {
		t.Error("a cut input is not red in the grid")
	}
	press(s, "up")
	press(s, "enter")
	press(s, "v")
	line("message 2 of 2 is not there as it was composed")
	line("differs")
	if !strings.Contains(line("Logging in works again"), red) {
		t.Error("what is not there is not red")
	}
	golden(t, "near-cut", s)
}

func TestTimings(t *testing.T) {
	s, _ := told(t, false)
	s.run.How.Timing = true
	s.run.Mixed = []session.Mixing{{Model: "lo\x1bcal/m", Reported: []text.Raw{"m-1", "m-2\x1b"}}, {Model: "b/n", Digests: []string{"a", "b"}}}
	s.run.Unsure = 3
	press(s, "T")
	sees(t, s, "first word", "(", " to ", "Mixed: lo␛cal/m answered as m-1 and as m-2␛", "b/n was changed while the run went on", "3 requests were on the way when the process died, and may have been billed.", "one request at a time")
	golden(t, "timing", s)
	press(s, "c")
	s.Resize(160, 43)
	sees(t, s, "mixed: T tells", "3 may have been billed")
}
