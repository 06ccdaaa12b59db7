package proof

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// newestState is the newest answer to what lies on the table, of the model in hand.
type newestState struct {
	of     key
	asked  key
	result session.Result
	was    bool
	err    error
}

type newestMsg struct{ newestState }

// askNewest looks whether an answer to the proof is kept. Nobody is asked but the
// workspace.
func (s *Screen) askNewest(again bool) tea.Cmd {
	t, look := s.deps.Table, s.deps.Newest
	k := key{t.Version(), t.Model(), ""}
	if look == nil || !t.Open() || t.Model() == "" || !again && s.newest.asked == k {
		return nil
	}
	s.newest.asked = k
	p, prompt, model := t.Proof(), t.Prompt.ID, t.Model()
	return s.ask(askNewest, func(ctx context.Context) tea.Msg {
		r, was, err := look(ctx, prompt, model, p)
		return newestMsg{newestState{of: k, asked: k, result: r, was: was, err: err}}
	})
}

// newestNow reports whether what is known is of what lies on the table.
func (s *Screen) newestNow() bool {
	t := s.deps.Table
	return s.newest.of == key{t.Version(), t.Model(), ""}
}

func (s *Screen) noWhy() string {
	switch r := s.newest; {
	case s.noProof() != "":
		return s.noProof()
	case s.deps.Why == nil || s.deps.Newest == nil:
		return "nobody can be asked here"
	case s.deps.Table.Model() == "":
		return "no model is in hand: M chooses one"
	case strings.HasPrefix(s.deps.Table.Model(), "human/"):
		return "a person is asked why by asking them"
	case !s.newestNow():
		return "it is still being looked for an answer"
	case r.err != nil:
		return "answers can't be read: " + r.err.Error()
	case !r.was:
		return "no answer of " + s.deps.Table.Model() + " to this very context is kept: run it in Bench (alt+4)"
	case r.result.Output.Whole() == "":
		return "the newest answer has no text to ask about"
	}
	return ""
}

// why is the page on which a model is asked why it answered as it did.
type why struct {
	s       *Screen
	ask     WhyAsk
	hash    string
	page    *kit.Pager
	cost    string
	costErr error
	told    []WhyTold
	toldErr error
	asking  bool
	w, h    int
}

type (
	costMsg struct {
		of    int64
		words string
		err   error
	}
	toldMsg struct {
		of   int64
		list []WhyTold
		err  error
	}
	answeredMsg struct {
		of  int64
		one WhyTold
		err error
	}
)

func (s *Screen) openWhy() tea.Cmd {
	y := &why{s: s, page: kit.NewPager(s.deps.Styles), hash: s.deps.Table.Proof().Hash, ask: WhyAsk{Of: s.newest.result, Question: session.WhyQuestion}}
	y.page.SetEmpty("nothing was asked yet")
	s.openLeaf(y)
	y.fill()
	return tea.Batch(y.price(), y.past())
}

func (y *why) price() tea.Cmd {
	s, ask := y.s, y.ask
	if s.deps.WhyCost == nil {
		return nil
	}
	y.cost, y.costErr = "", nil
	return s.ask(askCost, func(ctx context.Context) tea.Msg {
		words, err := s.deps.WhyCost(ctx, ask)
		return costMsg{ask.Of.Cell.ID, words, err}
	})
}

func (y *why) past() tea.Cmd {
	s, hash, of, prompt := y.s, y.hash, y.ask.Of.Cell.ID, y.s.deps.Table.Prompt.ID
	if s.deps.Whys == nil {
		return nil
	}
	return s.ask(askTold, func(ctx context.Context) tea.Msg {
		list, err := s.deps.Whys(ctx, prompt, hash)
		return toldMsg{of, list, err}
	})
}

// put asks the question.
func (y *why) put() tea.Cmd {
	s, ask := y.s, y.ask
	y.asking = true
	return s.ask(askWhy, func(ctx context.Context) tea.Msg {
		one, err := s.deps.Why(ctx, ask)
		return answeredMsg{ask.Of.Cell.ID, one, err}
	})
}

// onWhy takes in what came back, where the page is still that of the answer.
func (s *Screen) onWhy(msg tea.Msg) tea.Cmd {
	y, ok := s.leaf.(*why)
	at := int64(0)
	if ok {
		at = y.ask.Of.Cell.ID
	}
	switch m := msg.(type) {
	case costMsg:
		if ok && m.of == at {
			y.cost, y.costErr = m.words, m.err
		}
	case toldMsg:
		if ok && m.of == at {
			y.told, y.toldErr = m.list, m.err
			y.fill()
		}
	case answeredMsg:
		if !ok || m.of != at {
			if m.err != nil {
				return kit.Fail(m.err)
			}
			return kit.Say("the model said why it answered as it did: W shows it")
		}
		y.asking = false
		if m.err != nil {
			return kit.Fail(m.err)
		}
		y.told = append([]WhyTold{m.one}, y.told...)
		y.fill()
		y.page.GotoSegment(firstTold)
		return y.price()
	}
	return nil
}

// firstTold is the segment of the newest thing that was said.
const firstTold = 10

// fill puts the answer and what was said of it into the pager.
func (y *why) fill() {
	st, r := y.s.deps.Styles, y.ask.Of
	var d kit.Doc
	before := text.Raw("")
	add := func(id int, head string, body text.Raw) {
		head = "━━ " + head
		if len(d) > 0 {
			head = kit.Apart(before) + head
		}
		d = append(d,
			kit.Segment{ID: -1 - id, Text: text.Raw(head + "\n"), Style: st.Title, GutterStyle: st.Rule, Break: true},
			kit.Segment{ID: id, Text: body, Style: st.Text, GutterStyle: st.Rule})
		before = body
	}
	add(0, "what it answered · "+outputName(r)+", "+string(r.Output.Status), r.Output.Whole())
	if y.toldErr != nil {
		add(1, "what was asked before can't be read", text.Raw(y.toldErr.Error()))
	}
	for i, t := range y.told {
		head := "what it says of " + t.Output
		if t.AtMS > 0 {
			head += ", " + kit.When(t.AtMS, clock())
		}
		body := t.Text
		if body == "" {
			body = "nothing came back: " + t.Trouble
		}
		d = append(d, kit.Segment{ID: -500 - i, Text: text.Raw(kit.Apart(before) + "? "), Style: st.Accent, GutterStyle: st.Rule, Break: true},
			kit.Segment{ID: firstTold + 2*i, Text: t.Question, Style: st.Dim, GutterStyle: st.Rule})
		before = t.Question
		add(firstTold+2*i+1, head, body)
	}
	y.page.ReplaceDoc(d)
}

func (y *why) title() string { return "Why" }

func (y *why) help() string {
	return "The model in hand is asked why it answered as it did: its own answer goes back to it as its turn, and the question stands behind it. Tools go along; a schema or grammar does not, for it would hold the explanation to it.\n\n" +
		"What a model says of itself is a story told afterwards and not the reason. It is good for guesses: which words it seems to have gone by, what it seems to lack. Change one of them and run again, and the answers tell."
}

func (y *why) typing() bool                   { return y.page.Typing() }
func (y *why) wants(msg tea.KeyPressMsg) bool { return false }
func (y *why) restyle()                       { y.page.SetStyles(y.s.deps.Styles); y.fill() }

func (y *why) cursor() *tea.Cursor {
	if !y.typing() {
		return nil
	}
	c := y.page.SearchCursor()
	if c != nil {
		c.Y += y.top()
	}
	return c
}

func (y *why) actions() []kit.Action {
	on := func() string {
		if y.s == nil {
			return "no model is being asked why"
		}
		return ""
	}
	ready := func() string {
		switch {
		case on() != "":
			return on()
		case y.asking:
			return "it is being asked"
		case y.costErr != nil:
			return "it can't be asked: " + y.costErr.Error()
		case y.cost == "" && y.s.deps.WhyCost != nil:
			return "what it costs is still being counted"
		}
		return ""
	}
	return []kit.Action{
		act("why.ask", "ask", "Ask the model; the question and what it says are kept as a run of their own.", true, ready, y.put, "enter"),
		act("why.question", "another question", "Put the question in other words.", true, on, y.reword, "e"),
		act("why.leave", "back", "Go back to the proof; a question that is under way is answered and kept all the same.", true, on, func() tea.Cmd { return y.s.closeLeaf() }, "esc"),
	}
}

func (y *why) reword() tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: y.s.deps.Styles, Heading: "The question", Label: "What the model is asked, behind its own answer", Value: y.ask.Question,
		Check: func(v text.Raw) string {
			if v.Blank() {
				return "a question in a few words"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			y.ask.Question = v
			y.resize(y.w, y.h)
			return y.price()
		},
	})
}

func (y *why) update(msg tea.Msg) tea.Cmd {
	if m, ok := msg.(tea.MouseMsg); ok {
		y.page.Update(kit.Shift(m, 0, y.top()))
		return nil
	}
	y.page.Update(msg)
	return nil
}

// top is how many rows stand above the text.
func (y *why) top() int {
	if y.h < 12 {
		return 1
	}
	return 3
}

func (y *why) foot() int {
	if y.h < 8 {
		return 1
	}
	return 2 + len(y.asks())
}

// asks is the question in at most three rows.
func (y *why) asks() []text.Shown {
	lines := text.Show(y.ask.Question).OneLine().Wrap(max(8, y.w-4))
	most := 1
	if y.h >= 16 {
		most = 3
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = lines[most-1].Append(text.Of("…")).Truncate(max(8, y.w-4))
	}
	return lines
}

func (y *why) resize(w, h int) {
	y.w, y.h = w, h
	y.page.Resize(w, max(0, h-y.top()-y.foot()))
}

func (y *why) view() string {
	st := y.s.deps.Styles
	one := func(lead string, v text.Shown, style interface{ Render(...string) string }) string {
		return kit.Fit(lead+style.Render(v.OneLine().Truncate(max(0, y.w-kit.Width(lead)-1)).String()), y.w)
	}
	out := []string{one(" ", text.Of("Why did "+y.s.deps.Table.Model()+" answer so?"), st.Title)}
	if y.top() > 1 {
		out = append(out, one(" "+st.Warn.Render("▪")+" ", text.Of("A model's account of itself is a story, not the reason: take it for guesses."), st.Text), kit.Rule(y.w, st))
	}
	out = append(out, y.page.View())
	state := one(" "+st.Key.Render("enter")+" ", text.Of("asks · "+y.cost), st.Dim)
	switch {
	case y.asking:
		state = one(" "+st.Accent.Render("◌")+" ", text.Of("asking…"), st.Accent)
	case y.costErr != nil:
		state = one(" "+st.Bad.Render("!")+" ", text.Of(y.costErr.Error()), st.Bad)
	case y.cost == "":
		state = one(" ", text.Of("counting what it costs…"), st.Faint)
	}
	if y.foot() > 1 {
		out = append(out, kit.Rule(y.w, st))
		for i, l := range y.asks() {
			lead := "   "
			if i == 0 {
				lead = " " + st.Accent.Render("?") + " "
			}
			out = append(out, one(lead, l, st.Text))
		}
	}
	return kit.Fill(strings.Join(append(out, state), "\n"), y.w, y.h)
}

// answerSelf lets the person at the desk answer the case in hand, in Bench.
func (s *Screen) answerSelf() tea.Cmd {
	t := s.deps.Table
	ask := session.AnswerAsk{Variant: t.Ref(), Case: t.Case().Key(), Model: s.deps.Me, Order: t.Order()}
	return func() tea.Msg { return kit.Goto{Screen: "bench", Arg: ask} }
}

func (s *Screen) noSelf() string {
	t := s.deps.Table
	switch {
	case s.noCases() != "":
		return s.noCases()
	case s.deps.Me == "":
		return "nobody can be asked here"
	case t.Dirty():
		return "save in Compose first: an answer is kept with the revision that was read"
	}
	return ""
}
