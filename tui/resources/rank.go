package resources

import (
	"context"
	"fmt"
	"math"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/report"
	"galley/session/text"
	"galley/tui/kit"
)

// ranked is what was found out for the case in hand.
type ranked struct {
	of    session.CaseKey
	name  text.Raw
	list  []session.Ranked
	own   bool           // the list is the case's own
	note  string         // why there is no order
	marks map[string]int // of the case, by hash
	by    report.Retrieval
	means report.Retrievals // over the marked cases
	at    map[string]int    // place in list by hash
	err   error
}

// atFirst is how many of the first count where the variant does not say.
const atFirst = 5

// pick is how the variant on the table chooses among resources, and how many it
// takes: by BM25 where it does not rank.
func (s *Screen) pick() (session.Pick, int) {
	p := session.Pick{How: session.PickNearest}
	if !s.d.Table.Open() {
		return p, atFirst
	}
	for _, b := range s.d.Table.Desk.Content().Blocks {
		if b.Kind != session.KindResources || b.Off || b.Pick == nil {
			continue
		}
		switch b.Pick.How {
		case session.PickNearest, session.PickColumn:
			k := b.Pick.N
			if k == 0 {
				k = atFirst
			}
			return session.Pick{How: b.Pick.How, Query: b.Pick.Query, Column: b.Pick.Column}, k
		}
	}
	return p, atFirst
}

// rank asks how the bank stands for the case in hand, and how good that is for all
// marked cases.
func (s *Screen) rank() tea.Cmd {
	t := s.d.Table
	s.gen++
	s.asked = s.gen
	if s.prompt == 0 || len(t.Cases) == 0 {
		s.ranked = ranked{}
		s.order = false
		s.fill()
		return nil
	}
	bank, c, cases, id := s.of, t.Case(), t.Cases, s.prompt
	p, k := s.pick()
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		m := ranked{of: c.Key(), name: c.Name, own: p.How == session.PickColumn, at: map[string]int{}}
		var all []session.Relevance
		if all, m.err = s.d.Relevances(ctx, id); m.err != nil {
			return m
		}
		m.list, m.note = session.RankResources(bank, p, c)
		for i := len(m.list) - 1; i >= 0; i-- {
			m.at[m.list[i].Hash] = i
		}
		m.marks = session.Marks(all, c)
		m.by = report.RetrievalOf(c.Name, m.list, bank, m.marks, k)
		var of []report.Retrieval
		for _, x := range cases {
			marks := session.Marks(all, x)
			if len(marks) == 0 || ctx.Err() != nil {
				continue
			}
			list, _ := session.RankResources(bank, p, x)
			of = append(of, report.RetrievalOf(x.Name, list, bank, marks, k))
		}
		m.means = report.RetrievalMeans(of, k)
		return m
	})
}

func (s *Screen) gotRanked(m ranked) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.ranked = m
	s.fill()
	return nil
}

// headLines say how the case in hand and the marked cases are served.
func (s *Screen) headLines(w int) []string {
	r, st := &s.ranked, s.d.Styles
	if s.prompt == 0 || r.name == "" || len(s.of) == 0 && !r.own {
		return nil
	}
	said := "for " + text.Head(r.name, 24).OneLine().String() + ": "
	switch {
	case r.note != "":
		said += r.note
	case r.by.Relevant == 0:
		said += "nothing of use is marked yet; r ranks, and 0 to 3 say of how much use a text is"
	case r.by.First == 0:
		said += "what is of use is not found"
	default:
		said += fmt.Sprintf("first of use at rank %d", r.by.First)
	}
	if n := r.means.N; n > 0 {
		said += fmt.Sprintf(" · at rank 1 in %d of %s, %d of %d among the first %d, MRR %s, NDCG@%d %s", r.means.First, kit.Plural(n, "marked case", "marked cases"),
			r.means.Found, r.means.Relevant, r.means.K, short(r.means.MRR), r.means.K, short(r.means.NDCG))
		if n < 5 {
			said += "; mark more cases: so few say little"
		}
	}
	var out []string
	for _, l := range text.Of(said).OneLine().Wrap(max(1, w)) {
		out = append(out, kit.Render(l, st.Dim, st.Mark))
	}
	return out
}

// short is a mean with its interval: "0.71 (0.50–0.92)".
func short(m report.Mean) string {
	if math.IsNaN(m.Lo) {
		return m.String()
	}
	return fmt.Sprintf("%.2f (95%%: %.2f–%.2f)", m.Value, m.Lo, m.Hi)
}

func (s *Screen) whyCase() string {
	switch {
	case s.prompt == 0:
		return "no prompt lies on the table"
	case len(s.d.Table.Cases) == 0:
		return "the prompt has no cases: C in Compose adds some"
	}
	return ""
}

// toggleOrder sorts the list by rank for the case in hand, or as the bank stands.
func (s *Screen) toggleOrder() tea.Cmd {
	s.order = !s.order
	if s.order {
		s.list.SetRow(0)
		s.rows = nil // the cursor goes to the best
	}
	s.fill()
	if s.order {
		s.list.SetRow(0)
		s.moved()
	}
	return nil
}

// step takes another case in hand.
func (s *Screen) step(by int) tea.Cmd {
	t := s.d.Table
	t.GoCase(t.CaseAt() + by)
	if s.order {
		s.list.SetRow(0)
		s.rows = nil
	}
	return s.rank()
}

func (s *Screen) whyMark() string {
	if why := s.whyCase(); why != "" {
		return why
	}
	switch {
	case s.piece() == nil:
		return "a mark is on one text: go to a piece"
	case s.d.Table.Case().Row() == 0:
		return "a mark is kept with the case that this one is borrowed from, and that was deleted"
	case s.ranked.of != s.d.Table.Case().Key():
		return "the case is being read"
	}
	return ""
}

// mark says of how much use the text in hand is, and goes to the next.
func (s *Screen) mark(grade int) tea.Cmd {
	p, c := *s.piece(), s.d.Table.Case()
	if i := s.list.Row(); i+1 < len(s.rows) {
		s.list.SetRow(i + 1)
		s.moved()
	}
	m := session.Relevance{PromptID: s.prompt, CaseID: c.Row(), Hash: p.Hash, Grade: grade, By: s.d.Who}
	said := ""
	if grade < 0 {
		said = "the mark is taken away; u brings it back"
	}
	return s.ask(0, func(ctx context.Context) tea.Msg {
		return gotDone{Done: kit.Done[session.Resource]{Said: said, Err: s.d.Mark(ctx, m)}, quiet: true}
	})
}
