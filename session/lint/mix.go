package lint

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
)

// mix looks at the answers of the shots as labels: which are missing, which stand
// too often, and which stand last. Labels are what all shots answer in a few words,
// and what repeats. Zhao and others, "Calibrate before use" (2021): a model leans
// to the label that it saw most often, and to the one that it saw last.
func mix(in *Input) []Finding {
	stand := in.shownShots()
	if len(stand) < 2 {
		return nil
	}
	var shots []session.Shot
	for _, s := range stand {
		if len(s.Calls) > 0 || strings.TrimSpace(string(s.Output)) == "" {
			return nil
		}
		shots = append(shots, s.Shot)
	}
	// What is chosen for each case is judged as the bank it is chosen from.
	pool, picked := shots, false
	for _, b := range in.Content.Blocks {
		if b.Kind == session.KindShots && !b.Off && b.Pick != nil && b.Pick.How != session.PickAll && b.Pick.How != "" {
			pool, picked = nil, true
		}
	}
	if picked {
		for _, b := range in.Content.Blocks {
			if b.Kind == session.KindShots && !b.Off {
				pool = append(pool, b.Shots...)
			}
		}
	}
	if !labelled(pool) {
		return nil
	}
	m := session.MakeupOf(pool, in.Cases)
	var out []Finding
	if m.By == "label" && m.InCases > 0 {
		out = append(out, missing(in, m)...)
	}
	if !picked && len(out) == 0 {
		out = append(out, uneven(in, stand, m)...)
	}
	return append(out, tail(in)...)
}

// labelled reports whether the outputs of shots read as labels: short, and most of
// them more than once or in a few kinds.
func labelled(shots []session.Shot) bool {
	kinds := map[string]int{}
	n := 0
	for _, s := range shots {
		if s.Off {
			continue
		}
		o := plain(string(s.Output))
		if len(o) > 40 || len(strings.Fields(o)) > 4 || strings.ContainsAny(o, "{[") {
			return false
		}
		kinds[o]++
		n++
	}
	return n >= 2 && len(kinds) <= 30
}

// missing finds labels that cases want and no shot shows.
func missing(in *Input, m session.Makeup) (out []Finding) {
	_, list := in.closedList()
	for _, g := range m.Groups {
		if g.Shots > 0 || g.Cases == 0 {
			continue
		}
		// A few cases tell no labels from answers, but the prompt's own list does.
		if m.InCases < enough && !slices.ContainsFunc(list, func(l string) bool { return plain(l) == plain(string(g.Name)) }) {
			continue
		}
		do := "add a shot of it"
		for j, s := range in.Bank {
			if plain(string(s.Output)) == plain(string(g.Name)) {
				do = "add shot " + shotName(s, j) + " of the bank"
				break
			}
		}
		cases := "1 case wants"
		if g.Cases > 1 {
			cases = fmt.Sprintf("%d cases want", g.Cases)
		}
		out = append(out, Finding{
			Severity: Warning,
			Message:  fmt.Sprintf("%s %s, and no shot shows it: %s.", cases, shown(string(g.Name)), do),
		})
	}
	return out
}

// uneven finds a label that most shots have; beside the cases' own mix where that
// is known. Equal numbers of each label are nobody's fault.
func uneven(in *Input, stand []shownShot, m session.Makeup) []Finding {
	if len(stand) < enough {
		return nil
	}
	count := map[string]int{}
	first := map[string]string{}
	for _, s := range stand {
		k := plain(string(s.Output))
		if count[k]++; first[k] == "" {
			first[k] = shown(strings.TrimSpace(string(s.Output)))
		}
	}
	top, most, least := "", 0, len(stand)
	for _, s := range stand {
		k := plain(string(s.Output))
		if count[k] > most {
			top, most = k, count[k]
		}
		least = min(least, count[k])
	}
	if len(count) < 2 || most-least <= 1 {
		return nil
	}
	var at []Place
	for _, s := range stand {
		if plain(string(s.Output)) == top && len(at) < maxPlaces {
			at = append(at, in.outputPlace(s)...)
		}
	}
	if m.By == "label" && m.InCases >= 4*enough {
		inCases := 0
		for _, g := range m.Groups {
			if plain(string(g.Name)) == top {
				inCases = g.Cases
			}
		}
		if m.Apart < 0.3 || most*m.InCases <= inCases*len(stand) {
			return nil
		}
		return []Finding{{
			Severity: Warning, Spans: at,
			Message: fmt.Sprintf("The mix of shots is not that of the cases: %d of %d shots answer %s, and %d of %d cases want it; swap some shots.", most, len(stand), first[top], inCases, m.InCases),
		}}
	}
	if 2*most <= len(stand) || most < 3*least {
		return nil
	}
	return []Finding{{
		Severity: Warning, Spans: at,
		Message: fmt.Sprintf("%d of %d shots answer %s, and models lean to what they saw most often: swap some for other answers.", most, len(stand), first[top]),
	}}
}

// tail finds the same label in the last places.
func tail(in *Input) []Finding {
	type at struct {
		shot  shownShot
		place Place
	}
	var list []at
	for _, s := range in.shownShots() {
		if p := in.outputPlace(s); len(p) > 0 {
			list = append(list, at{s, p[0]})
		}
	}
	slices.SortStableFunc(list, func(a, b at) int { return comparePlaces([]Place{a.place}, []Place{b.place}) })
	n := len(list)
	if n < enough {
		return nil
	}
	last := plain(string(list[n-1].shot.Output))
	k := 0
	for k < n && plain(string(list[n-1-k].shot.Output)) == last {
		k++
	}
	if k < 3 || k == n {
		return nil
	}
	var spans []Place
	for _, l := range list[n-k:] {
		spans = append(spans, l.place)
	}
	return []Finding{{
		Severity: Warning, Spans: spans[:min(len(spans), maxPlaces)],
		Message: fmt.Sprintf("The last %d shots all answer %s, and models lean to what they saw last: mix the order.", k, shown(strings.TrimSpace(string(list[n-1].shot.Output)))),
	}}
}
