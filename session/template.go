package session

import (
	"slices"
	"strings"

	"galley/session/text"
)

// Placeholder is a piece of a template: either a {{name}}, or literal text.
type Placeholder struct {
	Start, End int    // bytes of the template
	Name       string // of the variable
	Literal    bool   // text, not a variable
	Skip       int    // bytes at Start that are not written: the backslash before an escaped {{name}}
}

// Placeholders cuts a template into literal text and variables, in order and
// without a gap. A variable is {{name}}, with spaces inside the braces allowed;
// a name begins with a letter or _ and goes on with letters, digits and "_.-".
// All other braces are text.
func Placeholders(s string) []Placeholder {
	var out []Placeholder
	at := 0
	lit := func(start, end, skip int) {
		if start < end {
			out = append(out, Placeholder{Start: start, End: end, Literal: true, Skip: skip})
		}
	}
	for i := 0; i < len(s); {
		j := strings.Index(s[i:], "{{")
		if j < 0 {
			break
		}
		i += j
		name, n := placeholder(s[i:])
		if n == 0 {
			i++
			continue
		}
		if i > at && s[i-1] == '\\' {
			lit(at, i-1, 0)
			lit(i-1, i+n, 1)
		} else {
			lit(at, i, 0)
			out = append(out, Placeholder{Start: i, End: i + n, Name: name})
		}
		i += n
		at = i
	}
	lit(at, len(s), 0)
	return out
}

// placeholder reads a {{name}} at the beginning of s; n is its length, 0 if
// there is none.
func placeholder(s string) (name string, n int) {
	i := 2
	for i < len(s) && s[i] == ' ' {
		i++
	}
	start := i
	for i < len(s) && (letter(s[i]) || i > start && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-')) {
		i++
	}
	name = s[start:i]
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if name == "" || !strings.HasPrefix(s[i:], "}}") {
		return "", 0
	}
	return name, i + 2
}

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// Names returns the variables that the content's blocks ask for, each once, in
// the order in which they first stand; a block that chooses by a variable asks for
// it too.
func (c Content) Names() []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, b := range c.Blocks {
		if b.Off || b.Kind.Beside() {
			continue
		}
		for _, h := range Placeholders(string(b.Text)) {
			if !h.Literal && !seen[h.Name] {
				seen[h.Name] = true
				out = append(out, h.Name)
			}
		}
		if v := b.chooses(); !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

// chooses is the variable that the block chooses its shots or resources by, ""
// none.
func (b Block) chooses() string {
	switch {
	case b.Pick == nil || b.Kind != KindShots && b.Kind != KindResources:
	case b.Pick.How == PickNearest:
		return b.Pick.Query
	case b.Pick.How == PickColumn:
		return b.Pick.Column
	}
	return ""
}

// Turn is one message of a turns block: bytes Start to End of the block's text.
type Turn struct {
	Role       Role
	Start, End int
}

// ParseTurns reads a turns block. A line that is "--- user", "--- assistant" or
// "--- system" begins a turn; the line end before such a line, LF or CRLF,
// belongs to it and not to the turn it ends. Text before the first is a user's.
// Turns that hold nothing are left out.
func ParseTurns(t text.Raw) []Turn {
	return slices.DeleteFunc(readTurns(t), func(t Turn) bool { return t.End <= t.Start })
}

// EmptyTurns are the turns of a turns block that a line begins and the next such
// line ends, with nothing between: [ParseTurns] leaves them out.
func EmptyTurns(t text.Raw) []Turn {
	all := readTurns(t)
	return slices.DeleteFunc(all[:max(len(all)-1, 0)], func(t Turn) bool { return t.End > t.Start })
}

func readTurns(t text.Raw) []Turn {
	s := string(t)
	var out []Turn
	cur := Turn{Role: RoleUser}
	marked := false
	flush := func(end int) {
		if cur.End = end; marked || end > cur.Start {
			out = append(out, cur)
		}
	}
	for at := 0; at < len(s); {
		end := strings.IndexByte(s[at:], '\n')
		next := len(s)
		if end < 0 {
			end = len(s)
		} else {
			end += at
			next = end + 1
		}
		if role, ok := turnMark(s[at:end]); ok {
			flush(chomp(s, cur.Start, at))
			cur = Turn{Role: role, Start: next}
			marked = true
		}
		at = next
	}
	end := len(s)
	if marked {
		end = chomp(s, cur.Start, end) // it ends the last line, as in a text file
	}
	flush(end)
	return out
}

// chomp returns end without the line end that stands before it in s[start:end].
func chomp(s string, start, end int) int {
	if end > start && s[end-1] == '\n' {
		end--
		if end > start && s[end-1] == '\r' {
			end--
		}
	}
	return end
}

func turnMark(line string) (Role, bool) {
	rest, ok := strings.CutPrefix(strings.TrimRight(line, " \r"), "--- ")
	if !ok {
		return "", false
	}
	switch r := Role(strings.TrimSpace(rest)); r {
	case RoleUser, RoleAssistant, RoleSystem:
		return r, true
	}
	return "", false
}
