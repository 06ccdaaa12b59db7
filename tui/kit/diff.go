package kit

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// Diff shows what changed between two texts, line by line and within lines word
// by word, in one column or in two. Deleted text is marked with - and inserted
// text with + as well as by colour. The zero value is not ready; see NewDiff.
type Diff struct {
	st      *themes.Styles
	rows    []diffRow
	split   bool
	context int
	w, h    int
	top     int
	left    string
	right   string
	adds    int
	dels    int

	lines []string // drawn at the width of drawnAt
	drawn bool
}

// diffRow is a line of either text, or of both.
type diffRow struct {
	kind   text.DiffKind // of the row: Same stands in both
	l, r   []text.DiffOp // words; Same and Del at the left, Same and Ins at the right
	ln, rn int           // line numbers, 0 for none
	fold   int           // so many equal lines are left out here
	head   string        // a heading, and no line of either
}

// NewDiff makes an empty comparison, in one column.
func NewDiff(st *themes.Styles) *Diff { return &Diff{st: st, context: 3} }

// SetStyles changes the theme.
func (d *Diff) SetStyles(st *themes.Styles) { d.st, d.drawn = st, false }

// SetNames names the two texts.
func (d *Diff) SetNames(left, right string) { d.left, d.right, d.drawn = left, right, false }

// SetSplit chooses two columns or one. Below 60 cells there is always one.
func (d *Diff) SetSplit(on bool) { d.split, d.drawn = on, false }

// Split reports whether two columns were chosen.
func (d *Diff) Split() bool { return d.split }

// SetContext says how many equal lines stand around a change; below 0: all.
func (d *Diff) SetContext(n int) { d.context, d.drawn = n, false }

// Stat counts the inserted and the deleted lines.
func (d *Diff) Stat() (adds, dels int) { return d.adds, d.dels }

// Resize gives the comparison its size.
func (d *Diff) Resize(w, h int) {
	if w != d.w {
		d.drawn = false
	}
	d.w, d.h = w, h
}

// DiffPart is a part of two texts that stands under a heading.
type DiffPart struct {
	Head string // ours
	A, B text.Raw
}

// Set compares two texts. It takes a few milliseconds for 50 KB.
func (d *Diff) Set(a, b text.Raw) {
	d.rows, d.top, d.drawn, d.adds, d.dels = nil, 0, false, 0, 0
	d.compare(a, b)
}

// SetParts compares two texts part by part, each under its heading and with line
// numbers of its own.
func (d *Diff) SetParts(parts []DiffPart) {
	d.rows, d.top, d.drawn, d.adds, d.dels = nil, 0, false, 0, 0
	for _, p := range parts {
		d.rows = append(d.rows, diffRow{head: p.Head})
		d.compare(p.A, p.B)
	}
}

func (d *Diff) compare(a, b text.Raw) {
	ops := text.DiffLines(a, b)
	ln, rn := 0, 0
	for i := 0; i < len(ops); {
		if ops[i].Kind == text.Same {
			ln, rn = ln+1, rn+1
			d.rows = append(d.rows, diffRow{l: ops[i : i+1], r: ops[i : i+1], ln: ln, rn: rn})
			i++
			continue
		}
		var dels, adds []text.Raw
		for ; i < len(ops) && ops[i].Kind != text.Same; i++ {
			if ops[i].Kind == text.Del {
				dels = append(dels, ops[i].Text)
			} else {
				adds = append(adds, ops[i].Text)
			}
		}
		d.change(dels, adds, &ln, &rn)
	}
}

// change adds a run of deleted and inserted lines, those paired that have words
// in common.
func (d *Diff) change(dels, adds []text.Raw, ln, rn *int) {
	d.dels += len(dels)
	d.adds += len(adds)
	for i := range max(len(dels), len(adds)) {
		r := diffRow{kind: text.Del}
		switch {
		case i < len(dels) && i < len(adds):
			r.l, r.r = pair(text.DiffWords(dels[i], adds[i]))
		case i < len(dels):
			r.l = []text.DiffOp{{Kind: text.Del, Text: dels[i]}}
		default:
			r.r = []text.DiffOp{{Kind: text.Ins, Text: adds[i]}}
		}
		if i < len(dels) {
			*ln++
			r.ln = *ln
		}
		if i < len(adds) {
			*rn++
			r.rn = *rn
		}
		d.rows = append(d.rows, r)
	}
}

// pair deals a word comparison to its two sides. Lines that share little are
// drawn as wholly different: islands of equal words would only confuse.
func pair(ops []text.DiffOp) (l, r []text.DiffOp) {
	same, all := 0, 0
	for _, o := range ops {
		all += len(o.Text)
		if o.Kind == text.Same {
			same += len(o.Text)
			all += len(o.Text)
		}
	}
	whole := same*4 < all
	for _, o := range ops {
		k := o.Kind
		if k != text.Ins {
			if whole {
				k = text.Del
			}
			l = append(l, text.DiffOp{Kind: k, Text: o.Text})
		}
		if k = o.Kind; k != text.Del {
			if whole {
				k = text.Ins
			}
			r = append(r, text.DiffOp{Kind: k, Text: o.Text})
		}
	}
	return l, r
}

// folded leaves out equal lines that are far from every change.
func (d *Diff) folded() []diffRow {
	if d.context < 0 || d.adds+d.dels == 0 {
		return d.rows
	}
	keep := make([]bool, len(d.rows))
	for i, r := range d.rows {
		keep[i] = keep[i] || r.head != ""
		if r.kind == text.Same {
			continue
		}
		for j := i; j >= max(0, i-d.context) && d.rows[j].head == ""; j-- {
			keep[j] = true
		}
		for j := i; j <= min(len(d.rows)-1, i+d.context) && d.rows[j].head == ""; j++ {
			keep[j] = true
		}
	}
	var out []diffRow
	for i := 0; i < len(d.rows); i++ {
		if keep[i] {
			out = append(out, d.rows[i])
			continue
		}
		n := i
		for n < len(d.rows) && !keep[n] {
			n++
		}
		if n-i <= 2 {
			out = append(out, d.rows[i:n]...)
		} else {
			out = append(out, diffRow{fold: n - i})
		}
		i = n - 1
	}
	return out
}

// Update scrolls, and reports whether the message was of use.
func (d *Diff) Update(msg tea.Msg) (used bool) {
	win := window{cur: d.top}
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		k := m.String()
		if k == "pgup" || k == "pgdown" {
			win.cur += map[string]int{"pgup": 1 - d.page(), "pgdown": d.page() - 1}[k]
		} else if !win.key(k, len(d.draw()), 1) {
			return false
		}
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			win.cur -= 3
		case tea.MouseWheelDown:
			win.cur += 3
		default:
			return false
		}
	default:
		return false
	}
	d.top = max(0, min(win.cur, len(d.draw())-d.page()))
	return true
}

// NextChange scrolls to the next change below the top, PrevChange to the one
// above.
func (d *Diff) NextChange() { d.jump(1) }

// PrevChange scrolls to the change above the top.
func (d *Diff) PrevChange() { d.jump(-1) }

func (d *Diff) jump(by int) {
	lines := d.draw()
	was := func(i int) bool { return i >= 0 && i < len(lines) && strings.Contains(lines[i], changeSign) }
	for i := d.top + by; i >= 0 && i < len(lines); i += by {
		if was(i) && !was(i-1) {
			d.top = max(0, min(i, len(lines)-d.page()))
			return
		}
	}
}

// changeSign stands in every row of a change, at its left edge.
const changeSign = "▐"

func (d *Diff) head() int {
	if d.left != "" || d.right != "" {
		return 1
	}
	return 0
}

func (d *Diff) page() int { return max(1, d.h-d.head()) }

// View draws the comparison.
func (d *Diff) View() string {
	if d.w <= 0 || d.h <= 0 {
		return ""
	}
	lines := d.draw()
	d.top = max(0, min(d.top, len(lines)-d.page()))
	var out []string
	if d.head() > 0 {
		out = append(out, d.names())
	}
	out = append(out, lines[d.top:min(len(lines), d.top+d.page())]...)
	return Fill(strings.Join(out, "\n"), d.w, d.h)
}

func (d *Diff) names() string {
	del, add := newInk(d.st.DelSign), newInk(d.st.AddSign)
	l, r := text.Of(d.left), text.Of(d.right)
	if d.two() {
		w := (d.w - 1) / 2
		return Fit(del.text("- ")+newInk(d.st.Dim).text(l.Truncate(max(1, w-2)).String()), w) + " " +
			Fit(add.text("+ ")+newInk(d.st.Dim).text(r.Truncate(max(1, w-2)).String()), d.w-w-1)
	}
	room := d.w - len("- ") - len("  + ") // where both are too long, each has half, or what the other leaves
	l, r = l.Truncate(max(1, room/2, room-r.Width())), r.Truncate(max(1, room-room/2, room-l.Width()))
	return Fit(del.text("- ")+newInk(d.st.Dim).text(l.String())+"  "+add.text("+ ")+newInk(d.st.Dim).text(r.String()), d.w)
}

func (d *Diff) two() bool { return d.split && d.w >= 60 }

// draw renders all rows once for a width.
func (d *Diff) draw() []string {
	if d.drawn {
		return d.lines
	}
	d.drawn, d.lines = true, nil
	if d.adds+d.dels == 0 {
		d.lines = append(d.lines, newInk(d.st.Good).text("= no difference"))
	}
	num := len(strconv.Itoa(len(d.rows) + 1))
	for _, r := range d.folded() {
		switch {
		case r.head != "":
			d.lines = append(d.lines, Fit(newInk(d.st.Title).text(text.Of("━━ "+r.head).Truncate(d.w).String()), d.w))
		case r.fold > 0:
			d.lines = append(d.lines, Fit(newInk(d.st.Faint).text(fmt.Sprintf("  ⋯ %d equal lines", r.fold)), d.w))
		case d.two():
			d.lines = append(d.lines, d.side(r, num)...)
		default:
			d.lines = append(d.lines, d.unified(r, num)...)
		}
	}
	return d.lines
}
