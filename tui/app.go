package tui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/compose"
	"galley/tui/kit"
)

// App is the root model.
type App struct {
	deps    Deps
	table   *session.Table
	styles  *themes.Styles
	screens []kit.Screen
	at      int

	w, h  int
	frame frame
	dark  bool
	mouse bool
	// graphemes says that the terminal counts widths as we do; without it the
	// pictures of an emoji are drawn one by one.
	graphemes bool
	stack     []kit.Dialog
	toast     toast
	gen       uint64
	err       string // the newest error, for the palette
	leave     leaving
	read      time.Time // when cases and shots were last read again
	bars      barCache
}

type toast struct {
	text string
	bad  bool
	gen  uint64
}

// leaving is how far quitting has come.
type leaving int

const (
	staying leaving = iota
	stopping
)

// New makes the workbench.
func New(d Deps) *App {
	a := &App{deps: d, dark: true, mouse: true, table: &session.Table{}}
	a.styles = themes.Pick(d.Theme, true).Styles()
	a.table.SetModel(d.Model)
	a.screens = newScreens(d, a.table, a.styles)
	return a
}

// Init asks the terminal for its background and loads what is to lie on the
// table.
func (a *App) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, a.enter(), a.lay())
}

// laid carries what comes to lie on the table at the beginning.
type laid struct {
	laid session.Laid
	err  error
}

func (a *App) lay() tea.Cmd {
	ref, load := a.deps.Start, a.deps.Library.Load
	if ref.Variant == "" || load == nil {
		return a.begin()
	}
	return func() tea.Msg {
		l, err := load(context.Background(), ref)
		return laid{l, err}
	}
}

// begin goes, once, to the station that the workbench was opened at: it needs what
// lies on the table.
func (a *App) begin() tea.Cmd {
	if a.deps.Station == "" {
		return nil
	}
	to := kit.Goto{Screen: a.deps.Station, Arg: a.deps.Arg}
	a.deps.Station, a.deps.Arg = "", nil
	return a.goTo(to)
}

// screen is the station in front.
func (a *App) screen() kit.Screen { return a.screens[a.at] }

// enter tells the station in front that it is.
func (a *App) enter() tea.Cmd {
	if e, ok := a.screen().(kit.Entering); ok {
		return e.Enter()
	}
	return nil
}

// stations are the screens with a number; pages stand behind them.
func (a *App) stations() []kit.Screen {
	for i, s := range a.screens {
		if _, ok := s.(kit.Page); ok {
			return a.screens[:i]
		}
	}
	return a.screens
}

// standing is the place of the station in front, or of the one that the page in
// front belongs to.
func (a *App) standing() int {
	p, ok := a.screen().(kit.Page)
	if !ok {
		return a.at
	}
	return max(0, slices.IndexFunc(a.stations(), func(s kit.Screen) bool { return strings.EqualFold(s.Title(), p.Under()) }))
}

// station brings a screen, a station or a page, to the front.
func (a *App) station(i int) tea.Cmd {
	if i < 0 || i >= len(a.screens) {
		return nil
	}
	if i != a.at && !a.toast.bad { // it was said of the station that is left
		a.toast = toast{}
	}
	var left tea.Cmd
	if l, ok := a.screen().(kit.Leaving); ok && i != a.at {
		left = l.Leave()
	}
	a.at = i
	a.screen().Resize(a.frame.screen.w, a.frame.screen.h)
	return tea.Batch(left, a.enter(), a.again())
}

// resize gives every part its rectangle.
func (a *App) resize(w, h int) {
	a.w, a.h = max(0, w), max(0, h)
	a.frame = layout(a.w, a.h)
	for _, s := range a.screens {
		s.Resize(a.frame.screen.w, a.frame.screen.h)
	}
}

// retheme changes the styles in place, so that every screen sees the new ones.
func (a *App) retheme(t themes.Theme) {
	if a.styles.Theme.Name == t.Name {
		return
	}
	*a.styles = *t.Styles()
	a.bars = barCache{}
	a.resize(a.w, a.h)
}

// say shows a toast for a few seconds.
func (a *App) say(s string, bad bool) tea.Cmd {
	a.gen++
	a.toast = toast{text: s, bad: bad, gen: a.gen}
	stay := 4 * time.Second
	if bad {
		stay = 10 * time.Second
		a.err = s
		if a.deps.Log != nil {
			a.deps.Log(s)
		}
	}
	gen := a.gen
	return tea.Tick(stay, func(time.Time) tea.Msg { return toastOver(gen) })
}

type toastOver uint64

// quit leaves, after asking when runs are going.
func (a *App) quit() tea.Cmd {
	n := 0
	if a.deps.Live != nil {
		n = a.deps.Live()
	}
	if n == 0 || a.leave == stopping {
		return a.stop()
	}
	a.push(&kit.Confirm{
		Styles:   a.styles,
		Question: plural(n, "A run is going.", "runs are going.") + " Stop and quit?",
		Detail:   text.Of("What has finished is kept, unfinished cells keep their text, and the run can be resumed."),
		YesLabel: "stop and quit", Yes: a.stop,
	})
	return nil
}

// stop journals what is unsaved, stops the runs, and quits.
func (a *App) stop() tea.Cmd {
	if a.leave == stopping { // asked twice: now
		return tea.Quit
	}
	a.leave = stopping
	flush := a.flush()
	stop, left := a.deps.Stop, a.deps.Left
	var ref session.VariantRef
	if a.table.Open() {
		ref = a.table.Ref()
		ref.Revision = 0
	}
	return tea.Sequence(flush, func() tea.Msg {
		if left != nil {
			left(ref)
		}
		if stop != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			stop(ctx)
		}
		return nil
	}, tea.Quit)
}

// flush journals the draft in hand.
func (a *App) flush() tea.Cmd {
	for _, s := range a.screens {
		if c, ok := s.(*compose.Screen); ok {
			return c.Flush()
		}
	}
	return nil
}

// push lays a dialog over the screen.
func (a *App) push(d kit.Dialog) {
	a.stack = append(a.stack, d)
}

func (a *App) pop() {
	if n := len(a.stack); n > 0 {
		a.stack = a.stack[:n-1]
	}
}
