package bench

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// blank is the page on which a person answers: the exact context above, and an
// editor below. Nothing on it says who else was asked.
type blank struct {
	ask  Ask
	page *kit.Pager
	ed   *kit.Editor
	w, h int
	gone bool // nobody waits for the answer any more
	idle bool // the next question has not come yet
}

// refreshAsks looks which questions wait, and says when one came.
func (s *Screen) refreshAsks() tea.Cmd {
	if s.deps.Asks == nil {
		return nil
	}
	was := s.newestAsk
	had := len(s.asks) > 0
	s.asks = s.deps.Asks.List()
	if had != (len(s.asks) > 0) {
		s.place()
	}
	for _, a := range s.asks {
		s.newestAsk = max(s.newestAsk, a.ID)
	}
	if b := s.blank; b != nil && b.idle {
		switch {
		case len(s.asks) > 0:
			s.newestAsk = max(s.newestAsk, s.asks[0].ID)
			return s.openBlank()
		case len(s.flights) == 0:
			s.blank = nil
			s.place()
			return kit.Say("no question is left")
		}
		return nil
	}
	if b := s.blank; b != nil {
		b.gone = !slices.ContainsFunc(s.asks, func(a Ask) bool { return a.ID == b.ask.ID })
	}
	if s.newestAsk > was && s.blank == nil {
		a := s.asks[len(s.asks)-1]
		if s.wanted {
			s.wanted = false
			return s.openAsk(a)
		}
		return kit.Say("a question waits for human/" + text.Raw(a.Who).String() + ": A answers it in Bench")
	}
	return nil
}

// asksLine says how many questions wait and for whom, "" none.
func (s *Screen) asksLine(w int) string {
	if len(s.asks) == 0 {
		return ""
	}
	st := s.deps.Styles
	var who []string
	for _, a := range s.asks {
		if n := "human/" + text.Raw(a.Who).String(); !slices.Contains(who, n) {
			who = append(who, n)
		}
	}
	verb := " wait"
	if len(s.asks) == 1 {
		verb = " waits"
	}
	words := kit.Plural(len(s.asks), "question", "questions") + verb + " for " + strings.Join(who, ", ")
	keys := "  " + st.Key.Render("A") + st.KeyLabel.Render(" answers")
	return kit.Fit(" "+st.Accent.Render("▸ ")+st.Strong.Render(text.Of(words).Truncate(max(0, w-kit.Width(keys)-4)).String())+keys, w)
}

func (s *Screen) noAsks() string {
	switch {
	case s.deps.Asks == nil:
		return "nobody can be asked here"
	case len(s.asks) == 0:
		return "no question waits for a person"
	}
	return ""
}

// openBlank opens the oldest question.
func (s *Screen) openBlank() tea.Cmd {
	s.blank = nil
	cmd := s.refreshAsks()
	if len(s.asks) == 0 {
		return tea.Batch(cmd, kit.Say(s.noAsks()))
	}
	return tea.Batch(cmd, s.openAsk(s.asks[0]))
}

// openAsk opens a question.
func (s *Screen) openAsk(a Ask) tea.Cmd {
	b := &blank{ask: a, page: kit.NewPager(s.deps.Styles), ed: kit.NewEditor(s.deps.Styles)}
	b.page.SetDoc(askDoc(a, s))
	b.ed.SetKnown(func(string) bool { return true })
	b.ed.SetPlaceholder("what you write here is the answer, to the byte")
	b.ed.SetValue(s.drafts[a.ID])
	s.blank, s.setup, s.close = b, nil, nil
	b.resize(s.w, s.h)
	if i, at := parts(s.settled, a); at > 0 || i > 0 {
		b.page.GotoOffset(i, at)
	}
	return nil
}

// parts is the message, and the line in it, from which a question is another than
// the one before: who has read the beginning need not look for it.
func parts(before, a Ask) (message, at int) {
	for i, m := range a.Messages {
		if i >= len(before.Messages) {
			return 0, 0
		}
		old := before.Messages[i].Content
		if m.Content == old {
			continue
		}
		n := 0
		for n < min(len(m.Content), len(old)) && m.Content[n] == old[n] {
			n++
		}
		return i, strings.LastIndexByte(string(m.Content[:n]), '\n') + 1
	}
	return 0, 0
}

// leaveBlank goes back to the run. What was written is there when the question is
// opened again.
func (s *Screen) leaveBlank() tea.Cmd {
	b := s.blank
	if b.idle {
		s.blank = nil
		s.place()
		return nil
	}
	if s.drafts == nil {
		s.drafts = map[int64]text.Raw{}
	}
	if v := b.ed.Value(); v != "" {
		s.drafts[b.ask.ID] = v
	}
	s.blank = nil
	s.place()
	return s.refreshAsks()
}

func (s *Screen) sendAnswer() tea.Cmd {
	b := s.blank
	if b.ed.Value() == "" {
		return kit.Say("there is nothing to send: ctrl+d declines the question")
	}
	return s.settleAsk(s.deps.Asks.Answer(b.ask.ID, b.ed.Value()), "answer sent")
}

func (s *Screen) declineAsk() tea.Cmd {
	b := s.blank
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Decline", Label: "Why? It is kept as a refusal, which is judged by nobody.",
		Done: func(v text.Raw) tea.Cmd { return s.settleAsk(s.deps.Asks.Skip(b.ask.ID, v), "declined") },
	})
}

// settleAsk goes on to the next question, or back to the run.
func (s *Screen) settleAsk(err error, said string) tea.Cmd {
	if err != nil {
		return tea.Batch(kit.Fail(err), s.refreshAsks())
	}
	delete(s.drafts, s.blank.ask.ID)
	s.settled = s.blank.ask
	s.blank = nil
	s.place()
	cmd := s.refreshAsks()
	switch {
	case len(s.asks) > 0:
		cmd = s.openBlank()
	case len(s.flights) > 0: // the next is on its way
		s.blank = &blank{idle: true, page: kit.NewPager(s.deps.Styles), ed: kit.NewEditor(s.deps.Styles)}
		s.blank.resize(s.w, s.h)
	}
	return tea.Batch(kit.Say(said), cmd)
}

// askDoc is the exact context of a question.
func askDoc(a Ask, s *Screen) kit.Doc {
	st := s.deps.Styles
	var d kit.Doc
	before := text.Raw("")
	head := func(id int, words string) {
		if len(d) > 0 {
			words = kit.Apart(before) + words
		}
		d = append(d, kit.Segment{ID: -1 - id, Text: text.Raw(words + "\n"), Style: st.Title, GutterStyle: st.Rule, Break: true})
	}
	for i, m := range a.Messages {
		note := ""
		if a.Prefill && i == len(a.Messages)-1 {
			note = " · your answer goes on from here"
		}
		head(i, fmt.Sprintf("━━ %s · message %d of %d%s", m.Role, i+1, len(a.Messages), note))
		d = append(d, kit.Segment{ID: i, Text: m.Content, Style: st.Text, GutterStyle: st.Rule})
		before = m.Content
	}
	for i, b := range a.Beside.Parts() {
		head(len(a.Messages)+i, "━━ "+string(b.Kind)+" · beside the messages")
		for _, seg := range kit.BesideSegments(b.Kind == session.KindGrammar, b.Text, st) {
			seg.ID = len(a.Messages) + i
			d = append(d, seg)
		}
		before = b.Text
	}
	return d
}

// split is the rows of the context and of the editor in h rows.
func (b *blank) split() (page, ed int) {
	room := max(0, b.h-2) // a title and a rule
	ed = min(max(room*2/5, 3), room)
	return room - ed, ed
}

func (b *blank) resize(w, h int) {
	b.w, b.h = w, h
	page, ed := b.split()
	b.page.Resize(w, page)
	b.ed.Resize(max(1, w-2), max(1, ed))
}

func (b *blank) update(msg tea.Msg) tea.Cmd {
	if b.idle {
		return nil
	}
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		switch m.String() {
		case "pgup", "pgdown", "shift+up", "shift+down":
			code := map[string]rune{"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "shift+up": tea.KeyUp, "shift+down": tea.KeyDown}[m.String()]
			b.page.Update(tea.KeyPressMsg{Code: code})
			return nil
		}
	case tea.MouseMsg:
		page, _ := b.split()
		if m.Mouse().Y < 1+page {
			b.page.Update(shift(m, 1))
			return nil
		}
		_, cmd := b.ed.Update(shift(m, 2+page))
		return cmd
	}
	_, cmd := b.ed.Update(msg)
	return cmd
}

func (b *blank) cursor() *tea.Cursor {
	if b.idle {
		return nil
	}
	c := b.ed.Cursor()
	if c != nil {
		page, _ := b.split()
		c.X++
		c.Y += 2 + page
	}
	return c
}

func (b *blank) view(s *Screen) string {
	st := s.deps.Styles
	if b.idle {
		return s.note(b.w, b.h, "The next question is on its way", "esc goes back to the run.")
	}
	who := text.Raw("human/" + b.ask.Who).String()
	title := " " + st.Strong.Render("A question for ") + st.Accent.Bold(true).Render(who)
	rest := "asked " + when(b.ask.Since.UnixMilli())
	if n := len(s.asks); n > 1 {
		rest = fmt.Sprintf("%d wait · ", n) + rest
	}
	title += kit.FitRight(st.Faint.Render(text.Of(rest).Truncate(max(0, b.w-kit.Width(title)-2)).String())+" ", max(0, b.w-kit.Width(title)))
	if b.h < 4 {
		return kit.Fill(title, b.w, b.h)
	}
	words, style := " your answer ", st.Dim
	if b.gone {
		words, style = " ! nobody waits for this answer any more: its run was stopped, or it was answered elsewhere ", st.Bad
	}
	label := text.Of(words).Truncate(max(0, b.w-3))
	rule := kit.Rule(2, st) + kit.Render(label, style, st.Mark) + kit.Rule(b.w-2-label.Width(), st)
	page, ed := b.split()
	return kit.Fill(kit.Stack(title, kit.Fill(b.page.View(), b.w, page), rule, kit.Fill(kit.Indent(b.ed.View(), 1), b.w, ed)), b.w, b.h)
}

func (s *Screen) blankActions() []kit.Action {
	on := func() string {
		if s.blank == nil {
			return "no question is open"
		}
		return ""
	}
	waits := func() string {
		if s.blank != nil && s.blank.idle {
			return "the next question has not come yet"
		}
		if s.blank != nil && s.blank.gone {
			return "nobody waits for this answer any more"
		}
		return on()
	}
	return []kit.Action{
		act("person.send", "send", "Send what is written as the person's answer, to the byte.", true, waits, s.sendAnswer, "ctrl+s"),
		act("person.decline", "decline", "Decline the question, which is kept as a refusal.", true, waits, s.declineAsk, "ctrl+d"),
		act("person.leave", "back", "Go back to the run; what is written stays.", true, on, s.leaveBlank, "esc"),
	}
}

// Wants reports whether a chord belongs to the text that is being written.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool {
	return s.blank != nil && !s.blank.idle && msg.String() != "ctrl+d" && s.blank.ed.Wants(msg)
}
