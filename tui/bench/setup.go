package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// setup is the panel in which a run is chosen.
type setup struct {
	items    []item
	at       int            // the item with the cursor
	variants map[int64]bool // by variant; one that is not in it was not seen yet
	only     []int64        // of those that were not seen yet, these are chosen; nil: all
	models   map[string]bool
	set      caseSet
	begun    bool // the first choice of cases was made
	takes    int
	seeds    int // 0: as the shots stand; else so many orders
	fresh    bool
	how      how

	est      Estimate
	estOf    string // of the choice that est is of
	estErr   error
	armed    bool // it is to start as soon as what it costs is known
	picked   bool // models were chosen or taken back by hand
	starting bool
	w, h     int
}

// itemKind says what a line of the panel chooses.
type itemKind int

const (
	itemHead itemKind = iota
	itemVariant
	itemModel
	itemOff // a model or backend that can't be asked
	itemCases
	itemTakes
	itemOrders
	itemCache
	itemTiming
	itemRepeat
	itemLimit
	itemDollars
	itemRequests
)

// item is a line of the panel.
type item struct {
	kind  itemKind
	label text.Shown
	note  text.Shown
	n     int // index, where it stands for one of several
	set   caseSet
}

// caseSet is a choice of cases.
type caseSet struct {
	kind  setKind
	tag   text.Raw
	split session.Split
}

type setKind int

const (
	setAll setKind = iota
	setSplit
	setTag
	setOne
)

const (
	maxTakes = 20
	maxSeeds = 12
)

// openSetup opens the panel with everything chosen that a first run wants.
func (s *Screen) openSetup() tea.Cmd {
	p := &setup{takes: 1, variants: map[int64]bool{}, models: map[string]bool{}, how: how{usd: s.deps.Budget}}
	if s.kept != nil { // what was chosen before stands
		p = s.kept
		p.armed, p.starting, p.estOf = false, false, ""
	}
	s.setup, s.kept, s.close = p, p, nil
	if m := s.deps.Table.Model(); m != "" && len(p.models) == 0 {
		p.models[m] = true
	}
	if !p.begun {
		p.begun, p.set = true, firstCases(s.deps.Table)
	}
	p.fill(s)
	p.resize(s.w, s.h)
	return tea.Batch(s.loadVariants(), s.loadModels(), s.loadLooks(), s.estimate())
}

// refill takes in variants and models that came after the panel opened.
func (s *Screen) refill() tea.Cmd {
	p := s.setup
	if p == nil {
		return nil
	}
	askable := func(m session.ModelInfo) bool { return s.whyOff(m.Ref) == "" }
	known := slices.ContainsFunc(s.models, func(m session.ModelInfo) bool { return p.models[m.Ref] && askable(m) })
	if i := slices.IndexFunc(s.models, askable); !known && !p.picked && i >= 0 {
		p.models[s.models[i].Ref], p.armed = true, false // that it is to start was said of another
	}
	p.fill(s)
	return s.estimate()
}

// fill lists what can be chosen.
func (p *setup) fill(s *Screen) {
	p.items = nil
	head := func(v, note string) { p.items = append(p.items, item{label: text.Of(v), note: text.Of(note)}) }
	note := ""
	if len(s.variants) == 0 {
		note = "none is saved yet"
	}
	head("variants", note)
	for i, v := range s.variants {
		if _, seen := p.variants[v.ID]; !seen {
			p.variants[v.ID] = p.only == nil || slices.Contains(p.only, v.ID)
		}
		name := text.Show(v.Name).OneLine().Append(text.Of(fmt.Sprintf("@%d", v.Revision.Number)))
		why := text.Show(v.Revision.Intent).OneLine()
		if v.Drafted {
			why = text.Of("has unsaved changes that will not run")
		}
		p.items = append(p.items, item{kind: itemVariant, label: name, note: why, n: i})
	}
	note = ""
	if len(s.models) == 0 {
		note = "none is known: the config names them"
	}
	head("models", note)
	for i, m := range s.models {
		it := item{kind: itemModel, label: text.Of(m.Ref), note: text.Of(m.About), n: i}
		if why := s.whyOff(m.Ref); why != "" {
			it.kind, it.note = itemOff, text.Of(why)
		}
		p.items = append(p.items, it)
	}
	p.unlisted(s)
	head("cases", "")
	for _, c := range caseSets(s.deps.Table) {
		c.note = text.Of(kit.Plural(len(pick(s.deps.Table, c.set)), "case", "cases"))
		p.items = append(p.items, c)
	}
	head("how", "")
	p.items = append(p.items, howItems()...)
	p.at = max(0, min(p.at, len(p.items)-1))
	if p.items[p.at].kind == itemHead {
		p.move(1)
	}
}

// caseSets are the choices of cases that the prompt offers.
func caseSets(t *session.Table) []item {
	out := []item{{kind: itemCases, label: text.Of("all")}}
	for _, sp := range []session.Split{session.SplitDev, session.SplitHoldout} {
		set := caseSet{kind: setSplit, split: sp}
		if n := len(pick(t, set)); n > 0 && n < len(t.Cases) {
			out = append(out, item{kind: itemCases, label: text.Of(string(sp)), set: set})
		}
	}
	seen := map[text.Raw]bool{}
	for _, c := range t.Cases {
		for _, tag := range c.Tags {
			if !seen[tag] {
				seen[tag] = true
				out = append(out, item{kind: itemCases, label: text.Of("tagged ").Append(text.Show(tag).OneLine()), set: caseSet{kind: setTag, tag: tag}})
			}
		}
	}
	if c := t.Case(); c.UID != "" || c.ID != 0 {
		out = append(out, item{kind: itemCases, label: text.Of("the one in hand, ").Append(text.Show(c.Name).OneLine()), set: caseSet{kind: setOne}})
	}
	return out
}

// pick is the cases in a set.
func pick(t *session.Table, set caseSet) []session.CaseKey {
	var out []session.CaseKey
	for _, c := range t.Cases {
		in := true
		switch set.kind {
		case setSplit:
			in = c.Split == set.split
		case setTag:
			in = slices.Contains(c.Tags, set.tag)
		case setOne:
			in = c.Key() == t.Case().Key()
		}
		if in {
			out = append(out, c.Key())
		}
	}
	return out
}

// choice is what is chosen.
func (p *setup) choice(s *Screen) Choice {
	c := Choice{
		PromptID: s.prompt, Cases: pick(s.deps.Table, p.set), Takes: p.takes, NoCache: p.fresh,
		How: p.how.run, OnLimit: p.how.limit, MaxCostUSD: p.how.usd, MaxRequests: p.how.requests,
	}
	for _, v := range s.variants {
		if p.variants[v.ID] {
			c.Variants = append(c.Variants, v.Ref())
		}
	}
	for _, m := range s.models {
		if p.models[m.Ref] && s.whyOff(m.Ref) == "" {
			c.Models = append(c.Models, m.Ref)
		}
	}
	if p.seeds == 0 {
		c.Orders = []session.Order{{}}
	}
	for i := range p.seeds {
		c.Orders = append(c.Orders, session.Seeded(uint64(i+1)))
	}
	return c
}

// cells is the number of calls that a choice makes.
func (c Choice) cells() int {
	return len(c.Variants) * len(c.Models) * len(c.Cases) * c.Takes * len(c.Orders)
}

// lacks says what is still to be chosen, or "".
func (c Choice) lacks() string {
	switch {
	case len(c.Variants) == 0:
		return "first choose a variant"
	case len(c.Models) == 0:
		return "first choose a model"
	case len(c.Cases) == 0:
		return "there is no case to run on: c in Library opens the cases, n there writes one"
	}
	return ""
}

// key names the choice: the estimate that is known is of one key.
func (p *setup) key(s *Screen) string {
	var chosen []string
	for _, v := range s.variants {
		if p.variants[v.ID] {
			chosen = append(chosen, v.Ref().String())
		}
	}
	for _, m := range s.models {
		if p.models[m.Ref] {
			chosen = append(chosen, m.Ref)
		}
	}
	return fmt.Sprintf("%q %v %d %d %v %v %d", chosen, p.set, p.takes, p.seeds, p.fresh, p.how, s.deps.Table.Version())
}

type estimateMsg struct {
	of  string
	est Estimate
	err error
}

// estimate asks what the choice will cost, once the keys have been still for a
// moment.
func (s *Screen) estimate() tea.Cmd {
	p := s.setup
	if p == nil || s.deps.Estimate == nil {
		return nil
	}
	c := p.choice(s)
	key := p.key(s)
	if c.lacks() != "" || key == p.estOf && p.estErr == nil {
		return nil
	}
	ask := s.deps.Estimate
	return s.ask(askEstimate, func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
		case <-time.After(120 * time.Millisecond):
		}
		if ctx.Err() != nil {
			return nil
		}
		e, err := ask(ctx, c)
		return estimateMsg{key, e, err}
	})
}

func (p *setup) takeEstimate(m estimateMsg) { p.estOf, p.est, p.estErr = m.of, m.est, m.err }

// known reports whether the estimate is that of the choice.
func (p *setup) known(s *Screen) bool { return p.estErr == nil && p.estOf == p.key(s) }

func (p *setup) update(s *Screen, msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		p.armed = false
		switch m.String() {
		case "up", "k":
			p.move(-1)
		case "down", "j":
			p.move(1)
		case "home":
			p.at = 0
			p.move(1)
		case "end":
			p.at = len(p.items) - 1
		case "pgup", "shift+tab":
			p.section(-1)
		case "pgdown", "tab":
			p.section(1)
		}
	case tea.MouseWheelMsg:
		if m.Button == tea.MouseWheelUp {
			p.move(-1)
		} else {
			p.move(1)
		}
	}
	return nil
}

// move goes to the next line that chooses something.
func (p *setup) move(by int) {
	for i := p.at + by; i >= 0 && i < len(p.items); i += by {
		if p.items[i].kind != itemHead {
			p.at = i
			return
		}
	}
}

// section goes to the first line below the next or the former heading.
func (p *setup) section(by int) {
	var firsts []int
	at := 0
	for i, it := range p.items {
		if it.kind == itemHead && i+1 < len(p.items) && p.items[i+1].kind != itemHead {
			if firsts = append(firsts, i+1); i < p.at {
				at = len(firsts) - 1
			}
		}
	}
	if to := at + by; to >= 0 && to < len(firsts) {
		p.at = firsts[to]
	}
}

// toggle chooses what the cursor is on, or takes it back.
func (s *Screen) toggle() tea.Cmd {
	p := s.setup
	p.armed = false
	it := p.items[p.at]
	switch it.kind {
	case itemVariant:
		id := s.variants[it.n].ID
		p.variants[id] = !p.variants[id]
	case itemModel:
		ref := s.models[it.n].Ref
		p.models[ref], p.picked = !p.models[ref], true
	case itemCases:
		p.set = it.set
	case itemCache:
		p.fresh = !p.fresh
	case itemOff:
		return kit.Say(it.note.String())
	case itemDollars, itemRequests:
		return s.askBudget(it.kind)
	default:
		return s.step(1)
	}
	return s.estimate()
}

// step changes a number.
func (s *Screen) step(by int) tea.Cmd {
	p := s.setup
	p.armed = false
	switch p.items[p.at].kind {
	case itemTakes:
		p.takes = (p.takes-1+by+maxTakes)%maxTakes + 1
	case itemOrders:
		n := p.seeds + by
		if n == 1 { // one seed shows nothing beside itself
			n += by
		}
		p.seeds = (n + maxSeeds + 1) % (maxSeeds + 1)
	case itemCache:
		p.fresh = !p.fresh
	case itemTiming, itemRepeat, itemLimit, itemDollars, itemRequests:
		p.how.step(p.items[p.at].kind, by)
	default:
		return nil
	}
	return s.estimate()
}

// chooseAll chooses all of a section, or none of it when all were chosen.
func (s *Screen) chooseAll() tea.Cmd {
	p := s.setup
	p.armed = false
	switch p.items[p.at].kind {
	case itemVariant:
		on := false
		for _, v := range s.variants {
			on = on || !p.variants[v.ID]
		}
		for _, v := range s.variants {
			p.variants[v.ID] = on
		}
	case itemModel:
		on := false
		for _, m := range s.models {
			on = on || !p.models[m.Ref] && !person(m.Ref)
		}
		p.picked = true
		for _, m := range s.models {
			p.models[m.Ref] = on && !person(m.Ref) // a person is asked by name only
		}
	}
	return s.estimate()
}
