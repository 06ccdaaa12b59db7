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
// sends SIGSTOP: SIGTSTP, once asked for, never stops a Go program again.
func pauser(guard *kit.GuardWriter) func() error {
	return func() error {
		err := syscall.Kill(0, syscall.SIGSTOP)
		guard.Restart()
		return err
	}
}

// notifyPause asks to be told of a stop from outside.
func notifyPause(c chan os.Signal) { signal.Notify(c, syscall.SIGTSTP) }
