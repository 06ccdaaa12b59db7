package tuitest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

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

	// Hold keeps the commands that come from now on, until Release.
	Hold bool
	Held []tea.Cmd
}

// NewStage lays a screen of w by h cells on a stage and brings it to the front.
func NewStage(t testing.TB, s kit.Screen, w, h int) *Stage {
	st := &Stage{T: t, Screen: s}
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
	st.Hold = false
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
		if st.Dialog != nil && msg.Asker == any(st.Dialog) {
			_, cmd := st.Dialog.Update(msg)
			return cmd
		}
		return st.Screen.Update(msg)
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
		st.Run(Press(st.Screen, msg))
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
// and returns the command. An action that is off says why.
func Press(s kit.Screen, msg tea.KeyPressMsg) tea.Cmd {
	if kit.Reaches(s, msg) {
		if act, ok := kit.Find(s.Actions(), msg); ok {
			if why := act.Off(); why != "" {
				return kit.Say(why)
			}
			return act.Do()
		}
	}
	return s.Update(msg)
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

// Pressed presses keys and returns what Drain does.
func Pressed(s kit.Screen, last func(kit.Home) bool, keys ...string) (out []tea.Msg) {
	for _, k := range keys {
		out = append(out, Drain(s, Press(s, Key(k)), last)...)
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
