package library

import (
	"fmt"
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// detail is what the right pane says of the variant with the cursor in w by h
// cells: who it is, its blocks, its last run, the guideline. What there is no
// room for is counted.
func (s *Screen) detail(p session.PromptInfo, v session.VariantInfo, runs []session.Run, w, h int) string {
	st := s.d.Styles
	out := []string{s.headline(v, w)}
	if v.Revision.Intent != "" && h > 8 {
		t := text.Head(v.Revision.Intent, 2*w).OneLine()
		out = append(out, strings.Split(kit.Para(t, w, st.Text, st.Mark), "\n")...)
	}
	gap := func() {
		if h > 12 {
			out = append(out, "")
		}
	}
	gap()
	keep := min(4, max(1, h/4)) // rows for what stands below the blocks
	switch {
	case h >= 24:
		keep = 9
	case h > 12: // the gap above it
		keep++
	}
	waits := s.waitsLines(p, w, max(1, min(5, h/4)))
	if keep += len(waits); keep > h/2 {
		keep = max(1, h/2)
	}
	out = append(out, s.blocks(v.Revision.Content, w, max(1, h-len(out)-keep))...)
	gap()
	out = append(out, waits[:max(0, min(len(waits), h-len(out)))]...)
	if left := h - len(out); left > 0 {
		out = append(out, s.tail(p, runs, w, left)...)
	}
	for i := range out {
		out[i] = " " + out[i]
	}
	return kit.Fill(strings.Join(out, "\n"), w+2, h)
}

// headline is "five-shot@3 from @2 · 12 May 14:03 ◆ on the table".
func (s *Screen) headline(v session.VariantInfo, w int) string {
	st := s.d.Styles
	about := ""
	if v.Parent > 0 {
		about = fmt.Sprintf("  from @%d", v.Parent)
	}
	if v.Revision.CreatedMS > 0 {
		about += "  " + kit.When(v.Revision.CreatedMS, s.d.Now())
	}
	sign, look := "", st.Accent
	switch here := s.d.Table.Open() && s.d.Table.Variant.ID == v.ID; {
	case here && s.d.Table.Dirty():
		sign, look = "  on the table, unsaved", st.Warn
	case here:
		sign = "  on the table"
	case v.Drafted:
		sign, look = "  with a draft", st.Warn
	}
	name := text.Show(v.Name).OneLine().Append(text.Of(fmt.Sprintf("@%d", v.Revision.Number)))
	room := w - text.Of(sign).Width()
	if name.Width()+text.Of(about).Width() > room {
		about = ""
	}
	return s.paint(st.Strong, name.Truncate(max(1, room))) + s.say(st.Faint, about) + s.say(look, sign)
}

// blocks shows the beginning of each block, in at most n rows.
func (s *Screen) blocks(c session.Content, w, n int) []string {
	st := s.d.Styles
	if len(c.Blocks) == 0 {
		return []string{s.say(st.Faint, "no block yet: enter opens it, a adds one")}
	}
	name := 0
	for _, b := range c.Blocks {
		name = max(name, text.Head(b.Name(), w/3).Width())
	}
	rows := make([]int, len(c.Blocks)) // of each block: the beginning of all before the rest of any
	for i := range rows {
		rows[i] = max(1, min(4, n/len(c.Blocks)))
	}
	for spare := n - len(s.stacked(c, w, name, rows, n)); spare > 0; {
		was := spare
		for i, b := range c.Blocks {
			more := len(s.block(b, i, w, name, rows[i]+spare)) - len(s.block(b, i, w, name, rows[i]))
			rows[i] += max(0, more)
			spare -= max(0, more)
		}
		if spare == was {
			break
		}
	}
	return s.stacked(c, w, name, rows, n)
}

// stacked draws the blocks, each in its rows, and says how many have no room.
func (s *Screen) stacked(c session.Content, w, name int, rows []int, n int) []string {
	var out []string
	for i, b := range c.Blocks {
		if len(out) >= n-1 && len(c.Blocks)-i > 1 {
			return append(out, s.say(s.d.Styles.Faint, fmt.Sprintf("  and %d more", len(c.Blocks)-i)))
		}
		out = append(out, s.block(b, i, w, name, rows[i])...)
	}
	return out
}

// block is one block in at most rows rows: its colour, its name, its words.
func (s *Screen) block(b session.Block, i, w, name, rows int) []string {
	st := s.d.Styles
	bar, look, words := st.Gutter(i), st.Block(i), st.Dim
	if b.Off {
		bar, look, words = st.Faint, st.Faint, st.Faint
	}
	room := max(1, w-4-name)
	var lines []text.Shown
	switch {
	case b.Off:
		lines = []text.Shown{text.Of("off")}
	case b.Kind == session.KindShots, b.Kind == session.KindResources:
		lines = []text.Shown{text.Of(itemsLine(b)).Truncate(room)}
	case b.Text == "":
		lines = []text.Shown{text.Of("empty")}
	case rows == 1:
		lines = []text.Shown{text.Head(b.Text, room)}
	default:
		lines = s.lines(b.Text, room, rows)
	}
	out := make([]string, len(lines))
	label := text.Head(b.Name(), name)
	for y, l := range lines {
		out[y] = s.say(bar, "▎") + " " + kit.Fit(s.paint(look, label), name) + "  " + s.paint(words, l)
		label = text.Shown{}
	}
	return out
}

// lines are the first rows of a text, with an ellipsis where there are more.
func (s *Screen) lines(r text.Raw, w, rows int) []text.Shown {
	var all []text.Shown
	if len(r) <= 16*rows*w {
		all = text.Show(r).Wrap(w)
	} else {
		all = text.Head(r, 2*rows*w).Wrap(w)
	}
	for len(all) > 1 && all[len(all)-1].Empty() {
		all = all[:len(all)-1]
	}
	if len(all) > rows {
		all = all[:rows]
		last := all[rows-1]
		for n := last.Len(); n > 0 && last.String()[n-1] == ' '; n-- {
			last = last.Slice(0, n-1)
		}
		if last.Width() > w-2 {
			last = last.Truncate(w)
		}
		all[rows-1] = last.Append(text.Of(" …")).Truncate(w)
	}
	return all
}

// itemsLine is "12 shots, in xml, seed:42" or "18 resources, 3 nearest".
func itemsLine(b session.Block) string {
	on, what := 0, "shot"
	for _, x := range b.Shots {
		if !x.Off {
			on++
		}
	}
	if b.Kind == session.KindResources {
		what = "resource"
		for _, x := range b.Resources {
			if !x.Off {
				on++
			}
		}
	}
	parts := []string{count(on, what)}
	switch p := b.Pick; {
	case p == nil || p.How == session.PickAll:
	case p.How == session.PickColumn:
		parts = []string{"a list of the case's"}
	case p.N > 0:
		parts = append(parts, fmt.Sprintf("%d %s", p.N, p.How))
	default:
		parts = append(parts, "all, "+string(p.How))
	}
	if b.Layout == session.LayoutTurns && b.Kind == session.KindShots {
		parts = append(parts, "as turns")
	} else if b.Wrap != session.WrapNone && b.Wrap != "" {
		parts = append(parts, "in "+string(b.Wrap))
	}
	if o, err := session.ParseOrder(b.Order); err == nil && !o.AsIs() {
		parts = append(parts, o.String())
	}
	return strings.Join(parts, ", ")
}

// tail is the prompt's last run and its guideline, in at most rows rows.
func (s *Screen) tail(p session.PromptInfo, runs []session.Run, w, rows int) []string {
	st := s.d.Styles
	label := func(l string) string { return kit.Fit(s.say(st.Faint, l), 11) }
	out := []string{label("Last run") + s.paint(st.Dim, text.Of(s.lastRun(runs)).Truncate(max(1, w-11)))}
	switch {
	case rows < 2:
		return out
	case p.Guideline == "":
		return append(out, label("Guideline")+s.paint(st.Faint, text.Of("none yet: what a judge is to be told").Truncate(max(1, w-11))))
	}
	return append(out, s.excerpt(label, p.Guideline, w, min(rows-1, 7))...)
}

// excerpt is the beginning of the guideline beside its label.
func (s *Screen) excerpt(label func(string) string, g text.Raw, w, rows int) []string {
	var out []string
	for i, l := range s.lines(g, max(1, w-11), rows) {
		name := ""
		if i == 0 {
			name = "Guideline"
		}
		out = append(out, label(name)+s.paint(s.d.Styles.Dim, l))
	}
	return out
}

func (s *Screen) lastRun(runs []session.Run) string {
	if len(runs) == 0 {
		return "never ran: the Bench runs it"
	}
	r := runs[0]
	for _, x := range runs[1:] {
		if x.StartedMS > r.StartedMS {
			r = x
		}
	}
	said := fmt.Sprintf("%s · %s · %d of %d", r.Name(), kit.When(r.StartedMS, s.d.Now()), r.Done, r.Cells)
	switch {
	case r.Imported:
		said = fmt.Sprintf("%s · %s · %d imported", r.Name(), kit.When(r.StartedMS, s.d.Now()), r.Cells)
	case r.State != session.RunDone:
		said += " " + string(r.State)
	case r.Failed == 0:
		said += " answered"
	}
	if r.Failed > 0 {
		said += fmt.Sprintf(", %d failed", r.Failed)
	}
	return said
}

// count is "1 case", "60 cases".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
