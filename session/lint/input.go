package lint

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"galley/session"
	"galley/session/text"
)

// Input is what a rule reads.
type Input struct {
	Content session.Content
	Case    session.Case
	Proof   session.Proof
	Options

	lines [][]int  // per message: where its lines begin
	own   [][]byte // per message: our own words; other bytes are the mask
	plain [][]byte // per message: its content with what a JSON wrapper escaped as it reads; nil where none did
	wraps [][]byte // per message: what wrappers wrote; other bytes are the mask
	code  [][]byte // own, with code masked as well
	fence [][]fence
	said  []statement // what [Input.statements] read
	rules []ruling    // what [Input.rulings] read
	bans  []Place     // what [Input.banned] read
	inst  [][]byte    // what [Input.instructing] masked
	near  []sample    // what [Input.nearCase] read
	stand []shownShot // what [Input.shownShots] found
	items map[[2]int][]session.Span
}

// mask stands for a byte that is not of interest; line feeds of wrappers show
// through it.
const mask = 0x01

func newInput(c session.Content, k session.Case, p session.Proof, o Options) *Input {
	in := &Input{Content: c, Case: k, Proof: p, Options: o, plain: make([][]byte, len(p.Messages))}
	for _, m := range p.Messages {
		starts := []int{0}
		for i := range len(m.Content) {
			if m.Content[i] == '\n' {
				starts = append(starts, i+1)
			}
		}
		in.lines = append(in.lines, starts)
		in.own = append(in.own, masked(len(m.Content)))
		in.wraps = append(in.wraps, masked(len(m.Content)))
	}
	for _, s := range p.Spans {
		content := p.Messages[s.Message].Content
		switch {
		case s.Part == session.PartWrap, s.Part == session.PartSep:
			copy(in.wraps[s.Message][s.Start:], content[s.Start:s.End])
			for i := s.Start; i < s.End; i++ {
				if content[i] == '\n' {
					in.own[s.Message][i] = '\n'
				}
			}
		case in.written(s):
			copy(in.own[s.Message][s.Start:], content[s.Start:s.End])
		case in.inJSON(s):
			in.readJSON(s)
		}
	}
	for _, own := range in.own {
		fences := findFences(own)
		in.fence = append(in.fence, fences)
		in.code = append(in.code, maskCode(own, fences))
	}
	return in
}

// written reports whether the span holds words of the prompt's author, as they
// were written.
func (in *Input) written(s session.Span) bool {
	return (s.Part == session.PartText || s.Part == session.PartUnknown) && s.From >= 0
}

func masked(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = mask
	}
	return b
}

// hasCase reports whether a case was given at all.
func (in *Input) hasCase() bool {
	return in.Case.ID != 0 || in.Case.UID != "" || in.Case.Name != "" || len(in.Case.Vars) > 0
}

func (in *Input) content(m int) string { return string(in.Proof.Messages[m].Content) }

// place is bytes start to end of message m.
func (in *Input) place(m, start, end int) Place {
	line := sort.SearchInts(in.lines[m], start+1)
	return Place{Message: m, Start: start, End: end, Line: line}
}

// places are the stretches of the context made of spans that pick wants; the
// blank line before a block is never part of it.
func (in *Input) places(pick func(session.Span) bool) []Place {
	var out []Place
	for _, s := range in.Proof.Spans {
		if s.Part == session.PartSep || !pick(s) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].Message == s.Message && out[n-1].End == s.Start {
			out[n-1].End = s.End
		} else {
			out = append(out, in.place(s.Message, s.Start, s.End))
		}
	}
	return out
}

func (in *Input) blockPlaces(b int) []Place {
	return in.places(func(s session.Span) bool { return s.Block == b })
}

// spansOfItem are the spans of a shot or resource of a block.
func (in *Input) spansOfItem(b, item int) []session.Span {
	if in.items == nil {
		in.items = map[[2]int][]session.Span{}
		for _, s := range in.Proof.Spans {
			if s.Shot >= 0 && s.Part != session.PartSep {
				k := [2]int{s.Block, s.Shot}
				in.items[k] = append(in.items[k], s)
			}
		}
	}
	return in.items[[2]int{b, item}]
}

// shotPlaces are where a shot stands, without what parts it from the shot before.
func (in *Input) shotPlaces(b, shot int) []Place {
	var out []Place
	for _, s := range in.spansOfItem(b, shot) {
		if n := len(out); n > 0 && out[n-1].Message == s.Message && out[n-1].End == s.Start {
			out[n-1].End = s.End
		} else {
			out = append(out, in.place(s.Message, s.Start, s.End))
		}
	}
	for i, p := range out {
		all := in.content(p.Message)[p.Start:p.End]
		out[i] = in.place(p.Message, p.End-len(strings.TrimLeft(all, ",\n")), p.End)
	}
	return out
}

// whole is the place of all of message m.
func (in *Input) whole(m int) Place { return in.place(m, 0, len(in.Proof.Messages[m].Content)) }

// prefilled reports whether message m is the beginning of the answer, which may
// leave things open.
func (in *Input) prefilled(m int) bool { return in.Proof.Prefill && m == len(in.Proof.Messages)-1 }

// shown is a name or a few words of somebody else's, fit for a sentence.
func shown(s string) string { return text.Head(text.Raw(s), 40).String() }

func braced(name string) string { return "{{" + shown(name) + "}}" }

// and joins words as people do.
func and(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}

// lineList names the lines of places: "Lines 4 and 9", with their messages where
// these differ, and "2 places in line 4".
func lineList(ps []Place) string {
	one := !slices.ContainsFunc(ps, func(p Place) bool { return p.Message != ps[0].Message })
	if one && !slices.ContainsFunc(ps, func(p Place) bool { return p.Line != ps[0].Line }) {
		return fmt.Sprintf("%d places in line %d", len(ps), ps[0].Line) // a JSON wrapper's, or a long line's
	}
	words := make([]string, 0, len(ps))
	for _, p := range ps {
		if one {
			words = append(words, fmt.Sprint(p.Line))
		} else {
			words = append(words, fmt.Sprintf("%d of message %d", p.Line, p.Message+1))
		}
	}
	return "Lines " + and(words)
}
