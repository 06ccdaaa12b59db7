package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"galley/themes"
	"galley/tui/kit"
)

// Update says where a message goes.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.resize(msg.Width, msg.Height)
		return a, nil
	case tea.BackgroundColorMsg:
		a.dark = msg.IsDark()
		if a.deps.Theme == "" {
			a.retheme(themes.Pick("", a.dark))
		}
		return a, nil
	case tea.ModeReportMsg:
		a.onMode(msg)
		return a, nil
	case resumed:
		if msg.err != nil {
			return a, a.say("the shell: "+msg.err.Error(), true)
		}
		return a, tea.RequestBackgroundColor
	case Leave:
		return a, a.stop()
	case Suspend:
		return a, a.suspend()
	case tea.KeyPressMsg:
		return a, a.key(msg)
	case tea.PasteMsg, tea.PasteStartMsg, tea.PasteEndMsg:
		return a, a.front(msg)
	case tea.MouseMsg:
		return a, a.pointer(msg)
	case kit.Toast:
		return a, a.say(msg.Text, msg.Bad)
	case kit.Clip:
		if a.deps.Clip != nil {
			a.deps.Clip(msg.Text)
		}
		return a, tea.SetClipboard(string(msg.Text))
	case toastOver:
		if a.toast.gen == uint64(msg) {
			a.toast = toast{}
		}
		return a, nil
	case kit.Push:
		a.push(msg.Dialog)
		return a, nil
	case kit.Pop:
		a.pop()
		return a, nil
	case kit.Goto:
		return a, a.goTo(msg)
	case kit.Home:
		return a, a.home(msg)
	case laid:
		return a, a.onLaid(msg)
	case reread:
		return a, a.onReread(msg)
	}
	return a, a.everyone(msg)
}

// Suspend asks the workbench to give the terminal back and stop: what a stop
// from outside does.
type Suspend struct{}

// Leave asks the workbench to journal, stop and quit: what a signal does.
type Leave struct{}

// onMode hears how the terminal counts the width of text: by graphemes when it
// says so.
func (a *App) onMode(m tea.ModeReportMsg) {
	if m.Mode == ansi.ModeUnicodeCore {
		a.graphemes = m.Value == ansi.ModeSet || m.Value == ansi.ModeReset || m.Value == ansi.ModePermanentlySet
	}
}

func (a *App) onLaid(m laid) tea.Cmd {
	if m.err != nil {
		return a.say(m.err.Error(), true)
	}
	if !a.table.Open() {
		a.table.Lay(m.laid)
	}
	return tea.Batch(a.enter(), a.begin())
}

// front gives a message to what has focus.
func (a *App) front(msg tea.Msg) tea.Cmd {
	if n := len(a.stack); n > 0 {
		return a.dialog(msg)
	}
	return a.screen().Update(msg)
}

// dialog gives a message to the topmost dialog and takes it away when it is
// done.
func (a *App) dialog(msg tea.Msg) tea.Cmd {
	d := a.stack[len(a.stack)-1]
	done, cmd := d.Update(msg)
	if done {
		for i := len(a.stack) - 1; i >= 0; i-- {
			if a.stack[i] == d {
				a.stack = append(a.stack[:i], a.stack[i+1:]...)
				break
			}
		}
	}
	return cmd
}

// everyone gives a message to the dialogs and to all screens: results that name
// no asker.
func (a *App) everyone(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	if len(a.stack) > 0 {
		cmds = append(cmds, a.dialog(msg))
	}
	for _, s := range a.screens {
		cmds = append(cmds, s.Update(msg))
	}
	return tea.Batch(cmds...)
}

// home brings a result to its asker; one whose asker is gone is dropped.
func (a *App) home(m kit.Home) tea.Cmd {
	for _, s := range a.screens {
		if any(s) == m.Asker {
			return s.Update(m)
		}
	}
	for _, d := range a.stack {
		if any(d) == m.Asker {
			_, cmd := d.Update(m)
			return cmd
		}
	}
	return nil
}

func (a *App) goTo(m kit.Goto) tea.Cmd {
	for i, s := range a.screens {
		if !strings.EqualFold(s.Title(), m.Screen) {
			continue
		}
		cmd := a.station(i)
		if o, ok := s.(kit.Opener); ok && m.Arg != nil {
			return tea.Batch(cmd, o.Open(m.Arg))
		}
		return cmd
	}
	return nil
}

// key routes a key press: dialogs first, then actions, then the screen. While a text field has focus only chords and function keys reach
// actions; everything else is text.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+c" && a.leave == stopping {
		return tea.Quit
	}
	if !a.toast.bad || msg.String() == "esc" {
		a.toast = toast{} // it has been seen; the keys come back
	}
	if len(a.stack) > 0 {
		if msg.String() == "ctrl+c" {
			a.pop()
			return nil
		}
		return a.dialog(msg)
	}
	if kit.Reaches(a.screen(), msg) {
		if look := a.again(); look != nil {
			return tea.Batch(look, a.act(msg))
		}
		return a.act(msg)
	}
	return a.screen().Update(msg)
}

// act does the action of a key, or gives the key to the screen.
func (a *App) act(msg tea.KeyPressMsg) tea.Cmd {
	if act, ok := kit.Find(a.actions(), msg); ok {
		if d, ok := a.screen().(kit.Disarming); ok {
			d.Disarm()
		}
		return a.do(act)
	}
	if act, ok := kit.Find(a.screen().Actions(), msg); ok {
		return a.do(act)
	}
	if i := int(msg.Code - '1'); isNumber(msg.String()) && i >= 0 && i < len(a.stations()) && countsOn(a.screen()) {
		return a.say(fmt.Sprintf("numbers decide here; alt+%d goes to %s", i+1, a.stations()[i].Title()), false)
	}
	return a.screen().Update(msg)
}

// do does an action, or says why it is off.
func (a *App) do(act kit.Action) tea.Cmd {
	if why := act.Off(); why != "" {
		return a.say(why, false)
	}
	if act.Do == nil {
		return nil
	}
	return act.Do()
}

// pointer routes the mouse: the station bar is ours, the rest is what has focus.
func (a *App) pointer(msg tea.MouseMsg) tea.Cmd {
	m := msg.Mouse()
	if a.frame.tooSmall {
		return nil
	}
	if len(a.stack) > 0 {
		if _, wheel := msg.(tea.MouseWheelMsg); wheel {
			return a.dialog(msg)
		}
		return nil
	}
	if _, click := msg.(tea.MouseClickMsg); click && a.frame.bar.has(m.X, m.Y) {
		return a.station(a.stationAt(m.X))
	}
	if !a.frame.screen.has(m.X, m.Y) {
		return nil
	}
	m.X -= a.frame.screen.x
	m.Y -= a.frame.screen.y
	switch msg.(type) {
	case tea.MouseClickMsg:
		return a.screen().Update(tea.MouseClickMsg(m))
	case tea.MouseReleaseMsg:
		return a.screen().Update(tea.MouseReleaseMsg(m))
	case tea.MouseWheelMsg:
		return a.screen().Update(tea.MouseWheelMsg(m))
	case tea.MouseMotionMsg:
		return a.screen().Update(tea.MouseMotionMsg(m))
	}
	return nil
}
