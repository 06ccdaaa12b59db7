package compose

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// found asks about work that lies on the table although the program that wrote it
// did not leave it as it should: the power went, or it was killed.
type found struct {
	st    *themes.Styles
	said  string
	saved string // the revision, as "@3"
	diff  *kit.Diff
	both  bool // the two stand side by side
	calm  kit.Calm
	back  func() tea.Cmd
}

// offer asks about the draft that was found, if there is one.
func (s *Screen) offer() tea.Cmd {
	t := s.d.Table
	if t.Elsewhere {
		return kit.Say(fmt.Sprintf("%s is being edited in another window; here it lies as saved, @%d", text.Head(t.Variant.Name, 40), t.Variant.Revision.Number))
	}
	if t.Found == nil {
		return nil
	}
	r, d := t.Variant.Revision, t.Found
	t.Found = nil
	f := &found{
		st: s.d.Styles, saved: fmt.Sprintf("@%d", r.Number), diff: kit.NewDiff(s.d.Styles),
		said: fmt.Sprintf("%s was being written %s and was not left: the power went, or the program was killed. It lies on the table.",
			text.Head(t.Variant.Name, 40), kit.When(d.UpdatedMS, s.d.Now())),
		back: func() tea.Cmd {
			return tea.Batch(s.change(fmt.Sprintf("going back to @%d", r.Number), func(c *session.Content) { *c = r.Content.Clone() }),
				kit.Say(fmt.Sprintf("Back to the saved @%d; u brings the found work back", r.Number)))
		},
	}
	f.diff.SetNames("saved as "+f.saved, "found")
	f.diff.Set(written(r.Content), written(d.Content))
	return kit.Open(f)
}

// Title names the dialog.
func (f *found) Title() string { return "Unsaved work was found" }

// Update keeps, goes back, shows both and scrolls.
func (f *found) Update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if f.calm.Swallow(msg) {
		return false, nil
	}
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		f.diff.Update(msg)
		return false, nil
	}
	switch k.String() {
	case "k", "enter", "esc", "ctrl+c":
		return true, kit.Say("The found work is kept; ctrl+s makes it a revision")
	case "b":
		return true, f.back()
	case "s":
		f.both = !f.both
		f.diff.SetSplit(f.both)
	case "n":
		f.diff.NextChange()
	case "p":
		f.diff.PrevChange()
	default:
		f.diff.Update(msg)
	}
	return false, nil
}

// View draws the dialog, at most w by h cells.
func (f *found) View(w, h int) string {
	f.calm.Seen()
	widest := 100
	if f.both {
		widest = 160
	}
	w = min(w, widest)
	if h > 16 {
		h -= 2
	}
	iw := max(1, w-4)
	said := strings.Split(kit.Para(text.Of(f.said), iw, f.st.Text, f.st.Mark), "\n")
	if room := max(0, (h-2-3)/2); len(said) > room {
		if said = said[:room]; room > 0 {
			said[room-1] = kit.Fit(said[room-1], min(kit.Width(said[room-1])+1, iw-1)) + f.st.Mark.Render("…")
		}
	}
	foot := kit.Hints(f.st, 2*widest, "k", "keep it", "b", "back to "+f.saved, "s", cond(f.both, "one column", "show both"), "↑↓", "scroll")
	if kit.Width(foot) > iw {
		foot = kit.Hints(f.st, iw, "k", "keep", "b", "back", "s", "both")
	}
	rows := max(1, h-2-len(said)-3)
	f.diff.Resize(iw, rows)
	parts := append([]string{}, said...)
	if h-2 >= len(said)+4 {
		parts = append(parts, "")
	}
	parts = append(parts, f.diff.View())
	if h-2 >= len(said)+5 {
		parts = append(parts, "")
	}
	parts = append(parts, foot)
	return kit.Pane(f.Title(), kit.Indent(strings.Join(parts, "\n"), 1), w, h, true, f.st)
}

// written is a content as a text that people can compare: each block under a line
// on how it stands, the parameters last.
func written(c session.Content) text.Raw {
	var b strings.Builder
	for _, x := range c.Blocks {
		b.WriteString("── " + strings.Join(standing(x), ", ") + "\n")
		if x.Text != "" {
			b.WriteString(bytesOf(x.Text) + "\n")
		}
		for _, s := range x.Shots {
			b.WriteString(bytesOf(s.Name) + cond(s.Off, " (off): ", ": ") + bytesOf(s.Input) + " → " + bytesOf(s.Output))
			for _, call := range s.Calls {
				b.WriteString(" calls " + bytesOf(call.Name) + bytesOf(call.Arguments))
			}
			b.WriteString("\n")
		}
		for _, r := range x.Resources {
			b.WriteString(bytesOf(r.Name) + cond(r.Off, " (off)", "") + "\n")
		}
	}
	b.WriteString("── parameters\n" + strings.Join(paramsItems(c.Params), "\n") + "\n")
	return rawOf(b.String())
}

// standing is how a block stands in the context, in words.
func standing(b session.Block) []string {
	out := []string{string(b.Kind)}
	if b.Title != "" {
		out = []string{bytesOf(b.Title), string(b.Kind)}
	}
	if !b.Kind.Beside() {
		out = append(out, string(b.Role))
	}
	if b.Wrap != "" && b.Wrap != session.WrapNone {
		out = append(out, string(b.Wrap))
	}
	if b.Kind == session.KindShots {
		out = append(out, layoutName(b.Layout))
	}
	if b.Order != "" {
		out = append(out, "order "+b.Order)
	}
	if b.Pick != nil {
		out = append(out, fmt.Sprintf("%s %d", b.Pick.How, b.Pick.N))
	}
	if b.Off {
		out = append(out, "off")
	}
	return out
}
