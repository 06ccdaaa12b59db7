package kit

import (
	"regexp"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"galley/session/text"
)

// near is how far before a row a variable that reaches into it may begin.
const near = 256

// match is a place where a term stands: bytes of a line.
type match struct{ line, from, to int }

// Find highlights term wherever it stands and selects the first one at or after
// the caret. It reports whether there is one. Lower case finds upper case too.
// Without a term nothing is highlighted any more.
func (e *Editor) Find(term string) bool {
	if e.term != term {
		e.term, e.finds, e.found = term, finding(term), 0
	}
	e.drawn = false
	a, _ := e.span()
	return e.seek(a, true)
}

// FindNext selects the next match after the caret, around the end of the text.
func (e *Editor) FindNext() bool {
	_, b := e.span()
	return e.seek(b, true)
}

// FindPrev selects the match before.
func (e *Editor) FindPrev() bool {
	a, _ := e.span()
	return e.seek(a, false)
}

// Matches returns how many matches there are, and which of them is selected, from
// 1; 0 when none is.
func (e *Editor) Matches() (at, of int) {
	all := e.matches()
	if a, z := e.span(); e.sel && a.Line == z.Line {
		i := sort.Search(len(all), func(i int) bool { return !(Pos{all[i].line, all[i].from}).Before(a) })
		if i < len(all) && all[i] == (match{a.Line, a.Byte, z.Byte}) {
			return i + 1, len(all)
		}
	}
	return 0, len(all)
}

// Replace puts with in the place of the selected match and selects the next one.
// Where no match is selected it only selects one. It reports whether it replaced.
func (e *Editor) Replace(with text.Raw) bool {
	at, _ := e.Matches()
	if at > 0 {
		e.Insert(with)
	}
	e.FindNext()
	return at > 0
}

// ReplaceAll puts with in the place of every match, as one step of undo, and
// returns how many there were.
func (e *Editor) ReplaceAll(with text.Raw) int {
	all := e.matches()
	if len(all) == 0 {
		return 0
	}
	first, last := all[0], all[len(all)-1]
	var b strings.Builder
	for i, at := 0, (Pos{first.line, first.from}); i < len(all); i++ {
		m := all[i]
		b.WriteString(e.buf.slice(at, Pos{m.line, m.from}))
		b.WriteString(string(with))
		at = Pos{m.line, m.to}
	}
	e.anchor, e.caret, e.sel = Pos{first.line, first.from}, Pos{last.line, last.to}, true
	e.Insert(text.Raw(b.String()))
	return len(all)
}

// finds finds a term in a line from a byte on; -1 where it does not stand.
type finds func(s string, from int) (a, z int)

// finding says how a term is found: letters find both cases unless one of them is
// upper case. nil finds nothing.
func finding(term string) finds {
	if term == "" || !utf8.ValidString(term) {
		return nil
	}
	exact := strings.ContainsFunc(term, unicode.IsUpper)
	switch {
	case exact || !strings.ContainsFunc(term, unicode.IsLetter):
		return func(s string, from int) (int, int) {
			i := strings.Index(s[from:], term)
			if i < 0 {
				return -1, -1
			}
			return from + i, from + i + len(term)
		}
	case isPlain(term):
		return func(s string, from int) (int, int) { return indexFold(s, from, term) }
	}
	re := finder(term)
	if re == nil {
		return nil
	}
	return func(s string, from int) (int, int) {
		m := re.FindStringIndex(s[from:])
		if m == nil {
			return -1, -1
		}
		return from + m[0], from + m[1]
	}
}

// finder compiles a search term: letters find both cases unless one of them is
// upper case. nil finds nothing.
func finder(term string) *regexp.Regexp {
	if term == "" || !utf8.ValidString(term) {
		return nil
	}
	flags := "(?i)"
	if strings.ContainsFunc(term, unicode.IsUpper) {
		flags = ""
	}
	re, err := regexp.Compile(flags + regexp.QuoteMeta(term))
	if err != nil {
		return nil
	}
	return re
}

// indexFold finds a term of lower case in either case.
func indexFold(s string, from int, term string) (a, z int) {
	first := term[0]
	for i := from; i+len(term) <= len(s); i++ {
		if lower(s[i]) != first {
			continue
		}
		j := 1
		for j < len(term) && lower(s[i+j]) == term[j] {
			j++
		}
		if j == len(term) {
			return i, i + j
		}
	}
	return -1, -1
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// matches are all places where the term stands, in order. They are looked for
// anew when the text changed.
func (e *Editor) matches() []match {
	if e.finds == nil {
		return nil
	}
	if e.found == e.version {
		return e.hits
	}
	e.hits, e.found = e.hits[:0], e.version
	for i := range e.buf.lines {
		s := e.buf.lines[i].s
		for at := 0; at <= len(s); {
			a, z := e.finds(s, at)
			if a < 0 {
				break
			}
			e.hits = append(e.hits, match{i, a, z})
			at = z
		}
	}
	return e.hits
}

// seek selects the first match from a place on, or the last one before it, around
// the ends of the text.
func (e *Editor) seek(from Pos, forward bool) bool {
	all := e.matches()
	if len(all) == 0 {
		return false
	}
	i := sort.Search(len(all), func(i int) bool { return !(Pos{all[i].line, all[i].from}).Before(from) })
	if !forward {
		i = sort.Search(len(all), func(i int) bool { return from.Before(Pos{all[i].line, all[i].to}) }) - 1
	}
	m := all[(i+len(all))%len(all)]
	e.anchor, e.caret, e.sel = Pos{m.line, m.from}, Pos{m.line, m.to}, true
	e.goal, e.sealed = -1, true
	if !e.visible() {
		e.top = e.up(e.visualOf(e.caret), e.h/3)
	}
	e.reveal()
	return true
}

// stretches are the parts of a row that are not plain text.
func (e *Editor) stretches(line, from, to int) []stretch {
	var out []stretch
	s := e.buf.lines[line].s
	lo := max(0, from-near)
	if e.json {
		out = jsonStretches(s, from, to)
	}
	for i := lo; !e.json; {
		a := strings.Index(s[i:to], "{{")
		if a < 0 {
			break
		}
		a += i
		z := strings.Index(s[a:min(len(s), a+near)], "}}")
		if z < 0 {
			i = a + 2
			continue
		}
		if next := strings.LastIndex(s[a:a+z], "{{"); next > 0 {
			a, z = a+next, z-next
		}
		kind := kindKnown
		if e.known != nil && !e.known(strings.TrimSpace(s[a+2:a+z])) {
			kind = kindUnknown
		}
		i = a + z + 2
		if i > from {
			out = append(out, stretch{a, i, kind})
		}
		if i >= to {
			break
		}
	}
	all := e.matches()
	first := sort.Search(len(all), func(i int) bool { return all[i].line > line || all[i].line == line && all[i].to > from })
	for _, m := range all[first:] {
		if m.line != line || m.from >= to {
			break
		}
		out = append(out, stretch{m.from, m.to, e.matchKind(line, m.from, m.to)})
	}
	if a, z := e.span(); e.sel && !(line < a.Line || line > z.Line) {
		x, y := 0, len(s)
		if line == a.Line {
			x = a.Byte
		}
		if line == z.Line {
			y = z.Byte
		}
		if x, y = max(x, from), min(y, to); x < y && e.matchKind(line, x, y) != kindMatchNow {
			out = append(out, stretch{x, y, kindSelected})
		}
	}
	return out
}

// matchKind tells the match that is selected from the others.
func (e *Editor) matchKind(line, from, to int) int {
	if a, z := e.span(); e.finds != nil && e.sel && a == (Pos{line, from}) && z == (Pos{line, to}) {
		return kindMatchNow
	}
	return kindMatch
}
