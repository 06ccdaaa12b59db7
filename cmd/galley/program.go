package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui"
	"galley/tui/kit"
)

// runProgram runs the workbench on the terminal until it ends, and leaves the
// terminal as it was. Signals end it the way quitting does: drafts journaled,
// runs stopped, cells on disk.
func runProgram(ctx context.Context, guard *kit.GuardWriter, app *tui.App) error {
	model := tui.NewSafe(app)
	p := tea.NewProgram(model, tea.WithContext(ctx), tea.WithOutput(guard), tea.WithoutSignalHandler())
	stop, got := onSignals(p, guard)
	_, err := p.Run()
	stop()
	if n := guard.Blocked(); n > 0 {
		logLine(fmt.Sprintf("the guard held back %d bytes of terminal output", n))
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
// end within two seconds is killed, which restores the terminal too. A stop from
// outside gives the terminal back first.
func onSignals(p *tea.Program, guard *kit.GuardWriter) (stop func(), got func() os.Signal) {
	quit := make(chan os.Signal, 4)
	pause := make(chan os.Signal, 1)
	done := make(chan struct{})
	var first os.Signal
	signal.Notify(quit, endSignals()...)
	notifyPause(pause)
	ended := make(chan struct{})
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
				signal.Stop(pause) // the program stops itself by the same signal
				guard.Restart()
				go p.Send(tea.SuspendMsg{})
				time.AfterFunc(500*time.Millisecond, func() { notifyPause(pause) })
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
	for i := range len(s) {
		if s[i] == '\n' {
			return s[:i]
		}
	}
	return s
}
