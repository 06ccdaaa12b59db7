package study

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

// label is the name of a line.
func (l line) label() string {
	return map[line]string{
		lineKind: "question", lineOf: "of the", lineBlocks: "without blocks", lineShots: "without shots", lineResources: "without resources",
		lineCases: "cases", lineModel: "model", linePass: "passes by", lineOrders: "orders", lineRepeats: "one order again", lineSizes: "numbers",
		lineTakes: "takes", lineHot: "temperature", lineShuffle: "shots shuffled", lineItems: "items shuffled", lineRephrase: "rephrased",
		lineRecent: "avoid the recent", lineSeed: "seed",
	}[l]
}

// question is what a kind asks, in a few words.
func question(k study.Kind) string {
	return map[study.Kind]string{
		study.KindOrder: "does the order matter", study.KindDrop: "what each part adds",
		study.KindSweep: "how many does it take", study.KindVary: "how varied are answers",
	}[k]
}

// value is how a line reads.
func (p *setup) value(l line) string {
	s := p.s
	onOff := func(on bool, n int) string {
		switch {
		case n == 0:
			return "there are none"
		case on:
			return fmt.Sprintf("yes, %d", n)
		}
		return "no"
	}
	c := s.content()
	switch l {
	case lineKind:
		return question(p.kind)
	case lineOf:
		return fmt.Sprintf("%d %s", p.of.Count(c), p.of)
	case lineBlocks:
		return onOff(p.parts[study.OfBlocks], blocksOf(c))
	case lineShots:
		return onOff(p.parts[study.OfShots], study.OfShots.Count(c))
	case lineResources:
		return onOff(p.parts[study.OfResources], study.OfResources.Count(c))
	case lineCases:
		dev, holdout := s.splits()
		switch p.cases {
		case "":
			return fmt.Sprintf("all %d", dev+holdout)
		case "dev":
			return fmt.Sprintf("the %d to work on", dev)
		case "holdout":
			return fmt.Sprintf("the %d held out", holdout)
		}
		return text.Head(text.Raw(p.cases), 40).OneLine().String()
	case lineModel:
		if p.model == "" {
			return "none"
		}
		return text.Head(text.Raw(p.model), 60).OneLine().String()
	case linePass:
		if p.suite == "" {
			return "what the cases want"
		}
		return "the suite " + text.Head(p.suite, 40).OneLine().String()
	case lineOrders:
		if len(p.orders) > 0 {
			return fmt.Sprintf("the same %d", len(p.orders))
		}
		return fmt.Sprint(p.k)
	case lineRepeats:
		return kit.Plural(p.repeats, "time", "times")
	case lineSizes:
		return joinInts(p.sizes)
	case lineTakes:
		return fmt.Sprint(p.takes)
	case lineHot:
		if p.hot == 0 {
			return "no"
		}
		return fmt.Sprintf("%g", p.hot)
	case lineShuffle:
		return onOff(p.shuffle, study.OfShots.Count(c))
	case lineItems:
		if p.items == "" {
			return "no"
		}
		return text.Head(text.Raw(p.items), 30).OneLine().String()
	case lineRephrase:
		if p.rephrase == "" {
			return "no"
		}
		return text.Head(text.Raw(p.rephrase), 30).OneLine().String()
	case lineRecent:
		if p.recent == 0 {
			return "no"
		}
		return fmt.Sprintf("the last %d", p.recent)
	}
	return fmt.Sprint(p.seed)
}

// blocksOf is how many blocks could be left out.
func blocksOf(c session.Content) int {
	n := 0
	for _, b := range c.Blocks {
		if !b.Off && b.Kind != session.KindInput {
			n++
		}
	}
	return n
}

// meaning says in a sentence what the line with the cursor comes to.
func (p *setup) meaning() string {
	switch p.line() {
	case lineKind:
		return map[study.Kind]string{
			study.KindOrder: "The same cases are asked under several orders, each " + strings.TrimSuffix(fmt.Sprint(p.of), "s") + " in each place equally often; and under one order as often again, for what chance does.",
			study.KindDrop:  "The same cases are asked with one part after the other left out; and with all of them once more, for what chance does.",
			study.KindSweep: "The same cases are asked with none, a few, and more shots, to see from where on more of them buy nothing.",
			study.KindVary:  "Each case is asked several times, as the variant is and with each trick, on as many draws.",
		}[p.kind]
	case lineOf:
		return "What is put into other orders, or of which there are fewer and more."
	case lineBlocks:
		return "Each block that is on is left out in turn, but for the input."
	case lineShots, lineResources:
		return "Each one is left out in turn: a case is asked once more for each."
	case lineCases:
		if p.cases == "holdout" {
			return p.s.looksSaid()
		}
		return "Work on those of dev; the holdout is for what is decided. space writes names or tag:NAME."
	case lineModel:
		return "What an order or a shot does to one model says little of another. space lists the models."
	case linePass:
		return "What says whether an answer passes."
	case lineOrders:
		return "Rows of a Williams design: each shot stands in each place equally often, and after each other one too. More of them know the spread better."
	case lineRepeats:
		return "How often one order is asked again. As often as there are orders is fair: ranges are compared."
	case lineSizes:
		return "How many stand. The first ones of the bank do, unless the block chooses in a way of its own. space writes numbers."
	case lineTakes:
		return "How often each case is asked; take n has the seed n−1 higher."
	case lineHot:
		return "The first trick: the variant at this temperature. The others are worth something if they beat it. space writes another."
	case lineShuffle:
		return "Each take has an order of the shots of its own."
	case lineItems:
		return "A variable that holds a list: each take has its lines in an order of its own."
	case lineRephrase:
		return "Another variant that asks for the same in other words."
	case lineRecent:
		return "The last answers are listed as those not to give again: each take is a round that waits for the one before."
	}
	return "The same seed lays out the same study again. space writes it."
}

// looksSaid says how often the holdout was looked at.
func (s *Screen) looksSaid() string {
	n := s.looks.Times
	if n == 0 {
		return "The holdout was never looked at. This would be the first look."
	}
	return fmt.Sprintf("The holdout was looked at %s. Each look makes it a little less of a test.", times(n))
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

const costWidth = 31

func (p *setup) view() string {
	s, st := p.s, p.s.d.Styles
	w, h := s.w, s.h
	name := text.Head(s.d.Table.Variant.Name, 28).OneLine().String()
	head := " " + s.say(st.Strong, "A new study of ") + s.say(st.Accent.Bold(true), fmt.Sprintf("%s@%d", name, s.d.Table.Variant.Revision.Number))
	if s.d.Table.Dirty() {
		head += s.say(st.Warn, "  as saved: what is unsaved is not asked")
	}
	rows := max(0, h-2)
	if w < 76 {
		said := p.short()
		n := strings.Count(said, "\n") + 1
		if h < 6 {
			return kit.Fill(kit.Stack(head, said), w, h)
		}
		mean := ""
		if h-n-3 >= len(p.lines())+3 {
			mean = kit.Indent(kit.Para(text.Of(p.meaning()), max(1, w-2), st.Dim, st.Mark), 1)
		}
		body := p.list(w, h-2-n-1)
		if mean != "" {
			m := strings.Count(mean, "\n") + 1
			body = kit.Stack(p.list(w, max(1, h-2-n-1-m)), mean)
		}
		return kit.Fill(kit.Stack(kit.Fit(head, w), kit.Rule(w, st), body, said), w, h)
	}
	cw := costWidth
	if w >= 110 {
		cw = 46
	}
	cost := kit.Fill(strings.Join(p.cost(cw-1), "\n"), cw, rows)
	return kit.Fill(kit.Stack(kit.Fit(head, w), kit.Rule(w, st), kit.Columns(p.list(w-cw-3, rows), kit.Upright(rows, st), cost)), w, h)
}

// list draws the lines, that with the cursor in sight.
func (p *setup) list(w, h int) string {
	st := p.s.d.Styles
	var out []string
	for i, l := range p.lines() {
		value := p.value(l)
		edge, style := "  ", st.Text
		shown := "  " + value + "  "
		if i == p.at {
			edge, style = st.Accent.Render("▌ "), st.Strong
			shown = "‹ " + value + " ›"
		}
		out = append(out, kit.Fit(edge+p.s.say(style, kit.Fit(l.label(), 18))+p.s.say(st.Text, shown), max(1, w)))
	}
	p.top = max(0, min(p.at-h/2, len(out)-h))
	return kit.Fill(strings.Join(out[p.top:], "\n"), max(1, w), max(1, h))
}

// cost says what the study comes to, before anything is asked.
func (p *setup) cost(w int) []string {
	s, st := p.s, p.s.d.Styles
	var out []string
	para := func(style lipgloss.Style, said string) {
		out = append(out, strings.Split(kit.Para(text.Of(said), w, style, st.Mark), "\n")...)
	}
	row := func(name, v string) {
		for i, l := range strings.Split(kit.Para(text.Of(v), max(4, w-12), st.Text, st.Mark), "\n") {
			if i > 0 {
				name = ""
			}
			out = append(out, s.say(st.Dim, kit.Fit(name, 12))+l)
		}
	}
	switch {
	case p.lacks() != "":
		para(st.Warn, sentenceOf(p.lacks()))
	case p.estErr != nil:
		para(st.Bad, "! "+p.estErr.Error())
	case p.starting:
		para(st.Accent, "Starting …")
	case p.armed:
		para(st.Accent, kit.Armed)
	case !p.known:
		para(st.Faint, "Counting what it will cost …")
	default:
		e := p.est
		if e.Cases > 0 && e.Cells%e.Cases == 0 {
			row("each case", kit.Plural(e.Cells/e.Cases, "time", "times"))
		}
		row("× cases", kit.Thousands(e.Cases))
		row("= answers", kit.Thousands(e.Cells))
		if e.Rounds > 1 {
			row("in rounds", kit.Thousands(e.Rounds))
		}
		row("requests", kit.Thousands(e.Calls))
		if e.Cached > 0 {
			row("from cache", kit.Thousands(e.Cached))
		}
		row("tokens in", kit.Thousands(e.InputTokens))
		switch {
		case e.Calls == 0:
		case e.MaxOutput > 0:
			row("tokens out", kit.Thousands(e.MaxOutput)+" at most")
		default:
			row("tokens out", "no limit is known")
		}
		row("cost", costWords(e))
		if e.LeftMS > 0 {
			row("time", about(e.LeftMS))
		} else if e.Calls > 0 {
			row("time", "not known yet")
		}
		if e.Holdout > 0 && p.cases != "holdout" {
			para(st.Warn, fmt.Sprintf("▪ %d of the cases are held out: %s", e.Holdout, s.looksSaid()))
		}
		for _, v := range e.Warnings[:min(3, len(e.Warnings))] {
			para(st.Warn, "▪ "+v)
		}
		out = append(out, "", s.say(st.Key, "enter")+s.say(st.KeyLabel, " starts it")+"  "+s.say(st.Key, "esc")+s.say(st.KeyLabel, " goes back"))
	}
	out = append(out, "")
	para(st.Dim, p.meaning())
	return out
}

func sentenceOf(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

func costWords(e Estimate) string {
	switch {
	case e.Free:
		return "free"
	case e.Calls == 0:
		return "nothing is asked"
	case e.CostUSD == nil:
		return "unknown"
	}
	return kit.AtMost(e.CostUSD, e.Source)
}

// short is cost in two lines.
func (p *setup) short() string {
	s, st := p.s, p.s.d.Styles
	one := func(style lipgloss.Style, said string) string {
		return " " + s.paint(style, text.Of(said).OneLine().Truncate(max(1, s.w-2)))
	}
	switch {
	case p.lacks() != "":
		return one(st.Warn, sentenceOf(p.lacks()))
	case p.estErr != nil:
		return one(st.Bad, "! "+p.estErr.Error())
	case p.starting:
		return one(st.Accent, "Starting …")
	case p.armed:
		return one(st.Accent, kit.Armed)
	case !p.known:
		return one(st.Faint, "Counting what it will cost …")
	}
	e := p.est
	first := kit.Plural(e.Calls, "request", "requests") + " · " + kit.Thousands(e.InputTokens) + " tokens in"
	second := costWords(e)
	if e.LeftMS > 0 {
		second += " · " + about(e.LeftMS)
	}
	return one(st.Strong, first) + "\n" + one(st.Text, second+" · enter starts it")
}
