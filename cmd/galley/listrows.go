package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/text"
)

func itoa(n int) string { return strconv.Itoa(n) }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// plural counts things in words.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + many
}

func join(ts []text.Raw) text.Raw {
	s := make([]string, len(ts))
	for i, t := range ts {
		s[i] = string(t)
	}
	return text.Raw(strings.Join(s, ","))
}

// vars is an object that keeps the order of its keys.
type vars []session.Var

// MarshalJSON writes the variables in their order.
func (v vars) MarshalJSON() ([]byte, error) {
	out := []byte("{")
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := encodeJSON(string(x.Name), "")
		if err != nil {
			return nil, err
		}
		value, err := encodeJSON(string(x.Value), "")
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

type caseJSON struct {
	ID     text.Raw      `json:"id"`
	Prompt text.Raw      `json:"prompt,omitempty"`
	Vars   vars          `json:"vars"`
	Wanted *text.Raw     `json:"wanted"`
	Tags   []text.Raw    `json:"tags"`
	Split  session.Split `json:"split"`
	// Borrowed is the prompt whose case it is: a binding brought it.
	Borrowed text.Raw `json:"borrowed,omitempty"`
}

func toCaseJSON(c session.Case, prompt text.Raw) caseJSON {
	return caseJSON{c.Name, prompt, vars(c.Vars), c.Wanted, orEmpty(c.Tags), c.Split, c.Borrowed}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func listCases(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []caseJSON{}
	t := newTable("CASE", "PROMPT", "SPLIT", "WANTED", "TAGS", "VARIABLES")
	for _, p := range prompts {
		cases, err := d.casesThere(ctx, g, p.ID)
		if err != nil {
			return err
		}
		if cases, err = session.PickCases(cases, o.cases); err != nil {
			return err
		}
		for _, c := range cases {
			out = append(out, toCaseJSON(c, p.Name))
			var wanted text.Raw
			if c.Wanted != nil {
				wanted = *c.Wanted
			}
			var words []string
			for _, v := range c.Vars {
				words = append(words, string(v.Name)+": "+string(v.Value))
			}
			of := p.Name
			if c.Borrowed != "" {
				of += " ← " + c.Borrowed
			}
			t.row(c.Name, of, c.Split, wanted, join(c.Tags), text.Raw(strings.Join(words, " · ")))
		}
		if g.json { // for machines
			continue
		}
		if err := d.talkLooks(ctx, g, p.ID); err != nil {
			return err
		}
	}
	return g.list(out, t)
}

type shotJSON struct {
	ID     text.Raw   `json:"id"`
	Prompt text.Raw   `json:"prompt,omitempty"`
	Input  text.Raw   `json:"input"`
	Output text.Raw   `json:"output"`
	Tags   []text.Raw `json:"tags"`
	On     bool       `json:"on"`
	// Calls are the tools that it calls, Pin the end that it is held at; Near names a
	// shot that says nearly the same.
	Calls []session.ShotCall `json:"calls,omitempty"`
	Pin   session.ShotPin    `json:"pin,omitempty"`
	Near  text.Raw           `json:"near,omitempty"`
}

func listShots(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []shotJSON{}
	t := newTable("SHOT", "PROMPT", "ON", "PIN", "NEAR", "TAGS", "OUTPUT", "INPUT")
	for _, p := range prompts {
		shots, err := d.store.Shots(ctx, p.ID)
		if err != nil {
			return err
		}
		twins := session.Twins(len(shots), session.NearShots(shots))
		for i, s := range shots {
			if o.near && twins[i] < 0 {
				continue
			}
			j := shotJSON{s.Name, p.Name, s.Input, s.Output, orEmpty(s.Tags), !s.Off, s.Calls, s.Pin, ""}
			if twins[i] >= 0 {
				j.Near = shots[twins[i]].Name
			}
			out = append(out, j)
			words := text.Head(s.Output, 40)
			if s.Output == "" && len(s.Calls) > 0 {
				words = text.Of("calls ").Append(text.Head(s.Calls[0].Name, 30))
			}
			t.row(s.Name, p.Name, yes(!s.Off), s.Pin, j.Near, join(s.Tags), words, s.Input)
		}
	}
	return g.list(out, t)
}

type runRowJSON struct {
	ID        string           `json:"id"`
	Prompt    text.Raw         `json:"prompt"`
	Status    session.RunState `json:"status"`
	Cells     int              `json:"cells"`
	Done      int              `json:"done"`
	Failed    int              `json:"failed"`
	StartedMS int64            `json:"started_ms"`
	Cached    int              `json:"cached"`
	Requests  int              `json:"requests"`
	CostUSD   *float64         `json:"cost_usd"`
	Imported  bool             `json:"imported"`
	Note      text.Raw         `json:"note"`

	Statuses   tally       `json:"statuses"`
	Timing     bool        `json:"timing"`
	Repeatable bool        `json:"repeatable"`
	Mixed      []mixedJSON `json:"mixed"`
	Unsure     int         `json:"unsure"` // requests that may have been billed without an answer
}

// runs are the runs of the prompt, or of all, newest first.
func (d *desk) runs(ctx context.Context, prompt string) ([]session.Run, error) {
	var id int64
	if prompt != "" {
		p, err := d.store.Prompt(ctx, prompt)
		if err != nil {
			return nil, err
		}
		id = p.ID
	}
	return d.store.Runs(ctx, id)
}

func listRuns(ctx context.Context, g *globals, d *desk, o listOptions) error {
	runs, err := d.runs(ctx, o.prompt)
	if err != nil {
		return err
	}
	statuses, err := d.store.Statuses(ctx)
	if err != nil {
		return err
	}
	out := []runRowJSON{}
	t := newTable("RUN", "PROMPT", "STATUS", "CELLS", "DONE", "FAILED", "CACHED", "STARTED", "REMARKS").numbers(3, 4, 5, 6)
	for _, r := range runs {
		n := tally{}
		for status, k := range statuses[r.ID] {
			n[status] = k
		}
		out = append(out, runRowJSON{
			r.Name(), r.Prompt, r.State, r.Cells, n.answered(), n.failed(), r.StartedMS, r.Cached, r.Requests, r.CostUSD, r.Imported, r.Note,
			n, r.How.Timing, r.How.Repeatable, toMixedJSON(r.Mixed), r.Unsure,
		})
		t.row(r.Name(), r.Prompt, r.State, r.Cells, n.answered(), n.failed(), r.Cached, when(r.StartedMS), remarks(r, n))
	}
	return g.list(out, t)
}

// remarks are what is to be known of a run besides its numbers, and its note.
func remarks(r session.Run, n tally) text.Raw {
	var parts []string
	if r.How.Timing {
		parts = append(parts, "timing")
	}
	if r.How.Repeatable {
		parts = append(parts, "repeatable")
	}
	for _, k := range unanswered() {
		// What failed has a column, but for what may have been billed.
		if c := n[k.status]; c > 0 && !k.status.Failed() {
			parts = append(parts, itoa(c)+" "+k.word)
		}
	}
	if len(r.Mixed) > 0 {
		parts = append(parts, "mixed")
	}
	if r.Unsure > 0 {
		parts = append(parts, itoa(r.Unsure)+" may have been billed")
	}
	if r.Note != "" {
		parts = append(parts, string(r.Note))
	}
	return text.Raw(strings.Join(parts, ", "))
}

func listOutputs(ctx context.Context, g *globals, d *desk, o listOptions) error {
	var id int64
	if o.run != "" {
		n, err := session.ParseRunRef(o.run)
		if err != nil {
			return err
		}
		id = n
	} else {
		runs, err := d.runs(ctx, o.prompt)
		if err != nil {
			return err
		}
		newest := slices.IndexFunc(runs, func(r session.Run) bool { return r.StudyID == 0 })
		if newest < 0 {
			return usage("there is no run yet; galley run makes one")
		}
		id = runs[newest].ID
	}
	results, err := d.store.Results(ctx, id)
	if err != nil {
		return err
	}
	if g.raw {
		for _, r := range results {
			g.say("%s", string(r.Output.Whole()))
		}
		return nil
	}
	contexts, err := d.store.EvaluatedOf(ctx, id)
	if err != nil {
		return err
	}
	out := []cellJSON{}
	t := newTable("OUTPUT", "CASE", "CONTESTANT", "TAKE", "ORDER", "STATUS", "ANSWER").numbers(3)
	for _, r := range results {
		if e, ok := contexts[r.Cell.ID]; ok {
			r.Output.Evaluated = &e
		}
		out = append(out, toCellJSON(r))
		answer := r.Output.Whole()
		if answer == "" {
			answer = toolLines(r.Output.ToolCalls)
		}
		if e := r.Output.Error; e != nil {
			answer = e.Said()
		}
		t.row(outputName(r), r.Cell.CaseName, text.Raw(r.Cell.Contestant.String()), r.Cell.Take, r.Cell.Order, statusWords(r.Output), answer)
	}
	return g.list(out, t)
}

type noteJSON struct {
	ID      int64    `json:"id"`
	Run     string   `json:"run"`
	Variant string   `json:"variant"`
	Model   string   `json:"model"`
	Case    text.Raw `json:"case"`
	Text    text.Raw `json:"text"`
	AtMS    int64    `json:"at_ms"`
	By      text.Raw `json:"by"`
	Mode    *string  `json:"mode"` // the failure mode that it stands under
}

func listNotes(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []noteJSON{}
	t := newTable("NOTE", "RUN", "CONTESTANT", "CASE", "WHEN", "MODE", "TEXT").numbers(0)
	var all []session.Note
	modes := map[int64]text.Raw{}
	for _, p := range prompts {
		known, err := d.store.Modes(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, m := range known {
			modes[m.ID] = m.Name
		}
		notes, err := d.store.Notes(ctx, p.ID)
		if err != nil {
			return err
		}
		all = append(all, notes...)
	}
	slices.SortStableFunc(all, func(a, b session.Note) int { return int(b.ID - a.ID) })
	for _, n := range all {
		run := session.Run{ID: n.RunID}.Name()
		out = append(out, noteJSON{n.ID, run, variantName(n.Variant), n.Model, n.CaseName, n.Text, n.CreatedMS, n.By, some(string(modes[n.ModeID]))})
		t.row(n.ID, run, contestantName(session.Contestant{Variant: n.Variant, Model: n.Model}), n.CaseName, when(n.CreatedMS), modes[n.ModeID], n.Text)
	}
	return g.list(out, t)
}
