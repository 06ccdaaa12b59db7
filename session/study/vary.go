package study

import (
	"fmt"
	"math"

	"galley/session"
	"galley/session/stats"
	"galley/session/text"
)

// Vary reads a study of variety. Each arm has as many draws of the same cases as
// the variant as it is; equal draws are what makes them comparable.
func Vary(s Spec, content session.Content, results []session.Result) VaryReport {
	pass, by := ByWanted, ByAnswer
	missing, notes := Missing(results), lacking(s, content, results)
	results, sofar := complete(results)
	t := tableOf(results, pass, by, func(c session.Cell) string { return c.Contestant.Arm })
	if !sofar.Interim() && t.moreRounds(s) {
		sofar.Waiting = sofar.Asked
	}
	rep := VaryReport{Progress: sofar, Cases: len(t.cases), Takes: max(s.Takes, 1), Listed: len(s.List) > 0, Missing: missing, Notes: notes}
	list := map[string]bool{}
	for _, l := range s.List {
		list[session.AnswerKey(l)] = true
	}
	rep.List = len(list)
	var base map[session.CaseKey][]string
	var ps []float64
	for _, name := range s.varyNames() {
		a, per := t.variety(name, list)
		if name == "" {
			base = per
			a.Name = "as it is" + atTemperature(content)
		} else {
			a.against(base, per)
			ps = append(ps, a.P)
		}
		rep.Arms = append(rep.Arms, a)
	}
	holm := append([]float64{math.NaN()}, stats.Holm(ps)...)
	for i, name := range s.varyNames() {
		rep.Arms[i].Holm = holm[i]
		rep.Arms[i].say(rep.List, name == "", t.sameRequests(name))
	}
	rep.say()
	rep.Sentence = rep.soFar(rep.Cases, rep.Sentence)
	return rep
}

// moreRounds reports whether rounds are to come that nothing was laid out of yet.
func (t table) moreRounds(s Spec) bool {
	for i, name := range s.varyNames() {
		if i == 0 || s.Tricks[i-1].Name != "recent" {
			continue
		}
		most := 0 // a case that was deleted meanwhile has fewer
		for _, k := range t.cases {
			most = max(most, len(t.at[name][k]))
		}
		if most < s.Rounds() {
			return true
		}
	}
	return false
}

func atTemperature(c session.Content) string {
	if p := c.Params.Temperature; p != nil {
		return fmt.Sprintf(" (temperature %v)", *p)
	}
	return ""
}

// varyNames are the names of the arms, that of the variant as it is first.
func (s Spec) varyNames() []string {
	out := []string{""}
	for _, t := range s.Tricks {
		name := t.String()
		if t.Name == "shots" {
			name = "shots shuffled"
		}
		out = append(out, name)
	}
	return out
}

// draw names one draw: the same request for the same take is one, however often
// it was read.
type draw struct {
	wire string
	take int
}

// variety measures an arm. per are the answers of each case, draw by draw.
func (t table) variety(arm string, list map[string]bool) (a VaryArm, per map[session.CaseKey][]string) {
	a = VaryArm{Name: arm, P: math.NaN(), PerCase: math.NaN(), TopShare: math.NaN()}
	per = map[session.CaseKey][]string{}
	drawn := map[draw]bool{}
	var all []session.Result
	var words [][]string
	came := map[string]bool{}
	shared, pairs := 0.0, 0.0
	for _, k := range t.cases {
		from := len(words)
		for _, r := range t.at[arm][k] {
			d := draw{r.Cell.Wire, r.Cell.Take}
			if r.Output.Status != session.StatusDone || r.Cell.Wire != "" && drawn[d] {
				continue
			}
			drawn[d] = true
			key := answer(r)
			per[k] = append(per[k], key)
			switch {
			case list[key]:
				came[key] = true
			case len(list) > 0:
				a.Outside++
			}
			all = append(all, r)
			words = append(words, text.Words(string(r.Output.Whole())))
		}
		if j := stats.MeanJaccard(words[from:]); !math.IsNaN(j) {
			shared, pairs = shared+j, pairs+1
		}
	}
	a.Jaccard, a.Covered = shared/pairs, len(came)
	a.Draws, a.Answers = len(all), counts(all, nil)
	a.Distinct = len(a.Answers)
	a.Distinct1, a.Distinct2 = stats.DistinctN(words, 1), stats.DistinctN(words, 2)
	if a.Draws > 0 {
		a.Top, a.TopN = a.Answers[0].Answer, a.Answers[0].N
		a.TopShare = float64(a.TopN) / float64(a.Draws)
		sum := 0
		for _, answers := range per {
			sum += different(answers)
		}
		a.PerCase = float64(sum) / float64(len(per))
	}
	return a, per
}

// different is how many different answers a list has.
func different(answers []string) int {
	of := map[string]bool{}
	for _, a := range answers {
		of[a] = true
	}
	return len(of)
}

// against counts the cases that got more different answers, or fewer, on equal
// draws: where one has more, as many of its first are read.
func (a *VaryArm) against(base, per map[session.CaseKey][]string) {
	for k, answers := range per {
		draws := min(len(answers), len(base[k]))
		n, b := different(answers[:draws]), different(base[k][:draws])
		switch {
		case draws == 0:
		case n > b:
			a.More++
		case n < b:
			a.Fewer++
		default:
			a.Even++
		}
	}
	a.P = stats.SignTest(a.More, a.Fewer)
}

// sameRequests reports whether an arm sent the model nothing but what the variant
// as it is sends it: then it can change nothing.
func (t table) sameRequests(arm string) bool {
	wires := map[draw]bool{}
	for _, rs := range t.at[""] {
		for _, r := range rs {
			wires[draw{r.Cell.Wire, r.Cell.Take}] = true
		}
	}
	n := 0
	for _, rs := range t.at[arm] {
		for _, r := range rs {
			if n++; r.Cell.Wire == "" || !wires[draw{r.Cell.Wire, r.Cell.Take}] {
				return false
			}
		}
	}
	return n > 0
}

func (a *VaryArm) say(list int, base, same bool) {
	if a.Draws == 0 {
		a.Sentence = "No answer has come yet; go on with the run."
		return
	}
	s := fmt.Sprintf("%s in %s", plural(a.Distinct, "distinct answer", "distinct answers"), plural(a.Draws, "draw", "draws"))
	if a.Draws >= fewest {
		s += fmt.Sprintf(", the most frequent %d times (%d%%)", a.TopN, stats.Percent(a.TopN, a.Draws))
	}
	if list > 0 {
		s += fmt.Sprintf(", %d of the %d on the list, and %s outside it", a.Covered, list, plural(a.Outside, "draw", "draws"))
	}
	if base {
		a.Sentence = s + "."
		return
	}
	s += fmt.Sprintf("; against the variant as it is, %s more, %d fewer, %d as many", plural(a.More, "case has", "cases have"), a.Fewer, a.Even)
	switch {
	case same:
		s += ". This model gets the very same requests so, and nothing can change; try it on another."
	case a.More+a.Fewer == 0:
		s += ". It changes nothing here."
	case !(a.Holm <= 0.05):
		s += ", which may be luck."
	default:
		s += "; that is more than luck."
	}
	a.Sentence = s
}

func (r *VaryReport) say() {
	r.Notes = append(r.Notes, "All of this depends on how many draws there are and how long answers are: every arm has the same cases and takes.")
	for _, a := range r.Arms[1:] {
		if a.Draws != r.Arms[0].Draws {
			r.Notes = append(r.Notes, fmt.Sprintf("%s has %d distinct draws against %d, so they don't compare well.", text.Raw(a.Name), a.Draws, r.Arms[0].Draws))
		}
	}
	base := r.Arms[0]
	if base.Draws == 0 {
		r.Sentence = "No answer has come yet; go on with the run."
		return
	}
	r.Sentence = "As it is: " + base.Sentence
	var more []string
	for _, a := range r.Arms[1:] {
		if a.Holm <= 0.05 && a.More > a.Fewer {
			more = append(more, text.Raw(a.Name).String())
		}
	}
	switch {
	case len(r.Arms) == 1:
		r.Sentence += " Name --tricks to see what makes answers more varied."
	case len(more) == 0:
		r.Sentence += " No trick gives more different answers than luck would; try another, or more takes."
	default:
		r.Sentence += " More varied than that by more than luck: " + join(more) + ". Read some of those answers: varied is not good."
	}
}

func join(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		out := names[0]
		for _, s := range names[1 : n-1] {
			out += ", " + s
		}
		return out + " and " + names[n-1]
	}
}
