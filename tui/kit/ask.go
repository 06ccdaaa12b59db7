package kit

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Ask returns a command that puts a question outside of Update and brings its
// answer home to the asker. The question has so much time.
func Ask(asker any, gen uint64, patience time.Duration, question func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		return Home{Asker: asker, Gen: gen, Msg: question(ctx)}
	}
}

// CursorAt is a cursor, relative to what has focus, as seen from where x and y are
// the place of that. Nil stays nil.
func CursorAt(c *tea.Cursor, x, y int) *tea.Cursor {
	if c == nil {
		return nil
	}
	at := *c
	at.X, at.Y = at.X+x, at.Y+y
	return &at
}
