//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// endSignals end the workbench the way quitting does.
func endSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGABRT}
}

// notifyPause asks to be told of a stop from outside.
func notifyPause(c chan os.Signal) { signal.Notify(c, syscall.SIGTSTP) }
