package main

import (
	"context"
	"time"

	"galley/tui/kit"
)

// talkLooks says how often the holdout of a prompt was looked at, where there is
// one.
func (d *desk) talkLooks(ctx context.Context, g *globals, promptID int64) error {
	l, err := d.looks(ctx, promptID)
	if err != nil {
		return err
	}
	when := ""
	if l.LastMS > 0 {
		when = kit.When(l.LastMS, time.Now())
	}
	if said := l.Say(when); said != "" {
		g.talk("%s", said)
	}
	return nil
}
