package lint

import (
	"fmt"
	"slices"
	"strings"
)

// contradiction puts pairs of statements that may not both be meant as a question.
// It reads English, and of German, French and Spanish what is about numbers, languages
// and formats; and only what holds without an if.
func contradiction(in *Input) []Finding {
	out := numbers(in)
	out = append(out, polarity(in)...)
	out = append(out, languages(in)...)
	out = append(out, formats(in)...)
	out = append(out, manners(in)...)
	seen := map[[2]Place]bool{}
	return slices.DeleteFunc(out, func(f Finding) bool {
		k := [2]Place{f.Spans[0], f.Spans[1]}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// ruling is a clause that holds without an if, with its statement.
type ruling struct {
	clause
	scope string
	place Place

	foreign bool // its words were put into English
}

// rulings are the clauses of all statements that hold without an if.
func (in *Input) rulings() []ruling {
	if in.rules == nil {
		in.rules = []ruling{}
		for _, s := range in.statements() {
			if s.cond || s.asks {
				continue
			}
			for _, c := range clauses(s) {
				if !c.may {
					in.rules = append(in.rules, ruling{c, s.scope, s.place, s.foreign})
				}
			}
		}
	}
	return in.rules
}

// classOf joins verbs that demand the same of an object.
var classOf = map[string]string{
	"use": "use", "include": "use", "add": "use", "put": "use", "insert": "use", "contain": "use", "have": "use", "write": "use", "give": "use", "provide": "use",
	"mention": "mention", "name": "mention", "reference": "mention", "refer": "mention", "cite": "cite", "quote": "quote",
	"reveal": "reveal", "disclose": "reveal", "share": "reveal", "offer": "offer", "promise": "promise", "apologise": "apologise", "apologize": "apologise",
	"summarise": "summarise", "summarize": "summarise",
}

// limiting are words that make a ban or demand hold in part only.
var limiting = set(`before after until while yet again twice merely just simply without than too other except beyond more less only alone but first
	instead rather unnecessary excessive overly unless excessively outside within during elsewhere long longer extra additional
	irrelevant redundant same different most least further own`)

// polarity finds what is demanded and banned: one verb, one object.
func polarity(in *Input) (out []Finding) {
	type demand struct {
		r     ruling
		words map[string]bool
	}
	by := map[string][]demand{} // by verb, scope and one word of the object
	for _, r := range in.rulings() {
		if r.foreign || r.verb == "" || r.verb == "be" || slices.ContainsFunc(r.all, func(w word) bool { return w.quoted || limiting[w.s] }) {
			continue
		}
		verb := classOf[r.verb]
		if verb == "" {
			verb = r.verb
		}
		words := map[string]bool{}
		least := ""
		for i, w := range r.words {
			if purpose(r.words, i) || !r.neg && (everywhere(r.words, i) || i > 0 && w.s == "you") {
				break // "each trip you suggest" is a trip
			}
			s := singular(w.s)
			if stop[w.s] || adverbs[w.s] || general[s] && !partial[s] || w.s == "no" {
				continue
			}
			if n, isNumber := number(w.s); isNumber && (r.neg || n == 0) {
				words = nil
				break
			} else if isNumber {
				continue // two emojis are emojis
			}
			words[s] = true
			if least == "" || s < least {
				least = s
			}
		}
		if len(words) == 0 || len(words) > 8 {
			continue
		}
		key := strings.Join([]string{verb, r.scope, r.about, least}, "\x00")
		d := demand{r, words}
		for _, o := range by[key] {
			if o.r.neg != r.neg && sameObject(o.words, words) {
				out = append(out, in.apart(o.r.place, r.place, "the one asks for what the other forbids: which one holds? Keep that one, or say when each does"))
				break
			}
		}
		if len(by[key]) < 20 {
			by[key] = append(by[key], d)
		}
	}
	return slices.DeleteFunc(out, func(f Finding) bool { return f.Spans[0] == f.Spans[1] })
}

// purpose reports whether word i begins what a demand is good for, which is no part of
// its object.
func purpose(ws []word, i int) bool {
	switch ws[i].s {
	case "so", "because", "since":
		return true
	case "to":
		return i > 0 && i+1 < len(ws) && verbs[ws[i+1].s]
	}
	return false
}

// partial are general words that make a rule hold in part only: "lists for steps",
// "given to others".
var partial = set("step other process procedure background policy principle form task")

// everywhere reports whether word i begins what says where a demand is met, which a
// ban without a place forbids as well: "at the end of a post", "in every reply".
func everywhere(ws []word, i int) bool {
	next := func(k int) string {
		if i+k >= len(ws) {
			return ""
		}
		return ws[i+k].s
	}
	if next(0) == "throughout" {
		return true
	}
	if !fronts[next(0)] {
		return false
	}
	k := 1
	for next(k) == "the" || next(k) == "very" {
		k++
	}
	switch next(k) {
	case "every", "each", "all":
		return true
	case "end", "beginning", "start", "top", "bottom":
		return next(0) == "at"
	}
	return false
}

// sameObject reports whether two objects are one: at least four of five words of
// both.
func sameObject(a, b map[string]bool) bool {
	shared := 0
	for w := range a {
		if b[w] {
			shared++
		}
	}
	return 5*shared >= 4*(len(a)+len(b)-shared)
}

var tongues = set(`english german french spanish italian portuguese dutch polish russian chinese mandarin japanese korean arabic turkish swedish
	norwegian danish finnish greek czech hungarian romanian ukrainian hindi hebrew vietnamese thai indonesian latin`)

// speaking are the verbs that say in which language the answer is.
var speaking = set("answer respond reply write output speak communicate produce return generate give provide be use compose draft keep")

// spoken are words that may stand between such a verb and its language.
var spoken = set(`always only exclusively entirely formal informal plain simple clear fluent idiomatic british american proper correct good standard
	strictly completely fully native modern mexican brazilian latin european swiss austrian`)

// languages finds two languages that the whole answer is to be in.
func languages(in *Input) (out []Finding) {
	type said struct {
		ruling
		tongue string
	}
	var first *said
	for _, r := range in.rulings() {
		if r.neg || r.scope != "" || r.about != "" || !(speaking[r.verb] || r.verb == "") {
			continue
		}
		tongue, n, fits := "", 0, true
		for i, w := range r.all {
			if i > 0 && purpose(r.all, i) {
				break
			}
			switch s := singular(w.s); {
			case tongues[w.s] && !w.quoted:
				before := ""
				for k := i - 1; k >= 0 && before == ""; k-- {
					if !spoken[r.all[k].s] {
						before = r.all[k].s
					}
				}
				if before == "in" || before == "use" || before == "speak" || before == "be" || r.verb == "" && i == 0 {
					tongue = w.s
				}
				n++
			case stop[w.s] || general[s] || general[w.s] || spoken[w.s] || adverbs[w.s] || speaking[plainVerb(w.s)] || speaking[done(w.s)] || w.s == "language":
			default:
				fits = false
			}
		}
		if tongue == "" || n != 1 || !fits {
			continue
		}
		switch {
		case first == nil:
			first = &said{r, tongue}
		case first.tongue != tongue && first.place != r.place:
			return append(out, in.apart(first.place, r.place, fmt.Sprintf("is the answer to be in %s or in %s? Keep one, or say when each holds", title(first.tongue), title(tongue))))
		}
	}
	return out
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// manner is one end of a pair of opposites.
type manner struct {
	pair, end int
}

var mannerOf = map[string]manner{
	"concise": {0, 0}, "concisely": {0, 0}, "brief": {0, 0}, "briefly": {0, 0}, "succinct": {0, 0}, "succinctly": {0, 0}, "terse": {0, 0},
	"detailed": {0, 1}, "comprehensive": {0, 1}, "exhaustive": {0, 1}, "thorough": {0, 1}, "lengthy": {0, 1}, "elaborate": {0, 1},
	"formal": {1, 0}, "formally": {1, 0},
	"casual": {1, 1}, "casually": {1, 1}, "informal": {1, 1}, "informally": {1, 1}, "colloquial": {1, 1}, "slangy": {1, 1}, "chatty": {1, 1},
}

// mannerly are the verbs and nouns of rules about manner.
var (
	mannerVerbs = set("be keep stay remain write answer respond reply use give provide produce speak sound adopt maintain make communicate")
	mannerWords = set(`tone style language register voice manner way wording explanation length speech diction extremely highly fully very
		point professional friendly polite clear precise accurate throughout helpful simple warm personal consistent consistently complete`)
)

// manners finds opposites: concise and detailed, formal and casual, first and third
// person, only the resources and one's own knowledge.
func manners(in *Input) (out []Finding) {
	var first [4][2]*ruling
	for _, r := range in.rulings() {
		for _, m := range mannersOf(r) {
			if first[m.pair][m.end] == nil {
				first[m.pair][m.end] = &r
			}
		}
	}
	asks := []string{
		"is the answer to be short or to go into detail", "is the answer to be formal or casual",
		"is the answer to speak in the first or in the third person", "may the answer draw on more than it is given",
	}
	for i, ends := range first {
		a, b := ends[0], ends[1]
		if a != nil && b != nil && a.place != b.place {
			out = append(out, in.apart(a.place, b.place, asks[i]+"? Keep one, or say when each holds"))
		}
	}
	return out
}

func mannersOf(r ruling) (out []manner) {
	if r.foreign || r.scope != "" || r.about != "" {
		return nil
	}
	if m, ok := knowledge(r); ok {
		return []manner{m}
	}
	if r.neg || !mannerVerbs[r.verb] {
		return nil
	}
	fits := true
	for i, w := range r.words {
		if purpose(r.words, i) || w.s == "like" || (w.s == "as" || w.s == "the") && strings.Contains(w.gap, ",") {
			break // why, or like whom
		}
		if w.quoted || limiting[w.s] && w.s != "first" && w.s != "most" {
			return nil
		}
		s := singular(w.s)
		m, ok := mannerOf[w.s]
		switch {
		case ok:
			out = append(out, m)
		case (w.s == "first" || w.s == "third") && i+1 < len(r.words) && r.words[i+1].s == "person":
			end := 0
			if w.s == "third" {
				end = 1
			}
			out = append(out, manner{2, end})
		case w.s == "person" || stop[w.s] || general[s] || general[w.s] || adverbs[w.s] || mannerWords[s] || mannerWords[w.s]:
		default:
			fits = false
		}
	}
	if !fits {
		return nil
	}
	for i := range out {
		for j := range i {
			if out[i].pair == out[j].pair && out[i].end != out[j].end {
				return nil // "brief but thorough": a balance, struck on purpose
			}
		}
	}
	return out
}

// given are the words for what stands in the context to answer from.
var given = set("document resource source context passage excerpt article fact information material text knowledge snippet manual data leaflet brochure handbook guide")

// knowledge reads "use only the documents" and "use your own knowledge".
func knowledge(r ruling) (manner, bool) {
	s := make([]string, len(r.all))
	for i, w := range r.all {
		if w.quoted {
			return manner{}, false
		}
		s[i] = w.s
	}
	line := " " + strings.Join(s, " ") + " "
	own := strings.Contains(line, " your own knowledge ") || strings.Contains(line, " own knowledge ") || strings.Contains(line, " general knowledge ") ||
		strings.Contains(line, " outside knowledge ") || strings.Contains(line, " your knowledge ") || strings.Contains(line, " background knowledge ")
	switch {
	case own && r.neg:
		return manner{3, 0}, r.verb == "use" || r.verb == "rely" || r.verb == "add" || r.verb == "draw"
	case own:
		return manner{3, 1}, (r.verb == "use" || r.verb == "draw" || r.verb == "rely" || r.verb == "add" || r.verb == "include" || r.verb == "answer" || r.verb == "respond") && !strings.Contains(line, " not ")
	case onlyGiven(r):
		return manner{3, 0}, true
	}
	return manner{}, false
}

// onlyGiven reports whether a ruling allows nothing but what is given.
func onlyGiven(r ruling) bool {
	if r.neg {
		return false
	}
	for i, w := range r.all {
		if !given[singular(w.s)] {
			continue
		}
		for k := max(0, i-5); k < i; k++ {
			if r.all[k].s == "only" || r.all[k].s == "solely" || r.all[k].s == "exclusively" {
				return r.verb == "use" || r.verb == "answer" || r.verb == "rely" || r.verb == "respond" || r.verb == "reply" || r.verb == "draw" || r.verb == "base"
			}
		}
	}
	return false
}
