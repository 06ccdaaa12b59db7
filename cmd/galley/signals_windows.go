package main

import (
	"os"
	"syscall"

	"galley/tui/kit"
)

// processGone is never sure here.
func processGone(int) bool { return false }

// endSignals end the workbench the way quitting does.
func endSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// pauser is nil: there is no job control here.
func pauser(*kit.GuardWriter) func() error { return nil }

// notifyPause does nothing: there is no stop from outside here.
func notifyPause(chan os.Signal) {}
