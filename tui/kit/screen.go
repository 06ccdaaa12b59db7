// Package kit is the furniture of the interface: panes, lists, tables, an
// editor, a pager, dialogs, charts, and the contract that every screen keeps. It
// knows nothing of prompts. Text from outside enters it as text.Shown, or as
// text.Raw where a component shows it itself; every view is exactly as large as
// it was asked to be.
package kit

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"galley/session/text"
)

// Screen is one station of the workbench. The root model owns the size and the
// routing; a screen fills exactly the rectangle it was given.
type Screen interface {
	// Title is one or two fixed words for the station bar.
	Title() string
	// Resize gives the screen its rectangle in cells.
	Resize(w, h int)
	// Update takes keys that no action wanted, pastes, the mouse (relative to
	// the screen's rectangle) and the screen's own results. It does no I/O.
	Update(msg tea.Msg) tea.Cmd
	// View returns exactly h lines of exactly w cells. It changes nothing but
	// caches.
	View() string
	// Actions lists every key of the screen in the order of the footer.
	Actions() []Action
}

// Typing is what a screen is that has a text field: while it reports true only
// chords and function keys reach actions; everything else is text.
type Typing interface{ Typing() bool }

// Wanting is what a screen is whose text field edits by chords: while it has
// focus, those that it wants are the field's before they are anybody's.
type Wanting interface {
	Wants(msg tea.KeyPressMsg) bool
}

// Cursored is what a screen is that shows the terminal's own cursor, at a place
// relative to its rectangle. Nil hides it.
type Cursored interface{ Cursor() *tea.Cursor }

// Entering is what a screen is that wants to know when it comes to the front.
type Entering interface{ Enter() tea.Cmd }

// Leaving is what a screen is that wants to know when another comes to the front:
// it reads something only while it is looked at.
type Leaving interface{ Leave() tea.Cmd }

// Helper is what a screen is that explains what has focus in a paragraph or two
// above the key table of the ? help.
type Helper interface{ Help() string }

// Action is a deed with its key. Dispatch, footer, help, palette, `galley keys`
// and the README table read the same list.
type Action struct {
	ID   string        // "bench.stop": stable, what a user rebinds and searches for
	Key  key.Binding   // its help text is the footer's and the palette's label
	Long string        // one sentence for the help and the key table
	Why  func() string // why it is off just now; nil or "" means it is on
	Do   func() tea.Cmd
	Show bool // in the footer
}

// Off returns the reason why the action can't be done now, or "".
func (a Action) Off() string {
	if a.Why == nil {
		return ""
	}
	return a.Why()
}

// Bind makes a binding whose help shows its first key.
func Bind(label string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(KeyName(keys[0]), label))
}

// KeyName is how a key is written for people.
func KeyName(k string) string {
	switch k {
	case "space":
		return "space"
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	}
	return k
}

// Toast asks the root model to show a line for a few seconds.
type Toast struct {
	Text string // ours, or shown text; one line
	Bad  bool   // an error: stays longer, and is written to the log
}

// Say returns a command that shows a toast.
func Say(s string) tea.Cmd { return func() tea.Msg { return Toast{Text: s} } }

// Fail returns a command that shows an error as a toast.
func Fail(err error) tea.Cmd { return func() tea.Msg { return Toast{Text: err.Error(), Bad: true} } }

// Clip asks the root model to put text on the clipboard of the terminal, in
// answer to a key. The root announces it to the Guard, which stops any other.
type Clip struct{ Text text.Raw }

// ToClipboard returns a command that asks for the clipboard.
func ToClipboard(r text.Raw) tea.Cmd { return func() tea.Msg { return Clip{Text: r} } }

// TableChanged tells the screen in front that cases or shots on the table are
// others than before: another process changed them.
type TableChanged struct{}

// Goto asks the root model for another station.
type Goto struct {
	Screen string // the screen's title in lower case
	Arg    any    // handed to the screen's Open method, where it has one
}

// Page is what a screen is that is no station of its own: a key of the station that
// it belongs to brings it to the front, by [Goto], and one of its own goes back. The
// bar shows it behind that station, and it has no number.
type Page interface {
	// Under is the title of the station that the page belongs to.
	Under() string
}

// Blind is what a screen is that must not be surrounded by names: while it reports
// true the station bar tells the prompt that lies on the table, not the variant.
type Blind interface{ Blind() bool }

// Opener is what a screen is that can be sent somewhere.
type Opener interface{ Open(arg any) tea.Cmd }

// Push asks the root model to lay a dialog over the screen.
type Push struct{ Dialog Dialog }

// Pop asks the root model to take the topmost dialog away.
type Pop struct{}

// Dialog is a modal. Its Update gets every key; its callbacks are typed fields
// of the concrete dialog. View may be of any size up to the one given.
type Dialog interface {
	Title() string
	Update(msg tea.Msg) (done bool, cmd tea.Cmd)
	View(w, h int) string
}

// Home carries an asynchronous result back to who asked. The root model routes
// it by Asker; the asker drops it when Gen is not its newest question.
type Home struct {
	Asker any // the Screen or Dialog that asked
	Gen   uint64
	Msg   tea.Msg
}

// Open asks for a dialog to be put over the screen.
func Open(d Dialog) tea.Cmd { return func() tea.Msg { return Push{Dialog: d} } }

// Shift is a mouse message as seen from x and y.
func Shift(m tea.MouseMsg, x, y int) tea.Msg {
	switch m := m.(type) {
	case tea.MouseClickMsg:
		m.X, m.Y = m.X-x, m.Y-y
		return m
	case tea.MouseWheelMsg:
		m.X, m.Y = m.X-x, m.Y-y
		return m
	case tea.MouseReleaseMsg:
		m.X, m.Y = m.X-x, m.Y-y
		return m
	case tea.MouseMotionMsg:
		m.X, m.Y = m.X-x, m.Y-y
		return m
	}
	return m
}
