package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

type versionJSON struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Changed  bool   `json:"changed"` // built with edits that were not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// version is what the binary was built from.
func version() versionJSON {
	v := versionJSON{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Changed = s.Value == "true"
		}
	}
	return v
}

func versionCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "version",
		Short: "Say what this galley was built from",
		Args:  wants(0, 0),
		RunE: func(*cobra.Command, []string) error {
			v := version()
			if g.json {
				return g.printJSON(v)
			}
			line := "galley " + v.Version
			if v.Revision != "" {
				line += " " + v.Revision[:min(12, len(v.Revision))]
			}
			if v.Changed {
				line += " with changes"
			}
			g.say("%s, %s, %s", line, v.Go, v.Platform)
			return nil
		},
	}
	jsonFlag(c, g, "print a JSON object")
	return c
}
