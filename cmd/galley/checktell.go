package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"galley/session"
	"galley/session/report"
	"galley/session/stats"
	"galley/session/text"
	"galley/store/exchange"
)

// checkJSON is a check as scripts read it.
type checkJSON struct {
	Suite    text.Raw        `json:"suite"`
	Prompt   text.Raw        `json:"prompt"`
	Check    *int64          `json:"check"` // its number in the workspace
	Run      *string         `json:"run"`
	Cases    []checkCaseJSON `json:"cases"`
	Passed   int             `json:"passed"`
	Failed   int             `json:"failed"`
	Errors   int             `json:"errors"`
	NotRun   int             `json:"not_run"`
	Rate     *float64        `json:"rate"` // of those evaluated
	Sentence text.Raw        `json:"sentence"`
	Tags     []checkTagJSON  `json:"tags,omitempty"`
	Stopped  *string         `json:"stopped"` // why it ended before its end
	Against  *againstJSON    `json:"against_baseline"`
}

type checkCaseJSON struct {
	Case       text.Raw               `json:"case"`
	Variant    string                 `json:"variant"`
	Model      string                 `json:"model"`
	Take       int                    `json:"take"`
	Status     session.CheckStatus    `json:"status"`
	Score      *float64               `json:"score"`
	Why        *text.Raw              `json:"why"`
	ErrorKind  *string                `json:"error_kind"` // as in the error of a cell
	Attempts   int                    `json:"attempts"`   // above 1: it was asked again
	Cached     bool                   `json:"cached"`
	Recorded   bool                   `json:"recorded"` // nobody was asked now
	Tags       []text.Raw             `json:"tags"`
	Assertions []session.AssertResult `json:"assertions"`
}

type checkTagJSON struct {
	Tag      *text.Raw `json:"tag"` // null: cases without one
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Errors   int       `json:"errors"`
	NotRun   int       `json:"not_run"`
	Sentence text.Raw  `json:"sentence"`
}

type againstJSON struct {
	NewlyFail []checkCaseJSON `json:"newly_fail"`
	NewlyPass []checkCaseJSON `json:"newly_pass"`
	NewFails  []checkCaseJSON `json:"new_and_failing"` // the baseline does not have them
	Unchanged int             `json:"unchanged"`
	New       int             `json:"new"`
	Gone      int             `json:"gone"`
	P         *float64        `json:"p"`
	Interval  *[2]float64     `json:"interval"` // of the change of the rate
	Sentence  text.Raw        `json:"sentence"`
}

func (c checked) caseJSON(k session.CaseCheck) checkCaseJSON {
	j := checkCaseJSON{
		Case: k.Case.Name, Variant: variantName(k.Contestant.Variant), Model: k.Contestant.Model, Take: k.Take, Status: k.Status,
		Why: some(k.Why), Attempts: k.Attempts, Cached: k.Cached, Tags: orEmpty(k.CaseTags), Assertions: orEmpty(k.Assertions),
		Recorded: c.outside[k.Contestant],
	}
	if k.Status == session.CheckPass || k.Status == session.CheckFail {
		j.Score = number(k.Score)
	}
	if k.Fault != "" {
		j.ErrorKind = &k.Fault
	}
	return j
}

func (c checked) casesJSON(list []session.CaseCheck) []checkCaseJSON {
	out := []checkCaseJSON{}
	for _, k := range list {
		out = append(out, c.caseJSON(k))
	}
	return out
}

// spot is a case of a contestant.
type spot struct {
	c session.Contestant
	k session.CaseKey
}

func (c checked) json(o checking) checkJSON {
	j := checkJSON{
		Suite: c.suite.Name, Prompt: c.suite.Prompt, Check: some(c.check.ID), Run: some(c.run), Cases: c.casesJSON(c.check.Cases),
		Passed: c.check.Passed, Failed: c.check.Failed, Errors: c.check.Errors, NotRun: c.check.NotRun,
		Rate: share(c.check.Passed, c.check.Passed+c.check.Failed), Sentence: text.Raw(sumOf(c.check.Cases).sentence()), Stopped: some(c.broken),
	}
	if o.by == "tag" {
		for _, t := range byTag(c.check.Cases) {
			j.Tags = append(j.Tags, checkTagJSON{some(t.tag), t.passed, t.failed, t.errors, t.notRun, text.Raw(t.sentence())})
		}
	}
	if x := c.change; x != nil {
		j.Against = &againstJSON{
			c.casesJSON(x.NewlyFail), c.casesJSON(x.NewlyPass), c.casesJSON(c.fresh), x.Unchanged, x.New, x.Gone, number(x.P), between(x.Lo, x.Hi), text.Raw(x.Sentence),
		}
	}
	return j
}

// checkSum counts results.
type checkSum struct {
	tag                            text.Raw
	passed, failed, errors, notRun int
	cases                          int // distinct ones among those evaluated
	seen                           map[text.Raw]bool
}

func (s *checkSum) add(k session.CaseCheck) {
	if s.seen == nil {
		s.seen = map[text.Raw]bool{}
	}
	switch k.Status {
	case session.CheckPass:
		s.passed++
	case session.CheckFail:
		s.failed++
	case session.CheckError:
		s.errors++
		return
	default:
		s.notRun++
		return
	}
	place := k.Case.Name + "\x00" + contestantName(k.Contestant)
	if !s.seen[place] {
		s.seen[place] = true
		s.cases++
	}
}

func sumOf(cases []session.CaseCheck) checkSum {
	var s checkSum
	for _, k := range cases {
		s.add(k)
	}
	return s
}

// sentence is what came out, with counts.
func (s checkSum) sentence() string {
	out := "Nothing was evaluated"
	if n := s.passed + s.failed; n > 0 {
		out = stats.RateOver(s.passed, n, s.cases, "passed")
	}
	if s.errors > 0 {
		out += fmt.Sprintf("; %d without an answer to check", s.errors)
	}
	if s.notRun > 0 {
		out += fmt.Sprintf("; %d not run", s.notRun)
	}
	return out + "."
}

// byTag sums up by tag, in the order in which tags first stand; a case with
// several counts under each.
func byTag(cases []session.CaseCheck) []checkSum {
	var out []checkSum
	for _, k := range cases {
		tags := k.CaseTags
		if len(tags) == 0 {
			tags = []text.Raw{""}
		}
		for _, tag := range tags {
			i := slices.IndexFunc(out, func(s checkSum) bool { return s.tag == tag })
			if i < 0 {
				i = len(out)
				out = append(out, checkSum{tag: tag})
			}
			out[i].add(k)
		}
	}
	return out
}

// checkKey names a result, to look up what is known of its answer.
func checkKey(c session.Contestant, k session.CaseKey, take int) [3]string {
	return [3]string{c.String(), strconv.FormatInt(k.ID, 10) + " " + string(k.Name), strconv.Itoa(take)}
}

// time remembers how long answers took.
func (c *checked) time(results []session.Result) {
	for _, r := range results {
		c.took[checkKey(r.Cell.Contestant, r.Cell.Case(), r.Cell.Take)] = r.Output.Timing.TotalMS
	}
}

// told is the check as CI systems are told of it.
func (c checked) told() exchange.Checked {
	out := exchange.Checked{
		Suite: c.suite.Name, Cases: c.check.Cases, Places: c.target.places, AtMS: c.check.AtMS,
		TookMS: func(k session.CaseCheck) int64 { return c.took[checkKey(k.Contestant, k.Case, k.Take)] },
	}
	if c.change != nil {
		out.Newly, out.Against = append(slices.Clone(c.change.NewlyFail), c.fresh...), c.change.Sentence
	}
	return out
}

// tell writes what came of a check: for CI first, which keeps what it is given.
func (g *globals) tell(o checking, c checked) error {
	if o.junit != "" {
		if err := replaceFile(o.junit, func(w io.Writer) error { return exchange.WriteJUnit(w, c.told()) }); err != nil {
			return &exitError{exitIncomplete, err}
		}
	}
	if o.github {
		if err := g.tellGitHub(o, c); err != nil {
			return &exitError{exitIncomplete, err}
		}
	}
	if g.json {
		return g.printJSON(c.json(o))
	}
	g.writeCheck(o, c)
	return nil
}

// commands are where GitHub Actions looks for commands of a step: stdout, or
// stderr where stdout holds one JSON document.
func (g *globals) commands() io.Writer {
	if g.json {
		return g.err
	}
	return g.out
}

// stopCommands keeps GitHub Actions from obeying what texts from outside say at
// the beginning of a line, until goOn.
func (g *globals) stopCommands(o checking) {
	if o.github {
		_, _ = fmt.Fprintf(g.commands(), "::stop-commands::%s\n", o.token)
	}
}

func (g *globals) goOn(o checking) {
	if o.github {
		_, _ = fmt.Fprintf(g.commands(), "::%s::\n", o.token)
	}
}

// tellGitHub writes annotations, on stderr where stdout holds one JSON document,
// and adds the table to the summary of the step.
func (g *globals) tellGitHub(o checking, c checked) error {
	g.goOn(o)
	err := exchange.WriteGitHub(g.commands(), c.told())
	g.stopCommands(o)
	if err != nil {
		return err
	}
	file := os.Getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		g.talk("GITHUB_STEP_SUMMARY names no file: the table is left out")
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %s", text.Raw(file), reason(err))
	}
	err = exchange.WriteSummary(f, c.told())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// writeCheck prints a check for people: what newly fails, what newly passes, what
// else fails, then the sentence.
func (g *globals) writeCheck(o checking, c checked) {
	lines := report.Takes(c.check.Cases)
	at := map[spot]report.CaseLine{}
	for _, l := range lines {
		at[spot{l.Contestant, l.Case}] = l
	}
	head, told := "Failing", map[spot]bool{}
	if x := c.change; x != nil {
		head = "Failing as before"
		for _, news := range []struct {
			head string
			of   []session.CaseCheck
		}{{"Newly failing", x.NewlyFail}, {"Failing, and new to the baseline", c.fresh}, {"Newly passing", x.NewlyPass}} {
			var list []report.CaseLine
			for _, k := range news.of {
				told[spot{k.Contestant, k.Case}] = true
				list = append(list, at[spot{k.Contestant, k.Case}])
			}
			g.writeCases(news.head, list)
		}
	}
	for _, rest := range []struct {
		head string
		s    session.CheckStatus
	}{{head, session.CheckFail}, {"Without an answer to check", session.CheckError}, {"Not run", session.CheckNotRun}} {
		var list []report.CaseLine
		for _, l := range lines {
			if l.Worst.Status == rest.s && !told[spot{l.Contestant, l.Case}] {
				list = append(list, l)
			}
		}
		g.writeCases(rest.head, list)
	}
	if o.by == "tag" {
		t := newTable("TAG", "PASSED", "FAILED", "ERRORS", "NOT RUN").numbers(1, 2, 3, 4)
		for _, s := range byTag(c.check.Cases) {
			tag := s.tag
			if tag == "" {
				tag = "(no tag)"
			}
			t.row(tag, s.passed, s.failed, s.errors, s.notRun)
		}
		t.print(g)
		g.say("")
	}
	if n := count(c.check.Cases, func(k session.CaseCheck) bool { return k.Cached }); n > 0 {
		g.say("%s from the cache.", plural(n, "answer was", "answers were"))
	}
	if n := count(c.check.Cases, func(k session.CaseCheck) bool { return k.Attempts > 1 }); n > 0 {
		g.say("%s more than once before there was an answer.", plural(n, "call was made", "calls were made"))
	}
	g.say("%s: %s", c.suite.Name, shownLine(sumOf(c.check.Cases).sentence()))
	if c.change != nil {
		g.say("%s", shownLine(c.change.Sentence))
	}
	if o.failOn == "new" && c.check.Failed > 0 && o.outcome(c) == nil {
		fails := map[bool]string{true: "fails", false: "fail"}[c.check.Failed == 1]
		g.talk("%s %s as before; --fail-on any counts them", counted(c.check.Failed, c.check.Cases), fails)
	}
}

// distinctCases is how many cases results are of, whoever answered them and how
// often.
func distinctCases(results []session.CaseCheck) int {
	seen := map[text.Raw]bool{}
	for _, k := range results {
		seen[k.Case.Name] = true
	}
	return len(seen)
}

// counted is n of the results of a check in words: cases where each was held
// against the suite once, and else results, of which a case has several.
func counted(n int, results []session.CaseCheck) string {
	if len(results) > distinctCases(results) {
		return plural(n, "result", "results")
	}
	return plural(n, "case", "cases")
}

func count(cases []session.CaseCheck, is func(session.CaseCheck) bool) int {
	n := 0
	for _, k := range cases {
		if is(k) {
			n++
		}
	}
	return n
}

// whyOf is why a case did not pass: what its assertions saw, or why there was
// nothing to see.
func whyOf(k session.CaseCheck) text.Raw {
	if k.Why != "" {
		return k.Why
	}
	var out []string
	for _, a := range k.Assertions {
		if !a.Pass && a.Weight > 0 {
			out = append(out, string(a.Message))
		}
	}
	return text.Raw(strings.Join(out, "; "))
}

func (g *globals) writeCases(head string, list []report.CaseLine) {
	if len(list) == 0 {
		return
	}
	style := styleBad
	if list[0].Passed() {
		style = styleGood
	}
	g.say("%s", g.paint(style, fmt.Sprintf("%s (%d)", head, len(list))))
	t := newTable("CASE", "CONTESTANT", "PASSED", "WHY")
	for _, l := range list {
		t.row(l.Case.Name, contestantName(l.Contestant), l.String(), whyOf(l.Worst))
	}
	t.print(g)
	g.say("")
}
