package lint

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
)

// enough is the least number of worked examples that settles a format: the floor
// of "What We Learned from a Year of Building with LLMs" (2024), n ≥ 5.
const enough = 5

func shots(in *Input) []Finding {
	if in.Bare || len(in.Proof.Messages) == 0 {
		return nil
	}
	out := countShots(in)
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindShots || b.Off {
			continue
		}
		for j, s := range b.Shots {
			if !s.Off && len(s.Calls) == 0 && strings.TrimSpace(string(s.Output)) == "" {
				out = append(out, Finding{
					Severity: Warning, Spans: in.shotPlaces(i, j),
					Message: fmt.Sprintf("Shot %s has no output, and teaches the model to say nothing: write one, or switch the shot off.", shotName(s, j)),
				})
			}
		}
	}
	return slices.Concat(out, disagree(in), mix(in))
}

func shotName(s session.Shot, j int) string {
	if s.Name != "" {
		return shown(string(s.Name))
	}
	return fmt.Sprint(j + 1)
}

// countShots counts shots. Fixed turns are none: nobody picks, orders or sweeps
// them. But a context that has some is not called zero-shot.
func countShots(in *Input) []Finding {
	n, turns := 0, false
	var at []Place
	for i, b := range in.Content.Blocks {
		switch {
		case b.Off:
		case b.Kind == session.KindShots:
			for _, s := range b.Shots {
				if !s.Off {
					n++
				}
			}
			at = append(at, in.blockPlaces(i)...)
		case b.Kind == session.KindTurns:
			for _, t := range session.ParseTurns(b.Text) {
				turns = turns || t.Role == session.RoleAssistant
			}
		}
	}
	switch {
	case n == 0 && !turns:
		return []Finding{{
			Severity: Note,
			Message:  "There are no shots: that is zero-shot, a baseline worth having; for better answers add at least five.",
		}}
	case n > 0 && n < enough:
		are := fmt.Sprintf("are %d shots", n)
		if n == 1 {
			are = "is 1 shot"
		}
		return []Finding{{
			Severity: Warning, Spans: at,
			Message: fmt.Sprintf("There %s, and fewer than five tend to be copied rather than learnt from: add %d.", are, enough-n),
		}}
	}
	return nil
}

// disagree finds shots of one input and several outputs.
func disagree(in *Input) (out []Finding) {
	type at struct{ block, shot int }
	first := map[string]at{}
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindShots || b.Off {
			continue
		}
		for j, s := range b.Shots {
			key := plain(string(s.Input))
			if s.Off || key == "" {
				continue
			}
			p, seen := first[key]
			if !seen {
				first[key] = at{i, j}
				continue
			}
			other := in.Content.Blocks[p.block].Shots[p.shot]
			if plain(string(other.Output)) == plain(string(s.Output)) {
				continue // redundancy's business
			}
			out = append(out, Finding{
				Severity: Warning, Spans: append(in.shotPlaces(p.block, p.shot), in.shotPlaces(i, j)...),
				Message: fmt.Sprintf("Shots %s and %s have one input and two outputs: keep the right one.", shotName(other, p.shot), shotName(s, j)),
			})
		}
	}
	return out
}

// plain is s without what a reader would not call a difference: case and the
// amount of white space.
func plain(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
