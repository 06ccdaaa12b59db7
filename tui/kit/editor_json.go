package kit

import "strings"

// SetJSON colours the text as JSON instead of looking for {{variables}} in it.
func (e *Editor) SetJSON(on bool) {
	e.json = on
	e.drawn = false
}

// farJSON bounds the line that is read for colours: no text cell is that far.
const farJSON = 8 << 10

// jsonStretches are the strings, keys, numbers and words of JSON in a row. No
// string of JSON goes over a line feed, so each line is read by itself.
func jsonStretches(s string, from, to int) []stretch {
	var out []stretch
	add := func(a, z, kind int) {
		if z > from && a < to {
			out = append(out, stretch{a, z, kind})
		}
	}
	if to > farJSON {
		return nil
	}
	for i := 0; i < to; {
		switch c := s[i]; {
		case c == '"':
			z := i + 1
			for z < len(s) && s[z] != '"' {
				if s[z] == '\\' {
					z++
				}
				z++
			}
			z = min(z+1, len(s))
			kind := kindString
			if strings.HasPrefix(strings.TrimLeft(s[z:], " \t"), ":") {
				kind = kindKey
			}
			add(i, z, kind)
			i = z
		case c == '-' || c >= '0' && c <= '9':
			z := i + 1
			for z < len(s) && strings.IndexByte("0123456789+-.eE", s[z]) >= 0 {
				z++
			}
			add(i, z, kindNumber)
			i = z
		case c >= 'a' && c <= 'z':
			z := i + 1
			for z < len(s) && s[z] >= 'a' && s[z] <= 'z' {
				z++
			}
			if w := s[i:z]; w == "true" || w == "false" || w == "null" {
				add(i, z, kindWord)
			}
			i = z
		default:
			i++
		}
	}
	return out
}
