package read

import (
	"context"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// did is what came of a deed. Nothing of it is shown before it came: it is on
// disk then.
type did struct {
	cell  int64
	said  string
	apply func(r *session.Reading)
	next  bool // goes on to the next output
	err   error
}

// deed writes something about an output.
func (s *Screen) deed(busy string, d did, f func(ctx context.Context) error) tea.Cmd {
	s.busy = busy
	return s.ask(askDeed, func(ctx context.Context) tea.Msg {
		d.err = f(ctx)
		return d
	})
}

func (s *Screen) onDid(d did) tea.Cmd {
	s.busy = ""
	if d.err != nil {
		return kit.Fail(d.err)
	}
	for _, k := range s.stacks() {
		if i := k.place(d.cell); i >= 0 {
			d.apply(&k.items[i])
		}
	}
	cmd := kit.Say(d.said)
	if s.all.asking { // what is on its way was perhaps read before
		cmd = tea.Batch(cmd, s.again())
	}
	if r := s.current(); d.next && r != nil && r.Cell.ID == d.cell {
		return tea.Batch(cmd, s.step(1))
	}
	return cmd
}

// stacks are the lists that hold outputs.
func (s *Screen) stacks() []*stack {
	if s.five != nil {
		return []*stack{&s.all, &s.five.stack}
	}
	return []*stack{&s.all}
}

// nothing says why no deed can be done on what is in hand.
func (s *Screen) nothing() string {
	switch {
	case s.busy != "":
		return s.busy
	case s.current() == nil:
		return "no output is in hand"
	}
	return ""
}

// whyLabel says why the output in hand can be neither passed nor failed.
func (s *Screen) whyLabel() string {
	if why := s.nothing(); why != "" {
		return why
	}
	if st := s.current().Output.Status; st != session.StatusDone {
		_, words := st.Sign()
		return "there is no answer to judge: " + words
	}
	return ""
}

// whyCorrect says why nothing can be written in place of the output in hand.
func (s *Screen) whyCorrect() string {
	if why := s.nothing(); why != "" {
		return why
	}
	if o := s.current().Output; !o.Status.Finished() {
		_, words := o.Status.Sign()
		return "there is no answer to correct: " + words
	}
	return ""
}

func (s *Screen) pass() tea.Cmd { return s.label(*s.current(), session.ChoicePass, "") }

// fail asks for a word of reason first, so that label and reason are one.
func (s *Screen) fail() tea.Cmd {
	var was text.Raw
	r := *s.current() // the list may be read anew while one writes
	if v := s.mine(&r); v != nil && v.Choice == session.ChoiceFail {
		was = v.Reason
	}
	s.write("why does it fail?", "enter keeps · esc leaves", "a word will do, or none", was,
		func(v text.Raw) tea.Cmd { return s.label(r, session.ChoiceFail, trim(v)) })
	return nil
}

// trim takes what holds no words for nothing.
func trim(v text.Raw) text.Raw {
	if strings.TrimSpace(v.String()) == "" {
		return ""
	}
	return v
}

// mine is the reader's own label of an output, nil: none.
func (s *Screen) mine(r *session.Reading) *session.Verdict {
	for i, v := range r.Verdicts {
		if v.Mode == session.JudgePassFail && v.Judge == s.deps.As && !v.Undone && v.Choice != session.ChoiceSkip {
			return &r.Verdicts[i]
		}
	}
	return nil
}

// label keeps a pass or a fail of an output.
func (s *Screen) label(r session.Reading, c session.Choice, reason text.Raw) tea.Cmd {
	me, keep := s.deps.As, s.deps.Label
	if keep == nil {
		return kit.Say("labels can't be kept here")
	}
	cell := r.Cell.ID
	v := session.Verdict{
		PromptID: r.PromptID, Judge: me, Mode: session.JudgePassFail, Choice: c, Reason: reason, AtMS: s.deps.NowMS(),
		Left: session.Side{CellID: cell, Contestant: r.Cell.Contestant}, Case: r.Cell.Case(), CaseTags: r.Cell.CaseTags, Take: r.Cell.Take,
	}
	said := "passed"
	if c == session.ChoiceFail {
		said = "failed"
		if reason != "" {
			said += ": " + text.Show(reason).OneLine().Truncate(40).String()
		}
	}
	return s.deed("the last label is still being written", did{cell: cell, said: said, next: true, apply: func(r *session.Reading) {
		r.Verdicts = slices.DeleteFunc(slices.Clone(r.Verdicts), func(o session.Verdict) bool {
			return o.Judge == me && o.Mode == session.JudgePassFail
		})
		r.Verdicts = append([]session.Verdict{v}, r.Verdicts...)
	}}, func(ctx context.Context) error { return keep(ctx, cell, c, me, reason) })
}

func (s *Screen) note() tea.Cmd {
	r, me, keep := s.current(), s.deps.As, s.deps.Note
	if keep == nil {
		return kit.Say("notes can't be kept here")
	}
	cell := r.Cell.ID
	e := s.write("note", "enter keeps · esc leaves", "what is to be remembered of this output", "", func(v text.Raw) tea.Cmd {
		n := session.Note{
			CellID: cell, RunID: r.Cell.RunID, Variant: r.Cell.Contestant.Variant, Model: r.Cell.Contestant.Model, CaseName: r.Cell.CaseName,
			Text: v, By: me, CreatedMS: s.deps.NowMS(),
		}
		return s.deed("the note is still being written", did{cell: cell, said: "note kept; m puts it under a failure mode", apply: func(r *session.Reading) {
			r.Notes = append([]session.Note{n}, r.Notes...)
		}}, func(ctx context.Context) error { return keep(ctx, cell, me, v) })
	})
	e.check = func(v text.Raw) string {
		if trim(v) == "" {
			return "a note needs words"
		}
		return ""
	}
	return nil
}

// gotUndone is what an undo left of what is read.
type gotUndone struct {
	edit  session.Edit
	items []session.Reading
	total int
	five  bool
	err   error
}

// undo takes the last edit back and goes to the output that it was of.
func (s *Screen) undo() tea.Cmd {
	back, load, q := s.deps.Undo, s.deps.Readings, s.q
	if back == nil || load == nil {
		return kit.Say("nothing can be taken back here")
	}
	q.Limit = max(pageSize, len(s.all.items))
	day := s.five != nil
	if day {
		q = session.ReadQuery{Limit: fiveADay}
		for _, r := range s.five.items {
			q.CellIDs = append(q.CellIDs, r.Cell.ID)
		}
	}
	s.busy = "the last edit is still being taken back"
	return s.ask(askDeed, func(ctx context.Context) tea.Msg {
		e, err := session.Undone(back(ctx))
		if err != nil {
			return gotUndone{err: err}
		}
		items, total, err := load(ctx, q)
		return gotUndone{e, items, total, day, err}
	})
}

func (s *Screen) onUndone(m gotUndone) tea.Cmd {
	s.busy = ""
	if m.err != nil {
		return kit.Fail(m.err)
	}
	say := kit.Say(m.edit.TookBack())
	if s.page == onModes {
		return tea.Batch(say, s.modes.load())
	}
	if m.five != (s.five != nil) {
		return say
	}
	s.drop(askList)
	s.drop(askMore)
	s.all.asking = false
	k := s.front()
	changed := int64(0)
	if r := k.current(); r != nil {
		changed = r.Cell.ID
	}
	for _, r := range m.items {
		i := k.place(r.Cell.ID)
		if i >= 0 && !sameSaid(&k.items[i], &r) {
			changed = r.Cell.ID
		}
		if i >= 0 && m.five {
			k.items[i] = r
		}
	}
	if m.five {
		s.five.over = false
	} else {
		k.items, k.total = m.items, m.total
	}
	k.at = max(0, k.place(changed))
	return tea.Batch(say, s.moved())
}

// sameSaid reports whether as much was said of one output as of the other.
func sameSaid(a, b *session.Reading) bool {
	label := func(r *session.Reading) map[text.Raw]session.Choice {
		out := map[text.Raw]session.Choice{}
		for _, v := range r.Verdicts {
			if v.Mode == session.JudgePassFail {
				out[v.Judge] = v.Choice
			}
		}
		return out
	}
	correction := func(r *session.Reading) text.Raw {
		if r.Correction == nil {
			return ""
		}
		return r.Correction.Text
	}
	return len(a.Notes) == len(b.Notes) && correction(a) == correction(b) && (a.Correction == nil) == (b.Correction == nil) &&
		maps.Equal(label(a), label(b))
}

// whyPropose says why no assertions can be proposed from the output in hand.
func (s *Screen) whyPropose() string {
	r := s.current()
	switch {
	case r == nil:
		return "no output is in hand"
	case r.Correction == nil && s.mine(r) == nil && !r.Standing().Good() && !r.Standing().Bad():
		return "pass it, fail it or correct it first: assertions are proposed from what you said"
	}
	return ""
}

func (s *Screen) propose() tea.Cmd {
	r := s.current()
	from := session.ProposeFrom{PromptID: r.PromptID, CellID: r.Cell.ID}
	return func() tea.Msg { return kit.Goto{Screen: "suite", Arg: from} }
}

func (s *Screen) bench() tea.Cmd {
	to := kit.Goto{Screen: "bench"}
	if r := s.current(); r != nil {
		to.Arg = r.Cell.RunID
	}
	return func() tea.Msg { return to }
}

// copy sends the whole answer, to the byte, to the clipboard.
func (s *Screen) copy() tea.Cmd {
	v := s.current().Output.Whole()
	return tea.Batch(kit.ToClipboard(v), kit.Say("the answer was sent to the terminal's clipboard, "+count(len(v), "byte")))
}
