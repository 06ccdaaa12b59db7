package library

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// waiting is what is known of what waits for a person at one prompt.
type waiting struct {
	session.Waits
	known bool
	stale bool // shown, but counted anew
	tried bool // it could not be counted
}

// counter counts what waits, one prompt after the other: it is worth knowing and
// not worth waiting for.
type counter struct {
	gen  uint64
	busy bool
}

type gotWaits struct {
	id    int64
	waits session.Waits
	err   error
}

// tally asks what waits at the next prompt of which it is not known; the one with
// the cursor comes first.
func (s *Screen) tally() tea.Cmd {
	if s.d.Waits == nil || s.counter.busy {
		return nil
	}
	id := int64(0)
	fresh := func(p int64) bool {
		w := s.shelf(p).waits
		return w.known && !w.stale || w.tried && !w.stale
	}
	if p := s.promptID(); p != 0 && !fresh(p) {
		id = p
	}
	for i := 0; id == 0 && i < len(s.prompts); i++ {
		if !fresh(s.prompts[i].ID) {
			id = s.prompts[i].ID
		}
	}
	if id == 0 {
		return nil
	}
	s.gen++
	s.counter = counter{s.gen, true}
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		w, err := s.d.Waits(ctx, id)
		return gotWaits{id, w, err}
	})
}

// counted takes what waits at a prompt. What can't be counted is not spoken of:
// the stations themselves will say what is wrong.
func (s *Screen) counted(m gotWaits) tea.Cmd {
	s.counter.busy = false
	w := &s.shelf(m.id).waits
	w.stale, w.tried = false, m.err != nil
	if m.err == nil {
		w.Waits, w.known = m.waits, true
	}
	return s.tally()
}

// wait is one of the things that wait, and the station where it is done.
type wait struct {
	said    text.Shown
	station string
	to      kit.Goto
}

// waitsOf is what waits at a prompt, none where it is not known.
func (s *Screen) waitsOf(p session.PromptInfo) []wait {
	sh := s.shelves[p.ID]
	if sh == nil || !sh.waits.known {
		return nil
	}
	w := sh.waits.Waits
	var out []wait
	if w.Duels > 0 {
		out = append(out, wait{text.Of(count(w.Duels, "duel") + " to judge"), "Judge", kit.Goto{Screen: "judge"}})
	}
	if w.Notes > 0 {
		q := session.ReadQuery{PromptID: p.ID, Noted: true}
		out = append(out, wait{text.Of(count(w.Notes, "note") + " without a failure mode"), "Read", kit.Goto{Screen: "read", Arg: q}})
	}
	for _, x := range w.Stale {
		out = append(out, wait{text.Of(unchecked(x)).OneLine(), "Suite", kit.Goto{Screen: "suite"}})
	}
	return out
}

// unchecked makes "tone since warm@2" a clause.
func unchecked(stale string) string {
	if i := strings.LastIndex(stale, " since "); i >= 0 {
		return stale[:i] + " not checked" + stale[i:]
	}
	return stale
}

// waitsNote is how much waits at a prompt, for the list; "" nothing, or not known.
func (s *Screen) waitsNote(p session.PromptInfo) string {
	sh := s.shelves[p.ID]
	if sh == nil || !sh.waits.known || !sh.waits.Any() {
		return ""
	}
	return kit.Plural(sh.waits.Duels+sh.waits.Notes+len(sh.waits.Stale), "waits", "wait")
}

// waitsLines is what waits at the prompt in at most rows rows, each after the
// station where it is done.
func (s *Screen) waitsLines(p session.PromptInfo, w, rows int) []string {
	st := s.d.Styles
	all := s.waitsOf(p)
	var out []string
	for i, x := range all {
		if i == rows-1 && len(all) > rows {
			return append(out, kit.Fit("", 11)+s.say(st.Faint, fmt.Sprintf("and %d more", len(all)-i)))
		}
		out = append(out, kit.Fit(s.say(st.Accent, "▸ "+x.station), 11)+s.paint(st.Text, x.said.Truncate(max(1, w-11))))
	}
	return out
}

func (s *Screen) whyWaits() string {
	switch p := s.prompt(); {
	case s.finding:
		return "esc ends the filter first"
	case p == nil:
		return "there is no prompt yet"
	case len(s.waitsOf(*p)) > 0:
		return ""
	case s.d.Waits != nil && !s.shelf(p.ID).waits.known && !s.shelf(p.ID).waits.tried:
		return "it is still being counted"
	}
	return "nothing waits here"
}

// toWaits goes to what waits; a menu asks which, where there are several.
func (s *Screen) toWaits() tea.Cmd {
	p := *s.prompt()
	all := s.waitsOf(p)
	if len(all) == 1 {
		return s.follow(p, all[0].to)
	}
	m := &kit.Menu{Styles: s.d.Styles, Heading: "What waits at " + p.Name.String(), Done: func(i int) tea.Cmd { return s.follow(p, all[i].to) }}
	for _, x := range all {
		m.Choices = append(m.Choices, kit.Choice{Label: x.said, Note: text.Of(x.station)})
	}
	return kit.Open(m)
}

// follow goes to a station with the prompt on the table: stations work on what
// lies there.
func (s *Screen) follow(p session.PromptInfo, to kit.Goto) tea.Cmd {
	if t := s.d.Table; t.Open() && t.Prompt.ID == p.ID {
		return func() tea.Msg { return to }
	}
	v := s.variant()
	if v == nil {
		return kit.Say("this prompt has no variant to lay on the table")
	}
	ref := v.Ref()
	ref.Revision = 0
	return s.fetchLaid(ref, to)
}
