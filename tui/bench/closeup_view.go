package bench

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// fact is a line about a cell.
type fact struct {
	name  string
	value text.Shown
	style lipgloss.Style
}

// facts is everything known about the cell, the weightiest first.
func (c *closeup) facts() []fact {
	st, x := c.s.deps.Styles, c.slot
	var out []fact
	add := func(name string, v text.Shown, style lipgloss.Style) {
		if !v.Empty() {
			out = append(out, fact{name, v.OneLine(), style})
		}
	}
	say := func(name, v string) { add(name, text.Of(v), st.Text) }
	sign, words := c.s.stateOf(x)
	add("state", text.Of(sign+" "+words), stateStyle(st, x.status))
	if sign, words = grade(x.grade); sign != "" {
		add("compared", text.Of(sign+" "+words), gradeStyle(st, x.grade))
	}
	if x.cell.Wanted != nil {
		add("wanted", text.Show(*x.cell.Wanted), st.Text)
	}
	if x.out != nil && x.out.Cut {
		add("input", text.Of("cut: ").Append(text.Show(x.out.Differs)), st.Bad)
	} else if x.out != nil && x.out.Differs != "" {
		add("input", text.Show(x.out.Differs), st.Warn)
	}
	add("note", c.s.notesOf(x), st.Accent)
	if x.out == nil {
		say("so far", timing(x))
		return out
	}
	o := x.out
	if o.Cached {
		say("cached", "kept from an earlier run")
	}
	if o.Timing.TTFTMS > 0 {
		say("first token", millis(o.Timing.TTFTMS))
	}
	if o.Timing.TotalMS > 0 {
		say("in all", millis(o.Timing.TotalMS))
	}
	if o.Timing.QueueMS > 0 {
		say("in queue", millis(o.Timing.QueueMS))
	}
	if o.Timing.TokensPerS > 0 {
		say("speed", speed(o.Timing.TokensPerS))
	}
	if u := o.Usage; u.Source != "" {
		say("tokens", fmt.Sprintf("%s in, %s out", kit.Thousands(u.Input), kit.Thousands(u.Output)))
		by := "the " + u.Source
		if u.Source == "estimate" {
			by = "an estimate"
		}
		say("counted by", by)
		say("of these", kit.Join(" · ", counted(u.Cached, " cached"), counted(u.Reasoning, " reasoning")))
	}
	if o.Attempts > 0 || o.Cached {
		say("cost", kit.Money(o.CostUSD))
	}
	if o.Attempts > 1 {
		say("attempts", fmt.Sprint(o.Attempts))
	}
	for _, f := range engineFacts(o) {
		say(f[0], f[1])
	}
	say("finish", o.Finish)
	add("reported as", text.Show(o.Model), st.Text)
	say("digest", o.Digest)
	if o.EndedMS > 0 {
		say("ended", when(o.EndedMS))
	}
	say("context", x.cell.Proof)
	say("request", x.cell.Wire)
	return out
}

func (c *closeup) view() string {
	if c.w <= 0 || c.h <= 0 {
		return ""
	}
	c.fillIfStale()
	st := c.s.deps.Styles
	tw, th := c.textSize()
	head := c.title() + "\n" + c.tabs()
	if c.h < 4 {
		return kit.Fill(head, c.w, c.h)
	}
	body := c.body(tw, th)
	if !c.side() {
		return kit.Fill(kit.Stack(head, c.factStrip(), body), c.w, c.h)
	}
	rule := kit.Upright(th, st)
	var lines []string
	for _, f := range c.facts() {
		rows := f.value.Wrap(factsWidth - 14)
		if f.name != "input" || len(rows) == 0 {
			rows = []text.Shown{f.value.Truncate(factsWidth - 14)}
		}
		name := f.name
		for _, l := range rows[:min(len(rows), 4)] {
			lines = append(lines, st.Dim.Render(kit.Fit(name, 13))+kit.Render(l, f.style, st.Mark))
			name = ""
		}
	}
	return kit.Fill(kit.Stack(head, kit.Columns(body, rule, kit.Fill(strings.Join(lines, "\n"), factsWidth, th))), c.w, c.h)
}

// fillIfStale brings the pager, which is a cache of the cell, up to date.
func (c *closeup) fillIfStale() {
	if c.show == nearText && c.ver != c.slot.ver {
		c.fill()
	}
}

// title names the cell.
func (c *closeup) title() string {
	st, x := c.s.deps.Styles, c.slot
	name := " " + kit.Render(text.Show(x.cell.CaseName).Truncate(24), st.Strong, st.Mark)
	rest := []string{c.s.colName(x.col), x.cell.Contestant.Model}
	if models, variants := c.s.board.models(); models > 1 || variants == 1 && len(c.s.board.cols) == 1 {
		v := x.cell.Contestant.Variant
		rest[0] = v.Variant
		if v.Revision > 0 {
			rest[0] += fmt.Sprintf("@%d", v.Revision)
		}
	}
	if c.s.board.takes > 1 {
		rest = append(rest, fmt.Sprintf("take %d of %d", x.cell.Take, c.s.board.takes))
	}
	if !c.s.board.orders() && !x.cell.Order.AsIs() {
		rest = append(rest, "order "+orderName(x.cell.Order))
	}
	return kit.Fit(name+st.Dim.Render(" · "+text.Of(kit.Join(" · ", rest...)).String()), c.w)
}

func (c *closeup) tabs() string {
	st := c.s.deps.Styles
	var out string
	for v := nearText; v < nearCount; v++ {
		if v == c.show {
			out += st.BadgeHot.Render(" " + v.name() + " ")
		} else {
			out += st.Dim.Render(" " + v.name() + " ")
		}
	}
	note := ""
	switch c.show {
	case nearReading:
		note = st.Warn.Render("not exact ")
	case nearWire:
		if c.wire != nil {
			note = st.Faint.Render(text.Of(fmt.Sprintf("%s %s · %s ", c.wire.Method, c.wire.Path, kit.Plural(len(c.wire.Body), "byte", "bytes"))).Truncate(max(0, c.w-kit.Width(out)-1)).String())
		}
	case nearEvaluated:
		if c.ev.was {
			words, good := c.evaluatedNote()
			style := st.Warn
			if good {
				style = st.Good
			}
			if c.ev.trace.Cut || c.ev.eval.Cut {
				style = st.Bad
			}
			note = style.Render(text.Of(words).Truncate(max(0, c.w-kit.Width(out)-2)).String()) + " "
		}
	case nearReceived:
		if n := len(c.ev.got); n > 0 {
			note = st.Faint.Render(kit.Plural(n, "byte", "bytes") + ", keys taken out ")
		}
	case nearProof:
		if c.proof != nil {
			note = st.Faint.Render(fmt.Sprintf("%s · %s ", kit.Plural(len(c.proof.Messages), "message", "messages"), kit.Plural(c.proof.Bytes(), "byte", "bytes")))
		}
	default:
		note = st.Faint.Render(kit.Plural(len(c.slot.text()), "byte", "bytes") + " ")
	}
	return kit.Fit(out+kit.FitRight(note, max(0, c.w-kit.Width(out))), c.w)
}

// factStrip is the facts in three rows and a rule.
func (c *closeup) factStrip() string {
	if c.factRows() == 0 {
		return ""
	}
	st := c.s.deps.Styles
	lines := []string{" "}
	at := 0
	for _, f := range c.facts() {
		part := st.Dim.Render(f.name+" ") + kit.Render(f.value.Truncate(max(12, c.w/2)), f.style, st.Mark)
		w := kit.Width(lines[at])
		if w > 1 && w+3+kit.Width(part) > c.w-1 {
			if at == 2 {
				break
			}
			at++
			lines = append(lines, " ")
			w = 1
		}
		if w > 1 {
			lines[at] += st.Faint.Render(" · ")
		}
		lines[at] += part
	}
	return kit.Fill(strings.Join(lines, "\n"), c.w, 3) + "\n" + kit.Rule(c.w, st)
}

// body is what is shown of the cell.
func (c *closeup) body(w, h int) string {
	s, x := c.s, c.slot
	switch {
	case c.trouble != nil:
		return s.note(w, h, "It can't be read", c.trouble.Error())
	case c.show == nearProof && c.proof == nil:
		return s.note(w, h, missing(x.cell.Proof, "Reading the context…", "This cell has no context: its text was imported"), "")
	case c.show == nearWire && c.wire == nil:
		return s.note(w, h, missing(x.cell.Wire, "Reading the request…", "This cell has no request: nothing was sent"), "")
	case c.show == nearEvaluated && !c.ev.was:
		if x.out == nil || c.ev.asked || s.deps.Evaluated == nil {
			return s.note(w, h, "It is not known what was evaluated", "The engine of this answer does not say. The proof shows what was composed, the wire what was sent.")
		}
		return s.note(w, h, "Reading what was evaluated…", "")
	case c.show == nearEvaluated && c.ev.eval.Text == "":
		return s.note(w, h, "The evaluated text is not known", fmt.Sprintf("The engine counted %s.", kit.Plural(c.ev.eval.Tokens, "token", "tokens")))
	case c.show == nearReceived && len(c.ev.got) == 0:
		if c.ev.gotRead || s.deps.Received == nil {
			return s.note(w, h, "What was received is not kept", "Built-in backends and persons send no bytes; what came over the network is kept until galley cache --received drops it.")
		}
		return s.note(w, h, "Reading what was received…", "")
	case c.show == nearReading:
		return c.readingBody(w, h)
	case c.show == nearText && x.out == nil && len(x.buf) == 0:
		if x.status == session.StatusRunning {
			return s.note(w, h, "Asked, no word yet", "")
		}
		return s.note(w, h, "Not asked yet", "")
	}
	return c.page.View()
}

func missing(hash, wait, none string) string {
	if hash == "" {
		return none
	}
	return wait
}

// readingBody is the text as Markdown, kept apart from a reason that there is no
// answer.
func (c *closeup) readingBody(w, h int) string {
	s := c.s
	if !c.slot.answered() {
		_, words := c.slot.status.Sign()
		return s.note(w, h, "No answer: "+words, reason(c.slot).OneLine().String())
	}
	if c.reading == nil {
		return s.note(w, h, "Laying out…", "")
	}
	lines := c.reading
	if room := max(1, w-1); c.readW > room {
		lines = strings.Split(lipgloss.Wrap(strings.Join(lines, "\n"), room, ""), "\n")
	}
	top := max(0, min(c.top, len(lines)-h))
	out := make([]string, 0, h)
	for i := top; i < len(lines) && len(out) < h; i++ {
		out = append(out, " "+lines[i])
	}
	return kit.Fill(strings.Join(out, "\n"), w, h)
}
