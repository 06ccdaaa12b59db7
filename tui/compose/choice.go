package compose

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// few is the number of shots below which a prompt is warned: examples teach a form
// from about five on.
const few = 5

// ways are the ways to choose by the words of the form.
var ways = []struct {
	how  session.PickHow
	said string
}{
	{session.PickAll, "all"}, {session.PickFirst, "the first"}, {session.PickSpread, "representative"}, {session.PickNearest, "nearest to the case"},
	{session.PickRandom, "drawn by a seed"}, {session.PickColumn, "a list of the case's"},
}

var sorts = []struct{ sort, said string }{{"", "best first"}, {"last", "best last"}, {"bank", "as in the bank"}}

// choiceForm is the form on which of a block's shots or resources stand.
type choiceForm struct {
	s     *Screen
	block session.Block
	d     *sheet

	how, from, n, by, seed, query, column, sort, limit, cut, first, last *field
}

// choose opens the form.
func (s *Screen) chooseItems() tea.Cmd {
	at := s.shotsAt()
	b := s.blocks()[at]
	f := &choiceForm{s: s, block: b, d: &sheet{st: s.d.Styles, title: "Which " + word(b.Kind) + "s stand in the context of a case"}}
	f.fill()
	f.d.means, f.d.check = f.means, func() (*field, error) { _, bad, err := f.read(); return bad, err }
	f.d.done = func() tea.Cmd {
		x, _, _ := f.read()
		return s.change("choosing "+word(b.Kind)+"s", func(c *session.Content) {
			c.Blocks[at].Pick, c.Blocks[at].Shots, c.Blocks[at].Resources = x.Pick, x.Shots, x.Resources
		})
	}
	f.d.focus(0)
	return kit.Open(f.d)
}

func (f *choiceForm) fill() {
	d, p := f.d, session.Pick{How: session.PickAll}
	if f.block.Pick != nil {
		p = *f.block.Pick
	}
	shots := f.block.Kind == session.KindShots
	var said []string
	now := ways[0].said
	for _, w := range ways {
		if shots && w.how == session.PickColumn {
			continue
		}
		said = append(said, w.said)
		if w.how == p.How {
			now = w.said
		}
	}
	is := func(how ...session.PickHow) func() bool {
		return func() bool { return slices.Contains(how, f.chosen()) }
	}
	f.how = d.choice("they are", "how they are chosen for each case; ← → change it", said, now, nil)
	f.n = d.line("how many", "a whole number; pinned ones count", countOf(p.N), "all", func() bool { return f.chosen() != session.PickAll })
	these, bank := f.pools()
	f.from = d.choice("of", "these: those that v put into the block; the bank: all of it, but never the case's own shot", []string{these, bank}, cond(p.Bank, bank, these), func() bool { return f.chosen() != session.PickColumn })
	f.by = d.choice("by", "what the shares are of: the first tag, or the answer", []string{"tag", "label"}, p.By, func() bool { return shots && f.chosen() == session.PickSpread })
	f.seed = d.line("seed", "a whole number; of representative 0 takes the first of each", cond(p.Seed == 0, "", strconv.FormatUint(p.Seed, 10)), "0", is(session.PickRandom, session.PickSpread))
	f.query = d.line("compared", "the variable that they are compared with; none: all of the case", p.Query, "the whole case", is(session.PickNearest))
	f.column = d.line("variable", "the case's variable with its ranked list: JSON, or pieces between blank lines", p.Column, "its name", is(session.PickColumn))
	if !shots {
		var names []string
		sorted := sorts[0].said
		for _, x := range sorts {
			names = append(names, x.said)
			if x.sort == p.Sort {
				sorted = x.said
			}
		}
		f.sort = d.choice("they stand", "models read the ends of a long context best", names, sorted, is(session.PickNearest, session.PickColumn))
		f.limit = d.line("at most", "bytes that they may have together", countOf(p.Limit), "no limit", nil)
		f.cut = d.choice("too long", "what does not fit within the limit", []string{"left out whole", "cut at a sentence"}, cond(p.Cut, "cut at a sentence", "left out whole"), func() bool { return f.limit.value() != "" })
		return
	}
	f.first = d.line("pinned first", "names of shots, with commas: they stand first in any order", pinnedTo(f.block, session.PinFirst), "none", nil)
	f.last = d.line("pinned last", "names of shots, with commas: they stand last in any order", pinnedTo(f.block, session.PinLast), "none", nil)
}

// pools are what may be chosen from: what the block holds, or all of the bank.
func (f *choiceForm) pools() (these, bank string) {
	b := session.Content{Blocks: []session.Block{f.block}}.Clone().Blocks[0]
	b.TakeBank(f.s.d.Table.Shots, f.s.d.Table.Resources)
	return fmt.Sprintf("these %d", on(f.block)), fmt.Sprintf("all %d of the bank", on(b))
}

// on is how many of those that a block holds are on.
func on(b session.Block) (n int) {
	for _, x := range held(b) {
		if !x.off {
			n++
		}
	}
	return n
}

func countOf(n int) string { return cond(n == 0, "", strconv.Itoa(n)) }

// pinnedTo are the names of the shots at one end.
func pinnedTo(b session.Block, pin session.ShotPin) string {
	var out []string
	for _, x := range b.Shots {
		if x.Pin == pin {
			out = append(out, bytesOf(x.Name))
		}
	}
	return strings.Join(out, ", ")
}

func (f *choiceForm) chosen() session.PickHow {
	for _, w := range ways {
		if w.said == f.how.value() {
			return w.how
		}
	}
	return session.PickAll
}

// read makes the block that the fields describe; bad is the field that is wrong.
func (f *choiceForm) read() (b session.Block, bad *field, err error) {
	b = session.Content{Blocks: []session.Block{f.block}}.Clone().Blocks[0]
	p := session.Pick{How: f.chosen()}
	if p.Bank = p.How != session.PickColumn && f.from.at == 1; p.Bank {
		b.TakeBank(f.s.d.Table.Shots, f.s.d.Table.Resources)
	}
	shown := func(x *field) bool { return x != nil && (x.shown == nil || x.shown()) }
	for _, x := range []struct {
		f    *field
		to   *int
		name string
	}{{f.n, &p.N, "how many"}, {f.limit, &p.Limit, "at most"}} {
		if v := ""; shown(x.f) {
			if v = x.f.value(); v == "" {
				continue
			}
			if *x.to, err = strconv.Atoi(v); err != nil || *x.to < 1 {
				return b, x.f, errors.New(x.name + " is a whole number from 1 on, or empty")
			}
		}
	}
	if v := f.seed.value(); shown(f.seed) && v != "" {
		if p.Seed, err = strconv.ParseUint(v, 10, 64); err != nil {
			return b, f.seed, errors.New("seed is a whole number")
		}
	}
	if shown(f.by) {
		p.By = f.by.value()
	}
	if shown(f.query) {
		p.Query = f.query.value()
	}
	if shown(f.column) {
		if p.Column = f.column.value(); p.Column == "" {
			return b, f.column, errors.New("name the variable of the case that holds the list")
		}
	}
	if shown(f.sort) {
		p.Sort = sorts[f.sort.at].sort
	}
	p.Cut = shown(f.cut) && f.cut.at == 1
	if b.Kind == session.KindShots {
		if bad, err = f.pins(&b); err != nil {
			return b, bad, err
		}
	}
	b.Pick = &p
	if p == (session.Pick{How: session.PickAll}) {
		b.Pick = nil
	}
	return b, nil, nil
}

// pins reads which shots stand at the ends.
func (f *choiceForm) pins(b *session.Block) (bad *field, err error) {
	for i := range b.Shots {
		b.Shots[i].Pin = session.PinNone
	}
	for _, end := range []struct {
		f   *field
		pin session.ShotPin
	}{{f.first, session.PinFirst}, {f.last, session.PinLast}} {
		for _, name := range strings.Split(end.f.value(), ",") {
			name = strings.TrimSpace(name)
			if name == "" {
				continue
			}
			i := slices.IndexFunc(b.Shots, func(x session.Shot) bool { return bytesOf(x.Name) == name })
			switch {
			case i < 0:
				return end.f, fmt.Errorf("the block holds no shot %s", text.Raw(name))
			case b.Shots[i].Pin != session.PinNone && b.Shots[i].Pin != end.pin:
				return end.f, fmt.Errorf("%s can't stand first and last", text.Raw(name))
			}
			b.Shots[i].Pin = end.pin
		}
	}
	return nil, nil
}

// means says what the choice comes to for the case in hand.
func (f *choiceForm) means(w, rows int) []string {
	st := f.s.d.Styles
	b, _, err := f.read()
	if err != nil {
		return []string{f.s.say(st.Faint, "nothing yet: one field is to be mended")}
	}
	b.Off = false
	said, warned := tell(b, f.s.d.Table.Case(), f.s.d.Table.Cases)
	out := strings.Split(kit.Para(text.Of(said), w, st.Text, st.Mark), "\n")
	for _, x := range warned {
		out = append(out, strings.Split(kit.Para(text.Of("▪ "+x), w, st.Warn, st.Mark), "\n")...)
	}
	return out[:min(len(out), rows)]
}

// tell says in a sentence which of a block stand for a case and why, and what there
// is to be wary of, also beside the other cases.
func tell(b session.Block, c session.Case, cases []session.Case) (said string, warned []string) {
	p := session.Compose(session.Content{Blocks: []session.Block{b}}, c, session.Order{})
	what := word(b.Kind)
	items, why := session.Choose(b, c)
	of := fmt.Sprintf("%d of %d stand", len(items), on(b))
	if b.OfBank() {
		of = fmt.Sprintf("%d of %d in the bank stand", len(items), on(b))
	}
	if b.Pick != nil && b.Pick.How == session.PickColumn {
		of = kit.Plural(len(items), what+" stands", what+"s stand")
	}
	if c.Name != "" {
		of += " for " + text.Head(c.Name, 24).String()
	}
	var names []string
	for _, i := range items {
		names = append(names, nameAndWhy(b, i, why))
	}
	said = of + "."
	if len(held(b)) == 0 && (b.Pick == nil || b.Pick.How != session.PickColumn) {
		said = fmt.Sprintf("The block holds no %s yet to choose from: choose of all the bank, or v takes some of it into the block.", what)
		if b.OfBank() {
			said = fmt.Sprintf("The bank has no %s yet that is on: %s.", what, bankKey(b.Kind))
		}
	}
	if len(names) > 0 {
		const most = 8
		if len(names) > most {
			names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
		}
		said = of + ": " + strings.Join(names, "; ") + "."
	}
	for _, n := range p.Notes {
		warned = append(warned, n.What.String())
	}
	if b.Kind == session.KindShots {
		missing, line := unshown(b, items, cases)
		warned = append(warned, wary(b, items, missing)...)
		if line != "" {
			warned = append(warned, line)
		}
	}
	return said, warned
}

// nameAndWhy is "s03 (shares refund, invoice)".
func nameAndWhy(b session.Block, i int, why []session.Retrieved) string {
	name := fmt.Sprint(i + 1)
	if all := held(b); i < len(all) && (b.Pick == nil || b.Pick.How != session.PickColumn) && all[i].name != "" {
		name = text.Head(all[i].name, 24).String()
	}
	at := slices.IndexFunc(why, func(r session.Retrieved) bool { return r.Item == i && !r.Left })
	var notes []string
	if at >= 0 {
		r := why[at]
		if r.Name != "" {
			name = text.Head(r.Name, 24).String()
		}
		if len(r.Words) > 0 {
			notes = append(notes, "shares "+joined(r.Words, 3))
		}
		if r.Cut {
			notes = append(notes, "cut")
		}
	}
	if b.Kind == session.KindShots && i < len(b.Shots) && b.Shots[i].Pin != session.PinNone {
		notes = append(notes, "pinned "+string(b.Shots[i].Pin))
	}
	if len(notes) > 0 {
		name += " (" + strings.Join(notes, ", ") + ")"
	}
	return name
}

// wary says where shots are few, and which answers or tags of the block have none;
// those of told are told already.
func wary(b session.Block, items []int, told map[string]bool) (out []string) {
	if n := len(items); n < few {
		out = append(out, fmt.Sprintf("%s: examples show a form from about %d on. Add some, or do without.", kit.Plural(n, "shot", "shots"), few))
	}
	by := "tag"
	if b.Pick != nil && b.Pick.By == "label" {
		by = "label"
	}
	if b.Pick == nil || b.Pick.How != session.PickSpread {
		return out
	}
	stratum := func(x session.Shot) string {
		if by == "label" {
			return x.Label()
		}
		if len(x.Tags) == 0 {
			return ""
		}
		return bytesOf(x.Tags[0])
	}
	have := map[string]bool{}
	for _, i := range items {
		have[stratum(b.Shots[i])] = true
	}
	var none []string
	for _, x := range b.Shots {
		if v := stratum(x); !x.Off && !have[v] && (by == "tag" || !told[v]) {
			have[v] = true
			none = append(none, cond(v == "", "untagged", text.Head(rawOf(v), 24).String()))
		}
	}
	if len(none) > 0 {
		out = append(out, fmt.Sprintf("No shot of %s stands: take more, or pin one.", strings.Join(none, ", ")))
	}
	return out
}
