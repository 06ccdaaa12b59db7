package lint

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"galley/session"
)

func formatting(in *Input) []Finding {
	if len(in.Proof.Messages) == 0 {
		return []Finding{{Severity: Error, Message: "Nothing is sent: write a block, or switch one on."}}
	}
	var out []Finding
	for m := range in.Proof.Messages {
		out = append(out, encoding(in, m)...)
		out = append(out, closedByCase(in, m)...)
		out = append(out, fenceByCase(in, m)...)
		if !in.prefilled(m) {
			out = append(out, openFences(in, m)...)
			out = append(out, tags(in, m)...)
			out = append(out, structure(in, m)...)
		}
	}
	out = append(out, closedByUs(in)...)
	out = append(out, emptyTurns(in)...)
	out = append(out, beside(in)...)
	return append(out, sequence(in)...)
}

// maxPlaces bounds the places of one finding: who has a hundred needs no more.
const maxPlaces = 100

func encoding(in *Input, m int) []Finding {
	s := in.content(m)
	if utf8.ValidString(s) {
		return nil
	}
	var at []Place
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(s[i:]); n > 1 {
			continue
		}
		if n := len(at); n > 0 && at[n-1].End == i {
			at[n-1].End++
		} else if n < maxPlaces {
			at = append(at, in.place(m, i, i+1))
		}
	}
	return []Finding{{
		Severity: Error, Spans: at,
		Message: fmt.Sprintf("Message %d holds bytes that are not UTF-8, which no request can carry: write them anew.", m+1),
	}}
}

// sequence looks at the messages as a conversation.
func sequence(in *Input) (out []Finding) {
	var blank, twice, late, apart []Place
	for m, msg := range in.Proof.Messages {
		if strings.TrimSpace(string(msg.Content)) == "" && !in.prefilled(m) && len(msg.Calls) == 0 && msg.Role != session.RoleTool {
			blank = append(blank, in.whole(m))
		}
		if m == 0 {
			continue
		}
		switch before := in.Proof.Messages[m-1].Role; {
		case before == msg.Role && in.besideTurns(m):
			apart = append(apart, in.whole(m-1))
		case before == msg.Role && msg.Role != session.RoleTool:
			twice = append(twice, in.whole(m))
		case msg.Role == session.RoleSystem:
			late = append(late, in.whole(m))
		}
	}
	say := func(s Severity, at []Place, message string) {
		if len(at) > 0 {
			out = append(out, Finding{Severity: s, Message: fmt.Sprintf(message, at[0].Message+1, at[0].Message), Spans: at})
		}
	}
	say(Warning, blank, "Message %[1]d is empty, which some servers refuse: write it, or leave it out.")
	say(Note, twice, "Messages %[2]d and %[1]d have the same role, which some chat templates refuse: join them, or give one another role.")
	say(Note, apart, "Shots without an input can be no turn, so they stand in message %[1]d before the turns, which has the role of the next, and some chat templates refuse that: give them an input, or lay that block's shots out inline.")
	say(Note, late, "Message %[1]d is the system's and not the first, which some chat templates refuse: move it to the front.")
	return out
}

// besideTurns reports whether message m is the first turn of a block of shots, and
// the message before it what that block has of shots without an input.
func (in *Input) besideTurns(m int) bool {
	before, turn := in.Proof.SpansOf(m-1), in.Proof.SpansOf(m)
	if len(before) == 0 || len(turn) == 0 {
		return false
	}
	last, first := before[len(before)-1], turn[0]
	return last.Block == first.Block && last.Shot >= 0 && first.Part == session.PartInput && in.Content.Blocks[first.Block].Layout == session.LayoutTurns
}

func openFences(in *Input, m int) (out []Finding) {
	report := func(f fence, offset int, whose string) {
		mark := strings.Repeat(string(f.char), min(f.size, 20))
		out = append(out, Finding{
			Severity: Warning, Spans: []Place{in.place(m, offset+f.first, offset+f.stop)},
			Message: fmt.Sprintf("The fence %s%s is never closed, so what follows reads as code: end it with %s.",
				mark, whose, mark),
		})
	}
	for _, f := range in.fence[m] {
		if !f.closed {
			report(f, 0, "")
		}
	}
	for _, s := range in.Proof.SpansOf(m) {
		if s.Part != session.PartOutput || in.Content.Blocks[s.Block].Wrap == session.WrapJSON {
			continue
		}
		for _, f := range findFences([]byte(in.content(m)[s.Start:s.End])) {
			if !f.closed {
				report(f, s.Start, " in a shot's output")
			}
		}
	}
	return out
}

// closedByCase finds text of the case or of a shot that holds the closing tag of
// an element around it.
func closedByCase(in *Input, m int) (out []Finding) {
	var around []element
	ready := false
	content := in.content(m)
	for _, s := range in.Proof.SpansOf(m) {
		foreign := s.Part == session.PartVar || s.Part == session.PartInput || s.Part == session.PartOutput
		if !foreign || !strings.Contains(content[s.Start:s.End], "</") {
			continue
		}
		if !ready {
			own, _ := match(findTags(in.code[m]))
			wraps, _ := match(findTags(in.wraps[m]))
			around, ready = slices.Concat(own, wraps), true
		}
		names := map[string]string{}
		for _, e := range around {
			if e.open.end <= s.Start && s.End <= e.close.start {
				names[strings.ToLower(e.open.name)] = e.open.name
			}
		}
		var at []Place
		name := ""
		for _, t := range findTags([]byte(content[s.Start:s.End])) {
			if n, ok := names[strings.ToLower(t.name)]; ok && t.close && len(at) < maxPlaces {
				at, name = append(at, in.place(m, s.Start+t.start, s.Start+t.end)), n
			}
		}
		if len(at) > 0 {
			out = append(out, Finding{
				Severity: Error, Spans: at,
				Message: fmt.Sprintf("%s holds </%s> and so closes our <%s>: give our tag a name that no text has, or use the JSON wrapper.",
					whose(in, s), shown(name), shown(name)),
			})
		}
	}
	return out
}

func whose(in *Input, s session.Span) string {
	if s.Part == session.PartVar {
		return "The case's " + shown(s.Var)
	}
	part := "input"
	if s.Part == session.PartOutput {
		part = "output"
	}
	return fmt.Sprintf("The %s of shot %s", part, shotName(in.Content.Blocks[s.Block].Shots[s.Shot], s.Shot))
}

// closedByUs finds a wrapped block whose own text closes its wrapper.
func closedByUs(in *Input) (out []Finding) {
	depth := map[int]int{}
	for _, s := range in.Proof.Spans {
		b := in.Content.Blocks[s.Block]
		if !in.written(s) || b.Wrap != session.WrapXML || b.Kind == session.KindShots || b.Kind == session.KindTurns {
			continue
		}
		name := session.Tag(b)
		for _, t := range findTags(in.own[s.Message][s.Start:s.End]) {
			switch {
			case !strings.EqualFold(t.name, name) || t.self:
			case !t.close:
				depth[s.Block]++
			case depth[s.Block] > 0:
				depth[s.Block]--
			default:
				out = append(out, Finding{
					Severity: Error, Spans: []Place{in.place(s.Message, s.Start+t.start, s.Start+t.end)},
					Message: fmt.Sprintf("The text of block %s closes its own wrapper: rename the block, or take </%s> away.", shown(string(b.Name())), shown(name)),
				})
			}
		}
	}
	return out
}

// fenceByCase finds text of the case that ends a fence of ours around it.
func fenceByCase(in *Input, m int) (out []Finding) {
	content := []byte(in.content(m))
	for _, s := range in.Proof.SpansOf(m) {
		if s.Part != session.PartVar {
			continue
		}
		for _, f := range in.fence[m] {
			if !(f.start < s.Start && s.End <= f.end) {
				continue
			}
			for at := s.Start; at < s.End; {
				end := min(at+lineLen(content[at:]), s.End)
				line := bytes.TrimLeft(content[at:end], " \t")
				begins := at > s.Start || at == 0 || content[at-1] == '\n'
				whole := end < s.End || end == len(content) || content[end] == '\n'
				if begins && whole && closes(line, f) {
					out = append(out, Finding{
						Severity: Error, Spans: []Place{in.place(m, end-len(line), end)},
						Message: fmt.Sprintf("The case's %s ends our fence: use a longer one around it, or the JSON wrapper.", shown(s.Var)),
					})
				}
				at = end + 1
			}
		}
	}
	return out
}
