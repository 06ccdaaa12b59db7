package lint

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
)

// unfilled finds what was to be filled in by hand and was not: "[INSERT YOUR GOALS]"
// anywhere in our own words, and "[COMPANY NAME]" where the prompt says who the model
// is. Elsewhere such a name is mostly part of a form that the answer fills in.
func unfilled(in *Input) (out []Finding) {
	for _, s := range in.statements() {
		b := in.own[s.place.Message][s.place.Start:s.place.End]
		who := says(s.words)
		for i := 0; i < len(b) && len(out) < maxPlaces; i++ {
			end, name := blankAt(b, i)
			if end < 0 {
				continue
			}
			if who || orders(name) {
				out = append(out, Finding{
					Severity: Warning, Spans: []Place{in.place(s.place.Message, s.place.Start+i, s.place.Start+end)},
					Message: fmt.Sprintf("%s was not filled in, and is sent as it stands: write what belongs there, or a {{variable}}.", shown(string(b[i:end]))),
				})
			}
			i = end - 1
		}
	}
	return out
}

// says reports whether a sentence tells the model who it is.
func says(ws []word) bool {
	at := func(i int) string {
		if i < len(ws) {
			return ws[i].s
		}
		return ""
	}
	switch at(0) {
	case "you're", "imagine":
		return true
	case "you":
		return at(1) == "are" || at(1) == "work" || at(1) == "represent" || at(1) == "act" || at(1) == "speak"
	case "du", "tu":
		return at(1) == "bist" || at(1) == "es"
	case "sie", "vous":
		return at(1) == "sind" || at(1) == "êtes"
	case "eres":
		return true
	case "act", "behave":
		return at(1) == "as"
	case "your":
		return at(1) == "name" || at(1) == "role" || at(1) == "company" || at(1) == "job"
	}
	return false
}

// orders reports whether a name in brackets tells its reader to fill it in.
func orders(name string) bool {
	first, _, more := strings.Cut(name, " ")
	switch strings.ToUpper(strings.TrimRight(first, ":,.")) {
	case "INSERT", "PASTE":
		return more
	case "TODO", "TBD", "FIXME":
		return true
	}
	return false
}

// blankAt reads "[COMPANY NAME]" at i: a bracket around words in capitals that is no
// link and no index. It returns where it ends, -1 where there is none.
func blankAt(b []byte, i int) (end int, name string) {
	if b[i] != '[' || i > 0 && (b[i-1] == '[' || b[i-1] == '`' || b[i-1] == '"' || b[i-1] == '\'' || unicode.IsLetter(rune(b[i-1])) || b[i-1] == ']') {
		return -1, ""
	}
	n := bytes.IndexAny(b[i+1:min(len(b), i+80)], "]\n[")
	if n < 0 || b[i+1+n] != ']' {
		return -1, ""
	}
	end, name = i+n+2, string(b[i+1:i+1+n])
	if end < len(b) && strings.IndexByte("(]:`\"'", b[end]) >= 0 {
		return -1, ""
	}
	letters := 0
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			letters++
		case unicode.IsLower(r) && !orders(name):
			return -1, ""
		}
	}
	if letters < 3 && !orders(name) || strings.ContainsRune(name, mask) {
		return -1, ""
	}
	return end, name
}
