package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/store/exchange"
)

// exporting are the flags of galley export.
type exporting struct {
	prompt, suite, run, variants, models, out string
	takes                                     int
	force, disagreeing, known                 bool
}

// exporter makes the files of an export.
type exporter struct {
	name, short string
	folder      bool   // several files; else one
	suite       bool   // of a suite; else of a prompt
	file        string // how its one file is called where nobody says
	make        func(ctx context.Context, d *desk, o exporting) (exchange.Export, error)
}

// exporters lists what can be written.
func exporters() []exporter {
	return []exporter{
		{name: "suite", short: "a folder for git that galley check runs without a workspace", folder: true, suite: true, make: exportSuite},
		{name: "promptfoo", short: "a folder that promptfoo runs", folder: true, suite: true, make: exportPromptfoo},
		{name: "cases", file: "cases.jsonl", short: "cases as the file is called: JSON Lines, .csv, .json or .yaml", make: exportCases},
		{name: "trl", file: "trl.jsonl", short: "preference pairs for TRL as messages, in JSON Lines", make: exportPairs("trl")},
		{name: "trl-standard", file: "trl-standard.jsonl", short: "preference pairs for TRL as texts, in JSON Lines", make: exportPairs("trl-standard")},
		{name: "trl-unpaired", file: "trl-unpaired.jsonl", short: "answers for TRL, each labelled good or bad, in JSON Lines", make: exportPairs("trl-unpaired")},
		{name: "openai", file: "openai.jsonl", short: "preference pairs for fine-tuning at OpenAI, in JSON Lines", make: exportPairs("openai")},
		{name: "battles", file: "battles.jsonl", short: "verdicts as battle records, as JSON Lines", make: exportBattles},
	}
}

func exportCommand(g *globals) *cobra.Command {
	var subs []*cobra.Command
	for _, e := range exporters() {
		subs = append(subs, exportFormat(g, e))
	}
	c := nouns("export", "Write a suite, cases, preference pairs or battles for git and for other tools", subs...)
	c.Use = "export FORMAT ..."
	return c
}

func exportFormat(g *globals, e exporter) *cobra.Command {
	var o exporting
	c := &cobra.Command{
		Use:   e.name,
		Short: "Write " + e.short,
		Args:  wants(0, 0),
		RunE:  withDesk(g, func(ctx context.Context, d *desk, _ []string) error { return d.export(ctx, g, e, o) }),
	}
	promptFlag(c, &o.prompt)
	f := c.Flags()
	if e.suite {
		f.StringVarP(&o.suite, "suite", "s", "", "the `SUITE`; needed where there are several")
		f.StringVar(&o.variants, "variants", "all", "`VARIANTS` as NAME or NAME@REVISION")
		f.StringVar(&o.models, "models", "", "`MODELS` as BACKEND/MODEL; default those of the prompt's newest run")
		f.IntVar(&o.takes, "takes", 1, "how often each case is asked")
	} else if e.name != "cases" {
		f.StringVar(&o.run, "run", "", "verdicts on answers of this `RUN` only")
		f.BoolVar(&o.known, "known", false, "also verdicts that were given after the names were known")
	}
	if strings.HasPrefix(e.name, "trl") || e.name == "openai" {
		f.BoolVar(&o.disagreeing, "disagreeing", false, "also pairs that were decided otherwise when the sides were changed")
	}
	where := "where to: a `FILE`, - for stdout; default stdout"
	if e.folder {
		where = "where to: a `FOLDER` that is not there yet; default " + e.name + "/ in the current folder"
	}
	f.StringVarP(&o.out, "out", "o", "", where)
	f.BoolVar(&o.force, "force", false, "replace what stands there")
	jsonFlag(c, g, "print a JSON object on what was written")
	return c
}

// exportedJSON is what an export did.
type exportedJSON struct {
	Format string     `json:"format"`
	Path   string     `json:"path"`
	Files  []string   `json:"files"`
	Bytes  int64      `json:"bytes"`
	Notes  []noteLine `json:"notes"`      // what the target can't say
	Beside *string    `json:"notes_file"` // where the notes on lines of the file stand; null: there are none
}

func (d *desk) export(ctx context.Context, g *globals, e exporter, o exporting) error {
	made, err := e.make(ctx, d, o)
	if err != nil {
		return err
	}
	if len(made.Files) == 0 {
		return usage("there is nothing to export")
	}
	done := exportedJSON{Format: e.name, Path: o.out, Bytes: made.Bytes(), Files: []string{}, Notes: []noteLine{}}
	for _, f := range made.Files {
		if e.folder {
			done.Files = append(done.Files, f.Path)
		}
	}
	for _, n := range made.Notes {
		done.Notes = append(done.Notes, noteLine{n.Line, n.What})
	}
	toStdout := !e.folder && (o.out == "" || o.out == "-")
	switch {
	case toStdout && g.json:
		return usage("--json tells what was written; name a file with --out")
	case toStdout:
		_, err = g.out.Write(made.Files[0].Data)
	case e.folder:
		if o.out == "" {
			done.Path = e.name
		}
		err = putFolder(done.Path, made.Files, o.force)
	default:
		beside := notesFile(done.Path, made.Notes, o.force)
		if err = putFile(done.Path, made.Files[0].Data, o.force, beside...); err == nil && len(beside) > 0 {
			done.Beside = &beside[0].Path
		}
	}
	if err != nil {
		return err
	}
	for _, n := range made.Notes {
		switch {
		case n.Line == 0:
			g.talk("%s", shownLine(n.What))
		case toStdout:
			g.talk("line %d: %s", n.Line, shownLine(n.What))
		}
	}
	if done.Beside != nil {
		g.talk("which pairs: %s", text.Raw(*done.Beside))
	}
	switch {
	case toStdout:
		return nil
	case g.json:
		return g.printJSON(done)
	}
	g.say("%s", text.Raw(done.Path))
	g.talk("%s, %s", plural(len(made.Files), "file", "files"), bytesOf(done.Bytes))
	return nil
}

// notesFile is the file beside an export that says what is to be known of its
// lines, where there is something: a file of pairs has no place for it. One that an
// earlier export left does not go on speaking of lines that are replaced.
func notesFile(path string, notes []exchange.Note, force bool) []exchange.File {
	path += ".notes.txt"
	if !slices.ContainsFunc(notes, func(n exchange.Note) bool { return n.Line > 0 }) {
		if fi, err := os.Lstat(path); err != nil || !fi.Mode().IsRegular() || !force {
			return nil
		}
	}
	var b bytes.Buffer
	for _, n := range notes {
		if n.Line > 0 {
			_, _ = fmt.Fprintf(&b, "line %d: ", n.Line)
		}
		b.WriteString(shownLine(n.What) + "\n")
	}
	return []exchange.File{{Path: path, Data: b.Bytes()}}
}

// bytesOf is a size in words.
func bytesOf(n int64) string {
	if n < 10_000 {
		return plural(int(n), "byte", "bytes")
	}
	return fmt.Sprintf("%.1f kB", float64(n)/1000)
}

// bundle is a suite with all that checking it needs.
func (d *desk) bundle(ctx context.Context, s session.Suite, variants, models string, takes int) (exchange.Bundle, error) {
	b := exchange.Bundle{Suite: s, Takes: takes}
	p, err := d.store.Prompt(ctx, string(s.Prompt))
	if err != nil {
		return b, err
	}
	b.Guideline = p.Guideline
	if b.Cases, err = d.suiteCases(ctx, s); err != nil {
		return b, err
	}
	refs, err := d.variants(ctx, p, variants)
	if err != nil {
		return b, err
	}
	list := session.SplitList(models)
	if len(list) == 0 {
		if list, err = d.usualModels(ctx, p.ID); err != nil {
			return b, err
		}
	}
	for _, ref := range refs {
		v, err := d.store.Variant(ctx, ref)
		if err != nil {
			return b, err
		}
		b.Variants = append(b.Variants, exchange.BundleVariant{Ref: ref, Content: v.Revision.Content})
	}
	from, err := d.recordedModels(ctx, p.ID)
	if err != nil {
		return b, err
	}
	// A model that this config does not open is a name all the same: another's does.
	byName := func(model string) error {
		_, _, err := d.set.Lookup(model)
		if err != nil && !slices.Contains(from, model) {
			return nil
		}
		return err
	}
	asked, outside, err := d.part(ctx, p.ID, refs, list, byName)
	if err != nil {
		return b, err
	}
	for _, e := range asked {
		if !slices.Contains(b.Models, e.Contestant.Model) {
			b.Models = append(b.Models, e.Contestant.Model)
		}
	}
	recorded, err := d.store.LatestResults(ctx, p.ID, outside)
	if err != nil {
		return b, err
	}
	t := target{cases: b.Cases}
	b.Recorded = slices.DeleteFunc(recorded, func(r session.Result) bool { return !t.has(r) })
	renameTakes(&b)
	return b, nil
}

// suiteBundle is the suite that an export names.
func suiteBundle(ctx context.Context, d *desk, o exporting) (exchange.Bundle, error) {
	if o.takes < 1 {
		return exchange.Bundle{}, usage("--takes counts from 1")
	}
	s, err := d.suite(ctx, o.prompt, o.suite)
	if err != nil {
		return exchange.Bundle{}, err
	}
	return d.bundle(ctx, s, o.variants, o.models, o.takes)
}

func exportSuite(ctx context.Context, d *desk, o exporting) (exchange.Export, error) {
	b, err := suiteBundle(ctx, d, o)
	if err != nil {
		return exchange.Export{}, err
	}
	return exchange.WriteSuite(b)
}

func exportPromptfoo(ctx context.Context, d *desk, o exporting) (exchange.Export, error) {
	b, err := suiteBundle(ctx, d, o)
	if err != nil {
		return exchange.Export{}, err
	}
	return exchange.WritePromptfoo(b)
}

// oneFile makes an export of one file of what a function writes.
func oneFile(write func(w io.Writer) ([]exchange.Note, error)) (exchange.Export, error) {
	var b bytes.Buffer
	notes, err := write(&b)
	if err != nil {
		return exchange.Export{}, err
	}
	return exchange.Export{Files: []exchange.File{{Data: b.Bytes()}}, Notes: notes}, nil
}

func exportCases(ctx context.Context, d *desk, o exporting) (exchange.Export, error) {
	p, err := d.prompt(ctx, o.prompt)
	if err != nil {
		return exchange.Export{}, err
	}
	cases, err := d.store.Cases(ctx, p.ID)
	if err != nil {
		return exchange.Export{}, err
	}
	if len(cases) == 0 {
		return exchange.Export{}, usage("the prompt %s has no cases", p.Name)
	}
	namesForFiles(cases)
	return oneFile(func(w io.Writer) ([]exchange.Note, error) {
		f := exchange.ByName(o.out)
		err := exchange.WriteCases(w, f.Name, cases, f.Name != "csv")
		if lossy := (*exchange.Lossy)(nil); errors.As(err, &lossy) {
			err = usage("%s", lossy)
		}
		return nil, err
	})
}

func exportPairs(format string) func(context.Context, *desk, exporting) (exchange.Export, error) {
	return func(ctx context.Context, d *desk, o exporting) (exchange.Export, error) {
		j, err := d.judgments(ctx, o)
		if err != nil {
			return exchange.Export{}, err
		}
		made, err := oneFile(func(w io.Writer) ([]exchange.Note, error) { return exchange.WritePairs(w, format, j) })
		if err == nil && made.Bytes() == 0 {
			err = noPair(format, made.Notes)
		}
		return made, err
	}
}

// noPair says why there is nothing to write.
func noPair(format string, notes []exchange.Note) error {
	what := "no verdict makes a pair"
	if format == "trl-unpaired" {
		what = "no answer has a label to export; galley label and galley judge --mode passfail make some"
	}
	for _, n := range notes {
		what += "; " + n.What
	}
	return usage("%s", shownLine(what))
}

func exportBattles(ctx context.Context, d *desk, o exporting) (exchange.Export, error) {
	j, err := d.judgments(ctx, o)
	if err != nil {
		return exchange.Export{}, err
	}
	return oneFile(func(w io.Writer) ([]exchange.Note, error) { return exchange.WriteBattles(w, j) })
}

// judgments are the verdicts of a prompt with the answers that they are about.
func (d *desk) judgments(ctx context.Context, o exporting) (exchange.Judgments, error) {
	j := exchange.Judgments{Disagreeing: o.disagreeing, Known: o.known}
	p, err := d.promptFor(ctx, o.prompt, o.run)
	if err != nil {
		return j, err
	}
	q := session.VerdictQuery{PromptID: p.ID}
	if o.run != "" {
		run, err := d.runOf(ctx, p, o.run)
		if err != nil {
			return j, err
		}
		q.RunIDs = []int64{run.ID}
	}
	if j.Verdicts, err = d.store.Verdicts(ctx, q); err != nil {
		return j, err
	}
	if j.Corrections, err = d.store.Corrections(ctx, p.ID); err != nil {
		return j, err
	}
	var ids []int64
	add := func(id int64) {
		if id != 0 {
			ids = append(ids, id)
		}
	}
	for _, v := range j.Verdicts {
		add(v.Left.CellID)
		add(v.Right.CellID)
	}
	for _, c := range j.Corrections {
		add(c.CellID)
	}
	slices.Sort(ids)
	results, err := d.store.ResultsOf(ctx, slices.Compact(ids))
	if err != nil {
		return j, err
	}
	by := map[int64]session.Result{}
	for _, r := range results {
		by[r.Cell.ID] = r
	}
	if q.RunIDs != nil {
		j.Corrections = slices.DeleteFunc(j.Corrections, func(c session.Correction) bool { return by[c.CellID].Cell.RunID != q.RunIDs[0] })
	}
	if len(j.Verdicts)+len(j.Corrections) == 0 {
		return j, usage("the prompt %s has no verdict to export; galley judge makes some", p.Name)
	}
	j.Result = func(id int64) (session.Result, bool) { r, ok := by[id]; return r, ok }
	proofs := map[string]session.Proof{}
	j.Proof = func(id int64) (session.Proof, bool) {
		c := by[id].Cell
		key := c.ProofKey
		if key == "" {
			key = c.Proof
		}
		if p, ok := proofs[key]; ok {
			return p, true
		}
		p, err := d.store.Proof(ctx, key)
		if err != nil {
			return p, false
		}
		proofs[key] = p
		return p, true
	}
	j.Compose = func(ref session.VariantRef, of session.Result) ([]session.Message, bool) {
		v, err := d.store.Variant(ctx, ref)
		if err != nil {
			return nil, false
		}
		c := of.Cell
		p := session.Compose(v.Revision.Content, session.Case{ID: c.CaseID, Name: c.CaseName, Tags: c.CaseTags, Vars: c.CaseVars, Wanted: c.Wanted}, session.Order{})
		if p.Prefill && len(p.Messages) > 0 {
			p.Messages = p.Messages[:len(p.Messages)-1]
		}
		return p.Messages, len(p.Messages) > 0
	}
	return j, nil
}
