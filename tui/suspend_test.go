package tui

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// terminalBytes keeps what was written to it.
type terminalBytes struct {
	mu sync.Mutex
	s  strings.Builder
}

func (b *terminalBytes) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.s.Write(p)
}

func (b *terminalBytes) has(s string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.s.String(), s)
}

// pauseCounter stops whenever it is told to, and shows how often it came back.
type pauseCounter struct{ back int }

func (m pauseCounter) Init() tea.Cmd { return nil }

func (m pauseCounter) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg.(type) {
	case Suspend:
		return m, tea.Exec(&pausing{stop: func() error { return nil }}, func(err error) tea.Msg { return resumed{err} })
	case resumed:
		m.back++
	}
	return m, nil
}

func (m pauseCounter) View() tea.View { return tea.NewView(fmt.Sprintf("back %d\n", m.back)) }

// After a stop the screen is drawn again, also on one processor, where what drew
// it before is sure to be behind.
func TestSuspendDrawsAgain(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	out := &terminalBytes{}
	p := tea.NewProgram(pauseCounter{}, tea.WithInput(nil), tea.WithOutput(out), tea.WithoutSignalHandler(), tea.WithFPS(120), tea.WithWindowSize(80, 24))
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = p.Run() }()
	defer func() { p.Kill(); <-ended }()
	for i := 1; i <= 3; i++ {
		p.Send(Suspend{})
		deadline := time.Now().Add(5 * time.Second)
		for !out.has(fmt.Sprint(i)) {
			if time.Now().After(deadline) {
				t.Fatalf("nothing drawn after stop %d", i)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
