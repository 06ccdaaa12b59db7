package main

import (
	"embed"
	"strings"

	"github.com/spf13/cobra"

	"galley/session/text"
)

//go:embed docs/*.md
var docs embed.FS

// topics lists the pages of galley help in their order, with a line on each.
func topics() []struct{ name, about string } {
	return []struct{ name, about string }{
		{"config", "the config file: backends, prices, theme, editor"},
		{"prompts-and-blocks", "what a prompt, a variant, a block and a case are"},
		{"chains", "a variable that is another prompt's output, frozen at a run"},
		{"resources", "texts to answer from: import, ranking, marks"},
		{"lint", "what lint looks for, and how to silence it"},
		{"orders", "how the shots stand, and how to tell whether it matters"},
		{"studies", "does the order matter, what is each part worth, how many shots, how varied"},
		{"runs", "asking models: fast, timing and repeatable runs, limits, going on, the cache"},
		{"judging", "deciding blind, what the report says, reading answers, pairs for training"},
		{"suites", "assertions: kinds, proposals, what a check does"},
		{"ci", "a suite in CI: GitHub and GitLab, and no key for forks"},
		{"backends", "where models live, and what the built-in one is"},
		{"exit-codes", "what the program returns"},
		{"json", "what --json prints"},
	}
}

func topicNames() []string {
	var out []string
	for _, t := range topics() {
		out = append(out, t.name)
	}
	return out
}

func helpCommand(g *globals) *cobra.Command {
	long := "Help on a command, or a page on one of these:\n\n"
	for _, t := range topics() {
		long += "  " + t.name + strings.Repeat(" ", 20-len(t.name)) + t.about + "\n"
	}
	return &cobra.Command{
		Use:   "help [TOPIC | COMMAND]",
		Short: "Explain a command or a topic: " + strings.Join(topicNames(), ", "),
		Long:  long,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if len(args) == 0 {
				return root.Help()
			}
			if page, err := docs.ReadFile("docs/" + args[0] + ".md"); err == nil && len(args) == 1 {
				g.say("%s", strings.TrimSuffix(plainPage(string(page)), "\n"))
				return nil
			}
			found, rest, err := root.Find(args)
			if err != nil || found == root || len(rest) > 0 {
				return usage("there is no help on %q; galley help lists the commands, and there are pages on %s",
					text.Raw(strings.Join(args, " ")), strings.Join(topicNames(), ", "))
			}
			return found.Help()
		},
	}
}

// plainPage is a page without the marks that only a Markdown reader wants: the
// rest of Markdown is made to be read as it is.
func plainPage(s string) string {
	var out []string
	code := false
	for line := range strings.SplitSeq(s, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			continue
		case code:
			line = strings.TrimRight("  "+line, " ")
		case strings.HasPrefix(line, "#"):
			line = strings.ToUpper(strings.TrimLeft(line, "# "))
		default:
			line = strings.ReplaceAll(line, "`", "")
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}
