package suite

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// rect is a rectangle of cells.
type rect struct{ x, y, w, h int }

func (r rect) holds(x, y int) bool { return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h }

// state is how the state of a case is said: a sign and words, never a colour
// alone.
func state(c session.CheckStatus) (sign, words string) {
	switch c {
	case session.CheckPass:
		return "✓", "passes"
	case session.CheckFail:
		return "✗", "fails"
	case session.CheckError:
		return "!", "error"
	}
	return "○", "not run"
}

func stateStyle(st *themes.Styles, c session.CheckStatus) lipgloss.Style {
	switch c {
	case session.CheckPass:
		return st.Good
	case session.CheckFail:
		return st.Bad
	case session.CheckError:
		return st.Warn
	}
	return st.Faint
}

// passing says how many cases of a check pass. Where nothing could be evaluated
// it says that, and never 0 of 0.
func passing(c session.Check) string {
	n := c.Passed + c.Failed
	if n == 0 {
		return "nothing was evaluated"
	}
	return kit.Thousands(c.Passed) + " of " + kit.Thousands(n) + " pass"
}

// unevaluated says what of a check gave no answer that could be checked.
func unevaluated(errors, notRun int) string {
	var parts []string
	if errors > 0 {
		parts = append(parts, kit.Plural(errors, "error", "errors"))
	}
	if notRun > 0 {
		parts = append(parts, kit.Thousands(notRun)+" not run")
	}
	return strings.Join(parts, ", ")
}

// rate is the share of cases that pass, with its interval. Takes of a case are
// not independent: the cases are the trials.
func rate(cases []session.CaseCheck) string {
	pass, graded := 0, 0
	distinct := map[session.CaseKey]bool{}
	for _, c := range cases {
		switch c.Status {
		case session.CheckPass:
			pass++
			graded++
		case session.CheckFail:
			graded++
		default:
			continue
		}
		distinct[c.Case] = true
	}
	if graded == 0 {
		return ""
	}
	return stats.RateOver(pass, graded, len(distinct), "pass")
}

// weight writes a weight, "" for one.
func weight(w float64) string {
	if w == 1 {
		return ""
	}
	return strconv.FormatFloat(w, 'g', 4, 64)
}

// whose is the case that an assertion is about.
func whose(a session.Assertion) text.Shown {
	switch {
	case a.CaseName != "":
		return text.Show(a.CaseName).OneLine()
	case a.CaseID != 0:
		return text.Of(fmt.Sprintf("case %d", a.CaseID))
	}
	return text.Of("every case")
}

// line is an assertion in one line for people.
func line(a session.Assertion) text.Shown { return text.Of(a.String()).OneLine() }

// contestant is who answered.
func contestant(c session.Contestant) text.Shown { return text.Of(c.String()).OneLine() }

// brief is who answered, without the prompt that all of them are of and without
// the backend.
func brief(c session.Contestant) text.Shown {
	model := c.Model
	if _, m, err := session.ParseModelRef(model); err == nil && c.Variant.Variant != "" {
		model = m
	}
	c.Variant.Prompt = ""
	if c.Variant.Variant == "" {
		return text.Of(model).OneLine()
	}
	return text.Of(strings.TrimPrefix(c.Variant.String(), "/") + " " + model).OneLine()
}

// number writes the small numbers as words do in a sentence.
func number(n int) string {
	if n >= 0 && n <= 3 {
		return [...]string{"none", "one", "two", "three"}[n]
	}
	return kit.Thousands(n)
}

func when(ms int64) string { return kit.When(ms, time.Now()) }

// sentence makes a clause of ours a sentence.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

// note says something where there is nothing else to see.
func (s *Screen) note(w, h int, headline string, details ...string) string {
	st := s.deps.Styles
	room := max(1, min(60, w-4))
	out := kit.Para(text.Of(headline), room, st.Strong, st.Mark)
	for _, d := range details {
		if d != "" {
			out += "\n\n" + kit.Para(text.Of(d), room, st.Dim, st.Mark)
		}
	}
	if strings.Count(out, "\n")+1 > h {
		out = strings.ReplaceAll(out, "\n\n", "\n")
	}
	return kit.Centre(out, w, h)
}

// say draws words of ours.
func say(st lipgloss.Style, s string) string { return st.Render(text.Of(s).OneLine().String()) }

// show draws text from outside in one line.
func (s *Screen) show(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.deps.Styles.Mark)
}

// bar is a column of rules between two views.
func (s *Screen) bar(h int) string {
	return kit.Upright(h, s.deps.Styles)
}

func (s *Screen) rule(w int) string {
	return kit.Rule(w, s.deps.Styles)
}
