package read

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// outputView is one output: who answered, what was asked, the answer, what was
// wanted, what people said.
func (s *Screen) outputView(r *session.Reading, w, h int) string {
	head := s.head(r, w, h)
	rows := h - len(head)
	s.fillAnswer(r, w)
	asked, wanted, said := s.askedLines(r, w-1, rows), s.wantedLines(r, w-1), s.saidLines(r, w-1)
	a, q, k, p := share(rows, s.answer.Rows(), len(asked), len(wanted), len(said))
	air := rows >= 24 && rows-1-a-q-k-p >= 3 // an empty line above each section
	s.answerRows = a
	s.answer.Resize(w-1, a)
	s.answer.SetFocus(s.focus == onAnswer)
	var out []string
	out = append(out, head...)
	section := func(title, note string, lines []string, n int) {
		if n == 0 {
			return
		}
		if air && len(out) > len(head) {
			out = append(out, "")
		}
		out = append(out, s.ruled(title, note, w, false))
		out = append(out, s.clipped(lines, n-1)...)
	}
	section("asked", "", asked, q)
	if a > 0 {
		if air && q > 0 {
			out = append(out, "")
		}
		if rows >= 4 {
			out = append(out, s.ruled("answer", s.answerNote(r), w, s.focus == onAnswer && s.lay.context.w > 0))
		}
		for _, l := range strings.Split(s.answer.View(), "\n") {
			out = append(out, " "+l)
		}
	}
	differs := ""
	if r.Grade() == session.GradeWrong {
		differs = "✗ the answer differs"
	}
	section("wanted", differs, wanted, k)
	section("said of it", "", said, p)
	return kit.Fill(strings.Join(out, "\n"), w, h)
}

// share divides rows between the answer (its rule is counted apart), what was
// asked, what was wanted and what was said, each with its rule. The answer has
// half of the rows or what it needs, whichever is less, before the others have
// more than a few.
func share(rows, answer, asked, wanted, said int) (a, q, k, p int) {
	if rows < 4 {
		return rows, 0, 0, 0
	}
	left := rows - 1
	answer = max(1, answer)
	a = min(answer, max(1, left/2))
	left -= a
	take := func(n, most int) int {
		if n == 0 || left < 2 {
			return 0
		}
		got := min(n+1, most, left)
		if got < 2 {
			return 0
		}
		left -= got
		return got
	}
	few := max(2, rows/5)
	p, k, q = take(said, few), take(wanted, few), take(asked, few)
	grow := func(n *int, need int) {
		if *n > 0 {
			more := max(0, min(need+1-*n, left))
			*n += more
			left -= more
		}
	}
	grow(&p, said)
	grow(&k, min(wanted, few+3))
	grow(&q, min(asked, few+3))
	more := max(0, min(answer-a, left))
	a, left = a+more, left-more
	grow(&k, wanted)
	grow(&q, asked)
	return a, q, k, p
}

// fillAnswer puts the answer into its pager, if another is there.
func (s *Screen) fillAnswer(r *session.Reading, w int) {
	key := drawnKey{cell: r.Cell.ID, text: s.q.Text, theme: s.theme}
	same := s.of.cell == key.cell
	if s.of != key {
		s.of = key
		if d := s.answerDoc(r); same {
			s.answer.ReplaceDoc(d)
		} else {
			s.answer.SetDoc(d)
		}
	}
	s.answer.Resize(w-1, max(1, s.answerRows))
}

// ruled is the line above a section.
func (s *Screen) ruled(title, note string, w int, focus bool) string {
	st := s.styles()
	name := st.Quiet
	if focus {
		name = st.Title
	}
	head := st.Rule.Render("─ ") + name.Render(title) + " "
	tail := ""
	if note != "" && kit.Width(head)+text.Of(note).Width()+4 < w {
		tail = " " + st.Faint.Render(note) + " "
	}
	return kit.Fit(head+st.Rule.Render(strings.Repeat("─", max(0, w-kit.Width(head)-kit.Width(tail))))+tail, w)
}

// clipped is the first n lines; the last one says that there are more.
func (s *Screen) clipped(lines []string, n int) []string {
	if len(lines) <= n || n < 1 {
		return lines[:min(len(lines), max(0, n))]
	}
	out := append([]string(nil), lines[:n]...)
	out[n-1] += s.styles().Faint.Render(" …")
	return out
}

// head says who answered what, and how it stands: two lines, or one where there
// is little room.
func (s *Screen) head(r *session.Reading, w, h int) []string {
	st := s.styles()
	where := s.whereabouts()
	c := r.Cell
	name := text.Show(c.CaseName).OneLine().Truncate(28)
	first := " " + s.paint(name, st.Strong)
	if name.Empty() {
		first = " " + st.Strong.Render("no case")
	}
	who := kit.Join(" · ", s.variantOf(r), modelName(c.Contestant), r.Run)
	if c.Take > 1 {
		who = kit.Join(" · ", who, fmt.Sprintf("take %d", c.Take))
	}
	room := max(0, w-kit.Width(where)-kit.Width(first)-2)
	first += s.say("  "+text.Of(who).Truncate(max(0, room-1)).String(), st.Dim)
	out := []string{kit.Fit(first, max(0, w-kit.Width(where)-1)) + " " + where}
	if w < 24 {
		out = []string{kit.Fit(first, w)}
	}
	if h < low {
		return out
	}
	sign, words := r.Output.Status.Sign()
	facts := []string{}
	if t := s.when(r.Output.EndedMS); t != "" {
		facts = append(facts, t)
	}
	if !r.Cell.Order.AsIs() {
		facts = append(facts, "order "+r.Cell.Order.String())
	}
	badge := s.badge(r)
	left := max(0, w-kit.Width(badge)-3) // the badge stands apart
	line := func(facts []string) string {
		l := " " + stateStyle(st, r.Output.Status).Render(sign+" "+words) + s.say(pre(kit.Join(" · ", facts...)), st.Dim)
		if len(c.CaseTags) > 0 {
			l += st.Dim.Render(" · ") + s.paint(tags(c.CaseTags).Truncate(max(8, w/3)), st.Info)
		}
		return l
	}
	said := line(facts)
	if r.Recorded {
		if said = line(append(facts, "recorded: it can't be asked anew")); kit.Width(said) > left {
			said = line(append(facts, "recorded only"))
		}
	}
	return append(out, kit.Fit(said, left)+"  "+badge+" ")
}

// badge is what was said of the output, to be seen at once.
func (s *Screen) badge(r *session.Reading) string {
	st := s.styles()
	switch v := s.mine(r); {
	case v != nil && v.Choice == session.ChoicePass:
		return st.Good.Bold(true).Render("✓ passed")
	case v != nil:
		return st.Bad.Bold(true).Render("✗ failed")
	case r.Correction != nil:
		return st.Info.Bold(true).Render("→ corrected")
	case len(r.Notes) > 0:
		return st.Accent.Render("✎ noted")
	case judged(r):
		return st.Dim.Render("= judged")
	}
	return st.Faint.Render("· not judged")
}

// whereabouts says where one is among the outputs.
func (s *Screen) whereabouts() string {
	st := s.styles()
	if f := s.five; f != nil {
		dots := ""
		for i := range f.items {
			if s.readToday(&f.items[i]) {
				dots += "●"
			} else {
				dots += "○"
			}
		}
		return st.Accent.Render(dots) + st.Dim.Render(fmt.Sprintf(" %d of %d today ", f.at+1, len(f.items)))
	}
	return st.Dim.Render(kit.Thousands(s.all.at+1) + " of " + kit.Thousands(s.all.total) + " ")
}

// variantOf is "five-shot@3", with its prompt where outputs of several are read;
// "" for what came from outside.
func (s *Screen) variantOf(r *session.Reading) string {
	v := r.Cell.Contestant.Variant
	switch name := text.Of(contestant(r.Cell.Contestant)).Truncate(36).String(); {
	case v.Variant == "":
		return ""
	case s.q.PromptID != 0 && s.five == nil:
		return name
	default:
		return text.Of(v.Prompt).Truncate(24).String() + "/" + name
	}
}

func modelName(c session.Contestant) string { return text.Of(c.Model).Truncate(40).String() }

func pre(v string) string {
	if v == "" {
		return ""
	}
	return " · " + v
}

func tags(list []text.Raw) text.Shown {
	var out text.Shown
	for i, t := range list {
		if i > 0 {
			out = out.Append(text.Of(", "))
		}
		out = out.Append(text.Show(t).OneLine())
	}
	return out
}

// answerNote is what the answer cost in bytes, tokens and time.
func (s *Screen) answerNote(r *session.Reading) string {
	o := r.Output
	var parts []string
	switch {
	case r.Grade() == session.GradeRight && r.Correction != nil:
		parts = append(parts, "as wanted before")
	case r.Grade() == session.GradeRight:
		parts = append(parts, "✓ as wanted")
	}
	parts = append(parts, count(len(o.Whole()), "byte"))
	if o.Usage.Source != "" {
		parts = append(parts, count(o.Usage.Output, "token"))
	}
	switch {
	case o.Cached:
		parts = append(parts, "cached")
	case o.Timing.TotalMS > 0:
		parts = append(parts, millis(o.Timing.TotalMS))
	}
	switch n := s.answer.Rows(); {
	case n > s.answerRows && s.answer.Progress() == 0:
		parts = append(parts, fmt.Sprintf("%s more ↓", count(n-s.answerRows, "row")))
	case n > s.answerRows:
		parts = append(parts, fmt.Sprintf("%d%%", int(s.answer.Progress()*100)))
	}
	return kit.Join(" · ", parts...)
}

// askedLines are the values that the case had, as many as might be shown.
func (s *Screen) askedLines(r *session.Reading, w, rows int) []string {
	st := s.styles()
	wide := 0
	for _, v := range r.Cell.CaseVars {
		wide = max(wide, text.Show(v.Name).Truncate(12).Width())
	}
	room := max(8, w-wide-4)
	var out []string
	for _, v := range r.Cell.CaseVars {
		if len(out) > rows {
			break
		}
		name := kit.Fit(s.paint(text.Show(v.Name).Truncate(12), st.Variable), wide)
		for _, l := range text.Show(begin(v.Value, room*rows*4)).Wrap(room) {
			out = append(out, " "+name+st.Rule.Render(" ▎ ")+s.paint(l, st.Dim))
			name = strings.Repeat(" ", wide)
		}
	}
	return out
}

// begin is at most n bytes from the beginning of a text, whole characters.
func begin(r text.Raw, n int) text.Raw {
	if n <= 0 || len(r) <= n {
		return r
	}
	for n > 0 && r[n] >= 0x80 && r[n] < 0xc0 {
		n--
	}
	return r[:n]
}

// wantedLines is what the case wanted, where the answer is not just that.
func (s *Screen) wantedLines(r *session.Reading, w int) []string {
	if r.Cell.Wanted == nil || r.Grade() == session.GradeRight {
		return nil
	}
	return s.block(*r.Cell.Wanted, w, s.styles().Text, s.styles().Good)
}

// block is the beginning of a text beside a bar.
func (s *Screen) block(r text.Raw, w int, look, bar lipgloss.Style) []string {
	room := max(8, w-3)
	var out []string
	for _, l := range text.Show(begin(r, room*60)).Wrap(room) {
		out = append(out, " "+bar.Render("▎ ")+s.paint(l, look))
	}
	return out
}

// saidLines is what people said of an output: labels, the correction, notes. How
// it fared in pairs is not told here, or whoever reads could judge no longer.
func (s *Screen) saidLines(r *session.Reading, w int) []string {
	st := s.styles()
	var out []string
	line := func(sign string, look lipgloss.Style, body text.Shown, who string) {
		room := max(8, w-4)
		if tail := text.Of(who); !tail.Empty() {
			body = body.Append(text.Of("  " + who))
		}
		for i, l := range body.Wrap(room) {
			lead := "   "
			if i == 0 {
				lead = " " + look.Render(sign) + " "
			}
			out = append(out, lead+s.paint(l, st.Text))
		}
	}
	pairs := 0
	for _, v := range r.Verdicts {
		if v.Mode == session.JudgePairs {
			pairs++
			continue
		}
		sign, look, word := "✓", st.Good, "passed"
		switch v.Choice {
		case session.ChoiceFail:
			sign, look, word = "✗", st.Bad, "failed"
		case session.ChoiceSkip:
			continue
		}
		body := text.Of(word)
		if v.Reason != "" {
			body = body.Append(text.Of(": ")).Append(begunOneLine(v.Reason))
		}
		line(sign, look, body, s.byline(v.Judge, v.AtMS))
	}
	if c := r.Correction; c != nil {
		line("→", st.Info, text.Of("should have said: ").Append(begunOneLine(c.Text)), s.byline(c.Judge, c.CreatedMS))
	}
	for _, n := range r.Notes {
		body := begunOneLine(n.Text)
		if n.ModeID != 0 {
			body = body.Append(text.Of("  [")).Append(s.modes.nameOf(n.ModeID)).Append(text.Of("]"))
		}
		line("✎", st.Accent, body, s.byline(n.By, n.CreatedMS))
	}
	if pairs > 0 {
		line("=", st.Faint, text.Of("judged in "+count(pairs, "pair")), "")
	}
	return out
}

func begunOneLine(r text.Raw) text.Shown { return text.Head(r, 400).OneLine() }

// byline is "(you, 2 min ago)".
func (s *Screen) byline(by text.Raw, ms int64) string {
	who := s.who(by).String()
	at := s.when(ms)
	switch {
	case who == "" && at == "":
		return ""
	case who == "" || at == "":
		return "(" + who + at + ")"
	}
	return "(" + who + ", " + at + ")"
}

// contextView is the exact context that the output answers.
func (s *Screen) contextView(r *session.Reading, w, h int) string {
	var head []string
	if s.lay.answer.w == 0 {
		head = s.head(r, w, h)
	}
	rows := h - len(head)
	key := proofKey(r.Cell)
	pr := s.proofs[key]
	note := ""
	if pr != nil && pr.err == nil {
		note = kit.Join(" · ", count(len(pr.p.Messages), "message"), count(pr.p.Bytes(), "byte"))
	}
	if rows >= 3 {
		head = append(head, s.ruled("exact context", note, w, s.focus == onContext))
		rows--
	}
	body := ""
	switch {
	case key == "":
		body = s.aside(w, rows, "", "This output has no context: its text was imported without one.")
	case pr == nil:
		body = s.aside(w, rows, "", "Reading the context …")
	case pr.err != nil:
		body = s.aside(w, rows, "The context can't be read", pr.err.Error())
	default:
		narrow := w < narrowAt
		if of := (drawnKey{text: key, theme: s.theme, narrow: narrow}); s.ctxOf != of {
			s.ctxOf = of
			s.exact.SetDoc(s.contextDoc(pr, narrow))
		}
		s.exact.Resize(w-1, rows)
		s.exact.SetFocus(s.focus == onContext)
		var lines []string
		for _, l := range strings.Split(s.exact.View(), "\n") {
			lines = append(lines, " "+l)
		}
		body = strings.Join(lines, "\n")
	}
	return kit.Fill(kit.Stack(strings.Join(head, "\n"), body), w, h)
}
