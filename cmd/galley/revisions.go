package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/report"
	"galley/session/stats"
	"galley/session/text"
)

func revisionsCommand(g *globals) *cobra.Command {
	var kase, model string
	c := &cobra.Command{
		Use:   "revisions VARIANT",
		Short: "List the saved revisions of a variant as a tree, and what came of each",
		Long: "List the saved revisions of a variant as a tree, the newest first, and what came of each: tokens of a case, answers against\n" +
			"what their cases want, with the interval, and verdicts. galley diff compares two; galley restore brings one back.",
		Args: wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			return d.listRevisions(ctx, g, args[0], kase, model)
		}),
	}
	c.Flags().StringVar(&kase, "case", "", "the `CASE` whose tokens are counted; default the prompt's first")
	c.Flags().StringVar(&model, "model", defaultModel, "the `MODEL` for which they are counted, BACKEND/MODEL; it is not asked")
	jsonFlag(c, g, "print a JSON list")
	return c
}

type revisionJSON struct {
	Name     string     `json:"name"`
	Number   int        `json:"number"`
	Parent   *int       `json:"parent"`
	Head     bool       `json:"head"` // what runs where no number is given
	Intent   text.Raw   `json:"intent"`
	AtMS     int64      `json:"at_ms"`
	Hash     string     `json:"hash"`
	Blocks   int        `json:"blocks"`
	Change   string     `json:"change"` // against its parent, in words
	Tokens   int        `json:"tokens"` // of the case
	Source   string     `json:"tokens_source"`
	Runs     int        `json:"runs"`
	Right    int        `json:"right"`
	Wrong    int        `json:"wrong"`
	Cases    int        `json:"cases"` // that those answers are of
	Rate     *float64   `json:"rate"`
	Interval *[]float64 `json:"interval"` // 95%, over cases
	Wins     int        `json:"wins"`
	Losses   int        `json:"losses"`
	Ties     int        `json:"ties"`
	Pass     int        `json:"pass"`
	Fail     int        `json:"fail"`
	Outside  duelsJSON  `json:"outside"` // verdicts of files, whose judges may be models
	Intern   int        `json:"intern"`  // questions of the intern test that are answered
	Sentence string     `json:"sentence"`
}

type duelsJSON struct {
	Wins   int `json:"wins"`
	Losses int `json:"losses"`
	Ties   int `json:"ties"`
}

// listRevisions prints the tree of a variant's revisions.
func (d *desk) listRevisions(ctx context.Context, g *globals, name, kase, model string) error {
	v, k, _, err := d.compose(ctx, name, kase, "")
	if err != nil {
		return err
	}
	if _, _, err := d.set.Lookup(model); err != nil {
		return err
	}
	head, err := d.variantByID(ctx, v.ID)
	if err != nil {
		return err
	}
	all, err := d.store.Revisions(ctx, v.ID)
	if err != nil {
		return err
	}
	outcomes, interns, err := d.cameOf(ctx, v.ID)
	if err != nil {
		return err
	}
	byID := map[int64]session.Revision{}
	for _, r := range all {
		byID[r.ID] = r
	}
	rows := []revisionJSON{}
	t := newTable("", "REVISION", "WHEN", "TOKENS", "RIGHT", "VERDICTS", "INTERN", "INTENT").numbers(3)
	for _, l := range session.Lineages(all) {
		r := l.Revision
		o := outcomes[r.ID]
		count := d.tokens.CountProof(session.Compose(r.Content, k, session.Order{}), model)
		ref := head.Ref()
		ref.Revision = r.Number
		j := revisionJSON{
			Name: ref.String(), Number: r.Number, Parent: some(l.Parent), Head: r.ID == head.Revision.ID, Intent: r.Intent, AtMS: r.CreatedMS, Hash: r.Hash,
			Blocks: len(r.Content.Blocks), Tokens: count.Total, Source: string(count.Source), Runs: o.Runs, Right: o.Right, Wrong: o.Wrong, Cases: o.Cases,
			Wins: o.Wins, Losses: o.Losses, Ties: o.Ties, Pass: o.Pass, Fail: o.Fail, Outside: duelsJSON(o.Outside), Intern: interns[r.ID], Sentence: report.OutcomeSentence(o),
		}
		if p, ok := byID[r.ParentID]; ok {
			j.Change = session.DiffContents(p.Content, r.Content).Summary()
		}
		if rate, lo, hi, ok := report.OutcomeRate(o); ok {
			rate = stats.Round3(rate)
			j.Rate, j.Interval = &rate, &[]float64{stats.Round3(lo), stats.Round3(hi)}
		}
		rows = append(rows, j)
		intent := text.Show(r.Intent).OneLine().Truncate(60).String()
		if l.Branch {
			intent = strings.TrimSpace(fmt.Sprintf("%s (from @%d)", intent, l.Parent))
		}
		intern := ""
		if n := interns[r.ID]; n > 0 {
			intern = fmt.Sprintf("%d of %d", n, session.InternQuestions)
		}
		t.row(text.Raw(l.Rail), text.Raw(fmt.Sprintf("@%d", r.Number)), when(r.CreatedMS), j.Tokens, text.Raw(report.OutcomeShort(o)),
			text.Raw(report.OutcomeVerdicts(o)), text.Raw(intern), text.Raw(intent))
	}
	if err := g.list(rows, t); err != nil || g.json {
		return err
	}
	if head.Drafted {
		g.talk("unsaved work on it lies in the workbench")
	}
	return nil
}

// cameOf is what came of each revision of a variant, and how many questions of the
// intern test are answered about it.
func (d *desk) cameOf(ctx context.Context, variantID int64) (map[int64]session.Outcome, map[int64]int, error) {
	outcomes, err := d.store.Outcomes(ctx, variantID)
	if err != nil {
		return nil, nil, err
	}
	answers, err := d.store.InternsOf(ctx, variantID)
	if err != nil {
		return nil, nil, err
	}
	of, interns := map[int64]session.Outcome{}, map[int64]int{}
	for _, o := range outcomes {
		of[o.RevisionID] = o
	}
	type answered struct {
		revision int64
		question int
	}
	seen := map[answered]bool{}
	for _, a := range answers { // several people may have answered one
		if x := (answered{a.RevisionID, a.Question}); a.Text != "" && !seen[x] {
			seen[x] = true
			interns[a.RevisionID]++
		}
	}
	return of, interns, nil
}

func diffCommand(g *globals) *cobra.Command {
	c := &cobra.Command{
		Use:   "diff VARIANT [VARIANT2]",
		Short: "Compare two variants or revisions, block by block and word by word",
		Long: "Compare two variants or revisions, block by block and word by word: - is what only the first has, + what only the second has.\n" +
			"The second is of the first's prompt unless it says another; @2 is a revision of the first itself. With one, what it changed\n" +
			"of the revision it goes on from. galley proof --diff compares the final contexts that they give a case.",
		Args: wants(1, 2),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			a, err := d.variant(ctx, args[0], "")
			if err != nil {
				return err
			}
			b := a
			if len(args) == 2 {
				b, err = d.variant(ctx, refBeside(args[1], a.Ref()), "")
			} else if b.Revision.ParentID == 0 {
				err = usage("%s is a first revision; name what to compare it with", text.Raw(b.Ref().String()))
			} else {
				a.Revision, err = d.store.Revision(ctx, b.Revision.ParentID)
			}
			if err != nil {
				return err
			}
			return g.printContentDiff(a, b)
		}),
	}
	jsonFlag(c, g, "print a JSON object")
	return c
}

type contentDiffJSON struct {
	A       string          `json:"a"`
	B       string          `json:"b"`
	Equal   bool            `json:"equal"`
	Summary string          `json:"summary"`
	Params  []fieldDiffJSON `json:"parameters"`
	Blocks  []blockDiffJSON `json:"blocks"`
}

type fieldDiffJSON struct {
	Name  string       `json:"name"`
	From  *text.Raw    `json:"from"` // null: not set
	To    *text.Raw    `json:"to"`
	Words []diffWordJS `json:"words,omitempty"`
}

type blockDiffJSON struct {
	Block  text.Raw        `json:"block"`
	Kind   session.Kind    `json:"kind"`
	Change string          `json:"change"` // same, added, removed, changed
	From   *int            `json:"from"`   // its place in the first, from 1
	To     *int            `json:"to"`
	Moved  bool            `json:"moved"`
	Fields []fieldDiffJSON `json:"fields"`
	Items  []itemDiffJSON  `json:"items"` // shots and resources
}

type itemDiffJSON struct {
	Name   text.Raw        `json:"name"`
	Noun   string          `json:"noun"`
	Change string          `json:"change"`
	From   *int            `json:"from"`
	To     *int            `json:"to"`
	Moved  bool            `json:"moved"`
	Fields []fieldDiffJSON `json:"fields"`
}

func fieldsJSON(list []session.FieldDiff) []fieldDiffJSON {
	out := []fieldDiffJSON{}
	for _, f := range list {
		j := fieldDiffJSON{Name: f.Name, From: f.From, To: f.To}
		switch f.Name {
		case "text", "input", "output", "item":
			for _, w := range f.Words() {
				j.Words = append(j.Words, diffWordJS{diffKinds[w.Kind], w.Text})
			}
		}
		out = append(out, j)
	}
	return out
}

func contentDiffOf(a, b session.VariantInfo) (contentDiffJSON, session.ContentDiff) {
	d := session.DiffContents(a.Revision.Content, b.Revision.Content)
	j := contentDiffJSON{A: a.Ref().String(), B: b.Ref().String(), Equal: d.Same(), Summary: d.Summary(), Params: fieldsJSON(d.Params), Blocks: []blockDiffJSON{}}
	became := func(from, to int, same bool) string {
		switch {
		case from < 0:
			return "added"
		case to < 0:
			return "removed"
		case same:
			return "same"
		}
		return "changed"
	}
	for _, x := range d.Blocks {
		bj := blockDiffJSON{
			Block: x.Block().Name(), Kind: x.Block().Kind, Change: became(x.A, x.B, x.Same()),
			From: some(x.A + 1), To: some(x.B + 1), Moved: x.Moved, Fields: fieldsJSON(x.Fields), Items: []itemDiffJSON{},
		}
		for _, i := range x.Items {
			noun := "shot"
			if i.Resource {
				noun = "resource"
			}
			bj.Items = append(bj.Items, itemDiffJSON{i.Name, noun, became(i.A, i.B, false), some(i.A + 1), some(i.B + 1), i.Moved, fieldsJSON(i.Fields)})
		}
		j.Blocks = append(j.Blocks, bj)
	}
	return j, d
}

// printContentDiff prints what differs of two revisions.
func (g *globals) printContentDiff(a, b session.VariantInfo) error {
	j, d := contentDiffOf(a, b)
	if g.json {
		return g.printJSON(j)
	}
	g.say("%s\n%s", g.paint(styleHead, "--- "+text.Raw(j.A).String()), g.paint(styleHead, "+++ "+text.Raw(j.B).String()))
	for _, s := range d.Sections() {
		sign := map[text.DiffKind]string{text.Del: "- ", text.Ins: "+ "}[s.Kind]
		g.say("%s", g.paint(styleHead, "@@ "+sign+s.Head))
		for _, l := range (session.ContextPart{TextA: s.A, TextB: s.B, InA: true, InB: true}).Lines() {
			line := diffLineJS{Kind: diffKinds[l.Kind], Text: l.Text}
			for _, w := range l.Words {
				line.Words = append(line.Words, diffWordJS{diffKinds[w.Kind], w.Text})
			}
			g.say("%s", g.diffLine(line))
		}
	}
	switch {
	case j.Equal:
		g.talk("the two say the same")
	default:
		g.talk("%s", d.Summary())
	}
	return nil
}

func restoreCommand(g *globals) *cobra.Command {
	var keep saveFlags
	c := &cobra.Command{
		Use:   "restore VARIANT@N",
		Short: "Make an older revision of a variant the newest again",
		Long: "Make an older revision of a variant the newest again: a new revision with its content, which goes on from it in the tree.\n" +
			"The revisions in between stay; galley undo takes it back.",
		Args: wants(1, 1),
		RunE: withDesk(g, func(ctx context.Context, d *desk, args []string) error {
			v, err := d.variant(ctx, args[0], "")
			if err != nil {
				return err
			}
			if _, number, ok := strings.Cut(args[0], "@"); !ok || number == "" {
				return usage("restore wants a revision, as in %s@1; galley revisions %s lists them", text.Raw(args[0]), text.Raw(args[0]))
			}
			return keep.save(ctx, g, d, v, v.Revision.Content, fmt.Sprintf("back to @%d", v.Revision.Number))
		}),
	}
	keep.flags(c)
	return c
}
