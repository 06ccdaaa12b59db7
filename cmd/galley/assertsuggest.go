package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"galley/engine/assert"
	"galley/session"
	"galley/session/text"
)

// suggesting are the flags of galley assert suggest.
type suggesting struct {
	suite        suiteFlags
	verdict      int64
	output, mode string
	keep         string
	kase         bool
	limit        int
}

func assertSuggest(g *globals) *cobra.Command {
	var o suggesting
	c := &cobra.Command{
		Use:   "suggest",
		Short: "Propose assertions from a verdict, a corrected or labelled answer or a failure mode, without a model",
		Long: `Propose assertions without a model: what the winner has and the loser lacks, and
the other way round. Each is held against everything of the prompt that was
judged; what separates only this pair, by luck perhaps, stands at the end.

  galley assert suggest --verdict 12
  galley assert suggest --verdict 12 --keep 1,3 --suite tone`,
		Args: wants(0, 0),
		RunE: withDesk(g, func(ctx context.Context, d *desk, _ []string) error { return d.suggest(ctx, g, o) }),
	}
	o.suite.flags(c)
	f := c.Flags()
	f.Int64Var(&o.verdict, "verdict", 0, "from the `VERDICT` of this number, as galley list verdicts shows it")
	f.StringVar(&o.output, "output", "", "from this `OUTPUT`, as RUN#NUMBER, that was corrected or labelled")
	f.StringVar(&o.mode, "mode", "", "from the answers under this failure `MODE`")
	f.StringVar(&o.keep, "keep", "", "keep these `NUMBERS` of the list in the suite, as in 1,3")
	f.BoolVar(&o.kase, "this-case", false, "with --keep: they are about the case only that they come from")
	f.IntVar(&o.limit, "limit", 12, "how many to show; 0: all")
	jsonFlag(c, g, "print a JSON list")
	c.MarkFlagsOneRequired("verdict", "output", "mode")
	c.MarkFlagsMutuallyExclusive("verdict", "output", "mode")
	return c
}

func (d *desk) suggest(ctx context.Context, g *globals, o suggesting) error {
	var s session.Suite
	if o.keep != "" || o.suite.suite != "" {
		var err error
		if s, err = d.suite(ctx, o.suite.prompt, o.suite.suite); err != nil {
			return err
		}
	}
	from, kase, origin, err := d.suggestFrom(ctx, o)
	if err != nil {
		return err
	}
	if s.ID != 0 && s.PromptID != from.PromptID {
		return usage("the suite %s is of another prompt", s.Name)
	}
	all, err := d.proposals(ctx, from)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		g.talk("nothing tells them apart that an assertion could say; write one with galley assert add")
	}
	if o.limit > 0 && len(all) > o.limit {
		all = all[:o.limit]
	}
	if o.keep == "" {
		if g.json {
			return g.printJSON(proposalsJSON(all, nil))
		}
		g.writeProposals(all)
		return nil
	}
	var list []session.Assertion
	for _, item := range session.SplitList(o.keep) {
		n, err := strconv.Atoi(item)
		if err != nil || n < 1 || n > len(all) {
			return usage("--keep %q: write numbers from 1 to %d; nothing was changed", text.Raw(item), len(all))
		}
		a := all[n-1].Assertion
		if o.kase {
			if kase == (session.CaseKey{}) {
				return usage("--this-case: a failure mode is of many cases; nothing was changed")
			}
			a.CaseID, a.CaseName = kase.ID, kase.Name
		}
		if a.Origin == "" {
			a.Origin = origin
		}
		list = append(list, a)
	}
	kept, err := d.keepAssertions(ctx, g, s, list)
	if err != nil {
		return err
	}
	if g.json {
		return g.printJSON(assertionsJSON(kept))
	}
	for _, a := range kept {
		g.say("%d  %s", a.ID, text.Raw(a.Spec()))
	}
	return nil
}

// suggestFrom is what proposals are made from, the case that it is of, if it is
// one, and a line on where it came from.
func (d *desk) suggestFrom(ctx context.Context, o suggesting) (session.ProposeFrom, session.CaseKey, text.Raw, error) {
	var from session.ProposeFrom
	var kase session.CaseKey
	switch {
	case o.output != "":
		r, err := d.answered(ctx, o.output)
		if err != nil {
			return from, kase, "", err
		}
		run, err := d.store.Run(ctx, r.Cell.RunID)
		from.PromptID, from.CellID = run.PromptID, r.Cell.ID
		return from, r.Cell.Case(), text.Raw(outputName(r)) + " " + r.Cell.CaseName, err
	case o.mode != "":
		p, err := d.prompt(ctx, o.suite.prompt)
		if err != nil {
			return from, kase, "", err
		}
		m, err := d.mode(ctx, p.ID, o.mode)
		from.PromptID, from.ModeID = p.ID, m.ID
		return from, kase, "failure mode " + m.Name, err
	}
	prompts, err := d.prompts(ctx, o.suite.prompt)
	if err != nil {
		return from, kase, "", err
	}
	for _, p := range prompts {
		verdicts, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: p.ID})
		if err != nil {
			return from, kase, "", err
		}
		for _, v := range verdicts {
			if v.ID == o.verdict {
				from.PromptID, from.VerdictID = p.ID, v.ID
				return from, v.Case, text.Raw(fmt.Sprintf("verdict %d of ", v.ID)) + v.Judge, nil
			}
		}
	}
	return from, kase, "", usage("there is no verdict %d in force; galley list verdicts lists them", o.verdict)
}

type proposalJSON struct {
	Number    int           `json:"number"`
	Assertion assertionJSON `json:"assertion"`
	Why       text.Raw      `json:"why"`
	Good      int           `json:"good"` // judged good elsewhere, and how many of them pass
	GoodPass  int           `json:"good_pass"`
	Bad       int           `json:"bad"`
	BadFail   int           `json:"bad_fail"`
	Lucky     bool          `json:"lucky"`
	Sentence  text.Raw      `json:"sentence"`
	Rows      []triedJSON   `json:"rows"`
}

type triedJSON struct {
	Output     string   `json:"output"`
	Case       text.Raw `json:"case"`
	Contestant text.Raw `json:"contestant"`
	Good       bool     `json:"good"`
	Origin     bool     `json:"origin"`
	Pass       bool     `json:"pass"`
	Message    text.Raw `json:"message"`
}

// proposalsJSON are proposals as scripts read them; kept, where given, are they as
// they were stored.
func proposalsJSON(all []assert.Proposal, kept []session.Assertion) []proposalJSON {
	out := []proposalJSON{}
	for i, p := range all {
		a := p.Assertion
		if i < len(kept) {
			a = kept[i]
		}
		j := proposalJSON{
			i + 1, toAssertionJSON(a), text.Raw(p.Why), p.Good, p.GoodPass, p.Bad, p.BadFail, p.Lucky, text.Raw(p.Sentence), []triedJSON{},
		}
		for _, r := range p.Rows {
			c := r.Result.Cell
			j.Rows = append(j.Rows, triedJSON{outputName(r.Result), c.CaseName, contestantName(c.Contestant), r.Good, r.Origin, r.Pass, r.Message})
		}
		out = append(out, j)
	}
	return out
}

func (g *globals) writeProposals(all []assert.Proposal) {
	if len(all) == 0 {
		return
	}
	t := newTable("N", "ASSERTION", "HOW IT STANDS", "WHY").numbers(0)
	for i, p := range all {
		t.row(i+1, text.Raw(p.Assertion.Spec()), text.Raw(p.Sentence), text.Raw(p.Why))
	}
	t.print(g)
	g.talk("--keep 1,2,… --suite NAME keeps some of them")
}

// writeTried shows how assertions stand on what was judged: what they get wrong,
// then the sentence.
func (g *globals) writeTried(tried []assert.Proposal) {
	for _, p := range tried {
		g.talk("%s: %s", text.Show(text.Raw(p.Assertion.Spec())).OneLine(), shownLine(p.Sentence))
		shown := 0
		for _, r := range p.Rows {
			if r.Good == r.Pass {
				continue
			}
			if shown++; shown > triedShown {
				g.talk("  and more")
				break
			}
			what := "passes, and was judged bad"
			if r.Good {
				what = "fails, and was judged good"
			}
			c := r.Result.Cell
			g.talk("  %s %s: %s; %s", text.Show(c.CaseName).OneLine(), text.Show(contestantName(c.Contestant)).OneLine(), what,
				text.Show(r.Message).OneLine().Truncate(120))
		}
	}
}

// triedShown is how many answers are told that an assertion gets wrong.
const triedShown = 5

// judgedOutputs are the answers of a prompt that were judged good or bad.
func (d *desk) judgedOutputs(ctx context.Context, promptID int64) ([]assert.Judged, error) {
	standings, err := d.standings(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for id, s := range standings {
		if s.Good() || s.Bad() {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	results, err := d.store.ResultsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []assert.Judged
	for _, r := range results {
		out = append(out, assert.Judged{Result: r, Good: standings[r.Cell.ID].Good()})
	}
	return out, nil
}

// standings sum up what verdicts and corrections say of the outputs of a prompt.
func (d *desk) standings(ctx context.Context, promptID int64) (map[int64]session.Standing, error) {
	verdicts, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: promptID})
	if err != nil {
		return nil, err
	}
	corrections, err := d.store.Corrections(ctx, promptID)
	if err != nil {
		return nil, err
	}
	out := session.Standings(verdicts)
	for _, c := range corrections {
		s := out[c.CellID]
		s.Corrected = true
		out[c.CellID] = s
	}
	return out, nil
}

// proposals are assertions that tell apart what people preferred from what they
// did not, the best first.
func (d *desk) proposals(ctx context.Context, from session.ProposeFrom) ([]assert.Proposal, error) {
	judged, err := d.judgedOutputs(ctx, from.PromptID)
	if err != nil {
		return nil, err
	}
	winners, losers, err := d.sidesOf(ctx, from, judged)
	if err != nil {
		return nil, err
	}
	if len(winners)+len(losers) == 0 {
		return nil, errNothingJudged
	}
	return assert.Propose(winners, losers, judged), nil
}

// sidesOf are the answers that proposals tell apart.
func (d *desk) sidesOf(ctx context.Context, from session.ProposeFrom, judged []assert.Judged) (winners, losers []session.Result, err error) {
	switch {
	case from.VerdictID != 0:
		return d.sidesOfVerdict(ctx, from, judged)
	case from.CellID != 0:
		return d.sidesOfOutput(ctx, from, judged)
	}
	notes, err := d.store.Notes(ctx, from.PromptID)
	if err != nil {
		return nil, nil, err
	}
	var ids []int64
	for _, n := range notes {
		if n.ModeID == from.ModeID && !slices.Contains(ids, n.CellID) {
			ids = append(ids, n.CellID)
		}
	}
	if losers, err = d.store.ResultsOf(ctx, ids); err != nil {
		return nil, nil, err
	}
	if len(losers) == 0 {
		return nil, nil, usage("no note stands under that failure mode; galley set mode puts some there")
	}
	for _, j := range judged {
		if j.Good && !slices.Contains(ids, j.Result.Cell.ID) {
			winners = append(winners, j.Result)
		}
	}
	return winners, losers, nil
}

func (d *desk) sidesOfVerdict(ctx context.Context, from session.ProposeFrom, judged []assert.Judged) (winners, losers []session.Result, err error) {
	verdicts, err := d.store.Verdicts(ctx, session.VerdictQuery{PromptID: from.PromptID})
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(verdicts, func(v session.Verdict) bool { return v.ID == from.VerdictID })
	if i < 0 {
		return nil, nil, usage("there is no verdict %d in force", from.VerdictID)
	}
	v := verdicts[i]
	if v.Mode == session.JudgePassFail {
		return d.sidesOfOutput(ctx, session.ProposeFrom{PromptID: from.PromptID, CellID: v.Left.CellID}, judged)
	}
	won, lost, ok := v.Winner()
	if !ok {
		return nil, nil, usage("nobody won verdict %d; it says %s", v.ID, strings.ReplaceAll(string(v.Choice), "_", " "))
	}
	if won.CellID == 0 || lost.CellID == 0 {
		return nil, nil, usage("verdict %d came from outside, without the answers", v.ID)
	}
	both, err := d.store.ResultsOf(ctx, []int64{won.CellID, lost.CellID})
	if err != nil {
		return nil, nil, err
	}
	if len(both) != 2 {
		return nil, nil, usage("the answers of verdict %d are gone", v.ID)
	}
	return both[:1], both[1:], nil
}

// sidesOfOutput sets an answer that was corrected against its correction, and one
// that was labelled against those of its case that were judged otherwise.
func (d *desk) sidesOfOutput(ctx context.Context, from session.ProposeFrom, judged []assert.Judged) (winners, losers []session.Result, err error) {
	r, err := d.store.Result(ctx, from.CellID)
	if err != nil {
		return nil, nil, err
	}
	corrections, err := d.store.Corrections(ctx, from.PromptID)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range corrections {
		if c.CellID == from.CellID {
			better := r
			better.Cell.ID = 0
			better.Output = session.Output{Status: session.StatusDone, Text: c.Text}
			return []session.Result{better}, []session.Result{r}, nil
		}
	}
	i := slices.IndexFunc(judged, func(j assert.Judged) bool { return j.Result.Cell.ID == from.CellID })
	if i < 0 {
		return nil, nil, usage("%s was neither corrected nor judged plainly good or bad", outputName(r))
	}
	var others []session.Result
	for _, j := range judged {
		if j.Good != judged[i].Good && j.Result.Cell.Case() == r.Cell.Case() {
			others = append(others, j.Result)
		}
	}
	if judged[i].Good {
		return []session.Result{r}, others, nil
	}
	return others, []session.Result{r}, nil
}
