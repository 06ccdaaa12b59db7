package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

func many(n, cols int) *board {
	cells := make([]session.Cell, 0, n*cols)
	for c := range n {
		for v := range cols {
			cells = append(cells, session.Cell{
				ID: int64(len(cells) + 1), Index: len(cells), CaseID: int64(c + 1), CaseName: text.Raw(fmt.Sprintf("c%05d", c)), Take: 1,
				Contestant: session.Contestant{RevisionID: int64(v), Model: "m/m", Variant: session.VariantRef{Prompt: "p", Variant: fmt.Sprintf("v%d", v), Revision: 1}},
			})
		}
	}
	return newBoard(9, cells)
}

// BenchmarkKey64Streams is a key and its frame while 64 cells stream.
func BenchmarkKey64Streams(b *testing.B) {
	s := bench64(b)
	b.ResetTimer()
	for i := range b.N {
		press(s, []string{"right", "left", "down", "]"}[i%4])
		_ = s.View()
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed())/float64(bareFrames(s.View(), b.N)), "x-bare")
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(16*time.Millisecond), "of-16ms")
}

// bareFrames is how long it takes to measure and put together the lines of a
// frame n times: what any screen of that size costs.
func bareFrames(frame string, n int) time.Duration {
	lines := strings.Split(frame, "\n")
	start := time.Now()
	for range n {
		w := 0
		for _, l := range lines {
			w = max(w, kit.Width(l))
		}
		bareFrame = strings.Join(lines, "\n")
	}
	return max(1, time.Since(start))
}

var bareFrame string // so that the work is not thought away

// BenchmarkTick64Streams is a frame of the pump with news of 64 cells.
func BenchmarkTick64Streams(b *testing.B) {
	s := bench64(b)
	f := s.flights[0]
	b.ResetTimer()
	for range b.N {
		s.onPump(f, beatOf(64))
		_ = s.View()
	}
}

func beatOf(n int) pumped {
	var ups []Update
	for i := range n {
		ups = append(ups, Update{Index: i, Status: session.StatusRunning, Text: " and some more words"})
	}
	return pumped{ups, Progress{LeftMS: 5000}, time.UnixMilli(1)}
}

func bench64(b *testing.B) *Screen {
	tab := table(b)
	w := newWorld(tab)
	s := start(b, tab, w)
	board := many(16, 64)
	f := &flight{live: newFake(nil), board: board, gen: 99}
	s.flights = []*flight{f}
	s.lay(board)
	s.Resize(160, 43)
	for range 100 {
		s.onPump(f, beatOf(64))
	}
	return s
}

// BenchmarkGrid100k is a key and its frame in a table of 100,000 cells.
func BenchmarkGrid100k(b *testing.B) {
	tab := table(b)
	s := start(b, tab, newWorld(tab))
	s.lay(many(25_000, 4))
	s.show(viewGrid)
	s.Resize(160, 43)
	b.ResetTimer()
	for range b.N {
		s.Update(tea.KeyPressMsg{Code: tea.KeyPgDown})
		_ = s.View()
	}
}
