package suite

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// start begins the check, or notes that it is to begin once its cost is known.
func (s *Screen) start() tea.Cmd {
	if !s.known() {
		s.setup.armed = true
		return nil
	}
	return s.askStart(false)
}

// fire begins the check that was to begin once its cost is known, if it now is.
func (s *Screen) fire() tea.Cmd {
	p := s.setup
	if !p.armed || !s.known() && p.estErr == nil {
		return nil
	}
	p.armed = false
	if why := s.noStart(); why != "" {
		return kit.Say(why)
	}
	return s.askStart(true)
}

// recount asks again what the check would cost, where that is not known any more.
func (s *Screen) recount() tea.Cmd {
	if s.mode != modeSetup || s.setup == nil || s.setup.loading || s.known() {
		return nil
	}
	return s.estimate()
}

// Disarm takes back that the check is to start.
func (s *Screen) Disarm() {
	if s.setup != nil {
		s.setup.armed = false
	}
}

// Leave notes that the station is not looked at any more: nothing starts then.
func (s *Screen) Leave() tea.Cmd {
	s.Disarm()
	return nil
}

// askStart begins the check, after one more question where it may cost money. The
// question is uninvited where enter was pressed a while ago.
func (s *Screen) askStart(uninvited bool) tea.Cmd {
	p, of := s.setup, s.setup.estOf
	if p.est.Free || p.est.Calls == 0 {
		return s.begin()
	}
	detail := "What it will cost is unknown: your config names no price for one of the models."
	if p.est.CostUSD != nil {
		detail = "It will cost " + kit.AtMost(p.est.CostUSD, p.est.Source) + "."
	}
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Send " + kit.Plural(p.est.Calls, "request", "requests") + "?", Detail: text.Of(detail),
		YesLabel: "send", Yes: func() tea.Cmd { return s.agreed(p, of) }, Danger: true, Uninvited: uninvited,
	})
}

// agreed begins the check that a question was about. Where another workbench or a
// command changed meanwhile what would be sent, nothing is.
func (s *Screen) agreed(p *setup, of string) tea.Cmd {
	if s.setup != p || p.estOf != of || !s.known() {
		return kit.Say("nothing was sent: the prompt was changed meanwhile; read what it will cost now")
	}
	return s.begin()
}

type startedMsg struct {
	live   Live
	before *session.Check
	err    error
}

func (s *Screen) begin() tea.Cmd {
	p, d := s.setup, s.deps
	if p == nil || p.starting || d.Start == nil {
		return nil
	}
	p.starting = true
	plan := s.plan()
	check, run := s.baseline()
	return s.ask(askStart, func(ctx context.Context) tea.Msg {
		before, err := readBaseline(ctx, d, plan, check, run)
		if err != nil {
			return startedMsg{err: err}
		}
		live, err := d.Start(ctx, plan)
		return startedMsg{live, before, err}
	})
}
