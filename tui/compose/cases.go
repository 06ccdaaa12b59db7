package compose

import (
	tea "charm.land/bubbletea/v2"

	"galley/tui/kit"
)

// toCases opens the page of the prompt's cases, which comes back here.
func (s *Screen) toCases() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "cases", Arg: "compose"} }
}

// toResources opens the page of the prompt's resources.
func (s *Screen) toResources() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "resources"} }
}
