package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/store/exchange"
)

func importCommand(g *globals) *cobra.Command {
	return nouns("import", "Bring in cases, shots, resources, outputs, verdicts, a prompt or a suite from a file; all of it or nothing",
		importNoun(g, "cases FILE", "Import cases: CSV, JSON Lines, a JSON array or a YAML list", importCases),
		importNoun(g, "shots FILE", "Import shots into the prompt's bank", importShots),
		importNoun(g, "outputs FILE", "Import answers that came from elsewhere, as a finished run", importOutputs),
		importNoun(g, "prompt FILE", "Import a wording: a text, or a JSON list of messages", importPrompt),
		importNoun(g, "verdicts FILE", "Import battle records: what was decided, and the answers where they are there", importVerdicts),
		importResources(g), importSuiteNoun(g))
}

// importing is one galley import.
type importing struct {
	file, prompt, format, model, variant string
	suite                                string // its name, in place of the file's
	author                               string // who typed the answers, and so never judges them
	maps, leave                          string
	dry                                  bool

	options exchange.Options
}

// imported is what an import did, as JSON.
type imported struct {
	File    string       `json:"file"`
	Noun    string       `json:"noun"`
	Prompt  text.Raw     `json:"prompt"`
	Count   int          `json:"count"`
	Names   []text.Raw   `json:"names"`
	Columns []columnJSON `json:"columns"`
	Notes   []noteLine   `json:"notes"`
	DryRun  bool         `json:"dry_run"`
	Run     string       `json:"run,omitempty"`
}

type noteLine struct {
	Line int    `json:"line"`
	What string `json:"what"`
}

type importer func(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error)

func importNoun(g *globals, use, short string, read importer) *cobra.Command {
	var i importing
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			i.file = args[0]
			p, err := d.prompt(ctx, i.prompt)
			if err != nil {
				return err
			}
			i.options = exchange.Options{File: sourceName(i.file), Format: i.format}
			i.options.Leave = session.SplitList(i.leave)
			if i.maps != "" {
				if i.options.Map, err = exchange.ParseMap(i.maps); err != nil {
					return usage("%w", err)
				}
			}
			r, closer, err := g.openFile(i.file)
			if err != nil {
				return err
			}
			defer closer()
			done, err := read(ctx, d, p, i, r)
			if err != nil {
				return err
			}
			return g.printImported(done)
		}),
	}
	if help := columnsHelp(c.Name()); help != "" {
		c.Long = short + ".\n\n" + help
	}
	promptFlag(c, &i.prompt)
	f := c.Flags()
	f.BoolVar(&i.dry, "dry-run", false, "read and check everything, change nothing")
	switch c.Name() {
	case "prompt":
		f.StringVar(&i.variant, "variant", "imported", "the `NAME` of the variant that it becomes")
		f.StringVar(&i.format, "format", "", formatHelp(c.Name()))
	default:
		f.StringVar(&i.format, "format", "", formatHelp(c.Name()))
		f.StringVar(&i.maps, "map", "", "which column is what, as in `input=question,wanted=label`")
	}
	if c.Name() == "cases" || c.Name() == "shots" {
		f.StringVar(&i.leave, "leave-out", "", "`COLUMNS` that are not brought in, comma-separated")
	}
	if c.Name() == "outputs" {
		f.StringVar(&i.model, "model", "import/outputs", "the `MODEL` that the answers are kept under where the file names none")
	}
	if c.Name() == "outputs" {
		f.StringVar(&i.variant, "variant", "", "the `VARIANT` that they answer where the file names none; without it they are another system's")
	}
	if c.Name() == "outputs" || c.Name() == "verdicts" {
		f.StringVar(&i.author, "by", "", "the `AUTHOR` who typed the answers: nobody is asked to judge their own")
	}
	jsonFlag(c, g, "print a JSON object")
	return c
}

// importSuiteNoun needs no prompt: the suite brings its own where there is none of
// its name.
func importSuiteNoun(g *globals) *cobra.Command {
	var i importing
	c := &cobra.Command{
		Use:   "suite FOLDER|FILE",
		Short: "Import a suite: a folder that galley export suite wrote, or a promptfoo config",
		Long: `Import a suite: a folder that galley export suite wrote, or a promptfoo config or
the folder that it lies in. Cases and variants that are not there yet come along;
nothing in the file is run, and no provider is taken over.

A config that gives no name of its own is called after its folder, or after the
file where that is not called promptfooconfig: the suite, and without --prompt
the prompt too. --suite gives another name.`,
		Args: wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			i.file = args[0]
			i.options = exchange.Options{File: i.file, Format: i.format}
			done, err := importSuite(ctx, d, i)
			if err != nil {
				return err
			}
			return g.printImported(done)
		}),
	}
	c.Flags().StringVarP(&i.prompt, "prompt", "p", "", "into this `PROMPT`; default the suite's own, made where it is not there")
	c.Flags().StringVar(&i.format, "format", "", formatHelp("suite"))
	c.Flags().StringVarP(&i.suite, "suite", "s", "", "call the suite `NAME`; default the name that the file gives, or the file's own")
	c.Flags().BoolVar(&i.dry, "dry-run", false, "read and check everything, change nothing")
	jsonFlag(c, g, "print a JSON object")
	return c
}

// openFile opens a file to read, "-" for stdin.
func (g *globals) openFile(name string) (io.Reader, func(), error) {
	if name == "-" {
		return g.in, func() {}, nil
	}
	fi, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, usage("there is no file %s", text.Raw(name))
	case err != nil:
		return nil, nil, usage("%s: %s", text.Raw(name), reason(err))
	case fi.IsDir():
		return nil, nil, usage("%s is a folder", text.Raw(name))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, usage("%s: %s", text.Raw(name), reason(err))
	}
	return f, func() { _ = f.Close() }, nil
}

func (g *globals) printImported(i imported) error {
	if g.json {
		return g.printJSON(i)
	}
	for _, n := range i.Notes {
		if n.Line > 0 {
			g.talk("%s:%d: %s", text.Raw(i.File), n.Line, text.Raw(n.What))
		} else {
			g.talk("%s: %s", text.Raw(i.File), text.Raw(n.What))
		}
	}
	g.sayColumns(i.Columns)
	verb := "imported"
	if i.DryRun {
		verb = "would import"
	}
	what := i.Noun
	if i.Count == 1 {
		what = map[string]string{"cases": "case", "shots": "shot", "outputs": "output", "variants": "variant", "verdicts": "verdict", "assertions": "assertion"}[i.Noun]
	}
	into := i.Prompt
	if i.Run != "" {
		into += " as " + text.Raw(i.Run)
	}
	g.say("%s %d %s into %s", verb, i.Count, what, into)
	return nil
}

func (i importing) result(p session.PromptInfo, noun string, notes []exchange.Note) imported {
	out := imported{File: i.options.File, Noun: noun, Prompt: p.Name, Names: []text.Raw{}, Columns: []columnJSON{}, Notes: []noteLine{}, DryRun: i.dry}
	for _, n := range notes {
		out.Notes = append(out.Notes, noteLine{n.Line, n.What})
	}
	return out
}

func importCases(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	data, err := readAll(r, i.options)
	if err != nil {
		return imported{}, err
	}
	rows, notes, file, err := d.readCases(ctx, p, data, i.options)
	out := i.result(p, "cases", nil)
	if err != nil {
		return out, err
	}
	out.Notes = append(out.Notes, notes...)
	out.Columns = file.became("cases", i.options, variablesOf(rows))
	if !i.dry {
		if rows, err = d.store.CreateCases(ctx, p.ID, rows); err != nil {
			return out, file.place(i.options, err)
		}
	}
	for _, c := range rows {
		out.Names = append(out.Names, c.Name)
	}
	out.Count = len(rows)
	return out, nil
}

// readCases reads the cases of a file as they would be brought in, with what is to
// be said of it.
func (d *desk) readCases(ctx context.Context, p session.PromptInfo, data []byte, o exchange.Options) ([]session.Case, []noteLine, brought, error) {
	file := look(data, o, "cases")
	if err := file.leaving(o); err != nil {
		return nil, nil, file, err
	}
	rows, read, err := exchange.ReadCases(bytes.NewReader(data), o)
	if err != nil {
		return nil, nil, file, usage("%w", err)
	}
	var notes []noteLine
	for _, n := range read {
		notes = append(notes, noteLine{n.Line, n.What})
	}
	for k := range rows {
		if rows[k].Tags, err = file.splitTags(o, k, rows[k].Tags); err != nil {
			return nil, nil, file, err
		}
	}
	variants, err := d.store.Variants(ctx, p.ID)
	if err != nil {
		return nil, nil, file, err
	}
	return rows, append(notes, missing(rows, variablesOf(rows), variants)...), file, nil
}

func importShots(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	data, err := readAll(r, i.options)
	if err != nil {
		return imported{}, err
	}
	rows, notes, err := exchange.ReadShots(bytes.NewReader(data), i.options)
	out := i.result(p, "shots", notes)
	if err != nil {
		return out, usage("%w", err)
	}
	file := look(data, i.options, "shots")
	for k := range rows {
		if rows[k].Tags, err = file.splitTags(i.options, k, rows[k].Tags); err != nil {
			return out, err
		}
		out.Names = append(out.Names, rows[k].Name)
	}
	out.Columns = file.became("shots", i.options, nil)
	if !i.dry {
		if rows, err = d.store.CreateShots(ctx, p.ID, rows); err != nil {
			return out, file.place(i.options, err)
		}
	}
	for k, s := range rows {
		out.Names[k] = s.Name
	}
	out.Count = len(rows)
	return out, nil
}

func importOutputs(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	data, err := readAll(r, i.options)
	if err != nil {
		return imported{}, err
	}
	rows, notes, err := exchange.ReadOutputs(bytes.NewReader(data), i.options)
	out := i.result(p, "outputs", notes)
	if err != nil {
		return out, usage("%w", err)
	}
	out.Columns = look(data, i.options, "outputs").became("outputs", i.options, nil)
	if _, _, err := session.ParseModelRef(i.model); err != nil {
		return out, err
	}
	variants := map[string]session.VariantInfo{}
	cases, err := d.casesThere(ctx, nil, p.ID)
	if err != nil {
		return out, err
	}
	known := map[text.Raw]bool{}
	for _, c := range cases {
		known[c.Name] = true
	}
	for k, o := range rows {
		if o.Variant == "" {
			rows[k].Variant = text.Raw(i.variant)
			o = rows[k]
		}
		at := func(err error) error {
			return usage("%s:%d: %w; nothing was changed", text.Raw(i.options.File), o.Line, err)
		}
		if !known[o.Case] {
			return out, at(fmt.Errorf("there is no case %q in %s", o.Case, p.Name))
		}
		if o.Model != "" {
			if _, _, err := session.ParseModelRef(string(o.Model)); err != nil {
				return out, at(err)
			}
		}
		if _, ok := variants[string(o.Variant)]; ok || o.Variant == "" {
			continue
		}
		ref, err := session.ParseVariantRef(string(o.Variant), string(p.Name))
		if err == nil && ref.Prompt != string(p.Name) {
			err = fmt.Errorf("%s is not of the prompt %s", o.Variant, p.Name)
		}
		if err != nil {
			return out, at(err)
		}
		if variants[string(o.Variant)], err = d.store.Variant(ctx, ref); err != nil {
			return out, at(err)
		}
	}
	run, proofs, results, err := outputsRun(p.Prompt, variants, cases, rows, i.model)
	if err != nil {
		return out, err
	}
	out.Count = len(results)
	if i.dry {
		return out, nil
	}
	run.Note, run.Author = text.Raw("imported from "+i.options.File), text.Raw(i.author)
	if run, err = d.store.ImportRun(ctx, run, proofs, results); err != nil {
		return out, usage("%s: %w; nothing was changed", text.Raw(i.options.File), err)
	}
	out.Run = run.Name()
	return out, nil
}

// importPrompt makes a variant of a text, or a block a message of a chat.
func importPrompt(ctx context.Context, d *desk, p session.PromptInfo, i importing, r io.Reader) (imported, error) {
	out := i.result(p, "variants", nil)
	data, err := io.ReadAll(io.LimitReader(r, exchange.MaxCell+1))
	if err != nil {
		return out, usage("%s: %s", text.Raw(i.options.File), reason(err))
	}
	if len(data) > exchange.MaxCell {
		return out, usage("%s is larger than %d MiB", text.Raw(i.options.File), exchange.MaxCell>>20)
	}
	if !utf8.Valid(data) {
		return out, usage("%s:%d: the text is not UTF-8; nothing was changed", text.Raw(i.options.File), 1+bytes.Count(data[:firstInvalid(data)], []byte("\n")))
	}
	if data, err = out.plainText(data); err != nil {
		return out, err
	}
	c, err := wording(bytes.TrimSuffix(data, []byte("\n")), i.format)
	if err != nil {
		return out, usage("%s: %w; nothing was changed", text.Raw(i.options.File), err)
	}
	c.Params = session.DefaultParams()
	for b := range c.Blocks {
		c.Blocks[b].UID = newUID()
	}
	out.Count = 1
	out.Names = append(out.Names, text.Raw(i.variant))
	if i.dry {
		return out, nil
	}
	v, err := d.store.CreateVariant(ctx, p.ID, i.variant, c, text.Raw("imported from "+i.options.File))
	if err != nil {
		return out, err
	}
	out.Names[0] = text.Raw(v.Ref().String())
	return out, nil
}

// plainText is what a file holds of text: a byte order mark is left out and told,
// and a file that is empty, or no text, is refused.
func (i *imported) plainText(data []byte) ([]byte, error) {
	if rest, had := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); had {
		data = rest
		i.Notes = append(i.Notes, noteLine{1, "a byte order mark was left out"})
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, usage("%s:1: it is empty; nothing was changed", text.Raw(i.File))
	}
	if at := bytes.IndexByte(data, 0); at >= 0 {
		return nil, usage("%s:%d: it holds a NUL byte; save it as UTF-8 text; nothing was changed", text.Raw(i.File), 1+bytes.Count(data[:at], []byte("\n")))
	}
	return data, nil
}

// wording is a text or a chat as blocks: by what the file holds, or as it is said.
func wording(data []byte, format string) (c session.Content, err error) {
	switch format {
	case "":
		c, _, err = lint.FromFile(data)
	case "text":
		c, _ = lint.FromText(text.Raw(data))
	case "json":
		c, _, err = lint.FromMessages(data)
	default:
		err = fmt.Errorf("format %q: write text or json", text.Raw(format))
	}
	return c, err
}

// firstInvalid is the offset of the first byte that is not UTF-8.
func firstInvalid(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return at
}
