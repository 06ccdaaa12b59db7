package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"galley/session/text"
	"galley/store"
)

func initCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Make an empty workspace",
		Args:  wants(0, 1),
		RunE: headless(g, func(ctx context.Context, args []string) error {
			path := g.workspacePath()
			if len(args) == 1 {
				path = args[0]
			}
			if _, err := os.Lstat(path); err == nil {
				return usage("%s exists already; nothing was changed", text.Raw(path))
			}
			st, err := store.Open(ctx, path, store.Options{Create: true})
			if errors.Is(err, fs.ErrNotExist) {
				return usage("%s: there is no such folder", text.Raw(path))
			}
			if err != nil {
				return err
			}
			if err := st.Close(); err != nil {
				return &exitError{exitIncomplete, fmt.Errorf("closing the workspace: %w", err)}
			}
			g.say("%s", text.Raw(path))
			g.talk("an empty workspace; go on with galley new prompt NAME -w %s", text.Raw(path))
			return nil
		}),
	}
}
