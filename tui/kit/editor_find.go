package kit

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// near is how far before a row a variable or a match that reaches into it may
// begin.
const near = 256

// Find highlights term wherever it stands and selects the first one at or after
// the caret. It reports whether there is one. Lower case finds upper case too.
// Without a term nothing is highlighted any more.
func (e *Editor) Find(term string) bool {
	e.term, e.find, e.drawn = term, finder(term), false
	if e.find == nil {
		return false
	}
	a, _ := e.span()
	return e.seek(a, true)
}

// FindNext selects the next match after the caret, around the end of the text.
func (e *Editor) FindNext() bool {
	_, b := e.span()
	return e.find != nil && e.seek(b, true)
}

// FindPrev selects the match before.
func (e *Editor) FindPrev() bool {
	a, _ := e.span()
	return e.find != nil && e.seek(a, false)
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

func (e *Editor) seek(from Pos, forward bool) bool {
	n := len(e.buf.lines)
	for k := 0; k <= n; k++ {
		i := (from.Line + k) % n
		if !forward {
			i = (from.Line - k + n + n) % n
		}
		var hit []int
		for _, m := range e.find.FindAllStringIndex(e.buf.lines[i].s, -1) {
			out := k == 0 && (forward && m[0] < from.Byte || !forward && m[1] > from.Byte)
			in := k == n && (forward && m[0] >= from.Byte || !forward && m[1] <= from.Byte)
			if out || in {
				continue
			}
			hit = m
			if forward {
				break
			}
		}
		if hit != nil {
			e.anchor, e.caret, e.sel = Pos{i, hit[0]}, Pos{i, hit[1]}, true
			e.goal, e.sealed = -1, true
			if !e.visible() {
				e.top = e.up(e.visualOf(e.caret), e.h/3)
			}
			e.reveal()
			return true
		}
	}
	return false
}

// stretches are the parts of a row that are not plain text.
func (e *Editor) stretches(line, from, to int) []stretch {
	var out []stretch
	s := e.buf.lines[line].s
	lo, hi := max(0, from-near), min(len(s), to+near)
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
	if e.find != nil {
		for _, m := range e.find.FindAllStringIndex(s[lo:hi], -1) {
			if a, z := lo+m[0], lo+m[1]; z > from && a < to {
				out = append(out, stretch{a, z, e.matchKind(line, a, z)})
			}
		}
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
	if a, z := e.span(); e.find != nil && e.sel && a == (Pos{line, from}) && z == (Pos{line, to}) {
		return kindMatchNow
	}
	return kindMatch
}
