package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/tui/kit"
)

// fresh is how long what was read of the prompt on the table is taken for new:
// another process may have imported cases or shots since.
const fresh = 2 * time.Second

// again reads the cases and shots of the prompt on the table anew, unless that
// was just done.
func (a *App) again() tea.Cmd {
	load := a.deps.Look
	if load == nil || !a.table.Open() || time.Since(a.read) < fresh {
		return nil
	}
	a.read = time.Now()
	ref, epoch := a.table.Variant.Ref(), a.table.Epoch()
	return func() tea.Msg {
		l, err := load(context.Background(), ref)
		return reread{l, err, epoch}
	}
}

// reread carries what is stored of the prompt on the table by now.
type reread struct {
	laid  session.Laid
	err   error
	epoch uint64 // of the table when it was asked for
}

// onReread brings the table up to date, unless it was changed meanwhile: what was
// read then may be older than what lies there. Nobody asked for it: where it can't be
// read, that is for the log.
func (a *App) onReread(m reread) tea.Cmd {
	switch {
	case m.err != nil:
		if a.deps.Log != nil {
			a.deps.Log("cases and shots were not read again: " + m.err.Error())
		}
		return nil
	case m.epoch != a.table.Epoch(), !a.table.Refresh(m.laid):
		return nil
	}
	return a.screen().Update(kit.TableChanged{})
}
