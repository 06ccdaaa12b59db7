package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// renderedState is what the model's server says it would evaluate, and what it
// did evaluate where an answer to this proof is kept. It is asked for when the
// view is opened, and remembered until the proof changes.
type renderedState struct {
	of      key // what it is known of
	asked   key // what is being asked
	known   bool
	r       session.Rendered
	err     error
	trace   session.Trace
	own     string // words of the template's own, "" none that are known
	count   session.TokenCount
	counted bool // by the server, with borders
	eval    session.Evaluated
	was     bool // eval is there
	evalErr error
}

type renderedMsg struct{ renderedState }

// askRendered asks the server how it would evaluate the proof, unless that is
// known. It is called when the view is opened or something else is taken in hand
// in it, and never because a text changed.
func (s *Screen) askRendered() tea.Cmd {
	t := s.deps.Table
	k := key{t.Version(), t.Model(), ""}
	if s.view != viewRendered || !t.Open() || s.rendered.known && s.rendered.of == k || !s.rendered.known && s.rendered.asked == k {
		return nil
	}
	p, prompt, model := t.Proof(), t.Prompt.ID, t.Model()
	render, past := s.deps.Render, s.deps.Evaluated
	s.rendered = renderedState{asked: k}
	return s.ask(askRendering, func(ctx context.Context) tea.Msg {
		out := renderedState{of: k, known: true}
		switch {
		case model == "":
			out.err = errNoModel
		case render == nil:
			out.err = noWire("nobody can be asked here")
		default:
			out.r, out.err = render(ctx, model, p)
		}
		if out.err == nil && out.r.Text != "" {
			out.trace = session.TraceContext(p, out.r.Text)
			out.own = templateWords(p, out.r, out.trace)
			out.count, out.counted = out.r.Count(p, out.r.Limit)
		}
		if past != nil && model != "" {
			out.eval, out.was, out.evalErr = past(ctx, prompt, model, p)
		}
		return renderedMsg{out}
	})
}

type pastMsg struct {
	of   key
	eval session.Evaluated
	was  bool
	err  error
}

// askPast looks again whether an answer to the proof is kept by now. Nobody is
// asked but the workspace.
func (s *Screen) askPast() tea.Cmd {
	past := s.deps.Evaluated
	if past == nil || s.view != viewRendered || !s.renderedNow() || s.rendered.was {
		return nil
	}
	t, of := s.deps.Table, s.rendered.of
	p, prompt, model := t.Proof(), t.Prompt.ID, t.Model()
	return s.ask(askBefore, func(ctx context.Context) tea.Msg {
		e, was, err := past(ctx, prompt, model, p)
		return pastMsg{of, e, was, err}
	})
}

// renderedNow reports whether what is known is of what lies on the table.
func (s *Screen) renderedNow() bool {
	t := s.deps.Table
	return s.rendered.known && s.rendered.of == key{t.Version(), t.Model(), ""}
}

// roleWords are what templates write at the head of a message, and say nothing.
var roleWords = []string{"system", "developer", "user", "assistant", "model", "tool", "ipython"}

// templateWords are the first words that the chat template wrote and nobody
// composed, such as a system text of its own: what is left of its text without
// special tokens and names of roles. Nothing is said where tools went along, of
// which it writes, and where a message is not there as it was composed.
func templateWords(p session.Proof, r session.Rendered, t session.Trace) string {
	if p.Beside.Tools != "" || t.Cut || !r.Joined() {
		return ""
	}
	var own strings.Builder
	at, seg := 0, 0
	piece := func() string {
		words := strings.TrimSpace(own.String())
		own.Reset()
		for _, role := range roleWords {
			if rest, ok := strings.CutPrefix(words, role); ok && strings.TrimLeft(rest, " \t\r\n:") != rest || words == role {
				words = strings.TrimLeft(strings.TrimPrefix(words, role), " \t\r\n:")
				break
			}
		}
		return words
	}
	for _, tok := range r.Tokens {
		for seg < len(t.Segments)-1 && at >= t.Segments[seg].End {
			seg++
		}
		if tok.Special || t.Segments[seg].Message >= 0 {
			if w := piece(); w != "" {
				return text.Head(text.Raw(w), 60).OneLine().String()
			}
		} else {
			own.WriteString(string(tok.Text[:min(len(tok.Text), t.Segments[seg].End-at)]))
		}
		at += len(tok.Text)
	}
	return text.Head(text.Raw(piece()), 60).OneLine().String()
}

// counts is the server's count of tokens where it is known, else the one that was
// made here.
func (s *Screen) counts() session.TokenCount {
	if s.renderedNow() && s.rendered.counted {
		c := s.rendered.count
		c.Limit = s.limit()
		return c
	}
	return s.an.tokens
}

// limit is the context that the request sets, else what the server has by now, else
// what was known of it.
func (s *Screen) limit() int {
	if n := s.rendered.r.Limit; n > 0 && session.SentContext(s.an.wire.Body) == 0 {
		return n
	}
	return s.an.tokens.Limit
}

// mostTokens is how many borders are drawn; beyond it the text stands alone.
const mostTokens = 20_000

// renderedDoc is the rendered context: what the chat template wrote is dim and
// special tokens are set off, text of messages has the colour of its block, and
// every other token stands on a shade.
func (s *Screen) renderedDoc() kit.Doc {
	st, p, r := s.deps.Styles, s.deps.Table.Proof(), s.rendered.r
	shade := st.Badge.GetBackground()
	var d kit.Doc
	add := func(from, to int, special, odd bool, sg session.Segment) {
		for from < to {
			end := to
			seg := kit.Segment{ID: len(d), Style: st.Dim, GutterStyle: st.Rule}
			if sg.Message >= 0 {
				i, stop := spanAt(p, sg.Message, from-sg.Start+sg.From)
				end = min(end, sg.Start+stop-sg.From)
				seg.Style, seg.GutterStyle = st.Text, st.Gutter(0)
				if i >= 0 {
					seg.Style, seg.GutterStyle = st.Block(p.Spans[i].Block), st.Gutter(p.Spans[i].Block)
				}
				seg.Gutter = fmt.Sprintf("%s %d", p.Messages[sg.Message].Role, sg.Message+1)
			}
			if special {
				seg.Style, seg.Gutter = st.Accent.Bold(true), ""
			}
			if odd {
				seg.Style = seg.Style.Background(shade)
			}
			if n := len(d); n > 0 && d[n-1].Gutter == seg.Gutter {
				seg.Gutter = ""
			}
			seg.Text = r.Text[from:max(end, from+1)]
			d = append(d, seg)
			from = max(end, from+1)
		}
	}
	borders := s.borders && r.Joined() && len(r.Tokens) <= mostTokens
	if !borders {
		for _, sg := range s.rendered.trace.Segments {
			add(sg.Start, sg.End, false, false, sg)
		}
		return named(d)
	}
	at, seg, odd := 0, 0, false
	segs := s.rendered.trace.Segments
	for i := 0; i < len(r.Tokens); {
		from := at
		special := r.Tokens[i].Special
		for { // a character may stand in several tokens: they are drawn together
			at += len(r.Tokens[i].Text)
			i++
			if r.Text[from:at].Valid() || i == len(r.Tokens) {
				break
			}
		}
		for a := from; a < at; {
			for seg < len(segs)-1 && a >= segs[seg].End {
				seg++
			}
			z := min(at, segs[seg].End)
			add(a, z, special, odd, segs[seg])
			a = z
		}
		odd = !odd
	}
	return named(d)
}

// named leaves the name of a message in the gutter where it begins.
func named(d kit.Doc) kit.Doc {
	last := ""
	for i := range d {
		if g := d[i].Gutter; g != "" {
			if g == last {
				d[i].Gutter = ""
			}
			last = g
		}
	}
	return d
}

// spanAt is the span of a message that has a byte of its content, and where that
// span ends.
func spanAt(p session.Proof, m, off int) (i, end int) {
	for i, sp := range p.Spans {
		if sp.Message == m && off >= sp.Start && off < sp.End {
			return i, sp.End
		}
	}
	return -1, len(p.Messages[m].Content)
}

// renderedLabel is the lines above the rendered context: who says so and with how
// many tokens, what differs from what was composed, and what was evaluated.
func (s *Screen) renderedLabel(w int) []string {
	st, x := s.deps.Styles, s.rendered
	line := func(sign, words string, style, body interface{ Render(...string) string }) string {
		return " " + style.Render(sign) + " " + body.Render(text.Of(words).OneLine().Truncate(max(0, w-4)).String())
	}
	if !s.renderedNow() || x.err != nil || x.r.Text == "" {
		return s.evaluatedLabel(w)
	}
	tokens := "tokens unknown"
	if x.r.Total > 0 {
		tokens = kit.Plural(x.r.Total, "token", "tokens")
	}
	here := ""
	if s.ready && s.an.counted {
		here = "composed: " + tokenTotal(session.TokenCount{Total: s.an.tokens.Total, Source: s.an.tokens.Source})
	}
	sign, style := "●", st.Good
	if x.r.Source != "server" {
		sign, style = "◌", st.Warn
	}
	out := []string{line(sign, kit.Join(" · ", sourceLine(x.r.Source)+": "+tokens, here, x.r.Note), style, st.Text)}
	switch {
	case x.trace.Cut:
		out = append([]string{line("!", x.trace.Differs.String(), st.Bad, st.Bad)}, out...)
	case x.trace.Differs != "":
		out = append(out, line("▪", x.trace.Differs.String(), st.Bad, st.Bad))
	default:
		out = append(out, line("✓", "every message is there as it was composed", st.Good, st.Dim))
	}
	if own := x.own; own != "" {
		out = append(out, line("▪", "the chat template adds words of its own: "+own, st.Warn, st.Text))
	}
	return append(out, s.evaluatedLabel(w)...)
}

// evaluatedLabel says what an answer to this proof was evaluated from.
func (s *Screen) evaluatedLabel(w int) []string {
	st, x := s.deps.Styles, s.rendered
	if !s.renderedNow() || !x.was {
		return nil
	}
	words, good := x.eval.Compared()
	words = "evaluated for the newest answer: " + words + " (" + x.eval.Source.Words() + ")"
	sign, style := "✓", st.Good
	if !good {
		sign, style = "▪", st.Warn
	}
	out := []string{" " + style.Render(sign) + " " + st.Dim.Render(text.Of(words).OneLine().Truncate(max(0, w-4)).String())}
	if d := x.eval.Differs; d != "" {
		out = append(out, " "+st.Bad.Render("! ")+kit.Render(text.Show("evaluated: "+d).OneLine().Truncate(max(0, w-4)), st.Bad, st.Mark))
	}
	return out
}

// pressing leaves as many of the lines as there are rows for: what is as it should
// be gives way to what is not.
func pressing(lines []string, rows int) []string {
	for _, calm := range []string{"✓", "●", "◌", "▪", ""} {
		for i := len(lines) - 1; i >= 0 && len(lines) > rows; i-- {
			if strings.HasPrefix(ansi.Strip(lines[i]), " "+calm) {
				lines = slices.Delete(lines, i, i+1)
			}
		}
	}
	return lines
}

// labels is the number of rows above the rendered context, where there are h in
// all.
func (s *Screen) labels(h int) int {
	if !s.renderedNow() {
		return 0
	}
	n := min(len(s.renderedLabel(80)), max(1, h*3/10))
	if n > 0 && h >= 16 {
		n++ // a line of rest below them
	}
	return n
}

// sourceLine says how sure a rendered context is.
func sourceLine(source string) string {
	switch source {
	case "server":
		return "as the server would evaluate it"
	case "file":
		return "by the template in the model's file"
	case "approximate":
		return "about as it would be evaluated"
	}
	return source
}

// renderedBody draws the view.
func (s *Screen) renderedBody(r rect) string {
	x := s.rendered
	switch {
	case !s.renderedNow() && x.asked != (key{}) && !x.known:
		return s.note(r, "Asking the server…", "The context is sent to "+s.deps.Table.Model()+" to be rendered; no answer is asked for.")
	case !s.renderedNow():
		return s.note(r, "The proof has changed", "R asks the server anew: the context is sent to it, and no answer is asked for.")
	}
	label := s.renderedLabel(r.w)
	switch {
	case x.err != nil:
		return kit.Fill(kit.Stack(kit.Fill(strings.Join(label, "\n"), r.w, len(label)), s.note(rect{w: r.w, h: r.h - len(label)}, "It can't be shown.", x.err.Error())), r.w, r.h)
	case x.r.Text == "":
		why := "This backend does not say how it renders messages with its chat template."
		if note := x.r.Note; note != "" {
			why = strings.ToUpper(note[:1]) + strings.TrimSuffix(note[1:], ".") + "."
		}
		why += " R asks again, M chooses another model: a llama-server, an Ollama and a vLLM can say it."
		return kit.Fill(kit.Stack(kit.Fill(strings.Join(label, "\n"), r.w, len(label)), s.note(rect{w: r.w, h: r.h - len(label)}, "Not available", why)), r.w, r.h)
	}
	rows := s.labelRows()
	label = pressing(label, rows)
	return kit.Fill(kit.Stack(kit.Fill(strings.Join(label, "\n"), r.w, rows), s.page.View()), r.w, r.h)
}
