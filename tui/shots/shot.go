package shots

import (
	"strings"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// showShot brings the shot with the cursor into the pager; it stays at its row
// where it is the same shot.
func (s *Screen) showShot() {
	x := s.shot()
	if x == nil {
		s.pageOf = ""
		s.page.SetDoc(nil)
		return
	}
	doc := s.shotDoc(x)
	if x.UID == s.pageOf {
		s.page.ReplaceDoc(doc)
		return
	}
	s.pageOf = x.UID
	s.page.SetDoc(doc)
}

// shotDoc is everything that is known of a shot: what of it matters elsewhere, then
// its words to the byte.
func (s *Screen) shotDoc(x *session.Shot) kit.Doc {
	st := s.d.Styles
	var doc kit.Doc
	fact := func(gutter, said string, bad bool) {
		style := st.Dim
		if bad {
			style = st.Warn
		}
		doc = append(doc, kit.Segment{ID: len(doc), Text: text.Raw(said + "\n"), Style: style, Gutter: gutter, GutterStyle: st.Faint, Break: true})
	}
	state := "on"
	if x.Off {
		state = "off: nothing takes it anew"
	}
	switch x.Pin {
	case session.PinFirst:
		state += " · pinned first, whatever the order"
	case session.PinLast:
		state += " · pinned last, whatever the order"
	}
	fact("is", state, false)
	if len(x.Tags) > 0 {
		fact("tags", joined(x.Tags).String(), false)
	}
	if i := s.place(x.UID); i >= 0 && s.twin[i] >= 0 {
		t := s.of[s.twin[i]]
		said := "nearly the same as " + text.Head(t.Name, 24).OneLine().String()
		if session.ShotAnswer(t) != session.ShotAnswer(*x) {
			said += ", with another output: " + text.Head(t.Output, 40).OneLine().String()
		} else {
			said += ": one of the two will do"
		}
		fact("near", said, true)
	}
	said, older := s.heldBy(x.UID)
	fact("held by", said, older)
	doc = append(doc, kit.Segment{Text: "\n", GutterStyle: st.Rule, Break: true})
	if !x.Input.Blank() {
		doc = append(doc, kit.Segment{ID: 100, Text: x.Input, Style: st.Text, Gutter: "input", GutterStyle: st.Gutter(0), Break: true})
		doc = append(doc, kit.Segment{Text: text.Raw(kit.Apart(x.Input)), GutterStyle: st.Rule})
	}
	for _, c := range x.Calls {
		doc = append(doc, kit.Segment{ID: 101, Text: c.Name + " " + c.Arguments + "\n", Style: st.Info, Gutter: "calls", GutterStyle: st.Gutter(2), Break: true})
		if c.Result != "" {
			doc = append(doc, kit.Segment{ID: 102, Text: c.Result + text.Raw(strings.TrimSuffix(kit.Apart(c.Result), "\n")), Style: st.Dim, Gutter: "gets", GutterStyle: st.Gutter(2), Break: true})
		}
	}
	if len(x.Calls) > 0 {
		doc = append(doc, kit.Segment{Text: "\n", GutterStyle: st.Rule, Break: true})
	}
	if x.Output != "" {
		doc = append(doc, kit.Segment{ID: 103, Text: x.Output, Style: st.Strong, Gutter: "output", GutterStyle: st.Gutter(1), Break: true})
	}
	return doc
}

func (s *Screen) place(uid string) int {
	for i := range s.of {
		if s.of[i].UID == uid {
			return i
		}
	}
	return -1
}

// heldBy says in a line which variants hold a shot, and whether a copy is older.
func (s *Screen) heldBy(uid string) (said string, older bool) {
	if s.holders == nil {
		return "…", false
	}
	held := s.holders[uid]
	if len(held) == 0 {
		return "no variant; + puts it into the one on the table", false
	}
	parts := make([]string, len(held))
	mine := false
	for i, h := range held {
		parts[i] = text.Head(h.name, 24).OneLine().String()
		if h.table {
			parts[i] = "◆ " + parts[i]
		}
		switch {
		case h.older:
			parts[i] += " (an older copy)"
			older = true
			mine = mine || h.table
		case h.off:
			parts[i] += " (off there)"
		}
	}
	said = strings.Join(parts, ", ")
	if mine {
		said += "; + brings that on the table up to date"
	}
	return said, older
}

// shotTitle is the head of the pane: "s07, 42 words".
func (s *Screen) shotTitle() (title, label string) {
	x := s.shot()
	if x == nil {
		return "Shot", ""
	}
	title = "Shot " + text.Head(x.Name, 24).OneLine().String()
	if !s.page.AtEnd() {
		label = "more below"
	}
	return title, label
}
