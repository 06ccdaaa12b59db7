package main

import (
	"strings"

	"github.com/spf13/cobra"

	"galley/session/text"
	"galley/tui"
	"galley/tui/kit"
)

func keysCommand(g *globals) *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:   "keys",
		Short: "List the keys of the workbench",
		Args:  wants(0, 0),
		RunE: func(*cobra.Command, []string) error {
			all := tui.Actions(tui.Deps{})
			switch {
			case markdown:
				g.say("%s", strings.TrimSuffix(keysMarkdown(all), "\n"))
				return nil
			case g.json:
				return g.printJSON(keysJSON(all))
			}
			t := newTable("STATION", "KEY", "ACTION", "WHAT IT DOES")
			for _, s := range all {
				for _, a := range s.Actions {
					t.row(station(s), keyNames(a), a.Key.Help().Desc, a.Long)
				}
			}
			t.print(g)
			return nil
		},
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the tables of the README")
	jsonFlag(c, g, "print a JSON list")
	return c
}

func station(s tui.Keyed) string {
	if s.Station == "" {
		return "Everywhere"
	}
	return s.Station
}

// keyNames are the keys of an action as people write them.
func keyNames(a kit.Action) string {
	var names []string
	for _, k := range a.Key.Keys() {
		names = append(names, kit.KeyName(k))
	}
	return strings.Join(names, " ")
}

type keyJSON struct {
	Station string   `json:"station"`
	ID      string   `json:"id"`
	Keys    []string `json:"keys"`
	Label   string   `json:"label"`
	About   string   `json:"about"`
}

func keysJSON(all []tui.Keyed) []keyJSON {
	out := []keyJSON{}
	for _, s := range all {
		for _, a := range s.Actions {
			out = append(out, keyJSON{station(s), a.ID, orEmpty(a.Key.Keys()), a.Key.Help().Desc, a.Long})
		}
	}
	return out
}

// keysMarkdown is the key tables of the README.
func keysMarkdown(all []tui.Keyed) string {
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("**" + station(s) + "**\n\n| key | what it does |\n|---|---|\n")
		for _, a := range s.Actions {
			var keys []string
			for _, k := range a.Key.Keys() {
				keys = append(keys, "`"+kit.KeyName(k)+"`")
			}
			b.WriteString("| " + cell(strings.Join(keys, " ")) + " | " + cell(text.Of(a.Long).OneLine().String()) + " |\n")
		}
	}
	return b.String()
}

// cell is text inside a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
