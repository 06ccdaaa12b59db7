package exchange

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// tally is a case of a contestant with all its takes.
type tally struct {
	of     session.CaseKey
	who    session.Contestant
	takes  []session.CaseCheck
	pass   int
	status session.CheckStatus
	newly  bool
}

// tallies sums up the takes of each case, contestant by contestant, in the order
// in which they first stand.
func (c Checked) tallies() []*tally {
	type key struct {
		of  session.CaseKey
		who session.Contestant
	}
	at := map[key]*tally{}
	rank := map[session.Contestant]int{}
	var out []*tally
	for _, k := range c.Cases {
		t := at[key{k.Case, k.Contestant}]
		if t == nil {
			t = &tally{of: k.Case, who: k.Contestant}
			at[key{k.Case, k.Contestant}] = t
			out = append(out, t)
		}
		if _, ok := rank[k.Contestant]; !ok {
			rank[k.Contestant] = len(rank)
		}
		t.takes = append(t.takes, k)
	}
	newly := map[string]bool{}
	for _, k := range c.Newly {
		newly[k.Contestant.String()+"\x00"+string(k.Case.Name)] = true
	}
	for _, t := range out {
		t.sum()
		t.newly = newly[t.who.String()+"\x00"+string(t.of.Name)]
	}
	slices.SortStableFunc(out, func(x, y *tally) int { return rank[x.who] - rank[y.who] })
	return out
}

// sum gives the case one state. It passes when each take does; it was not run
// only where no take was, so that half a check is never taken for a choice.
func (t *tally) sum() {
	n := map[session.CheckStatus]int{}
	for _, k := range t.takes {
		n[k.Status]++
	}
	t.pass = n[session.CheckPass]
	switch {
	case n[session.CheckFail] > 0:
		t.status = session.CheckFail
	case t.pass == len(t.takes):
		t.status = session.CheckPass
	case n[session.CheckNotRun] == len(t.takes):
		t.status = session.CheckNotRun
	default:
		t.status = session.CheckError
	}
}

// share is "2 of 3 takes passed", or nothing where there is one take.
func (t *tally) share() string {
	if len(t.takes) < 2 {
		return ""
	}
	return fmt.Sprintf("%d of %d takes passed", t.pass, len(t.takes))
}

// miss is something that a take did not do.
type miss struct {
	take    int
	kind    string // not-icontains, or error, not_run
	uid     string
	message text.Raw
}

// misses lists what did not hold, the first take first. Assertions of weight 0
// never fail a case.
func (t *tally) misses() []miss {
	var out []miss
	for _, k := range t.takes {
		switch k.Status {
		case session.CheckPass:
			continue
		case session.CheckError, session.CheckNotRun:
			out = append(out, miss{take: k.Take, kind: string(k.Status), message: k.Why})
			continue
		}
		for _, a := range k.Assertions {
			if !a.Pass && a.Weight != 0 {
				out = append(out, miss{k.Take, kindOf(a), a.UID, a.Message})
			}
		}
	}
	// A take that failed says more than one that has no answer.
	slices.SortStableFunc(out, func(x, y miss) int {
		hard := func(m miss) int {
			if m.kind == string(session.CheckError) || m.kind == string(session.CheckNotRun) {
				return 1
			}
			return 0
		}
		return hard(x) - hard(y)
	})
	return out
}

func kindOf(a session.AssertResult) string {
	if a.Not {
		return "not-" + string(a.Kind)
	}
	return string(a.Kind)
}

// headline is the first thing to know of a case that did not pass.
func (t *tally) headline() string {
	s := "it did not pass"
	if m := t.misses(); len(m) > 0 && m[0].message != "" {
		s = show(m[0].message, 1000)
	}
	if share := t.share(); share != "" {
		s += " (" + share + ")"
	}
	return s
}

// details is a line for each thing that did not hold.
func (t *tally) details(p Places, most int) string {
	var b strings.Builder
	for _, m := range t.misses() {
		if len(t.takes) > 1 {
			fmt.Fprintf(&b, "take %d: ", m.take)
		}
		fmt.Fprintf(&b, "%s: %s", m.kind, show(m.message, 4000))
		if at, ok := p.Assertion(m.uid); ok {
			fmt.Fprintf(&b, " (%s:%d)", text.Raw(at.File), at.Line)
		}
		b.WriteByte('\n')
		if b.Len() > most {
			b.WriteString("…\n")
			break
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// show makes a text fit to be shown, of its first bytes only.
func show(r text.Raw, most int) string {
	s := string(r)
	if len(s) > most {
		s = s[:most]
		for len(s) > 0 && !utf8.RuneStart(r[len(s)]) {
			s = s[:len(s)-1]
		}
		return text.Of(s).String() + fmt.Sprintf("… (%d bytes in all)", len(r))
	}
	return text.Of(s).String()
}

// worst sorts by what a person should look at first: what newly fails, then what
// fails most, then what has no answer, then what was not asked.
func worst(list []*tally) []*tally {
	rank := func(t *tally) int {
		switch {
		case t.newly && t.status != session.CheckPass:
			return 0
		case t.status == session.CheckFail:
			return 1
		case t.status == session.CheckError:
			return 2
		case t.status == session.CheckNotRun:
			return 3
		}
		return 4
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(x, y *tally) int {
		return cmp.Or(rank(x)-rank(y), cmp.Compare(float64(x.pass)/float64(len(x.takes)), float64(y.pass)/float64(len(y.takes))))
	})
	return out
}

// count sums cases by their state.
func count(list []*tally) (pass, fail, errs, notRun int) {
	for _, t := range list {
		switch t.status {
		case session.CheckPass:
			pass++
		case session.CheckFail:
			fail++
		case session.CheckError:
			errs++
		default:
			notRun++
		}
	}
	return
}
