package tui

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/themes"
	"galley/tui/kit"
)

// actions are the keys that work at every station.
func (a *App) actions() []kit.Action {
	out := []kit.Action{
		{
			ID: "app.help", Key: kit.Bind("help", "?"), Long: "Explain what has focus, with all its keys.",
			Do: func() tea.Cmd { a.openHelp(); return nil },
		},
		{
			ID: "app.palette", Key: kit.Bind("all actions", "ctrl+k"), Long: "Find any action by its name and do it.",
			Do: func() tea.Cmd { a.openPalette(); return nil },
		},
	}
	numbers := !countsOn(a.screen())
	for i, s := range a.stations() {
		name := s.Title()
		keys := []string{fmt.Sprintf("alt+%d", i+1), fmt.Sprintf("f%d", i+1)}
		if numbers {
			keys = append([]string{fmt.Sprint(i + 1)}, keys...)
		}
		out = append(out, kit.Action{
			ID:   "app." + strings.ToLower(name),
			Key:  kit.Bind(name, keys...),
			Long: "Go to the station " + name + "; with alt or as F key also while you write.",
			Do:   func() tea.Cmd { return a.station(i) },
		})
	}
	return append(out,
		kit.Action{
			ID: "app.next", Key: kit.Bind("next station", "ctrl+right", "ctrl+n"), Long: "Go to the next station.",
			Do: func() tea.Cmd { return a.station((a.standing() + 1) % len(a.stations())) },
		},
		kit.Action{
			ID: "app.theme", Key: kit.Bind("theme", "ctrl+t"), Long: "Change between the dark and the light theme.",
			Do: a.nextTheme,
		},
		kit.Action{
			ID: "app.mouse", Key: kit.Bind("mouse", "ctrl+o"), Long: "Give the mouse to the terminal, to select and copy with it, or take it back.",
			Do: a.toggleMouse,
		},
		kit.Action{
			ID: "app.redraw", Key: kit.Bind("redraw", "ctrl+l"), Long: "Draw the screen anew.",
			Do: func() tea.Cmd { return tea.ClearScreen },
		},
		kit.Action{
			ID: "app.suspend", Key: kit.Bind("suspend", "ctrl+z"), Long: "Go back to the shell; fg returns.",
			Do: a.suspend,
		},
		kit.Action{
			ID: "app.quit", Key: kit.Bind("quit", "q", "ctrl+c"), Long: "Quit. Nothing is lost: drafts are kept, runs can be resumed.",
			Do: a.quit,
		},
	)
}

// countsOn reports whether numbers alone mean something of a screen's own, in any of
// its modes: they go to no station there.
func countsOn(s kit.Screen) bool {
	for _, act := range allActions(s) {
		if slices.ContainsFunc(act.Key.Keys(), isNumber) {
			return true
		}
	}
	return false
}

func isNumber(key string) bool { return len(key) == 1 && key[0] >= '0' && key[0] <= '9' }

// allActions are those of all modes of a screen.
func allActions(s kit.Screen) []kit.Action {
	if m, ok := s.(interface{ AllActions() []kit.Action }); ok {
		return m.AllActions()
	}
	return s.Actions()
}

// suspend gives the terminal back, stops, and takes it again.
func (a *App) suspend() tea.Cmd {
	if a.deps.Pause == nil {
		return a.say("this system has no shell to go back to", false)
	}
	return tea.Exec(&pausing{stop: a.deps.Pause}, func(err error) tea.Msg { return resumed{err} })
}

// pausing is a stop as Bubble Tea runs a program: with the terminal given back.
type pausing struct{ stop func() error }

// Run stops, once what drew the screen has ended: Bubble Tea v2.1 waits only until
// that goroutine was told to, and one that stands still with the process stops the
// ticker of its successor when both go on, after which nothing is drawn again.
func (p *pausing) Run() error {
	time.Sleep(50 * time.Millisecond)
	return p.stop()
}

func (*pausing) SetStdin(io.Reader)  {}
func (*pausing) SetStdout(io.Writer) {}
func (*pausing) SetStderr(io.Writer) {}

type resumed struct{ err error }

// Actions lists every action with its station, for `galley keys`. Station ""
// stands for all of them.
func Actions(d Deps) []Keyed {
	a := New(d)
	out := []Keyed{{Actions: a.actions()}}
	for _, s := range a.screens {
		out = append(out, Keyed{Station: s.Title(), Actions: allActions(s)})
	}
	return out
}

// Keyed is the actions of a station.
type Keyed struct {
	Station string
	Actions []kit.Action
}

func (a *App) nextTheme() tea.Cmd {
	all := themes.All()
	i := slices.IndexFunc(all, func(t themes.Theme) bool { return t.Name == a.styles.Theme.Name })
	t := all[(i+1)%len(all)]
	a.deps.Theme = t.Name // the user's word stands above the terminal's
	a.retheme(t)
	return a.say("theme "+t.Name+"; to keep it, write theme = \""+t.Name+"\" in the config", false)
}

func (a *App) toggleMouse() tea.Cmd {
	a.mouse = !a.mouse
	if a.mouse {
		return a.say("the mouse works here", false)
	}
	return a.say("the mouse is the terminal's: select and copy as elsewhere; ctrl+o takes it back", false)
}

func (a *App) openHelp() {
	s := a.screen()
	about := ""
	if h, ok := s.(kit.Helper); ok {
		about = h.Help()
	}
	a.push(&kit.Help{
		Styles: a.styles, Heading: s.Title(), Text: about,
		Groups: []kit.HelpGroup{{Name: s.Title(), Actions: s.Actions()}, {Name: "Everywhere", Actions: a.actions()}},
	})
}

func (a *App) openPalette() {
	acts := append(slices.Clone(a.screen().Actions()), a.actions()...)
	a.push(&kit.Palette{Styles: a.styles, Actions: acts})
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf("%d %s", n, many)
}
