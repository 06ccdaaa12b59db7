package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// messages is the proof as a document: a line for each message, then its spans,
// coloured by block and named in the gutter.
func (s *Screen) messages() kit.Doc {
	p, c, st := s.deps.Table.Proof(), s.deps.Table.Desk.Content(), s.deps.Styles
	s.narrow = s.area().text.w < narrowAt
	var d kit.Doc
	at, beyond := 0, 0
	cuts := borders(s.room())
	for i, m := range p.Messages {
		d = append(d, kit.Segment{ID: -1 - i, Text: text.Raw(heading(p, i, s.narrow)), Style: st.Title, GutterStyle: st.Rule, Break: true})
		last, named := -1, false
		for ; at < len(p.Spans) && p.Spans[at].Message == i; at++ {
			sp := p.Spans[at]
			if sp.Part == session.PartCalls {
				continue
			}
			seg := segment(sp, m.Content[sp.Start:sp.End], c, st)
			opens := at+1 < len(p.Spans) && p.Spans[at+1].Part == session.PartInput && p.Spans[at+1].Message == i
			switch {
			case sp.Part == session.PartWrap && sp.Block == last && opens: // what stands before a shot bears its name
				seg.Gutter = shotName(c, p.Spans[at+1])
			case sp.Part == session.PartWrap && sp.Block == last, sp.Part == session.PartInput && named:
				seg.Gutter = ""
			}
			named = sp.Part == session.PartWrap && sp.Block == last && opens
			if sp.Part != session.PartSep {
				last = sp.Block
			}
			if s.narrow {
				seg.Gutter = text.Of(seg.Gutter).Truncate(6).String()
			}
			seg.ID = at
			if s.ready && at < len(s.an.lines) {
				seg.Heat = s.an.lines[at]
			}
			var cut []kit.Segment
			cut, beyond = s.pieces(at, seg, cuts, beyond)
			d = append(d, cut...)
		}
		d = append(d, s.calls(p, i)...)
	}
	return append(d, s.beside(p)...)
}

// beside is what goes to the server beside the messages, each part under a
// heading of its own.
func (s *Screen) beside(p session.Proof) kit.Doc {
	st := s.deps.Styles
	var d kit.Doc
	before := text.Raw("")
	if n := len(p.Messages); n > 0 {
		before = p.Messages[n-1].Content
	}
	for i, b := range p.Beside.Parts() {
		head := fmt.Sprintf("━━ %s · beside the messages, as it is\n", b.Kind)
		if len(p.Messages) > 0 || i > 0 {
			head = kit.Apart(before) + head
		}
		d = append(d, kit.Segment{ID: -1 - len(p.Messages) - i, Text: text.Raw(head), Style: st.Title, GutterStyle: st.Rule, Break: true})
		at := slices.IndexFunc(s.deps.Table.Desk.Content().Blocks, func(x session.Block) bool { return x.Kind == b.Kind && !x.Off })
		for n, seg := range kit.BesideSegments(b.Kind == session.KindGrammar, b.Text, st) {
			seg.ID = -1 - len(p.Messages) - i
			if at >= 0 {
				seg.GutterStyle = st.Gutter(at)
			}
			if at >= 0 && n == 0 {
				seg.Gutter = blockName(s.deps.Table.Desk.Content().Blocks[at])
				if s.narrow {
					seg.Gutter = text.Of(seg.Gutter).Truncate(6).String()
				}
			}
			d = append(d, seg)
		}
		before = b.Text
	}
	return d
}

// narrowAt is the width below which names in the gutter are cut short.
const narrowAt = 60

// heading is the line above a message, with an empty one before it.
func heading(p session.Proof, i int, narrow bool) string {
	before := ""
	if i > 0 {
		before = kit.Apart(p.Messages[i-1].Content)
	}
	if narrow {
		return fmt.Sprintf("%s━━ %s · %d of %d\n", before, p.Messages[i].Role, i+1, len(p.Messages))
	}
	note := ""
	if id := p.Messages[i].CallID; id != "" {
		note = " · what " + text.Show(id).OneLine().Truncate(24).String() + " gave"
	}
	if p.Prefill && i == len(p.Messages)-1 {
		note = " · the answer begins with this"
	}
	return fmt.Sprintf("%s━━ %s · message %d of %d%s\n", before, p.Messages[i].Role, i+1, len(p.Messages), note)
}

// segment is a span as it is drawn.
func segment(sp session.Span, r text.Raw, c session.Content, st *themes.Styles) kit.Segment {
	seg := kit.Segment{Text: r, Style: st.Block(sp.Block), GutterStyle: st.Gutter(sp.Block)}
	if sp.Block >= 0 && sp.Block < len(c.Blocks) {
		seg.Gutter = blockName(c.Blocks[sp.Block])
	}
	switch sp.Part {
	case session.PartVar:
		seg.Style = st.Text
		seg.Gutter = "{" + sp.Var + "}"
	case session.PartUnknown:
		seg.Style = st.Unknown
		seg.Gutter = "no value"
	case session.PartWrap:
		seg.Style = st.Dim
	case session.PartSep:
		seg.Gutter = ""
	case session.PartInput, session.PartItem:
		seg.Gutter = shotName(c, sp)
	case session.PartOutput:
		seg.Style = st.Block(sp.Block).Bold(true)
		seg.Gutter = shotName(c, sp) + " out"
	}
	return seg
}

// blockName is the block's name in one line.
func blockName(b session.Block) string { return text.Show(b.Name()).Truncate(24).String() }

// shotName is the name of the shot or resource of a span.
func shotName(c session.Content, sp session.Span) string {
	if sp.Block >= 0 && sp.Block < len(c.Blocks) {
		return pieceName(c.Blocks[sp.Block], sp.Shot)
	}
	return fmt.Sprintf("shot %d", sp.Shot+1)
}

// pieceName is the name of a block's shot or resource, in a few cells.
func pieceName(b session.Block, i int) string {
	what := "shot"
	if b.Kind == session.KindResources {
		what = "text"
		if i >= 0 && i < len(b.Resources) && b.Resources[i].Name != "" {
			return text.Show(b.Resources[i].Name).OneLine().Truncate(12).String()
		}
	} else if i >= 0 && i < len(b.Shots) && b.Shots[i].Name != "" {
		return text.Show(b.Shots[i].Name).OneLine().Truncate(8).String()
	}
	return fmt.Sprintf("%s %d", what, i+1)
}

// calls are the tools that a message asks to call, a line each. They stand beside
// its text, and the server gets them so.
func (s *Screen) calls(p session.Proof, i int) kit.Doc {
	m := p.Messages[i]
	if len(m.Calls) == 0 {
		return nil
	}
	st, c := s.deps.Styles, s.deps.Table.Desk.Content()
	seg := kit.Segment{ID: -pieceID - i, Text: callLines(m), Style: st.Info, GutterStyle: st.Rule, Gutter: "calls", Break: true}
	for _, sp := range p.SpansOf(i) {
		if sp.Part == session.PartCalls {
			seg.Gutter, seg.GutterStyle = shotName(c, sp)+" call", st.Gutter(sp.Block)
		}
	}
	return kit.Doc{seg}
}

// callLines are the calls of a message as a person reads them.
func callLines(m session.Message) text.Raw {
	var b strings.Builder
	for _, c := range m.Calls {
		b.WriteString("→ " + string(c.Name) + "(" + string(c.Arguments) + ")\n")
	}
	return text.Raw(b.String())
}

// analysis is what is worked out about a proof away from the keyboard.
type analysis struct {
	tokens    session.TokenCount
	lines     [][]int // tokens of each line of each span
	counted   bool
	wire      session.Wire
	wireErr   error
	tokensOf  []kit.Segment // the body, highlighted
	sampled   map[string]string
	invisible int
	findings  []finding

	silenceErr error
}

// analyse counts, checks and makes the request, in a command.
func (s *Screen) analyse() tea.Cmd {
	t := s.deps.Table
	p, c, k, model := t.Proof(), t.Desk.Content().Clone(), t.Case(), t.Model()
	tokens, wire, silences, st := s.deps.Tokens, s.deps.Wire, s.deps.Silences, *s.deps.Styles
	opts := lint.Options{Cases: slices.Clone(t.Cases), Bank: slices.Clone(t.Shots), Fits: s.deps.Fits}
	prompt := t.Prompt.ID
	return s.ask(askAnalysis, func(ctx context.Context) tea.Msg {
		var a analysis
		for _, m := range p.Messages {
			a.invisible += text.Invisible(m.Content)
		}
		switch {
		case model == "":
			a.wireErr = errNoModel
		case wire == nil:
			a.wireErr = errNoWire
		default:
			a.wire, a.wireErr = wire(model, p, 1)
		}
		if tokens != nil {
			fine, of := session.LineSpans(p)
			a.tokens, a.lines = session.FoldLines(p, tokens(ctx, fine, model), of)
			if n := session.SentContext(a.wire.Body); n > 0 {
				a.tokens.Limit = n
			}
			a.counted = true
			opts.Tokens = a.tokens
		}
		if silences != nil {
			opts.Silences, a.silenceErr = silences(ctx, prompt)
		}
		a.findings = check(p, c, k, opts)
		if ctx.Err() == nil && a.wireErr == nil {
			a.sampled = sampled(a.wire.Body)
			a.tokensOf = kit.JSONSegments(a.wire.Body, &st)
		}
		return a
	})
}

type noWire string

func (e noWire) Error() string { return string(e) }

const (
	errNoModel = noWire("no model is in hand: M chooses one")
	errNoWire  = noWire("requests can't be made here")
)

// wireDoc is the request's body as a document: its bytes and nothing else.
func (a analysis) wireDoc(st *themes.Styles) kit.Doc {
	if a.wireErr != nil || len(a.wire.Body) == 0 {
		return nil
	}
	if len(a.tokensOf) == 0 {
		return kit.Doc{{Text: text.Raw(a.wire.Body), Style: st.Text, GutterStyle: st.Rule}}
	}
	return a.tokensOf
}
