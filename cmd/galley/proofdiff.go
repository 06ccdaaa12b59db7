package main

import (
	"strings"

	"galley/session"
	"galley/session/text"
)

type diffJSON struct {
	A     string       `json:"a"`
	B     string       `json:"b"`
	Case  *text.Raw    `json:"case"`
	CaseB *text.Raw    `json:"case_b"` // of the second context: --diff-case
	Equal bool         `json:"equal"`
	Lines []diffLineJS `json:"lines"`
}

type diffLineJS struct {
	Kind     string       `json:"kind"` // same, del, ins
	Text     text.Raw     `json:"text"`
	Head     bool         `json:"head,omitempty"` // it names a message, or what stands beside them, and is of no context
	MessageA *int         `json:"message_a"`      // from 0, as spans have it; null: it is in none
	MessageB *int         `json:"message_b"`
	LineA    *int         `json:"line_a"` // from 1
	LineB    *int         `json:"line_b"`
	Words    []diffWordJS `json:"words,omitempty"` // of a line that has its like in the other context
}

type diffWordJS struct {
	Kind string   `json:"kind"`
	Text text.Raw `json:"text"`
}

var diffKinds = map[text.DiffKind]string{text.Same: "same", text.Del: "del", text.Ins: "ins"}

// diffLines compares two contexts, message by message and line by line. A line that
// names a part stands before each.
func diffLines(a, b session.Proof) []diffLineJS {
	at := func(n int) *int {
		if n < 0 {
			return nil
		}
		return &n
	}
	out := []diffLineJS{}
	for _, p := range session.CompareContexts(a, b) {
		kind := text.Same
		switch {
		case !p.InB:
			kind = text.Del
		case !p.InA:
			kind = text.Ins
		}
		out = append(out, diffLineJS{Kind: diffKinds[kind], Text: text.Raw("--- " + p.Head + "\n"), Head: true, MessageA: at(p.A), MessageB: at(p.B)})
		for _, l := range p.Lines() {
			j := diffLineJS{Kind: diffKinds[l.Kind], Text: l.Text, LineA: some(l.LineA), LineB: some(l.LineB)}
			if l.LineA > 0 {
				j.MessageA = at(p.A)
			}
			if l.LineB > 0 {
				j.MessageB = at(p.B)
			}
			for _, w := range l.Words {
				j.Words = append(j.Words, diffWordJS{diffKinds[w.Kind], w.Text})
			}
			out = append(out, j)
		}
	}
	return out
}

// printDiff compares two contexts: what only the first named has is marked with -,
// what only the second has with +.
func (v proofView) printDiff(g *globals, other proofView) error {
	j := diffJSON{
		A: v.variant.Ref().String(), B: other.variant.Ref().String(), Case: some(v.kase.Name), CaseB: some(other.kase.Name),
		Equal: v.proof.Hash == other.proof.Hash, Lines: diffLines(v.proof, other.proof),
	}
	if g.json {
		return g.printJSON(j)
	}
	name := func(x, y proofView) string {
		out := text.Raw(x.variant.Ref().String()).String()
		switch n, m := x.variant.Revision.Number, y.variant.Revision.Number; {
		case x.variant.ID != y.variant.ID || n == m:
		case n < m:
			out += ", the older"
		default:
			out += ", the newer"
		}
		if v.kase.Name != other.kase.Name {
			out += ", case " + x.kase.Name.String()
		}
		return out
	}
	g.say("%s\n%s", g.paint(styleHead, "--- "+name(v, other)), g.paint(styleHead, "+++ "+name(other, v)))
	differ := false
	for _, l := range j.Lines {
		differ = differ || l.Kind != "same"
		g.say("%s", g.diffLine(l))
	}
	switch {
	case j.Equal:
		g.talk("the two contexts are the same")
	case !differ:
		g.talk("the two contexts differ in how they are sent, and in no line")
	}
	return nil
}

// diffLine is a line of a comparison as it is printed. Where there is colour, the
// words that the other line lacks are underlined.
func (g *globals) diffLine(l diffLineJS) string {
	sign, style := " ", ""
	switch l.Kind {
	case "del":
		sign, style = "-", styleBad
	case "ins":
		sign, style = "+", styleGood
	}
	one := func(t text.Raw) string {
		return text.Show(text.Raw(strings.TrimSuffix(string(t), "\n"))).OneLine().String()
	}
	if l.Head && style == "" {
		style = styleHead
	}
	if len(l.Words) == 0 || !g.colour() {
		return g.paint(style, sign+one(l.Text))
	}
	var b strings.Builder
	b.WriteString(g.paint(style, sign))
	for _, w := range l.Words {
		s := style
		if w.Kind != "same" {
			s += ";" + styleUnder
		}
		b.WriteString(g.paint(s, one(w.Text)))
	}
	return b.String()
}
