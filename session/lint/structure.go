package lint

import (
	"bytes"
	"fmt"
	"strconv"
)

// structure looks at the headings, numbers and bullets of our own words in a
// message: what skips a level, leaves out a number or changes its sign on the way.
// Lists and headings inside fences, examples and quoted texts are somebody else's.
func structure(in *Input, m int) (out []Finding) {
	b := in.instructing(m)
	note := func(from, to int, message string) {
		if len(out) < maxPlaces {
			out = append(out, Finding{Severity: Note, Spans: []Place{in.place(m, from, to)}, Message: message})
		}
	}
	level, number := 0, 0
	var sign byte
	indent, blanks := -1, 0
	for at := 0; at < len(b); {
		end := at + lineLen(b[at:])
		line := b[at:end]
		from, to := end-len(bytes.TrimLeft(line, " \t")), at+len(bytes.TrimRight(line, " \t\r"))
		from = min(from, to)
		switch n := headingLevel(bytes.TrimSpace(line)); {
		case bytes.IndexByte(line, mask) >= 0:
			number, indent = 0, -1 // what stands between is not ours: the list may go on in it
			level = 0
		case len(bytes.TrimSpace(line)) == 0:
			blanks++
		case n > 0:
			if level > 0 && n > level+1 {
				note(from, to, fmt.Sprintf("This heading is %d levels below the one before it: a level seems to be missing; write %s, or put the heading between.", n-level, bytes.Repeat([]byte("#"), level+1)))
			}
			level, number, indent, blanks = n, 0, -1, 0
		default:
			k, own := numbered(line)
			in1 := len(line) - len(bytes.TrimLeft(line, " \t"))
			switch {
			case own && in1 == 0:
				if number > 0 && k > number+1 && k < number+5 {
					note(from, to, fmt.Sprintf("The list goes from %d to %d: a point is missing, or the number is wrong; number it anew.", number, k))
				}
				number = k
			case in1 == 0 && bullet(line) < 0 && blanks > 0:
				number = 0
			}
			c, is := bulletSign(line)
			switch {
			case is && in1 == indent && c != sign && blanks == 0:
				note(from, to, "This list changes its bullets on the way, which reads as two lists: write the same sign before each point.")
				indent = -2 // said once a list
			case is && indent != -2:
				sign, indent = c, in1
			case !is && in1 == 0:
				indent = -1
			}
			blanks = 0
		}
		at = end + 1
	}
	return out
}

// numbered reads the number that a line begins with.
func numbered(line []byte) (int, bool) {
	t := bytes.TrimLeft(line, " \t")
	j := 0
	for j < len(t) && j < 3 && t[j] >= '0' && t[j] <= '9' {
		j++
	}
	if j == 0 || j+1 >= len(t) || t[j] != '.' && t[j] != ')' || t[j+1] != ' ' {
		return 0, false
	}
	n, err := strconv.Atoi(string(t[:j]))
	return n, err == nil
}

func bulletSign(line []byte) (byte, bool) {
	t := bytes.TrimLeft(line, " \t")
	if len(t) > 2 && (t[0] == '-' || t[0] == '*' || t[0] == '+') && t[1] == ' ' {
		return t[0], true
	}
	return 0, false
}
