package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"galley/session/text"
)

func backupCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a whole copy of the workspace, also while it is in use",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			if _, err := os.Lstat(args[0]); err == nil {
				return usage("%s exists already; nothing was changed", text.Raw(args[0]))
			}
			if err := d.store.Backup(ctx, args[0]); err != nil {
				return usage("%w", err)
			}
			g.say("%s", text.Raw(args[0]))
			return nil
		}),
	}
}
