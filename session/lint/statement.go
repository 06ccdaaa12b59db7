package lint

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestRule is the number of words of the longest sentence that is read as a rule.
const longestRule = 150

// reader turns the units of a message into statements.
type reader struct {
	in    *Input
	m     int
	b     []byte
	pairs []element
	ready bool
	heads [7]lead // by level
	leads []lead  // lines that end with a colon, above the bullets below them
	out   []statement
}

// lead is a line that says what the lines below it are about.
type lead struct {
	indent int
	scope  string
	cond   bool
	neg    bool
}

func (r *reader) read(u unit) {
	if u.heading > 0 {
		l := r.leadOf(r.words(u.start, u.end))
		for i := u.heading; i < len(r.heads); i++ {
			r.heads[i] = lead{}
		}
		r.heads[u.heading] = l
		r.leads = nil
		return
	}
	if t, ok := readTag(r.b, u.start); ok && len(bytes.TrimSpace(r.b[t.end:u.end])) == 0 {
		r.leads = nil
		return
	}
	if u.indent < 0 {
		r.leads = nil
	} else {
		r.leads = slices.DeleteFunc(r.leads, func(l lead) bool { return l.indent >= u.indent })
	}
	above := r.above(u)
	if end := len(bytes.TrimRight(r.b[u.start:u.end], " \t\r*_")); end > 0 && r.b[u.start+end-1] == ':' {
		l := r.leadOf(r.words(u.start, u.start+end))
		l.indent = u.indent
		r.leads = append(r.leads, l)
	}
	r.sentences(u, above)
}

// above is what the headings, elements and leads around a unit say.
func (r *reader) above(u unit) lead {
	if !r.ready {
		r.pairs, _ = match(findTags(r.in.code[r.m]))
		r.ready = true
	}
	var l lead
	var scopes []string
	add := func(x lead) {
		if x.scope != "" {
			scopes = append(scopes, x.scope)
		}
		l.cond, l.neg = l.cond || x.cond, l.neg || x.neg
	}
	if len(r.pairs) < 200 {
		for _, e := range r.pairs {
			if e.open.end <= u.start && u.end <= e.close.start {
				add(lead{scope: scopeOf(strings.FieldsFunc(strings.ToLower(e.open.name), func(x rune) bool { return !unicode.IsLetter(x) && !unicode.IsDigit(x) }))})
			}
		}
	}
	for _, h := range r.heads {
		add(h)
	}
	for _, x := range r.leads {
		add(x)
	}
	l.scope = strings.Join(scopes, "/")
	return l
}

// leadOf reads a heading or a line that ends with a colon.
func (r *reader) leadOf(words []word) lead {
	var l lead
	var names []string
	for i, w := range words {
		names = append(names, w.s)
		l.cond = l.cond || conditional[w.s] || i == 0 && (w.s == "for" || w.s == "case")
	}
	if cs := clauses(statement{words: words}); len(cs) > 0 {
		l.neg = cs[0].neg
	}
	if n := len(words); n > 0 && n <= 5 {
		switch last := words[n-1].s; last {
		case "never", "don't", "not", "avoid", "don'ts", "forbidden", "prohibited", "banned":
			l.neg = true
		}
	}
	l.scope = scopeOf(names)
	return l
}

// scopeOf is what words name beyond the answer as a whole.
func scopeOf(words []string) string {
	var out []string
	for _, w := range words {
		if s := singular(w); !stop[s] && !general[s] && !general[w] && !conditional[s] {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// conditional are the words of rules that hold in some cases only.
var conditional = set(`if when whenever unless otherwise except excluding once until either depending else case cases wherever instead
	falls wenn sonst außer sofern bei solange sobald si sauf lorsque quand cuando salvo mientras sinon where whether`)

// general are the words that name no part of the answer: they are about all of it.
var general = set(`answer answers response responses reply replies output outputs result text message style format formatting tone length rule
	instruction guideline requirement requirements constraint task role language general note important response writing structure content
	always never must should shall do don't not avoid follow following below above step steps these those please
	behaviour behavior limit limits persona voice customer user reader you your it its good strictly strict core key basic
	what how remember also make sure ensure overall whole entire final complete full total prompt system
	one only just keep policy policies principle principles expectation quality how-to process procedure detail details background context
	goal objective purpose job assistant all other additional further specific specification form shape dos and dont
	work method approach mission scope criteria checklist manner
	antwort antworten regel regeln aufgabe ausgabe stil ton sprache länge vorgabe vorgaben anweisung anweisungen hinweis hinweise
	réponse réponses règle règles consigne consignes tâche langue longueur sortie rôle style
	respuesta respuestas regla reglas tarea idioma longitud formato salida estilo tono instrucciones`)

// sentences reads the sentences of a unit.
func (r *reader) sentences(u unit, above lead) {
	start, cond := u.start, false // cond: the sentence before holds in some cases only
	for start < u.end {
		end := sentenceEnd(r.b[:u.end], start)
		words := r.words(start, end)
		if len(words) > 0 && len(words) <= longestRule {
			s := statement{words: words, scope: above.scope, neg: above.neg, cond: above.cond}
			from, to := trimmed(r.b, start, end)
			s.place = r.in.place(r.m, from, to)
			s.asks = to > from && r.b[to-1] == '?'
			titled := r.lead(&s)
			own := condition(s.words)
			unread := false
			if ws, foreign := english(s.words); foreign {
				if s.foreign, unread = true, ws == nil; !unread {
					s.words, words = ws, ws
				}
				own = own || condition(s.words)
			}
			s.cond = s.cond || own || cond && hangs(words)
			if titled {
				above.cond = above.cond || s.cond && !own // "For letters: …" is about all of its line
			}
			cond = s.cond
			s.cond = s.cond || unread
			if len(s.words) > 0 {
				r.out = append(r.out, s)
			}
		}
		start = end
	}
}

// hangs reports whether a sentence after one with an if may hang on that: it goes on
// from it, or is no command of its own.
func hangs(words []word) bool {
	for _, w := range words {
		switch w.s {
		case "always", "never", "every", "all", "any":
			return false
		}
	}
	w := words[skip(words, 0)%len(words)].s
	return follows[words[0].s] || !(verbs[w] || modals[w] || w == "avoid" || w == "never" || w == "always" || w == "do" || w == "don't" || w == "no")
}

// follows are the words that begin what hangs on the sentence before.
var follows = set(`then and also but or so this that these those it they he she here there such both otherwise instead else afterwards still
	additionally in first second third finally next rather simply just dann sonst ansonsten dabei puis alors ensuite entonces luego`)

// lead takes "Tone:" or "In the summary," from the front of a statement into its
// scope, and reports whether a colon set it off. Of a command with its reason, "Use no
// lists: the window can't show them", it leaves the command.
func (r *reader) lead(s *statement) bool {
	n, colon := 0, false
	for i, w := range s.words[:min(len(s.words), 7)] {
		if i > 0 && strings.Contains(w.gap, ":") {
			if reason(s.words, i) || strings.ContainsAny(w.gap, "{[") && commands(s.words, true) {
				s.words = s.words[:i]
				return false
			}
			n, colon = i, true
			break
		}
	}
	if n == 0 && (fronts[s.words[0].s]) {
		for i, w := range s.words[:min(len(s.words), 10)] {
			if unitOf[w.s] != "" && i > 0 {
				if _, counts := number(s.words[i-1].s); counts {
					break // "At most 40 characters, …" is a demand, and no place
				}
			}
			if i > 0 && strings.HasPrefix(w.gap, ",") {
				n = i
				break
			}
		}
	}
	if n == 0 || n == len(s.words) {
		return false
	}
	var names []string
	for _, w := range s.words[:n] {
		names = append(names, w.s)
		s.cond = s.cond || conditional[w.s] || w.s == "for" || w.s == "with" || w.s == "after" || w.s == "before"
	}
	source := names[0] == "from" && len(names) > 1 && determiners[names[1]] // "From the CV, …" is about all of the answer
	if sc := scopeOf(names); sc != "" && !source {
		s.scope = strings.TrimPrefix(s.scope+"/"+sc, "/")
	}
	if cs := clauses(statement{words: s.words[:n]}); len(cs) > 0 && cs[0].neg {
		s.neg = true
	}
	s.words = s.words[n:]
	return colon
}

// reason reports whether the words before i are a command, and those from i on say why.
func reason(ws []word, i int) bool {
	switch ws[i].s {
	case "our", "the", "they", "it", "we", "people", "users", "readers", "customers", "this", "these", "many", "most", "some", "everything", "nobody", "nothing":
	default:
		return false
	}
	cs := clauses(statement{words: ws[:i]})
	return len(cs) > 0 && cs[0].verb != "" && slices.ContainsFunc(cs[0].words, func(w word) bool {
		return !stop[w.s] && !general[w.s] && !general[singular(w.s)] && !fronts[w.s]
	})
}

// fronts begin a phrase that says where or when the rest holds.
var fronts = set("in for with on during after before within at under inside as by from to")

func condition(words []word) bool {
	for i, w := range words {
		switch {
		case w.quoted:
		case conditional[w.s] && !(w.s == "case" || w.s == "cases" || w.s == "where" && i > 0 || w.s == "either" || w.s == "else" || w.s == "instead"):
			return true
		case w.s == "case" && i > 0 && (words[i-1].s == "in" || words[i-1].s == "any"):
			return true
		case (w.s == "only" || w.s == "even") && i+1 < len(words) && (words[i+1].s == "after" || words[i+1].s == "for" || words[i+1].s == "in"):
			if i+2 < len(words) && words[i+1].s == "in" && (tongues[words[i+2].s] || formatOf[words[i+2].s] != "" || words[i+2].s == "valid") {
				continue // "only in French" is a language, and no place
			}
			return true
		}
	}
	return false
}

// sentenceEnd is where the sentence that begins at start ends.
func sentenceEnd(b []byte, start int) int {
	quote := byte(0)
	for i := start; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '`' || c == '"':
			switch {
			case quote == c:
				quote = 0
			case quote == 0 && bytes.IndexByte(b[i+1:min(len(b), i+300)], c) >= 0:
				quote = c
			}
		case quote != 0:
		case c == '.' || c == '!' || c == '?':
			j := i + 1
			for j < len(b) && (b[j] == '.' || b[j] == '!' || b[j] == '?' || b[j] == ')' || b[j] == '*') {
				j++
			}
			if j < len(b) && b[j] != ' ' && b[j] != '\n' && b[j] != '\t' && b[j] != '\r' || c == '.' && abbreviates(b[max(start, i-40):i]) {
				i = j - 1
				continue
			}
			return j
		}
	}
	return len(b)
}

// abbreviates reports whether the full stop after b ends an abbreviation.
func abbreviates(b []byte) bool {
	from := bytes.LastIndexAny(b, " \n\t(") + 1
	w := strings.ToLower(string(b[from:]))
	if abbreviations[w] || utf8.RuneCountInString(w) == 1 && w != "i" && w != "a" {
		r, _ := utf8.DecodeRuneInString(w)
		return abbreviations[w] || unicode.IsLetter(r) || from == 0
	}
	return false
}

var abbreviations = set("e.g i.e etc vs mr mrs ms dr prof no approx max min incl bzw z.b st fig cf al dept est inc ltd p.ej")

// words reads the words of bytes start to end.
func (r *reader) words(start, end int) (out []word) {
	last := start
	quote := rune(0)
	for i := start; i < end; {
		c, n := utf8.DecodeRune(r.b[i:end])
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			j := i + n
			for j < end {
				d, k := utf8.DecodeRune(r.b[j:end])
				inner := d == '\'' || d == '’'
				if inner {
					next, _ := utf8.DecodeRune(r.b[j+k : end])
					inner = unicode.IsLetter(next)
				}
				if !unicode.IsLetter(d) && !unicode.IsDigit(d) && !unicode.IsMark(d) && !inner {
					break
				}
				j += k
			}
			out = append(out, word{
				s: strings.ReplaceAll(strings.ToLower(string(r.b[i:j])), "’", "'"), at: i, end: j,
				gap: string(r.b[last:i]), quoted: quote != 0, upper: unicode.IsUpper(c),
			})
			i, last = j, j
			continue
		case quote != 0 && (c == quote || quote == '”' && c == '“'):
			quote = 0
		case quote == 0:
			quote = r.opens(c, i, n, start, end)
		}
		i += n
	}
	return out
}

// closings are the marks that end a quotation, by those that begin it.
var closings = map[rune]rune{'"': '"', '`': '`', '“': '”', '„': '”', '«': '»', '»': '«', '‘': '’', '\'': '\''}

// opens returns the mark that ends the quotation that begins at i, 0 if none does.
func (r *reader) opens(c rune, i, n, start, end int) rune {
	if c < 0x80 && c != '"' && c != '`' && c != '\'' {
		return 0
	}
	closing := closings[c]
	if closing == 0 {
		return 0
	}
	if c == '\'' || c == '‘' {
		before, _ := utf8.DecodeLastRune(r.b[start:i])
		if i > start && (unicode.IsLetter(before) || unicode.IsDigit(before)) {
			return 0
		}
	}
	rest := r.b[i+n : min(end, i+n+300)]
	if bytes.ContainsRune(rest, closing) || closing == '”' && bytes.ContainsRune(rest, '“') {
		return closing
	}
	return 0
}

// trimmed is start to end without space, and without the marks of emphasis.
func trimmed(b []byte, start, end int) (int, int) {
	for start < end && (b[start] <= ' ' || b[start] == '*' || b[start] == '_') {
		start++
	}
	for end > start && (b[end-1] <= ' ' || b[end-1] == '*' || b[end-1] == '_') {
		end--
	}
	return start, end
}

// singular is a word without the s of its plural.
func singular(w string) string {
	switch {
	case len(w) < 4 || !strings.HasSuffix(w, "s") || strings.HasSuffix(w, "ss") || strings.HasSuffix(w, "us") || strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses") || strings.HasSuffix(w, "xes") || strings.HasSuffix(w, "ches") || strings.HasSuffix(w, "shes"):
		return w[:len(w)-2]
	}
	return w[:len(w)-1]
}
