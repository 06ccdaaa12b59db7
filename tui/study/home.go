package study

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

const (
	wide = 112 // cells from which panes stand side by side
	tall = 14  // rows from which they stand one below the other
)

type rect struct{ x, y, w, h int }

// panes says where the list and what stands beside it are.
func (s *Screen) panes() (list, peek rect) {
	switch {
	case s.w >= wide:
		n := s.w * 52 / 100
		return rect{0, 0, n, s.h}, rect{n, 0, s.w - n, s.h}
	case s.h >= tall:
		n := max(6, min(len(s.entries)+3, s.h*45/100))
		return rect{0, 0, s.w, n}, rect{0, n, s.w, s.h - n}
	}
	return rect{0, 0, s.w, s.h}, rect{}
}

func (s *Screen) arrange() {
	l, _ := s.panes()
	s.list.SetColumns([]kit.Column{
		{Title: "Study", Min: 5},
		{Title: "Asks", Min: 22, Flex: 2, Max: 40},
		{Title: "Variant", Min: 12, Flex: 2, Max: 28, Hide: 2},
		{Title: "Model", Min: 12, Flex: 2, Max: 30, Hide: 3},
		{Title: "State", Min: 14, Hide: 1},
		{Title: "When", Min: 8, Right: true, Hide: 4},
	})
	s.list.Resize(max(0, l.w-2), max(0, l.h-2))
	if s.setup != nil {
		s.setup.clamp()
	}
	if s.result != nil {
		s.result.arrange()
	}
}

// asks says in a few words what a study asks.
func asks(sp study.Spec) string {
	switch sp.Kind {
	case study.KindOrder:
		of := "shots"
		if len(sp.Of) > 0 {
			of = string(sp.Of[0])
		}
		if len(sp.Orders) == 0 {
			return "order of the " + of
		}
		return fmt.Sprintf("%d orders of the %s", len(sp.Orders), of)
	case study.KindDrop:
		parts := make([]string, len(sp.Of))
		for i, o := range sp.Of {
			parts[i] = string(o)
		}
		if len(parts) == 0 {
			parts = []string{"each part"}
		}
		return "worth of " + strings.Join(parts, ", ")
	case study.KindSweep:
		of := "shots"
		if len(sp.Of) > 0 {
			of = string(sp.Of[0])
		}
		return "how many " + of
	case study.KindVary:
		return "variety, " + kit.Plural(len(sp.Tricks), "trick", "tricks")
	}
	return string(sp.Kind)
}

// state is a study's state as it stands in the list: a sign and a word.
func (s *Screen) state(e Entry) (string, lipgloss.Style) {
	st := s.d.Styles
	if f := s.flightOf(e.ID); f != nil {
		p := f.progress
		return fmt.Sprintf("◐ %s of %s", kit.Thousands(p.Done+p.Failed), kit.Thousands(p.Cells)), st.Warn
	}
	switch {
	case e.State == session.RunRunning:
		return "◐ runs elsewhere", st.Warn
	case e.State == session.RunStopped || e.State == session.RunInterrupted:
		return fmt.Sprintf("○ %s of %s", kit.Thousands(e.Done), kit.Thousands(e.Cells)), st.Dim
	case e.State == "":
		return "○ nothing asked", st.Dim
	case e.Failed > 0:
		return fmt.Sprintf("! %d failed", e.Failed), st.Bad
	}
	return "✓ done", st.Good
}

func (s *Screen) cell(row, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	if row >= len(s.entries) {
		return text.Shown{}, st.Text
	}
	e := s.entries[row]
	switch col {
	case 0:
		return text.Of(e.Name()), st.Strong
	case 1:
		return text.Of(asks(e.Spec)), st.Text
	case 2:
		_, short, ok := strings.Cut(e.Spec.Variant, "/")
		if !ok {
			short = e.Spec.Variant
		}
		return text.Head(text.Raw(short), 60).OneLine(), st.Dim
	case 3:
		return text.Head(text.Raw(e.Spec.Model), 60).OneLine(), st.Dim
	case 4:
		said, style := s.state(e)
		return text.Of(said), style
	}
	return text.Of(ago(s.now()-e.AtMS, e.AtMS)), st.Faint
}

func (s *Screen) now() int64 {
	if s.d.NowMS == nil {
		return time.Now().UnixMilli()
	}
	return s.d.NowMS()
}

// ago is how long ago something was: "5 min", "3 h", then the day.
func ago(ms, at int64) string {
	switch m := ms / 60000; {
	case m < 1:
		return "now"
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case m < 24*60:
		return fmt.Sprintf("%d h", m/60)
	}
	return time.UnixMilli(at).UTC().Format("Jan 2")
}

// View draws the page.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	if s.theme != s.d.Styles.Theme.Name {
		s.theme = s.d.Styles.Theme.Name
		s.list.SetStyles(s.d.Styles)
		if s.result != nil {
			s.result.dress()
		}
	}
	switch {
	case s.prompt == 0:
		return s.notice("No prompt lies on the table", "A study asks how much the parts of one prompt matter.", "Library (alt+1) lays a variant on the table.")
	case s.setup != nil:
		return s.setup.view()
	case s.result != nil:
		return s.result.view()
	case s.trouble != "":
		return s.notice("The studies can't be read", s.trouble, "r tries again.")
	case !s.loaded:
		return s.notice("", "Reading the studies …")
	case len(s.entries) == 0:
		return s.notice("No study of "+text.Head(s.d.Table.Prompt.Name, 24).OneLine().String()+" yet",
			"A study asks the same cases again and again with one thing changed: the order of the shots, a part left out, fewer or more shots, a trick for variety.",
			"Beside it stands something that changes nothing, asked as often, so that chance is not taken for an effect.",
			"n sets one up, and says what it costs before it begins.")
	}
	l, p := s.panes()
	label := kit.Plural(len(s.entries), "study", "studies")
	if s.busy != "" {
		label = s.busy
	}
	out := kit.PaneWith("Studies of "+text.Head(s.d.Table.Prompt.Name, 24).OneLine().String(), label, s.list.View(), l.w, l.h, true, s.d.Styles)
	if p.w > 0 {
		side := kit.PaneWith(s.peekTitle(), "", kit.Indent(strings.Join(s.peekLines(max(8, p.w-4)), "\n"), 1), p.w, p.h, false, s.d.Styles)
		if s.w >= wide {
			out = kit.Columns(out, side)
		} else {
			out = kit.Stack(out, side)
		}
	}
	return kit.Fill(out, s.w, s.h)
}

func (s *Screen) peekTitle() string {
	if e := s.entry(); e != nil {
		return "Study " + e.Name() + ", " + asks(e.Spec)
	}
	return "Study"
}

// peekLines are what is told of the study with the cursor beside the list.
func (s *Screen) peekLines(w int) []string {
	st := s.d.Styles
	e := s.entry()
	if e == nil {
		return nil
	}
	var out []string
	para := func(style lipgloss.Style, said string) {
		out = append(out, strings.Split(kit.Para(text.Of(said), w, style, st.Mark), "\n")...)
	}
	if f := s.flightOf(e.ID); f != nil {
		out = append(append(s.progressLines(f.progress, w), s.say(st.Faint, "It goes on when you leave; S stops it.")), "")
		if s.peek != nil && s.peek.Entry.ID == e.ID && s.peek.sentence() != "" {
			para(st.Text, s.peek.sentence())
			out = append(out, "")
		}
		return append(out, s.specLines(e, w)...)
	}
	switch {
	case s.peekErr != "":
		para(st.Bad, "! "+s.peekErr)
	case s.peek == nil || s.peek.Entry.ID != e.ID:
		para(st.Faint, "Reading …")
	default:
		if said := cutShort(*e); said != "" {
			para(st.Warn, said)
			out = append(out, "")
		}
		para(st.Text, s.peek.sentence())
		out = append(out, "", s.say(st.Key, "enter")+s.say(st.KeyLabel, " shows all of it"))
	}
	return append(append(out, ""), s.specLines(e, w)...)
}

// cutShort says of a study that was stopped how far it came, "" of another.
func cutShort(e Entry) string {
	if e.State != session.RunStopped && e.State != session.RunInterrupted {
		return ""
	}
	return fmt.Sprintf("Cut short at %s of %s answers: g asks the rest.", kit.Thousands(e.Done), kit.Thousands(e.Cells))
}

// specLines say what a study is set to.
func (s *Screen) specLines(e *Entry, w int) []string {
	st := s.d.Styles
	var out []string
	row := func(name, v string) {
		if v == "" {
			return
		}
		for i, l := range strings.Split(kit.Para(text.Of(v), max(4, w-10), st.Dim, st.Mark), "\n") {
			if i > 0 {
				name = ""
			}
			out = append(out, s.say(st.Faint, kit.Fit(name, 10))+l)
		}
	}
	sp := e.Spec
	row("variant", text.Head(text.Raw(sp.Variant), 120).OneLine().String())
	row("model", text.Head(text.Raw(sp.Model), 120).OneLine().String())
	row("cases", casesSaid(sp.Cases))
	if sp.Suite != "" {
		row("passes by", "the suite "+text.Head(sp.Suite, 60).OneLine().String())
	}
	switch sp.Kind {
	case study.KindOrder:
		if len(sp.Orders) > 0 {
			row("asked", fmt.Sprintf("%d orders, one order %d times", len(sp.Orders), sp.Repeats))
		}
	case study.KindSweep:
		row("numbers", joinInts(sp.Sizes))
	case study.KindVary:
		names := make([]string, len(sp.Tricks))
		for i, t := range sp.Tricks {
			names[i] = text.Head(text.Raw(t.String()), 40).OneLine().String()
		}
		row("tricks", strings.Join(names, ", "))
	}
	if sp.Takes > 1 {
		row("takes", fmt.Sprint(sp.Takes))
	}
	if len(e.Runs) > 0 {
		names := make([]string, len(e.Runs))
		for i, r := range e.Runs {
			names[i] = "r" + itoa(r)
		}
		row("runs", strings.Join(names, ", "))
	}
	if e.CostUSD != nil {
		row("cost", kit.Money(e.CostUSD))
	}
	return out
}

func casesSaid(list string) string {
	if list == "" || list == "all" {
		return "all"
	}
	return text.Head(text.Raw(list), 120).OneLine().String()
}

// progressLines are how far a study is.
func (s *Screen) progressLines(p Progress, w int) []string {
	st := s.d.Styles
	out := []string{kit.Progress(p.Done+p.Failed, p.Cells, w, st)}
	words := []string{}
	if p.Rounds > 1 {
		words = append(words, fmt.Sprintf("round %d of %d", p.Round, p.Rounds))
	}
	if p.Failed > 0 {
		words = append(words, fmt.Sprintf("%d failed", p.Failed))
	}
	if p.Cached > 0 {
		words = append(words, fmt.Sprintf("%d from the cache", p.Cached))
	}
	if p.LeftMS > 0 {
		words = append(words, about(p.LeftMS)+" left")
	}
	switch {
	case p.Free:
		words = append(words, "free")
	case p.CostUSD != nil:
		words = append(words, kit.Money(p.CostUSD))
	}
	out = append(out, strings.Split(kit.Para(text.Of(strings.Join(words, " · ")), w, st.Dim, st.Mark), "\n")...)
	if p.Trouble != "" {
		out = append(out, strings.Split(kit.Para(text.Of("! "+p.Trouble), w, st.Warn, st.Mark), "\n")...)
	}
	return out
}

// about is how long something takes, no finer than it is known.
func about(ms int64) string {
	switch s := (ms + 999) / 1000; {
	case s < 60:
		return fmt.Sprintf("about %d s", s)
	case s < 3600:
		return fmt.Sprintf("about %d min", (s+59)/60)
	default:
		return fmt.Sprintf("about %d h %02d min", s/3600, s/60%60)
	}
}

func joinInts(all []int) string {
	parts := make([]string, len(all))
	for i, n := range all {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, ", ")
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

// notice is what stands where there is no list.
func (s *Screen) notice(title string, lines ...string) string {
	return kit.Notice(title, lines, 66, s.w, s.h, s.d.Styles)
}

// interim reports whether there is more to come.
func (r *Result) interim() bool {
	switch {
	case r.Order != nil:
		return r.Order.Interim()
	case r.Drop != nil:
		return r.Drop.Interim()
	case r.Sweep != nil:
		return r.Sweep.Interim()
	case r.Vary != nil:
		return r.Vary.Interim()
	}
	return false
}

// sentence is the sentence of a report.
func (r *Result) sentence() string {
	switch {
	case r.Order != nil:
		return r.Order.Sentence
	case r.Drop != nil:
		return r.Drop.Sentence
	case r.Sweep != nil:
		return r.Sweep.Sentence
	case r.Vary != nil:
		return r.Vary.Sentence
	}
	return "Nothing was answered yet."
}

// notes is what else a report says, a sentence each.
func (r *Result) notes() []string {
	switch {
	case r.Order != nil:
		return r.Order.Notes
	case r.Drop != nil:
		return r.Drop.Notes
	case r.Sweep != nil:
		return r.Sweep.Notes
	case r.Vary != nil:
		return r.Vary.Notes
	}
	return nil
}
