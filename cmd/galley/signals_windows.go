package main

import (
	"os"
	"syscall"
)

// endSignals end the workbench the way quitting does.
func endSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// notifyPause does nothing: there is no stop from outside here.
func notifyPause(chan os.Signal) {}
