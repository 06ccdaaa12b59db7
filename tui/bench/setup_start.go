package bench

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// counting reports whether what is chosen, or what it will cost, is still being
// found out.
func (s *Screen) counting() bool {
	return s.listing() || s.asked[askEstimate] != 0
}

// listing reports whether what there is to choose from is still being read.
func (s *Screen) listing() bool { return s.asked[askVariants] != 0 || s.asked[askModels] != 0 }

// start begins the run, or notes that it is to begin once its cost is known.
func (s *Screen) start() tea.Cmd {
	if s.counting() {
		s.setup.armed = true
		return nil
	}
	return s.confirm(false)
}

// fire begins the run that was to begin once its cost is known, if it now is.
func (s *Screen) fire() tea.Cmd {
	p := s.setup
	if p == nil || !p.armed || s.counting() {
		return nil
	}
	p.armed = false
	if why := s.cantStart(); why != "" {
		return kit.Say(why)
	}
	return s.confirm(true)
}

// cantStart says why a run can't be started, or "".
func (s *Screen) cantStart() string {
	p := s.setup
	if p == nil {
		return "no run is being set up"
	}
	c := p.choice(s)
	switch {
	case p.starting:
		return "the run is starting"
	case s.listing():
		return "" // it starts then
	case c.lacks() != "":
		return c.lacks()
	case s.counting():
		return ""
	case p.estErr != nil:
		return "it can't be estimated: " + p.estErr.Error()
	case !p.known(s):
		return "what it will cost is not known"
	}
	return ""
}

// back leaves the panel, or takes back that the run is to start.
func (s *Screen) back() tea.Cmd {
	if s.setup.armed {
		s.setup.armed = false
		return nil
	}
	s.setup = nil
	return nil
}

// confirm begins the run, after one more question where it may cost money. The
// question is uninvited where enter was pressed a while ago.
func (s *Screen) confirm(uninvited bool) tea.Cmd {
	p, of := s.setup, s.setup.estOf
	if p.est.Free || p.est.Calls == 0 {
		return s.begin()
	}
	detail := "What it will cost is unknown: your config names no price for one of the models."
	if p.est.CostUSD != nil {
		detail = "It will cost " + kit.AtMost(p.est.CostUSD, p.est.Source) + "."
	}
	if b := p.how.budgets(); b != "" {
		detail += " " + b
	}
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Send " + kit.Plural(p.est.Calls, "request", "requests") + "?", Detail: text.Of(detail),
		YesLabel: "send", Yes: func() tea.Cmd { return s.agreed(p, of) }, Danger: true, Uninvited: uninvited,
	})
}

// agreed begins the run that a question was about. Where another workbench or a
// command changed meanwhile what would be sent, nothing is.
func (s *Screen) agreed(p *setup, of string) tea.Cmd {
	if s.setup != p || p.estOf != of || !p.known(s) {
		return kit.Say("nothing was sent: the prompt was changed meanwhile; read what it will cost now")
	}
	return s.begin()
}

func (s *Screen) begin() tea.Cmd {
	p, run := s.setup, s.deps.Start
	if p == nil || run == nil || p.starting {
		return nil
	}
	p.starting = true
	c := p.choice(s)
	return s.ask(askStart, func(ctx context.Context) tea.Msg {
		live, err := run(ctx, c)
		if err != nil {
			return startedMsg{err: err}
		}
		return startedMsg{live: live, board: newBoard(live.RunID(), live.Cells())}
	})
}
