// Command galley is a terminal workbench for prompts.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"galley/engine/backend"
	"galley/session/text"
	"galley/store"
)

// commands lists the subcommands.
func commands(g *globals) []*cobra.Command {
	return []*cobra.Command{
		demoCommand(g),
		initCommand(g),
		listCommand(g),
		newCommand(g),
		editCommand(g),
		copyCommand(g),
		renameCommand(g),
		deleteCommand(g),
		setCommand(g),
		bindCommand(g),
		undoCommand(g),
		historyCommand(g),
		importCommand(g),
		revisionsCommand(g),
		diffCommand(g),
		restoreCommand(g),
		proofCommand(g),
		lintCommand(g),
		internCommand(g),
		rankCommand(g),
		runCommand(g),
		shuffleCommand(g),
		ablateCommand(g),
		varyCommand(g),
		showCommand(g),
		whyCommand(g),
		cacheCommand(g),
		judgeCommand(g),
		reportCommand(g),
		readCommand(g),
		labelCommand(g),
		noteCommand(g),
		correctCommand(g),
		assertCommand(g),
		checkCommand(g),
		exportCommand(g),
		modelsCommand(g),
		searchCommand(g),
		backupCommand(g),
		doctorCommand(g),
		keysCommand(g),
		versionCommand(g),
	}
}

func main() {
	harden()
	spareProc()
	g := &globals{in: os.Stdin, out: newSink(os.Stdout), err: newSink(os.Stderr)}
	os.Exit(execute(context.Background(), g, os.Args[1:]))
}

// execute runs a command line and returns its exit code. An error is printed
// once, plain, on stderr.
func execute(ctx context.Context, g *globals, args []string) int {
	forgetPipes()
	g.incomplete = new(atomic.Bool)
	root := rootCommand(g)
	root.SetArgs(args)
	root.SetIn(g.in)
	root.SetOut(g.out)
	root.SetErr(g.err)
	err := root.ExecuteContext(ctx)
	if lost := lostOutput(g.out); lost != nil {
		if errors.Is(lost, syscall.EPIPE) {
			return 128 + int(syscall.SIGPIPE) // whoever read us has gone; nobody is there to be told
		}
		err = &exitError{exitIncomplete, fmt.Errorf("writing the result: %s", reason(lost))}
	}
	if err == nil && g.incomplete.Load() {
		return exitIncomplete
	}
	if err == nil {
		return exitOK
	}
	if msg := ownWords(err.Error()); msg != "" {
		g.talk("galley: %s", text.Raw(msg+whereNames(err, msg)))
	}
	var access *backend.AccessError
	if errors.As(err, &access) {
		return exitBackend
	}
	return code(err)
}

// whereNames says which command lists the names, where an error is about one that is
// not there and does not say what to do.
func whereNames(err error, msg string) string {
	var missing *store.NotFound
	if !errors.As(err, &missing) || missing.Deleted || strings.Contains(msg, "; ") {
		return ""
	}
	switch missing.Noun {
	case "prompt", "variant", "case", "shot", "resource", "run", "study", "suite", "note":
		return "; galley list " + strings.Replace(missing.Noun+"s", "ys", "ies", 1) + " says what there is"
	}
	return ""
}

var flagGroup = regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.+)\] were all set$`)

var flagValue = regexp.MustCompile(`^invalid argument (".*") for "(?:-\w, )?(--[\w-]+)" flag: (?:strconv\.Parse(Int|Uint|Float|Bool)|time): .*?(; see galley .*)?$`)

// ownWords is what is wrong, where the flags' library says it in words about itself.
func ownWords(msg string) string {
	if m := flagValue.FindStringSubmatch(msg); m != nil {
		what := map[string]string{"Int": "a whole number", "Uint": "a whole number from 0 on", "Float": "a number", "Bool": "true or false", "": "a time, as in 90s or 5m"}[m[3]]
		return m[2] + " takes " + what + ", not " + m[1] + m[4]
	}
	m := flagGroup.FindStringSubmatch(msg)
	if m == nil {
		return msg
	}
	return "--" + strings.Join(strings.Fields(m[1]), " and --") + " can't be given together; leave one out"
}

func rootCommand(g *globals) *cobra.Command {
	root := &cobra.Command{
		Use:   "galley [FILE]",
		Short: "A terminal workbench for prompts",
		Long: `Galley is a terminal workbench for prompts: put one together, read the exact
final context, run variants side by side, judge answers blind, turn what wins
into assertions and hold them in CI, on a terminal or from a script.

  galley demo          makes a sample workspace and opens it
  galley FILE          opens a workspace
  galley help TOPIC    ` + strings.Join(topicNames(), ", "),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.MaximumNArgs(1),
		PersistentPreRunE: func(*cobra.Command, []string) error {
			switch g.color {
			case "auto", "always", "never":
				return nil
			}
			return usage("--color is auto, always or never")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := g.workspacePath()
			if len(args) == 1 {
				path = args[0]
				if err := mistyped(cmd, path); err != nil {
					return err
				}
			}
			if why := fitTerminal(); why != nil {
				return usage("%w; without one, galley list prompts -w %s reads the workspace and galley run asks models", why, text.Raw(path))
			}
			return workbench(cmd.Context(), g, path, opening{})
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	cobra.EnableCommandSorting = false // they stand in the order of the work
	f := root.PersistentFlags()
	f.StringVarP(&g.workspace, "workspace", "w", "", "the workspace `FILE`; default $GALLEY_WORKSPACE, else galley.db")
	f.StringVar(&g.config, "config", "", "the config `FILE`; default $GALLEY_CONFIG, else galley/config.toml in your config folder")
	f.StringVar(&g.color, "color", "auto", "`WHEN` to use colour: auto, always or never; NO_COLOR is heeded")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if near := nearFlags(err, cmd); near != "" {
			return usage("%w; did you mean %s? See %s --help", err, near, cmd.CommandPath())
		}
		return usage("%w; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(commands(g)...)
	root.SetHelpCommand(helpCommand(g))
	return root
}

// mistyped is the error for a FILE that is not there and could be a command.
func mistyped(cmd *cobra.Command, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) || strings.ContainsAny(path, `/\.`) {
		return nil
	}
	hint := "galley help lists the commands"
	if near := like(path, cmd.Commands()); len(near) > 0 {
		hint = "did you mean galley " + strings.Join(near, " or galley ") + "?"
	}
	return usage("%s is neither a command nor a file; %s", text.Raw(path), hint)
}

// like are the commands whose name is close to a word.
func like(word string, all []*cobra.Command) []string {
	var out []string
	for _, c := range all {
		if !c.Hidden && near(word, c.Name()) {
			out = append(out, c.Name())
		}
	}
	return out
}

// near tells that a word may be meant as a name: at most two letters are added,
// taken, changed or changed places with the next, and no more than a third of them.
func near(word, name string) bool {
	return edits(strings.ToLower(word), name) <= min(2, len(word)/3)
}

// nearFlags are the flags of a command that may be meant where an error is about one
// that it has not: those that begin so, else those of a near name.
func nearFlags(err error, cmd *cobra.Command) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return ""
	}
	word := unknown.GetSpecifiedName()
	var begin, alike []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Hidden:
		case len(word) > 2 && strings.HasPrefix(f.Name, strings.ToLower(word)):
			begin = append(begin, "--"+f.Name)
		case near(word, f.Name):
			alike = append(alike, "--"+f.Name)
		}
	})
	if len(begin) > 0 {
		alike = begin
	}
	return strings.Join(alike, " or ")
}

// edits counts what makes b of a: bytes added, taken, changed, or swapped with
// the one behind.
func edits(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func demoCommand(g *globals) *cobra.Command {
	var at string
	var noOpen bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Make the sample workspace and open it; without a terminal, walk through the job",
		Args:  wants(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if fitTerminal() == nil && !noOpen {
				return demo(cmd.Context(), g, at, noOpen) // the workbench minds its own signals
			}
			return headless(g, func(ctx context.Context, _ []string) error { return demo(ctx, g, at, noOpen) })(cmd, nil)
		},
	}
	c.Flags().StringVar(&at, "at", "", "where: `FILE`, never written over; default "+demoFile)
	c.Flags().BoolVar(&noOpen, "no-open", false, "make it and do no more")
	return c
}
