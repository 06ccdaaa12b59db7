package lint

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// demand is one thing that the prompt asks of every answer and that can be
// computed from it.
type demand struct {
	place  Place // of the rule; the zero place for one that stands beside the messages
	rule   string
	breaks func(output string) string // why an answer breaks it, in a clause; "" it does not
}

// examples holds the outputs of the shots against what the prompt demands of every
// answer. It is a computation, and so comes before all rules that read.
func examples(in *Input) (out []Finding) {
	if in.Bare {
		return nil
	}
	shown := in.shownShots()
	if len(shown) == 0 {
		return nil
	}
	for _, d := range in.demands(shown) {
		var at []Place
		var names, whys []string
		for _, s := range shown {
			output := strings.TrimSpace(string(s.Output))
			if output == "" {
				continue
			}
			if why := d.breaks(output); why != "" {
				names, whys = append(names, s.name), append(whys, why)
				at = append(at, in.outputPlace(s)...)
			}
		}
		if len(names) == 0 {
			continue
		}
		at = at[:min(len(at), maxPlaces)]
		if d.place != (Place{}) {
			at = append(at, d.place)
		}
		out = append(out, Finding{Severity: Warning, Spans: at, Message: brokenBy(names, whys[0], d.rule)})
	}
	return append(out, toolCalls(in, shown)...)
}

func brokenBy(names []string, why, rule string) string {
	switch n := len(names); {
	case n == 1:
		return fmt.Sprintf("The output of shot %s %s, but %s: correct the shot, or the rule.", names[0], why, rule)
	case n <= 4:
		return fmt.Sprintf("The outputs of shots %s break a rule (the first %s), but %s: correct the shots, or the rule.", and(names), why, rule)
	default:
		return fmt.Sprintf("The outputs of %d shots, %s among them, break a rule (that one %s), but %s: correct the shots, or the rule.", n, names[0], why, rule)
	}
}

// shownShot is a shot that stands in the context.
type shownShot struct {
	session.Shot
	block, index int
	name         string
}

// shownShots are the shots that stand in the context, in the order of their blocks.
func (in *Input) shownShots() []shownShot {
	if in.stand == nil {
		in.stand = []shownShot{}
		there := map[[2]int]bool{}
		for _, s := range in.Proof.Spans {
			if s.Shot >= 0 {
				there[[2]int{s.Block, s.Shot}] = true
			}
		}
		for i, b := range in.Content.Blocks {
			if b.Kind != session.KindShots || b.Off {
				continue
			}
			for j, s := range b.Shots {
				if there[[2]int{i, j}] {
					in.stand = append(in.stand, shownShot{s, i, j, shotName(s, j)})
				}
			}
		}
	}
	return in.stand
}

// outputPlace is where a shot's output stands; the whole shot where it has none.
func (in *Input) outputPlace(s shownShot) (out []Place) {
	for _, sp := range in.spansOfItem(s.block, s.index) {
		if sp.Part == session.PartOutput {
			out = append(out, in.place(sp.Message, sp.Start, sp.End))
		}
	}
	if len(out) == 0 {
		out = in.shotPlaces(s.block, s.index)
	}
	return out
}

// demands are what the prompt asks of every answer.
func (in *Input) demands(shown []shownShot) (out []demand) {
	object := false // answers are objects: labels and counts are about a field then
	if d, ok := in.jsonDemand(); ok {
		out, object = append(out, d), true
	}
	if d, ok := in.schemaDemand(); ok {
		out, object = append(out, d), true
	}
	if object {
		return out
	}
	for _, s := range in.statements() {
		for _, q := range in.quantities(s) {
			if q.scope != "" || measures[q.unit] == nil || len(out) >= maxPlaces {
				continue
			}
			if q.object == "" || kept(q, shown) {
				out = append(out, in.countDemand(q))
			}
		}
	}
	if d, ok := in.labelDemand(shown); ok {
		out = append(out, d)
	}
	return append(out, in.signDemands()...)
}

// kept reports whether a count of a thing that is to be written, "a headline of at
// most 8 words", is one of the answer itself: most shots keep it, and there are enough
// of them. A count of a part would be kept by none.
func kept(q quantity, shown []shownShot) bool {
	if !q.loose || strings.ContainsAny(q.object, " ") || q.exact || q.hi == math.MaxInt {
		return false
	}
	n := 0
	for _, s := range shown {
		if lo, _ := measures[q.unit](string(s.Output)); lo <= q.hi && lo > 0 {
			n++
		}
	}
	return len(shown) >= enough-1 && 3*n >= 2*len(shown)
}

// measures count what an answer has of a unit: at least lo, at most hi, as one
// reads it.
var measures = map[string]func(string) (lo, hi int){
	"word": func(s string) (int, int) {
		a, b := len(text.Words(s)), len(strings.Fields(s))
		return min(a, b), max(a, b)
	},
	"sentence":  sentences,
	"character": func(s string) (int, int) { n := utf8.RuneCountInString(s); return text.Count(s).Characters, n },
	"line": func(s string) (int, int) {
		full := 0
		for l := range strings.Lines(s) {
			if strings.TrimSpace(l) != "" {
				full++
			}
		}
		return full, strings.Count(s, "\n") + 1
	},
	"paragraph": func(s string) (int, int) {
		n, lines := 0, 0
		for _, p := range strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n\n") {
			if p = strings.TrimSpace(p); p != "" {
				n++
				lines += strings.Count(p, "\n") + 1
			}
		}
		return n, lines
	},
	"bullet": func(s string) (int, int) {
		n := 0
		for l := range strings.Lines(s) {
			if bullet([]byte(l)) >= 0 {
				n++
			}
		}
		return n, n
	},
}

// sentences counts sentences: at least those that end as sentences do and not with
// an abbreviation.
func sentences(s string) (lo, hi int) {
	all := text.Sentences(s)
	for _, x := range all {
		x = strings.TrimRight(x, "\"'”’)»*_ ")
		r, n := utf8.DecodeLastRuneInString(x)
		if strings.ContainsRune("!?…。！？", r) || r == '.' && !abbreviates([]byte(x[:len(x)-n])) {
			lo++
		}
	}
	return max(lo, min(1, len(all))), len(all)
}

func (in *Input) countDemand(q quantity) demand {
	lo, hi := q.lo, q.hi
	if q.exact && lo == hi && (q.unit == "word" || q.unit == "character") {
		lo, hi = lo*4/5, (hi*6+4)/5 // "Write 100 words" is not meant to the word
		if q.hi <= 5 {
			lo, hi = q.lo, q.hi
		}
	}
	return demand{
		place: q.place, rule: "the rule says “" + shown(in.textAt(q.place)) + "”",
		breaks: func(s string) string {
			least, most := measures[q.unit](s)
			switch {
			case least > hi:
				return fmt.Sprintf("has %d %s", least, plural(least, q.unit))
			case most < lo:
				return fmt.Sprintf("has %d %s", most, plural(most, q.unit))
			}
			return ""
		},
	}
}

func plural(n int, unit string) string {
	if n == 1 {
		return unit
	}
	return unit + "s"
}

// jsonDemand is the rule that every answer is JSON.
func (in *Input) jsonDemand() (demand, bool) {
	for _, r := range in.rulings() {
		a, ok := formatsOf(r)
		if !ok || a.format != "JSON" || r.neg {
			continue
		}
		line := ""
		for _, w := range r.all {
			line += " " + w.s
		}
		first := byte(0)
		switch {
		case strings.Contains(line, " json object") && !strings.Contains(line, " json objects"):
			first = '{'
		case strings.Contains(line, " json array") || strings.Contains(line, " json list") || strings.Contains(line, " list of json") || strings.Contains(line, " array of json"):
			first = '['
		case strings.Contains(line, " lines") || strings.Contains(line, " objects"):
			continue
		}
		return demand{
			place: r.place, rule: "the rule says “" + shown(in.textAt(r.place)) + "”",
			breaks: func(s string) string {
				s = unfenced(s)
				switch {
				case !json.Valid([]byte(s)):
					return "is no JSON"
				case first == '{' && s[0] != '{':
					return "is JSON, but no object"
				case first == '[' && s[0] != '[':
					return "is JSON, but no list"
				}
				return ""
			},
		}, true
	}
	return demand{}, false
}

// unfenced is s without one fence around all of it.
func unfenced(s string) string {
	if fs := findFences([]byte(s)); len(fs) == 1 && fs[0].closed && fs[0].start == 0 && fs[0].end == len(s) {
		if first, last := strings.IndexByte(s, '\n'), strings.LastIndexByte(s, '\n'); first < last {
			return strings.TrimSpace(s[first:last])
		}
	}
	return s
}

// schemaDemand is the schema that the server holds answers to.
func (in *Input) schemaDemand() (demand, bool) {
	schema := in.Proof.Beside.Schema
	if schema == "" || session.BesideFault(session.KindSchema, schema) != "" {
		return demand{}, false
	}
	return demand{
		rule: "answers are held to the schema",
		breaks: func(s string) string {
			if !json.Valid([]byte(s)) {
				return "is no JSON"
			}
			if in.Fits == nil {
				return ""
			}
			if why := in.Fits(schema, text.Raw(s)); why != "" {
				return "does not fit it (" + shown(why) + ")"
			}
			return ""
		},
	}, true
}

// signDemands are bans on signs, and lower case.
func (in *Input) signDemands() (out []demand) {
	for _, r := range in.rulings() {
		if r.foreign || r.scope != "" || r.about != "" {
			continue
		}
		var names []string
		for _, w := range r.words {
			if s := singular(w.s); !stop[w.s] && !general[s] && !adverbs[w.s] {
				names = append(names, s)
			}
		}
		what := strings.Join(names, " ")
		d := demand{place: r.place, rule: "the rule says “" + shown(in.textAt(r.place)) + "”"}
		switch {
		case r.neg && classOf[r.verb] == "use" && (what == "emoji" || what == "emojis"):
			d.breaks = func(s string) string {
				if i := strings.IndexFunc(s, emoji); i >= 0 {
					return "has an emoji"
				}
				return ""
			}
		case r.neg && classOf[r.verb] == "use" && what == "exclamation mark":
			d.breaks = func(s string) string {
				if strings.Contains(s, "!") {
					return "has an exclamation mark"
				}
				return ""
			}
		case !r.neg && writes[r.verb] && (slices.Equal(names, []string{"lowercase"}) || slices.Equal(names, []string{"lower"})):
			d.breaks = func(s string) string {
				if strings.ContainsFunc(s, unicode.IsUpper) {
					return "has a capital"
				}
				return ""
			}
		default:
			continue
		}
		out = append(out, d)
	}
	return out
}

func emoji(r rune) bool {
	return r >= 0x1f300 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf && r != '✓' && r != '✗' && r != '✔' && r != '✘'
}
