package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/store/exchange"
)

// reporting are the flags of galley report.
type reporting struct {
	prompt, run, by, battles, prior, maps string
}

func reportCommand(g *globals) *cobra.Command {
	var o reporting
	c := &cobra.Command{
		Use:   "report",
		Short: "What the verdicts say: pairs, ranking, judges and how they agree, by name",
		Long: `What the verdicts say, the sentence to read first at the top. It names the
contestants: a judge who means to go on blind reads it when the sitting is over.

With --battles it reads a file of battle records, one JSON object a line, a list
of them or a table, with model_a, model_b and winner, or the log of an arena's
votes, and needs no workspace.

Exit code 3 where there is no verdict that counts.`,
		Args: wants(0, 0),
	}
	here := withDesk(g, func(ctx context.Context, d *desk, _ []string) error { return d.report(ctx, g, o) })
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := o.check(); err != nil {
			return err
		}
		if o.maps != "" && o.battles == "" {
			return usage("--map says what the columns of a file are; name the file with --battles")
		}
		if o.battles != "" {
			return headless(g, func(context.Context, []string) error { return reportBattles(g, o) })(cmd, args)
		}
		return here(cmd, args)
	}
	promptFlag(c, &o.prompt)
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "of answers of this `RUN` only")
	f.StringVar(&o.by, "by", "", "also `tag` by tag or case by case: tag or case")
	f.StringVar(&o.battles, "battles", "", "read battle records from `FILE`, - for stdin, in place of a workspace")
	f.StringVar(&o.maps, "map", "", "with --battles: which column is what, as in `model_a=left,winner=verdict`")
	f.StringVar(&o.prior, "prior", string(report.Ghost), "what stands behind the ranking: ghost or none")
	jsonFlag(c, g, "print a JSON object")
	c.MarkFlagsMutuallyExclusive("battles", "prompt")
	c.MarkFlagsMutuallyExclusive("battles", "run")
	return c
}

func (o reporting) check() error {
	if o.by != "" && o.by != "tag" && o.by != "case" {
		return usage("--by %q: write tag or case", text.Raw(o.by))
	}
	if p := report.Prior(o.prior); p != report.Ghost && p != report.NoPrior {
		return usage("--prior %q: write ghost or none", text.Raw(o.prior))
	}
	return nil
}

func (o reporting) options() report.Options {
	return report.Options{Prior: report.Prior(o.prior), ByTag: o.by == "tag", ByCase: o.by == "case"}
}

func (d *desk) report(ctx context.Context, g *globals, o reporting) error {
	p, err := d.promptFor(ctx, o.prompt, o.run)
	if err != nil {
		return err
	}
	q := session.VerdictQuery{PromptID: p.ID}
	if o.run != "" {
		run, err := d.runOf(ctx, p, o.run)
		if err != nil {
			return err
		}
		q.RunIDs = []int64{run.ID}
	}
	verdicts, err := d.store.Verdicts(ctx, q)
	if err != nil {
		return err
	}
	return g.printReport(report.Of(p.Name, verdicts, o.options()), "galley judge makes one")
}

// promptFor is the prompt of that name, or where none is given that of the run.
func (d *desk) promptFor(ctx context.Context, name, run string) (session.PromptInfo, error) {
	if name != "" || run == "" {
		return d.prompt(ctx, name)
	}
	id, err := session.ParseRunRef(run)
	if err != nil {
		return session.PromptInfo{}, err
	}
	r, err := d.store.Run(ctx, id)
	if err != nil {
		return session.PromptInfo{}, err
	}
	all, err := d.store.Prompts(ctx)
	if err != nil {
		return session.PromptInfo{}, err
	}
	for _, p := range all {
		if p.ID == r.PromptID {
			return p, nil
		}
	}
	return d.prompt(ctx, string(r.Prompt)) // it was deleted, which this says
}

// runOf is the run of that name; it must be the prompt's.
func (d *desk) runOf(ctx context.Context, p session.PromptInfo, name string) (session.Run, error) {
	id, err := session.ParseRunRef(name)
	if err != nil {
		return session.Run{}, err
	}
	run, err := d.store.Run(ctx, id)
	if err == nil && run.PromptID != p.ID {
		err = usage("%s is of the prompt %s, not of %s", run.Name(), run.Prompt, p.Name)
	}
	return run, err
}

// reportBattles reports on battle records, with no workspace.
func reportBattles(g *globals, o reporting) error {
	columns, err := exchange.ParseMap(o.maps)
	if err != nil {
		return usage("%w", err)
	}
	r, closer, err := g.openFile(o.battles)
	if err != nil {
		return err
	}
	defer closer()
	battles, notes, err := exchange.ReadBattles(r, exchange.Options{File: sourceName(o.battles), Map: columns})
	if err != nil {
		return usage("%w", err)
	}
	g.sayNotes(sourceName(o.battles), notes)
	verdicts := exchange.Verdicts(battles)
	told := report.Of("", verdicts, o.options())
	asWritten(&told, verdicts)
	return g.printReport(told, "the file holds none")
}

// asWritten turns the pairs of a report so that A is who stands on the left in the
// first record of the pair: in a file of battles, model_a.
func asWritten(r *report.Report, verdicts []session.Verdict) {
	left := map[[2]session.Contestant]bool{} // whether it came first that way
	for _, v := range verdicts {
		a, b := v.Left.Contestant, v.Right.Contestant
		if _, known := left[[2]session.Contestant{a, b}]; !known {
			left[[2]session.Contestant{a, b}], left[[2]session.Contestant{b, a}] = true, false
		}
	}
	for i := range r.Pairs {
		p := &r.Pairs[i]
		if left[[2]session.Contestant{p.A, p.B}] {
			continue
		}
		p.A, p.B, p.WinsA, p.WinsB = p.B, p.A, p.WinsB, p.WinsA
		p.RateB, p.Lo, p.Hi = 1-p.RateB, 1-p.Hi, 1-p.Lo
		for _, lines := range [][]report.Line{p.Cases, p.Tags} {
			for k := range lines {
				lines[k].WinsA, lines[k].WinsB = lines[k].WinsB, lines[k].WinsA
			}
		}
	}
}

// sayNotes says on stderr what of a file was not kept, or not as it stood.
func (g *globals) sayNotes(file string, notes []exchange.Note) {
	for _, n := range notes {
		if n.Line > 0 {
			g.talk("%s:%d: %s", text.Raw(file), n.Line, text.Raw(n.What))
		} else {
			g.talk("%s: %s", text.Raw(file), text.Raw(n.What))
		}
	}
}

// printReport prints a report. One without a verdict that counts is incomplete.
func (g *globals) printReport(r report.Report, hint string) error {
	if g.json {
		if err := g.printJSON(toReportJSON(r)); err != nil {
			return err
		}
	} else if r.Verdicts > 0 {
		g.writeReport(r)
	}
	if r.Verdicts == 0 {
		why := "there is no verdict that counts"
		if r.Known > 0 {
			why += "; " + plural(r.Known, "was", "were") + " given after the names were known"
		}
		return &exitError{exitIncomplete, fmt.Errorf("%s; %s", why, hint)}
	}
	return nil
}

// shownLine is a sentence that may name things from outside, in one line.
func shownLine(s string) string { return text.Of(s).OneLine().String() }

// writeReport prints a report for people: the sentence first.
func (g *globals) writeReport(r report.Report) {
	g.say("%s", shownLine(r.Sentence))
	if len(r.Pairs) > 0 {
		g.say("")
		t := newTable("A", "B", "A WINS", "B WINS", "TIES", "BOTH BAD", "EQUAL", "STATE").numbers(2, 3, 4, 5, 6)
		for _, p := range r.Pairs {
			t.row(contestantName(p.A), contestantName(p.B), p.WinsA, p.WinsB, p.Ties, p.BothBad, p.Identical, string(p.State))
		}
		t.print(g)
	}
	if len(r.Pairs) > 1 { // of one pair it is the sentence above
		g.say("")
		for _, p := range r.Pairs {
			g.say("%s", shownLine(p.Sentence))
		}
	}
	for _, p := range r.Pairs {
		g.writeLines(p, "TAG", p.Tags)
		g.writeLines(p, "CASE", p.Cases)
	}
	g.writeRanking(r)
	if len(r.Labels) > 0 {
		g.say("")
		t := newTable("CONTESTANT", "PASS", "FAIL", "").numbers(1, 2)
		for _, l := range r.Labels {
			t.row(contestantName(l.Contestant), l.Pass, l.Fail, text.Raw(l.Sentence))
		}
		t.print(g)
	}
	if len(r.Judges) > 0 {
		g.say("")
	}
	for _, w := range r.Judges {
		said := plural(w.Judgments, "judgment", "judgments")
		if len(w.Sentences) > 0 {
			said += ". " + strings.Join(w.Sentences, " ")
		}
		g.say("%s: %s", text.Show(w.Judge).OneLine(), shownLine(said))
	}
	for _, a := range r.Agreement {
		g.say("%s", shownLine(a.Sentence))
	}
	var left []string
	for _, x := range []struct {
		n    int
		what string
	}{{r.Known, "given after the names were known"}, {r.Repeats, "shown again, to measure the judge"}, {r.Skipped, "skipped"}} {
		if x.n > 0 {
			left = append(left, itoa(x.n)+" "+x.what)
		}
	}
	if len(left) > 0 {
		g.say("Left out of the counts: %s.", strings.Join(left, ", "))
	}
}

func (g *globals) writeLines(p report.Pair, head string, lines []report.Line) {
	if len(lines) == 0 {
		return
	}
	g.say("\nA %s, B %s", contestantName(p.A), contestantName(p.B))
	t := newTable(head, "A WINS", "B WINS", "TIES", "BOTH BAD").numbers(1, 2, 3, 4)
	for _, l := range lines {
		name := l.Name
		if name == "" && head == "TAG" {
			name = "(no tag)"
		}
		t.row(name, l.WinsA, l.WinsB, l.Ties, l.BothBad)
	}
	t.print(g)
}

// writeRanking prints the ranking where it says more than the pair does.
func (g *globals) writeRanking(r report.Report) {
	if len(r.Ranking) > 2 {
		g.say("")
		t := newTable("RANK", "CONTESTANT", "JUDGMENTS", "STRENGTH", "WINS AGAINST THE BASELINE").numbers(0, 2, 3)
		for i, k := range r.Ranking {
			chance := "can't be said"
			switch {
			case k.Baseline:
				chance = "it is the baseline"
			case number(k.WinChance) != nil && between(k.Lo, k.Hi) != nil:
				chance = percent(k.WinChance) + ", " + percent(k.Lo) + " to " + percent(k.Hi)
			}
			strength := "-"
			if s := number(k.LogStrength); s != nil {
				strength = signed(*s)
			}
			t.row(i+1, contestantName(k.Contestant), k.Judgments, strength, chance)
		}
		t.print(g)
	}
	if r.RankNote != "" {
		g.say("%s", shownLine(r.RankNote))
	}
}

func percent(x float64) string { return itoa(int(math.Round(100*x))) + "%" }

func signed(x float64) string { return strings.Replace(fmt.Sprintf("%+.2f", x), "-", "−", 1) }
