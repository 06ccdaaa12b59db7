package suite

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

// setup is the panel in which a check is chosen.
type setup struct {
	suite    session.Suite
	items    []item
	at       int
	variants map[int64]bool
	numbers  map[int64]int // the revision of a variant that is not its newest
	models   map[string]bool
	takes    int
	fresh    bool
	run      int  // 0: models are asked; else the place in the runs, from 1
	base     int  // 0: no baseline; then the checks, then the runs
	based    bool // the baseline was chosen, or set for the first time

	loading  bool
	trouble  error
	est      Estimate
	estOf    string
	estErr   error
	starting bool
	armed    bool // it is to start as soon as what it costs is known
}

type itemKind int

const (
	itemHead itemKind = iota
	itemVariant
	itemModel
	itemRecorded
	itemTakes
	itemCache
	itemRun
	itemBase
)

// item is a line of the panel.
type item struct {
	kind  itemKind
	label text.Shown
	note  text.Shown
	n     int
}

const maxTakes = 20

type setupMsg struct {
	variants []session.VariantInfo
	models   []session.ModelInfo
	recorded []string
	last     []string
	runs     []session.Run
	checks   []session.Check
	err      error
}

// openSetup opens the panel for the suite in hand, with the variant in hand
// and the models of the prompt's newest run chosen; without one, the model in hand.
func (s *Screen) openSetup() tea.Cmd {
	x, ok := s.suite()
	if !ok {
		return nil
	}
	p := s.kept
	if p == nil || p.suite.ID != x.ID {
		p = &setup{takes: 1, variants: map[int64]bool{}, models: map[string]bool{}, numbers: map[int64]int{}}
		t := s.deps.Table
		if t.Prompt.ID == s.prompt && t.Variant.ID != 0 {
			p.variants[t.Variant.ID] = true
		}
	}
	p.suite, p.starting, p.armed, p.estOf, p.trouble, p.loading = x, false, false, "", nil, true
	p.base, p.based = 0, false
	s.setup, s.kept, s.mode = p, p, modeSetup
	s.checks = nil
	s.fillSetup()
	d, prompt := s.deps, s.prompt
	return s.ask(askSetup, func(ctx context.Context) tea.Msg { return readSetup(ctx, d, prompt, x.ID) })
}

func readSetup(ctx context.Context, d Deps, prompt, suite int64) (m setupMsg) {
	if d.Variants != nil {
		if m.variants, m.err = d.Variants(ctx, prompt); m.err != nil {
			return m
		}
	}
	if d.Checks != nil {
		if m.checks, m.err = d.Checks(ctx, suite); m.err != nil {
			return m
		}
	}
	if d.Runs != nil {
		if m.runs, m.err = d.Runs(ctx, prompt); m.err != nil {
			return m
		}
	}
	if d.Recorded != nil {
		if m.recorded, m.err = d.Recorded(ctx, prompt); m.err != nil {
			return m
		}
	}
	if d.Last != nil {
		if m.last, m.err = d.Last(ctx, prompt); m.err != nil {
			return m
		}
	}
	if d.Models != nil {
		m.models, m.err = d.Models(ctx)
	}
	return m
}

// presume chooses models where none is chosen that is still there: those of the
// prompt's newest run that can be asked, else the one in hand, else the first.
func (s *Screen) presume(last []string) {
	p := s.setup
	var all []string
	for _, m := range s.models {
		all = append(all, m.Ref)
	}
	known := append(slices.Clone(all), s.recorded...)
	if slices.ContainsFunc(known, func(ref string) bool { return p.models[ref] }) {
		return
	}
	for _, some := range [][]string{last, {s.deps.Table.Model()}, all[:min(1, len(all))]} {
		some = slices.DeleteFunc(slices.Clone(some), func(ref string) bool { return !slices.Contains(all, ref) })
		for _, ref := range some {
			p.models[ref] = true
		}
		if len(some) > 0 {
			return
		}
	}
}

func (s *Screen) onSetup(m setupMsg) tea.Cmd {
	s.variants, s.models, s.recorded, s.runs, s.checks = m.variants, m.models, m.recorded, m.runs, m.checks
	p := s.setup
	if p == nil {
		return nil
	}
	p.loading, p.trouble = false, m.err
	chosen := slices.ContainsFunc(s.variants, func(v session.VariantInfo) bool { return p.variants[v.ID] })
	if !chosen && len(s.variants) > 0 {
		p.variants[s.variants[0].ID] = true
	}
	s.presume(m.last)
	if !p.based {
		p.based = true
		if len(s.checks) > 0 {
			p.base = 1
		}
	}
	p.run = min(p.run, len(s.runs))
	p.at = 0
	s.fillSetup()
	for i, it := range p.items { // the first that is chosen
		if it.kind == itemVariant && p.variants[s.variants[it.n].ID] {
			p.at = i
			break
		}
	}
	if m.err != nil {
		return kit.Fail(m.err)
	}
	return s.estimate()
}

// fillSetup lists what can be chosen.
func (s *Screen) fillSetup() {
	p := s.setup
	p.items = nil
	head := func(v, note string) { p.items = append(p.items, item{label: text.Of(v), note: text.Of(note)}) }
	note := ""
	if len(s.variants) == 0 && !p.loading {
		note = "none is saved yet"
	}
	head("variants", note)
	for i, v := range s.variants {
		why := text.Show(v.Revision.Intent).OneLine()
		if v.Drafted {
			why = text.Of("has unsaved changes that will not be checked")
		}
		p.items = append(p.items, item{kind: itemVariant, label: text.Show(v.Name).OneLine(), note: why, n: i})
	}
	note = ""
	if len(s.models)+len(s.recorded) == 0 && !p.loading {
		note = "none is known: the config names them"
	}
	head("models", note)
	for i, m := range s.models {
		p.items = append(p.items, item{kind: itemModel, label: text.Of(m.Ref), note: text.Of(m.About), n: i})
	}
	for i, r := range s.recorded {
		p.items = append(p.items, item{kind: itemRecorded, label: text.Of(r), note: text.Of("recorded, can't be asked anew"), n: i})
	}
	head("how", "")
	p.items = append(p.items,
		item{kind: itemBase, label: text.Of("held against")},
		item{kind: itemTakes, label: text.Of("takes")},
		item{kind: itemCache, label: text.Of("answers")},
		item{kind: itemRun, label: text.Of("or check")},
	)
	p.at = max(0, min(p.at, len(p.items)-1))
	if p.items[p.at].kind == itemHead {
		p.move(1)
	}
}

// number is the revision of a variant that is checked.
func (p *setup) number(v session.VariantInfo) int {
	if n := p.numbers[v.ID]; n > 0 && n < v.Revision.Number {
		return n
	}
	return v.Revision.Number
}

// plan is what is chosen.
func (s *Screen) plan() Plan {
	p := s.setup
	out := Plan{PromptID: s.prompt, SuiteID: p.suite.ID, Takes: p.takes, NoCache: p.fresh}
	if p.run > 0 && p.run <= len(s.runs) {
		return Plan{PromptID: s.prompt, SuiteID: p.suite.ID, Takes: 1, RunID: s.runs[p.run-1].ID}
	}
	for _, v := range s.variants {
		if p.variants[v.ID] {
			ref := v.Ref()
			ref.Revision = p.number(v)
			out.Variants = append(out.Variants, ref)
		}
	}
	for _, m := range s.models {
		if p.models[m.Ref] {
			out.Models = append(out.Models, m.Ref)
		}
	}
	for _, r := range s.recorded {
		if p.models[r] {
			out.Models = append(out.Models, r)
		}
	}
	return out
}

// lacks says what is still to be chosen, or "".
func (s *Screen) lacks() string {
	c := s.plan()
	switch {
	case len(s.setup.suite.Assertions) == 0:
		return "this suite asserts nothing: p proposes assertions, a writes one"
	case c.RunID != 0:
		return ""
	case len(c.Variants) == 0 && !s.onlyRecorded(c):
		return "first choose a variant"
	case len(c.Models) == 0:
		return "first choose a model"
	}
	return ""
}

// onlyRecorded reports whether nobody is to be asked.
func (s *Screen) onlyRecorded(c Plan) bool {
	return len(c.Models) > 0 && !slices.ContainsFunc(c.Models, func(m string) bool { return !slices.Contains(s.recorded, m) })
}

// planKey names the choice: the estimate that is known is of one key.
func (s *Screen) planKey() string { return fmt.Sprintf("%+v %d", s.plan(), s.deps.Table.Version()) }

type estimateMsg struct {
	of  string
	est Estimate
	err error
}

// estimate asks what the choice will cost, once the keys have been still.
func (s *Screen) estimate() tea.Cmd {
	p := s.setup
	if p == nil || s.deps.Estimate == nil {
		return nil
	}
	p.armed = false // that it is to start was said of another
	c, key := s.plan(), s.planKey()
	if s.lacks() != "" || key == p.estOf && p.estErr == nil {
		return nil
	}
	ask := s.deps.Estimate
	return s.ask(askEstimate, func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
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
func (s *Screen) known() bool { return s.setup.estErr == nil && s.setup.estOf == s.planKey() }

func (s *Screen) updateSetup(msg tea.Msg) tea.Cmd {
	p := s.setup
	p.armed = false
	switch m := msg.(type) {
	case tea.KeyPressMsg:
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
		case "pgup":
			p.section(-1)
		case "pgdown":
			p.section(1)
		}
	case tea.MouseWheelMsg:
		by := 1
		if m.Button == tea.MouseWheelUp {
			by = -1
		}
		p.move(by)
	case tea.MouseClickMsg:
		if i := s.setupAt(m.Y); i >= 0 {
			p.at = i
			return s.toggle()
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

// section goes to the first line of the next or the former heading.
func (p *setup) section(by int) {
	i := p.at
	for i >= 0 && p.items[i].kind != itemHead {
		i--
	}
	for i += by; i >= 0 && i < len(p.items); i += by {
		if p.items[i].kind == itemHead && i+1 < len(p.items) && p.items[i+1].kind != itemHead {
			p.at = i + 1
			return
		}
	}
}

// toggle chooses what the cursor is on, or takes it back.
func (s *Screen) toggle() tea.Cmd {
	p := s.setup
	switch it := p.items[p.at]; it.kind {
	case itemVariant:
		id := s.variants[it.n].ID
		p.variants[id] = !p.variants[id]
		p.run = 0
	case itemModel:
		ref := s.models[it.n].Ref
		p.models[ref] = !p.models[ref]
		p.run = 0
	case itemRecorded:
		ref := s.recorded[it.n]
		p.models[ref] = !p.models[ref]
		p.run = 0
	default:
		return s.step(1)
	}
	return s.estimate()
}

// step changes a number, a revision or one of several.
func (s *Screen) step(by int) tea.Cmd {
	p := s.setup
	wrap := func(n, of int) int { return ((n % of) + of) % of }
	switch it := p.items[p.at]; it.kind {
	case itemVariant:
		v := s.variants[it.n]
		p.numbers[v.ID] = max(1, min(p.number(v)+by, v.Revision.Number))
		p.variants[v.ID] = true
	case itemTakes:
		p.takes = wrap(p.takes-1+by, maxTakes) + 1
	case itemCache:
		p.fresh = !p.fresh
	case itemRun:
		p.run = wrap(p.run+by, len(s.runs)+1)
	case itemBase:
		p.base = wrap(p.base+by, len(s.checks)+len(s.runs)+1)
	default:
		return nil
	}
	return s.estimate()
}

// baseline is what the check is held against: a check, a run to be graded first, or
// neither.
func (s *Screen) baseline() (check, run int64) {
	n := s.setup.base
	switch {
	case n == 0:
	case n <= len(s.checks):
		return s.checks[n-1].ID, 0
	case n-len(s.checks) <= len(s.runs):
		return 0, s.runs[n-len(s.checks)-1].ID
	}
	return 0, 0
}

// noStart says why the check can't start, or "".
func (s *Screen) noStart() string {
	p := s.setup
	switch {
	case p == nil:
		return "no check is being set up"
	case p.trouble != nil:
		return p.trouble.Error()
	case p.loading:
		return "still reading what there is"
	case s.lacks() != "":
		return s.lacks()
	case s.flight != nil:
		return "a check is going on: r shows it"
	case p.starting:
		return "the check is starting"
	case p.estErr != nil:
		return "it can't be estimated: " + p.estErr.Error()
	}
	return "" // it starts when its cost is known
}

// readBaseline reads the check that another is held against; a run is graded for
// it, which asks nobody.
func readBaseline(ctx context.Context, d Deps, p Plan, check, run int64) (*session.Check, error) {
	var c session.Check
	var err error
	switch {
	case check != 0 && d.Check != nil:
		c, err = d.Check(ctx, check)
	case run != 0:
		var live Live
		if live, err = d.Start(ctx, Plan{PromptID: p.PromptID, SuiteID: p.SuiteID, RunID: run, Takes: 1}); err == nil {
			c, err = live.Wait()
		}
	default:
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the baseline can't be read: %w", err)
	}
	return &c, nil
}
