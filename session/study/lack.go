package study

import (
	"fmt"

	"galley/session"
	"galley/session/text"
)

// Progress is how far a study has come. One that runs, or was stopped, is read on the
// cases of which everything was asked.
type Progress struct {
	Asked   int // cases in all
	Waiting int // cases of which something was not asked yet
}

// Interim reports whether there is more to come.
func (p Progress) Interim() bool { return p.Waiting > 0 }

// soFar puts before a sentence what it holds of, and behind it what to do, where
// there is more to come.
func (p Progress) soFar(cases int, sentence string) string {
	switch {
	case !p.Interim():
		return sentence
	case cases == 0 && p.Waiting < p.Asked: // nothing of what is complete can be read
		return sentence
	case cases == 0:
		return fmt.Sprintf("None of %s is complete yet: there is nothing to compare. Go on with the study.", plural(p.Asked, "case", "cases"))
	}
	of := fmt.Sprintf("On %d of %s so far", cases, plural(p.Asked, "case", "cases"))
	if p.Waiting == p.Asked { // a round of draws that is not laid out yet
		of = fmt.Sprintf("With draws of %s still to come", plural(p.Asked, "case", "cases"))
	}
	return fmt.Sprintf("%s: %s That is an interim result, and who looks often finds what is not there: let the study come to its end before anything is made of it.",
		of, lowerFirst(sentence))
}

func lowerFirst(s string) string {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	return string(s[0]-'A'+'a') + s[1:]
}

// LeftCase is a case that an order study leaves out.
type LeftCase struct {
	Case    text.Raw
	Waiting int // answers that were not asked for yet
	Failed  int // that ended in an error
	Cut     int // that were cut at the most tokens that an answer may have
	Other   int // that are no whole text, or that nothing says to pass or to fail
}

// notYet reports whether an answer was not asked for yet, or not to its end.
func notYet(s session.Status) bool {
	switch s {
	case session.StatusWaiting, session.StatusRunning, session.StatusStopped, session.StatusInterrupted:
		return true
	}
	return false
}

// Standing is what of a study's results is read. Where an answer was cut and asked
// for again with more room, it is the later one.
func Standing(results []session.Result) []session.Result {
	type key struct {
		arm, order string
		kase       session.CaseKey
		take       int
	}
	cut := map[key]int{}
	var out []session.Result
	for _, r := range results {
		k := key{r.Cell.Contestant.Arm, r.Cell.Order.String(), r.Cell.Case(), r.Cell.Take}
		at, again := cut[k]
		if again {
			out[at] = r
		} else {
			at = len(out)
			out = append(out, r)
		}
		delete(cut, k)
		if r.Output.Status == session.StatusTruncated {
			cut[k] = at
		}
	}
	return out
}

// complete leaves out the cases of which something was not asked yet.
func complete(results []session.Result) ([]session.Result, Progress) {
	var p Progress
	waits := map[session.CaseKey]bool{}
	for _, r := range results {
		k := r.Cell.Case()
		before, seen := waits[k]
		if !seen {
			p.Asked++
		}
		now := before || notYet(r.Output.Status)
		if now && !before {
			p.Waiting++
		}
		waits[k] = now
	}
	if !p.Interim() {
		return results, p
	}
	var out []session.Result
	for _, r := range results {
		if !waits[r.Cell.Case()] {
			out = append(out, r)
		}
	}
	return out, p
}

// Missing counts the results that are no whole answer.
func Missing(results []session.Result) int {
	n := 0
	for _, r := range results {
		if r.Output.Status != session.StatusDone {
			n++
		}
	}
	return n
}

// Cut counts the answers that were cut at the most tokens that an answer may have.
func Cut(results []session.Result) int {
	n := 0
	for _, r := range results {
		if r.Output.Status == session.StatusTruncated {
			n++
		}
	}
	return n
}

// lacking says what became of the answers that are not whole, a sentence each with
// what there is to do.
func lacking(spec Spec, content session.Content, results []session.Result) []string {
	cut, absent, failed, other := 0, 0, 0, 0
	for _, r := range results {
		switch s := r.Output.Status; {
		case s == session.StatusDone:
		case s == session.StatusTruncated:
			cut++
		case s == session.StatusError:
			failed++
		case notYet(s):
			absent++
		default:
			other++
		}
	}
	var out []string
	if cut > 0 {
		most := "the most tokens that an answer may have"
		if n := content.Params.MaxTokens; n > 0 && Room(content, results) == 4*n {
			most = fmt.Sprintf("%s, the variant's max_tokens", plural(n, "token", "tokens"))
		}
		next := fmt.Sprintf("Ask them again with more room: --resume with --max-tokens %d, or m on the page of the study.", Room(content, results))
		if spec.Rounds() > 1 { // what was asked then hangs on what was answered
			next = "Give the variant a larger max_tokens, and study that revision."
		}
		out = append(out, fmt.Sprintf("%s cut at %s. %s", plural(cut, "answer was", "answers were"), most, next))
	}
	if failed > 0 {
		out = append(out, plural(failed, "answer", "answers")+" failed; go on with the study to ask for them again.")
	}
	if absent > 0 {
		out = append(out, plural(absent, "answer is", "answers are")+" still to come.")
	}
	if other > 0 {
		out = append(out, plural(other, "answer is", "answers are")+" no whole text: withheld, refused, empty or a call of tools. Read them in the study's run.")
	}
	return out
}

// Room is how many tokens to give the answers that were cut: four times as many as
// the variant gives, or as they had.
func Room(content session.Content, results []session.Result) int {
	most := content.Params.MaxTokens
	for _, r := range results {
		if r.Output.Status == session.StatusTruncated {
			most = max(most, r.Output.Usage.Output)
		}
	}
	if most > 0 {
		return 4 * most
	}
	return 4096
}

// allCut reports whether each complete case that is left out has an answer that was
// cut: then nothing that is still asked the same way helps.
func (r *OrderReport) allCut() bool {
	cut := false
	for _, c := range r.Left {
		if c.Waiting == 0 && c.Cut == 0 {
			return false
		}
		cut = cut || c.Waiting == 0
	}
	return cut
}

// leftNamed is how many cases that are left out are named.
const leftNamed = 6

// left says which cases an order study leaves out, and why: each once, by what keeps
// it out the longest. Those that wait are told as what is still to come.
func (r *OrderReport) left() []string {
	names := map[string][]string{}
	var reasons []string
	for _, c := range r.Left {
		why := "an answer that nothing says to pass or to fail, or that is no text"
		switch {
		case c.Waiting > 0:
			continue
		case c.Cut > 0:
			why = "an answer that was cut"
		case c.Failed > 0:
			why = "an answer that failed"
		}
		if len(names[why]) == 0 {
			reasons = append(reasons, why)
		}
		names[why] = append(names[why], text.Head(c.Case, 24).OneLine().String())
	}
	var out []string
	for _, why := range reasons {
		list, n := names[why], len(names[why])
		if n > leftNamed {
			list = append(list[:leftNamed-1:leftNamed-1], fmt.Sprintf("%d others", n-leftNamed+1))
		}
		out = append(out, fmt.Sprintf("%s left out whole, for %s: %s.", areCases(n), why, join(list)))
	}
	return out
}
