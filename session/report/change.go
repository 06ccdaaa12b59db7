package report

import (
	"fmt"
	"math"
	"strings"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// CaseLine is one case of one contestant over its takes.
type CaseLine struct {
	Case       session.CaseKey
	CaseTags   []text.Raw
	Contestant session.Contestant
	Pass       int
	Of         int               // takes that were run: passed, failed and errors
	Errors     int               // of them: no answer that could be checked
	NotRun     int               // takes that were not
	Worst      session.CaseCheck // the take to look at: the first that failed, else one with an error, else the first
}

// Passed reports whether more than half of the takes that were run did.
func (l CaseLine) Passed() bool { return 2*l.Pass > l.Of }

// String is "2 of 3", or "not run".
func (l CaseLine) String() string {
	if l.Of == 0 {
		return "not run"
	}
	return fmt.Sprintf("%d of %d", l.Pass, l.Of)
}

// Takes groups checks by contestant and case, in the order in which they come.
func Takes(cases []session.CaseCheck) []CaseLine {
	type key struct {
		who  contestantKey
		kase session.CaseKey
	}
	at := map[key]int{}
	var out []CaseLine
	for _, c := range cases {
		k := key{keyOf(c.Contestant), bare(c.Case)}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, CaseLine{Case: c.Case, CaseTags: c.CaseTags, Contestant: c.Contestant, Worst: c})
		}
		l := &out[i]
		if grave(c.Status) > grave(l.Worst.Status) {
			l.Worst = c
		}
		switch c.Status {
		case session.CheckPass:
			l.Pass++
			l.Of++
		case session.CheckFail:
			l.Of++
		case session.CheckError:
			l.Errors++
			l.Of++
		default:
			l.NotRun++
		}
	}
	return out
}

func grave(s session.CheckStatus) int {
	switch s {
	case session.CheckFail:
		return 3
	case session.CheckError:
		return 2
	case session.CheckPass:
		return 1
	}
	return 0
}

// Against holds a check against an earlier one. Cases meet where the variant's
// name and the model are the same: the earlier is of another revision. Where each
// check is of one contestant, the cases alone do. A case passes when more than
// half of its takes do; an error is never a pass; what was not run on one side is
// counted apart.
func Against(now, before []session.CaseCheck) Change {
	n, b := ran(Takes(now)), ran(Takes(before))
	alone := contestants(n) == 1 && contestants(b) == 1
	earlier := map[meeting][]CaseLine{}
	for _, l := range b {
		k := meet(l, alone)
		earlier[k] = append(earlier[k], l)
	}
	var c Change
	errors, met := 0, map[meeting]bool{}
	for _, l := range n {
		k := meet(l, alone)
		was, ok := earlierOf(earlier[k], l)
		if !ok {
			c.New++
			continue
		}
		met[k] = true
		switch {
		case was.Passed() == l.Passed():
			c.Unchanged++
			if !l.Passed() {
				c.StillFail++
			}
		case l.Passed():
			c.NewlyPass = append(c.NewlyPass, l.Worst)
		default:
			c.NewlyFail = append(c.NewlyFail, l.Worst)
			if l.Worst.Status == session.CheckError {
				errors++
			}
		}
	}
	for k := range earlier {
		if !met[k] {
			c.Gone++
		}
	}
	worse, better := len(c.NewlyFail), len(c.NewlyPass)
	_, c.P = stats.McNemar(worse, better)
	c.Lo, c.Hi = stats.BonettPrice(worse, better, worse+better+c.Unchanged, stats.Z95)
	c.Sentence = c.say(errors)
	return c
}

// ran leaves out what has no take that was run.
func ran(lines []CaseLine) []CaseLine {
	var out []CaseLine
	for _, l := range lines {
		if l.Of > 0 {
			out = append(out, l)
		}
	}
	return out
}

func contestants(lines []CaseLine) int {
	seen := map[contestantKey]bool{}
	for _, l := range lines {
		seen[keyOf(l.Contestant)] = true
	}
	return len(seen)
}

// meeting is what a case is found again by.
type meeting struct {
	kase                   session.CaseKey
	prompt, variant, model string
}

func meet(l CaseLine, alone bool) meeting {
	// A folder has names and no ids, so names are what both sides surely have.
	k := meeting{kase: session.CaseKey{Name: l.Case.Name}}
	if l.Case.Name == "" {
		k.kase = l.Case
	}
	if !alone {
		k.prompt, k.variant, k.model = l.Contestant.Variant.Prompt, l.Contestant.Variant.Variant, l.Contestant.Model
	}
	return k
}

// earlierOf is the same revision where the baseline has it, else its newest.
func earlierOf(lines []CaseLine, now CaseLine) (CaseLine, bool) {
	if len(lines) == 0 {
		return CaseLine{}, false
	}
	best := lines[0]
	for _, l := range lines {
		if keyOf(l.Contestant) == keyOf(now.Contestant) {
			return l, true
		}
		if l.Contestant.Variant.Revision > best.Contestant.Variant.Revision {
			best = l
		}
	}
	return best, true
}

// say tells the change; errors are how many of what newly fails had no answer.
func (c Change) say(errors int) string {
	worse, better := len(c.NewlyFail), len(c.NewlyPass)
	n := worse + better + c.Unchanged
	if n == 0 {
		return "Nothing can be compared: no case was run both now and for the baseline." + c.apart() + " Run the same cases on both."
	}
	if worse == 0 {
		s := fmt.Sprintf("0 of %s newly fail", plural(n, "case", "cases"))
		if n == 1 {
			s = "0 of 1 case newly fails"
		}
		if better > 0 {
			s += ", " + newly(better, "passes", "pass")
		}
		if c.StillFail > 0 {
			s += fmt.Sprintf(", %d fail as before", c.StillFail)
		}
		s += "." + c.apart()
		if c.StillFail == n {
			return s + " None passed before, so none could: mend what fails, or what is asserted, first."
		}
		if n < fewest {
			return s + " That is too few to say how often it would; add cases."
		}
		// None of n at a true rate r has the chance (1−r)ⁿ; below 5% beyond this r.
		return s + fmt.Sprintf(" The true rate could still be up to %d%%.", int(math.Ceil(100*(1-math.Pow(0.05, 1/float64(n))))))
	}
	var s strings.Builder
	noun, verb, read := "cases", "fail", fmt.Sprintf("Read the %d.", worse)
	if worse == 1 {
		noun, verb, read = "case", "fails", "Read it."
	}
	fmt.Fprintf(&s, "%d %s newly %s", worse, noun, verb)
	if errors > 0 {
		fmt.Fprintf(&s, " (%d without an answer)", errors)
	}
	if better > 0 {
		s.WriteString(", " + newly(better, "passes", "pass"))
	}
	fmt.Fprintf(&s, ", %d unchanged.%s %s %s", c.Unchanged, c.apart(), c.chance(), read)
	return s.String()
}

func newly(n int, one, many string) string {
	if n == 1 {
		return "1 newly " + one
	}
	return fmt.Sprintf("%d newly %s", n, many)
}

// apart are the cases of one side only.
func (c Change) apart() string {
	s := ""
	if c.New > 0 {
		s += fmt.Sprintf(" %s not in the baseline.", are(c.New))
	}
	if c.Gone > 0 {
		s += fmt.Sprintf(" %s only in the baseline.", are(c.Gone))
	}
	return s
}

func are(n int) string {
	if n == 1 {
		return "1 more case is"
	}
	return fmt.Sprintf("%d more cases are", n)
}

func (c Change) chance() string {
	p := fmt.Sprintf("p %.2f", c.P)
	if c.P < 0.01 {
		p = "p below 0.01"
	}
	if c.P < 0.05 {
		return "Chance alone would seldom do that (" + p + ")."
	}
	return "The change could be chance (" + p + ")."
}
