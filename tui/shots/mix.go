package shots

import (
	"fmt"
	"math"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// mixLines is the mix of the shots beside that of the cases, in lines of w cells.
func (s *Screen) mixLines(w int) []string {
	st, m := s.d.Styles, s.makeup
	w = max(8, w)
	var out []string
	para := func(style lipgloss.Style, said string) {
		out = append(out, strings.Split(kit.Para(text.Of(said), w, style, st.Mark), "\n")...)
	}
	if m.Shots == 0 || m.Cases == 0 {
		switch {
		case len(s.of) == 0:
			para(st.Faint, "There is nothing to compare yet.")
		case m.Shots == 0 && m.Cases > 0:
			para(st.Faint, "Every shot is off.")
		default:
			para(st.Faint, "The prompt has no case to compare with.")
		}
		return out
	}
	for _, said := range m.Say() {
		para(st.Warn, said)
	}
	if said := mixSaid(m); said != "" {
		para(st.Dim, said)
	}
	if len(m.Groups) > 0 {
		out = append(out, "", s.mixHead(m.By, w))
		out = append(out, s.shareLines(m.Groups, m.InShots, m.InCases, w)...)
	}
	if len(m.Lengths) > 0 {
		out = append(out, "", s.mixHead("words", w))
		out = append(out, s.shareLines(m.Lengths, m.Shots, m.Cases, w)...)
		para(st.Faint, fmt.Sprintf("Half have at most %d words, of the cases %d.", m.ShotMedian, m.CaseMedian))
	}
	return out
}

// mixSaid says how far the two mixes are apart, in shots that would have to be
// others.
func mixSaid(m session.Makeup) string {
	if math.IsNaN(m.Apart) || m.InShots < 2 {
		return ""
	}
	n := int(math.Round(m.Apart * float64(m.InShots)))
	if n == 0 {
		return fmt.Sprintf("The %ss of the shots are mixed as those of the cases: nothing to do.", m.By)
	}
	return fmt.Sprintf("With %d of %d shots of another %s the mix would be that of the cases.", n, m.InShots, m.By)
}

// shareWidths are the cells of a name and of each bar with its count.
func shareWidths(w int) (name, bar, count int) {
	count = 4
	name = max(6, min(16, w/4))
	bar = max(0, (w-name-2-2*(count+2))/2)
	return name, min(bar, 24), count
}

func (s *Screen) mixHead(by string, w int) string {
	name, bar, count := shareWidths(w)
	put := func(t string, n int) string { return kit.Fit(t, n) }
	return s.say(s.d.Styles.Faint, put(by, name)+"  "+put("shots", bar+1+count)+"  "+put("cases", bar+1+count))
}

// shareLines draws groups with a bar for their share of the shots and one for
// their share of the cases, on one scale.
func (s *Screen) shareLines(groups []session.Share, shots, cases, w int) []string {
	st := s.d.Styles
	name, bar, count := shareWidths(w)
	of := func(n, all int) float64 {
		if all == 0 {
			return 0
		}
		return float64(n) / float64(all)
	}
	top := 0.0
	for _, g := range groups {
		top = max(top, of(g.Shots, shots), of(g.Cases, cases))
	}
	if top == 0 {
		top = 1
	}
	draw := func(n, all int, style lipgloss.Style) string {
		cells := ""
		if bar > 0 {
			cells = s.say(style, kit.Bar(of(n, all)/top, bar)) + " "
		}
		return cells + s.say(st.Text, kit.FitRight(fmt.Sprint(n), count))
	}
	out := make([]string, len(groups))
	for i, g := range groups {
		label := text.Head(g.Name, name).OneLine()
		style := st.Text
		if g.Shots == 0 && g.Cases > 0 {
			style = st.Warn
		}
		if g.Name == "" {
			label = text.Of("(none)")
		}
		out[i] = kit.Fit(s.paint(style, label.Truncate(name)), name) + "  " + draw(g.Shots, shots, st.Bar) + "  " + draw(g.Cases, cases, st.Info)
	}
	return out
}

// scroll moves in the mix.
func (s *Screen) scroll(k string) {
	page := max(1, s.lay.mix.h-3)
	switch k {
	case "up", "k":
		s.top--
	case "down", "j":
		s.top++
	case "pgup":
		s.top -= page
	case "pgdown":
		s.top += page
	case "home", "g":
		s.top = 0
	case "end", "G":
		s.top = s.lastMix()
	}
	s.top = max(0, min(s.top, s.lastMix()))
}

// lastMix is the first line of the mix when its end is in sight.
func (s *Screen) lastMix() int {
	return max(0, len(s.mixLines(s.lay.mix.w-4))-max(0, s.lay.mix.h-2))
}
