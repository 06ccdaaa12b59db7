package lint

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session"
	"galley/session/text"
)

// Two lines are near-equal when the sets of their content words have a Jaccard
// index of at least 4/5, and no number, name, negation or word of direction
// stands in one alone. Lines of more than broad words are passages, of fewer
// than shortest content words are labels.
const (
	longest  = 30 // words of a text that is read as a line
	broad    = 60 // the same of our own lines, where a sentence or two are said again in another order
	shortest = 3
	telltale = 5   // content words of a sentence that is looked for in other lines
	crowd    = 300 // lines that share a rare word and are compared
)

func redundancy(in *Input) []Finding {
	var lines []line
	for m := range in.Proof.Messages {
		if in.Bare && in.Proof.Messages[m].Role == session.RoleAssistant {
			continue
		}
		lines = append(lines, ownLines(in, m)...)
	}
	whole := passages(in)
	single := slices.DeleteFunc(nearEqual(in, lines), func(f Finding) bool { return within(f.Spans, whole) })
	said := slices.Concat(single, whole)
	parts := slices.DeleteFunc(nearEqual(in, ownSentences(in, lines)), func(f Finding) bool { return within(f.Spans, said) })
	for i := range parts { // the lines that they stand in say something else besides
		parts[i].Severity = Note
		parts[i].Message = strings.Replace(parts[i].Message, ": keep one.", ": keep one, or say it once for all of them.", 1)
	}
	return slices.Concat(single, parts, whole, sameShots(in))
}

// ownSentences are the sentences of our own words that are long enough to be said
// twice by mistake, also in lines that say something else besides; none where all of
// them are lines.
func ownSentences(in *Input, lines []line) (out []line) {
	whole := map[[2]int]Place{}
	for _, l := range lines {
		whole[[2]int{l.place.Message, l.place.Line}] = l.place
	}
	partial := false
	for _, s := range in.statements() {
		if len(s.words) < telltale {
			continue
		}
		l, ok := readLine([]byte(in.textAt(s.place)))
		content := 0
		for _, is := range l.words {
			if is {
				content++
			}
		}
		if ok && content >= telltale {
			l.place = s.place
			out = append(out, l)
			w := whole[[2]int{s.place.Message, s.place.Line}]
			partial = partial || s.place.Start > w.Start+2 || s.place.End+2 < w.End || w == Place{}
		}
	}
	if !partial {
		return nil
	}
	return out
}

// within reports whether all places lie in those of one of the findings: what is said
// of a passage is not said of each of its lines.
func within(places []Place, fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool {
		return !slices.ContainsFunc(places, func(p Place) bool {
			return !slices.ContainsFunc(f.Spans, func(o Place) bool { return o.Message == p.Message && o.Start <= p.Start && p.End <= o.End })
		})
	})
}

// line is one line of our own words.
type line struct {
	place Place
	words map[string]bool // all of them; true: a content word
	keys  []string        // those that no near-equal line may lack
	sum   []int           // numbers of the content words, rarest first
}

// ownLines are the lines of message m that hold our own words alone, outside
// fences, examples and fixed turns.
func ownLines(in *Input, m int) (out []line) {
	b := in.instructing(m)
	for at := 0; at < len(b); {
		end := at + lineLen(b[at:])
		if l, ok := readLine(b[at:end]); ok {
			from := at + leading(b[at:end])
			l.place = in.place(m, from, from+len(bytes.TrimRight(b[from:end], " \t\r")))
			out = append(out, l)
		}
		at = end + 1
	}
	return out
}

// leading is the length of what stands before a line's first word: space, a
// bullet, a number.
func leading(b []byte) int {
	i := len(b) - len(bytes.TrimLeft(b, " \t>#*-+•"))
	j := i
	for j < len(b) && b[j] >= '0' && b[j] <= '9' {
		j++
	}
	if j > i && j < len(b) && (b[j] == '.' || b[j] == ')') {
		i = j + 1
	}
	return len(b) - len(bytes.TrimLeft(b[i:], " \t*"))
}

func readLine(b []byte) (line, bool) {
	if len(b) > 2000 || bytes.IndexByte(b, mask) >= 0 || codeLine(b) {
		return line{}, false
	}
	s := string(b[leading(b):])
	words := text.Words(s)
	if len(words) < shortest || len(words) > broad {
		return line{}, false
	}
	l := line{words: make(map[string]bool, len(words))}
	content := 0
	for _, w := range words {
		if strings.HasSuffix(w, "n't") || w == "cannot" {
			w = "not"
		}
		w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s")
		if _, seen := l.words[w]; seen {
			continue
		}
		l.words[w] = !stop[w]
		if !stop[w] {
			content++
		}
		if turning[w] || strings.ContainsFunc(w, unicode.IsNumber) {
			l.keys = append(l.keys, w)
		}
	}
	if content < shortest {
		return line{}, false
	}
	for i, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) }) {
		if r, _ := utf8.DecodeRuneInString(w); i > 0 && unicode.IsUpper(r) {
			if w = strings.ToLower(w); hasWord(l, w) {
				l.keys = append(l.keys, w)
			}
		}
	}
	l.sum = make([]int, 0, content)
	return l, true
}

// codeLine reports whether a line reads as code or an address and not as words.
func codeLine(b []byte) bool {
	t := bytes.TrimSpace(b)
	if len(t) == 0 {
		return true
	}
	switch t[len(t)-1] {
	case ';', '{', '}', '>', '(', '=', '\\':
		return true
	}
	if definition(t) || call(t) {
		return true
	}
	if bytes.HasPrefix(t, []byte("//")) || bytes.HasPrefix(t, []byte(`"`)) && t[len(t)-1] == ',' {
		return true
	}
	return bytes.Contains(t, []byte("://")) || bytes.Contains(t, []byte("()")) || bytes.Contains(t, []byte("=\"")) || bytes.Count(t, []byte("/")) > 3
}

// definition reports whether a line lists a name and what it is, "path (required): Where
// the file is" or "id: x", or ends as what introduces a list or code does. Tools,
// functions and files of settings have the same names, each for itself.
func definition(t []byte) bool {
	if t[len(t)-1] == ':' || t[len(t)-1] == '|' || bytes.IndexByte(t, ' ') < 0 && !bytes.ContainsFunc(t, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return true
	}
	t = bytes.TrimLeft(t[leading(t):], "\"`'$")
	if _, value, ok := bytes.Cut(t, []byte(":")); ok {
		value = bytes.Trim(value, " *")
		if n := len(value); n > 2 && (value[0] == '[' && value[n-1] == ']' || value[0] == '`' && bytes.IndexByte(value[1:], '`') == n-2) {
			return true // a place to fill, or a name
		}
	}
	i := 0
	for i < len(t) && (t[i] == '_' || t[i] == '-' || t[i] == '.' || t[i] >= 'a' && t[i] <= 'z' || t[i] >= '0' && t[i] <= '9') {
		i++
	}
	if i == 0 {
		return false
	}
	rest := bytes.TrimLeft(t[i:], "\"`'")
	if paren := bytes.TrimLeft(rest, " "); len(paren) > 0 && paren[0] == '(' {
		if k := bytes.IndexByte(paren, ')'); k > 0 && k < 40 {
			rest = paren[k+1:]
		}
	}
	return len(rest) > 0 && rest[0] == ':'
}

// call reports whether a line is one call and no words: insecure(something).
func call(t []byte) bool {
	i := bytes.IndexByte(t, '(')
	return i > 0 && t[len(t)-1] == ')' && bytes.IndexByte(t[:i], ' ') < 0
}

func hasWord(l line, w string) bool {
	_, ok := l.words[w]
	return ok
}

// nearEqual finds groups of near-equal lines. A pair with an index of at least t
// shares a word among the first n−⌈t·n⌉+1 of each when both are ordered by rarity
// (Chaudhuri, Ganti and Kaushik 2006), so only those are looked up. A word that is
// among the rarest of more than crowd lines is looked up for these alone, and lines
// that are equal are found without: the time grows with the size of the context.
func nearEqual(in *Input, lines []line) (out []Finding) {
	rarity(lines)
	type group struct {
		first line
		spans []Place
		equal bool
	}
	var groups []*group
	var tried []int       // by group: the last line that was compared with it
	at := map[int][]int{} // by word: groups whose first line has it among its rarest
	said := map[string]int{}
	for i, l := range lines {
		key := plain(in.textAt(l.place))
		if in.Bare {
			key = fmt.Sprint(l.place.Message, " ", key)
		}
		n := len(l.sum)
		prefix := l.sum[:n-(4*n+4)/5+1]
		found, equal := said[key]
		if !equal {
			found = -1
		}
		for _, w := range prefix {
			if equal {
				break
			}
			for _, g := range at[w] {
				if found >= 0 && g >= found || tried[g] == i {
					continue
				}
				tried[g] = i
				first := groups[g].first
				if (!in.Bare || first.place.Message == l.place.Message) && alike(first, l) {
					found = g
				}
			}
		}
		if found >= 0 {
			g := groups[found]
			g.spans = append(g.spans, l.place)
			g.equal = g.equal && in.textAt(l.place) == in.textAt(g.first.place)
			continue
		}
		for _, w := range prefix {
			if len(at[w]) < crowd {
				at[w] = append(at[w], len(groups))
			}
		}
		said[key] = len(groups)
		tried = append(tried, i)
		groups = append(groups, &group{first: l, spans: []Place{l.place}, equal: true})
	}
	for _, g := range groups {
		if len(g.spans) < 2 || in.onesidedly(g.spans) || caption(in.textAt(g.spans[0]), len(g.spans)) {
			continue
		}
		g.spans = g.spans[:min(len(g.spans), maxPlaces)]
		how := "nearly the same"
		if g.equal {
			how = "the same"
		}
		out = append(out, Finding{
			Severity: Warning, Spans: g.spans,
			Message: fmt.Sprintf("%s say %s (“%s”): keep one.", lineList(g.spans[:min(len(g.spans), 5)]), how, shown(in.textAt(g.spans[0]))),
		})
	}
	return out
}

// onesidedly reports whether some of the places stand below what turns them into bans,
// "Never:", and others do not: that is no repeat.
func (in *Input) onesidedly(ps []Place) bool {
	ps = ps[:min(len(ps), maxPlaces)]
	bans := 0
	for _, p := range ps {
		if slices.ContainsFunc(in.banned(), func(b Place) bool { return b.Message == p.Message && p.Start <= b.Start && b.End <= p.End }) {
			bans++
		}
	}
	return bans > 0 && bans < len(ps)
}

// banned are the places of the first statements that the line above them turns into
// bans.
func (in *Input) banned() []Place {
	if in.bans == nil {
		in.bans = []Place{}
		for _, s := range in.statements() {
			if s.neg && len(in.bans) < maxPlaces {
				in.bans = append(in.bans, s.place)
			}
		}
	}
	return in.bans
}

// caption reports whether a line that is there n times reads as the title of what stands
// beside it: a few words that ask for nothing, fewer where it is there but twice.
func caption(s string, n int) bool {
	words := text.Words(s)
	return (len(words) < 5 || n > 2 && len(words) < 8) && !slices.ContainsFunc(words, func(w string) bool {
		return verbs[w] || modals[w] || limiting[w] || w == "never" || w == "always" || w == "not" || w == "no" || strings.HasSuffix(w, "n't")
	})
}

// textAt is what stands at a place, as it reads.
func (in *Input) textAt(p Place) string {
	if b := in.plain[p.Message]; b != nil {
		return string(b[p.Start:p.End])
	}
	return in.content(p.Message)[p.Start:p.End]
}

// rarity numbers the content words by how rare they are, rarest first, and
// fills each line's sum with its words in that order.
func rarity(lines []line) {
	count := map[string]int{}
	for _, l := range lines {
		for w, content := range l.words {
			if content {
				count[w]++
			}
		}
	}
	words := make([]string, 0, len(count))
	for w := range count {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(cmp.Compare(count[a], count[b]), cmp.Compare(a, b)) })
	number := make(map[string]int, len(words))
	for i, w := range words {
		number[w] = i
	}
	for i := range lines {
		for w, content := range lines[i].words {
			if content {
				lines[i].sum = append(lines[i].sum, number[w])
			}
		}
		slices.Sort(lines[i].sum)
	}
}

func alike(a, b line) bool {
	shared := 0
	for i, j := 0, 0; i < len(a.sum) && j < len(b.sum); {
		switch c := cmp.Compare(a.sum[i], b.sum[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			shared++
			i++
			j++
		}
	}
	return 5*shared >= 4*(len(a.sum)+len(b.sum)-shared) && holds(a, b) && holds(b, a)
}

// holds reports whether a has every key of b.
func holds(a, b line) bool {
	return !slices.ContainsFunc(b.keys, func(k string) bool { return !hasWord(a, k) })
}

// turning are the words that turn a line into another: negations, numbers,
// directions and the names of parts.
var turning = set(`not no never none nothing neither nor without avoid except unless only always instead if when
	one two three four five six seven eight nine ten first second third last next previous
	before after above below left right top bottom start end begin beginning more less most least fewer greater minimum maximum
	input output user assistant system question answer yes no true false pass fail positive negative`)

// stop are words that say nothing of what a line is about.
var stop = set(`a an and any are as at be been but by can do does for from has have he her his how i if in into is it its may me must my
	of on or our please shall she should so than that the their them then there these they this those to us was we were
	what when where which who will with would you your`)

// sameShots finds shots that repeat another.
func sameShots(in *Input) (out []Finding) {
	type at struct {
		name  string
		spans []Place
	}
	seen := map[string]at{}
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindShots || b.Off || in.Bare {
			continue
		}
		for j, s := range b.Shots {
			in1, out1 := plain(string(s.Input)), plain(string(s.Output))
			key := fmt.Sprintf("%d %s %s", len(in1), in1, out1)
			if s.Off || in1 == "" && out1 == "" {
				continue
			}
			if first, ok := seen[key]; ok {
				out = append(out, Finding{
					Severity: Warning, Spans: append(slices.Clone(first.spans), in.shotPlaces(i, j)...),
					Message: fmt.Sprintf("Shot %s repeats shot %s: switch one off.", shotName(s, j), first.name),
				})
				continue
			}
			seen[key] = at{shotName(s, j), in.shotPlaces(i, j)}
		}
	}
	return out
}
