package main

import (
	"errors"
	"fmt"
	"io/fs"
)

// The exit codes of the command line.
const (
	exitOK         = 0   // all evaluated and passed
	exitFailed     = 1   // some checks failed
	exitUsage      = 2   // bad use or bad input; nothing was changed
	exitIncomplete = 3   // errors, or not run
	exitBackend    = 4   // a backend the config does not define, or its key is missing
	exitInterrupt  = 130 // SIGINT
	exitTerminate  = 143 // SIGTERM
)

// exitError is an error with the exit code it ends the program with.
type exitError struct {
	code int
	err  error // nil: the code alone, everything has been said
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage is an error of use or input: exit code 2.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// code is the exit code of an error.
func code(err error) int {
	if err == nil {
		return exitOK
	}
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitUsage
}

// reason is the cause of a file error without the path that the sentence
// already names.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
