package cases

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// gotChain is an answer that the next step of a binding waits for.
type gotChain struct{ next func() tea.Cmd }

// chain asks for something and goes on with the answer, unless the page has been
// read anew since.
func chain[T any](s *Screen, question func(ctx context.Context) (T, error), next func(T) tea.Cmd) tea.Cmd {
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		got, err := question(ctx)
		return gotChain{func() tea.Cmd {
			if err != nil {
				return kit.Fail(err)
			}
			return next(got)
		}}
	})
}

// bind begins with what is bound already, or with the variable.
func (s *Screen) bind() tea.Cmd {
	all := s.here.Bindings
	if len(all) == 0 {
		return s.bindVariable()
	}
	m := &kit.Menu{Styles: s.d.Styles, Heading: "Bindings of " + s.here.Prompt.Name.String()}
	for _, b := range all {
		note := fmt.Sprintf("%s answered", kit.Plural(b.Answered, "case", "cases"))
		long := "Frozen: what stands there is what this run answered, whatever is asked upstream since."
		switch {
		case b.Gone != "":
			note, long = b.Gone, "No case is borrowed by it now. Bind it to another run, or take it away."
		case b.Newer != 0:
			note += ", newer: " + session.Run{ID: b.Newer}.Name()
		}
		m.Choices = append(m.Choices, kit.Choice{Label: boundShown(b.Binding), Note: text.Of(note), Long: text.Of(long)})
	}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("bind another variable …")})
	m.Done = func(i int) tea.Cmd {
		if i == len(all) {
			return s.bindVariable()
		}
		return s.bound(all[i])
	}
	return kit.Open(m)
}

// boundShown is "ticket ← extract r7 five-shot@3 m, take 1".
func boundShown(b session.Binding) text.Shown {
	take := ", all takes"
	if b.Take > 0 {
		take = fmt.Sprintf(", take %d", b.Take)
	}
	return text.Head(b.Var, 24).Append(text.Of(" ← ")).Append(text.Head(b.From, 24)).Append(text.Of(" " + session.Run{ID: b.RunID}.Name() + take))
}

// bound offers what can be done with a binding.
func (s *Screen) bound(b Bound) tea.Cmd {
	unbind, id := s.d.Unbind, b.ID
	m := &kit.Menu{Styles: s.d.Styles, Heading: boundShown(b.Binding).String()}
	m.Choices = []kit.Choice{
		{Label: text.Of("bind it to another run …"), Long: text.Of("What would change is counted before it does.")},
		{Label: text.Of("take the binding away"), Long: text.Of("The cases that it brought go from here; upstream, and in runs, they stay.")},
	}
	m.Done = func(i int) tea.Cmd {
		if i == 0 {
			return s.offers(session.PromptInfo{Prompt: session.Prompt{ID: b.FromID, Name: b.From}}, b.Var, &b.Binding)
		}
		return s.deed("the binding is being taken away", text.Head(b.Var, 24).String()+" is not bound any more (u brings it back)", "",
			func(ctx context.Context) error { return unbind(ctx, id) })
	}
	return kit.Open(m)
}

// bindVariable asks which variable is to be another prompt's output.
func (s *Screen) bindVariable() tea.Cmd {
	vars := s.variables()
	m := &kit.Menu{Styles: s.d.Styles, Heading: "Bind a variable to another prompt's outputs"}
	for _, v := range vars {
		c := kit.Choice{Label: text.Head(v, 40), Long: text.Of("Frozen: a run that has ended, so that this prompt is worked on against fixed text.")}
		if slices.ContainsFunc(s.here.Bindings, func(b Bound) bool { return b.Var == v }) {
			c.Note = text.Of("is bound")
		} else if !slices.Contains(s.here.Asked, string(v)) {
			c.Note = text.Of("no variant asks for it")
		}
		m.Choices = append(m.Choices, c)
	}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("another variable …")})
	m.Done = func(i int) tea.Cmd {
		if i < len(vars) {
			return s.bindPrompt(vars[i])
		}
		return kit.Open(&kit.Prompt{
			Styles: s.d.Styles, Heading: "Bind a variable", Label: "Its name, as {{name}} has it.", Check: variableTrouble,
			Done: func(r text.Raw) tea.Cmd { return s.bindPrompt(r) },
		})
	}
	return kit.Open(m)
}

// bindPrompt asks whose outputs they are.
func (s *Screen) bindPrompt(v text.Raw) tea.Cmd {
	return chain(s, s.d.Prompts, func(all []session.PromptInfo) tea.Cmd {
		all = slices.DeleteFunc(all, func(p session.PromptInfo) bool { return p.ID == s.prompt })
		if len(all) == 0 {
			return kit.Say("there is no other prompt: make one in Library, and run it")
		}
		m := &kit.Menu{Styles: s.d.Styles, Heading: text.Head(v, 24).String() + " is an output of"}
		for _, p := range all {
			c := kit.Choice{Label: text.Head(p.Name, 40), Note: text.Of(kit.Plural(p.Cases, "case", "cases") + ", " + kit.Plural(p.Runs, "run", "runs"))}
			if p.Runs == 0 {
				c.Off = "it has no run yet"
			}
			m.Choices = append(m.Choices, c)
		}
		m.Done = func(i int) tea.Cmd { return s.offers(all[i], v, nil) }
		return kit.Open(m)
	})
}

// offers asks for a contestant of a run. was is the binding that it replaces, nil:
// none.
func (s *Screen) offers(p session.PromptInfo, v text.Raw, was *session.Binding) tea.Cmd {
	load := s.d.Offers
	return chain(s, func(ctx context.Context) ([]Offer, error) { return load(ctx, p.ID) }, func(all []Offer) tea.Cmd {
		if len(all) == 0 {
			return kit.Say(p.Name.String() + " has no run with a whole answer: run it first")
		}
		m := &kit.Menu{Styles: s.d.Styles, Heading: text.Head(v, 20).String() + " ← " + p.Name.String() + ": which run?"}
		for i, o := range all {
			label := text.Of(o.Run.Name() + "  ").Append(text.Head(text.Raw(variantOf(o.Contestant)), 28)).Append(text.Of("  ")).Append(text.Head(text.Raw(o.Contestant.Model), 28))
			note := fmt.Sprintf("%d of %s", o.Answered, kit.Plural(o.Cases, "case", "cases"))
			if o.Takes > 1 {
				note += fmt.Sprintf(", %d takes", o.Takes)
			}
			c := kit.Choice{Label: label, Note: text.Of(note), Long: text.Of("The run began " + kit.When(o.Run.StartedMS, s.d.Now()) + ". Cases with a whole answer are borrowed, the others are not there.")}
			if o.Run.State == session.RunRunning {
				c.Off = "it is still going on"
			}
			if was != nil && was.RunID == o.Run.ID && was.Contestant == o.Contestant {
				c.Note = text.Of(note + ", bound now")
				m.Start = i
			}
			m.Choices = append(m.Choices, c)
		}
		m.Done = func(i int) tea.Cmd { return s.takes(p, v, all[i], was) }
		return kit.Open(m)
	})
}

// variantOf is a contestant's variant without its prompt.
func variantOf(c session.Contestant) string {
	return fmt.Sprintf("%s@%d", c.Variant.Variant, c.Variant.Revision)
}

// takes asks for a take, where there are several.
func (s *Screen) takes(p session.PromptInfo, v text.Raw, o Offer, was *session.Binding) tea.Cmd {
	b := session.Binding{PromptID: s.prompt, Var: v, FromID: p.ID, From: p.Name, RunID: o.Run.ID, Contestant: o.Contestant, Take: 1}
	if o.Takes < 2 {
		return s.sureBind(b, o, was)
	}
	m := &kit.Menu{Styles: s.d.Styles, Heading: "Which take?"}
	for t := 1; t <= o.Takes; t++ {
		m.Choices = append(m.Choices, kit.Choice{Label: text.Of(fmt.Sprintf("take %d", t))})
	}
	m.Choices = append(m.Choices, kit.Choice{Label: text.Of("all of them"), Note: text.Of("each a case of its own"),
		Long: text.Of("Then a case is there as often as it has whole answers: c01#1, c01#2 and so on, and how this prompt copes with the spread upstream shows.")})
	if was != nil {
		m.Start = len(m.Choices) - 1
		if was.Take > 0 {
			m.Start = min(was.Take, o.Takes) - 1
		}
	}
	m.Done = func(i int) tea.Cmd {
		b.Take = (i + 1) % (o.Takes + 1)
		return s.sureBind(b, o, was)
	}
	return kit.Open(m)
}

// sureBind says what a binding brings, or what it changes, before it is made.
func (s *Screen) sureBind(b session.Binding, o Offer, was *session.Binding) tea.Cmd {
	bind := s.d.Bind
	ask := func(question, detail, label string) tea.Cmd {
		return kit.Open(&kit.Confirm{
			Styles: s.d.Styles, Question: question, Detail: text.Of(detail), YesLabel: label,
			Yes: func() tea.Cmd {
				return s.deed("the binding is being written", boundShown(b).String()+" (u takes it back)", "", func(ctx context.Context) error { return bind(ctx, b) })
			},
		})
	}
	if was == nil {
		return ask("Bind "+text.Head(b.Var, 24).String()+"?", fmt.Sprintf("%s of %s come here, borrowed, with the output of %s as {{%s}}. The run is fixed: what is asked upstream later changes nothing here.",
			kit.Plural(o.Answered, "case", "cases"), b.From, session.Run{ID: b.RunID}.Name(), b.Var), "bind")
	}
	compare, from := s.d.Compare, *was
	return chain(s, func(ctx context.Context) (session.BoundChange, error) { return compare(ctx, from, b) }, func(c session.BoundChange) tea.Cmd {
		return ask("Bind "+text.Head(b.Var, 24).String()+" to "+session.Run{ID: b.RunID}.Name()+"?", saysChange(c)+" Runs and judgments of before keep what they were asked with.", "bind")
	})
}

// saysChange counts what another binding changes.
func saysChange(c session.BoundChange) string {
	out := fmt.Sprintf("%d of %s differ", c.Differ, kit.Plural(c.Both, "text", "texts"))
	if c.Differ == 0 {
		out = "None of " + kit.Plural(c.Both, "text", "texts") + " differs"
	}
	if c.Missing > 0 {
		out += fmt.Sprintf(", %s no answer there and go", kit.Plural(c.Missing, "case has", "cases have"))
	}
	if c.New > 0 {
		out += fmt.Sprintf(", %s", kit.Plural(c.New, "case comes", "cases come"))
	}
	return out + "."
}
