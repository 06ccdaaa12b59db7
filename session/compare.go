package session

import (
	"slices"
	"strings"

	"galley/session/text"
)

// ContextPart is a message, or what stands beside the messages, of two contexts.
type ContextPart struct {
	Head  string // "system", "user, the answer begins with this", "schema, beside the messages"
	A, B  int    // the message in either context, from 0; -1: it has none, or it stands beside
	TextA text.Raw
	TextB text.Raw
	InA   bool
	InB   bool
}

// Same reports whether both contexts have the part, and to the byte.
func (c ContextPart) Same() bool { return c.InA && c.InB && c.TextA == c.TextB }

// ContextLine is a line of a part: in both contexts, or in one of them.
type ContextLine struct {
	Kind  text.DiffKind
	Text  text.Raw
	LineA int           // from 1, 0: it is not in the first
	LineB int           // likewise
	Words []text.DiffOp // of a line that has its like in the other: what of it is there too; nil: it has none
}

// CompareContexts lays two contexts beside each other, message by message: those of
// one role that say the most alike are a pair, and their order is kept.
func CompareContexts(a, b Proof) []ContextPart {
	var out []ContextPart
	for _, p := range pairMessages(a.Messages, b.Messages) {
		part := ContextPart{A: p[0], B: p[1], InA: p[0] >= 0, InB: p[1] >= 0}
		if part.InA {
			part.Head, part.TextA = contextHead(a, p[0]), a.Messages[p[0]].whole()
		}
		if part.InB {
			part.Head, part.TextB = contextHead(b, p[1]), b.Messages[p[1]].whole()
		}
		out = append(out, part)
	}
	for _, kind := range []Kind{KindTools, KindSchema, KindGrammar} {
		part := ContextPart{Head: string(kind) + ", beside the messages", A: -1, B: -1}
		for _, x := range a.Beside.Parts() {
			if x.Kind == kind {
				part.TextA, part.InA = x.Text, true
			}
		}
		for _, x := range b.Beside.Parts() {
			if x.Kind == kind {
				part.TextB, part.InB = x.Text, true
			}
		}
		if part.InA || part.InB {
			out = append(out, part)
		}
	}
	return out
}

func contextHead(p Proof, i int) string {
	if p.Prefill && i == len(p.Messages)-1 {
		return string(p.Messages[i].Role) + ", the answer begins with this"
	}
	return string(p.Messages[i].Role)
}

// whole is the message's text with the calls of tools below it, and what it answers.
func (m Message) whole() text.Raw {
	out := m.Content
	if m.CallID != "" {
		out = "← " + m.CallID + "\n" + out
	}
	for _, c := range m.Calls {
		if out != "" && !strings.HasSuffix(string(out), "\n") {
			out += "\n"
		}
		out += "→ " + c.Name + "(" + c.Arguments + ")\n"
	}
	return out
}

// maxPaired is how many messages are paired by what they say; of longer contexts
// the rest is paired by place.
const maxPaired = 400

// pairMessages aligns two lists so that the pairs have the most in common. A pair
// has one role.
func pairMessages(a, b []Message) [][2]int {
	n, m := min(len(a), maxPaired), min(len(b), maxPaired)
	fa, fb := make([]map[string]bool, n), make([]map[string]bool, m)
	for i := range n {
		fa[i] = lineSet(a[i])
	}
	for j := range m {
		fb[j] = lineSet(b[j])
	}
	best := make([][]int, n+1)
	for i := range best {
		best[i] = make([]int, m+1)
	}
	like := func(i, j int) int {
		if a[i].Role != b[j].Role {
			return -1
		}
		if a[i].Equal(b[j]) {
			return 1000
		}
		shared := 0
		for l := range fa[i] {
			if fb[j][l] {
				shared++
			}
		}
		return 1 + 900*shared/max(1, len(fa[i]), len(fb[j]))
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if l := like(i, j); l > 0 {
				best[i][j] = max(best[i][j], best[i+1][j+1]+l)
			}
		}
	}
	var out [][2]int
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && like(i, j) > 0 && best[i][j] == best[i+1][j+1]+like(i, j):
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case j >= m || i < n && best[i][j] == best[i+1][j]:
			out = append(out, [2]int{i, -1})
			i++
		default:
			out = append(out, [2]int{-1, j})
			j++
		}
	}
	for ; i < len(a) || j < len(b); i, j = i+1, j+1 {
		switch {
		case i < len(a) && j < len(b) && a[i].Role == b[j].Role:
			out = append(out, [2]int{i, j})
		default:
			if i < len(a) {
				out = append(out, [2]int{i, -1})
			}
			if j < len(b) {
				out = append(out, [2]int{-1, j})
			}
		}
	}
	return out
}

// lineSet are the lines of a message, for what it has in common with another.
func lineSet(m Message) map[string]bool {
	out := map[string]bool{}
	for l := range strings.SplitSeq(string(m.whole()), "\n") {
		if l != "" && len(out) < 2000 {
			out[l] = true
		}
	}
	return out
}

// Lines compares the part line by line, and lines that stand in for each other word
// by word.
func (c ContextPart) Lines() []ContextLine {
	var out []ContextLine
	la, lb := 0, 0
	ops := text.DiffLines(c.TextA, c.TextB)
	for i := 0; i < len(ops); {
		if ops[i].Kind == text.Same {
			la, lb = la+1, lb+1
			out = append(out, ContextLine{Kind: text.Same, Text: ops[i].Text, LineA: la, LineB: lb})
			i++
			continue
		}
		var dels, adds []ContextLine
		for ; i < len(ops) && ops[i].Kind != text.Same; i++ {
			if ops[i].Kind == text.Del {
				la++
				dels = append(dels, ContextLine{Kind: text.Del, Text: ops[i].Text, LineA: la})
			} else {
				lb++
				adds = append(adds, ContextLine{Kind: text.Ins, Text: ops[i].Text, LineB: lb})
			}
		}
		for k := range min(len(dels), len(adds)) {
			words := text.DiffWords(dels[k].Text, adds[k].Text)
			if !alike(words) {
				continue
			}
			isnt := func(kind text.DiffKind) []text.DiffOp {
				return slices.DeleteFunc(slices.Clone(words), func(o text.DiffOp) bool { return o.Kind == kind })
			}
			dels[k].Words, adds[k].Words = isnt(text.Ins), isnt(text.Del)
		}
		out = append(append(out, dels...), adds...)
	}
	return out
}

// alike reports whether two lines have enough in common to be compared by words.
func alike(ops []text.DiffOp) bool {
	same, all := 0, 0
	for _, o := range ops {
		all += len(o.Text)
		if o.Kind == text.Same {
			same += len(o.Text)
			all += len(o.Text)
		}
	}
	return same*4 >= all
}
