package lint

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
)

func variables(in *Input) []Finding {
	if in.Bare {
		return append(leftIn(in), unfilled(in)...)
	}
	out := slices.Concat(choices(in), itemTemplates(in), unfilled(in))
	if in.hasCase() {
		out = append(out, unknown(in)...)
		out = append(out, misspelt(in)...)
	}
	return append(out, unreached(in)...)
}

// byName collects the places of spans of a part by variable, in order.
func byName(in *Input, part session.Part) (names []string, places map[string][]Place) {
	places = map[string][]Place{}
	for _, s := range in.Proof.Spans {
		if s.Part != part || s.Shot >= 0 { // of an item's template: not the case's to fill
			continue
		}
		if places[s.Var] == nil {
			names = append(names, s.Var)
		}
		places[s.Var] = append(places[s.Var], in.place(s.Message, s.Start, s.End))
	}
	return names, places
}

func leftIn(in *Input) (out []Finding) {
	names, places := byName(in, session.PartUnknown)
	for _, name := range names {
		out = append(out, Finding{
			Severity: Warning, Spans: places[name],
			Message: braced(name) + " still stands in the text: put its value there.",
		})
	}
	return out
}

func unknown(in *Input) (out []Finding) {
	names, places := byName(in, session.PartUnknown)
	for _, name := range names {
		advice := "give the case a value of that name, or write \\" + braced(name) + " if it is text."
		if other := nearest(name, in.Case.Vars); other != "" {
			advice = "did you mean " + braced(other) + "? Otherwise " + advice
		}
		who := "The case"
		if in.Case.Name != "" {
			who = "Case " + shown(string(in.Case.Name))
		}
		out = append(out, Finding{
			Severity: Error, Spans: places[name],
			Message: fmt.Sprintf("%s has no value for %s, which is sent as it stands: %s", who, braced(name), advice),
		})
	}
	return out
}

// nearest is the variable that differs from name in case or in one or two
// letters, "" if there is none.
func nearest(name string, vars []session.Var) string {
	best, least := "", 1+min(2, len(name)/3)
	for _, v := range vars {
		d := 0
		if !strings.EqualFold(name, string(v.Name)) {
			d = distance(strings.ToLower(name), strings.ToLower(string(v.Name)))
		}
		if d < least {
			best, least = string(v.Name), d
		}
	}
	return best
}

// distance is the number of bytes to put in, take out, change or swap with a
// neighbour that lead from a to b (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 80 || len(b) > 80 {
		return max(len(a), len(b))
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// misspelt finds the case's variables in other than two pairs of braces.
func misspelt(in *Input) (out []Finding) {
	for m := range in.Proof.Messages {
		b := in.code[m]
		for i := 0; i < len(b); i++ {
			if b[i] != '{' {
				continue
			}
			start, name, end, wrong := oddBraces(b, i)
			i = max(i, end-1)
			if _, ok := in.Case.Lookup(name); !wrong || !ok {
				continue
			}
			out = append(out, Finding{
				Severity: Warning, Spans: []Place{in.place(m, start, end)},
				Message: fmt.Sprintf("%s is text and not the case's value: write %s.", shown(string(b[start:end])), braced(name)),
			})
		}
	}
	return out
}

// oddBraces reads braces around one word at i; wrong says that there is one on
// either side where two belong.
func oddBraces(b []byte, i int) (start int, name string, end int, wrong bool) {
	start = i
	for i < len(b) && b[i] == '{' {
		i++
	}
	opened := i - start
	for i < len(b) && b[i] == ' ' {
		i++
	}
	from := i
	for i < len(b) && b[i] > ' ' && b[i] != '{' && b[i] != '}' {
		i++
	}
	name = string(b[from:i])
	for i < len(b) && b[i] == ' ' {
		i++
	}
	last := i
	for i < len(b) && b[i] == '}' {
		i++
	}
	closed := i - last
	if name == "" || closed == 0 {
		return start, "", start + opened, false
	}
	return start, name, i, opened+closed == 2 || opened+closed == 3
}

// unreached says what of the case does not reach the model.
func unreached(in *Input) []Finding {
	if len(in.Proof.Messages) == 0 {
		return nil
	}
	asked := in.Content.Names()
	input := slices.IndexFunc(in.Content.Blocks, func(b session.Block) bool { return b.Kind == session.KindInput && !b.Off })
	if len(asked) == 0 {
		f := Finding{Severity: Warning, Message: "There is no input block, and nothing of the case reaches the model: add one with the case's {{variable}}."}
		if input >= 0 {
			f.Message = "The input block names no {{variable}}, so every case gets the same context: write one where the case belongs."
			f.Spans = in.blockPlaces(input)
		}
		return []Finding{f}
	}
	var unused []string
	for _, v := range in.Case.Vars {
		if !slices.Contains(asked, string(v.Name)) {
			unused = append(unused, braced(string(v.Name)))
		}
	}
	if len(unused) == 0 {
		return nil
	}
	what := "it belongs"
	if len(unused) > 1 {
		what = "they belong"
	}
	return []Finding{{
		Severity: Note,
		Message:  fmt.Sprintf("No block uses the case's %s: write it where %s, or leave it out on purpose.", and(unused), what),
	}}
}
