package engine

import (
	"fmt"
	"runtime/debug"

	"galley/session"
	"galley/session/text"
)

// safely runs f and returns what it panicked with as the error of a cell, or
// nil. No goroutine of the engine ends the program.
func safely(f func()) (broke *session.CallError) {
	defer func() {
		if r := recover(); r != nil {
			broke = &session.CallError{
				Kind:    "server",
				Message: text.Raw(fmt.Sprintf("Galley itself broke here (please report it): %v\n%s", r, debug.Stack())),
			}
		}
	}()
	f()
	return nil
}
