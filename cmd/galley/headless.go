package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"galley/session/text"
)

// signalError is the signal that ended a command.
type signalError struct{ sig syscall.Signal }

func (e signalError) Error() string { return e.sig.String() }

// headless makes a command of f, whose context ends at the first SIGINT,
// SIGTERM or SIGHUP, or when nobody reads our output any more. The exit code is
// then 128 and the signal's number. The same signal again ends the program at
// once.
func headless(g *globals, f func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		ctx, cancel := context.WithCancelCause(cmd.Context())
		defer cancel(nil)
		if s, ok := g.out.(*sink); ok {
			s.lost = func(err error) { cancel(err) }
		}
		got := make(chan os.Signal, 1)
		signal.Notify(got, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		defer signal.Stop(got)
		done := make(chan struct{})
		defer close(done)
		go func() {
			select {
			case <-done:
			case s := <-got:
				signal.Reset(s)
				sig, _ := s.(syscall.Signal)
				cancel(signalError{sig})
			}
		}()
		err := f(ctx, args)
		var by signalError
		if errors.As(context.Cause(ctx), &by) {
			if errors.Is(err, context.Canceled) {
				err = nil
			}
			return &exitError{128 + int(by.sig), err}
		}
		return err
	}
}

// withDesk is headless for what needs an open workspace.
func withDesk(g *globals, f func(ctx context.Context, d *desk, args []string) error) func(*cobra.Command, []string) error {
	return headless(g, onDesk(g, f))
}

// onDesk opens the workspace for f and closes it behind.
func onDesk(g *globals, f func(ctx context.Context, d *desk, args []string) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		d, err := g.open(ctx)
		if err != nil {
			return err
		}
		err = f(ctx, d, args)
		if cerr := d.close(); err == nil && cerr != nil {
			err = &exitError{exitIncomplete, fmt.Errorf("closing the workspace: %w", cerr)}
		}
		return err
	}
}

// wants checks the number of arguments and says how the command is used.
func wants(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			if most == 0 {
				return usage("%s stands there alone: %s takes flags only, and a yes-or-no flag takes no value; see %s --help",
					text.Raw(args[0]), cmd.CommandPath(), cmd.CommandPath())
			}
			return usage("use: %s; see %s --help", cmd.UseLine(), cmd.CommandPath())
		}
		return nil
	}
}

// nouns is a command that has one subcommand a noun.
func nouns(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   use + " NOUN ...",
		Short: short,
		Args:  cobra.ArbitraryArgs,

		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			list := ""
			for _, s := range subs {
				list += " " + s.Name()
			}
			if len(args) == 0 {
				return usage("%s what? one of:%s", cmd.Name(), list)
			}
			return usage("%s %q: write one of:%s", cmd.Name(), text.Raw(args[0]), list)
		},
	}
	c.AddCommand(subs...)
	return c
}

// sink is a stream that remembers its first error and tells of it once.
type sink struct {
	w    io.Writer
	err  error
	lost func(error)
}

func newSink(w io.Writer) *sink { return &sink{w: w} }

func (s *sink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	if err != nil {
		s.err = err
		if s.lost != nil {
			s.lost(err)
		}
	}
	return n, err
}

// lostOutput is the error that stopped w, if one did.
func lostOutput(w io.Writer) error {
	if s, ok := w.(*sink); ok {
		return s.err
	}
	return nil
}

// forgetPipes makes a write to a pipe that nobody reads an error instead of the
// end of the program, so that a run can be stopped in order. Programs that we
// start are not affected.
func forgetPipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
