package shots

import (
	"strings"

	"galley/session/text"
	"galley/tui/kit"
)

const roomyForm = 18 // rows from which all fields stand at once

// boxes divides the form. Where there is room, all fields stand at once, input
// beside output on a wide screen; else the one in focus does.
func boxes(f *kit.Form, w, h int) []kit.Box {
	if h < roomyForm {
		return []kit.Box{{Field: f.At(), W: w, H: h}}
	}
	callRows := 4
	if f.At() == inCalls || !f.Value(inCalls).Blank() {
		callRows = max(5, h/4)
	}
	top := h - 3 - callRows
	half := w / 2
	out := []kit.Box{
		{Field: inName, Y: top, W: half, H: 3}, {Field: inTags, X: half, Y: top, W: w - half, H: 3},
		{Field: inCalls, Y: top + 3, W: w, H: callRows},
	}
	if w >= wide {
		n := w * 60 / 100
		return append(out, kit.Box{Field: inInput, W: n, H: top}, kit.Box{Field: inOutput, X: n, W: w - n, H: top})
	}
	n := top * 60 / 100
	return append(out, kit.Box{Field: inInput, W: w, H: n}, kit.Box{Field: inOutput, Y: n, W: w, H: top - n})
}

func (f *form) view(s *Screen) string {
	alone := f.Alone()
	pane := func(field int) string {
		title, label := f.Name(field), ""
		if field == inInput || alone {
			title = f.title() + " · " + strings.ToLower(title)
		}
		if alone {
			label = "tab: " + strings.ToLower(f.Name(f.At()+1))
		}
		return f.Pane(field, title, label)
	}
	said := "It goes into the bank; + in the list puts it into the variant."
	if f.began.ID != 0 {
		said = "Variants that hold a copy keep theirs until + brings it up to date."
	}
	switch {
	case alone:
		return f.View(s.busy, said, pane(f.At()))
	case s.w >= wide:
		return f.View(s.busy, said, kit.Columns(pane(inInput), pane(inOutput)), kit.Columns(pane(inName), pane(inTags)), pane(inCalls))
	}
	return f.View(s.busy, said, pane(inInput), pane(inOutput), kit.Columns(pane(inName), pane(inTags)), pane(inCalls))
}

func (f *form) title() string {
	if f.began.ID == 0 {
		return "New shot"
	}
	return "Shot " + text.Head(f.began.Name, 24).OneLine().String()
}
