package bench

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// frame is how long the pump gathers before it comes home.
const frame = 33 * time.Millisecond

// flight is a run that this screen watches. Its board grows whether or not it
// is the one that is shown.
type flight struct {
	live     Live
	board    *board
	gen      uint64
	progress Progress
}

// pumped is what came since the last frame, merged per cell.
type pumped struct {
	ups      []Update
	progress Progress
	at       time.Time
}

// pump waits for the bell, gathers for one frame and comes home with everything
// new. Update sends it out again until the run has ended. A bell that stays
// silent for a second brings the progress home all the same, so that the clock
// of a slow run moves.
func (s *Screen) pump(f *flight) tea.Cmd {
	asker, live, gen := s, f.live, f.gen
	return func() tea.Msg {
		idle := time.NewTimer(time.Second)
		defer idle.Stop()
		select {
		case <-live.Bell():
			time.Sleep(frame)
		case <-idle.C:
		}
		p := live.Progress() // before the drain: what it counts as ended has been rung for
		return kit.Home{Asker: asker, Gen: gen, Msg: pumped{live.Drain(), p, time.Now()}}
	}
}

// onPump takes in a frame and sends the pump out again.
func (s *Screen) onPump(f *flight, m pumped) tea.Cmd {
	f.board.apply(m.ups, m.at)
	f.progress, f.board.free = m.progress, m.progress.Free
	if f.board == s.board {
		s.follow(m.ups, m.at)
		s.settle()
	}
	if !m.progress.Ended {
		return tea.Batch(s.pump(f), s.refreshAsks(), s.compare(), s.readDevices())
	}
	s.flights = without(s.flights, f)
	asks := s.refreshAsks()
	s.place()
	if f.board == s.board {
		s.run.State = m.progress.State
		s.settle()
	}
	return tea.Batch(s.loadRuns(0), asks, s.compare())
}

func without(fs []*flight, f *flight) []*flight {
	var out []*flight
	for _, g := range fs {
		if g != f {
			out = append(out, g)
		}
	}
	return out
}

// flightOf returns the flight of a run, nil when it does not run here.
func (s *Screen) flightOf(runID int64) *flight {
	for _, f := range s.flights {
		if f.board.runID == runID {
			return f
		}
	}
	return nil
}

// shown is the flight of the run that is shown, or nil.
func (s *Screen) shown() *flight {
	if s.board == nil {
		return nil
	}
	return s.flightOf(s.board.runID)
}

// settled is how long a case stays before the screen follows the run to another.
const settled = 1200 * time.Millisecond

// follow moves to the case in which something happens, until a key of the reader
// chose one.
func (s *Screen) follow(ups []Update, now time.Time) {
	if s.steered || s.view != viewColumns || s.close != nil || now.Sub(s.moved) < settled {
		return
	}
	busy := false
	for c := range s.board.cols {
		if x := s.board.at(s.row, c, s.take); x != nil && !x.status.Ended() {
			busy = true
		}
	}
	if busy {
		return
	}
	for _, u := range ups {
		if i := s.board.place(u.Index); i >= 0 && s.board.cells[i].status == session.StatusRunning {
			s.row, s.take = s.board.cells[i].row, max(1, s.board.cells[i].cell.Take)
			s.moved, s.columns.top = now, 0
			return
		}
	}
}
