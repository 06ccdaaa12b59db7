package assert

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// candidates are the assertions that are tried: of what stands in the answers
// that are told apart, and of what is common to good ones.
func (s *scene) candidates() []candidate {
	var out []candidate
	if s.prose() { // words of JSON are no matter of wording
		out = append(out, s.phrases(s.winners, s.losers, false)...)
		out = append(out, s.phrases(s.losers, s.winners, true)...)
		out = append(out, s.edges()...)
		out = append(out, s.shapes()...)
	}
	out = append(out, s.facts()...)
	out = append(out, s.learned()...)
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(c candidate) bool {
		key := string(c.a.CaseName) + "\x00" + c.a.Spec()
		again := seen[key]
		seen[key] = true
		return again
	})
}

// assertion fills in what all proposed assertions have.
func assertion(k session.AssertKind, not bool, metric text.Raw) session.Assertion {
	return session.Assertion{Kind: k, Not: not, Weight: 1, Metric: metric}
}

// reason says where a candidate comes from.
func (s *scene) reason(what string, negated bool) string {
	has, lacks := "the winner", "the loser"
	if s.many {
		has, lacks = "good answers", "bad ones"
	}
	verb := " has "
	if s.many {
		verb = " have "
	}
	if negated {
		has, lacks = lacks, has
		if s.many {
			has, lacks = "bad answers", "good ones"
		}
	}
	does := " does not"
	if s.many {
		does = " do not"
	}
	return has + verb + what + ", " + lacks + does
}

// token is a word in a text.
type token struct {
	from, to int
	low      string
}

// tokens are the words of a text with their places.
func tokens(s string) []token {
	var out []token
	start := -1
	flush := func(end int) {
		if start >= 0 {
			if w := strings.TrimRight(s[start:end], "'’"); w != "" {
				out = append(out, token{start, start + len(w), jsLower(w)})
			}
			start = -1
		}
	}
	for i, r := range s {
		word := r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r))
		switch {
		case word && start < 0:
			start = i
		case !word && start >= 0 && (r == '\'' || r == '’'):
		case !word:
			flush(i)
		}
	}
	flush(len(s))
	return out
}

// phrase is one to four words of a text.
type phrase struct {
	said      string // as it stands
	words     string // in lower case, a space between
	n         int
	content   int // words that bear meaning
	good, bad int // judged answers that have it
}

const (
	longestPhrase = 4
	phraseText    = 20_000 // bytes of an answer that phrases are taken from
	phraseTries   = 40     // phrases of each side that are tried in full
	phraseSources = 20     // answers of each side that phrases are taken from
)

// eachPhrase goes over the phrases of a text.
func eachPhrase(s string, f func(said, words string, toks []token)) {
	if len(s) > phraseText {
		s = s[:phraseText]
	}
	toks := tokens(s)
	for i := range toks {
		words := ""
		for n := 1; n <= longestPhrase && i+n <= len(toks); n++ {
			if n > 1 {
				if between := s[toks[i+n-2].to:toks[i+n-1].from]; between != " " && between != "-" {
					break
				}
				words += " "
			}
			words += toks[i+n-1].low
			f(s[toks[i].from:toks[i+n-1].to], words, toks[i:i+n])
		}
	}
}

// phrases are the most telling phrases that have has and lack lacks; negated,
// what the losers have must not be there.
func (s *scene) phrases(has, lacks []*answer, negated bool) []candidate {
	found := map[string]*phrase{}
	for _, o := range has[:min(len(has), phraseSources)] {
		eachPhrase(o.s, func(said, words string, toks []token) {
			if _, ok := found[words]; ok {
				return
			}
			p := &phrase{said: said, words: words, n: len(toks)}
			for _, t := range toks {
				if !stopWords[t.low] {
					p.content++
				}
			}
			last := toks[len(toks)-1].low
			switch {
			case p.content == 0 || stopWords[last]:
				return
			case p.n == 1 && utf8.RuneCountInString(words) < 4 && ascii(words):
				return // it would stand inside of other words
			case stopWords[toks[0].low] && p.n < 3:
				return
			case numbered(words, o):
				return // of this case alone
			}
			found[words] = p
		})
	}
	for _, o := range lacks {
		low := o.lower()
		for words, p := range found {
			if !s.many && strings.Contains(low, jsLower(p.said)) {
				delete(found, words)
			}
		}
	}
	s.countPhrases(found)
	list := make([]*phrase, 0, len(found))
	for _, p := range found {
		list = append(list, p)
	}
	telling := func(p *phrase) float64 {
		d := float64(p.good) - float64(p.bad)
		if negated {
			d = -d
		}
		return d + wordingWorth(p)/10
	}
	slices.SortFunc(list, func(a, b *phrase) int {
		if c := sign(telling(b) - telling(a)); c != 0 {
			return c
		}
		return strings.Compare(a.words, b.words)
	})
	family := "has"
	if negated {
		family = "lacks"
	}
	var out []candidate
	for _, p := range list[:min(len(list), phraseTries)] {
		a := assertion(session.AssertIContains, negated, "wording")
		a.Value = s.general(p.said, has)
		out = append(out, candidate{a: a, why: s.reason(string(quote(string(a.Value))), negated), family: family, words: p.words, worth: wordingWorth(p)})
	}
	return out
}

// countPhrases counts in how many judged answers phrases stand.
func (s *scene) countPhrases(found map[string]*phrase) {
	count := func(o *answer, good bool) {
		seen := map[*phrase]bool{}
		eachPhrase(o.s, func(_, words string, _ []token) {
			if p := found[words]; p != nil && !seen[p] {
				seen[p] = true
				if good {
					p.good++
				} else {
					p.bad++
				}
			}
		})
	}
	for _, o := range s.winners {
		count(o, true)
	}
	for _, o := range s.losers {
		count(o, false)
	}
	for _, j := range s.rest {
		count(j.o, j.good)
	}
}

// wordingWorth ranks phrases that separate alike: two or three words with meaning
// at both ends say most.
func wordingWorth(p *phrase) float64 {
	w := 1 + float64(p.content)/2
	if p.content < p.n {
		w -= 0.4
	}
	if p.n == 4 {
		w -= 0.8
	}
	if p.n == 1 {
		w += min(float64(len(p.words)), 10) / 25
	}
	return w
}

// numbered reports whether a phrase holds a number out of the case's input: such
// a phrase is of that case alone.
func numbered(words string, o *answer) bool {
	if !strings.ContainsAny(words, "0123456789") {
		return false
	}
	for w := range strings.FieldsSeq(words) {
		if strings.ContainsAny(w, "0123456789") && fromInput(w, o) {
			return true
		}
	}
	return false
}

// fromInput reports whether a word stands in a value of the case.
func fromInput(w string, o *answer) bool {
	return slices.ContainsFunc(o.r.Cell.CaseVars, func(v session.Var) bool { return strings.Contains(jsLower(string(v.Value)), w) })
}

// valueSize is how long a value may be that is put as its {{name}}.
const valueSize = 60

// general puts values of the case as their {{names}}, the longest first.
func (s *scene) general(said string, from []*answer) text.Raw {
	for _, o := range from {
		if !strings.Contains(o.s, said) {
			continue
		}
		vars := slices.Clone(o.r.Cell.CaseVars)
		slices.SortStableFunc(vars, func(a, b session.Var) int { return len(b.Value) - len(a.Value) })
		for _, v := range vars {
			val := string(v.Value)
			if len(val) < 2 || len(val) > valueSize || stopWords[jsLower(val)] || strings.Contains(said, "{{") {
				continue
			}
			if i := strings.Index(said, val); i >= 0 && wholeWord(said, i, i+len(val)) {
				if name := "{{" + string(v.Name) + "}}"; len(session.Placeholders(name)) == 1 && !session.Placeholders(name)[0].Literal {
					said = said[:i] + name + said[i+len(val):]
				}
			}
		}
		break
	}
	return text.Raw(said)
}

func wholeWord(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	letter := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r)) }
	return !letter(before) && !letter(after)
}

// edges are beginnings and ends.
func (s *scene) edges() []candidate {
	var out []candidate
	add := func(k session.AssertKind, side []*answer, not bool, where string) {
		for _, o := range side[:min(len(side), phraseSources)] {
			toks := tokens(o.s[:min(len(o.s), phraseText)])
			if len(toks) == 0 || o.words() < 4 || len(o.s) > phraseText {
				continue
			}
			for n := 1; n <= min(3, len(toks)); n++ {
				said := o.s[:toks[n-1].to]
				if k == session.AssertEndsWith {
					said = o.s[toks[len(toks)-n].from:]
				}
				if strings.ContainsAny(said, "\n") || len(said) > valueSize || n == 1 && stopWords[jsLower(strings.Trim(said, " .!?"))] {
					continue
				}
				a := assertion(k, not, "form")
				a.Value = s.general(said, []*answer{o})
				why := s.reason(string(quote(string(a.Value)))+" at its "+where, not)
				worth := 1 - float64(n)/10
				if strings.Contains(string(a.Value), "{{") {
					worth += 0.5
				}
				out = append(out, candidate{a: a, why: why, family: "edge", words: jsLower(said), worth: worth})
			}
		}
	}
	add(session.AssertStartsWith, s.winners, false, "beginning")
	add(session.AssertStartsWith, s.losers, true, "beginning")
	add(session.AssertEndsWith, s.winners, false, "end")
	add(session.AssertEndsWith, s.losers, true, "end")
	return out
}

// stopWords bear no meaning of their own.
var stopWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a about above after again all also am an and any are as at be because been before being but by can could did do does doing don't
		down for from further get got had has have having he her here hers him his how i i'd i'll i'm i've if in into is it it's its itself just let's may me might more most must my
		no nor not now of off on once one only or other our ours out over own per please same shall she should since so some such than that that's the their theirs them then there these they
		they're this those through to too under until up upon us very was we we'd we'll we're we've were what when where which while who whom why will with would yes you you'd you'll
		you're you've your yours yourself
		der die das und oder ein eine einen ist sind nicht mit von zu im in den dem des für auf le la les un une et ou est de du des en el los las y o que por con para`) {
		m[w] = true
	}
	return m
}()
