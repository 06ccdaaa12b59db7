package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func undoCommand(g *globals) *cobra.Command {
	var redo bool
	c := &cobra.Command{
		Use:   "undo [N]",
		Short: "Take back the last edit, or the last N",
		Args:  wants(0, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			n := 1
			if len(args) == 1 {
				var err error
				if n, err = strconv.Atoi(args[0]); err != nil || n < 1 {
					return usage("undo %q: write how many, from 1", text.Raw(args[0]))
				}
			}
			do, verb := d.store.Undo, "took back"
			if redo {
				do, verb = d.store.Redo, "did again"
			}
			edits, err := do(ctx, n)
			if err != nil {
				return err
			}
			if g.json {
				return g.printJSON(editsJSON(edits))
			}
			for _, e := range edits {
				g.say("%s: %s", verb, editLine(e))
			}
			if len(edits) == 0 {
				g.talk("there is nothing to take back or do again")
			}
			return nil
		}),
	}
	c.Flags().BoolVar(&redo, "redo", false, "do the last undone edits again")
	jsonFlag(c, g, "print the edits as a JSON list")
	return c
}

type editJSON struct {
	ID     int64    `json:"id"`
	AtMS   int64    `json:"at_ms"`
	Verb   string   `json:"verb"`
	Noun   string   `json:"noun"`
	Name   text.Raw `json:"name"`
	Detail text.Raw `json:"detail"`
	Undone bool     `json:"undone"`
	Undoes *int64   `json:"undoes"`
}

func editsJSON(edits []session.Edit) []editJSON {
	out := []editJSON{}
	for _, e := range edits {
		out = append(out, editJSON{e.ID, e.AtMS, e.Verb, e.Noun, e.Name, e.Detail, e.Undone, some(e.Undoes)})
	}
	return out
}

// editLine is an edit in words. What came into a prompt is named before it.
func editLine(e session.Edit) string {
	if e.Detail != "" && (e.Noun == "case" || e.Noun == "shot") {
		name, detail := text.Show(e.Name).OneLine().String(), text.Show(e.Detail).OneLine().String()
		switch e.Verb {
		case "create":
			return "create " + e.Noun + " " + detail + " in " + name
		case "import":
			return "import " + detail + " into " + name
		}
	}
	s := e.Verb + " " + e.Noun + " " + text.Show(e.Name).OneLine().String()
	if e.Detail != "" {
		s += " (" + text.Show(e.Detail).OneLine().String() + ")"
	}
	return s
}

func historyCommand(g *globals) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "history",
		Short: "List what was changed, newest first",
		Args:  wants(0, 0),
		RunE: withDesk(g, func(ctx context.Context, d *desk, _ []string) error {
			edits, err := d.store.History(ctx, limit)
			if err != nil {
				return err
			}
			t := newTable("EDIT", "WHEN", "WHAT", "UNDONE").numbers(0)
			for _, e := range edits {
				undone := ""
				if e.Undone {
					undone = "yes"
				}
				t.row(e.ID, when(e.AtMS), text.Raw(editLine(e)), undone)
			}
			return g.list(editsJSON(edits), t)
		}),
	}
	c.Flags().IntVar(&limit, "limit", 100, "how many")
	jsonFlag(c, g, "print a JSON list")
	return c
}
