package shots

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// The columns.
const (
	colName = iota
	colPin
	colLabel
	colTags
	colLength
	colNear
	colInput
)

// columns are those of the table; a pin, tags or a twin have one only where there
// are any.
func (s *Screen) columns() []kit.Column {
	name, label, pins, tags, twins := 4, 5, false, 0, false
	for i, x := range s.of {
		name = max(name, text.Head(x.Name, 12).OneLine().Width()+2)
		label = max(label, text.Head(x.Output, 18).OneLine().Width())
		pins = pins || x.Pin != session.PinNone
		tags = max(tags, joined(x.Tags).Width())
		twins = twins || i < len(s.twin) && s.twin[i] >= 0
	}
	cols := []kit.Column{{Title: "Shot", Min: min(name, 14)}}
	s.cols = append(s.cols[:0], colName)
	add := func(id int, c kit.Column) { s.cols, cols = append(s.cols, id), append(cols, c) }
	if pins {
		add(colPin, kit.Column{Title: "Pin", Min: 7, Hide: 2})
	}
	add(colLabel, kit.Column{Title: "Output", Min: min(label, 18)})
	if tags > 0 {
		add(colTags, kit.Column{Title: "Tags", Min: max(4, min(tags, 16)), Hide: 4})
	}
	add(colLength, kit.Column{Title: "Words", Min: 10, Hide: 3})
	if twins {
		add(colNear, kit.Column{Title: "Near", Min: 6, Hide: 1})
	}
	add(colInput, kit.Column{Title: "Input", Min: 12, Flex: 1, Hide: 5})
	return cols
}

func joined(tags []text.Raw) text.Shown {
	parts := make([]string, len(tags))
	for i, t := range tags {
		parts[i] = text.Head(t, 24).OneLine().String()
	}
	return text.Of(strings.Join(parts, ", "))
}

func (s *Screen) cell(row, col int) (text.Shown, lipgloss.Style) {
	st := s.d.Styles
	if row >= len(s.rows) || col >= len(s.cols) {
		return text.Shown{}, st.Text
	}
	i := s.rows[row]
	x := &s.of[i]
	plain, strong := st.Text, st.Strong
	if x.Off {
		plain, strong = st.Faint, st.Faint
	}
	switch s.cols[col] {
	case colName:
		sign := "● "
		if x.Off {
			sign = "○ "
		}
		return text.Of(sign).Append(text.Head(x.Name, 12).OneLine()), plain
	case colPin:
		return text.Of(pinSign(x.Pin)), st.Accent
	case colLabel:
		if x.Output == "" && len(x.Calls) > 0 {
			return text.Of("ƒ ").Append(text.Head(x.Calls[0].Name, 16).OneLine()), strong
		}
		return text.Head(x.Output, 60).OneLine(), strong
	case colTags:
		return joined(x.Tags), st.Dim
	case colLength:
		n := session.ShotWords(*x)
		return text.Of(fmt.Sprintf("%s %4d", kit.Bar(float64(n)/float64(s.most), 5), n)), st.Dim
	case colNear:
		if t := s.twin[i]; t >= 0 {
			return text.Of("≈ ").Append(text.Head(s.of[t].Name, 8).OneLine()), st.Warn
		}
		return text.Shown{}, st.Text
	}
	if x.Input.Blank() {
		return text.Of("(output only)"), st.Faint
	}
	return text.Head(x.Input, 240).OneLine(), plain
}

func pinSign(p session.ShotPin) string {
	switch p {
	case session.PinFirst:
		return "⇤ first"
	case session.PinLast:
		return "⇥ last"
	}
	return ""
}
