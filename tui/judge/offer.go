package judge

import (
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// early answers a key that decides before there is anything to decide: whoever
// knows no other is told which one comes first.
func (s *Screen) early(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || s.working != idle {
		return nil
	}
	keys := []string{"1", "2", "=", "0"}
	if s.mode == modeOffer && s.what.Mode == session.JudgePassFail {
		keys = []string{"p", "f"}
	}
	if !slices.Contains(keys, k.String()) {
		return nil
	}
	switch {
	case s.mode == modeOffer && s.offered && (s.offer.Why == "" || s.offer.Open > 0):
		return kit.Say("press enter first; then this key decides")
	case s.mode == modeEnd && s.step.CanMore > 0:
		return kit.Say("this part is over: enter goes on")
	}
	return nil
}

// scrollOffer moves the offer where it does not fit.
func (s *Screen) scrollOffer(msg tea.Msg) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		s.top += map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": 1 - s.h, "pgdown": s.h - 1, "space": s.h - 1, "home": -1 << 20, "end": 1 << 20}[m.String()]
	case tea.MouseWheelMsg:
		s.top += map[tea.MouseButton]int{tea.MouseWheelUp: -3, tea.MouseWheelDown: 3}[m.Button]
	}
	s.top = max(0, s.top)
}

// viewOffer says what is to be judged, by whom, and how, before it begins.
func (s *Screen) viewOffer() string {
	st := s.deps.Styles
	switch {
	case s.prompt == 0:
		return s.nothing("Nothing is on the table", "Choose a prompt in Library; what was answered to it is judged here.", "enter", "Library")
	case s.trouble != "":
		return s.nothing("Nothing can be judged just now", s.trouble, "enter", "try again")
	case !s.offered:
		return kit.Centre(st.Faint.Render("Looking what there is to judge…"), s.w, s.h)
	case s.offer.Why != "" && s.offer.Open == 0:
		return s.nothing("Nothing to judge", s.offer.Why, "enter", "Bench, where answers come from")
	}
	w := min(74, max(8, s.w-4))
	head := "Which answers are better?"
	if s.what.Mode == session.JudgePassFail {
		head = "Which answers are good enough?"
	}
	lines := []string{heading(st.Title.Render(head), "", w, st), ""}
	lines = append(lines, split(kit.Para(text.Of(s.counted()), w, st.Strong, st.Mark))...)
	for _, l := range s.leftOut() {
		lines = append(lines, split(kit.Para(text.Of(l), w, st.Dim, st.Mark))...)
	}
	lines = append(lines, "", s.beginLine(), "")
	lines = append(lines, s.settings(w)...)
	lines = append(lines, "")
	lines = append(lines, split(kit.Para(text.Of(s.blindWords()), w, st.Dim, st.Mark))...)
	lines = append(lines, s.keysInWords()...)
	return s.card(lines, w)
}

// counted is the first sentence: how much there is.
func (s *Screen) counted() string {
	o := s.offer
	cases, versions := "", ""
	if o.Cases > 0 {
		cases = kit.Plural(o.Cases, "case", "cases")
	}
	if o.Contestants > 0 {
		versions = kit.Plural(o.Contestants, "version", "versions")
	}
	what := kit.Plural(o.Duels, "duel", "duels") + " to judge"
	if s.what.Mode == session.JudgePassFail {
		what = kit.Plural(o.Duels, "answer", "answers") + " to judge"
	}
	return fmt.Sprintf("%s. A sitting is %d.", kit.Join(", ", cases, versions, what), session.SittingFirst)
}

// leftOut says what is not asked, and why.
func (s *Screen) leftOut() []string {
	o := s.offer
	var out []string
	if o.Identical > 0 {
		out = append(out, kit.Plural(o.Identical, "pair of equal answers is", "pairs of equal answers are")+" not asked; they are counted apart.")
	}
	if o.Own > 0 {
		out = append(out, kit.Plural(o.Own, "duel is", "duels are")+" left out: you typed one of the answers.")
	}
	if o.Revealed {
		out = append(out, "You have seen who is who among these: your verdicts on them are kept, and not counted.")
	}
	return out
}

func (s *Screen) beginLine() string {
	st := s.deps.Styles
	label := "begin"
	if s.offer.Open > 0 && !s.what.Anew {
		label = fmt.Sprintf("go on with the sitting (%d of %d)", s.offer.Open, s.offer.OpenOf)
		if s.offer.OpenMode != "" && s.offer.OpenMode != s.what.Mode {
			label = fmt.Sprintf("go on with the sitting (%s, %d of %d)", shortMode(s.offer.OpenMode), s.offer.Open, s.offer.OpenOf)
		}
	}
	out := st.BadgeHot.Render(" enter ") + " " + st.Strong.Render(label)
	switch {
	case s.slow:
		out += "  " + st.Dim.Render(s.working.words())
	case s.offer.Open > 0 && !s.what.Anew:
		out += "   " + st.Key.Render("a") + st.Dim.Render(" begin a new one")
	}
	return out
}

func shortMode(m session.JudgeMode) string {
	if m == session.JudgePassFail {
		return "pass or fail"
	}
	return "pairs"
}

// settings are the choices, each with the key that changes it.
func (s *Screen) settings(w int) []string {
	st := s.deps.Styles
	row := func(key, name string, value text.Shown) string {
		return kit.Fit(st.Key.Render(kit.Fit(key, 3))+st.Dim.Render(kit.Fit(name, 11))+kit.Render(value.Truncate(max(1, w-14)), st.Text, st.Mark), w)
	}
	who := text.Show(s.judge)
	if s.judge == "" {
		who = text.Of("nobody yet: you are asked for a name")
	}
	guide := text.Head(s.guideline, w-14)
	if s.guideline == "" {
		guide = text.Of("none yet")
	}
	return []string{
		row("j", "judge", who),
		row("m", "asked", text.Of(modeWords(s.what.Mode))),
		row("r", "answers of", text.Of(s.runWords())),
		row("G", "guideline", guide),
		row("w", "report", text.Of("who is who, and how the verdicts stand")),
	}
}

// runWords says which runs' answers are judged.
func (s *Screen) runWords() string {
	var names []string
	for _, id := range s.offer.Chosen {
		for _, r := range s.offer.Runs {
			if r.ID == id {
				names = append(names, r.Name()+", "+s.ago(r))
			}
		}
	}
	switch n := len(names); {
	case n == 0:
		return "no run"
	case n == 1:
		return names[0]
	default:
		return kit.Plural(n, "run", "runs")
	}
}

func (s *Screen) ago(r session.Run) string {
	return kit.When(r.StartedMS, time.UnixMilli(s.now()))
}

func (s *Screen) blindWords() string {
	if s.what.Mode == session.JudgePassFail {
		return "You see one answer at a time, and not whose it is."
	}
	return "You see two answers to one input, and not whose they are."
}

// keysInWords explains the keys to somebody who sees them for the first time.
func (s *Screen) keysInWords() []string {
	st := s.deps.Styles
	rows := [][2]string{
		{"1", "the left one is better"},
		{"2", "the right one is better"},
		{"=", "they are equally good"},
		{"0", "both are bad: neither would do"},
		{"s", "skip, if you can't say"},
	}
	if s.what.Mode == session.JudgePassFail {
		rows = [][2]string{
			{"p", "pass: it is good enough"},
			{"f", "fail: it is not; a word of reason may follow"},
			{"s", "skip, if you can't say"},
		}
	}
	rows = append(rows, [2]string{"u", "take the last one back, as often as you like"})
	var out []string
	for _, r := range rows {
		out = append(out, "  "+st.Key.Render(r[0])+"  "+st.Text.Render(r[1]))
	}
	return out
}

// askJudge asks who judges.
func (s *Screen) askJudge(then func() tea.Cmd) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Who judges?", Label: "A name that your verdicts are kept under", Value: s.judge,
		Check: func(v text.Raw) string {
			switch n := trim(v); {
			case n == "":
				return "a judge needs a name"
			case n == session.JudgeIdentical:
				return "that name is taken: equal answers are counted under it"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			s.judge = trim(v)
			if then != nil {
				return then()
			}
			return s.load()
		},
	})
}

// chooseRuns asks whose answers are judged. Notes of runs and their costs are
// not shown: they may tell whose they are.
func (s *Screen) chooseRuns() tea.Cmd {
	runs := s.offer.Runs
	m := &kit.Multi{Styles: s.deps.Styles, Heading: "Judge the answers of", Least: 1}
	for _, r := range runs {
		c := kit.Choice{Label: text.Of(r.Name() + "  " + kit.Plural(r.Done, "answer", "answers") + ", " + s.ago(r))}
		for _, id := range s.offer.Chosen {
			c.On = c.On || id == r.ID
		}
		m.Choices = append(m.Choices, c)
	}
	m.Done = func(checked []int) tea.Cmd {
		s.what.RunIDs = nil
		for _, i := range checked {
			s.what.RunIDs = append(s.what.RunIDs, runs[i].ID)
		}
		return s.load()
	}
	return kit.Open(m)
}
