package tui

import (
	"fmt"
	"runtime/debug"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// Safe stands around the root model and turns a panic, in Update, in View or in
// a command, into an orderly end: the terminal is restored, and the words are
// kept instead of being printed raw.
type Safe struct {
	m    tea.Model
	mu   sync.Mutex
	why  string
	last tea.View
}

// NewSafe makes the model safe to run.
func NewSafe(m tea.Model) *Safe { return &Safe{m: m} }

// Panic is what went wrong, with its stack, or "".
func (s *Safe) Panic() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.why
}

func (s *Safe) caught(v any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.why == "" {
		s.why = fmt.Sprintf("%v\n%s", v, debug.Stack())
	}
}

// Init starts the model.
func (s *Safe) Init() tea.Cmd { return s.cmd(s.m.Init()) }

// Update gives the model a message.
func (s *Safe) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			s.caught(v)
			m, cmd = s, tea.Quit
		}
	}()
	if s.Panic() != "" { // in View
		return s, tea.Quit
	}
	if batch, ok := msg.(safeBatch); ok {
		return s, tea.Batch(batch...)
	}
	next, c := s.m.Update(msg)
	s.m = next
	return s, s.cmd(c)
}

// View draws the model; what can't be drawn leaves the last picture.
func (s *Safe) View() (v tea.View) {
	defer func() {
		if p := recover(); p != nil {
			s.caught(p)
			v = s.last
		}
	}()
	s.last = s.m.View()
	return s.last
}

type safeBatch []tea.Cmd

// cmd makes a command whose panic ends the program in order. The commands of a
// batch are made so too.
func (s *Safe) cmd(c tea.Cmd) tea.Cmd {
	if c == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				s.caught(v)
				msg = tea.QuitMsg{}
			}
		}()
		switch m := c().(type) {
		case tea.BatchMsg:
			out := make(safeBatch, len(m))
			for i, c := range m {
				out[i] = s.cmd(c)
			}
			return out
		default:
			return m
		}
	}
}
