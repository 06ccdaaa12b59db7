package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/themes"
)

// HelpGroup is a heading and the actions under it.
type HelpGroup struct {
	Name    string
	Actions []Action
}

// Help is the full-screen explanation of what has focus: a paragraph and every
// key.
type Help struct {
	Styles  *themes.Styles
	Heading string
	Text    string // paragraphs of ours, parted by empty lines; one that is indented keeps its lines
	Groups  []HelpGroup

	top, page, rows int
}

// Title is the heading.
func (p *Help) Title() string { return p.Heading }

// Update scrolls; any key that does not closes the help.
func (p *Help) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	switch m := msg.(type) {
	case tea.MouseWheelMsg:
		if m.Button == tea.MouseWheelUp {
			p.top -= 3
		} else {
			p.top += 3
		}
	case tea.KeyPressMsg:
		switch m.String() {
		case "up", "k":
			p.top--
		case "down", "j":
			p.top++
		case "pgup":
			p.top -= p.page
		case "pgdown", "space":
			p.top += p.page
		case "home", "g":
			p.top = 0
		case "end", "G":
			p.top = p.rows
		default:
			return true, nil
		}
	}
	p.top = max(0, min(p.top, p.rows-p.page))
	return false, nil
}

// View draws the help in w by h cells.
func (p *Help) View(w, h int) string {
	lines := p.lines(max(8, w-6))
	p.rows, p.page = len(lines), max(1, h-4)
	p.top = max(0, min(p.top, p.rows-p.page))
	body := lines[p.top:min(len(lines), p.top+p.page)]
	label := "any other key closes"
	if p.rows > p.page {
		label = "↑↓ scroll · " + label
	}
	return PaneWith(p.Heading, label, "\n"+indent(strings.Join(body, "\n"), 2), w, h, true, p.Styles)
}

func (p *Help) lines(w int) []string {
	st := p.Styles
	var out []string
	prose := min(w, 84)
	for i, para := range strings.Split(strings.Trim(p.Text, "\n"), "\n\n") {
		if para == "" {
			continue
		}
		if i > 0 {
			out = append(out, "")
		}
		if strings.HasPrefix(para, "  ") { // a table: its lines stay as they are
			for _, l := range strings.Split(para, "\n") {
				out = append(out, Para(text.Of(l).Truncate(w), w, st.Dim, st.Mark))
			}
			continue
		}
		out = append(out, strings.Split(Para(text.Of(strings.ReplaceAll(para, "\n", " ")), prose, st.Text, st.Mark), "\n")...)
	}
	kw, lw := p.widths(w)
	for _, g := range p.Groups {
		if len(g.Actions) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, newInk(st.Title).text(g.Name), newInk(st.Rule).text(strings.Repeat("─", min(w, max(12, Width(g.Name))))))
		for _, a := range g.Actions {
			out = append(out, helpRow(a, kw, lw, w, st)...)
		}
	}
	return out
}

// widths are the columns of keys and of labels.
func (p *Help) widths(w int) (int, int) {
	kw, lw := 6, 8
	for _, g := range p.Groups {
		for _, a := range g.Actions {
			kw = max(kw, text.Of(keysOf(a)).Width())
			lw = max(lw, text.Of(a.Key.Help().Desc).Width())
		}
	}
	return min(kw, max(6, w/3)), min(lw, max(8, w/3))
}

// keysOf lists all keys of an action: the first as people write it.
func keysOf(a Action) string {
	var out []string
	for _, k := range a.Key.Keys() {
		out = append(out, KeyName(k))
	}
	return strings.Join(out, ", ")
}

func helpRow(a Action, kw, lw, w int, st *themes.Styles) []string {
	key, label, long := newInk(st.Key), newInk(st.Strong), newInk(st.Dim)
	say := a.Long
	if why := a.Off(); why != "" {
		key, label, long = newInk(st.KeyOff), newInk(st.KeyOff), newInk(st.KeyOff)
		say = strings.TrimSpace(say + " Off: " + why + ".")
	}
	head := key.text(text.Of(keysOf(a)).Truncate(kw).String())
	name := label.text(text.Of(a.Key.Help().Desc).Truncate(lw).String())
	lead := Fit(head, kw) + "  " + Fit(name, lw)
	room := w - kw - lw - 4
	if room < 16 || say == "" {
		return []string{lead}
	}
	var out []string
	for i, l := range text.Of(say).Wrap(room) {
		if i > 0 {
			lead = spaces(kw + lw + 2)
		}
		out = append(out, lead+"  "+long.text(l.String()))
	}
	return out
}
