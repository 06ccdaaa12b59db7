package proof

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// readingState is the reading view: what was laid out, and where one is in it.
type readingState struct {
	page  *readingPage
	of    readingKey // what is shown
	asked readingKey // what is being laid out
}

type readingKey struct {
	proof, theme string
	w            int
}

// readingPage scrolls lines that are styled already.
type readingPage struct {
	md    *kit.Markdown
	laid  []string // as Markdown made them
	laidW int      // for this width
	lines []string // the same, broken once more where there is less room
	top   int
	w, h  int
	wait  bool
}

type readingMsg struct {
	key   readingKey
	lines []string
	md    *kit.Markdown
}

func newReadingPage(st *themes.Styles) *readingPage {
	copied := *st
	return &readingPage{md: kit.NewMarkdown(&copied)}
}

func (r *readingState) resize(w, h int) {
	p := r.page
	if p.w != w {
		p.w = w
		p.fit()
	}
	p.h = h
	p.scroll(0)
}

// fit breaks lines that were laid out for more room than there is now, until
// they are laid out anew.
func (p *readingPage) fit() {
	p.lines = p.laid
	if room := max(1, p.w-1); p.laidW > room {
		p.lines = strings.Split(lipgloss.Wrap(strings.Join(p.laid, "\n"), room, ""), "\n")
	}
}

func (r *readingState) take(m readingMsg) {
	same := r.of.proof == m.key.proof
	r.of, r.page.laid, r.page.laidW, r.page.md, r.page.wait = m.key, m.lines, m.key.w, m.md, false
	r.page.fit()
	if !same {
		r.page.top = 0
	}
	r.page.scroll(0)
}

func (p *readingPage) scroll(by int) {
	p.top = max(0, min(p.top+by, len(p.lines)-p.h))
}

func (p *readingPage) update(msg tea.Msg) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		switch m.String() {
		case "up", "k":
			p.scroll(-1)
		case "down", "j":
			p.scroll(1)
		case "pgup":
			p.scroll(1 - p.h)
		case "pgdown", "space":
			p.scroll(p.h - 1)
		case "home", "g":
			p.top = 0
		case "end", "G":
			p.scroll(len(p.lines))
		}
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			p.scroll(-3)
		case tea.MouseWheelDown:
			p.scroll(3)
		}
	}
}

func (r *readingState) view(w, h int, st *themes.Styles) string {
	p := r.page
	if p.wait && len(p.lines) == 0 {
		return kit.Centre(st.Faint.Render("laying out…"), w, h)
	}
	if len(p.lines) == 0 {
		return kit.Centre(st.Faint.Render("nothing to read"), w, h)
	}
	out := make([]string, 0, h)
	for i := p.top; i < len(p.lines) && len(out) < h; i++ {
		out = append(out, " "+p.lines[i])
	}
	return kit.Fill(strings.Join(out, "\n"), w, h)
}

// readAgain lays the proof out for the reading view, where that is what is seen
// and it was not done yet.
func (s *Screen) readAgain() tea.Cmd {
	if s.view != viewReading || !s.deps.Table.Open() {
		return nil
	}
	p := s.deps.Table.Proof()
	r := &s.reading
	k := readingKey{p.Hash, s.deps.Styles.Theme.Name, max(8, min(100, r.page.w-2))}
	if k == r.of || k == r.asked && r.page.wait {
		return nil
	}
	md := r.page.md
	if k.theme != r.of.theme {
		copied := *s.deps.Styles
		md = kit.NewMarkdown(&copied)
	}
	r.asked, r.page.wait = k, true
	st := *s.deps.Styles
	return s.ask(askReading, func(context.Context) tea.Msg {
		var lines []string
		for i, m := range p.Messages {
			if i > 0 {
				lines = append(lines, "")
			}
			head := strings.TrimSpace(heading(p, i, false))
			lines = append(lines, kit.Render(text.Of(head), st.Title, st.Mark), "")
			lines = append(lines, strings.Split(md.Render(m.Content, k.w), "\n")...)
		}
		return readingMsg{k, lines, md}
	})
}
