package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"galley/engine"
	"galley/session"
	"galley/session/text"
)

// ending is a way in which a cell has no answer, and its word.
type ending struct {
	status session.Status
	word   string
}

// unanswered lists the ways in which a cell has no answer, in the order in which
// they are told.
func unanswered() []ending {
	return []ending{
		{session.StatusError, "failed"},
		{session.StatusTruncated, "truncated"},
		{session.StatusFiltered, "filtered"},
		{session.StatusRefused, "refused"},
		{session.StatusEmpty, "empty"},
		{session.StatusStopped, "stopped"},
		{session.StatusInterrupted, "interrupted"},
		{session.StatusRunning, "running"},
		{session.StatusWaiting, "not asked"},
	}
}

// tally counts cells by how they ended.
type tally map[session.Status]int

func tallyOf(results []session.Result) tally {
	t := tally{}
	for _, r := range results {
		t[r.Output.Status]++
	}
	return t
}

// answered counts the cells that have what they were asked for: a whole answer,
// or calls of tools. Anything else leaves a run incomplete.
func (t tally) answered() int { return t[session.StatusDone] + t[session.StatusToolCalls] }

// failed counts the cells that ended without anything from their model.
func (t tally) failed() int {
	return t[session.StatusError] + t[session.StatusStopped] + t[session.StatusInterrupted]
}

// unfinished counts the cells that going on with the run would ask.
func (t tally) unfinished() int {
	n := 0
	for s, k := range t {
		if !s.Finished() && s != session.StatusError {
			n += k
		}
	}
	return n
}

// missing says of what kind the cells without an answer are: "3 truncated, 1
// empty"; "" where all are answered.
func (t tally) missing() string {
	var parts []string
	for _, k := range unanswered() {
		if n := t[k.status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k.word))
		}
	}
	return strings.Join(parts, ", ")
}

// failuresShown is how many different errors of a run are told.
const failuresShown = 3

// failures says why cells failed: each kind and message once, with how often it
// came, the most frequent first.
func failures(results []session.Result) []string {
	count := map[string]int{}
	var order []string
	for _, r := range results {
		e := r.Output.Error
		if r.Output.Status != session.StatusError || e == nil {
			continue
		}
		why := text.Show(e.Said()).OneLine().Truncate(240).String()
		if e.Kind == "auth" {
			why += "; is the key right that its key_env names? galley doctor shows which that is"
		}
		if count[why] == 0 {
			order = append(order, why)
		}
		count[why]++
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	var out []string
	for i, why := range order {
		if i == failuresShown {
			out = append(out, "and "+plural(len(order)-i, "other error", "other errors"))
			break
		}
		out = append(out, fmt.Sprintf("%d × %s", count[why], why))
	}
	return out
}

// ended is the state of a run as it begins its last sentence.
func ended(s session.RunState) string {
	if s == session.RunDone {
		return "ended"
	}
	return string(s)
}

// verdict is the exit code of a run: 0 only when every cell is answered and
// there is at least one.
func verdict(run session.Run, results []session.Result, last engine.Progress) error {
	t := tallyOf(results)
	if len(results) > 0 && t.answered() == len(results) {
		return nil
	}
	why := fmt.Sprintf("%s: %d of %s not answered: %s", run.Name(), len(results)-t.answered(), plural(len(results), "cell", "cells"), t.missing())
	if last.Stopped != "" {
		why += "; " + last.Stopped
	}
	var next []string
	if t.unfinished() > 0 {
		next = append(next, fmt.Sprintf("galley run --resume %s goes on", run.Name()))
	}
	if t[session.StatusError] > 0 {
		next = append(next, fmt.Sprintf("galley run --retry-failed %s asks what failed again", run.Name()))
	}
	if len(next) > 0 {
		why += "; " + strings.Join(next, ", ")
	}
	return &exitError{exitIncomplete, fmt.Errorf("%s", why)}
}
