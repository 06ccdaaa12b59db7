package cases

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// whyPicked says why nothing can be done with what is marked or has the cursor.
func (s *Screen) whyPicked() string {
	switch {
	case s.current() == nil:
		return "there is no case here"
	case len(s.own()) == 0:
		return s.lent(s.current())
	}
	return s.busy
}

func (s *Screen) whyCaseHere() string {
	if s.current() == nil {
		return "there is no case here"
	}
	return s.busy
}

func (s *Screen) whyHere() string {
	switch {
	case s.prompt == 0:
		return "no prompt is on the table: open one in Library"
	case !s.loaded || s.err != nil:
		return "the cases were not read"
	}
	return s.busy
}

func (s *Screen) whyCase() string {
	if s.current() == nil {
		return "there is no case here"
	}
	return ""
}

func (s *Screen) mark() tea.Cmd {
	c := s.current()
	if s.rows.marked[c.Name] {
		delete(s.rows.marked, c.Name)
	} else {
		s.rows.marked[c.Name] = true
	}
	s.table.SetRow(s.table.Row() + 1)
	return nil
}

// markAll marks what is shown, or takes the marks away where all of it is marked.
func (s *Screen) markAll() tea.Cmd {
	all := true
	for _, i := range s.rows.shown {
		all = all && s.rows.marked[s.rows.cases[i].Name]
	}
	for _, i := range s.rows.shown {
		if n := s.rows.cases[i].Name; all {
			delete(s.rows.marked, n)
		} else {
			s.rows.marked[n] = true
		}
	}
	return nil
}

func (s *Screen) tag() tea.Cmd { return s.askTags(s.picked(), false) }

// askTags asks for tags: those of one case as they stand, or what is to be added
// to and taken from several.
func (s *Screen) askTags(cases []session.Case, whole bool) tea.Cmd {
	p := &kit.Prompt{
		Styles: s.d.Styles, Heading: "Tags of " + kit.Plural(len(cases), "case", "cases"),
		Label: "With commas between. One with - before it is taken away.", Placeholder: "hard, -easy",
		Check: func(r text.Raw) string {
			if !r.Valid() {
				return "a tag is UTF-8 text"
			}
			return ""
		},
	}
	if whole {
		var words []string
		for _, t := range cases[0].Tags {
			words = append(words, string(t))
		}
		p.Heading, p.Label, p.Placeholder = "Tags of "+cases[0].Name.String(), "With commas between.", "none"
		p.Value = text.Raw(strings.Join(words, ", "))
	}
	p.Done = func(r text.Raw) tea.Cmd {
		add, drop := readTags(r)
		for i := range cases {
			tags := slices.Clone(cases[i].Tags)
			if whole {
				tags = nil
			}
			for _, t := range add {
				if !slices.Contains(tags, t) {
					tags = append(tags, t)
				}
			}
			cases[i].Tags = slices.DeleteFunc(tags, func(t text.Raw) bool { return slices.Contains(drop, t) })
		}
		return s.updateAll(cases, "Tagged "+kit.Plural(len(cases), "case", "cases"))
	}
	return kit.Open(p)
}

// flip changes the split of the case with the cursor.
func (s *Screen) flip() tea.Cmd {
	c := *s.current()
	to := session.SplitHoldout
	if c.Split == session.SplitHoldout {
		to = session.SplitDev
	}
	c.Split = to
	return s.updateAll([]session.Case{c}, c.Name.String()+" is in "+string(to))
}

// split puts cases into a split, or draws a holdout.
func (s *Screen) split() tea.Cmd {
	cases := s.picked()
	n := kit.Plural(len(cases), "case", "cases")
	put := func(to session.Split) tea.Cmd {
		for i := range cases {
			cases[i].Split = to
		}
		return s.updateAll(cases, n+" put into "+string(to))
	}
	return kit.Open(&kit.Menu{
		Styles: s.d.Styles, Heading: "Split " + n,
		Choices: []kit.Choice{
			{Label: text.Of("holdout"), Note: text.Of("to look at rarely"), Long: text.Of("What is tuned on the holdout fits the holdout. It says something new only as long as it was looked at seldom.")},
			{Label: text.Of("dev"), Note: text.Of("to work on")},
			{Label: text.Of("draw by seed …"), Note: text.Of("from all cases"), Long: text.Of("A share of all cases of this prompt, the same of each first tag; the same seed draws the same ones again.")},
		},
		Done: func(i int) tea.Cmd {
			switch i {
			case 0:
				return put(session.SplitHoldout)
			case 1:
				return put(session.SplitDev)
			}
			return s.draw()
		},
	})
}

// readDraw reads "30% 7" or "0.3 7": a share and a seed, 1 where there is none.
func readDraw(r text.Raw) (share float64, seed uint64, why string) {
	const write = "write a share and a seed, as in 30% 7"
	words := strings.Fields(string(r))
	if len(words) == 0 || len(words) > 2 {
		return 0, 0, write
	}
	number, percent := strings.CutSuffix(words[0], "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, 0, write
	}
	if seed = 1; len(words) == 2 {
		if seed, err = strconv.ParseUint(words[1], 10, 64); err != nil {
			return 0, 0, "the seed is a whole number: " + write
		}
	}
	return share, seed, ""
}

// draw puts a share of all cases into the holdout and the others into dev.
func (s *Screen) draw() tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Draw a holdout", Label: "How much of all cases, and by which seed? The others go to dev.", Value: "30% 1",
		Check: func(r text.Raw) string { _, _, why := readDraw(r); return why },
		Done: func(r text.Raw) tea.Cmd {
			share, seed, _ := readDraw(r)
			var changed []session.Case
			n := 0
			for i, in := range session.DrawHoldout(s.rows.cases, share, seed) {
				c := s.rows.cases[i]
				to := session.SplitDev
				if in {
					n, to = n+1, session.SplitHoldout
				}
				if c.Borrowed == "" && c.Split != to {
					c.Split = to
					changed = append(changed, c)
				}
			}
			if len(changed) == 0 {
				return kit.Say("They stand so already")
			}
			return s.updateAll(changed, fmt.Sprintf("%s drawn into the holdout by seed %d", kit.Plural(n, "case", "cases"), seed))
		},
	})
}

func (s *Screen) remove() tea.Cmd {
	cases, del := s.own(), s.d.Delete
	ids := make([]int64, len(cases))
	for i, c := range cases {
		ids[i] = c.ID
	}
	question, what := "Delete this case?", cases[0].Name.String()+" goes. "
	if len(cases) > 1 {
		question = "Delete " + kit.Plural(len(cases), "case", "cases") + "?"
		what = "Those that are marked go. "
	}
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: question, Detail: text.Of(what + "Outputs stay, each with the exact context it answered. u brings them back."), YesLabel: "delete",
		Yes: func() tea.Cmd {
			return s.deed("cases are being deleted", "Deleted "+kit.Plural(len(cases), "case", "cases")+" (u brings them back)", "",
				func(ctx context.Context) error { return del(ctx, ids) })
		},
	})
}

func (s *Screen) copyCell() tea.Cmd {
	c, col := *s.current(), s.column()
	var t text.Raw
	switch col.kind {
	case colVar, colWanted:
		t = cellText(c, col)
	case colTags:
		t = text.Raw(tagsShown(c.Tags).String())
	case colSplit:
		t = text.Raw(c.Split)
	default:
		t = c.Name
	}
	return tea.Batch(kit.ToClipboard(t), kit.Say("The cell was sent to the terminal's clipboard, "+kit.Plural(len(t), "byte", "bytes")))
}

// take puts the case into the hand and shows its exact context.
func (s *Screen) take() tea.Cmd {
	c, t := s.current(), s.d.Table
	if i := slices.IndexFunc(t.Cases, func(x session.Case) bool { return x.Name == c.Name }); i >= 0 {
		t.GoCase(i)
	}
	return func() tea.Msg { return kit.Goto{Screen: "proof"} }
}

func (s *Screen) whyTake() string {
	if why := s.whyCase(); why != "" {
		return why
	}
	if t := s.d.Table; !t.Open() || t.Prompt.ID != s.prompt {
		return "the prompt is not on the table: open a variant of it first"
	}
	return ""
}

// search opens the search.
func (s *Screen) search() tea.Cmd {
	s.find.SelectAll()
	s.setMode(onSearch)
	return nil
}

func (s *Screen) updateSearch(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter":
			s.setMode(onGrid)
			return nil
		case "esc":
			s.find.SetValue("")
			s.sought()
			s.setMode(onGrid)
			return nil
		case "up", "down", "pgup", "pgdown":
			s.table.Update(k)
			return nil
		}
	}
	changed, cmd := s.find.Update(msg)
	if changed {
		s.sought()
	}
	return cmd
}

// sought narrows the grid to the search.
func (s *Screen) sought() {
	s.rows.search(string(s.find.Value()))
	s.table.SetRows(len(s.rows.shown))
	s.arrange()
}

// choose filters by what cases are.
func (s *Screen) choose() tea.Cmd {
	all := []filter{{}, {kind: devCases}, {kind: holdoutCases}, {kind: markedCases}, {kind: unwantedCases}}
	if len(s.here.Bindings) > 0 {
		all = append(all, filter{kind: ownCases}, filter{kind: borrowedCases})
	}
	for _, t := range s.rows.tags() {
		all = append(all, filter{kind: taggedCases, tag: t})
	}
	m := &kit.Menu{Styles: s.d.Styles, Heading: "Show"}
	for i, f := range all {
		probe := rows{filter: f, marked: s.rows.marked}
		n := 0
		for k := range s.rows.cases {
			if probe.fits(&s.rows.cases[k]) {
				n++
			}
		}
		label := f.says()
		if label == "" {
			label = "all cases"
		}
		m.Choices = append(m.Choices, kit.Choice{Label: text.Of(label), Note: text.Of(kit.Thousands(n))})
		if f == s.rows.filter {
			m.Start = i
		}
	}
	m.Done = func(i int) tea.Cmd {
		s.rows.filter, s.rows.fresh = all[i], false
		s.rows.sift()
		s.table.SetRows(len(s.rows.shown))
		s.arrange()
		return nil
	}
	return kit.Open(m)
}

// cross asks for lists of values and makes a case of each combination.
func (s *Screen) cross() tea.Cmd {
	value := "lang = de, en × tone = formal, warm"
	if len(s.here.Asked) > 0 {
		value = strings.Join(s.here.Asked, " = a, b × ") + " = a, b"
	}
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Cross product", Label: "Variables with their values; between two variables stands × or *. A comma within a value is written \\,", Value: text.Raw(value),
		Check: func(r text.Raw) string {
			if _, err := session.ParseCross(string(r)); err != nil {
				return strings.TrimPrefix(err.Error(), "cross: ")
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd { return s.sureCross(r) },
	})
}

// sureCross says what would be made before it is.
func (s *Screen) sureCross(r text.Raw) tea.Cmd {
	vars, err := session.ParseCross(string(r))
	if err != nil {
		return kit.Fail(err)
	}
	taken := map[text.Raw]bool{}
	for _, c := range s.rows.cases {
		taken[c.Name] = true
	}
	made := session.CrossCases(vars, nil, session.SplitDev, func(n text.Raw) bool { return taken[n] })
	var names []string
	for _, c := range made[:min(len(made), 6)] {
		names = append(names, c.Name.String())
	}
	detail := strings.Join(names, ", ")
	if len(made) > 6 {
		detail += " and " + kit.Thousands(len(made)-6) + " more"
	}
	id, create := s.prompt, s.d.Create
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Make " + kit.Plural(len(made), "case", "cases") + "?", YesLabel: "make",
		Detail: text.Of(detail + ". Each has a tag for each of its values, as in " + made[0].Name.String() + ": ").Append(tagsShown(made[0].Tags)).Append(text.Of(".")),
		Yes: func() tea.Cmd {
			return s.deed("cases are being made", "Made "+kit.Plural(len(made), "case", "cases")+" (u takes them back)", made[0].Name, func(ctx context.Context) error {
				_, err := create(ctx, id, made)
				return err
			})
		},
	})
}
