package proof

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// Actions lists the keys that work just now: those of the page that lies over the
// views, or of the views.
func (s *Screen) Actions() []kit.Action {
	if s.leaf != nil {
		return s.leaf.actions()
	}
	return s.viewActions()
}

// AllActions lists the keys of all pages, for the table of keys.
func (s *Screen) AllActions() []kit.Action {
	out := s.viewActions()
	for _, l := range []leaf{&intern{}, &comparison{}, &why{}} {
		out = append(out, l.actions()...)
	}
	return out
}

func (s *Screen) viewActions() []kit.Action {
	unsearchable := func() string {
		if why := s.noProof(); why != "" {
			return why
		}
		if s.view == viewReading {
			return "the reading view is not exact: find words in messages or wire"
		}
		return ""
	}
	return []kit.Action{
		act("next", "next view", "Go to the next view: messages, wire, rendered, reading, blank.", true, s.noProof, func() tea.Cmd { return s.show((s.view + 1) % viewCount) }, "tab"),
		act("previous", "previous view", "Go to the view before.", false, s.noProof, func() tea.Cmd { return s.show((s.view + viewCount - 1) % viewCount) }, "shift+tab"),
		act("messages", "messages", "Show the messages, coloured by block.", false, s.noProof, func() tea.Cmd { return s.show(viewMessages) }, "m"),
		act("wire", "wire", "Show the request exactly as it will be sent to the model in hand.", false, s.noProof, func() tea.Cmd { return s.show(viewWire) }, "w"),
		act("rendered", "rendered", "Ask the model's server how it would evaluate this context, which sends the context there.", false, s.noProof, func() tea.Cmd { return s.show(viewRendered) }, "r"),
		act("rendered.again", "ask again", "Ask the model's server anew how it would evaluate this context.", s.view == viewRendered, s.noRendered, s.renderAgain, "R"),
		act("borders", "borders", "Show or hide where tokens begin.", s.view == viewRendered, s.noRendered, s.toggleBorders, "b"),
		act("reading", "reading", "Show the context as rendered Markdown, which is not exact.", false, s.noProof, func() tea.Cmd { return s.show(viewReading) }, "v"),
		act("blank", "blank page", "Show nothing but the text, wrapped to be read.", s.view != viewBlank, s.noProof, func() tea.Cmd { return s.show(viewBlank) }, "p"),
		act("back", "messages", "Leave what was found, or go back to the messages.", s.view == viewBlank, s.noProof, s.backToMessages, "esc"),
		act("intern", "intern test", "Ask the four questions of the intern test about this context.", s.view == viewBlank, s.noProof, s.openIntern, "t"),
		act("compare", "compare", "Compare this final context with that of another variant, revision, case or order.", false, s.noProof, s.pickCompare, "d"),
		act("self", "answer myself", "Answer the case in hand yourself, from this context alone, beside the models.", s.view == viewBlank, s.noSelf, s.answerSelf, "h"),
		act("why", "ask why", "Ask the model in hand why it answered as it did.", s.view == viewBlank, s.noWhy, s.openWhy, "W"),
		act("spill", "end of the room", "Go to where the text no longer fits the model's context.", false, s.noSpill, s.goSpill, "E"),
		act("case.next", "next case", "Take the next case in hand.", true, s.noCases, func() tea.Cmd { return s.goCase(s.deps.Table.CaseAt() + 1) }, "]"),
		act("case.previous", "previous case", "Take the case before in hand.", false, s.noCases, func() tea.Cmd { return s.goCase(s.deps.Table.CaseAt() - 1) }, "["),
		act("case.pick", "pick case", "Choose the case in hand from a list.", false, s.noCases, s.pickCase, "c"),
		act("model", "model", "Choose the model whose request and tokens are shown.", true, s.noModels, s.pickModel, "M"),
		act("find.next", "next finding", "Go to the next finding and point out its place.", true, s.noFindings, func() tea.Cmd { return s.goFinding(1) }, "f"),
		act("find.place", "other place", "Go to the other place of the finding in hand.", false, s.noFindings, s.otherPlace, "enter"),
		act("find.previous", "previous finding", "Go to the finding before.", false, s.noFindings, func() tea.Cmd { return s.goFinding(-1) }, "F"),
		act("silence", "silence", "Silence the finding in hand with a reason that is kept, or let a silenced one speak again.", false, s.noFinding, s.silence, "x"),
		act("silenced", "silenced", "List the silenced findings with their reasons, or fold them.", false, s.noSilenced, s.foldSilenced, "X"),
		act("shuffle", "shuffle", "Stand the shots in the order of a new seed.", false, s.noShots, func() tea.Cmd { return s.order(session.Seeded(newSeed())) }, "o"),
		act("asis", "own order", "Let the shots stand as the variant has them.", false, s.noOrder, func() tea.Cmd { return s.order(session.Order{}) }, "O"),
		act("search", "find", "Find words in the text; n and N go on.", true, unsearchable, s.search, "/"),
		act("copy", "copy", "Copy the exact text of the view to the terminal's clipboard.", true, s.noProof, s.copy, "y"),
		act("save", "save", "Save the exact text of the view to a file.", false, s.noProof, s.save, "s"),
		act("panel", "numbers", "Show tokens, sampling and findings beside the text, alone, or not at all.", false, s.noProof, s.togglePanel, "i"),
	}
}

func (s *Screen) noProof() string {
	if !s.deps.Table.Open() {
		return "nothing is on the table: choose a variant in Library"
	}
	return ""
}

// backToMessages clears what was searched for, else leaves the view that is not
// the first.
func (s *Screen) backToMessages() tea.Cmd {
	if s.page.Update(tea.KeyPressMsg{Code: tea.KeyEscape}) || s.view == viewMessages {
		return nil
	}
	return s.show(viewMessages)
}

func (s *Screen) noSpill() string {
	if why := s.noProof(); why != "" {
		return why
	}
	if len(borders(s.room())) == 0 {
		return "all of it fits, as far as is known"
	}
	return ""
}

// goSpill shows where the text no longer fits.
func (s *Screen) goSpill() tea.Cmd {
	cmd := s.show(viewMessages)
	b := borders(s.room())
	s.page.GotoSegment(-2*pieceID - (len(b) - 1))
	return cmd
}

func (s *Screen) noRendered() string {
	if why := s.noProof(); why != "" {
		return why
	}
	if s.view != viewRendered {
		return "this is a key of the rendered view"
	}
	return ""
}

func (s *Screen) renderAgain() tea.Cmd {
	s.rendered = renderedState{}
	return s.askRendered()
}

func (s *Screen) toggleBorders() tea.Cmd {
	s.borders = !s.borders
	s.fill(true)
	return nil
}

func (s *Screen) noCases() string {
	if why := s.noProof(); why != "" {
		return why
	}
	if len(s.deps.Table.Cases) == 0 {
		return "this prompt has no cases: add or import some"
	}
	return ""
}

func (s *Screen) noModels() string {
	if s.modelsE != nil {
		return "models can't be listed: " + s.modelsE.Error()
	}
	if len(s.models) == 0 {
		return "the backends are still being asked which models they have"
	}
	return ""
}

func (s *Screen) noShots() string {
	if why := s.noProof(); why != "" {
		return why
	}
	for _, b := range s.deps.Table.Desk.Content().Blocks {
		if b.Kind == session.KindShots && !b.Off && len(b.Shots) > 1 {
			return ""
		}
	}
	return "this variant has no shots to shuffle"
}

func (s *Screen) noOrder() string {
	if why := s.noShots(); why != "" {
		return why
	}
	if s.deps.Table.Order().AsIs() {
		return "the shots stand as the variant has them"
	}
	return ""
}

func (s *Screen) search() tea.Cmd {
	if s.info == panelOnly {
		s.info = panelAuto
		s.place()
		s.cache = viewCache{}
	}
	s.page.StartSearch()
	return nil
}

func (s *Screen) show(v view) tea.Cmd {
	if s.info == panelOnly {
		s.info = panelAuto
	}
	if v == s.view {
		s.place()
		return s.sync()
	}
	s.view = v
	s.page.Search("")
	s.fill(false)
	s.place()
	s.cache = viewCache{}
	return tea.Batch(s.sync(), s.askRendered())
}

func (s *Screen) goCase(i int) tea.Cmd {
	s.deps.Table.GoCase(i)
	s.finding = -1
	return tea.Batch(s.sync(), s.askRendered())
}

func (s *Screen) order(o session.Order) tea.Cmd {
	s.deps.Table.SetOrder(o)
	s.finding = -1
	say := "shots stand as the variant has them"
	if !o.AsIs() {
		say = "shots shuffled: order " + o.String()
	}
	return tea.Batch(s.sync(), s.askRendered(), kit.Say(say))
}

// newSeed draws a seed short enough to be read out; the order it names is
// recorded with everything that is made of it.
func newSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:]) % 10_000
}

func (s *Screen) pickCase() tea.Cmd {
	t := s.deps.Table
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Case", Start: t.CaseAt(), Done: s.goCase}
	for _, c := range t.Cases {
		first := text.Shown{}
		if len(c.Vars) > 0 {
			first = text.Head(c.Vars[0].Value, 48)
		}
		var tags []string
		for _, tag := range c.Tags {
			tags = append(tags, tag.String())
		}
		m.Choices = append(m.Choices, kit.Choice{
			Label: text.Show(c.Name).Append(text.Of("  ")).Append(first),
			Note:  text.Of(strings.Join(tags, " ")),
		})
	}
	return kit.Open(m)
}

func (s *Screen) pickModel() tea.Cmd {
	ms := s.models
	m := &kit.Menu{Styles: s.deps.Styles, Heading: "Model"}
	for i, x := range ms {
		if x.Ref == s.deps.Table.Model() {
			m.Start = i
		}
		m.Choices = append(m.Choices, kit.Choice{Label: text.Of(x.Ref), Long: text.Of(x.About)})
	}
	m.Done = func(i int) tea.Cmd {
		s.deps.Table.SetModel(ms[i].Ref)
		return tea.Batch(s.sync(), s.askRendered())
	}
	return kit.Open(m)
}

// togglePanel goes from text with numbers to numbers alone to text alone, where
// there is room for both; else from one to the other.
func (s *Screen) togglePanel() tea.Cmd {
	switch {
	case s.info == panelAuto:
		s.info = panelOnly
	case s.info == panelOnly && s.roomForBoth():
		s.info = panelOff
	default:
		s.info = panelAuto
	}
	s.scrolled = 0
	s.place()
	s.cache = viewCache{}
	return nil
}

// exact is the text of the view to the byte, and a name for a file of it.
func (s *Screen) exact() (data []byte, name string) {
	p := s.deps.Table.Proof()
	base := fileName(s.deps.Table)
	if s.view == viewWire {
		return s.an.wire.Body, base + ".json"
	}
	if s.view == viewRendered {
		return []byte(s.rendered.r.Text), base + ".rendered.txt"
	}
	if len(p.Messages) == 1 && len(p.Beside.Parts()) == 0 && len(p.Messages[0].Calls) == 0 {
		return []byte(p.Messages[0].Content), base + ".txt"
	}
	var b bytes.Buffer
	for i, m := range p.Messages {
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "--- %s\n", m.Role)
		b.Write([]byte(m.Content))
		if len(m.Calls) > 0 {
			b.WriteString("\n" + string(callLines(m)))
		}
	}
	for _, x := range p.Beside.Parts() {
		fmt.Fprintf(&b, "\n\n--- %s\n", x.Kind)
		b.Write([]byte(x.Text))
	}
	if s.view == viewReading {
		return b.Bytes(), base + ".md"
	}
	return b.Bytes(), base + ".txt"
}

func fileName(t *session.Table) string {
	parts := []string{t.Prompt.Name.String(), t.Variant.Name.String()}
	if n := t.Case().Name; n != "" {
		parts = append(parts, n.String())
	}
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, strings.Join(parts, "-"))
	return strings.TrimLeft(name, ".")
}

func (s *Screen) unready() string {
	if s.view == viewRendered && (!s.renderedNow() || s.rendered.r.Text == "") {
		return "there is no rendered text"
	}
	if s.view != viewWire {
		return ""
	}
	if !s.ready {
		return "the request is still being made"
	}
	if s.an.wireErr != nil {
		return "there is no request: " + s.an.wireErr.Error()
	}
	return ""
}

func (s *Screen) copy() tea.Cmd {
	if why := s.unready(); why != "" {
		return kit.Say(why)
	}
	data, _ := s.exact()
	return tea.Batch(kit.ToClipboard(text.Raw(data)), kit.Say("sent to the terminal's clipboard, "+kit.Plural(len(data), "byte", "bytes")))
}

func (s *Screen) save() tea.Cmd {
	if why := s.unready(); why != "" {
		return kit.Say(why)
	}
	data, name := s.exact()
	write := s.deps.Save
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Save " + s.view.name(), Label: "A new file, " + kit.Plural(len(data), "byte", "bytes"), Value: text.Raw(name),
		Check: func(v text.Raw) string {
			if strings.TrimSpace(string(v)) == "" {
				return "a file needs a name"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			if write == nil {
				return kit.Say("files can't be written here")
			}
			return s.ask(askSave, func(ctx context.Context) tea.Msg {
				path, err := write(ctx, string(v), data)
				return savedMsg{path, len(data), err}
			})
		},
	})
}
