package proof

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// leaf is a page that lies over the views until it is closed: the intern test, a
// comparison, a question to the model.
type leaf interface {
	title() string
	help() string
	actions() []kit.Action
	update(msg tea.Msg) tea.Cmd
	resize(w, h int)
	view() string
	typing() bool
	cursor() *tea.Cursor
	wants(msg tea.KeyPressMsg) bool
	restyle()
}

// still is a leaf in which nothing is typed.
type still struct{}

func (still) typing() bool                   { return false }
func (still) cursor() *tea.Cursor            { return nil }
func (still) wants(msg tea.KeyPressMsg) bool { return false }

func act(id, label, long string, show bool, why func() string, do func() tea.Cmd, keys ...string) kit.Action {
	return kit.Action{ID: "proof." + id, Key: kit.Bind(label, keys...), Long: long, Why: why, Do: do, Show: show}
}

// openLeaf lays a page over the views.
func (s *Screen) openLeaf(l leaf) {
	s.leaf = l
	l.resize(s.w, s.h)
}

// closeLeaf goes back to the view.
func (s *Screen) closeLeaf() tea.Cmd {
	s.leaf = nil
	s.place()
	return s.sync()
}

// Wants reports whether a chord belongs to the text that is being written.
func (s *Screen) Wants(msg tea.KeyPressMsg) bool { return s.leaf != nil && s.leaf.wants(msg) }

// onPages takes in what the pages over the views asked for.
func (s *Screen) onPages(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case silencedMsg:
		return s.silenced(m)
	case otherVariantsMsg:
		return s.gotVariants(m)
	case revisionsMsg:
		return s.gotRevisions(m)
	case comparedMsg:
		return s.compared(m)
	case internMsg:
		return s.gotIntern(m)
	case internKept:
		return s.internWritten(m)
	case splitMsg:
		return s.wasSplit(m)
	case failuresMsg:
		return s.gotFailures(m)
	}
	return s.onWhy(msg)
}
