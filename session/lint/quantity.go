package lint

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// quantity is how many of a unit something may have.
type quantity struct {
	lo, hi int // hi is math.MaxInt where there is no limit
	unit   string
	object string // what has that many, "" the answer
	place  Place
	scope  string
	exact  bool // a bare number, without "at most" and the like
	loose  bool // it is asked for without a subject, so that the answer has it as well
}

func (q quantity) meets(o quantity) bool { return q.lo <= o.hi && o.lo <= q.hi }

// units by their words.
var unitOf = map[string]string{
	"word": "word", "words": "word", "sentence": "sentence", "sentences": "sentence", "line": "line", "lines": "line",
	"paragraph": "paragraph", "paragraphs": "paragraph", "character": "character", "characters": "character", "chars": "character",
	"bullet": "bullet", "bullets": "bullet", "item": "item", "items": "item", "reason": "reason", "reasons": "reason",
	"example": "example", "examples": "example", "question": "question", "questions": "question", "option": "option", "options": "option",
	"suggestion": "suggestion", "suggestions": "suggestion", "idea": "idea", "ideas": "idea", "emoji": "emoji", "emojis": "emoji",
	"keyword": "keyword", "keywords": "keyword", "hashtag": "hashtag", "hashtags": "hashtag", "heading": "heading", "headings": "heading",
	"recommendation": "recommendation", "recommendations": "recommendation", "tag": "tag", "tags": "tag",
}

var numberOf = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100, "single": 1, "zero": 0,
}

func number(w string) (int, bool) {
	if n, ok := numberOf[w]; ok {
		return n, true
	}
	n, err := strconv.Atoi(w)
	return n, err == nil && n >= 0 && n < 1_000_000
}

// passing stand between a number and its unit, or around both, and name nothing.
var passing = set(`short full complete brief clear concise simple bullet bulleted numbered plain of or so and long longer shorter than length total
	overall altogether between at most least more less fewer maximum minimum max min up under over exceed within not no to about`)

// quantities are what a statement demands of counts. A statement with two counts of
// one unit, such as "one sentence of greeting, then three sentences", has an order
// of its own and says nothing here.
func (in *Input) quantities(s statement) (out []quantity) {
	if s.cond || s.asks {
		return nil
	}
	for _, c := range clauses(s) {
		if c.may {
			continue
		}
		for _, q := range c.counts() {
			q.place = s.place
			q.loose = composing[c.verb] && c.about == ""
			if c.about != "" { // "the summary has" and "write a summary of" name it alike
				names := append(strings.Fields(c.about), strings.Fields(q.object)...)
				slices.Sort(names)
				q.object = strings.Join(slices.Compact(names), " ")
			}
			q.scope = s.scope
			out = append(out, q)
		}
	}
	for i := range out {
		for j := range i {
			if out[i].unit == out[j].unit {
				return nil
			}
		}
	}
	return out
}

// counts reads the counts of a clause.
func (c clause) counts() (out []quantity) {
	ws := c.all
	for i := 0; i < len(ws); i++ {
		n, ok := number(ws[i].s)
		if !ok || ws[i].quoted {
			continue
		}
		q := quantity{lo: n, hi: n, exact: true}
		first := i
		if i+2 < len(ws) {
			if m, ok := number(ws[i+2].s); ok && (ws[i+1].s == "to" || ws[i+1].s == "and" && i > 0 && ws[i-1].s == "between" || ws[i+1].s == "or") {
				q.lo, q.hi = min(n, m), max(n, m)
				i += 2
			}
		}
		if i+1 < len(ws) && i == first {
			if m, ok := number(ws[i+1].s); ok && (ws[i+1].gap == "-" || ws[i+1].gap == "–" || ws[i+1].gap == " – ") {
				q.lo, q.hi = min(n, m), max(n, m)
				i++
			}
		}
		j := i + 1
		for j < len(ws) && j < i+3 && unitOf[ws[j].s] == "" && passing[ws[j].s] {
			j++
		}
		if j < len(ws) && ws[j].s == "bullet" && j+1 < len(ws) && strings.HasPrefix(ws[j+1].s, "point") {
			q.unit = "bullet"
		} else if j < len(ws) {
			q.unit = unitOf[ws[j].s]
		}
		if q.unit == "" || ws[j].quoted || !c.bounds(&q, first, j) {
			continue
		}
		q.object, ok = c.object(first, j)
		if ok {
			out = append(out, q)
		}
		i = j
	}
	return out
}

// bounds reads the words around a count that make it a limit, and reports whether
// it is a demand at all.
func (c clause) bounds(q *quantity, first, unit int) bool {
	ws := c.all
	before := func(k int) string {
		if first-k < 0 {
			return ""
		}
		return ws[first-k].s
	}
	after := func(k int) string {
		if unit+k >= len(ws) {
			return ""
		}
		return ws[unit+k].s
	}
	if before(1) == "of" && (before(2) == "maximum" || before(2) == "minimum" || before(2) == "limit") {
		if before(2) == "minimum" {
			return q.atLeast(q.lo, c.neg)
		}
		return q.atMost(q.hi, c.neg)
	}
	two := before(2) + " " + before(1)
	switch {
	case references[before(1)]:
		return false
	case two == "no more than" || before(1) == "than":
		less := before(2) == "fewer" || before(2) == "less" || before(2) == "shorter"
		no := before(3) == "no" || before(3) == "not"
		switch {
		case (before(3) == "no" || before(3) == "not" || c.neg) && less:
			return q.atLeast(q.lo, false)
		case less:
			return q.atMost(q.hi-1, false)
		case no || c.neg:
			return q.atMost(q.hi, false)
		case before(2) == "more" || before(2) == "longer":
			return q.atLeast(q.lo+1, false)
		}
		return false
	case two == "at most" || two == "up to" || before(1) == "maximum" || before(1) == "max" || before(1) == "within":
		return q.atMost(q.hi, c.neg)
	case before(1) == "under" || before(1) == "below":
		return q.atMost(q.hi-1, c.neg)
	case two == "at least" || before(1) == "minimum" || before(1) == "min":
		return q.atLeast(q.lo, c.neg)
	case before(1) == "over" && c.neg || before(1) == "exceed" || c.verb == "exceed":
		return c.neg && q.atMost(q.hi, false)
	case before(1) == "over":
		return q.atLeast(q.lo+1, false)
	case after(1) == "or" && (after(2) == "less" || after(2) == "fewer" || after(2) == "under"), after(1) == "at" && after(2) == "most",
		after(1) == "maximum", after(1) == "max", after(1) == "tops":
		return q.atMost(q.hi, c.neg)
	case after(1) == "or" && after(2) == "more", after(1) == "at" && after(2) == "least", after(1) == "minimum":
		return q.atLeast(q.lo, c.neg)
	case c.verb == "limit" || c.verb == "cap" || c.verb == "restrict":
		return q.atMost(q.hi, c.neg)
	}
	return !c.neg && (composing[c.verb] || before(1) == "exactly" || c.verb == "" && first == 0 && c.all[unit].end == c.all[len(c.all)-1].end)
}

// references stand before a number that points at something and demands nothing.
var references = set(`first last next previous other another every these those the top following its their our your all any about around
	approximately roughly circa nearly almost per each this that another's additional extra line page step section paragraph version chapter
	percent of`)

// composing are verbs whose bare count is the length of what is written.
var composing = set("answer respond reply write keep use give provide produce return output generate list name be stay make include compose draft suggest propose state begin")

func (q *quantity) atMost(n int, negated bool) bool {
	q.lo, q.hi, q.exact = 0, n, false
	return !negated
}

func (q *quantity) atLeast(n int, negated bool) bool {
	q.lo, q.hi, q.exact = n, math.MaxInt, false
	return !negated
}

// object is what of the answer has that many: the words of the clause that are not
// about the count. It is false where the clause tells what the count is spent on.
func (c clause) object(first, unit int) (string, bool) {
	var names []string
	for i, w := range c.all {
		if i > unit && (w.s == "so" || w.s == "because" || w.s == "since" || w.s == "each" && strings.Contains(w.gap, ",")) {
			break // what it is for, or how long each of them is
		}
		if i > unit && (w.s == "that" || w.s == "which" || w.s == "who" || w.s == "then" || w.s == "describing" || w.s == "explaining") {
			return "", false
		}
		if i >= first && i <= unit || w.quoted {
			continue
		}
		if _, isNumber := number(w.s); isNumber {
			continue
		}
		named := i > 0 && determiners[c.all[i-1].s] // "the reason" is no verb
		if i < first && !named && (verbs[w.s] || w.s == c.verb || plainVerb(w.s) == c.verb) {
			continue
		}
		if s := singular(w.s); !passing[w.s] && !stop[w.s] && !general[s] && !general[w.s] && !adverbs[w.s] && unitOf[w.s] == "" {
			names = append(names, s)
		} else if w.s == "each" || w.s == "every" || w.s == "per" {
			names = append(names, "each")
		} else if i > unit && unitOf[w.s] != "" || c.measured(i, first, unit) {
			names = append(names, s)
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " "), true
}

var determiners = set("the a an your each every its their this")

// measured reports whether word i stands before a count of something else and is what
// has that many: "the reason in two lines", "each bullet in at most ten words". "In one
// line, at most ten words" counts twice and measures nothing.
func (c clause) measured(i, first, unit int) bool {
	u := unitOf[c.all[i].s]
	if i >= first || i == 0 || u == "" || u == unitOf[c.all[unit].s] {
		return false
	}
	_, counted := number(c.all[i-1].s)
	return !counted
}

// adverbs say how, and name nothing.
var adverbs = set(`always never please only just exactly also strictly usually simply directly itself per each every running prose english
	using whenever possible ideally preferably there here too well very quite rather truly altogether summing spaces including everything
	concise short brief clear plain friendly polite simple`)

// numbers finds demands on one count that no answer can meet together.
func numbers(in *Input) (out []Finding) {
	byKey := map[string][]quantity{}
	var keys []string
	whole := in.product()
	for _, s := range in.statements() {
		for _, q := range in.quantities(s) {
			if q.object == whole {
				q.object = "" // "the blurb has": it is all that is written
			}
			k := strings.Join([]string{q.unit, q.scope, q.object}, "\x00")
			if byKey[k] == nil {
				keys = append(keys, k)
			}
			byKey[k] = append(byKey[k], q)
		}
	}
	for _, k := range keys {
		qs := byKey[k]
		if len(qs) > 60 {
			continue // a list of lengths, not rules about one
		}
	pairs:
		for i, a := range qs {
			for _, b := range qs[i+1:] {
				if a.place == b.place || a.meets(b) || a.exact && b.exact && len(qs) > 2 {
					continue
				}
				out = append(out, in.bothNumbers(a, b))
				break pairs
			}
		}
	}
	return append(out, in.partsOverWhole(byKey, keys)...)
}

// product is the one thing that the prompt says is to be written, "Write a blurb for the
// book": a count of it is one of the answer. It is "" where that is more than one, or none.
func (in *Input) product() string {
	found := ""
	for _, r := range in.rulings() {
		switch r.verb {
		case "write", "compose", "draft", "create", "produce", "generate":
		default:
			continue
		}
		if r.neg || r.about != "" || len(r.words) < 2 || r.words[0].s != "a" && r.words[0].s != "an" && r.words[0].s != "the" {
			continue
		}
		n := 1
		for n < len(r.words) && !stop[r.words[n].s] && !fronts[r.words[n].s] && r.words[n].s != "about" && !strings.ContainsAny(r.words[n].gap, ",:(") {
			n++
		}
		noun := singular(r.words[n-1].s)
		if n < 2 || n > 5 || unitOf[noun] != "" || general[noun] {
			continue
		}
		if found != "" && found != noun {
			return ""
		}
		found = noun
	}
	return found
}

// partsOverWhole finds a part that is to have more of something than all of the answer
// may: "five reasons for your choice", "at most three reasons". The other way round
// is no fault: a part may be as short as it likes.
func (in *Input) partsOverWhole(byKey map[string][]quantity, keys []string) (out []Finding) {
	for _, k := range keys {
		part := byKey[k][0]
		if part.object == "" || len(byKey[k]) > 20 {
			continue
		}
		whole := byKey[strings.Join([]string{part.unit, part.scope, ""}, "\x00")]
		if len(whole) != 1 {
			continue
		}
		for _, part := range byKey[k] {
			if part.loose && part.lo > whole[0].hi && part.place != whole[0].place {
				out = append(out, in.bothNumbers(part, whole[0]))
				break
			}
		}
	}
	return out
}

func (in *Input) bothNumbers(a, b quantity) Finding {
	return in.apart(a.place, b.place, fmt.Sprintf("no answer has both numbers of %ss: which one holds? Keep that one, or say when each does", a.unit))
}

// apart is the question that a contradiction is put as.
func (in *Input) apart(a, b Place, ask string) Finding {
	if b.Message < a.Message || b.Message == a.Message && b.Start < a.Start {
		a, b = b, a
	}
	return Finding{
		Severity: Warning, Spans: []Place{a, b},
		Message: fmt.Sprintf("%s may pull apart (“%s”, “%s”): %s.", lineList([]Place{a, b}), in.quote(a), in.quote(b), ask),
	}
}

// quote is the beginning of what stands at a place, without the marks of emphasis.
func (in *Input) quote(p Place) string { return shown(strings.ReplaceAll(in.textAt(p), "**", "")) }
