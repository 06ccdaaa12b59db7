package bench

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/tui/kit"
)

func (p *setup) resize(w, h int) { p.w, p.h = w, h }

// beside reports whether what the run costs stands beside the choice.
func (p *setup) beside() bool { return p.w >= 72 }

const costWidth = 30

func (p *setup) view(s *Screen) string {
	st := s.deps.Styles
	head := " " + st.Strong.Render("A new run of ") + kit.Render(text.Show(s.deps.Table.Prompt.Name).Truncate(max(8, p.w-20)), st.Accent.Bold(true), st.Mark)
	rows := max(0, p.h-2)
	rule := kit.Rule(p.w, st)
	if !p.beside() {
		sum := p.shortCost(s)
		n := strings.Count(sum, "\n") + 1
		if p.h < 6 {
			return kit.Fill(kit.Stack(head, sum), p.w, p.h)
		}
		return kit.Fill(kit.Stack(head, p.list(s, p.w, p.h-1-n-1), rule, sum), p.w, p.h)
	}
	cw := costWidth
	if p.w >= 110 {
		cw = 44
	}
	bar := kit.Upright(rows, st)
	return kit.Fill(kit.Stack(head, rule, kit.Columns(p.list(s, p.w-cw-3, rows), bar, kit.Fill(p.cost(s, cw-1), cw, rows))), p.w, p.h)
}

// list draws the lines of the panel, the one with the cursor in sight.
func (p *setup) list(s *Screen, w, h int) string {
	if h <= 0 {
		return ""
	}
	var lines []string
	at := 0
	airy := h >= 14 && (len(p.items)+3 <= h || len(p.items) > h)
	for i, it := range p.items {
		if it.kind == itemHead && i > 0 && airy {
			lines = append(lines, "")
		}
		if i == p.at {
			at = len(lines)
		}
		lines = append(lines, p.line(s, it, i == p.at, w))
	}
	top, all := max(0, min(at-h/2, len(lines)-h)), len(lines)
	lines = lines[top:min(len(lines), top+h)]
	if len(lines) > 1 {
		if top > 0 && at != top {
			lines[0] = s.deps.Styles.Faint.Render("  ↑ more")
		}
		if top+h < all && at != top+h-1 {
			lines[len(lines)-1] = s.deps.Styles.Faint.Render("  ↓ more")
		}
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}

// line draws a line of the panel.
func (p *setup) line(s *Screen, it item, cur bool, w int) string {
	st := s.deps.Styles
	if it.kind == itemHead {
		out := " " + kit.Render(it.label, st.Dim.Bold(true), st.Mark)
		if !it.note.Empty() {
			out += "  " + kit.Render(it.note, st.Warn, st.Mark)
		}
		return kit.Fit(out, w)
	}
	on, value := p.value(s, it)
	style, edge := st.Text, "  "
	if cur {
		style, edge = st.Strong, st.Accent.Render("▌ ")
	}
	lead := ""
	switch it.kind {
	case itemVariant, itemModel:
		lead = tick("[ ]", "[x]", on, st.Accent, st.Faint) + " "
	case itemOff:
		lead, style = st.Faint.Render(" –  "), st.Faint
	case itemCases:
		lead = tick("( )", "(•)", on, st.Accent, st.Faint) + " "
	}
	left := edge + lead
	if value != "" {
		key := "  " + value + "  "
		if cur {
			key = st.Accent.Render("‹ ") + st.Strong.Render(value) + st.Accent.Render(" ›")
		} else {
			key = st.Text.Render(key)
		}
		return kit.Fit(left+kit.Render(it.label, style, st.Mark)+strings.Repeat(" ", max(1, 17-it.label.Width()))+key, w)
	}
	room := w - kit.Width(left) - 1
	at := min(p.wide()+2, max(16, room*3/5))
	if it.note.Empty() {
		at = room
	}
	label := it.label.Truncate(max(1, min(at-2, room)))
	line := left + kit.Fit(kit.Render(label, style, st.Mark), min(at, room))
	return kit.Fit(line+kit.Render(it.note.Truncate(max(0, room-at)), st.Faint, st.Mark), w)
}

// wide is the width of the widest label, within reason.
func (p *setup) wide() int {
	w := 14
	for _, it := range p.items {
		if it.kind == itemVariant || it.kind == itemModel || it.kind == itemCases {
			w = max(w, it.label.Width())
		}
	}
	return min(w, 26)
}

func tick(off, yes string, on bool, hot, cold lipgloss.Style) string {
	if on {
		return hot.Render(yes)
	}
	return cold.Render(off)
}

// value is whether a line is chosen, or what its number is.
func (p *setup) value(s *Screen, it item) (on bool, value string) {
	switch it.kind {
	case itemVariant:
		return p.variants[s.variants[it.n].ID], ""
	case itemModel:
		return p.models[s.models[it.n].Ref], ""
	case itemCases:
		return p.set == it.set, ""
	case itemTakes:
		return false, fmt.Sprint(p.takes)
	case itemOrders:
		if p.seeds == 0 {
			return false, "as they stand"
		}
		return false, fmt.Sprintf("%d seeds, side by side", p.seeds)
	case itemTiming, itemRepeat, itemLimit, itemDollars, itemRequests:
		return false, p.how.value(it.kind)
	case itemCache:
		if p.fresh || p.how.run.Timing {
			return false, "all asked anew"
		}
		return false, "kept ones used again"
	}
	return false, ""
}

// cost says what the choice comes to, before anything is asked.
func (p *setup) cost(s *Screen, w int) string {
	st := s.deps.Styles
	c := p.choice(s)
	var lines []string
	put := func(style lipgloss.Style, v string) {
		lines = append(lines, kit.Para(text.Of(v), w, style, st.Mark))
	}
	row := func(name, v string) {
		for i, l := range strings.Split(kit.Para(text.Of(v), max(4, w-12), st.Text, st.Mark), "\n") {
			lines = append(lines, st.Dim.Render(kit.Fit(cond(i == 0, name), 12))+l)
		}
	}
	row("variants", kit.Thousands(len(c.Variants)))
	row("× models", kit.Thousands(len(c.Models)))
	row("× cases", kit.Thousands(len(c.Cases)))
	row("× takes", kit.Thousands(c.Takes))
	if len(c.Orders) > 1 {
		row("× orders", kit.Thousands(len(c.Orders)))
	}
	sums := len(lines)
	lines = append(lines, st.Dim.Render(kit.Fit("=", 12))+st.Strong.Render(kit.Plural(c.cells(), "cell", "cells")))
	if said := p.looksWords(s); said != "" {
		put(st.Warn, said)
	}
	lines = append(lines, "")
	switch {
	case p.armed:
		put(st.Accent, kit.Armed)
	case c.lacks() != "":
		put(st.Warn, sentence(c.lacks()))
	case p.estErr != nil:
		put(st.Bad, "! It can't be estimated: "+p.estErr.Error())
	case p.starting:
		put(st.Accent, "Starting…")
	case !p.known(s):
		put(st.Faint, "Counting what it will cost…")
	default:
		e := p.est
		row("requests", kit.Thousands(e.Calls))
		if e.Cached > 0 {
			row("from cache", kit.Thousands(e.Cached))
		}
		row("tokens in", kit.Thousands(e.InputTokens))
		if e.Source != "" {
			row("", sourceWords(e.Source))
		}
		switch {
		case e.Calls == 0:
			row("tokens out", "0")
		case e.MaxOutput > 0:
			row("tokens out", kit.Thousands(e.MaxOutput)+" at most")
		default:
			row("tokens out", "no limit is known")
		}
		row("cost", costWords(e))
		for _, r := range e.forecast() {
			row(r[0], r[1])
		}
		for i, v := range e.Warnings {
			if i == 2 && len(e.Warnings) > 3 {
				put(st.Warn, fmt.Sprintf("▪ %d warnings more: galley run --dry-run says them", len(e.Warnings)-i))
				break
			}
			put(st.Warn, "▪ "+v)
		}
		lines = append(lines, "", st.Key.Render("enter")+st.KeyLabel.Render(" starts it")+"  "+st.Key.Render("esc")+st.KeyLabel.Render(" goes back"))
	}
	m := p.meaning()
	if m == "" {
		return strings.Join(lines, "\n")
	}
	said := kit.Para(text.Of(m), w, st.Dim, st.Mark)
	out := strings.Join(lines, "\n") + "\n\n" + said
	if strings.Count(out, "\n")+1 > p.h-2 { // what the line means goes before how the cells add up
		out = said + "\n\n" + strings.Join(lines[sums:], "\n")
	}
	return out
}

func sourceWords(source string) string {
	if source == "estimate" {
		return "an estimate"
	}
	return "by the " + source
}

func costWords(e Estimate) string {
	switch {
	case e.Free:
		return "free"
	case e.Calls == 0:
		return "nothing is asked"
	case e.CostUSD == nil:
		return "unknown"
	}
	return kit.AtMost(e.CostUSD, e.Source)
}

// shortCost is cost in two lines.
func (p *setup) shortCost(s *Screen) string {
	st := s.deps.Styles
	c := p.choice(s)
	first := " " + st.Strong.Render(kit.Plural(c.cells(), "cell", "cells"))
	switch {
	case p.armed:
		return first + "\n " + st.Accent.Render(kit.Armed)
	case c.lacks() != "":
		return first + "\n " + st.Warn.Render(text.Of(sentence(c.lacks())).OneLine().String())
	case p.estErr != nil:
		return first + "\n " + kit.Render(text.Of("! "+p.estErr.Error()).OneLine(), st.Bad, st.Mark)
	case p.starting:
		return first + "\n " + st.Accent.Render("Starting…")
	case !p.known(s):
		return first + "\n " + st.Faint.Render("Counting what it will cost…")
	}
	e := p.est
	words := kit.Join(" · ", costWords(e), cond(e.LeftMS > 0, about(e.LeftMS)))
	if kit.Width(words+"   enter starts it") > s.w {
		words = costWords(e) // what it costs comes before how long it takes
	}
	return first + st.Dim.Render(" · "+kit.Plural(e.Calls, "request", "requests")+" · "+kit.Thousands(e.InputTokens)+" tokens in") +
		"\n " + st.Text.Render(words) + "  " + st.Key.Render("enter") + st.KeyLabel.Render(" starts it")
}
