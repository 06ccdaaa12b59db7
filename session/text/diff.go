package text

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/words"
	"znkr.io/diff"
)

// DiffKind says which of two texts a stretch stands in.
type DiffKind int

// The kinds of a DiffOp.
const (
	Same DiffKind = iota // in both
	Del                  // in the first only
	Ins                  // in the second only
)

// DiffOp is one stretch of a comparison. All Same and Del in order are the first
// text, all Same and Ins the second, byte for byte.
type DiffOp struct {
	Kind DiffKind
	Text Raw
}

// heuristic is the number of tokens from which a comparison may miss the
// shortest answer in order to end soon.
const heuristic = 20_000

// DiffWords compares two texts word by word; spaces, line feeds and punctuation
// are words of their own.
func DiffWords(a, b Raw) []DiffOp { return merge(compare(tokens(string(a)), tokens(string(b)))) }

// DiffLines compares two texts line by line: one DiffOp for each line, its line
// feed included. Deleted lines stand before those that replace them.
func DiffLines(a, b Raw) []DiffOp {
	return compare(strings.SplitAfter(string(a), "\n"), strings.SplitAfter(string(b), "\n"))
}

func compare(x, y []string) []DiffOp {
	var opts []diff.Option
	if len(x)+len(y) > heuristic {
		opts = append(opts, diff.Fast())
	}
	edits := diff.Edits(x, y, opts...)
	ops := make([]DiffOp, 0, len(edits))
	for _, e := range edits {
		op := DiffOp{Kind: Same, Text: Raw(e.X)}
		switch e.Op {
		case diff.Delete:
			op.Kind = Del
		case diff.Insert:
			op = DiffOp{Kind: Ins, Text: Raw(e.Y)}
		}
		if op.Text != "" {
			ops = append(ops, op)
		}
	}
	return ops
}

func tokens(s string) []string {
	var out []string
	it := words.FromString(s)
	for it.Next() {
		out = append(out, it.Value())
	}
	return out
}

// merge joins neighbours of a kind, and puts what was deleted before what was
// inserted in its place.
func merge(ops []DiffOp) []DiffOp {
	var out []DiffOp
	var del, ins strings.Builder
	flush := func() {
		if del.Len() > 0 {
			out = append(out, DiffOp{Del, Raw(del.String())})
		}
		if ins.Len() > 0 {
			out = append(out, DiffOp{Ins, Raw(ins.String())})
		}
		del.Reset()
		ins.Reset()
	}
	for i := 0; i < len(ops); {
		switch ops[i].Kind {
		case Del:
			del.WriteString(string(ops[i].Text))
			i++
		case Ins:
			ins.WriteString(string(ops[i].Text))
			i++
		default:
			flush()
			var same strings.Builder
			for ; i < len(ops) && ops[i].Kind == Same; i++ {
				same.WriteString(string(ops[i].Text))
			}
			out = append(out, DiffOp{Same, Raw(same.String())})
		}
	}
	flush()
	return out
}
