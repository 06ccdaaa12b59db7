// Package tuitest is what the tests of screens stand on. A Stage drives one screen
// as the root model does, without a program and without time; Frame and Golden
// hold what it draws to its size and to a file. A Program is the real one in
// virtual time: in a testing/synctest bubble keys go in, the screen comes out as
// rows of cells, and Settle waits until nothing moves, however long the program's
// own timers are.
package tuitest

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
)

// Program is a running program and its screen.
type Program struct {
	t    testing.TB
	p    *tea.Program
	rec  *recorder
	done chan error
}

// recorder stands around the model and keeps a copy of each view.
type recorder struct {
	tea.Model
	mu   sync.Mutex
	view tea.View
	w, h int
}

func (r *recorder) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if size, ok := msg.(tea.WindowSizeMsg); ok {
		r.mu.Lock()
		r.w, r.h = size.Width, size.Height
		r.mu.Unlock()
	}
	m, cmd := r.Model.Update(msg)
	r.Model = m
	return r, cmd
}

func (r *recorder) View() tea.View {
	v := r.Model.View()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view = v
	return v
}

// Start runs the model on a screen of w by h cells. Call it inside a synctest
// bubble; the program is stopped when the test ends.
func Start(t testing.TB, m tea.Model, w, h int) *Program {
	t.Helper()
	rec := &recorder{Model: m, w: w, h: h}
	p := &Program{t: t, rec: rec, done: make(chan error, 1)}
	p.p = tea.NewProgram(rec,
		tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithWindowSize(w, h),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}), tea.WithColorProfile(colorprofile.TrueColor),
	)
	go func() {
		_, err := p.p.Run()
		p.done <- err
	}()
	p.Settle()
	return p
}

// Settle waits until every goroutine of the bubble is idle, letting a second of
// virtual time pass so that frames and short timers have run.
func (p *Program) Settle() {
	synctest.Wait()
	time.Sleep(time.Second)
	synctest.Wait()
}

// Send gives the program a message.
func (p *Program) Send(msg tea.Msg) {
	p.p.Send(msg)
	synctest.Wait()
}

// Keys presses keys, each written as Bubble Tea names it: "enter", "ctrl+k",
// "alt+1", "J", "é".
func (p *Program) Keys(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.Send(Key(k))
	}
	p.Settle()
}

// Type types a text, a key for each character.
func (p *Program) Type(s string) {
	for _, r := range s {
		p.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	p.Settle()
}

// Quit ends the program and returns its error. A minute of virtual time passes,
// so that the timers it left behind have run out and a bubble can be left.
func (p *Program) Quit() error {
	p.p.Quit()
	err := p.Wait()
	time.Sleep(time.Minute)
	return err
}

// Wait waits for the program to end by itself, a minute of virtual time at most.
func (p *Program) Wait() error {
	select {
	case err := <-p.done:
		return err
	case <-time.After(time.Minute):
		return errors.New("the program goes on")
	}
}

// Rows returns the screen, trailing spaces cut.
func (p *Program) Rows() []string {
	p.rec.mu.Lock()
	v, w, h := p.rec.view, p.rec.w, p.rec.h
	p.rec.mu.Unlock()
	return Rows(v.Content, w, h)
}

// Screen returns the rows as one text.
func (p *Program) Screen() string { return strings.Join(p.Rows(), "\n") }

// View returns the newest view.
func (p *Program) View() tea.View {
	p.rec.mu.Lock()
	defer p.rec.mu.Unlock()
	return p.rec.view
}

// Rows draws a view's content to cells and returns its rows.
func Rows(content string, w, h int) []string {
	buf := uv.NewScreenBuffer(w, h)
	uv.NewStyledString(content).Draw(buf, buf.Bounds())
	rows := strings.Split(buf.Buffer.String(), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(strings.TrimRight(rows[i], "\r"), " ")
	}
	return rows
}

var named = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	"f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4,
}

// Key makes a key press from its name.
func Key(name string) tea.KeyPressMsg {
	var k tea.KeyPressMsg
	rest := name
	for {
		switch {
		case strings.HasPrefix(rest, "ctrl+"):
			k.Mod |= tea.ModCtrl
			rest = rest[len("ctrl+"):]
			continue
		case strings.HasPrefix(rest, "alt+"):
			k.Mod |= tea.ModAlt
			rest = rest[len("alt+"):]
			continue
		case strings.HasPrefix(rest, "shift+"):
			k.Mod |= tea.ModShift
			rest = rest[len("shift+"):]
			continue
		}
		break
	}
	if rest == "space" {
		k.Code = tea.KeySpace
		if k.Mod == 0 {
			k.Text = " "
		}
		return k
	}
	if code, ok := named[rest]; ok {
		k.Code = code
		return k
	}
	k.Code = []rune(rest)[0]
	if k.Mod == 0 {
		k.Text = rest
	}
	return k
}
