package lint

import (
	"fmt"
	"slices"
	"strings"
)

// formatOf are the words for what an answer can be written as.
var formatOf = map[string]string{
	"json": "JSON", "xml": "XML", "yaml": "YAML", "csv": "CSV", "html": "HTML", "markdown": "Markdown", "latex": "LaTeX", "toml": "TOML",
	"table": "a table", "prose": "prose", "sql": "SQL",
}

// framing are words that may stand between a verb of answering and its format.
var framing = set(`a an one single only valid strict the following as in with using your it its just exclusively well-formed formatted compact minified
	parsable raw object array list format document string output answer response reply result results always nothing but else and no other
	text plain pure simple syntax code block around alone outside it formatting well formed schema data strictly final itself of to
	conforming matching this these below structure parseable bulleted numbered bullet point points headings table markdown json xml yaml csv html strings numbers objects integers values`)

// asked is a format that the whole answer is to have.
type asked struct {
	ruling
	format string
	only   bool // and nothing besides
}

// formatsOf are the formats that rulings demand of the whole answer.
func formatsOf(r ruling) (asked, bool) {
	if r.scope != "" || r.about != "" || !(writes[r.verb] || r.verb == "" || r.verb == "be") {
		return asked{}, false
	}
	a := asked{ruling: r}
	n, at := 0, -1
	for i, w := range r.all {
		if w.quoted {
			continue
		}
		f := formatOf[w.s]
		if w.s == "bullet" && i+1 < len(r.all) && strings.HasPrefix(r.all[i+1].s, "point") || w.s == "bulleted" {
			f = "a list of bullets"
		}
		if f == "" {
			continue
		}
		if a.format == "Markdown" && (f == "a table" || f == "a list of bullets") || f == a.format {
			a.format = f
			continue
		}
		if n++; n > 1 {
			return a, false
		}
		a.format, at = f, i
	}
	if n == 0 || at+1 < len(r.all) && (r.all[at+1].s == "or" || strings.Contains(r.all[at+1].gap, "/")) {
		return a, false
	}
	for i, w := range r.all {
		switch {
		case w.s == "only" || w.s == "nothing" || w.s == "alone" || w.s == "exclusively" || w.s == "solely" || w.s == "no" && i+2 < len(r.all) && r.all[i+1].s == "other":
			a.only = true
		case i < at && !framing[w.s] && !writes[plainVerb(w.s)] && !stop[w.s] && !general[w.s] && !adverbs[w.s]:
			if _, isNumber := number(w.s); !isNumber {
				return a, false // "Turn the JSON …", "Write the summary as …"
			}
		case i > at && (w.s == "input" || w.s == "below" || w.s == "above" || w.s == "given" || w.s == "provided" || w.s == "you" && i == at+1 || w.s == "from"):
			return a, false
		case i > at+1 && i <= at+4 && r.all[i-1].s == "of" && !framing[w.s] && !general[w.s] && !stop[w.s]:
			return a, false // "a table of the costs" is a part
		case i > at && i <= at+5 && (w.s == "for" || w.s == "field" || w.s == "inside" || w.s == "within"):
			return a, false
		}
	}
	return a, true
}

// writes are the verbs that say what to answer with.
var writes = set("answer respond reply return output produce generate write give emit provide format print use render structure create present show")

// formats finds a format that leaves room for nothing else, and something else.
func formats(in *Input) (out []Finding) {
	var only *asked
	for _, r := range in.rulings() {
		if a, ok := formatsOf(r); ok && a.only && !r.neg {
			only = &a
			break
		}
	}
	if only == nil {
		return nil
	}
	for _, r := range in.rulings() {
		if r.neg || r.place == only.place || r.scope != "" {
			continue
		}
		if a, ok := formatsOf(r); ok && a.format != only.format && a.verb != "" && !(only.format == "Markdown" && (a.format == "a table" || a.format == "a list of bullets")) {
			out = append(out, in.apart(only.place, r.place, fmt.Sprintf("is the answer to be %s or %s? Keep one, or say when each holds", only.format, a.format)))
			break
		}
	}
	for _, r := range in.rulings() {
		if !r.neg && r.place != only.place && r.scope == "" && r.about == "" && besideAnswer(r) {
			out = append(out, in.apart(only.place, r.place, fmt.Sprintf("is there to be nothing but %s, or that as well? Keep one, or say where it goes", only.format)))
			break
		}
	}
	return out
}

// besideAnswer reports whether a ruling asks for words around the answer: a greeting, a
// closing, an introduction.
func besideAnswer(r ruling) bool {
	switch r.verb {
	case "greet", "sign", "thank":
		return true
	case "begin", "start", "open", "end", "close", "finish", "add", "include", "write":
		return slices.ContainsFunc(r.words, func(w word) bool {
			return !w.quoted && (w.s == "greeting" || w.s == "salutation" || w.s == "sign-off" || w.s == "signature" || w.s == "introduction" || w.s == "disclaimer" || w.s == "closing" || w.s == "preamble")
		})
	}
	return false
}
