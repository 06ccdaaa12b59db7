package lint

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tag is one <name …>, </name> or <name/>.
type tag struct {
	start, end  int
	name        string
	close, self bool
}

// findTags returns the tags in b in order. A name begins with a letter or _;
// what else stands in an opening tag follows a space and holds no < > or line
// feed.
func findTags(b []byte) []tag {
	var out []tag
	for i := 0; i < len(b); {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			break
		}
		i += j
		t, ok := readTag(b, i)
		if !ok {
			i++
			continue
		}
		out = append(out, t)
		i = t.end
	}
	return out
}

func readTag(b []byte, at int) (tag, bool) {
	t := tag{start: at}
	i := at + 1
	if i < len(b) && b[i] == '/' {
		t.close = true
		i++
		for i < len(b) && b[i] == ' ' {
			i++
		}
	}
	from := i
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if !(r == '_' || unicode.IsLetter(r)) && (i == from || !(unicode.IsDigit(r) || r == '-' || r == '.' || r == ':')) {
			break
		}
		i += n
	}
	if i == from {
		return t, false
	}
	t.name = string(b[from:i])
	rest := i
	if !bytes.HasPrefix(b[i:], []byte("/>")) && (i == len(b) || b[i] != ' ' && b[i] != '\t' && b[i] != '>') {
		return t, false
	}
	for i < len(b) && b[i] != '>' {
		if b[i] == '<' || b[i] == '\n' {
			return t, false
		}
		i++
	}
	if bytes.HasPrefix(bytes.TrimLeft(b[rest:i], " "), []byte("..")) {
		return t, false // "the <insert ...> tag" is spoken of
	}
	if i == len(b) || t.close && strings.TrimSpace(string(b[rest:i])) != "" {
		return t, false
	}
	t.self = b[i-1] == '/' && i > rest
	t.end = i + 1
	return t, true
}

// element is an opening tag with the tag that closes it.
type element struct{ open, close tag }

// match pairs tags of one name, a closing tag with the nearest open one; left are
// those without a partner.
func match(tags []tag) (pairs []element, left []tag) {
	open := map[string][]int{} // by name: indexes into tags
	alone := make([]bool, len(tags))
	for i, t := range tags {
		switch stack := open[t.name]; {
		case t.self || void[strings.ToLower(t.name)]:
		case !t.close:
			open[t.name] = append(stack, i)
			alone[i] = true
		case len(stack) > 0:
			j := stack[len(stack)-1]
			open[t.name] = stack[:len(stack)-1]
			alone[j] = false
			pairs = append(pairs, element{tags[j], t})
		default:
			alone[i] = true
		}
	}
	for i, t := range tags {
		if alone[i] {
			left = append(left, t)
		}
	}
	return pairs, left
}

// void are HTML's elements that need no closing tag.
var void = set("area base br col dd dt embed hr img li link meta option p param source tbody td tfoot th thead tr track wbr")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// fence is a block of code between lines of ``` or ~~~.
type fence struct {
	start, end  int // from its first line's beginning to its last line's end
	first, stop int // the opening line without the space around it
	char        byte
	size        int
	closed      bool
}

// findFences returns the fenced blocks of b, by CommonMark's rules but with any
// indentation, as they stand in lists.
func findFences(b []byte) []fence {
	var out []fence
	open := false
	for at := 0; at < len(b); {
		end := at + lineLen(b[at:])
		line := bytes.TrimLeft(b[at:end], " \t")
		char, size := fenceMark(line)
		rest := bytes.TrimSpace(line[size:])
		switch {
		case size == 0:
		case !open && !(char == '`' && bytes.IndexByte(rest, '`') >= 0):
			first := end - len(line)
			out = append(out, fence{start: at, end: len(b), first: first, stop: first + len(bytes.TrimRight(line, " \t\r")), char: char, size: size})
			open = true
		case open && closes(line, out[len(out)-1]):
			f := &out[len(out)-1]
			f.end, f.closed = end, true
			open = false
		}
		at = end + 1
	}
	return out
}

func lineLen(b []byte) int {
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		return n
	}
	return len(b)
}

// fenceMark returns the character and the length of the fence that the line
// begins with, 0 if it begins with none.
func fenceMark(line []byte) (char byte, size int) {
	if len(line) < 3 || line[0] != '`' && line[0] != '~' {
		return 0, 0
	}
	for size < len(line) && line[size] == line[0] {
		size++
	}
	if size < 3 {
		return 0, 0
	}
	return line[0], size
}

// closes reports whether the line, without the space before it, ends the fence.
func closes(line []byte, f fence) bool {
	char, size := fenceMark(line)
	return size >= f.size && char == f.char && len(bytes.TrimSpace(line[size:])) == 0
}

// maskCode returns b with fenced blocks and `code` inside a line masked.
func maskCode(b []byte, fences []fence) []byte {
	out := bytes.Clone(b)
	for _, f := range fences {
		blank(out[f.start:f.end])
	}
	for at := 0; at < len(out); {
		end := at + lineLen(out[at:])
		for i := at; i < end; {
			j := bytes.IndexByte(out[i:end], '`')
			if j < 0 {
				break
			}
			k := bytes.IndexByte(out[i+j+1:end], '`')
			if k < 0 {
				break
			}
			blank(out[i+j : i+j+k+2])
			i += j + k + 2
		}
		at = end + 1
	}
	return out
}

func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = mask
		}
	}
}
