package main

import (
	"context"

	"galley/session"
	"galley/session/text"
)

type verdictJSON struct {
	ID       int64             `json:"id"`
	Prompt   text.Raw          `json:"prompt"`
	Judge    text.Raw          `json:"judge"`
	Mode     session.JudgeMode `json:"mode"`
	Left     text.Raw          `json:"left"`
	Right    *text.Raw         `json:"right"` // null: a label of one answer
	Verdict  session.Choice    `json:"verdict"`
	Case     text.Raw          `json:"case"`
	Tags     []text.Raw        `json:"tags"`
	Take     int               `json:"take"`
	AtMS     int64             `json:"at_ms"`
	Undone   bool              `json:"undone"`
	Reason   text.Raw          `json:"reason"`
	RepeatOf *int64            `json:"repeat_of"`
	Known    bool              `json:"known"` // given after the names were known: left out of every count
	ScreenMS *int64            `json:"screen_ms"`
}

func toVerdictJSON(v session.Verdict, prompt text.Raw) verdictJSON {
	j := verdictJSON{
		ID: v.ID, Prompt: prompt, Judge: v.Judge, Mode: v.Mode, Left: contestantName(v.Left.Contestant), Verdict: v.Choice,
		Case: v.Case.Name, Tags: orEmpty(v.CaseTags), Take: v.Take, AtMS: v.AtMS, Undone: v.Undone, Reason: v.Reason,
		RepeatOf: some(v.RepeatOf), Known: v.Known, ScreenMS: some(v.ScreenMS),
	}
	if v.Mode == session.JudgePairs {
		right := contestantName(v.Right.Contestant)
		j.Right = &right
	}
	return j
}

func listVerdicts(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	q := session.VerdictQuery{Judge: text.Raw(o.judge), Undone: true}
	if o.run != "" {
		id, err := session.ParseRunRef(o.run)
		if err != nil {
			return err
		}
		if _, err := d.store.Run(ctx, id); err != nil {
			return err
		}
		q.RunIDs = []int64{id}
	}
	out := []verdictJSON{}
	t := newTable("VERDICT", "JUDGE", "LEFT", "RIGHT", "DECIDED", "CASE", "TAKE", "WHEN", "REASON").numbers(0, 6)
	for _, p := range prompts {
		q.PromptID = p.ID
		verdicts, err := d.store.Verdicts(ctx, q)
		if err != nil {
			return err
		}
		for _, v := range verdicts {
			j := toVerdictJSON(v, p.Name)
			out = append(out, j)
			right := text.Raw("")
			if j.Right != nil {
				right = *j.Right
			}
			decided := text.Raw(v.Choice)
			if v.Undone {
				decided += " (taken back)"
			}
			t.row(v.ID, v.Judge, j.Left, right, decided, v.Case.Name, v.Take, when(v.AtMS), v.Reason)
		}
	}
	return g.list(out, t)
}

type suiteJSON struct {
	Name       text.Raw        `json:"name"`
	Prompt     text.Raw        `json:"prompt"`
	Note       text.Raw        `json:"note"`
	Cases      *[]text.Raw     `json:"cases"`     // null: every case of the prompt
	Threshold  *float64        `json:"threshold"` // null: every assertion must hold
	Assertions []assertionJSON `json:"assertions"`
	LastCheck  *lastCheckJSON  `json:"last_check"`
	Stale      *string         `json:"stale"` // since when it was not checked; null: it is fresh
}

type lastCheckJSON struct {
	ID     int64   `json:"id"`
	AtMS   int64   `json:"at_ms"`
	Run    *string `json:"run"`
	Cases  int     `json:"cases"`  // distinct ones
	Passed int     `json:"passed"` // results: with several takes or contestants, more than cases
	Failed int     `json:"failed"`
	Errors int     `json:"errors"`
	NotRun int     `json:"not_run"`
}

// sentence counts cases where each was held against the suite once, and else the
// results, of which a case has several.
func (c lastCheckJSON) sentence() string {
	without := c.Errors + c.NotRun
	out := plural(c.Passed, "case", "cases")
	if all := c.Passed + c.Failed + without; all > c.Cases {
		out = plural(c.Cases, "case", "cases") + ", " + plural(all, "result", "results") + ": " + itoa(c.Passed)
	}
	out += " passed, " + itoa(c.Failed) + " failed"
	if without > 0 {
		out += ", " + itoa(without) + " without an answer"
	}
	return out
}

func listSuites(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []suiteJSON{}
	t := newTable("SUITE", "PROMPT", "ASSERTIONS", "CASES", "LAST CHECK", "NOTE").numbers(2)
	for _, p := range prompts {
		suites, err := d.store.Suites(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, s := range suites {
			j, err := d.suiteJSON(ctx, p, s)
			if err != nil {
				return err
			}
			out = append(out, j)
			cases, last := "all", "never"
			if j.Cases != nil {
				cases = itoa(len(*j.Cases))
			}
			if c := j.LastCheck; c != nil {
				last = c.sentence()
			}
			if j.Stale != nil && j.LastCheck != nil {
				last += "; " + *j.Stale
			}
			t.row(s.Name, p.Name, len(s.Assertions), cases, text.Raw(last), s.Note)
		}
	}
	return g.list(out, t)
}

func (d *desk) suiteJSON(ctx context.Context, p session.PromptInfo, s session.Suite) (suiteJSON, error) {
	j := suiteJSON{Name: s.Name, Prompt: p.Name, Note: s.Note, Threshold: s.Threshold, Assertions: assertionsJSON(s.Assertions)}
	if len(s.CaseIDs) > 0 {
		cases, err := d.suiteCases(ctx, s)
		if err != nil {
			return j, err
		}
		names := []text.Raw{}
		for _, c := range cases {
			names = append(names, c.Name)
		}
		j.Cases = &names
	}
	checks, err := d.store.Checks(ctx, s.ID)
	if err != nil {
		return j, err
	}
	if len(checks) > 0 {
		c, err := d.store.Check(ctx, checks[0].ID)
		if err != nil {
			return j, err
		}
		j.LastCheck = &lastCheckJSON{ID: c.ID, AtMS: c.AtMS, Cases: distinctCases(c.Cases), Passed: c.Passed, Failed: c.Failed, Errors: c.Errors, NotRun: c.NotRun}
		if c.RunID != 0 {
			name := session.Run{ID: c.RunID}.Name()
			j.LastCheck.Run = &name
		}
	}
	stale, err := d.stale(ctx, s)
	j.Stale = some(stale)
	return j, err
}

// suiteCases are the cases that a suite is held against, those of them that are
// still there.
func (d *desk) suiteCases(ctx context.Context, s session.Suite) ([]session.Case, error) {
	all, err := d.store.Cases(ctx, s.PromptID)
	if err != nil || len(s.CaseIDs) == 0 {
		return all, err
	}
	wanted := map[int64]bool{}
	for _, id := range s.CaseIDs {
		wanted[id] = true
	}
	var out []session.Case
	for _, c := range all {
		if wanted[c.ID] {
			out = append(out, c)
		}
	}
	return out, nil
}

type modeJSON struct {
	ID     int64    `json:"id"`
	Name   text.Raw `json:"name"`
	Prompt text.Raw `json:"prompt"`
	Notes  int      `json:"notes"`
}

func listModes(ctx context.Context, g *globals, d *desk, o listOptions) error {
	prompts, err := d.prompts(ctx, o.prompt)
	if err != nil {
		return err
	}
	out := []modeJSON{}
	t := newTable("FAILURE MODE", "PROMPT", "NOTES").numbers(2)
	for _, p := range prompts {
		modes, err := d.store.Modes(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, m := range modes {
			out = append(out, modeJSON{m.ID, m.Name, p.Name, m.Notes})
			t.row(m.Name, p.Name, m.Notes)
		}
	}
	return g.list(out, t)
}
