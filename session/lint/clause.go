package lint

import (
	"slices"
	"strings"
)

// clause is one thing that a statement demands or bans.
type clause struct {
	neg   bool
	may   bool   // it allows and does not demand
	verb  string // in its plain form, "" where there is none: "At most 100 words."
	about string // the part of the answer that is its subject; "" all of it
	words []word // what follows the verb
	all   []word // the whole clause
}

// verbs are those that prompts demand things with.
var verbs = set(`answer respond reply write keep limit use include add give provide produce return output generate list name mention cite quote
	translate summarise summarize classify categorise categorize label extract rewrite draft compose explain describe begin start end finish close
	open sign greet apologise apologize thank ask offer promise refer address speak stay be make put insert avoid state show say tell repeat
	invent guess assume change reveal disclose share follow ignore skip leave omit format structure wrap emit print render review rate score
	rank sort group compare plan select choose pick check verify confirm consider mark highlight capitalise capitalize round convert
	suggest recommend propose introduce present discuss reference link embed attach escalate forward route assign reject refuse decline accept
	identify find detect determine decide evaluate assess analyse analyze read think reason remain adopt maintain sound communicate
	correct fix edit proofread paraphrase shorten expand combine merge split count measure compute calculate estimate predict create build
	design develop outline note report log record save store send call query search retrieve look consult rely draw stick restrict cap
	contain exceed have help respect preserve retain copy replace remove delete strip drop translate transcribe tag brainstorm`)

// clauses takes a statement apart. What it can't read is left out.
func clauses(s statement) (out []clause) {
	from := 0
	for i := 1; i <= len(s.words); i++ {
		if i < len(s.words) && !breaks(s.words, i) {
			continue
		}
		if c, ok := readClause(s.words[from:i]); ok {
			c.neg = c.neg != s.neg
			out = append(out, c)
		}
		from = i
	}
	return out
}

// breaks reports whether a new clause begins with word i.
func breaks(ws []word, i int) bool {
	w := ws[i]
	if w.quoted {
		return false
	}
	if strings.ContainsAny(w.gap, ";") || strings.Contains(w.gap, "—") || strings.Contains(w.gap, " – ") || strings.Contains(w.gap, " - ") {
		return true
	}
	comma := strings.Contains(w.gap, ",")
	if comma && w.s == "no" && i+1 < len(ws) && !comparing[ws[i+1].s] {
		return true // "at most 40 characters, no full stop"
	}
	joint := w.s == "and" || w.s == "but" || w.s == "then" || w.s == "so" && comma
	if joint && i+1 < len(ws) {
		return commands(ws[i+1:], comma)
	}
	return comma && commands(ws[i:], true)
}

// comparing are the words that make a count of what "no" begins: "no more than".
var comparing = set("more less fewer longer shorter matter later earlier one")

// commands reports whether the words begin a command; after a comma any verb does.
func commands(ws []word, comma bool) bool {
	switch w := ws[0].s; w {
	case "never", "always", "don't", "avoid", "must", "please":
		return true
	case "do":
		return len(ws) > 1 && ws[1].s == "not"
	case "then", "also":
		return len(ws) > 1 && commands(ws[1:], true)
	default:
		return verbs[w] && (comma || firm[w]) && len(ws) > 1
	}
}

// firm are verbs that are hardly ever nouns.
var firm = set("include write keep avoid respond provide generate add mention begin refuse decline apologise apologize invent use explain describe summarise summarize translate classify extract return produce give")

// readClause reads one clause.
func readClause(ws []word) (clause, bool) {
	c := clause{all: ws}
	i := skip(ws, 0)
	if i >= len(ws) {
		return c, false
	}
	if j, ok := subject(ws, i, &c); ok {
		i = j
	}
	for again := true; again && i < len(ws); {
		switch w := ws[i].s; {
		case w == "never", w == "cannot", w == "can't", w == "mustn't", w == "shouldn't", w == "don't", w == "not" && i > 0:
			c.neg = true
			i++
		case w == "do" && i+1 < len(ws) && ws[i+1].s == "not":
			c.neg = true
			i += 2
		case w == "always" || w == "only" || w == "ever" || w == "also" || w == "please" || w == "either" || w == "strictly" || w == "then":
			i++
		default:
			again = false
		}
	}
	if i >= len(ws) || ws[i].quoted {
		return c, false
	}
	switch w := plainVerb(ws[i].s); {
	case ws[i].s == "no" && (i == 0 || c.about == "" && !c.neg):
		c.neg = !c.neg
		c.verb = "use"
	case w == "avoid":
		c.neg = !c.neg
		c.verb = "use"
		if i+1 < len(ws) && strings.HasSuffix(ws[i+1].s, "ing") && verbs[plainVerb(ws[i+1].s)] {
			i++
			c.verb = plainVerb(ws[i].s)
		}
	case w == "refrain" && i+2 < len(ws):
		c.neg = !c.neg
		i += 2
		c.verb = plainVerb(ws[i].s)
	case verbs[w]:
		c.verb = w
	default:
		c.words = ws[i:]
		return c, true // a fragment: "At most 100 words."
	}
	c.words = ws[i+1:]
	if c.verb == "be" && len(c.words) > 0 && done(c.words[0].s) != "" {
		c.passive(ws)
		return c, true
	}
	if len(c.words) > 0 && (c.words[0].s == "no" || c.words[0].s == "nothing" || c.words[0].s == "neither") {
		c.neg = !c.neg
		c.words = c.words[1:]
	}
	return c, true
}

// passive turns "lists must not be used" into what it demands: its subject is what
// is not to be used.
func (c *clause) passive(ws []word) {
	c.verb = done(c.words[0].s)
	c.words = c.words[1:]
	if c.about == "" {
		return
	}
	for i, w := range ws {
		if modals[w.s] && i > 0 {
			c.words = append(slices.Clone(ws[:i]), c.words...)
			c.about = ""
			return
		}
	}
}

// irregular are participles that do not end in -ed.
var irregular = map[string]string{
	"written": "write", "kept": "keep", "given": "give", "made": "make", "put": "put", "said": "say", "shown": "show", "told": "tell",
	"spoken": "speak", "left": "leave", "chosen": "choose", "built": "build", "rewritten": "rewrite", "begun": "begin", "drawn": "draw",
}

// done is the verb of a participle, "" where it is none of ours.
func done(w string) string {
	if v := irregular[w]; v != "" {
		return v
	}
	base, ok := strings.CutSuffix(w, "ed")
	if !ok || len(base) < 2 {
		return ""
	}
	for _, v := range []string{base, base + "e", base[:len(base)-1], strings.TrimSuffix(base, "i") + "y"} {
		if verbs[v] {
			return v
		}
	}
	return ""
}

// skip goes over words that a command may begin with and that say nothing.
func skip(ws []word, i int) int {
	for i < len(ws) {
		switch ws[i].s {
		case "please", "also", "finally", "first", "next", "so", "and", "but", "or", "additionally", "importantly", "note", "just", "simply",
			"second", "third", "lastly", "furthermore", "moreover", "important", "remember", "make", "ensure", "sure", "that", "to":
			if ws[i].s == "make" && (i+1 >= len(ws) || ws[i+1].s != "sure") {
				return i
			}
			i++
		case "feel":
			if i+2 >= len(ws) || ws[i+1].s != "free" || ws[i+2].s != "to" {
				return i
			}
			i += 3
		default:
			return i
		}
	}
	return i
}

// modals lead to what must be or must not be.
var modals = set("must should shall may can will cannot can't mustn't shouldn't need needs has have is are")

// subject reads "you must", "the answer should" and the like.
func subject(ws []word, i int, c *clause) (int, bool) {
	for j := i; j < len(ws) && j < i+6; j++ {
		if !modals[ws[j].s] || j == i && ws[j].s != "must" {
			continue
		}
		var about []string
		for _, w := range ws[i:j] {
			if w.quoted || w.s == "where" || w.s == "when" || w.s == "that" || w.s == "which" || w.s == "who" || w.s == "if" || strings.ContainsAny(w.gap, ",;:(") && w.at != ws[i].at {
				return i, false
			}
			about = append(about, w.s)
		}
		if c.about = scopeOf(about); c.about == "" && !ofAnswer(about) {
			return i, false
		}
		end := j + 1
		switch w := ws[j].s; w {
		case "may", "can":
			c.may = true
		case "cannot", "can't", "mustn't", "shouldn't":
			c.neg = true
		case "is", "are", "has", "have", "need", "needs":
			if end < len(ws) && ws[end].s == "to" {
				end++
				break
			}
			if w == "is" || w == "are" {
				return j, true
			}
			return i, false
		}
		if end < len(ws) && (ws[end].s == "not" || ws[end].s == "never") && c.may {
			c.may = false
		}
		return end, true
	}
	return i, false
}

// ofAnswer reports whether the subject is who reads the prompt, or the answer.
func ofAnswer(words []string) bool {
	for _, w := range words {
		switch singular(w) {
		case "you", "your", "answer", "response", "reply", "output", "it", "result", "they", "text", "message", "must", "assistant", "length", "limit", "language", "tone", "format":
			return true
		}
	}
	return len(words) == 0
}

// plainVerb is the form of a verb that commands with.
func plainVerb(w string) string {
	if verbs[w] {
		return w
	}
	switch w {
	case "is", "are":
		return "be"
	}
	base, ok := strings.CutSuffix(w, "ing")
	if !ok || len(base) < 2 {
		return w
	}
	for _, v := range []string{base, base + "e", base[:len(base)-1]} {
		if verbs[v] {
			return v
		}
	}
	return w
}
