package bench

import (
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/kit"
)

// backendOf is the backend of a model.
func backendOf(ref string) string {
	name, _, _ := strings.Cut(ref, "/")
	return name
}

// whyOff says why a model can't be asked, or "".
func (s *Screen) whyOff(ref string) string { return s.off[backendOf(ref)] }

// unlisted adds a line for each backend that has no model to choose, which says
// why.
func (p *setup) unlisted(s *Screen) {
	listed := map[string]bool{}
	for _, m := range s.models {
		listed[backendOf(m.Ref)] = true
	}
	for _, why := range []map[string]string{s.off, s.silent} {
		for _, name := range slices.Sorted(maps.Keys(why)) {
			if !listed[name] {
				p.items = append(p.items, item{kind: itemOff, label: text.Of(name), note: text.Of(why[name])})
			}
		}
	}
}

// isFree reports whether going on with a run is known to cost nothing. Of a run
// that is not shown nobody here knows the models.
func (s *Screen) isFree(id int64) bool {
	b := s.board
	if b == nil || b.runID != id || s.deps.Free == nil {
		return false
	}
	for _, c := range b.cols {
		if !s.deps.Free(c.who.Model) {
			return false
		}
	}
	return true
}

// askAgain goes on with a run, after one more question where it may cost money.
func (s *Screen) askAgain(id int64) tea.Cmd {
	if s.isFree(id) {
		return s.reopen(id, true)
	}
	n := 0
	if s.board != nil && s.board.runID == id {
		n = s.board.all().open()
	} else {
		for _, r := range s.runs {
			if r.ID == id {
				n = max(0, r.Cells-r.Done)
			}
		}
	}
	return kit.Open(&kit.Confirm{
		Styles: s.deps.Styles, Question: "Ask again: up to " + kit.Plural(n, "request", "requests") + "?",
		Detail:   text.Of("What they will cost is unknown. Answers that are there are kept and not asked for again."),
		YesLabel: "send", Danger: true, Yes: func() tea.Cmd { return s.reopen(id, true) },
	})
}

// person reports whether a model is a person.
func person(ref string) bool { return backendOf(ref) == "human" }

func cond(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}
