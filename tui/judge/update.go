package judge

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// keptFor is how long the tick of a kept verdict is seen, slowAfter when it is
// said that something takes long.
const (
	keptFor   = 1200 * time.Millisecond
	slowAfter = 400 * time.Millisecond
)

// Update takes what no action wanted.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	if h, ok := msg.(kit.Home); ok {
		if a, ok := h.Msg.(answer); ok && s.asked[a.q] == h.Gen {
			return s.onAnswer(a.q, a.msg)
		}
		return nil
	}
	if s.field != nil {
		if cmd, used := s.typed(msg); used {
			return cmd
		}
	}
	switch s.mode {
	case modeOffer, modeEnd:
		s.scrollOffer(msg)
		return s.early(msg)
	case modeDuel:
		s.pair.update(msg)
	case modeReveal:
		return s.reveal.update(msg)
	}
	return nil
}

func (s *Screen) onAnswer(q question, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tick:
		switch q {
		case askKept:
			s.kept = false
		case askSlow:
			s.slow = s.working != idle
		}
	case offerMsg:
		s.offered, s.trouble = true, ""
		if m.err != nil {
			s.offered = false
			s.trouble = "It can't be said what there is to judge: " + m.err.Error()
			return kit.Fail(m.err)
		}
		s.offer = m.offer
	case seenMsg:
		s.seen = m.err == nil && m.seen
	case stepMsg:
		return s.onStep(m)
	case guidelineMsg:
		return s.onGuideline(m)
	case markdownMsg:
		if s.pair != nil {
			s.pair.takeMarkdown(m)
		}
	case diffMsg:
		if s.pair != nil {
			s.pair.takeDiff(m)
		}
	case revealMsg:
		return s.onReveal(m)
	case shotMsg:
		return s.onShot(m)
	case nearMsg:
		return s.onNear(m)
	}
	return nil
}

// steps does what ends in a step, unless something is under way.
func (s *Screen) steps(what work, f func(ctx context.Context) (Step, error)) tea.Cmd {
	s.working, s.slow, s.trouble = what, false, ""
	s.place()
	return tea.Batch(s.ask(askStep, func(ctx context.Context) tea.Msg {
		st, err := f(ctx)
		return stepMsg{st, err}
	}), s.after(askSlow, slowAfter))
}

// onStep shows what comes after a key. Only now is a verdict ticked: it is on
// disk, and the next duel came with the word of it.
func (s *Screen) onStep(m stepMsg) tea.Cmd {
	was := s.working
	s.working, s.slow = idle, false
	s.next(askSlow)
	if m.err != nil {
		s.trouble = was.failed() + m.err.Error()
		s.place()
		return kit.Fail(m.err)
	}
	s.step, s.trouble, s.what.Anew = m.step, "", false
	var tick tea.Cmd
	if s.kept = was == keeping; s.kept {
		tick = s.after(askKept, keptFor)
	}
	if m.step.Duel == nil {
		s.mode, s.pair, s.field, s.reveal = modeEnd, nil, nil, nil
		return tea.Batch(tick, s.loadSeen())
	}
	return tea.Batch(tick, s.takeDuel())
}

// takeDuel puts a duel in front; whatever names a contestant is gone by then.
func (s *Screen) takeDuel() tea.Cmd {
	d := s.step.Duel
	s.mode, s.reveal, s.field, s.note = modeDuel, nil, nil, ""
	s.guideline = d.Guideline
	s.pair = newPair(s.deps.Styles, d.Input, d.Left, d.Right, d.Mode == session.JudgePassFail)
	s.place()
	s.shown = s.now()
	return tea.Batch(s.after(askLit, guardMS*time.Millisecond), s.layOut())
}

// counts reports whether a key that decides would count now.
func (s *Screen) counts() bool {
	return s.mode == modeDuel && s.working == idle && s.now()-s.shown >= guardMS
}

// rule decides the duel in front. A key that comes too early, or while the one
// before is being kept, is none.
func (s *Screen) rule(c session.Choice) tea.Cmd {
	if !s.counts() {
		return nil
	}
	r := Ruling{Sitting: s.step.Sitting, Token: s.step.Token, Choice: c, Reason: s.note, ScreenMS: s.now() - s.shown}
	do := s.deps.Rule
	s.kept = false
	return s.steps(keeping, func(ctx context.Context) (Step, error) { return do(ctx, r) })
}

// undo takes the newest verdict back.
func (s *Screen) undo() tea.Cmd {
	if s.working != idle {
		return nil
	}
	do, id := s.deps.Undo, s.step.Sitting
	s.kept = false
	return s.steps(undoing, func(ctx context.Context) (Step, error) { return do(ctx, id) })
}

// fail asks for a word of reason, which may be left out, and decides.
func (s *Screen) fail() tea.Cmd {
	if !s.counts() {
		return nil
	}
	s.open("why, in a word", s.note, func(r text.Raw) tea.Cmd {
		s.note = r
		return s.rule(session.ChoiceFail)
	})
	return nil
}

// askNote opens the line for words that are kept with the verdict to come.
func (s *Screen) askNote() tea.Cmd {
	if s.working != idle {
		return nil
	}
	s.open("note", s.note, func(r text.Raw) tea.Cmd {
		s.note = r
		s.place()
		return nil
	})
	return nil
}

// field is a line at the bottom that is typed into.
type field struct {
	label string
	hint  string // of keys, at the end of the line
	in    *kit.Input
	done  func(text.Raw) tea.Cmd
}

func (f *field) lead() int { return len(f.label) + 4 }

// tail is the room that the hint takes in w cells; a short line goes without.
func (f *field) tail(w int) int {
	if w < 64 {
		return 0
	}
	return text.Of(f.hint).Width() + 3
}

func (s *Screen) open(label string, value text.Raw, done func(text.Raw) tea.Cmd) {
	in := kit.NewInput(s.deps.Styles)
	in.SetPlaceholder("words kept with the verdict to come")
	hint := "enter keeps · esc leaves"
	if label != "note" {
		in.SetPlaceholder("or none: just enter")
		hint = "enter fails it · esc does not"
	}
	in.SetValue(value)
	s.field = &field{label, hint, in, done}
	if s.field.tail(s.w) == 0 {
		in.SetPlaceholder(hint)
	}
	s.place()
}

// typed gives a message to the line.
func (s *Screen) typed(msg tea.Msg) (cmd tea.Cmd, used bool) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "esc":
			s.field = nil
			s.place()
			return nil, true
		case "enter":
			f := s.field
			s.field = nil
			cmd = f.done(trim(f.in.Value()))
			s.place()
			return cmd, true
		}
	}
	switch msg.(type) {
	case tea.KeyPressMsg, tea.PasteMsg:
		_, cmd = s.field.in.Update(msg)
		return cmd, true
	}
	return nil, false
}
