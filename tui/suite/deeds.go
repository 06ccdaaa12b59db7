package suite

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// do makes a change in the store. It is said when it is there, and not before.
func (s *Screen) do(f func(ctx context.Context) deedMsg) tea.Cmd {
	return s.ask(askDeed, func(ctx context.Context) tea.Msg { return f(ctx) })
}

func (s *Screen) onDeed(m deedMsg) tea.Cmd {
	if m.err != nil {
		return tea.Batch(kit.Fail(m.err), s.load())
	}
	if m.want != 0 {
		s.wanted = m.want
	}
	cmds := []tea.Cmd{s.load()}
	if m.said != "" {
		cmds = append(cmds, kit.Say(m.said))
	}
	if m.then != nil {
		cmds = append(cmds, m.then())
	}
	return tea.Batch(cmds...)
}

// nameSuite asks for the name of a suite.
func (s *Screen) nameSuite(heading string, value text.Raw, done func(name string) tea.Cmd) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: heading, Label: "Letters, digits and - _ . without spaces.", Value: value,
		Check: func(r text.Raw) string {
			if err := session.CheckName("suite", bytesOf(r)); err != nil {
				var ne *session.NameError
				if errors.As(err, &ne) {
					return "a name " + ne.Why
				}
				return err.Error()
			}
			if r != value && s.taken(r) || value != "" && r == value && s.taken(r) && heading == newHeading {
				return "there is a suite of that name already"
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd { return done(bytesOf(r)) },
	})
}

const newHeading = "New suite"

func (s *Screen) taken(r text.Raw) bool {
	for _, x := range s.suites {
		if x.Name == r {
			return true
		}
	}
	return false
}

// freeName is a name for a suite that is not in use: the prompt's, or that with a
// number.
func (s *Screen) freeName() text.Raw {
	base := s.promptName()
	if session.CheckName("suite", bytesOf(base)) != nil {
		base = "suite"
	}
	name := base
	for n := 2; s.taken(name); n++ {
		name = base + text.Raw(fmt.Sprintf("-%d", n))
	}
	return name
}

// create makes a suite after asking for its name, and goes on with then.
func (s *Screen) create(then func(id int64) tea.Cmd) tea.Cmd {
	d, prompt := s.deps, s.prompt
	if d.Create == nil {
		return kit.Say("suites can't be made here")
	}
	return s.nameSuite(newHeading, s.freeName(), func(name string) tea.Cmd {
		return s.do(func(ctx context.Context) deedMsg {
			x, err := d.Create(ctx, prompt, name)
			m := deedMsg{said: "suite " + name + " made", want: x.ID, err: err}
			if then != nil {
				m.said, m.then = "", func() tea.Cmd { return then(x.ID) }
			}
			return m
		})
	})
}

func (s *Screen) newSuite() tea.Cmd { return s.create(nil) }

func (s *Screen) rename() tea.Cmd {
	x, _ := s.suite()
	d := s.deps
	return s.nameSuite("Rename suite", x.Name, func(name string) tea.Cmd {
		return s.do(func(ctx context.Context) deedMsg {
			return deedMsg{said: "now it is " + name, want: x.ID, err: d.Rename(ctx, x.ID, name)}
		})
	})
}

func (s *Screen) remove() tea.Cmd {
	x, _ := s.suite()
	d := s.deps
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Delete this suite?", YesLabel: "delete",
		Detail: text.Show(x.Name).OneLine().Append(text.Of(" and its " + kit.Plural(len(x.Assertions), "assertion", "assertions") + ". u takes it back.")),
		Yes: func() tea.Cmd {
			return s.do(func(ctx context.Context) deedMsg {
				return deedMsg{said: "suite deleted; u takes it back", err: d.Delete(ctx, x.ID)}
			})
		},
	})
}

func (s *Screen) undo() tea.Cmd {
	d := s.deps
	return s.do(func(ctx context.Context) deedMsg {
		e, err := session.Undone(d.Undo(ctx))
		return deedMsg{said: e.TookBack(), err: err}
	})
}

// change stores the assertion in hand with a change made to it.
func (s *Screen) change(a session.Assertion, said string) tea.Cmd {
	d := s.deps
	return s.do(func(ctx context.Context) deedMsg { return deedMsg{said: said, err: d.Change(ctx, a)} })
}

func (s *Screen) negate() tea.Cmd {
	a, ok := s.assertion()
	if !ok {
		return nil
	}
	a.Not = !a.Not
	return s.change(a, "now: "+line(a).String())
}

func (s *Screen) drop() tea.Cmd {
	a, ok := s.assertion()
	if !ok {
		return nil
	}
	d := s.deps
	return s.do(func(ctx context.Context) deedMsg {
		return deedMsg{said: "dropped; u takes it back", err: d.Drop(ctx, a.ID)}
	})
}

func (s *Screen) weigh() tea.Cmd {
	a, ok := s.assertion()
	if !ok {
		return nil
	}
	value := weight(a.Weight)
	if value == "" {
		value = "1"
	}
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Weight", Label: "How much it counts: 1 as the others, 0 recorded and never fails.", Value: text.Raw(value),
		Check: func(r text.Raw) string { _, why := parseWeight(bytesOf(r)); return why },
		Done: func(r text.Raw) tea.Cmd {
			w, _ := parseWeight(bytesOf(r))
			a.Weight = w
			return s.change(a, "weight "+weightOf(w))
		},
	})
}

func parseWeight(v string) (w float64, why string) {
	w, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || !(w >= 0) || w > 1e6 {
		return 0, "a number from 0 up"
	}
	return w, ""
}

// aim moves an assertion between every case and one.
func (s *Screen) aim() tea.Cmd {
	a, ok := s.assertion()
	if !ok {
		return nil
	}
	cases := s.deps.Table.Cases
	if s.deps.Table.Prompt.ID != s.prompt {
		cases = nil
	}
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "It holds for"}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("every case")})
	for i, c := range cases {
		ch := kit.Choice{Label: text.Show(c.Name).OneLine()}
		if len(c.Vars) > 0 {
			ch.Note = text.Head(c.Vars[0].Value, 40)
		}
		if a.ForCase(session.CaseKey{ID: c.ID, Name: c.Name}) && (a.CaseID != 0 || a.CaseName != "") {
			m.Start = i + 1
		}
		m.Choices = append(m.Choices, ch)
	}
	m.Done = func(i int) tea.Cmd {
		a.CaseID, a.CaseName = 0, ""
		if i > 0 {
			a.CaseID, a.CaseName = cases[i-1].ID, cases[i-1].Name
		}
		return s.change(a, "it holds for "+whose(a).String())
	}
	return kit.Open(m)
}
