package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

const (
	// telling is the number of characters from which one value among several says
	// which case it is; a language or a date is in many.
	telling = 20
	// nearly is the number of words from which two texts can be nearly the same.
	nearly = 8
	// wholly is the number of words from which a wanted answer is a text of its own
	// and not a word that stands anywhere.
	wholly = 12
)

// leak finds shots and resources that give a case away: the model would only have
// to copy.
func leak(in *Input) []Finding {
	if in.Bare {
		return nil
	}
	stand := in.shownShots()
	var out []Finding
	told := map[int]bool{} // shots of which something worse was said
	if in.hasCase() {
		out = append(out, thisCase(in, stand, told)...)
		out = append(out, resourceLeaks(in)...)
	}
	return append(out, otherCases(in, stand, told)...)
}

// thisCase finds shots that are the case at hand.
func thisCase(in *Input, stand []shownShot, told map[int]bool) (out []Finding) {
	of := caseTexts(in)
	near := in.nearCase(of)
	wanted, long := longWanted(in.Case)
	for i, s := range stand {
		f := Finding{Spans: in.shotPlaces(s.block, s.index)}
		input, readable := readSample(plain(string(s.Input)))
		switch {
		case of[plain(string(s.Input))]:
			f.Severity = Error
			f.Message = fmt.Sprintf("Shot %s is this very case, with its answer: switch the shot off, or leave the case out.", s.name)
		case readable && slices.ContainsFunc(near, func(n sample) bool { return n.near(input) }):
			f.Severity = Warning
			f.Message = fmt.Sprintf("Shot %s is nearly this very case, with its answer: switch the shot off, or leave the case out.", s.name)
		case long && strings.Contains(plain(string(s.Output)), wanted):
			f.Severity, f.Spans = Warning, in.outputPlace(s)
			f.Message = fmt.Sprintf("Shot %s holds the answer that this case wants, word for word: switch the shot off, or leave the case out.", s.name)
		default:
			continue
		}
		told[i] = true
		out = append(out, f)
	}
	return out
}

// nearCase reads the texts of the case for nearness: those that some shot or resource
// is long enough to be.
func (in *Input) nearCase(of map[string]bool) []sample {
	if in.near != nil {
		return in.near
	}
	longestItem := 0
	for _, s := range in.shownShots() {
		longestItem = max(longestItem, len(s.Input))
	}
	for _, b := range in.Content.Blocks {
		for _, r := range b.Resources {
			longestItem = max(longestItem, len(r.Text))
		}
	}
	in.near = []sample{}
	for t := range of {
		if len(t) > 2*longestItem {
			continue
		}
		if s, ok := readSample(t); ok {
			in.near = append(in.near, s)
		}
	}
	return in.near
}

// longWanted is the wanted answer where it is long enough to be nobody else's.
func longWanted(k session.Case) (string, bool) {
	if k.Wanted == nil {
		return "", false
	}
	w := plain(string(*k.Wanted))
	return w, len(text.Words(w)) >= wholly
}

// asksAndAnswers reports whether a text holds one of the case's own, word for word, and
// after it what the case wants.
func asksAndAnswers(body string, of map[string]bool, wanted string) bool {
	for t := range of {
		if t = plain(t); len(text.Words(t)) < nearly {
			continue
		}
		if _, after, ok := strings.Cut(body, t); ok && strings.Contains(after, wanted) {
			return true
		}
	}
	return false
}

// resourceLeaks finds resources that are the case, or hold the answer it wants.
func resourceLeaks(in *Input) (out []Finding) {
	of := caseTexts(in)
	near := in.nearCase(of)
	wanted, long := longWanted(in.Case)
	if len(near) == 0 && !long {
		return nil
	}
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindResources || b.Off {
			continue
		}
		for j, r := range b.Resources {
			places := in.itemPlaces(i, j, session.PartItem)
			if len(places) == 0 {
				continue
			}
			body := plain(string(r.Text))
			f := Finding{Severity: Warning, Spans: places}
			name := shown(string(r.Name))
			s, readable := readSample(body)
			switch {
			case readable && slices.ContainsFunc(near, func(n sample) bool { return n.near(s) }):
				f.Message = fmt.Sprintf("Resource %s is nearly this very case: leave it out, or take the case away.", name)
			case long && strings.Contains(body, wanted):
				f.Message = fmt.Sprintf("Resource %s holds the answer that this case wants, word for word: leave it out, or want something that takes reading.", name)
			case wanted != "" && asksAndAnswers(body, of, wanted):
				f.Message = fmt.Sprintf("Resource %s holds this very case and the answer that it wants: leave it out, or take the case away.", name)
			default:
				continue
			}
			out = append(out, f)
		}
	}
	return out
}

// mostCases bounds the bytes of other cases that are compared.
const mostCases = 4 << 20

// otherCases finds shots that are another case of the prompt: a run over all of them
// would count a copy as an answer.
func otherCases(in *Input, stand []shownShot, told map[int]bool) (out []Finding) {
	if len(in.Cases) == 0 || len(stand) == 0 {
		return nil
	}
	exact := map[string]int{}
	byKeys := map[string][]int{}
	samples := make([]sample, len(stand))
	for i, s := range stand {
		p := plain(string(s.Input))
		if p == "" || told[i] {
			continue
		}
		if _, ok := exact[p]; !ok {
			exact[p] = i
		}
		if x, ok := readSample(p); ok {
			samples[i] = x
			byKeys[x.keys] = append(byKeys[x.keys], i)
		}
	}
	hits := map[int][]string{}
	read := 0
	for _, k := range in.Cases {
		if k.ID == in.Case.ID && k.UID == in.Case.UID && k.Name == in.Case.Name && in.hasCase() {
			continue
		}
		for _, t := range valuesOf(k) {
			if read += len(t); read > mostCases {
				break
			}
			i, ok := exact[t]
			if !ok {
				i = likeShot(t, samples, byKeys)
			}
			if i >= 0 {
				hits[i] = append(hits[i], shown(string(k.Name)))
				break
			}
		}
	}
	for i, s := range stand {
		names := hits[i]
		if len(names) == 0 {
			continue
		}
		which := "case " + names[0]
		if n := len(names); n > 1 {
			which += fmt.Sprintf(" (and %d more)", n-1)
		}
		out = append(out, Finding{
			Severity: Warning, Spans: in.shotPlaces(s.block, s.index),
			Message: fmt.Sprintf("Shot %s is %s, with its answer: switch the shot off, or leave the case out of runs.", s.name, which),
		})
	}
	return out
}

// likeShot is the shot that a text is nearly, -1 where it is none.
func likeShot(t string, samples []sample, byKeys map[string][]int) int {
	if len(byKeys) == 0 {
		return -1
	}
	some := byKeys[keysOf(t)]
	if len(some) == 0 {
		return -1
	}
	x, ok := readSample(t)
	if !ok {
		return -1
	}
	for _, i := range some {
		if samples[i].near(x) {
			return i
		}
	}
	return -1
}

// valuesOf are the texts by which a shot would be a case: its only value, or each
// long one, and all of them together.
func valuesOf(k session.Case) (out []string) {
	for _, v := range k.Vars {
		p := plain(string(v.Value))
		if p != "" && (len(k.Vars) == 1 || utf8.RuneCountInString(p) >= telling) {
			out = append(out, p)
		}
	}
	return out
}

// sample is a text, read for nearness.
type sample struct {
	runs  []uint64
	words []string // its content words, sorted, each once
	keys  string   // its numbers, in order: two bills that differ in a sum are two bills
	core  string   // a text as short as a line without its articles and auxiliaries, in order
}

// filling are the words that two texts may differ in and still be one.
var filling = set(`a an the this that these those is are was were be been am do does did can could will would shall should may might please just
	my your our his her its their i you we he she it they`)

func readSample(plain string) (sample, bool) {
	words := text.Words(plain)
	if len(words) < nearly {
		return sample{}, false
	}
	s := sample{runs: runsOf(words), keys: keysOf(plain)}
	for _, w := range words {
		if !stop[w] {
			s.words = append(s.words, w)
		}
	}
	slices.Sort(s.words)
	s.words = slices.Compact(s.words)
	if len(words) <= longest {
		s.core = strings.Join(slices.DeleteFunc(words, func(w string) bool { return filling[w] }), " ")
	}
	return s, true
}

// keysOf are the numbers of a text, in order.
func keysOf(s string) string {
	if !strings.ContainsFunc(s, unicode.IsNumber) {
		return ""
	}
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsNumber(r) }), " ")
}

// near reports whether four of five of the runs of either stand in the other, or,
// of texts as short as a line, nearly all content words, and no negation in one alone.
func (s sample) near(o sample) bool {
	if s.keys != o.keys {
		return false
	}
	if alikeBy(s.runs, o.runs, 4, 5) || s.core != "" && s.core == o.core && len(s.words) >= shortest {
		return true
	}
	if len(s.words) < 6 || len(s.runs) > longest || len(o.runs) > longest || !alikeBy(s.words, o.words, 6, 7) {
		return false
	}
	turns := func(words []string) []string {
		return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !turning[w] && !strings.HasSuffix(w, "n't") })
	}
	return slices.Equal(turns(s.words), turns(o.words))
}

// alikeBy reports whether two sorted lists share at least n of m of what either has.
func alikeBy[T cmp.Ordered](a, b []T, n, m int) bool {
	if m*min(len(a), len(b)) < n*max(len(a), len(b)) {
		return false
	}
	shared := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	return m*shared >= n*(len(a)+len(b)-shared)
}

// caseTexts are the texts by which a shot would be this case: its values, and its
// input block as it is sent.
func caseTexts(in *Input) map[string]bool {
	of := map[string]bool{}
	for _, v := range valuesOf(in.Case) {
		of[v] = true
	}
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindInput || b.Off {
			continue
		}
		var whole strings.Builder
		filled := false
		for _, s := range in.Proof.Spans {
			if s.Block == i && s.Part != session.PartWrap && s.Part != session.PartSep {
				whole.WriteString(string(in.Proof.Messages[s.Message].Content[s.Start:s.End]))
				filled = filled || s.Part == session.PartVar
			}
		}
		if filled {
			of[plain(whole.String())] = true
		}
	}
	return of
}
