package kit

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"galley/session/text"
	"galley/themes"
)

// Palette finds an action by its name and does it.
type Palette struct {
	Styles  *themes.Styles
	Actions []Action

	in   *Input
	hits []paletteHit
	win  window
	rows int
	at   *tea.Cursor
}

type paletteHit struct {
	action int
	label  []int // matched bytes of the label
}

// Title is the name of the palette.
func (p *Palette) Title() string { return "Actions" }

func (p *Palette) field() *Input {
	if p.in == nil {
		p.in = NewInput(p.Styles)
		p.in.SetPlaceholder("what to do")
		p.search()
	}
	return p.in
}

// Update types, moves, and does the action with the cursor.
func (p *Palette) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	in := p.field()
	if m, ok := msg.(tea.KeyPressMsg); ok {
		switch k := m.String(); k {
		case "esc", "ctrl+c", "ctrl+k":
			return true, nil
		case "up", "down", "pgup", "pgdown":
			p.win.key(k, len(p.hits), p.rows)
			return false, nil
		case "ctrl+p":
			p.win.key("up", len(p.hits), p.rows)
			return false, nil
		case "ctrl+n":
			p.win.key("down", len(p.hits), p.rows)
			return false, nil
		case "enter":
			if len(p.hits) == 0 {
				return false, nil
			}
			a := p.Actions[p.hits[p.win.cur].action]
			if a.Off() != "" {
				return false, nil
			}
			return true, call(a.Do)
		}
	}
	if m, ok := msg.(tea.MouseWheelMsg); ok {
		p.win.wheel(m.Button, len(p.hits), p.rows)
		return false, nil
	}
	changed, _ := in.Update(msg)
	if changed {
		p.search()
	}
	return false, nil
}

// search ranks the actions: by their label first, then by all that is said of
// them.
func (p *Palette) search() {
	p.hits, p.win = nil, window{}
	q := string(p.in.Value())
	if strings.TrimSpace(q) == "" {
		for i := range p.Actions {
			p.hits = append(p.hits, paletteHit{action: i})
		}
		return
	}
	seen := map[int]bool{}
	for _, by := range []func(Action) string{
		func(a Action) string { return a.Key.Help().Desc },
		func(a Action) string { return a.ID + " " + a.Long },
	} {
		names := make([]string, len(p.Actions))
		for i, a := range p.Actions {
			names[i] = by(a)
		}
		for _, m := range fuzzy.Find(q, names) {
			if !seen[m.Index] {
				h := paletteHit{action: m.Index}
				if len(seen) == 0 || names[m.Index] == p.Actions[m.Index].Key.Help().Desc {
					h.label = m.MatchedIndexes
				}
				seen[m.Index] = true
				p.hits = append(p.hits, h)
			}
		}
	}
}

// View draws the palette, at most w by h cells.
func (p *Palette) View(w, h int) string {
	st := p.Styles
	in := p.field()
	iw := max(8, min(72, w-6))
	p.rows = max(1, min(14, len(p.Actions), h-8))
	p.win.size(len(p.hits), p.rows)
	in.Resize(iw - 2)
	lines := []string{newInk(st.Key).text("› ") + in.View(), newInk(st.Rule).text(strings.Repeat("─", iw))}
	for y := range p.rows {
		if i := p.win.top + y; i < len(p.hits) {
			lines = append(lines, p.line(p.hits[i], i == p.win.cur, iw))
		} else if y == 0 {
			lines = append(lines, newInk(st.Faint).text("no action is called that"))
		} else {
			lines = append(lines, "")
		}
	}
	long := " "
	if len(p.hits) > 0 {
		a := p.Actions[p.hits[p.win.cur].action]
		long = newInk(st.Dim).text(text.Of(a.Long).Truncate(iw).String())
		if why := a.Off(); why != "" {
			long = newInk(st.Warn).text(text.Of("off: " + why).Truncate(iw).String())
		}
	}
	lines = append(lines, newInk(st.Rule).text(strings.Repeat("─", iw)), long)
	p.at = in.Cursor()
	p.at.X += 3 + 2
	p.at.Y += 2
	return box(p.Title(), strings.Join(lines, "\n"), w, h, st)
}

// Cursor is where the terminal's cursor stands, relative to the View drawn last.
func (p *Palette) Cursor() *tea.Cursor { return p.at }

func (p *Palette) line(h paletteHit, cur bool, w int) string {
	st := p.Styles
	a := p.Actions[h.action]
	base, key, pad, edge := st.Text, st.Key, ink{}, "  "
	if a.Off() != "" {
		base, key = st.KeyOff, st.KeyOff
	}
	if cur {
		base, key, edge = over(base, st.Selected), over(key, st.Selected), "▌ "
		pad = newInk(st.Selected)
		edge = newInk(over(st.Accent, st.Selected)).text(edge)
	}
	k := text.Of(a.Key.Help().Key)
	label := text.Of(a.Key.Help().Desc).Truncate(max(1, w-4-k.Width()))
	return edge + highlight(label, h.label, newInk(base), newInk(st.Match), newInk(st.Mark)) +
		pad.text(spaces(w-2-label.Width()-k.Width()-1)) + newInk(key).text(k.String()) + pad.text(" ")
}
