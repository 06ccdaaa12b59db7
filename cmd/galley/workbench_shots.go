package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/store/exchange"
	"galley/tui/shots"
)

// shotsDeps are the functions of the station of the bank.
func (d *desk) shotsDeps() shots.Deps {
	st := d.store
	return shots.Deps{
		Shots: st.Shots, Variants: st.Variants, Create: st.CreateShots, Update: st.UpdateShots, Rename: st.RenameShot, Delete: st.DeleteShot,
		Undo: d.undoOne, Keep: st.PutDraft, NowMS: func() int64 { return time.Now().UnixMilli() },
		Look: func(ctx context.Context, promptID int64, path, maps string) (shots.Brought, error) {
			return d.bringShots(ctx, promptID, path, maps, true)
		},
		Import: func(ctx context.Context, promptID int64, path, maps string) (shots.Brought, error) {
			return d.bringShots(ctx, promptID, path, maps, false)
		},
		Editor: func(t text.Raw, tag string) tea.Cmd {
			return d.edited(t, func(after text.Raw, changed bool, err error) tea.Msg {
				return shots.Edited{Tag: tag, Text: after, Changed: changed, Err: err}
			})
		},
	}
}

// sampled is how many rows of a file are shown before it is imported.
const sampled = 8

// bringShots reads a file of shots as galley import shots does; dry changes nothing.
// What the columns are is said also where the file can't be taken.
func (d *desk) bringShots(ctx context.Context, promptID int64, path, maps string, dry bool) (shots.Brought, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, rest)
		}
	}
	b := shots.Brought{File: text.Raw(filepath.Base(path))}
	i := importing{file: path, maps: maps, dry: dry, options: exchange.Options{File: path}}
	if maps != "" {
		var err error
		if i.options.Map, err = exchange.ParseMap(maps); err != nil {
			return b, err
		}
	}
	g := &globals{}
	r, closer, err := g.openFile(path)
	if err != nil {
		return b, err
	}
	defer closer()
	data, err := readAll(r, i.options)
	if err != nil {
		return b, err
	}
	for _, c := range look(data, i.options, "shots").became("shots", i.options, nil) {
		b.Columns = append(b.Columns, shots.Column{Name: c.Column, Becomes: c.Becomes})
	}
	got, err := importShots(ctx, d, session.PromptInfo{Prompt: session.Prompt{ID: promptID}}, i, bytes.NewReader(data))
	b.Count = got.Count
	for _, n := range got.Notes {
		b.Notes = append(b.Notes, text.Raw(fmt.Sprintf("line %d: %s", n.Line, n.What)))
	}
	if err == nil && dry {
		rows, _, rerr := exchange.ReadShots(bytes.NewReader(data), i.options)
		if rerr != nil {
			return b, rerr
		}
		b.Sample = rows[:min(sampled, len(rows))]
	}
	return b, err
}
