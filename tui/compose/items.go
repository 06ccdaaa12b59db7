package compose

import (
	"fmt"
	"slices"
	"strings"

	"galley/session"
	"galley/session/text"
)

// stands is one of a block's shots or resources that stands in the context of the
// case in hand, and why.
type stands struct {
	item   int
	name   text.Raw
	ranked bool
	why    []text.Raw
	cut    bool
}

// standing are those of a block that stand in the proof in sight, in its order; ok
// is false where the proof is of other blocks by now.
func (s *Screen) standing(at int) (out []stands, ok bool) {
	p := s.proof
	blocks := s.blocks()
	if !p.there || p.late || at >= len(p.uids) || at >= len(blocks) || p.uids[at] != blocks[at].UID || blocks[at].Off {
		return nil, false
	}
	why := map[int]session.Retrieved{}
	for _, r := range p.p.Retrieved {
		if r.Block == at && !r.Left {
			why[r.Item] = r
		}
	}
	for _, sp := range p.p.Spans {
		if sp.Block != at || sp.Shot < 0 || len(out) > 0 && out[len(out)-1].item == sp.Shot {
			continue
		}
		if slices.ContainsFunc(out, func(x stands) bool { return x.item == sp.Shot }) {
			continue
		}
		r := why[sp.Shot]
		out = append(out, stands{item: sp.Shot, name: r.Name, ranked: r.Rank > 0, why: r.Words, cut: r.Cut})
	}
	return out, true
}

// itemSettings is "5 of 24 in the bank, 2 changed  order seed:42", and of a block that
// chooses "3 nearest of 12 in the bank" or "3 nearest of these 5 (bank 24)".
func (s *Screen) itemSettings(b session.Block) string {
	st := s.d.Styles
	has, bank, what := on(b), len(s.banked(b.Kind)), word(b.Kind)
	line := s.say(st.Text, fmt.Sprint(has)) + s.say(st.Faint, fmt.Sprintf(" of %d in the bank", bank))
	how := b.Pick != nil && b.Pick.How != session.PickAll && b.Pick.How != ""
	switch {
	case b.Pick != nil && b.Pick.How == session.PickColumn:
		line = s.say(st.Text, pickName(b)) + s.say(st.Faint, ", a list of the case's own")
	case how && b.OfBank():
		line = s.say(st.Text, pickName(b)) + s.say(st.Faint, fmt.Sprintf(" of %d in the bank", has))
	case b.OfBank():
		line = s.say(st.Text, fmt.Sprintf("all %d", has)) + s.say(st.Faint, " in the bank")
	case how:
		line = s.say(st.Text, pickName(b)) + s.say(st.Faint, fmt.Sprintf(" of these %d (bank %d)", has, bank))
	case bank == 0:
		line = s.say(st.Text, fmt.Sprint(has)) + s.say(st.Faint, " "+what+"s, the bank is empty")
	}
	behind := b.Behind(s.d.Table.Shots, s.d.Table.Resources)
	one := session.Content{Blocks: []session.Block{b}}
	changed := session.FreshShots(one, s.d.Table.Shots) + session.FreshResources(one, s.d.Table.Resources)
	for _, x := range []struct {
		n    int
		said string
	}{{behind.New, "new"}, {behind.Gone, "gone"}, {changed, "changed"}} {
		if x.n > 0 {
			line += s.say(st.Warn, fmt.Sprintf(", %d %s", x.n, x.said))
		}
	}
	order := "as is"
	if o, err := session.ParseOrder(b.Order); err != nil {
		order = text.Head(rawOf(b.Order), 20).String()
	} else if !o.AsIs() {
		order = o.String()
	}
	if run := s.d.Table.Order(); !run.AsIs() && b.Kind == session.KindShots {
		order = run.String() + ", the run's"
	}
	return line + "  " + s.say(st.Faint, "order ") + s.say(st.Text, order)
}

// pickName is how a block chooses, in a few words.
func pickName(b session.Block) string {
	p := b.Pick
	if p == nil || p.How == session.PickAll || p.How == "" {
		return "all"
	}
	n := "all, " // in the order of the choice
	if p.N > 0 {
		n = fmt.Sprintf("%d ", p.N)
	}
	switch p.How {
	case session.PickFirst:
		if p.N == 0 {
			return "all"
		}
		return fmt.Sprintf("the first %d", p.N)
	case session.PickSpread:
		by := "tag"
		if p.By == "label" {
			by = "label"
		}
		return n + "by the shares of " + by + "s"
	case session.PickNearest:
		return n + "nearest"
	case session.PickRandom:
		return n + fmt.Sprintf("drawn by %d", p.Seed)
	case session.PickColumn:
		return n + "of {{" + text.Head(rawOf(p.Column), 24).String() + "}}"
	}
	return string(p.How)
}

// itemLines are a block's shots or resources as they stand for the case, in n rows.
func (s *Screen) itemLines(b session.Block, w, n int) []string {
	st, what := s.d.Styles, word(b.Kind)
	out := []string{s.say(st.Faint, what+"s ") + s.say(st.Rule, strings.Repeat("─", max(0, w-len(what)-2)))}
	all := held(b)
	own := b.Pick != nil && b.Pick.How == session.PickColumn
	up, known := s.standing(s.at)
	if !known { // as they are in the block
		for i, x := range all {
			if !x.off {
				up = append(up, stands{item: i})
			}
		}
	}
	switch {
	case own && len(up) == 0:
		return append(out, s.say(st.Faint, "The case brings no list: see the choice, c."))
	case own:
	case len(all) == 0 && len(s.banked(b.Kind)) == 0:
		return append(out, s.say(st.Faint, "The bank has no "+what+" yet:"), s.say(st.Faint, bankKey(b.Kind)+"."))
	case len(up) == 0 && len(all) > 0 && !b.Off:
		return append(out, s.say(st.Faint, "None of "+fmt.Sprint(len(all))+" stands for this case: c chooses."))
	case len(up) == 0:
		return append(out, s.say(st.Faint, "No "+what+" yet: + takes the next, v picks."))
	}
	name := 3
	for _, x := range up {
		name = max(name, min(w/3, text.Head(s.nameOf(b, x), 20).Width()))
	}
	rest := on(b) - len(up)
	for i, x := range up {
		if len(out) == n-1 && len(up)-i > 1 {
			return append(out, s.say(st.Faint, fmt.Sprintf("   and %d more", len(up)-i)))
		}
		if len(out) == n {
			return out
		}
		out = append(out, s.itemLine(b, x, i+1, name, w))
	}
	if known && !own && rest > 0 && len(out) < n {
		out = append(out, s.say(st.Faint, fmt.Sprintf("    %d more in the %s, not for this case", rest, cond(b.OfBank(), "bank", "block"))))
	}
	return out
}

// nameOf is the name of one that stands.
func (s *Screen) nameOf(b session.Block, x stands) text.Raw {
	if x.name != "" {
		return x.name
	}
	if all := held(b); x.item < len(all) && (b.Pick == nil || b.Pick.How != session.PickColumn) {
		return all[x.item].name
	}
	return rawOf(fmt.Sprint(x.item + 1))
}

func (s *Screen) itemLine(b session.Block, x stands, place, name, w int) string {
	st := s.d.Styles
	pin := " "
	if b.Kind == session.KindShots && x.item < len(b.Shots) {
		switch b.Shots[x.item].Pin {
		case session.PinFirst:
			pin = "⤒"
		case session.PinLast:
			pin = "⤓"
		}
	}
	head := s.say(st.Faint, fmt.Sprintf("%3d", place)) + s.say(st.Accent, pin) + s.paint(st.Dim, padShown(text.Head(s.nameOf(b, x), name), name)) + "  "
	room := max(1, w-4-name-2)
	if b.Kind == session.KindShots && x.item < len(b.Shots) {
		return head + s.shotBody(b.Shots[x.item], room)
	}
	var said string
	switch {
	case x.cut:
		said = "cut"
	case x.ranked && len(x.why) > 0:
		said = "shares " + joined(x.why, 3)
	}
	note := text.Of(said).Truncate(room * 3 / 5)
	gist := text.Raw("")
	if x.item < len(b.Resources) && (b.Pick == nil || b.Pick.How != session.PickColumn) {
		gist = b.Resources[x.item].Text
	}
	gap := room - note.Width() - either(note.Width() > 0, 2, 0)
	line := head + s.paint(st.Text, padShown(text.Head(gist, max(1, gap)), max(1, gap)))
	if note.Width() > 0 {
		line += "  " + s.paint(st.Faint, note)
	}
	return line
}

func either(yes bool, a, b int) int {
	if yes {
		return a
	}
	return b
}

// shotBody is a shot's input and output, or what it is instead, in some cells.
func (s *Screen) shotBody(x session.Shot, room int) string {
	st := s.d.Styles
	look := st.Strong
	out := text.Head(answer(x), max(4, room*2/5))
	if len(x.Calls) > 0 {
		look, out = st.Variable.Bold(false), text.Head(answer(x), max(4, room/2))
	}
	if x.Input == "" {
		return s.say(st.Faint, "output only ") + s.paint(look, text.Head(answer(x), max(1, room-12)))
	}
	in := max(1, room-3-out.Width())
	return s.paint(st.Text, padShown(text.Head(x.Input, in), in)) + s.say(st.Faint, " → ") + s.paint(look, out)
}

// joined is some words with commas.
func joined(words []text.Raw, most int) string {
	var out []string
	for _, w := range words[:min(most, len(words))] {
		out = append(out, text.Head(w, 20).String())
	}
	return strings.Join(out, ", ")
}
