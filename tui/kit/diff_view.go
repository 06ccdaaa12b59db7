package kit

import (
	"strconv"
	"strings"

	"galley/session/text"
	"galley/themes"
)

// unified draws a row in one column: the deleted line above the inserted one.
func (d *Diff) unified(r diffRow, num int) []string {
	if r.kind == text.Same {
		return d.cell(r.l, ' ', r.rn, num, d.w)
	}
	var out []string
	if r.l != nil {
		out = append(out, d.cell(r.l, '-', r.ln, num, d.w)...)
	}
	if r.r != nil {
		out = append(out, d.cell(r.r, '+', r.rn, num, d.w)...)
	}
	return out
}

// side draws a row in two columns.
func (d *Diff) side(r diffRow, num int) []string {
	lw := (d.w - 1) / 2
	rw := d.w - 1 - lw
	ls, rs := byte(' '), byte(' ')
	if r.kind != text.Same {
		ls, rs = '-', '+'
	}
	var l, rr []string
	if r.l != nil {
		l = d.cell(r.l, ls, r.ln, num, lw)
	}
	if r.r != nil {
		rr = d.cell(r.r, rs, r.rn, num, rw)
	}
	var out []string
	for i := range max(len(l), len(rr)) {
		a, b := spaces(lw), spaces(rw)
		if i < len(l) {
			a = l[i]
		}
		if i < len(rr) {
			b = rr[i]
		}
		out = append(out, a+" "+b)
	}
	return out
}

// cell draws one line of one text, wrapped to w cells: sign, number, words.
func (d *Diff) cell(ops []text.DiffOp, sign byte, n, num, w int) []string {
	room := max(1, w-num-4)
	if sign != ' ' && strange(ops) {
		ops = plain(ops)
	}
	lines := WordOps(ops, room, d.st)
	edge, mark := " ", newInk(d.st.Faint)
	switch sign {
	case '-':
		mark = newInk(d.st.DelSign)
		edge = mark.text(changeSign)
	case '+':
		mark = newInk(d.st.AddSign)
		edge = mark.text(changeSign)
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		no, s := spaces(num), " "
		if i == 0 {
			no = FitRight(newInk(d.st.Faint).text(strconv.Itoa(n)), num)
			s = mark.text(string(rune(sign)))
		}
		out[i] = Fit(edge+no+" "+s+" "+l, w)
	}
	return out
}

// strange reports whether so little of a line is in the other text that marking
// the rest word by word would only make it hard to read: its sign says enough.
func strange(ops []text.DiffOp) bool {
	const short = 16 // bytes up to which marks are easily read
	same, all := 0, 0
	for _, o := range ops {
		all += len(o.Text)
		if o.Kind == text.Same && len(o.Text) > 1 { // more than a space between two words
			same += len(o.Text)
		}
	}
	return all > short && 4*same < all
}

// plain is the line without its marks.
func plain(ops []text.DiffOp) []text.DiffOp {
	out := make([]text.DiffOp, len(ops))
	for i, o := range ops {
		out[i] = text.DiffOp{Kind: text.Same, Text: o.Text}
	}
	return out
}

// WordOps draws a comparison within a line, or of a whole text, wrapped to w
// cells: what both have in plain text, deleted words struck through, inserted
// words underlined, each on paper of its own.
func WordOps(ops []text.DiffOp, w int, st *themes.Styles) []string {
	kinds := [3]ink{newInk(st.Text), newInk(st.Del), newInk(st.Add)}
	mark := newInk(st.Mark)
	var all strings.Builder
	ends := make([]int, len(ops))
	for i, o := range ops {
		all.WriteString(string(o.Text))
		ends[i] = all.Len()
	}
	whole := strings.TrimSuffix(all.String(), "\n")
	var out []string
	at, op := 0, 0
	for _, line := range strings.Split(whole, "\n") {
		starts := rowStarts(line, w)
		for r, from := range starts {
			to := len(line)
			if r+1 < len(starts) {
				to = int(starts[r+1])
			}
			var b strings.Builder
			col := 0
			for i := int(from); i < to; {
				for op < len(ends)-1 && ends[op] <= at+i {
					op++
				}
				start, startCol := i, col
				for i < to && (op == len(ends)-1 || at+i < ends[op]) {
					n, cells := text.Step(line[i:to], col)
					i += n
					col += cells
				}
				kinds[ops[op].Kind].writeShown(&b, text.ShowAt(text.Raw(line[start:i]), startCol), mark)
			}
			out = append(out, clip(b.String(), w, col))
		}
		at += len(line) + 1
	}
	return out
}

// Unified compares two texts in one column of w cells.
func Unified(a, b text.Raw, w int, st *themes.Styles) string { return diffOnce(a, b, w, false, st) }

// SideBySide compares two texts in two columns, w cells in all.
func SideBySide(a, b text.Raw, w int, st *themes.Styles) string { return diffOnce(a, b, w, true, st) }

func diffOnce(a, b text.Raw, w int, split bool, st *themes.Styles) string {
	d := NewDiff(st)
	d.SetSplit(split)
	d.Resize(w, 1)
	d.Set(a, b)
	return strings.Join(d.draw(), "\n")
}
