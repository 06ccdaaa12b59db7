package lint

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"galley/session"
)

// telling is the number of characters from which one value among several says
// which case it is; a language or a date is in many.
const telling = 20

// leak finds shots whose input is the case's: the model would only have to copy.
func leak(in *Input) (out []Finding) {
	if in.Bare || !in.hasCase() {
		return nil
	}
	of := caseTexts(in)
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindShots || b.Off {
			continue
		}
		for j, s := range b.Shots {
			if s.Off || !of[plain(string(s.Input))] {
				continue
			}
			out = append(out, Finding{
				Severity: Error, Spans: in.shotPlaces(i, j),
				Message: fmt.Sprintf("Shot %s is this very case, with its answer: switch the shot off, or leave the case out.", shotName(s, j)),
			})
		}
	}
	return out
}

// caseTexts are the texts by which a shot would be this case: its values, and its
// input block as it is sent.
func caseTexts(in *Input) map[string]bool {
	of := map[string]bool{}
	for _, v := range in.Case.Vars {
		p := plain(string(v.Value))
		if p != "" && (len(in.Case.Vars) == 1 || utf8.RuneCountInString(p) >= telling) {
			of[p] = true
		}
	}
	for i, b := range in.Content.Blocks {
		if b.Kind != session.KindInput || b.Off {
			continue
		}
		var whole strings.Builder
		filled := false
		for _, s := range in.Proof.Spans {
			if s.Block == i && s.Part != session.PartWrap && s.Part != session.PartSep {
				whole.WriteString(string(in.Proof.Messages[s.Message].Content[s.Start:s.End]))
				filled = filled || s.Part == session.PartVar
			}
		}
		if filled {
			of[plain(whole.String())] = true
		}
	}
	return of
}
