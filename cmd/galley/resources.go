package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/text"
	"galley/store"
)

// importedSource is what became of a file of resources.
type importedSource struct {
	Source text.Raw `json:"source"`
	Pieces int      `json:"pieces"`
	Same   int      `json:"same"` // texts that were there before; they keep their marks
	New    int      `json:"new"`
	Gone   int      `json:"gone"`
	Bytes  int      `json:"bytes"`
	Tokens int      `json:"tokens"`
	Split  string   `json:"split"`
}

type importedResources struct {
	Prompt  text.Raw         `json:"prompt"`
	Count   int              `json:"count"`
	Tokens  int              `json:"tokens"`
	Sources []importedSource `json:"sources"`
	Left    []noteFile       `json:"left_out"`
	DryRun  bool             `json:"dry_run"`
}

func importResources(g *globals) *cobra.Command {
	var prompt, tags string
	var split splitFlag
	var dry bool
	c := &cobra.Command{
		Use:   "resources PATH...",
		Short: "Import files, and folders with all below them, as texts to answer from",
		Long: `Import files, and folders with all below them, as texts to answer from.

Markdown is cut at its headings, any other text into pieces of about 200 words;
--split says otherwise. Of HTML the words are taken. Importing a file again puts
its new pieces in place of the old ones; a piece whose text stayed keeps its tags,
its switch and its marks. In a folder hidden files, files over 5 MB, what is no
UTF-8 text and links are left out, and told.`,
		Args: wants(1, 10_000),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			if err := split.check(); err != nil {
				return err
			}
			p, err := d.prompt(ctx, prompt)
			if err != nil {
				return err
			}
			files, err := readSources(args)
			if err != nil {
				return err
			}
			done, err := d.takeSources(ctx, p, files, split, tagList(tags), dry)
			if err != nil {
				return err
			}
			return g.printSources(done)
		}),
	}
	promptFlag(c, &prompt)
	f := c.Flags()
	f.StringVar(&split.how, "split", "", "headings, paragraphs, words or whole; default by the kind of file")
	f.IntVar(&split.words, "words", 0, "the most `WORDS` of a piece")
	f.IntVar(&split.overlap, "overlap", 0, "of --split words: how many `WORDS` a piece repeats of the one before")
	f.StringVar(&tags, "tags", "", "these `TAGS`, comma-separated")
	f.BoolVar(&dry, "dry-run", false, "read and cut everything, change nothing")
	jsonFlag(c, g, "print a JSON object")
	return c
}

// takeSources cuts files and puts their pieces in place of those that the prompt had
// of them, as one edit; dry changes nothing.
func (d *desk) takeSources(ctx context.Context, p session.PromptInfo, files *sourceFiles, split splitFlag, tags []text.Raw, dry bool) (importedResources, error) {
	out := importedResources{Prompt: p.Name, Sources: []importedSource{}, Left: orEmpty(files.left), DryRun: dry}
	bank, err := d.store.Resources(ctx, p.ID)
	if err != nil {
		return out, err
	}
	var list []store.Source
	for _, f := range files.list {
		o := split.of(string(f.name))
		pieces := session.PiecesOf(f.name, f.text, o)
		was := map[string]int{}
		s := importedSource{Source: f.name, Pieces: len(pieces), Bytes: len(f.text), Split: string(o.How)}
		for _, r := range bank {
			if r.Source == f.name {
				was[r.Hash]++
				s.Gone++
			}
		}
		for i := range pieces {
			pieces[i].Tags = tags
			n, _ := d.tokens.Count("", string(pieces[i].Text))
			s.Tokens += n
			if was[pieces[i].Hash] > 0 {
				was[pieces[i].Hash]--
				s.Same++
				s.Gone--
			}
		}
		s.New = s.Pieces - s.Same
		out.Count += s.Pieces
		out.Tokens += s.Tokens
		out.Sources = append(out.Sources, s)
		list = append(list, store.Source{Name: f.name, Pieces: pieces})
	}
	if !dry {
		_, err = d.store.ReplaceSources(ctx, p.ID, list)
	}
	return out, err
}

func (g *globals) printSources(r importedResources) error {
	if g.json {
		return g.printJSON(r)
	}
	for _, n := range r.Left {
		g.talk("%s %s; left out", n.File, n.Why)
	}
	t := newTable("SOURCE", "PIECES", "BYTES", "TOKENS", "NEW", "AS BEFORE", "GONE", "CUT BY").numbers(1, 2, 3, 4, 5, 6)
	for _, s := range r.Sources {
		t.row(s.Source, s.Pieces, s.Bytes, s.Tokens, s.New, s.Same, s.Gone, s.Split)
	}
	t.print(g)
	verb := "imported"
	if r.DryRun {
		verb = "would import"
	}
	g.say("%s %s of %s into %s, about %s", verb, plural(r.Count, "resource", "resources"), plural(len(r.Sources), "file", "files"), r.Prompt, plural(r.Tokens, "token", "tokens"))
	return nil
}

type resourceJSON struct {
	ID     text.Raw   `json:"id"`
	Prompt text.Raw   `json:"prompt"`
	Source text.Raw   `json:"source"`
	Place  int        `json:"place"`
	Bytes  int        `json:"bytes"`
	Tokens int        `json:"tokens"` // an estimate
	On     bool       `json:"on"`
	Tags   []text.Raw `json:"tags"`
	Hash   string     `json:"hash"`
	Text   text.Raw   `json:"text"`
}

func listResources(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []resourceJSON{}
	t := newTable("RESOURCE", "PROMPT", "ON", "BYTES", "TOKENS", "TAGS", "TEXT").numbers(3, 4)
	for _, p := range prompts {
		all, err := d.store.Resources(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, r := range all {
			n, _ := d.tokens.Count("", string(r.Text))
			out = append(out, resourceJSON{r.Name, p.Name, r.Source, r.Place, len(r.Text), n, !r.Off, orEmpty(r.Tags), r.Hash, r.Text})
			t.row(r.Name, p.Name, yes(!r.Off), len(r.Text), n, join(r.Tags), r.Text)
		}
	}
	return g.list(out, t)
}

func newResource(g *globals) *cobra.Command {
	var s source
	var prompt, words, tags string
	c := &cobra.Command{
		Use:   "resource [NAME]",
		Short: "Write a text to answer from; its name is the next free one where none is given",
		Args:  wants(0, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return err
		}
		t, ok := text.Raw(words), c.Flags().Changed("text")
		if !ok {
			if t, ok, err = g.given(s.file, s.exact, true); err != nil {
				return err
			}
		}
		if !ok || t.Blank() {
			return usage("a resource wants a text: --text TEXT, --file FILE, or stdin; galley import resources brings whole files")
		}
		r := session.Resource{Text: t, Tags: tagList(tags)}
		if len(args) == 1 {
			r.Name = text.Raw(args[0])
		}
		made, err := d.store.CreateResources(ctx, p.ID, []session.Resource{r})
		if err == nil {
			g.say("%s", made[0].Name)
		}
		return err
	})
	promptFlag(c, &prompt)
	s.flags(c, "its text")
	c.Flags().StringVar(&words, "text", "", "its `TEXT`")
	c.Flags().StringVar(&tags, "tags", "", "its `TAGS`, comma-separated")
	c.MarkFlagsMutuallyExclusive("text", "file")
	return c
}

// resourcesOf are the resources of a prompt that a list names.
func (d *desk) resourcesOf(ctx context.Context, prompt, list string) (session.PromptInfo, []session.Resource, error) {
	p, err := d.prompt(ctx, prompt)
	if err != nil {
		return p, nil, err
	}
	bank, err := d.store.Resources(ctx, p.ID)
	if err != nil {
		return p, nil, err
	}
	picked, err := session.PickResources(bank, list)
	switch {
	case err != nil && len(session.SplitList(list)) == 1: // the store knows which names are near
		if _, near := d.store.Resource(ctx, p.ID, list); near != nil {
			err = near
		}
	case err == nil && len(picked) == 0:
		err = usage("the prompt %s has no resource; galley import resources PATH brings some", p.Name)
	}
	return p, picked, err
}

func setResource(g *globals) *cobra.Command {
	var prompt, tags string
	var on, off bool
	c := &cobra.Command{
		Use:   "resource NAMES",
		Short: "Switch resources on or off, or tag them: names, files with all their pieces, or all",
		Args:  wants(1, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		_, list, err := d.resourcesOf(ctx, prompt, args[0])
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Off = list[i].Off && !on || off
			if c.Flags().Changed("tags") {
				list[i].Tags = tagList(tags)
			}
		}
		if err := d.store.UpdateResources(ctx, list); err != nil {
			return err
		}
		for _, r := range list {
			g.say("%s", r.Name)
		}
		return nil
	})
	promptFlag(c, &prompt)
	c.Flags().BoolVar(&on, "on", false, "switch them on")
	c.Flags().BoolVar(&off, "off", false, "switch them off: nothing takes them anew; copies in variants stay")
	c.Flags().StringVar(&tags, "tags", "", "these `TAGS` in place of theirs; \"\" takes them away")
	c.MarkFlagsMutuallyExclusive("on", "off")
	c.MarkFlagsOneRequired("on", "off", "tags")
	return c
}

func editResource(ctx context.Context, e editing) error {
	p, err := e.d.prompt(ctx, e.prompt)
	if err != nil {
		return err
	}
	r, err := e.d.store.Resource(ctx, p.ID, e.name)
	if err != nil {
		return err
	}
	after, changed, err := e.text(r.Text)
	if err != nil || !changed {
		return firstError(err, e.unchanged)
	}
	if after.Blank() {
		return usage("a resource wants a text; galley delete resource %s takes it away", r.Name)
	}
	r.Text = after
	if err := e.d.store.UpdateResources(ctx, []session.Resource{r}); err != nil {
		return err
	}
	e.g.say("%s", r.Name)
	return nil
}

func renameResource(g *globals) *cobra.Command {
	return deedCommand(g, "resource NAME NEW", "Rename a resource",
		func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
			p, err := d.prompt(ctx, prompt)
			if err != nil {
				return "", err
			}
			r, err := d.store.Resource(ctx, p.ID, a[0])
			if err != nil {
				return "", err
			}
			return text.Raw(a[1]), d.store.RenameResource(ctx, r.ID, a[1])
		})
}

func deleteResource(g *globals) *cobra.Command {
	return deedCommand(g, "resource NAMES", "Delete resources: names, files with all their pieces, or all; variants keep their copies",
		func(ctx context.Context, d *desk, prompt string, a []string) (text.Raw, error) {
			_, list, err := d.resourcesOf(ctx, prompt, a[0])
			if err != nil {
				return "", err
			}
			ids := make([]int64, len(list))
			names := make([]string, len(list))
			for i, r := range list {
				ids[i], names[i] = r.ID, string(r.Name)
			}
			return text.Raw(strings.Join(names, "\n")), d.store.DeleteResources(ctx, ids)
		})
}

func setRelevance(g *globals) *cobra.Command {
	var prompt, column, by string
	c := &cobra.Command{
		Use:   "relevance CASE RESOURCE 0..3|none",
		Short: "Mark of how much use a resource is for a case: 0 none, 1 some, 2 it holds the answer, 3 it is the answer",
		Args:  wants(3, 3),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			grade := map[string]int{"none": -1, "0": 0, "1": 1, "2": 2, "3": 3}
			n, ok := grade[args[2]]
			if !ok {
				return usage("grade %q: write 0 to 3, or none to take the mark away", text.Raw(args[2]))
			}
			_, cs, err := d.caseOf(ctx, prompt, args[0])
			if err != nil {
				return err
			}
			hash, err := d.markedText(ctx, prompt, cs, args[1], column)
			if err != nil {
				return err
			}
			who := text.Raw(by)
			if who == "" {
				who = judgeName()
			}
			if err := session.CheckJudge(who); err != nil {
				return usage("%w", err)
			}
			err = d.store.PutRelevance(ctx, session.Relevance{PromptID: cs.PromptID, CaseID: cs.Row(), Hash: hash, Grade: n, By: who})
			if err == nil {
				g.say("%s", cs.Name)
			}
			return err
		}),
	}
	promptFlag(c, &prompt)
	c.Flags().StringVar(&column, "column", "", "RESOURCE is a place, from 1, in the ranked list that the case has in this `VARIABLE`")
	c.Flags().StringVar(&by, "as", "", "who marks it; default your user name")
	return c
}

// markedText is the hash of the text that a mark is on.
func (d *desk) markedText(ctx context.Context, prompt string, c session.Case, name, column string) (string, error) {
	if column == "" {
		p, err := d.prompt(ctx, prompt)
		if err != nil {
			return "", err
		}
		r, err := d.store.Resource(ctx, p.ID, name)
		return r.Hash, err
	}
	list, note := session.RankResources(nil, session.Pick{How: session.PickColumn, Column: column}, c)
	if note != "" {
		return "", usage("%s", note)
	}
	var at int
	if err := json.Unmarshal([]byte(name), &at); err != nil || at < 1 || at > len(list) {
		return "", usage("%q is no place in the list of %s; write 1 to %s", text.Raw(name), c.Name, fmt.Sprint(len(list)))
	}
	return list[at-1].Hash, nil
}
