package tuitest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/session/text"
	"galley/tui/kit"
)

// Stage drives one screen as the root model does, but without a program and
// without time: a command is run where it is given, and what it brings home is
// taken in before the next key. It stands for the root's side of the contract,
// so what a screen asks of it is noted down.
type Stage struct {
	T      testing.TB
	Screen kit.Screen
	W, H   int        // the screen's rectangle
	Dialog kit.Dialog // over the screen, nil none

	Said []string // the toasts, and why keys were off
	Gone kit.Goto // the last station that was asked for
	Clip text.Raw // what was last put on the clipboard

	// Mine picks the messages that the workbench gives to every screen, as what
	// comes back from an editor; nil picks none. Any other message that a root
	// model would not know fails the test.
	Mine func(tea.Msg) bool

	// Until Release, Hold keeps the commands that come from now on, and Late runs
	// them and keeps their answers. What an answer that Pump picks asks for next is
	// held by itself, or it would go on for ever.
	Hold, Late bool
	Held       []tea.Cmd
	Pump       func(kit.Home) bool
}

// NewStage lays a screen of w by h cells on a stage and brings it to the front.
func NewStage(t testing.TB, s kit.Screen, w, h int) *Stage {
	t.Helper()
	return (&Stage{T: t, Screen: s}).Open(w, h)
}

// Open gives the screen its rectangle and brings it to the front.
func (st *Stage) Open(w, h int) *Stage {
	st.T.Helper()
	st.Resize(w, h)
	st.Enter()
	return st
}

// Resize gives the screen its rectangle.
func (st *Stage) Resize(w, h int) {
	st.W, st.H = w, h
	st.Screen.Resize(w, h)
}

// Enter brings the screen to the front.
func (st *Stage) Enter() {
	if e, ok := st.Screen.(kit.Entering); ok {
		st.Run(e.Enter())
	}
}

// Is picks the messages of one type.
func Is[M any](msg tea.Msg) bool {
	_, ok := msg.(M)
	return ok
}

// Run runs a command and all that follows from it.
func (st *Stage) Run(cmd tea.Cmd) {
	st.T.Helper()
	follow(cmd, func(cmd tea.Cmd) bool {
		if st.Hold {
			st.Held = append(st.Held, cmd)
		}
		return !st.Hold
	}, st.take)
}

// Release runs the commands that were held.
func (st *Stage) Release() {
	st.Hold, st.Late = false, false
	held := st.Held
	st.Held = nil
	for _, cmd := range held {
		st.Run(cmd)
	}
}

// take does with a message what the root model does.
func (st *Stage) take(msg tea.Msg) tea.Cmd {
	st.T.Helper()
	switch msg := msg.(type) {
	case kit.Home:
		if st.Late {
			st.Held = append(st.Held, func() tea.Msg { return msg })
			return nil
		}
		if st.Dialog != nil && msg.Asker == any(st.Dialog) {
			_, cmd := st.Dialog.Update(msg)
			return cmd
		}
		next := st.Screen.Update(msg)
		if st.Pump == nil || next == nil || !st.Pump(msg) {
			return next
		}
		st.Held = append(st.Held, next)
	case kit.Toast:
		st.Said = append(st.Said, msg.Text)
	case kit.Push:
		st.Dialog = msg.Dialog
	case kit.Pop:
		st.Dialog = nil
	case kit.Goto:
		st.Gone = msg
	case kit.Clip:
		st.Clip = msg.Text
	default:
		if st.Mine == nil || !st.Mine(msg) {
			st.T.Fatalf("unexpected %T", msg)
		}
		return st.Screen.Update(msg)
	}
	return nil
}

// Keys presses keys, each written as Bubble Tea names it.
func (st *Stage) Keys(keys ...string) {
	st.T.Helper()
	for _, k := range keys {
		st.Key(Key(k))
	}
}

// Key gives a key press to the dialog, to an action or to the screen.
func (st *Stage) Key(msg tea.KeyPressMsg) {
	st.T.Helper()
	d := st.Dialog
	if d == nil {
		cmd, off := Press(st.Screen, msg)
		if off != "" {
			st.Said = append(st.Said, off)
		}
		st.Run(cmd)
		return
	}
	d.View(max(20, st.W-4), max(5, st.H-2)) // it lays itself out as it is drawn
	done, cmd := d.Update(msg)
	if done && st.Dialog == d {
		st.Dialog = nil
	}
	st.Run(cmd)
}

// Type types a text, a key for each character.
func (st *Stage) Type(s string) {
	st.T.Helper()
	for _, c := range s {
		st.Key(tea.KeyPressMsg{Code: c, Text: string(c)})
	}
}

// Last is what was said last.
func (st *Stage) Last() string {
	if len(st.Said) == 0 {
		return ""
	}
	return st.Said[len(st.Said)-1]
}

// Heard fails the test unless something was said that holds the words.
func (st *Stage) Heard(words string) {
	st.T.Helper()
	if !strings.Contains(strings.Join(st.Said, "\n"), words) {
		st.T.Errorf("said %q, nothing of %q", st.Said, words)
	}
}

// Plain is the view without colours, once it is known to be exactly of its size
// and to hold nothing but text and colours.
func (st *Stage) Plain() string {
	st.T.Helper()
	return Frame(st.T, "the view", st.Screen.View(), st.W, st.H)
}

// Front is the dialog without colours where there is one, of its own size, and else
// what Plain is.
func (st *Stage) Front() string {
	st.T.Helper()
	if st.Dialog == nil {
		return st.Plain()
	}
	v := st.Dialog.View(max(20, st.W-4), max(5, st.H-2))
	Clean(st.T, st.Dialog.Title(), v)
	return ansi.Strip(v)
}

// Golden compares the view with the file of that name.
func (st *Stage) Golden(name string) {
	st.T.Helper()
	Golden(st.T, name, Cut(st.Plain()))
}

// For makes the stage report to another test: a subtest that goes on with it.
func (st *Stage) For(t testing.TB) { st.T = t }

// Goldens draws every state at every size and compares each with its file,
// STATE-WxH. A state is a function that makes a stage of that size.
func Goldens[S interface {
	For(t testing.TB)
	Golden(name string)
}](t *testing.T, sizes [][2]int, states map[string]func(w, h int) S) {
	t.Helper()
	for state, at := range states {
		for _, z := range sizes {
			name := fmt.Sprintf("%s-%dx%d", state, z[0], z[1])
			t.Run(name, func(t *testing.T) {
				s := at(z[0], z[1])
				s.For(t)
				s.Golden(name)
			})
		}
	}
}

// Press gives a screen a key as the workbench does, to an action or as a message,
// and returns the command, or why the action is off.
func Press(s kit.Screen, msg tea.KeyPressMsg) (cmd tea.Cmd, off string) {
	if kit.Reaches(s, msg) {
		if act, ok := kit.Find(s.Actions(), msg); ok {
			if why := act.Off(); why != "" {
				return nil, why
			}
			return act.Do(), ""
		}
	}
	return s.Update(msg), ""
}

// Drain runs a command and all that follows from it, and returns the messages
// that are not the screen's own. An answer that last picks is the screen's, but
// what it asks for next is not run: a pump would go on for ever. Nil picks none.
func Drain(s kit.Screen, cmd tea.Cmd, last func(kit.Home) bool) (out []tea.Msg) {
	follow(cmd, nil, func(msg tea.Msg) tea.Cmd {
		m, ok := msg.(kit.Home)
		if !ok {
			out = append(out, msg)
			return nil
		}
		next := s.Update(m)
		if last != nil && last(m) {
			return nil
		}
		return next
	})
	return out
}

// Pressed presses keys and returns what Drain does; why a key was off comes as a
// toast.
func Pressed(s kit.Screen, last func(kit.Home) bool, keys ...string) (out []tea.Msg) {
	for _, k := range keys {
		cmd, off := Press(s, Key(k))
		if off != "" {
			cmd = kit.Say(off)
		}
		out = append(out, Drain(s, cmd, last)...)
	}
	return out
}

// follow runs a command and hands its message to take; what that asks for is
// followed too. A batch and a sequence are run in the order in which they are
// written. A command that run does not want is left out.
func follow(cmd tea.Cmd, run func(tea.Cmd) bool, take func(tea.Msg) tea.Cmd) {
	if cmd == nil || run != nil && !run(cmd) {
		return
	}
	msg := cmd()
	if msg == nil {
		return
	}
	if cmds, ok := several(msg); ok {
		for _, c := range cmds {
			follow(c, run, take)
		}
		return
	}
	follow(take(msg), run, take)
}

// several are the commands of a batch or a sequence. The type of a sequence is
// not exported.
func several(msg tea.Msg) ([]tea.Cmd, bool) {
	v, list := reflect.ValueOf(msg), reflect.TypeFor[[]tea.Cmd]()
	if !v.Type().ConvertibleTo(list) {
		return nil, false
	}
	return v.Convert(list).Interface().([]tea.Cmd), true
}
