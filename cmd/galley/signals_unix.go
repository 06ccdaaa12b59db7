//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"

	"galley/tui/kit"
)

// processGone reports whether there is no process of that number.
func processGone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

// endSignals end the workbench the way quitting does.
func endSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT}
}

// pauser stops this process and its group as the shell's job control does. It
// sends SIGSTOP: SIGTSTP, once asked for, never stops a Go program again. The
// stop may come a moment after kill returns, so going on is what is waited for:
// whoever took the terminal back before would lose it again to the shell.
func pauser(guard *kit.GuardWriter) func() error {
	return func() error {
		on := make(chan os.Signal, 1)
		signal.Notify(on, syscall.SIGCONT)
		defer signal.Stop(on)
		if err := syscall.Kill(0, syscall.SIGSTOP); err != nil {
			return err
		}
		<-on
		guard.Restart()
		return nil
	}
}

// notifyPause asks to be told of a stop from outside.
func notifyPause(c chan os.Signal) { signal.Notify(c, syscall.SIGTSTP) }
