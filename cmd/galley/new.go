package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
)

func newCommand(g *globals) *cobra.Command {
	return nouns("new", "Make a prompt, variant, block, case, cases of a cross product, shot, resource, suite or failure mode",
		newPrompt(g), newVariant(g), newBlock(g), newCase(g), newCases(g), newShot(g), newResource(g), newSuite(g), newMode(g))
}

// source is where the text of a command comes from.
type source struct {
	file  string
	exact bool
}

func (s *source) flags(c *cobra.Command, what string) {
	c.Flags().StringVarP(&s.file, "file", "f", "", what+" from `FILE`, - for stdin")
	c.Flags().BoolVar(&s.exact, "exact", false, "keep the line end at the end of the text")
}

func newPrompt(g *globals) *cobra.Command {
	var s source
	var note string
	c := &cobra.Command{
		Use:   "prompt NAME",
		Short: "Make a prompt with nothing in it",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			guideline, _, err := g.given(s.file, s.exact, false)
			if err != nil {
				return err
			}
			p, err := d.store.CreatePrompt(ctx, args[0], guideline, text.Raw(note))
			if err == nil {
				g.say("%s", p.Name)
			}
			return err
		}),
	}
	s.flags(c, "its guideline")
	c.Flags().StringVar(&note, "note", "", "one line on what it is for")
	return c
}

func newVariant(g *globals) *cobra.Command {
	var s source
	var intent, content string
	c := &cobra.Command{
		Use:   "variant PROMPT/NAME",
		Short: "Make a variant: a system block, instructions, and an input block for the prompt's variables",
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			p, name, err := d.newName(ctx, args[0])
			if err != nil {
				return err
			}
			made, err := g.firstWording(ctx, d, p, s, content)
			if err != nil {
				return err
			}
			v, err := d.store.CreateVariant(ctx, p.ID, name, made, text.Raw(intent))
			if err == nil {
				g.say("%s", text.Raw(v.Ref().String()))
			}
			return err
		}),
	}
	s.flags(c, "the instructions")
	c.Flags().StringVar(&content, "content", "", "blocks and parameters from `FILE`, as galley edit variant shows them")
	c.Flags().StringVar(&intent, "intent", "first wording", "one line on what it tries")
	c.MarkFlagsMutuallyExclusive("file", "content")
	return c
}

// newName is the prompt and the name of a variant that is to be made.
func (d *desk) newName(ctx context.Context, s string) (session.PromptInfo, string, error) {
	prompt := ""
	name := s
	if p, v, ok := strings.Cut(s, "/"); ok {
		prompt, name = p, v
	}
	p, err := d.prompt(ctx, prompt)
	return p, name, err
}

// firstWording is the content of a new variant.
func (g *globals) firstWording(ctx context.Context, d *desk, p session.PromptInfo, s source, contentFile string) (session.Content, error) {
	if contentFile != "" {
		data, err := g.readFile(contentFile)
		if err != nil {
			return session.Content{}, err
		}
		return parseContent(contentFile, data)
	}
	cases, err := d.casesThere(ctx, g, p.ID)
	if err != nil {
		return session.Content{}, err
	}
	words, ok, err := g.given(s.file, s.exact, false)
	if err != nil {
		return session.Content{}, err
	}
	c := firstContent()
	at := func(k session.Kind) int {
		return slices.IndexFunc(c.Blocks, func(b session.Block) bool { return b.Kind == k })
	}
	c.Blocks[at(session.KindInput)].Text = session.InputText(cases)
	if !ok {
		return c, nil
	}
	i := at(session.KindInstructions)
	c.Blocks[i].Text = words
	if len(session.Content{Blocks: c.Blocks[i : i+1]}.Names()) > 0 { // they hold the input themselves
		c.Blocks = slices.Delete(c.Blocks, at(session.KindInput), at(session.KindInput)+1)
	}
	return c, nil
}

// blockFlags are the traits of a block that can be given.
type blockFlags struct {
	title, role, wrap, layout, order, shots string
	at                                      int
	on, off                                 bool
	items                                   itemFlags
}

func (b *blockFlags) flags(g *globals, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&b.title, "title", "", "its `TITLE`")
	f.StringVar(&b.role, "role", "", "who speaks it: system, user or assistant")
	f.StringVar(&b.wrap, "wrap", "", "what stands around it: none, xml, markdown or json")
	f.StringVar(&b.layout, "layout", "", "of a shots block: inline or turns")
	f.StringVar(&b.order, "order", "", "of a shots or resources block: as-is, seed:42 or williams:3/10@42")
	f.StringVar(&b.shots, "shots", "", "of a shots block: names of shots from the bank, in order, or all")
	f.IntVar(&b.at, "at", 0, "its place among the blocks, from 1")
	b.items.flags(g, c)
}

// apply writes the flags that were given into a block.
func (b *blockFlags) apply(ctx context.Context, cmd *cobra.Command, d *desk, v session.VariantInfo, to *session.Block) error {
	has := func(name string) bool { f := cmd.Flags().Lookup(name); return f != nil && f.Changed }
	if has("title") {
		to.Title = text.Raw(b.title)
	}
	if has("role") {
		if err := to.SetRole(b.role); err != nil {
			return err
		}
	}
	if has("wrap") {
		if err := to.SetWrap(b.wrap); err != nil {
			return err
		}
	}
	if has("layout") {
		if err := to.SetLayout(b.layout); err != nil {
			return err
		}
	}
	if has("order") {
		o, err := session.ParseOrder(b.order)
		if err != nil {
			return err
		}
		to.Order = o.String()
	}
	if has("shots") {
		if to.Kind != session.KindShots {
			return usage("block %s holds no shots; make one with galley new block %s shots", to.Name(), text.Raw(v.Ref().String()))
		}
		bank, err := d.store.Shots(ctx, v.PromptID)
		if err != nil {
			return err
		}
		if to.Shots, err = session.PickShots(bank, b.shots); err != nil {
			return err
		}
	}
	if err := b.items.apply(ctx, cmd, d, v, to); err != nil {
		return err
	}
	if b.on {
		to.Off = false
	}
	if b.off {
		to.Off = true
	}
	return nil
}

// saveFlags say how a changed variant is kept.
type saveFlags struct {
	intent    string
	dropDraft bool
}

func (s *saveFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.intent, "intent", "", "one line on why, kept with the revision")
	c.Flags().BoolVar(&s.dropDraft, "drop-draft", false, "throw away what lies unsaved in the workbench")
}

// save keeps a changed content as a new revision and prints its name.
func (s *saveFlags) save(ctx context.Context, g *globals, d *desk, v session.VariantInfo, c session.Content, intent string) error {
	if v.Drafted && !s.dropDraft {
		return usage("%s has unsaved work in the workbench; save it there, or throw it away with --drop-draft", text.Raw(v.Ref().String()))
	}
	if s.intent != "" {
		intent = s.intent
	}
	rev, saved, err := d.store.Save(ctx, v.ID, v.Revision.ID, c, text.Raw(intent))
	if err != nil {
		return err
	}
	if !saved {
		g.talk("nothing changed")
	}
	v.Revision = rev
	g.say("%s", text.Raw(v.Ref().String()))
	return nil
}

func newBlock(g *globals) *cobra.Command {
	var s source
	var b blockFlags
	var keep saveFlags
	var begin string
	c := &cobra.Command{
		Use:   "block VARIANT KIND",
		Short: "Add a block to a variant: system, instructions, resources, shots, input and the other kinds",
		Args:  wants(2, 2),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		v, err := d.variant(ctx, args[0], "")
		if err != nil {
			return err
		}
		k, err := session.ParseKind(args[1])
		if err != nil {
			return err
		}
		made := session.NewBlock(newUID(), k)
		if begin != "" {
			uid := made.UID
			if made, err = scaffold(begin, k); err != nil {
				return err
			}
			made.UID, made.Kind = uid, k
		}
		wordless := k == session.KindShots || k == session.KindResources || begin != ""
		words, ok, err := g.given(s.file, s.exact, !wordless)
		switch {
		case err != nil:
			return err
		case ok:
			made.Text = words
		case !wordless:
			return usage("the block wants a text: give it with --file FILE or on stdin")
		}
		if err := b.apply(ctx, c, d, v, &made); err != nil {
			return err
		}
		content := v.Revision.Content.Clone()
		at := len(content.Blocks)
		if b.at > 0 {
			at = min(b.at-1, at)
		}
		content.Blocks = slices.Insert(content.Blocks, at, made)
		return keep.save(ctx, g, d, v, content, "add "+made.Name().String())
	})
	s.flags(c, "its text")
	b.flags(g, c)
	keep.flags(c)
	c.Flags().StringVar(&begin, "scaffold", "", "begin with the words of a scaffold: "+scaffolds())
	return c
}

func newCase(g *globals) *cobra.Command {
	var prompt, into, wanted, tags, split string
	var given []string
	var s source
	c := &cobra.Command{
		Use:   "case [NAME]",
		Short: "Make a case; without a name it gets the next free one",
		Args:  wants(0, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return err
		}
		made := session.Case{Tags: tagList(tags)}
		if len(args) == 1 {
			made.Name = text.Raw(args[0])
		}
		if made.Split, err = session.ParseSplit(split); err != nil {
			return err
		}
		if made.Vars, err = session.ParseVars(given); err != nil {
			return err
		}
		words, ok, err := g.given(s.file, s.exact, len(given) == 0)
		if err != nil {
			return err
		}
		if ok {
			made.Vars = append(made.Vars, session.Var{Name: text.Raw(into), Value: words})
		}
		if len(made.Vars) == 0 {
			return usage("a case wants a value: --var NAME=VALUE, or a text with --file FILE or on stdin")
		}
		if c.Flags().Changed("wanted") {
			w := text.Raw(wanted)
			made.Wanted = &w
		}
		cases, err := d.store.CreateCases(ctx, p.ID, []session.Case{made})
		if err == nil {
			g.say("%s", cases[0].Name)
		}
		return err
	})
	promptFlag(c, &prompt)
	s.flags(c, "the value of a variable")
	c.Flags().StringVar(&into, "into", "input", "the `VARIABLE` that the text of --file or stdin is for")
	c.Flags().StringArrayVar(&given, "var", nil, "a value, `NAME=VALUE`; may stand several times")
	c.Flags().StringVar(&wanted, "wanted", "", "the `ANSWER` that is right")
	c.Flags().StringVar(&tags, "tags", "", "`TAGS`, comma-separated")
	c.Flags().StringVar(&split, "split", "dev", "dev or holdout")
	return c
}

// tagList reads what was given as tags.
func tagList(s string) []text.Raw { return session.ReadTags(text.Raw(s)) }

func newShot(g *globals) *cobra.Command {
	var prompt, input, output, tags, calls, pin, from string
	var s source
	c := &cobra.Command{
		Use:   "shot [NAME]",
		Short: "Put a shot into the prompt's bank; without a name it gets the next free one",
		Args:  wants(0, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		if from != "" {
			return d.newShotFrom(ctx, g, from, args, tagList(tags), pin)
		}
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return err
		}
		made := session.Shot{Input: text.Raw(input), Output: text.Raw(output), Tags: tagList(tags)}
		if len(args) == 1 {
			made.Name = text.Raw(args[0])
		}
		words, ok, err := g.given(s.file, s.exact, !c.Flags().Changed("input"))
		if err != nil {
			return err
		}
		if ok {
			made.Input = words
		}
		if err := shotTraits(c, &made, calls, pin); err != nil {
			return err
		}
		if made.Output == "" && len(made.Calls) == 0 {
			return usage("a shot wants an answer: --output TEXT, or --calls JSON")
		}
		shots, err := d.store.CreateShots(ctx, p.ID, []session.Shot{made})
		if err == nil {
			g.say("%s", shots[0].Name)
		}
		return err
	})
	promptFlag(c, &prompt)
	s.flags(c, "the input")
	c.Flags().StringVar(&input, "input", "", "the `TEXT` of its input")
	c.Flags().StringVar(&output, "output", "", "the `TEXT` of its answer")
	c.Flags().StringVar(&tags, "tags", "", "`TAGS`, comma-separated")
	shotFlags(c, &calls, &pin)
	c.Flags().StringVar(&from, "from", "", "of this `OUTPUT`, as in r7#3: its correction, or else the answer, for the input as it was sent")
	for _, flag := range []string{"file", "input", "output", "calls", "prompt"} {
		c.MarkFlagsMutuallyExclusive("from", flag)
	}
	return c
}

func shotFlags(c *cobra.Command, calls, pin *string) {
	c.Flags().StringVar(calls, "calls", "", `the tools that it calls, as JSON: [{"name": "lookup", "arguments": {"id": 7}, "result": "shipped"}]; "" none`)
	c.Flags().StringVar(pin, "pin", "", "hold it at one end whatever the order: first, last or none")
}

// shotTraits writes calls and pin into a shot, where they were given.
func shotTraits(c *cobra.Command, s *session.Shot, calls, pin string) (err error) {
	if c.Flags().Changed("calls") {
		if s.Calls, err = session.ParseCalls(text.Raw(calls)); err != nil {
			return usage("--calls: %w", err)
		}
	}
	if c.Flags().Changed("pin") {
		if s.Pin, err = session.ParsePin(pin); err != nil {
			return usage("--pin: %w", err)
		}
	}
	return nil
}
