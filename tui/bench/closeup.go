package bench

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// nearView is what a close-up shows of its cell.
type nearView int

const (
	nearText nearView = iota
	nearReading
	nearProof
	nearEvaluated
	nearWire
	nearReceived
	nearCount
)

func (v nearView) name() string {
	return [...]string{"text", "reading", "proof", "evaluated", "wire", "received"}[v]
}

// closeup is one cell from near.
type closeup struct {
	s    *Screen
	slot *slot
	show nearView
	page *kit.Pager
	w, h int

	drawn   int    // bytes of the stream that the pager has
	round   int    // of the slot, when they were drawn
	ver     uint64 // of the slot in the pager
	proof   *session.Proof
	names   []string // of the proof's blocks; none where no revision is known
	wire    *session.Wire
	ev      evidence
	trouble error
	reading []string // lines of the reading view
	readW   int
	top     int
	md      *kit.Markdown
}

type (
	proofMsg struct {
		slot  *slot
		proof session.Proof
		names []string
		err   error
	}
	wireMsg struct {
		slot *slot
		wire session.Wire
		err  error
	}
	readingMsg struct {
		slot  *slot
		lines []string
		w     int
	}
)

func (s *Screen) openCell(x *slot) tea.Cmd {
	if x == nil {
		return nil
	}
	copied := *s.deps.Styles
	c := &closeup{s: s, slot: x, page: kit.NewPager(s.deps.Styles), md: kit.NewMarkdown(&copied)}
	s.close = c
	c.resize(s.w, s.h)
	c.fill()
	return nil
}

func (c *closeup) restyle(st *themes.Styles) {
	c.page.SetStyles(st)
	copied := *st
	c.md = kit.NewMarkdown(&copied)
	c.reading = nil
	c.ver = 0
	c.fill()
	if c.show == nearReading { // the old colours may not be readable on the new paper
		c.s.Update(c.lay()())
	}
}

// side reports whether the facts stand beside the text.
func (c *closeup) side() bool { return c.w >= 100 }

const factsWidth = 36

// textRect is the size of the text.
func (c *closeup) textSize() (w, h int) {
	if c.side() {
		return c.w - factsWidth - 3, max(0, c.h-2)
	}
	return c.w, max(0, c.h-2-c.factRows())
}

// factRows is the number of rows of facts above the text, where they do not
// stand beside it.
func (c *closeup) factRows() int {
	if c.side() || c.h < 10 {
		return 0
	}
	return 4
}

func (c *closeup) resize(w, h int) {
	c.w, c.h = w, h
	tw, th := c.textSize()
	c.page.Resize(tw, th)
}

// turn changes what is shown, and asks for it where it is not here yet.
func (c *closeup) turn(v nearView) tea.Cmd {
	c.show, c.trouble, c.top = v, nil, 0
	c.ver = 0
	c.page.Search("")
	c.fill()
	x, s := c.slot, c.s
	switch {
	case v == nearProof && c.proof == nil && s.deps.Proof != nil:
		load, revision := s.deps.Proof, s.deps.Revision
		return s.ask(askProof, func(ctx context.Context) tea.Msg {
			var names []string
			if id := x.cell.Contestant.RevisionID; id != 0 && revision != nil {
				if r, err := revision(ctx, id); err == nil {
					names = blockNames(r)
				}
			}
			p, err := load(ctx, x.cell.Proof)
			return proofMsg{x, p, names, err}
		})
	case v == nearWire && c.wire == nil && s.deps.Wire != nil:
		load := s.deps.Wire
		return s.ask(askWire, func(ctx context.Context) tea.Msg {
			w, err := load(ctx, x.cell.Wire)
			return wireMsg{x, w, err}
		})
	case v == nearEvaluated:
		return c.loadEvaluated()
	case v == nearReceived:
		return c.loadReceived()
	case v == nearReading:
		return c.lay()
	}
	return nil
}

// lay makes the reading view, in a command.
func (c *closeup) lay() tea.Cmd {
	w, _ := c.textSize()
	w = max(8, min(100, w-2))
	x, r, md := c.slot, c.slot.text(), c.md
	return c.s.ask(askMarkdown, func(context.Context) tea.Msg {
		return readingMsg{x, strings.Split(md.Render(r, w), "\n"), w}
	})
}

// take takes what came for the close-up.
func (c *closeup) take(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case proofMsg:
		if m.slot == c.slot {
			if c.trouble = m.err; m.err == nil {
				c.proof, c.names = &m.proof, m.names
			}
		}
	case wireMsg:
		if m.slot == c.slot {
			if c.trouble = m.err; m.err == nil {
				c.wire = &m.wire
			}
		}
	case evaluatedMsg:
		c.takeEvaluated(m)
	case receivedMsg:
		c.takeReceived(m)
	case readingMsg:
		if m.slot == c.slot {
			c.reading, c.readW = m.lines, m.w
		}
	}
	c.ver = 0
	c.fill()
	return nil
}

func (c *closeup) update(msg tea.Msg) tea.Cmd {
	if c.show == nearReading {
		_, h := c.textSize()
		h--
		by := 0
		switch m := msg.(type) {
		case tea.KeyPressMsg:
			by = map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -h, "pgdown": h, "home": -1 << 30, "end": 1 << 30}[m.String()]
		case tea.MouseWheelMsg:
			by = map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
		}
		c.top = max(0, min(c.top+by, len(c.reading)-h))
		return nil
	}
	c.page.Update(msg)
	return nil
}

// fill puts what is shown into the pager. A stream is appended to.
func (c *closeup) fill() {
	x, st := c.slot, c.s.deps.Styles
	if c.ver == x.ver {
		return
	}
	streaming := c.show == nearText && x.out == nil && x.status == session.StatusRunning
	if streaming && c.ver != 0 && c.drawn > 0 && c.round == x.round {
		fresh := whole(x.buf[c.drawn:])
		c.page.Append(fresh)
		c.drawn += len(fresh)
		c.ver = x.ver
		return
	}
	fresh := c.ver == 0
	c.ver, c.drawn, c.round = x.ver, 0, x.round
	var d kit.Doc
	switch c.show {
	case nearText:
		d = textDoc(x, st)
		if streaming {
			c.drawn = len(whole(x.buf))
		}
	case nearProof:
		if c.proof != nil {
			d = c.proofDoc()
		}
	case nearEvaluated:
		d = c.evaluatedDoc()
	case nearReceived:
		if len(c.ev.got) > 0 {
			d = kit.Doc{{Text: text.Raw(c.ev.got), Style: st.Text, GutterStyle: st.Rule}}
		}
	case nearWire:
		if c.wire != nil {
			d = kit.Doc{{Text: text.Raw(c.wire.Body), Style: st.Text, GutterStyle: st.Rule}}
		}
	}
	if fresh {
		c.page.SetDoc(d)
	} else {
		c.page.ReplaceDoc(d)
	}
}

// textDoc is the text of a cell. What is no answer says so in the gutter and
// before any text.
func textDoc(x *slot, st *themes.Styles) kit.Doc {
	var d kit.Doc
	add := func(name string, r text.Raw, style, gutter lipgloss.Style) {
		if r != "" {
			d = append(d, kit.Segment{ID: len(d), Text: r, Gutter: name, Style: style, GutterStyle: gutter, Break: true})
		}
	}
	if x.out == nil {
		add("", whole(x.buf), st.Text, st.Accent)
		return d
	}
	o := x.out
	if o.Cut {
		add("input cut", "The input was cut: "+o.Differs+"\n\n", st.Bad, st.Bad)
	}
	switch {
	case x.answered() && o.Prefill != "":
		d = append(d, kit.Segment{Text: o.Prefill, Gutter: "prefill", Style: st.Dim, GutterStyle: st.Faint},
			kit.Segment{ID: 1, Text: o.Text, Gutter: "answer", Style: st.Text, GutterStyle: st.Info})
	case x.answered():
		add("", o.Text, st.Text, st.Info)
	default:
		_, words := x.status.Sign()
		add(words, reasonRaw(x)+"\n\n", stateStyle(st, x.status), stateStyle(st, x.status))
		add("no answer", o.Whole(), st.Faint, st.Rule)
	}
	d = append(d, callsDoc(o.ToolCalls, st)...)
	if o.Reason != "" {
		add("", "\n", st.Faint, st.Rule)
		add("reasoning", o.Reason, st.Faint, st.Faint)
	}
	return d
}

// proofDoc is the context that the cell answers, coloured by block.
func (c *closeup) proofDoc() kit.Doc {
	st, p := c.s.deps.Styles, *c.proof
	names := c.names
	var d kit.Doc
	at := 0
	for i, m := range p.Messages {
		before := ""
		if i > 0 {
			before = kit.Apart(p.Messages[i-1].Content)
		}
		head := fmt.Sprintf("%s━━ %s · message %d of %d\n", before, m.Role, i+1, len(p.Messages))
		d = append(d, kit.Segment{ID: -1 - i, Text: text.Raw(head), Style: st.Title, GutterStyle: st.Rule, Break: true})
		last := -1
		for ; at < len(p.Spans) && p.Spans[at].Message == i; at++ {
			sp := p.Spans[at]
			seg := kit.Segment{ID: at, Text: m.Content[sp.Start:sp.End], Style: st.Block(sp.Block), GutterStyle: st.Gutter(sp.Block)}
			switch sp.Part {
			case session.PartVar:
				seg.Style, seg.Gutter = st.Text, "{"+sp.Var+"}"
			case session.PartWrap:
				seg.Style = st.Dim
			}
			if seg.Gutter == "" && sp.Part != session.PartSep && sp.Block != last {
				seg.Gutter = fmt.Sprintf("block %d", sp.Block+1)
				if sp.Block < len(names) {
					seg.Gutter = names[sp.Block]
				}
			}
			if sp.Part != session.PartSep {
				last = sp.Block
			}
			d = append(d, seg)
		}
		if len(p.Spans) == 0 { // an imported context whose blocks nobody knows
			d = append(d, kit.Segment{Text: m.Content, Style: st.Text, GutterStyle: st.Rule})
		}
	}
	return d
}

// blockNames are the names that the blocks had in the revision that ran.
func blockNames(r session.Revision) []string {
	var out []string
	for _, b := range r.Content.Blocks {
		out = append(out, text.Show(b.Name()).Truncate(12).String())
	}
	return out
}

func (c *closeup) cursor() *tea.Cursor {
	cur := c.page.SearchCursor()
	if cur != nil {
		cur.Y += 2 + c.factRows()
	}
	return cur
}

// exact is what y copies: the text of what is shown, to the byte.
func (c *closeup) exact() ([]byte, string) {
	switch {
	case c.show == nearWire && c.wire != nil:
		return c.wire.Body, "request"
	case c.show == nearEvaluated && c.ev.was:
		return []byte(c.ev.eval.Text), "evaluated context"
	case c.show == nearReceived && len(c.ev.got) > 0:
		return c.ev.got, "answer as it was received"
	case c.show == nearProof && c.proof != nil:
		var out []byte
		for i, m := range c.proof.Messages {
			if i > 0 {
				out = append(out, "\n\n"...)
			}
			if len(c.proof.Messages) > 1 {
				out = append(out, "--- "+m.Role+"\n"...)
			}
			out = append(out, m.Content...)
		}
		return out, "context"
	case c.show == nearText || c.show == nearReading:
		return []byte(c.slot.text()), "text"
	}
	return nil, ""
}
