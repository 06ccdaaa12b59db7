package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session/text"
)

// labelDemand is the rule that every answer is one of a closed list, where the
// prompt gives such a list in a form that can be read for sure: at least one shot or
// one wanted answer stands in it.
func (in *Input) labelDemand(stand []shownShot) (demand, bool) {
	place, list := in.closedList()
	if list == nil {
		return demand{}, false
	}
	known := func(s string) bool { return slices.Contains(list, strings.TrimSpace(s)) }
	sure := slices.ContainsFunc(stand, func(s shownShot) bool { return known(string(s.Output)) })
	for _, k := range in.Cases {
		sure = sure || k.Wanted != nil && known(string(*k.Wanted))
	}
	if !sure {
		return demand{}, false
	}
	return demand{
		place: place, rule: fmt.Sprintf("the rule gives a closed list of %d", len(list)),
		breaks: func(s string) string {
			if known(s) {
				return ""
			}
			bare := strings.Trim(s, " .!\"'`*")
			for _, l := range list {
				if strings.EqualFold(l, bare) || plain(l) == plain(bare) {
					return fmt.Sprintf("is “%s” where the list has “%s”", shown(s), shown(l))
				}
			}
			return fmt.Sprintf("is “%s”, which is not in the list", shown(s))
		},
	}, true
}

// closedList is the list of answers that the prompt allows, nil where it gives none
// or more than one.
func (in *Input) closedList() (Place, []string) {
	var at Place
	var found []string
	for _, s := range in.statements() {
		if s.cond || s.asks || s.neg {
			continue
		}
		list := in.listIn(s)
		if list == nil {
			continue
		}
		if found != nil && !slices.Equal(found, list) {
			return Place{}, nil
		}
		at, found = s.place, list
	}
	return at, found
}

// choosing are the words of a rule that answers with one of a list.
var choosing = []string{"answer", "respond", "reply", "return", "output", "classify", "categor", "choose", "select", "pick", "assign", "label", "use", "give", "sort", "route", "write", "must be", "say"}

// listIn reads a closed list in a statement or below it.
func (in *Input) listIn(s statement) []string {
	raw := in.textAt(s.place)
	if len(raw) > 1500 || s.scope != "" && !strings.Contains(raw, ":") {
		return nil
	}
	low := strings.ToLower(raw)
	if len(low) != len(raw) {
		return nil
	}
	rest := ""
	quoted := false
	if i := strings.Index(low, "one of"); i >= 0 && slices.ContainsFunc(choosing, func(w string) bool { return strings.Contains(low[:i], w) }) {
		rest = raw[i+len("one of"):]
	} else if i, n := classifies(low); i >= 0 {
		rest = raw[i+n:]
	} else if i, n := answersWith(low); i >= 0 {
		rest, quoted = raw[i+n:], true
	} else {
		return nil
	}
	if i := strings.IndexByte(rest, ':'); i >= 0 {
		if strings.Trim(rest[i+1:], " *_") == "" {
			return in.listBelow(s.place)
		}
		rest = rest[i+1:]
	} else if f := strings.Fields(strings.ToLower(rest)); len(f) > 0 && (f[0] == "these" || f[0] == "the" || f[0] == "those" || f[0] == "our" || f[0] == "your") {
		return nil
	}
	return listOf(rest, quoted)
}

func classifies(low string) (int, int) {
	if !strings.Contains(low, "classif") && !strings.Contains(low, "categori") {
		return -1, 0
	}
	for _, w := range []string{" as either ", " as ", " into ", " in one of "} {
		if i := strings.Index(low, w); i >= 0 {
			return i, len(w)
		}
	}
	return -1, 0
}

func answersWith(low string) (int, int) {
	for _, verb := range []string{"answer ", "respond ", "reply ", "output ", "return ", "say "} {
		i := strings.Index(low, verb)
		if i < 0 || i > 20 {
			continue
		}
		n := len(verb)
		for _, w := range []string{"with ", "only ", "just ", "exactly ", "either "} {
			if strings.HasPrefix(low[i+n:], w) {
				n += len(w)
			}
		}
		return i, n
	}
	return -1, 0
}

// firmAnswers are words that are answers also without quotation marks.
var firmAnswers = set("yes no true false unclear maybe unknown pass fail positive negative neutral spam ham")

// listOf reads "a, b or c". With quoted, each item must stand in quotation marks or be a
// plain answer such as yes.
func listOf(s string, quoted bool) []string {
	s = strings.TrimRight(strings.TrimSpace(s), ".;*_ ")
	for _, w := range []string{", or ", ", and ", " or ", " and ", " | ", "|", ", ", ",", " / ", ";"} {
		s = strings.ReplaceAll(s, w, "\x00")
	}
	if !strings.Contains(s, "\x00") {
		s = strings.ReplaceAll(s, "/", "\x00")
	}
	var out []string
	for _, item := range strings.Split(s, "\x00") {
		item = strings.TrimSpace(item)
		bare := strings.Trim(item, " \"'`“”‘’*()[]{}")
		if item == "" {
			continue
		}
		marked := len(bare) < len(item)
		if bare == "" || len(text.Words(bare)) > 3 || utf8.RuneCountInString(bare) > 40 || quoted && !marked && !firmAnswers[strings.ToLower(bare)] {
			return nil
		}
		out = append(out, bare)
	}
	if len(out) < 2 || len(out) > 40 {
		return nil
	}
	return out
}

// listBelow reads the list that stands below a place, one item a line.
func (in *Input) listBelow(at Place) []string {
	b := in.own[at.Message]
	var out []string
	from := min(len(b), at.End+lineLen(b[at.End:])+1)
	for from < len(b) && len(out) <= 40 {
		end := from + lineLen(b[from:])
		line := b[from:end]
		from = end + 1
		t := strings.TrimSpace(string(line))
		if t == "" {
			if len(out) > 0 {
				break
			}
			continue
		}
		if i := bullet(line); i >= 0 {
			t = strings.TrimSpace(string(line[i:]))
		} else if len(out) > 0 && (line[0] == ' ' || line[0] == '\t') {
			continue // an item that was broken by hand
		}
		for _, end := range []string{":", " - ", " – ", " — ", " (", "\t", " = "} {
			if i := strings.Index(t, end); i > 0 {
				t = t[:i]
			}
		}
		t = strings.Trim(t, " \"'`“”‘’*,;.")
		if t == "" || len(text.Words(t)) > 4 || utf8.RuneCountInString(t) > 40 || strings.ContainsRune(t, mask) {
			return nil
		}
		out = append(out, t)
	}
	if len(out) < 2 || len(out) > 40 {
		return nil
	}
	return out
}
