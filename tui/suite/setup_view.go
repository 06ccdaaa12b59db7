package suite

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// listTop is the row at which the lines of the panel begin.
const listTop = 2

// setupSize is the size of the list of the panel, and of what it costs beside or
// below it.
func (s *Screen) setupSize() (w, h, cost int) {
	switch {
	case s.w >= 110:
		return s.w - 47, max(0, s.h-listTop), 44
	case s.w >= 72:
		return s.w - 33, max(0, s.h-listTop), 30
	}
	return s.w, max(0, s.h-listTop-3), 0
}

func (s *Screen) viewSetup() string {
	st, p := s.deps.Styles, s.setup
	head := " " + st.Strong.Render("Check ") + s.show(st.Accent.Bold(true), text.Show(p.suite.Name).Truncate(max(8, s.w-30))) +
		st.Dim.Render("  "+kit.Plural(len(p.suite.Assertions), "assertion", "assertions"))
	if p.trouble != nil {
		return s.note(s.w, s.h, "What can be checked can't be read", p.trouble.Error(), "esc goes back.")
	}
	w, h, cost := s.setupSize()
	list, _ := s.setupList(w, h)
	if cost > 0 {
		body := kit.Columns(list, s.bar(h), kit.Fill(s.cost(cost-1), cost, h))
		return kit.Fill(kit.Stack(kit.Fit(head, s.w), s.rule(s.w), body), s.w, s.h)
	}
	if s.h < 7 {
		return kit.Fill(kit.Stack(kit.Fit(head, s.w), s.shortCost()), s.w, s.h)
	}
	return kit.Fill(kit.Stack(kit.Fit(head, s.w), s.rule(s.w), list, s.rule(s.w), s.shortCost()), s.w, s.h)
}

// setupAt is the line of the panel in a row of the screen, or -1.
func (s *Screen) setupAt(y int) int {
	w, h, _ := s.setupSize()
	_, at := s.setupList(w, h)
	if y -= listTop; y >= 0 && y < len(at) {
		return at[y]
	}
	return -1
}

// setupList draws the lines of the panel, the one with the cursor in sight, and
// says which item stands in which row.
func (s *Screen) setupList(w, h int) (string, []int) {
	if h <= 0 {
		return "", nil
	}
	p := s.setup
	var lines []string
	var items []int
	at := 0
	airy := h >= len(p.items)+3
	for i, it := range p.items {
		if it.kind == itemHead && i > 0 && airy {
			lines, items = append(lines, ""), append(items, -1)
		}
		if i == p.at {
			at = len(lines)
		}
		place := i
		if it.kind == itemHead {
			place = -1
		}
		lines, items = append(lines, s.setupLine(it, i == p.at, w)), append(items, place)
	}
	top, all := max(0, min(at-h/2, len(lines)-h)), len(lines)
	lines, items = lines[top:min(len(lines), top+h)], items[top:min(len(items), top+h)]
	if len(lines) > 4 { // else what can be chosen has the room
		if top > 0 && at != top {
			lines[0], items[0] = s.deps.Styles.Faint.Render("  ↑ more"), -1
		}
		if n := len(lines) - 1; top+h < all && at != top+n {
			lines[n], items[n] = s.deps.Styles.Faint.Render("  ↓ more"), -1
		}
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h), items
}

func (s *Screen) setupLine(it item, cur bool, w int) string {
	st, p := s.deps.Styles, s.setup
	if it.kind == itemHead {
		out := " " + s.show(st.Dim.Bold(true), it.label)
		if !it.note.Empty() {
			out += "  " + s.show(st.Warn, it.note)
		}
		return kit.Fit(out, w)
	}
	style, edge := st.Text, "  "
	if cur {
		style, edge = st.Strong, st.Accent.Render("▌ ")
	}
	off := p.run > 0 // what is chosen does not count just now
	tick := func(on bool) string {
		switch {
		case on && off:
			return st.Faint.Render("[x] ")
		case on:
			return st.Accent.Render("[x] ")
		}
		return st.Faint.Render("[ ] ")
	}
	if off && it.kind <= itemRecorded {
		style = st.Faint
	}
	value := s.setupValue(it, w-20)
	if it.kind > itemRecorded {
		if cur {
			value = st.Accent.Render("‹ ") + s.show(st.Strong, text.Of(value).Truncate(max(1, w-20))) + st.Accent.Render(" ›")
		} else {
			value = "  " + s.show(st.Text, text.Of(value).Truncate(max(1, w-20)))
		}
		return kit.Fit(edge+kit.Fit(s.show(style, it.label), 14)+value, w)
	}
	label := it.label
	lead, tail := "", ""
	switch it.kind {
	case itemVariant:
		v := s.variants[it.n]
		lead = tick(p.variants[v.ID])
		tail = fmt.Sprintf("@%d", p.number(v))
		if cur && v.Revision.Number > 1 {
			tail = fmt.Sprintf(" ‹@%d›", p.number(v))
		}
	case itemModel:
		lead = tick(p.models[s.models[it.n].Ref])
	case itemRecorded:
		lead = tick(p.models[s.recorded[it.n]])
	}
	note := it.note
	if it.kind == itemVariant {
		if v := s.variants[it.n]; p.number(v) != v.Revision.Number {
			note = text.Of(fmt.Sprintf("an earlier revision; the newest is @%d", v.Revision.Number))
		}
	}
	room := max(1, w-kit.Width(edge+lead)-1)
	at := min(s.setupWide()+2, max(14, room*3/5))
	if it.kind == itemRecorded {
		note = text.Of(longest(room-at, it.note.String(), "recorded, not asked", "recorded"))
	}
	label = label.Truncate(max(1, at-1-len(tail)))
	left := kit.Fit(s.show(style, label)+st.Accent.Render(tail), at)
	return kit.Fit(edge+lead+left+s.show(st.Faint, note.Truncate(max(0, room-at))), w)
}

// setupWide is the width of the widest label, within reason.
func (s *Screen) setupWide() int {
	w := 14
	for _, it := range s.setup.items {
		if it.kind != itemHead && it.kind <= itemRecorded {
			w = max(w, it.label.Width()+4)
		}
	}
	return min(w, 30)
}

// setupValue is what a line with one value of several stands at.
func (s *Screen) setupValue(it item, room int) string {
	p := s.setup
	switch it.kind {
	case itemTakes:
		return kit.Thousands(p.takes)
	case itemCache:
		if p.fresh {
			return "all asked anew"
		}
		return "kept ones used again"
	case itemRun:
		if p.run == 0 || p.run > len(s.runs) {
			return longest(room, "no run: what is chosen above", "what is chosen")
		}
		r := s.runs[p.run-1]
		return longest(room, "the outputs of "+runWords(r)+", nobody is asked", runWords(r)+", asking nobody", runWords(r))
	case itemBase:
		switch n := p.base; {
		case n == 0:
			return "nothing"
		case n <= len(s.checks):
			c := s.checks[n-1]
			v := when(c.AtMS) + ", " + passing(c)
			who := ""
			if len(c.Contestants) == 1 {
				who = brief(c.Contestants[0]).String()
			}
			return longest(room, joined(who, "the check of "+v), "the check of "+v, v)
		case n-len(s.checks) <= len(s.runs):
			r := s.runs[n-len(s.checks)-1]
			return longest(room, "run "+runWords(r)+", graded first", "run "+runWords(r))
		}
	}
	return ""
}

// longest is the first of some wordings that has room, or else the last.
func longest(room int, words ...string) string {
	for _, v := range words {
		if text.Of(v).Width() <= room {
			return v
		}
	}
	return words[len(words)-1]
}

func runWords(r session.Run) string {
	v := r.Name() + " (" + kit.Plural(r.Cells, "output", "outputs")
	if r.Imported {
		v += ", imported"
	}
	return v + ")"
}

// cost says what the choice comes to, before anything is asked.
func (s *Screen) cost(w int) string {
	st, p := s.deps.Styles, s.setup
	var lines []string
	put := func(style lipgloss.Style, v string) { lines = append(lines, kit.Para(text.Of(v), w, style, st.Mark)) }
	row := func(name, v string) {
		lines = append(lines, st.Dim.Render(kit.Fit(name, 12))+kit.Para(text.Of(v), max(4, w-12), st.Text, st.Mark))
	}
	c := s.plan()
	switch {
	case p.loading:
		put(st.Faint, "Reading what there is…")
		return strings.Join(lines, "\n")
	case c.RunID != 0:
		row("outputs of", fmt.Sprintf("r%d", c.RunID))
	default:
		row("variants", kit.Thousands(len(c.Variants)))
		row("× models", kit.Thousands(len(c.Models)))
		row("× takes", kit.Thousands(c.Takes))
	}
	lines = append(lines, "")
	switch {
	case s.lacks() != "":
		put(st.Warn, sentence(s.lacks()))
	case p.estErr != nil:
		put(st.Bad, "! It can't be estimated: "+p.estErr.Error())
	case p.starting:
		put(st.Accent, "Starting…")
	case p.armed:
		put(st.Accent, kit.Armed)
	case !s.known():
		put(st.Faint, "Counting what it will cost…")
	default:
		e := p.est
		row("outputs", kit.Thousands(e.Cells))
		if e.Recorded > 0 {
			row("recorded", kit.Thousands(e.Recorded))
			put(st.Faint, "Recorded outputs are checked as they are: they can't be asked anew.")
		}
		if e.Cached > 0 {
			row("from cache", kit.Thousands(e.Cached))
		}
		row("requests", kit.Thousands(e.Calls))
		if e.Calls > 0 {
			row("tokens in", kit.Thousands(e.InputTokens))
			if e.MaxOutput > 0 {
				row("tokens out", kit.Thousands(e.MaxOutput)+" at most")
			} else {
				row("tokens out", "no limit is known")
			}
		}
		row("cost", costWords(e))
		lines = append(lines, "", st.Key.Render("enter")+st.KeyLabel.Render(" starts it")+"  "+st.Key.Render("esc")+st.KeyLabel.Render(" goes back"))
	}
	return strings.Join(lines, "\n")
}

func costWords(e Estimate) string {
	switch {
	case e.Calls == 0:
		return "nothing is asked"
	case e.Free:
		return "free"
	case e.CostUSD == nil:
		return "unknown"
	}
	return kit.AtMost(e.CostUSD, e.Source)
}

// shortCost is cost in two lines.
func (s *Screen) shortCost() string {
	st, p := s.deps.Styles, s.setup
	one := func(style lipgloss.Style, v string) string { return " " + say(style, v) + "\n" }
	switch {
	case p.loading:
		return one(st.Faint, "Reading what there is…")
	case s.lacks() != "":
		return one(st.Warn, sentence(s.lacks()))
	case p.estErr != nil:
		return one(st.Bad, "! It can't be estimated: "+p.estErr.Error())
	case p.starting:
		return one(st.Accent, "Starting…")
	case p.armed:
		return one(st.Accent, kit.Armed)
	case !s.known():
		return one(st.Faint, "Counting what it will cost…")
	}
	e := p.est
	return " " + st.Strong.Render(kit.Plural(e.Cells, "output", "outputs")) + st.Dim.Render(" · "+kit.Plural(e.Calls, "request", "requests")+" · "+costWords(e)) +
		"\n " + st.Key.Render("enter") + st.KeyLabel.Render(" starts it")
}
