package bench

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// evidence is what is kept of a cell beside its answer: the context that its
// engine evaluated, and what the server sent. Each is read when it is looked at.
type evidence struct {
	eval    session.Evaluated
	was     bool // eval is known
	asked   bool // it was asked for
	trace   session.Trace
	got     []byte
	gotRead bool
}

type (
	evaluatedMsg struct {
		slot  *slot
		eval  session.Evaluated
		was   bool
		proof *session.Proof
		err   error
	}
	receivedMsg struct {
		slot *slot
		data []byte
		err  error
	}
)

// loadEvaluated reads what was evaluated, with the proof to lay it beside.
func (c *closeup) loadEvaluated() tea.Cmd {
	load, proofOf := c.s.deps.Evaluated, c.s.deps.Proof
	if c.ev.asked || load == nil {
		return nil
	}
	x, have := c.slot, c.proof
	return c.s.ask(askEvidence, func(ctx context.Context) tea.Msg {
		m := evaluatedMsg{slot: x, proof: have}
		if m.eval, m.was, m.err = load(ctx, x.cell.ID); m.err != nil || !m.was || m.proof != nil || proofOf == nil {
			return m
		}
		p, err := proofOf(ctx, x.cell.Proof)
		if m.err = err; err == nil {
			m.proof = &p
		}
		return m
	})
}

func (c *closeup) loadReceived() tea.Cmd {
	load := c.s.deps.Received
	if c.ev.gotRead || load == nil {
		return nil
	}
	x := c.slot
	return c.s.ask(askEvidence, func(ctx context.Context) tea.Msg {
		b, err := load(ctx, x.cell.ID)
		return receivedMsg{x, b, err}
	})
}

func (c *closeup) takeEvaluated(m evaluatedMsg) {
	if m.slot != c.slot {
		return
	}
	if c.trouble = m.err; m.err != nil {
		return
	}
	c.ev.eval, c.ev.was, c.ev.asked = m.eval, m.was, true
	if m.proof != nil && m.was {
		if c.proof == nil {
			c.proof = m.proof
		}
		c.ev.trace = session.TraceContext(*m.proof, m.eval.Text)
	}
}

func (c *closeup) takeReceived(m receivedMsg) {
	if m.slot != c.slot {
		return
	}
	if c.trouble = m.err; m.err == nil {
		c.ev.got, c.ev.gotRead = m.data, true
	}
}

// evaluatedDoc is the context as it was evaluated: what the template wrote is dim,
// text of messages is ink, and what was composed and is not there stands below it
// in red.
func (c *closeup) evaluatedDoc() kit.Doc {
	st, e := c.s.deps.Styles, c.ev.eval
	var d kit.Doc
	if words := e.Differs; words != "" {
		d = append(d, kit.Segment{ID: -1, Text: words + "\n\n", Gutter: "differs", Style: st.Bad, GutterStyle: st.Bad, Break: true})
	}
	if len(c.ev.trace.Segments) == 0 && e.Text != "" {
		d = append(d, kit.Segment{Text: e.Text, Style: st.Text, GutterStyle: st.Rule, Break: true})
	}
	there := map[int]bool{}
	for i, sg := range c.ev.trace.Segments {
		seg := kit.Segment{ID: i, Text: e.Text[sg.Start:sg.End], Style: st.Dim, GutterStyle: st.Rule}
		if sg.Message >= 0 && c.proof != nil {
			there[sg.Message] = true
			seg.Style, seg.GutterStyle = st.Text, st.Info
			seg.Gutter = fmt.Sprintf("%s %d", c.proof.Messages[sg.Message].Role, sg.Message+1)
		}
		d = append(d, seg)
	}
	return append(d, c.lost(there)...)
}

// lost are the messages that were composed and are not there.
func (c *closeup) lost(there map[int]bool) kit.Doc {
	if c.proof == nil || !c.ev.trace.Cut {
		return nil
	}
	st := c.s.deps.Styles
	var d kit.Doc
	for i, m := range c.proof.Messages {
		if there[i] || m.Content.Blank() {
			continue
		}
		head := fmt.Sprintf("\n\n━━ %s · message %d of %d is not there as it was composed\n", m.Role, i+1, len(c.proof.Messages))
		d = append(d, kit.Segment{ID: 1000 + i, Text: text.Raw(head), Style: st.Bad.Bold(true), GutterStyle: st.Bad, Break: true},
			kit.Segment{ID: 1000 + i, Text: m.Content, Style: st.Bad, GutterStyle: st.Bad})
	}
	return d
}

// evaluatedNote says how it is known what was evaluated, and whether the count
// proves it.
func (c *closeup) evaluatedNote() (words string, good bool) {
	words, good = c.ev.eval.Compared()
	return words + " · " + c.ev.eval.Source.Words(), good && !c.ev.trace.Cut
}

// callsDoc are the tool calls of an answer; nothing was called.
func callsDoc(calls []session.ToolCall, st *themes.Styles) kit.Doc {
	var d kit.Doc
	for i, call := range calls {
		head := "tool call"
		if len(calls) > 1 {
			head = fmt.Sprintf("call %d", i+1)
		}
		d = append(d, kit.Segment{ID: 100 + i, Text: "\n", GutterStyle: st.Rule, Break: true},
			kit.Segment{ID: 100 + i, Text: call.Name + "\n", Gutter: head, Style: st.Accent.Bold(true), GutterStyle: st.Accent, Break: true})
		for _, seg := range kit.BesideSegments(false, call.Arguments, st) {
			seg.ID, seg.GutterStyle = 100+i, st.Accent
			d = append(d, seg)
		}
		d = append(d, kit.Segment{ID: 100 + i, Text: "\n", GutterStyle: st.Accent})
	}
	return d
}

// counted is a number with what it counts, "" where it is not known.
func counted(v *int, words string) string {
	if v == nil {
		return ""
	}
	return kit.Thousands(*v) + words
}

// engineFacts are what the server measured by its own clock.
func engineFacts(o *session.Output) [][2]string {
	var out [][2]string
	e := o.Engine
	ms := func(v *float64) string {
		if v == nil {
			return ""
		}
		return millis(int64(*v + 0.5))
	}
	add := func(name string, parts ...string) {
		if v := kit.Join(" · ", parts...); v != "" {
			out = append(out, [2]string{name, v})
		}
	}
	add("engine read", counted(e.PromptTokens, " tokens"), ms(e.PromptMS))
	add("from cache", counted(e.CachedTokens, " tokens"))
	add("engine wrote", counted(e.GeneratedTokens, " tokens"), ms(e.GeneratedMS))
	add("engine load", ms(e.LoadMS))
	add("engine queue", ms(e.QueueMS))
	add("server", text.Raw(o.Server).String())
	if o.Repeatable {
		add("asked", "repeatable")
	}
	if o.Evidence != session.EvidenceNone {
		add("evaluated", map[session.Evidence]string{
			session.EvidenceIDs: "known, token ids", session.EvidenceText: "known, same request", session.EvidenceRendered: "rendered again", session.EvidenceGuessed: "a guess",
		}[o.Evidence])
	}
	return out
}
