package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/store"
	"galley/tui"
	"galley/tui/kit"
)

// runProgram runs the workbench on the terminal until it ends, and leaves the
// terminal as it was. Signals end it the way quitting does: drafts journaled,
// runs stopped, cells on disk. Rows that can't be read are told as they are met.
func runProgram(ctx context.Context, face tui.Deps, bad <-chan *store.BadRow) error {
	guard := kit.Guard(os.Stdout, tui.WindowTitle)
	face.Clip = func(t text.Raw) { guard.AllowClipboard(string(t)) }
	face.Pause = pauser(guard)
	model := tui.NewSafe(tui.New(face))
	// A frame may be drawn every 8 ms: a key, and the first screen, wait no longer.
	p := tea.NewProgram(model, tea.WithContext(ctx), tea.WithOutput(guard), tea.WithoutSignalHandler(), tea.WithFPS(120))
	stop, got := onSignals(p)
	over := make(chan struct{})
	go func() {
		for {
			select {
			case b := <-bad:
				p.Send(kit.Toast{Text: b.Error() + "; all else is there", Bad: true})
			case <-over:
				return
			}
		}
	}()
	_, err := p.Run()
	close(over)
	stop()
	if n := guard.Blocked(); n > 0 {
		logLine(fmt.Sprintf("the guard held back %d pieces of terminal output: %q", n, guard.Samples()))
	}
	if why := model.Panic(); why != "" {
		logLine(why)
		return &exitError{exitIncomplete, fmt.Errorf("a bug ended the workbench: %s; your drafts and outputs are on disk, and %s says more", text.Raw(firstLine(why)), text.Raw(logPath()))}
	}
	if sig := got(); sig != nil {
		return &exitError{128 + int(sig.(syscall.Signal)), nil}
	}
	if errors.Is(err, tea.ErrInterrupted) {
		return &exitError{exitInterrupt, nil}
	}
	if err != nil && ctx.Err() == nil {
		return &exitError{exitIncomplete, fmt.Errorf("the terminal: %s", text.Raw(err.Error()))}
	}
	return nil
}

// onSignals makes signals end the program as quitting does; one that does not
// end in time is killed, which restores the terminal too. stop ends the watch,
// and got then tells the signal that came first, nil for none.
func onSignals(p *tea.Program) (stop func(), got func() os.Signal) {
	quit := make(chan os.Signal, 4)
	pause := make(chan os.Signal, 1)
	done := make(chan struct{})
	ended := make(chan struct{})
	var first os.Signal
	signal.Notify(quit, endSignals()...)
	notifyPause(pause)
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case s := <-quit:
				if first == nil {
					first = s
					go p.Send(tui.Leave{})
					time.AfterFunc(7*time.Second, p.Kill)
				} else {
					p.Kill()
				}
			case <-pause:
				go p.Send(tui.Suspend{})
			}
		}
	}()
	stop = func() {
		signal.Stop(quit)
		signal.Stop(pause)
		close(done)
		<-ended
	}
	return stop, func() os.Signal { return first }
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
