package study

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/study"
	"galley/session/text"
	"galley/tui/kit"
)

// line is a line of the setup.
type line int

const (
	lineKind line = iota
	lineOf
	lineBlocks
	lineShots
	lineResources
	lineCases
	lineModel
	linePass
	lineOrders
	lineRepeats
	lineSizes
	lineTakes
	lineHot
	lineShuffle
	lineItems
	lineRephrase
	lineRecent
	lineSeed
)

// setup is a study that is being set up.
type setup struct {
	s        *Screen
	at       int
	kind     study.Kind
	of       study.Of // of an order study or a sweep
	parts    map[study.Of]bool
	cases    string // as a spec has it
	model    string
	suite    text.Raw
	k        int
	repeats  int
	sizes    []int
	takes    int
	hot      float64 // 0: not
	shuffle  bool
	items    string
	rephrase string
	recent   int
	seed     uint64
	orders   []string // of a study that is confirmed: the same ones

	gen      uint64
	est      Estimate
	estErr   error
	known    bool
	epoch    uint64 // of the table that est is of
	starting bool
	armed    bool // it is to start as soon as what it costs is known
	top      int
}

// kinds in the order in which a key goes through them.
var kinds = []study.Kind{study.KindOrder, study.KindDrop, study.KindSweep, study.KindVary}

// content is what is studied: the saved revision.
func (s *Screen) content() session.Content { return s.d.Table.Variant.Revision.Content }

// newSetup begins with what makes sense for the variant on the table.
func (s *Screen) newSetup() *setup {
	p := &setup{s: s, kind: study.KindOrder, of: study.OfShots, takes: 1, model: s.firstModel(), cases: "dev", hot: 1}
	c := s.content()
	p.parts = map[study.Of]bool{study.OfBlocks: true, study.OfShots: study.OfShots.Count(c) > 0, study.OfResources: study.OfResources.Count(c) > 0}
	if study.OfShots.Count(c) < 2 && study.OfResources.Count(c) >= 2 {
		p.of = study.OfResources
	}
	if s.d.Seed != nil {
		p.seed = s.d.Seed() % 100_000
	}
	if dev, _ := s.splits(); dev == 0 || dev == len(s.d.Table.Cases) {
		p.cases = ""
	}
	p.fit()
	return p
}

// splits counts the cases to work on and those held out.
func (s *Screen) splits() (dev, holdout int) {
	for _, c := range s.d.Table.Cases {
		if c.Split == session.SplitHoldout {
			holdout++
		} else {
			dev++
		}
	}
	return dev, holdout
}

// fit takes the numbers that go with what is studied.
func (p *setup) fit() {
	n := p.of.Count(p.s.content())
	p.k = max(2, session.StudyRows(n))
	p.repeats = p.k
	p.sizes = sizesUpTo(n)
}

// sizesUpTo are numbers of shots that lie ever further apart, the last all of
// them.
func sizesUpTo(n int) []int {
	var out []int
	for _, v := range []int{0, 1, 3, 5, 8, 12, 16, 24, 32, 48, 64} {
		if v < n {
			out = append(out, v)
		}
	}
	return append(out, n)
}

// lines are those of the kind.
func (p *setup) lines() []line {
	out := []line{lineKind}
	switch p.kind {
	case study.KindOrder:
		out = append(out, lineOf, lineCases, lineModel, linePass, lineOrders, lineRepeats, lineSeed)
	case study.KindDrop:
		out = append(out, lineBlocks, lineShots, lineResources, lineCases, lineModel, linePass, lineTakes)
	case study.KindSweep:
		out = append(out, lineOf, lineSizes, lineCases, lineModel, linePass, lineTakes)
	case study.KindVary:
		out = append(out, lineHot, lineShuffle, lineItems, lineRephrase, lineRecent, lineCases, lineModel, lineTakes, lineSeed)
	}
	return out
}

func (p *setup) line() line {
	all := p.lines()
	return all[max(0, min(p.at, len(all)-1))]
}

func (p *setup) clamp() { p.at = max(0, min(p.at, len(p.lines())-1)) }

// spec is the study as it is set up.
func (p *setup) spec() study.Spec {
	t := p.s.d.Table
	ref := session.VariantRef{Prompt: string(t.Prompt.Name), Variant: string(t.Variant.Name), Revision: t.Variant.Revision.Number}
	sp := study.Spec{Kind: p.kind, Variant: ref.String(), RevisionID: t.Variant.Revision.ID, Model: p.model, Cases: p.cases}
	if p.kind != study.KindVary {
		sp.Suite = p.suite
	}
	switch p.kind {
	case study.KindOrder:
		sp.Of, sp.Orders, sp.Repeats, sp.Seed, sp.Takes = []study.Of{p.of}, p.orders, p.repeats, p.seed, 1
	case study.KindDrop:
		for _, o := range []study.Of{study.OfBlocks, study.OfShots, study.OfResources} {
			if p.parts[o] {
				sp.Of = append(sp.Of, o)
			}
		}
		sp.Takes = p.takes
	case study.KindSweep:
		sp.Of, sp.Sizes, sp.Takes = []study.Of{p.of}, p.sizes, p.takes
	case study.KindVary:
		sp.Takes, sp.Seed, sp.Tricks = p.takes, p.seed, p.tricks()
	}
	return sp
}

func (p *setup) tricks() []study.Trick {
	var out []study.Trick
	if p.hot > 0 {
		out = append(out, study.Trick{Name: "temperature", Arg: strconv.FormatFloat(p.hot, 'f', -1, 64)})
	}
	if p.shuffle {
		out = append(out, study.Trick{Name: "shots"})
	}
	if p.items != "" {
		out = append(out, study.Trick{Name: "items", Arg: p.items})
	}
	if p.rephrase != "" {
		out = append(out, study.Trick{Name: "rephrase", Arg: p.rephrase})
	}
	if p.recent > 0 {
		out = append(out, study.Trick{Name: "recent", Arg: strconv.Itoa(p.recent)})
	}
	return out
}

// takeTricks sets what a kept study tried.
func (p *setup) takeTricks(all []study.Trick) {
	p.hot, p.shuffle, p.items, p.rephrase, p.recent = 0, false, "", "", 0
	for _, t := range all {
		switch t.Name {
		case "temperature":
			p.hot, _ = strconv.ParseFloat(t.Arg, 64)
		case "shots":
			p.shuffle = true
		case "items":
			p.items = t.Arg
		case "rephrase":
			p.rephrase = t.Arg
		case "recent":
			p.recent, _ = strconv.Atoi(t.Arg)
		}
	}
}

func (p *setup) choice() Choice { return Choice{PromptID: p.s.prompt, Spec: p.spec(), K: p.k} }

// lacks says what has to be chosen first, "" nothing.
func (p *setup) lacks() string {
	switch {
	case p.model == "":
		return "no model is chosen"
	case study.Person(p.model):
		return "a study asks the same again and again, which no person answers: choose a model"
	case p.kind == study.KindDrop && !p.parts[study.OfBlocks] && !p.parts[study.OfShots] && !p.parts[study.OfResources]:
		return "nothing is chosen to be left out"
	case len(p.s.d.Table.Cases) == 0:
		return "the prompt has no case: Cases, under Library, makes some"
	}
	return ""
}

// estimate asks what the study would cost.
func (p *setup) estimate() tea.Cmd {
	s := p.s
	p.gen, p.known, p.estErr, p.epoch, p.armed = s.next(), false, nil, s.d.Table.Epoch(), false
	if p.lacks() != "" || s.d.Estimate == nil {
		return nil
	}
	c, count := p.choice(), s.d.Estimate
	return s.ask(p.gen, func(ctx context.Context) tea.Msg {
		e, err := count(ctx, c)
		return gotEstimate{e, err}
	})
}

// step changes the line with the cursor.
func (p *setup) step(by int) tea.Cmd {
	s := p.s
	switch p.line() {
	case lineKind:
		p.kind = turned(kinds, p.kind, by)
		p.orders = nil
		p.takes = 1
		if p.kind == study.KindVary {
			p.takes = 5
		}
		p.fit()
	case lineOf:
		p.of = turned([]study.Of{study.OfShots, study.OfResources}, p.of, by)
		p.orders = nil
		p.fit()
	case lineBlocks:
		p.parts[study.OfBlocks] = !p.parts[study.OfBlocks]
	case lineShots:
		p.parts[study.OfShots] = !p.parts[study.OfShots]
	case lineResources:
		p.parts[study.OfResources] = !p.parts[study.OfResources]
	case lineCases:
		p.cases = turned(s.caseSets(p.cases), p.cases, by)
	case lineModel:
		refs := s.modelRefs(p.model)
		p.model = turned(refs, p.model, by)
	case linePass:
		p.suite = turned(append([]text.Raw{""}, s.suites...), p.suite, by)
	case lineOrders:
		p.k = max(2, min(p.k+by, study.MostOrders))
		p.orders = nil
	case lineRepeats:
		p.repeats = max(2, min(p.repeats+by, study.MostOrders))
	case lineTakes:
		p.takes = max(1, min(p.takes+by, 100))
	case lineHot:
		p.hot = turned([]float64{0, 0.3, 0.5, 0.7, 1, 1.2, 1.5}, p.hot, by)
	case lineShuffle:
		p.shuffle = !p.shuffle
	case lineItems:
		p.items = turned(append([]string{""}, s.content().Names()...), p.items, by)
	case lineRephrase:
		p.rephrase = turned(append([]string{""}, s.otherVariants()...), p.rephrase, by)
	case lineRecent:
		p.recent = turned([]int{0, 3, 5, 10, 20}, p.recent, by)
	case lineSizes, lineSeed:
		return p.write()
	}
	p.clamp()
	return p.estimate()
}

// turned is the next or the former of the values; one that is none of them comes
// before the first.
func turned[T comparable](all []T, v T, by int) T {
	if len(all) == 0 {
		return v
	}
	i := slices.Index(all, v)
	if i < 0 && by < 0 {
		i = 0
	}
	return all[((i+by)%len(all)+len(all))%len(all)]
}

// caseSets are the lists of cases that a key goes through.
func (s *Screen) caseSets(now string) []string {
	dev, holdout := s.splits()
	out := []string{""}
	if dev > 0 && holdout > 0 {
		out = []string{"dev", "", "holdout"}
	}
	if !slices.Contains(out, now) {
		out = append(out, now)
	}
	return out
}

func (s *Screen) otherVariants() []string {
	var out []string
	for _, v := range s.variants {
		if v.ID != s.d.Table.Variant.ID {
			out = append(out, string(v.Name))
		}
	}
	return out
}

// write asks for the value of the line with the cursor, by a menu or a field.
func (p *setup) write() tea.Cmd {
	s, l := p.s, p.line()
	ask := func(heading, label, value string, set func(v string) string) tea.Cmd {
		return kit.Open(&kit.Prompt{
			Styles: s.d.Styles, Heading: heading, Label: label, Value: text.Raw(value),
			Check: func(v text.Raw) string {
				was := *p
				why := set(strings.TrimSpace(string(v)))
				*p = was
				return why
			},
			Done: func(v text.Raw) tea.Cmd {
				set(strings.TrimSpace(string(v)))
				return p.estimate()
			},
		})
	}
	number := func(least, most int, to *int) func(string) string {
		return func(v string) string {
			n, err := strconv.Atoi(v)
			if err != nil || n < least || n > most {
				return fmt.Sprintf("write a number from %d to %d", least, most)
			}
			*to = n
			return ""
		}
	}
	switch l {
	case lineCases:
		return ask("Cases", "Names, dev, holdout or tag:NAME, with commas between; empty for all.", p.cases, func(v string) string {
			if _, err := session.PickCases(s.d.Table.Cases, v); err != nil {
				return err.Error()
			}
			p.cases = v
			return ""
		})
	case lineModel:
		return p.chooseModel()
	case lineOrders:
		return ask("Orders", "How many orders of one design are asked.", strconv.Itoa(p.k), func(v string) string {
			p.orders = nil
			return number(2, study.MostOrders, &p.k)(v)
		})
	case lineRepeats:
		return ask("Repeats", "How often one order is asked, for what chance alone does.", strconv.Itoa(p.repeats), number(2, study.MostOrders, &p.repeats))
	case lineTakes:
		return ask("Takes", "How often each case is asked.", strconv.Itoa(p.takes), number(1, 100, &p.takes))
	case lineSizes:
		return ask("Numbers", "How many shots or resources stand, with commas between.", joinInts(p.sizes), func(v string) string {
			sizes, why := readSizes(v, p.of.Count(s.content()))
			if why == "" {
				p.sizes = sizes
			}
			return why
		})
	case lineSeed:
		return ask("Seed", "A number; the same one lays out the same study again.", strconv.FormatUint(p.seed, 10), func(v string) string {
			n, err := strconv.ParseUint(v, 10, 64)
			if err != nil {
				return "write a whole number"
			}
			p.seed, p.orders = n, nil
			return ""
		})
	case lineHot:
		return ask("Temperature", "From 0 to 5; 0 leaves the trick out.", strconv.FormatFloat(p.hot, 'f', -1, 64), func(v string) string {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil || !(f >= 0 && f <= 5) {
				return "write a number from 0 to 5"
			}
			p.hot = f
			return ""
		})
	}
	return p.step(1)
}

func readSizes(v string, most int) ([]int, string) {
	var out []int
	for _, item := range session.SplitList(v) {
		n, err := strconv.Atoi(item)
		switch {
		case err != nil || n < 0:
			return nil, "write numbers with commas between, as in 0,1,3,5"
		case n > most:
			return nil, fmt.Sprintf("there are %d that are on", most)
		case slices.Contains(out, n):
			return nil, fmt.Sprintf("%d stands twice", n)
		}
		out = append(out, n)
	}
	if len(out) < 2 {
		return nil, "write at least two numbers, to compare them"
	}
	return out, ""
}

func (p *setup) chooseModel() tea.Cmd {
	s := p.s
	refs := s.modelRefs(p.model)
	if len(refs) == 0 {
		return kit.Say("no model is known yet: Models (alt+9) tells what can be asked")
	}
	choices := make([]kit.Choice, len(refs))
	for i, r := range refs {
		choices[i] = kit.Choice{Label: text.Head(text.Raw(r), 60).OneLine()}
	}
	return kit.Open(&kit.Menu{
		Styles: s.d.Styles, Heading: "Model", Choices: choices, Start: max(0, slices.Index(refs, p.model)),
		Done: func(i int) tea.Cmd {
			p.model = refs[i]
			return p.estimate()
		},
	})
}

func (p *setup) update(msg tea.Msg) tea.Cmd {
	p.armed = false
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		switch m.String() {
		case "up", "k":
			p.at--
		case "down", "j":
			p.at++
		case "home":
			p.at = 0
		case "end":
			p.at = len(p.lines())
		}
		p.clamp()
	case tea.MouseClickMsg:
		if i := m.Y - 2 + p.top; i >= 0 && i < len(p.lines()) && m.Y >= 2 {
			if p.at == i {
				return p.step(1)
			}
			p.at = i
		}
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			p.at--
		case tea.MouseWheelDown:
			p.at++
		}
		p.clamp()
	}
	return nil
}
