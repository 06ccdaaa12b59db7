package suite

import (
	"context"

	"galley/session"
	"galley/session/text"
)

// facts are what is known of a suite beside itself.
type facts struct {
	last   session.Check // without its cases; ID 0: it was never checked
	stale  string
	checks int
	tally  map[string]tally // of the last check, by the assertion's uid
	of     int64            // the check that the tally is of
	err    error
}

// tally is how an assertion stood in a check, with the first cases that it failed.
type tally struct {
	pass, fail int
	fails      []failed
}

type failed struct {
	name, message text.Raw
	who           text.Shown
}

const mostFails = 20

func readFacts(ctx context.Context, d Deps, id int64) facts {
	var f facts
	if d.Checks != nil {
		cs, err := d.Checks(ctx, id)
		f.err, f.checks = err, len(cs)
		if len(cs) > 0 {
			f.last = cs[0]
		}
	}
	if d.Stale != nil && f.err == nil {
		f.stale, f.err = d.Stale(ctx, id)
	}
	return f
}

// tallies counts how each assertion stood in a check.
func tallies(c session.Check) map[string]tally {
	out := map[string]tally{}
	for _, k := range c.Cases {
		for _, a := range k.Assertions {
			t := out[a.UID]
			if a.Pass {
				t.pass++
			} else {
				t.fail++
				if len(t.fails) < mostFails {
					t.fails = append(t.fails, failed{k.Case.Name, a.Message, brief(k.Contestant)})
				}
			}
			out[a.UID] = t
		}
	}
	return out
}
