package shots

import (
	"strings"

	"galley/session/text"
	"galley/tui/kit"
)

// box is where a field stands, its border included.
type box struct {
	field field
	rect
}

const roomyForm = 18 // rows from which all fields stand at once

// boxes divides the form. Where there is room, all fields stand at once, input
// beside output on a wide screen; else the one in focus does.
func (f *form) boxes() []box {
	h := f.h - 1 // the foot
	if h < roomyForm {
		return []box{{f.at, rect{0, 0, f.w, max(0, h)}}}
	}
	callRows := 4
	if f.at == inCalls || !f.calls.Value().Blank() {
		callRows = max(5, h/4)
	}
	top := h - 3 - callRows
	half := f.w / 2
	out := []box{
		{inName, rect{0, top, half, 3}}, {inTags, rect{half, top, f.w - half, 3}},
		{inCalls, rect{0, top + 3, f.w, callRows}},
	}
	if f.w >= wide {
		n := f.w * 60 / 100
		return append(out, box{inInput, rect{0, 0, n, top}}, box{inOutput, rect{n, 0, f.w - n, top}})
	}
	n := top * 60 / 100
	return append(out, box{inInput, rect{0, 0, f.w, n}}, box{inOutput, rect{0, n, f.w, top - n}})
}

func (f *form) resize(w, h int) {
	f.w, f.h = w, h
	f.areas = [fields]rect{}
	for _, b := range f.boxes() {
		r := rect{b.x + 2, b.y + 1, max(1, b.w-4), max(1, b.h-2)}
		f.areas[b.field] = r
		switch b.field {
		case inInput:
			f.input.Resize(r.w, r.h)
		case inOutput:
			f.output.Resize(r.w, r.h)
		case inCalls:
			f.calls.Resize(r.w, r.h)
		case inName:
			f.named.Resize(r.w)
		case inTags:
			f.tags.Resize(r.w)
		}
	}
}

func (f *form) view(s *Screen) string {
	at := map[field]string{}
	all := f.boxes()
	for _, b := range all {
		body := ""
		switch b.field {
		case inInput:
			body = f.input.View()
		case inOutput:
			body = f.output.View()
		case inCalls:
			body = f.calls.View()
		case inName:
			body = f.named.View()
		case inTags:
			body = f.tags.View()
		}
		title := b.field.name()
		if b.field == inInput || len(all) == 1 {
			title = f.title() + " · " + strings.ToLower(title)
		}
		label := ""
		if len(all) == 1 {
			label = "tab: " + strings.ToLower(((f.at + 1) % fields).name())
		}
		at[b.field] = kit.PaneWith(title, label, kit.Indent(body, 1), b.w, b.h, b.field == f.at, f.st)
	}
	var rows []string
	switch {
	case len(all) == 1:
		rows = append(rows, at[f.at])
	case f.w >= wide:
		rows = append(rows, kit.Columns(at[inInput], at[inOutput]), kit.Columns(at[inName], at[inTags]), at[inCalls])
	default:
		rows = append(rows, at[inInput], at[inOutput], kit.Columns(at[inName], at[inTags]), at[inCalls])
	}
	return kit.Fill(kit.Stack(append(rows, f.foot(s))...), f.w, f.h)
}

func (f *form) title() string {
	if f.began.ID == 0 {
		return "New shot"
	}
	return "Shot " + text.Head(f.began.Name, 24).OneLine().String()
}

// foot says what is in the way, or what follows from keeping.
func (f *form) foot(s *Screen) string {
	st := f.st
	put := func(t string) string { return text.Of(t).Truncate(max(1, f.w-2)).String() }
	switch {
	case s.busy != "":
		return " " + st.Dim.Render(put(s.busy))
	case f.err != "":
		return " " + kit.Render(text.Of("! "+f.err).OneLine().Truncate(max(1, f.w-2)), st.Bad, st.Mark)
	case f.sure:
		return " " + st.Warn.Render(put("! what you wrote is not kept: esc again leaves it, ctrl+s keeps it"))
	case f.began.ID != 0:
		return " " + st.Faint.Render(put("Variants that hold a copy keep theirs until + brings it up to date."))
	}
	return " " + st.Faint.Render(put("It goes into the bank; + in the list puts it into the variant."))
}
