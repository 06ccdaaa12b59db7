package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"galley/engine"
	"galley/session"
	"galley/session/text"
	"galley/tui/proof"
)

// whyStory is what is to be known of every explanation.
const whyStory = "what a model says of itself is a story told afterwards, not the reason; take it for guesses to try"

// whySpec is what a study of kind why asked.
type whySpec struct {
	Output   string   `json:"output"`
	Cell     int64    `json:"cell"`
	Proof    string   `json:"proof"` // hash of the context that was answered
	Model    string   `json:"model"`
	Question text.Raw `json:"question"`
}

// whyPlan is the one call in which a model is asked about an answer of its own.
func (d *desk) whyPlan(ctx context.Context, a proof.WhyAsk) (engine.Plan, whySpec, error) {
	r := a.Of
	spec := whySpec{outputName(r), r.Cell.ID, r.Cell.Proof, r.Cell.Contestant.Model, a.Question}
	var none engine.Plan
	switch {
	case r.Output.Whole() == "":
		return none, spec, usage("%s has no text to ask about: its status is %s", spec.Output, r.Output.Status)
	case a.Question.Blank():
		return none, spec, usage("the question is empty")
	case r.Cell.Proof == "" || r.Cell.Contestant.RevisionID == 0:
		return none, spec, usage("the context of %s is not kept: it came from elsewhere", spec.Output)
	case strings.HasPrefix(spec.Model, "human/"):
		return none, spec, usage("%s is a person's answer: ask them", spec.Output)
	}
	run, err := d.store.Run(ctx, r.Cell.RunID)
	if err != nil {
		return none, spec, err
	}
	key := r.Cell.ProofKey
	if key == "" {
		key = r.Cell.Proof
	}
	p, err := d.store.Proof(ctx, key)
	if err != nil {
		return none, spec, err
	}
	who := r.Cell.Contestant
	who.Arm = session.WhyArm
	plan := engine.Plan{
		PromptID: run.PromptID, Prompt: who.Variant.Prompt, Note: "why " + spec.Output, NoCache: true,
		Proofs: []session.Proof{session.Why(p, r.Output.Whole(), a.Question)},
		Limits: engine.Limits{MaxCostUSD: d.config.BudgetUSD},
		Cells: []engine.Planned{{Cell: session.Cell{
			Contestant: who, CaseID: r.Cell.CaseID, CaseName: r.Cell.CaseName, CaseTags: r.Cell.CaseTags, CaseVars: r.Cell.CaseVars, Take: 1, Order: p.Order,
		}}},
	}
	cases, err := d.store.Cases(ctx, run.PromptID)
	if err != nil {
		return none, spec, err
	}
	for _, c := range cases {
		if c.ID == r.Cell.CaseID && c.Split == session.SplitHoldout {
			plan.Holdout = 1
		}
	}
	return plan, spec, nil
}

// whyCost says what a question costs before it is asked.
func (d *desk) whyCost(ctx context.Context, a proof.WhyAsk) (string, error) {
	plan, _, err := d.whyPlan(ctx, a)
	if err != nil {
		return "", err
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return "", err
	}
	return whyCostWords(e), nil
}

func whyCostWords(e engine.Estimate) string {
	out := "an unknown number of tokens out"
	if e.MaxOutput > 0 {
		out = fmt.Sprintf("at most %d out", e.MaxOutput)
	}
	about := ""
	if e.Source == "estimate" {
		about = "about "
	}
	return fmt.Sprintf("1 call, %s%s in, %s, %s", about, plural(e.InputTokens, "token", "tokens"), out, costWords(e))
}

// askWhy asks, and returns when the answer is kept.
func (d *desk) askWhy(ctx context.Context, a proof.WhyAsk) (proof.WhyTold, error) {
	plan, spec, err := d.whyPlan(ctx, a)
	if err != nil {
		return proof.WhyTold{}, err
	}
	told, _, err := d.putWhy(ctx, plan, spec)
	return told, err
}

// putWhy runs the one call of a question.
func (d *desk) putWhy(ctx context.Context, plan engine.Plan, spec whySpec) (proof.WhyTold, session.Result, error) {
	var none session.Result
	raw, err := json.Marshal(spec)
	if err != nil {
		return proof.WhyTold{}, none, err
	}
	st, err := d.store.CreateStudy(ctx, session.Study{PromptID: plan.PromptID, Kind: "why", Spec: raw})
	if err != nil {
		return proof.WhyTold{}, none, err
	}
	plan.StudyID = st.ID
	j, err := d.runner.Start(context.WithoutCancel(ctx), plan)
	if err != nil {
		return proof.WhyTold{}, none, errors.Join(err, d.store.DeleteStudy(context.WithoutCancel(ctx), st.ID))
	}
	d.track(j)
	stop := context.AfterFunc(ctx, j.Cancel)
	defer stop()
	for range j.Bell() {
		j.Drain()
	}
	j.Drain()
	run, err := j.Wait()
	if err != nil {
		return proof.WhyTold{}, none, fmt.Errorf("%s: %w", run.Name(), err)
	}
	results, err := d.store.Results(context.WithoutCancel(ctx), run.ID)
	if err != nil {
		return proof.WhyTold{}, none, err
	}
	if len(results) != 1 {
		return proof.WhyTold{}, none, fmt.Errorf("%s has %d answers, not one", run.Name(), len(results))
	}
	return whyTold(spec, results[0]), results[0], nil
}

// whyTold is what came of a question.
func whyTold(spec whySpec, r session.Result) proof.WhyTold {
	t := proof.WhyTold{Output: spec.Output, Model: spec.Model, Question: spec.Question, Text: r.Output.Text, Status: r.Output.Status, AtMS: r.Output.EndedMS}
	if t.Text == "" {
		t.Trouble = text.Raw("it is " + string(r.Output.Status))
		if r.Output.Error != nil {
			t.Trouble = text.Raw(r.Output.Error.Error())
		}
	}
	return t
}

// mostWhys is how many past questions about a context are shown.
const mostWhys = 20

// whysOf are the questions that were asked about answers to a context, the newest
// first.
func (d *desk) whysOf(ctx context.Context, promptID int64, hash string) ([]proof.WhyTold, error) {
	studies, err := d.store.Studies(ctx, promptID)
	if err != nil {
		return nil, err
	}
	var out []proof.WhyTold
	for _, st := range studies {
		var spec whySpec
		if st.Kind != "why" || json.Unmarshal(st.Spec, &spec) != nil || spec.Proof != hash {
			continue
		}
		results, err := d.store.StudyResults(ctx, st.ID)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			out = append(out, whyTold(spec, r))
		}
		if len(out) >= mostWhys {
			break
		}
	}
	return out, nil
}

// whyOptions are the flags of galley why.
type whyOptions struct {
	run, kase, model, variant string
	take                      int
	question, file            string
	asked                     bool // a question was given, be it empty
	dry, past                 bool
}

func whyCommand(g *globals) *cobra.Command {
	var o whyOptions
	c := &cobra.Command{
		Use:   "why [OUTPUT]",
		Short: "Ask a model why it answered as it did; what it says is kept, and is a story, not the reason",
		Long: `Ask a model why it answered as it did: its own answer goes back to it as its turn,
with a question behind it. Tools go along; a schema or grammar does not. One call,
whose cost is said before it is made; the run is kept as a study of kind why.

What a model says of itself is a story told afterwards, and not the reason. Take it
for guesses to try: change what it points at, run again, and see.`,
		Args: wants(0, 1),
	}
	c.RunE = withDesk(g, func(ctx context.Context, d *desk, args []string) error {
		o.asked = c.Flags().Changed("question")
		return d.why(ctx, g, args, o)
	})
	f := c.Flags()
	f.StringVar(&o.run, "run", "", "the `RUN` of the answer, in place of OUTPUT; with --case, and --model or --variant where there are several")
	f.StringVar(&o.kase, "case", "", "the `CASE` of the answer")
	f.StringVar(&o.model, "model", "", "the `MODEL` of the answer")
	f.StringVar(&o.variant, "variant", "", "the `VARIANT` of the answer")
	f.IntVar(&o.take, "take", 1, "the take of the answer")
	f.StringVar(&o.question, "question", "", "the question in your `WORDS`")
	f.StringVar(&o.file, "file", "", "the question is in `FILE`, - for stdin")
	f.BoolVar(&o.dry, "dry-run", false, "say what it would cost, ask nobody")
	f.BoolVar(&o.past, "past", false, "show what was asked about this context before, ask nobody")
	jsonFlag(c, g, "print a JSON object; with --past a list")
	c.MarkFlagsMutuallyExclusive("question", "file")
	c.MarkFlagsMutuallyExclusive("dry-run", "past")
	return c
}

type whyJSON struct {
	Output   string         `json:"output"`
	Model    string         `json:"model"`
	Question text.Raw       `json:"question"`
	Status   session.Status `json:"status"`
	Text     text.Raw       `json:"text"`
	Trouble  *text.Raw      `json:"trouble"`
	AtMS     int64          `json:"at_ms"`
	Note     string         `json:"note"`
	Run      *string        `json:"run,omitempty"`
	Usage    *usageJSON     `json:"usage,omitempty"`
	CostUSD  *float64       `json:"cost_usd,omitempty"`
}

func toWhyJSON(t proof.WhyTold) whyJSON {
	return whyJSON{Output: t.Output, Model: t.Model, Question: t.Question, Status: t.Status, Text: t.Text, Trouble: some(t.Trouble), AtMS: t.AtMS, Note: whyStory}
}

func (d *desk) why(ctx context.Context, g *globals, args []string, o whyOptions) error {
	r, err := d.whyOutput(ctx, args, o)
	if err != nil {
		return err
	}
	ask := proof.WhyAsk{Of: r, Question: session.WhyQuestion}
	switch {
	case o.file != "":
		data, err := g.readFile(o.file)
		if err != nil {
			return err
		}
		if ask.Question = text.Raw(data); !ask.Question.Valid() {
			return usage("%s is not UTF-8", text.Raw(sourceName(o.file)))
		}
	case o.asked:
		ask.Question = text.Raw(o.question)
	}
	plan, spec, err := d.whyPlan(ctx, ask)
	if err != nil {
		return err
	}
	if o.past {
		return d.pastWhys(ctx, g, plan.PromptID, spec.Proof)
	}
	e, err := d.runner.Estimate(ctx, plan)
	if err != nil {
		return err
	}
	if o.dry {
		return g.sayEstimate(e, plan)
	}
	if !g.json {
		g.talk("%s", whyCostWords(e))
	}
	told, res, err := d.putWhy(ctx, plan, spec)
	if err != nil {
		return &exitError{exitIncomplete, err}
	}
	if g.json {
		j := toWhyJSON(told)
		cell := toCellJSON(res)
		j.Run, j.Usage, j.CostUSD = &cell.Run, &cell.Usage, res.Output.CostUSD
		if err := g.printJSON(j); err != nil {
			return err
		}
	} else if told.Text != "" {
		g.text(told.Text)
		g.talk("%s", whyStory)
	}
	if told.Status != session.StatusDone {
		return &exitError{exitIncomplete, fmt.Errorf("%s did not say why: %s", text.Raw(spec.Model), whyNot(told))}
	}
	return nil
}

func whyNot(t proof.WhyTold) string {
	if t.Trouble != "" {
		return t.Trouble.String()
	}
	return "its status is " + string(t.Status)
}

func (d *desk) pastWhys(ctx context.Context, g *globals, promptID int64, hash string) error {
	all, err := d.whysOf(ctx, promptID, hash)
	if err != nil {
		return err
	}
	if g.json {
		out := []whyJSON{}
		for _, t := range all {
			out = append(out, toWhyJSON(t))
		}
		return g.printJSON(out)
	}
	for _, t := range all {
		g.say("%s", g.paint(styleHead, "--- of "+t.Output+": "+text.Show(t.Question).OneLine().String()))
		if t.Text == "" {
			g.say("%s", g.paint(styleBad, whyNot(t)))
			continue
		}
		g.text(t.Text)
	}
	if len(all) == 0 {
		g.talk("nothing was asked about this context yet")
	}
	return nil
}

// whyOutput is the answer that is asked about.
func (d *desk) whyOutput(ctx context.Context, args []string, o whyOptions) (session.Result, error) {
	if (len(args) == 1) == (o.run != "") {
		return session.Result{}, usage("why wants an answer: OUTPUT as in r7#3, or --run RUN --case CASE")
	}
	if len(args) == 1 {
		return d.output(ctx, args[0])
	}
	id, err := session.ParseRunRef(o.run)
	if err != nil {
		return session.Result{}, err
	}
	if _, err := d.store.Run(ctx, id); err != nil {
		return session.Result{}, err
	}
	results, err := d.store.Results(ctx, id)
	if err != nil {
		return session.Result{}, err
	}
	var fit []session.Result
	for _, r := range results {
		v := r.Cell.Contestant.Variant
		if (o.kase == "" || string(r.Cell.CaseName) == o.kase) && (o.model == "" || r.Cell.Contestant.Model == o.model) &&
			(o.variant == "" || v.Variant == o.variant || v.String() == o.variant || v.Prompt+"/"+v.Variant == o.variant) && r.Cell.Take == o.take {
			fit = append(fit, r)
		}
	}
	switch len(fit) {
	case 0:
		return session.Result{}, usage("%s has no such answer; galley list outputs --run %s lists them", text.Raw(o.run), text.Raw(o.run))
	case 1:
		return fit[0], nil
	}
	return session.Result{}, usage("%d answers of %s fit, %s the first; name one, or add --case, --model or --variant", len(fit), text.Raw(o.run), outputName(fit[0]))
}
