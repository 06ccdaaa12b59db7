package study

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// frame is how long the pump gathers before it comes home.
const frame = 100 * time.Millisecond

// flight is a study that runs in this process. It goes on whatever is looked at.
type flight struct {
	live     Live
	gen      uint64
	progress Progress
	readMS   int64 // when it was read last, and how far it was
	readAt   int
}

// pumped is how far a study has come.
type pumped struct{ progress Progress }

// pump waits for news of a study and comes home with how far it is. A bell that
// stays silent for a second brings it home all the same, so that the clock moves.
func (s *Screen) pump(f *flight) tea.Cmd {
	live, gen := f.live, f.gen
	return func() tea.Msg {
		idle := time.NewTimer(time.Second)
		defer idle.Stop()
		select {
		case <-live.Bell():
			time.Sleep(frame)
		case <-idle.C:
		}
		return kit.Home{Asker: s, Gen: gen, Msg: pumped{live.Progress()}}
	}
}

// began shows a study that was started.
func (s *Screen) began(m gotLive) tea.Cmd {
	s.busy = ""
	if m.err != nil {
		if s.setup != nil {
			s.setup.starting = false
		}
		return kit.Fail(m.err)
	}
	s.setup, s.result = nil, nil
	f := &flight{live: m.live, gen: s.next(), progress: m.live.Progress()}
	s.flights = append(s.flights, f)
	s.want = m.live.ID()
	s.arrange()
	return tea.Batch(s.pump(f), s.load())
}

// onPump takes in how far a study is; when it has ended it is read.
func (s *Screen) onPump(f *flight, m pumped) tea.Cmd {
	f.progress = m.progress
	if !m.progress.Ended {
		return tea.Batch(s.pump(f), s.glance(f))
	}
	id := f.live.ID()
	var rest []*flight
	for _, g := range s.flights {
		if g != f {
			rest = append(rest, g)
		}
	}
	s.flights = rest
	s.arrange()
	var say tea.Cmd
	if m.progress.Trouble != "" {
		say = kit.Say("the study ended early: " + m.progress.Trouble)
	}
	cmds := []tea.Cmd{say, s.load()}
	if s.result != nil && s.result.r.Entry.ID == id {
		cmds = append(cmds, s.read(id, false))
	}
	return tea.Batch(cmds...)
}

// A study that runs is read anew now and then.
const (
	glanceMS    = 2000 // not before so long after the last time
	glanceParts = 20   // and when another part of so many is done
)

// glance reads a study that is looked at while it runs: what is complete of it.
func (s *Screen) glance(f *flight) tea.Cmd {
	id, now := f.live.ID(), s.now()
	done := f.progress.Done + f.progress.Failed
	looked := s.result != nil && s.result.r.Entry.ID == id
	if e := s.entry(); s.result == nil && s.setup == nil && e != nil {
		looked = e.ID == id
	}
	if !looked || s.busy != "" || s.d.Read == nil || now-f.readMS < glanceMS || (done-f.readAt)*glanceParts < f.progress.Cells {
		return nil
	}
	f.readMS, f.readAt = now, done
	return s.read(id, false)
}

// flightOf is the flight of a study, nil when it does not run here.
func (s *Screen) flightOf(id int64) *flight {
	for _, f := range s.flights {
		if f.live.ID() == id {
			return f
		}
	}
	return nil
}

// start begins what is set up, or notes that it is to begin once its cost is known.
func (s *Screen) start() tea.Cmd {
	if !s.setup.known {
		s.setup.armed = true
		return nil
	}
	return s.askStart(false)
}

// fire begins what was to begin once its cost is known.
func (s *Screen) fire() tea.Cmd {
	if !s.setup.armed {
		return nil
	}
	s.setup.armed = false
	if why := s.whyStart(); why != "" {
		return kit.Say(why)
	}
	return s.askStart(true)
}

// Leave notes that the page is not looked at any more: nothing starts then.
func (s *Screen) Leave() tea.Cmd {
	s.Disarm()
	return nil
}

// Disarm takes back that the study is to start.
func (s *Screen) Disarm() {
	if s.setup != nil {
		s.setup.armed = false
	}
}

// askStart begins what is set up, after one more question where it may cost money. The
// question is uninvited where enter was pressed a while ago.
func (s *Screen) askStart(uninvited bool) tea.Cmd {
	p, est, epoch := s.setup, s.setup.est, s.setup.epoch
	if est.Free || est.Calls == 0 {
		return s.begin()
	}
	detail := "What it will cost is unknown: your config names no price for this model."
	if est.CostUSD != nil {
		detail = "It will cost " + kit.AtMost(est.CostUSD, est.Source) + "."
	}
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Send " + kit.Plural(est.Calls, "request", "requests") + "?", Detail: text.Of(detail),
		YesLabel: "send", Danger: true, Uninvited: uninvited, Yes: func() tea.Cmd {
			if s.setup != p || !p.known || p.epoch != epoch || p.est.Calls != est.Calls || p.est.CostUSD != est.CostUSD || s.whyStart() != "" {
				return kit.Say("nothing was sent: what would be asked has changed meanwhile; read what it will cost now")
			}
			return s.begin()
		},
	})
}

func (s *Screen) begin() tea.Cmd {
	p := s.setup
	p.starting = true
	c, begin := p.choice(), s.d.Start
	c.Cases = p.est.Cases
	return s.ask(0, func(ctx context.Context) tea.Msg {
		live, err := begin(ctx, c)
		return gotLive{live, err}
	})
}

// goOn asks what the study in hand still lacks.
func (s *Screen) goOn() tea.Cmd {
	e, more := s.inHand(), s.d.GoOn
	s.busy = "going on …"
	return s.ask(0, func(ctx context.Context) tea.Msg {
		live, err := more(ctx, e.ID)
		return gotLive{live, err}
	})
}

// askCut asks again what was cut, with more room, once it is said what that takes.
func (s *Screen) askCut() tea.Cmd {
	r := s.result.r
	many, room := kit.Plural(r.Cut, "answer", "answers"), kit.Thousands(r.Room)
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Ask " + many + " again?", YesLabel: "ask",
		Detail: text.Of(fmt.Sprintf("What was cut is asked again with up to %s tokens each, at most %s in all; nothing else is. It then counts in the place of what was cut.", room, kit.Thousands(r.Cut*r.Room))),
		Yes: func() tea.Cmd {
			again := s.d.AskCut
			s.busy = "asking again …"
			return s.ask(0, func(ctx context.Context) tea.Msg {
				live, err := again(ctx, r.Entry.ID, r.Room)
				return gotLive{live, err}
			})
		},
	})
}

// stop ends the study in hand; what was answered is kept.
func (s *Screen) stop() tea.Cmd {
	f := s.flightOf(s.inHand().ID)
	f.live.Stop()
	return kit.Say("stopping; what was answered is kept, and g goes on with it")
}
