package judge

import (
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// View draws the station.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	out := ""
	switch s.mode {
	case modeOffer:
		out = s.viewOffer()
	case modeDuel:
		out = s.viewDuel()
	case modeEnd:
		out = s.viewEnd()
	case modeReveal:
		out = s.reveal.view(s.w, s.h)
	}
	return kit.Fill(out, s.w, s.h)
}

// viewDuel draws one decision: nothing on it tells who answered, or how the
// sitting goes.
func (s *Screen) viewDuel() string {
	p := s.pair
	hot := s.counts() && s.field == nil
	keys := [2]string{"1", "2"}
	if p.single {
		keys = [2]string{"", ""}
	}
	body := kit.Fill(p.view(keys, hot), s.w, max(0, s.h-p.a.head.h-p.a.note.h))
	return kit.Stack(s.duelHead(hot), body, s.noteLine())
}

// duelHead asks the question and says how far the sitting is.
func (s *Screen) duelHead(hot bool) string {
	st, p := s.deps.Styles, s.pair
	badge := st.Badge
	if hot {
		badge = st.BadgeHot
	}
	question := "Which answer is better?"
	others := [][2]string{{"=", "the same"}, {"0", "both bad"}}
	if p.single {
		question, others = "Is this answer good enough?", [][2]string{{"p", "pass"}, {"f", "fail"}}
	}
	right := st.Dim.Render(fmt.Sprintf("%d of %d", s.step.Duel.Number, s.step.Duel.Of)) + " "
	if s.w >= 100 && s.step.Of > 0 {
		right = kit.BarStyled(float64(s.step.Done)/float64(s.step.Of), 16, st) + " " + right
	}
	if n := p.more(); n > 0 && p.a.fold.h == 0 && p.zoom == zoomNone { // no row below the input says so
		unseen := " " + kit.Plural(n, "more line", "more lines")
		if s.w < 56 {
			unseen = " +" + kit.Thousands(n)
		}
		right = st.Key.Render("i") + st.Faint.Render(unseen) + "  " + right
	}
	switch {
	case s.slow:
		right = st.Dim.Render(s.working.words()) + "  " + right
	case s.kept:
		tick := "✓ kept  "
		if s.w < 60 {
			tick = "  ✓ "
		}
		right = st.Good.Render(tick) + right
	}
	left := " " + st.Strong.Render(question)
	var keys []string
	for _, o := range others {
		keys = append(keys, badge.Render(" "+o[0]+" ")+" "+st.Dim.Render(o[1]))
	}
	if k := "   " + strings.Join(keys, "  "); kit.Width(left)+kit.Width(k)+22 <= s.w {
		left += k
	} else if p.single { // they stand nowhere else
		left = " " + strings.Join(keys, "  ")
	}
	line := kit.Fit(left, max(0, s.w-kit.Width(right))) + right
	if p.a.head.h < 2 {
		return kit.Fit(line, s.w)
	}
	return line + "\n" + kit.Rule(s.w, st)
}

// noteRow is what the last row says, "" where it is the answers'.
func (s *Screen) noteRow() string {
	st := s.deps.Styles
	switch {
	case s.mode != modeDuel:
		return ""
	case s.field != nil:
		line := " " + st.Key.Render(s.field.label) + " " + st.Faint.Render("›") + " " + s.field.in.View()
		if n := s.field.tail(s.w); n > 0 {
			line = kit.Fit(line, s.w-n) + "  " + st.Faint.Render(s.field.hint) + " "
		}
		return line
	case s.trouble != "":
		return " " + kit.Render(text.Of("! "+s.trouble).Truncate(max(1, s.w-2)), st.Bad, st.Mark)
	case s.note != "":
		return " " + st.Dim.Render("note ") + kit.Render(text.Show(s.note).Truncate(max(1, s.w-8)), st.Text, st.Mark)
	}
	return ""
}

func (s *Screen) noteLine() string {
	if s.pair.a.note.h == 0 {
		return ""
	}
	return kit.Fit(s.noteRow(), s.w)
}

// viewEnd says how it stands, without a name, and what can be done now.
func (s *Screen) viewEnd() string {
	st := s.deps.Styles
	w := min(72, max(8, s.w-4))
	lines := []string{heading(st.Title.Render(s.endTitle()), "", w, st), ""}
	lines = append(lines, split(kit.Para(text.Of(s.step.Sentence), w-2, st.Strong, st.Mark))...)
	for _, x := range s.step.Extras {
		lines = append(lines, "")
		lines = append(lines, split(kit.Para(text.Of(x), w-2, st.Dim, st.Mark))...)
	}
	lines = append(lines, "")
	if s.step.CanMore > 0 {
		lines = append(lines, s.keyLine("enter", "go on: "+kit.Plural(s.step.CanMore, "more", "more")))
	}
	who := "who is who; from then on your verdicts on these no longer count"
	if s.seen {
		who = "who is who"
	}
	lines = append(lines, s.keyLine("w", who))
	if s.step.CanUndo {
		lines = append(lines, s.keyLine("u", "take the last one back"))
	}
	lines = append(lines, s.keyLine("esc", "back"))
	if s.slow {
		lines = append(lines, "", st.Dim.Render(s.working.words()))
	}
	if s.trouble != "" {
		lines = append(lines, "")
		lines = append(lines, split(kit.Para(text.Of("! "+s.trouble), w-2, st.Bad, st.Mark))...)
	}
	if s.kept {
		lines[0] = heading(st.Title.Render(s.endTitle()), st.Good.Render("✓ kept"), w, st)
	}
	return s.card(lines, w)
}

func (s *Screen) endTitle() string {
	if s.step.Of > 0 {
		return fmt.Sprintf("%d of %d", s.step.Done, s.step.Of)
	}
	return "Done"
}

// keyLine is a key and what it does, on a line of its own.
func (s *Screen) keyLine(key, label string) string {
	st := s.deps.Styles
	return st.Key.Render(kit.Fit(key, 6)) + "  " + st.Text.Render(label)
}

// card puts lines of w cells into the middle of the screen, without its empty
// lines where it is low; what still does not fit is scrolled to.
func (s *Screen) card(lines []string, w int) string {
	if len(lines) > s.h {
		var tight []string
		for _, l := range lines {
			if strings.TrimSpace(l) != "" {
				tight = append(tight, l)
			}
		}
		lines = tight
	}
	s.top = max(0, min(s.top, len(lines)-s.h))
	lines = lines[s.top:min(len(lines), s.top+s.h)]
	return kit.Fill(strings.Repeat("\n", max(0, (s.h-len(lines))/3))+kit.Indent(join(lines), max(0, (s.w-w)/2)), s.w, s.h)
}

// nothing says why there is nothing to judge, and which key leads on.
func (s *Screen) nothing(head, why, key, leads string) string {
	st := s.deps.Styles
	w := min(58, max(8, s.w-4))
	lines := []string{st.Strong.Render(head), ""}
	lines = append(lines, split(kit.Para(text.Of(why), w, st.Dim, st.Mark))...)
	lines = append(lines, "", s.keyLine(key, leads))
	return s.card(lines, w)
}

// modeWords says what is asked.
func modeWords(m session.JudgeMode) string {
	if m == session.JudgePassFail {
		return "pass or fail: is this answer good enough"
	}
	return "pairs: which of two answers is better"
}
