package compose

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/lint"
	"galley/session/text"
	"galley/tui/kit"
)

// View draws the screen.
func (s *Screen) View() string {
	if s.w <= 0 || s.h <= 0 {
		return ""
	}
	s.dress()
	if !s.d.Table.Open() {
		return s.notice("Nothing is on the table",
			"Choose a variant in Library (alt+1) and press enter: its blocks come here to be put together, with the exact context of one case beside them.")
	}
	var rows string
	l := s.lay
	switch right := kit.Stack(s.blockPane(l.block), s.proofPane(l.proof)); {
	case s.w >= three:
		rows = kit.Columns(s.blocksPane(l.blocks), s.blockPane(l.block), s.proofPane(l.proof))
	case s.w >= two:
		rows = kit.Columns(kit.Stack(s.blocksPane(l.blocks), s.blockPane(l.block)), s.proofPane(l.proof))
	case s.w >= pair:
		rows = kit.Columns(s.blocksPane(l.blocks), right)
	default:
		rows = kit.Stack(s.blocksPane(l.blocks), right)
	}
	if l.strip.h > 0 {
		rows = kit.Stack(rows, s.strip(l.strip.w))
	}
	return kit.Fill(rows, s.w, s.h)
}

// Cursor is where text is being typed.
func (s *Screen) Cursor() *tea.Cursor {
	var c *tea.Cursor
	switch {
	case s.focus == onEditor && s.lay.block.w > 0:
		if c = s.ed.Cursor(); c != nil {
			c.X, c.Y = c.X+s.lay.block.x+2, c.Y+s.lay.block.y+1+s.lay.head
		}
	case s.focus == onProof && s.lay.proof.w > 0:
		if c = s.pager.SearchCursor(); c != nil {
			c.X, c.Y = c.X+s.lay.proof.x+1, c.Y+s.lay.proof.y+1
		}
	}
	return c
}

// dress follows a change of theme.
func (s *Screen) dress() {
	if st := s.d.Styles; s.theme != st.Theme.Name {
		s.theme = st.Theme.Name
		s.ed.SetStyles(st)
		s.pager.SetStyles(st)
		if s.proof.there && !s.proof.late {
			s.pager.ReplaceDoc(proofDoc(s.proof.p, s.blocks(), s.lay.proof.w-2, st))
		}
	}
}

func (s *Screen) paint(st lipgloss.Style, t text.Shown) string {
	return kit.Render(t, st, s.d.Styles.Mark)
}

func (s *Screen) say(st lipgloss.Style, ours string) string { return s.paint(st, text.Of(ours)) }

// notice is what stands where there is nothing to put together.
func (s *Screen) notice(title, line string) string {
	st := s.d.Styles
	body := s.say(st.Title, title) + "\n\n" + kit.Para(text.Of(line), max(1, min(s.w-4, 60)), st.Dim, st.Mark)
	return kit.Centre(body, s.w, s.h)
}

// blockPane is the block with the cursor: its settings, its text, its shots.
func (s *Screen) blockPane(r rect) string {
	if r.w <= 0 || r.h <= 0 {
		return ""
	}
	st, b := s.d.Styles, s.block()
	if b == nil {
		body := "\n" + kit.Indent(kit.Para(text.Of("This variant has no block yet.\n\na adds the first: instructions say what to do, input brings in the case."), max(1, r.w-6), st.Dim, st.Mark), 2)
		return kit.Pane("Block", body, r.w, r.h, false, st)
	}
	label := "enter edits"
	if s.focus == onEditor {
		at, _ := s.ed.Caret()
		label = fmt.Sprintf("line %d of %d", at.Line+1, s.ed.Lines())
	}
	w := max(0, r.w-4)
	head := strings.Split(s.settings(*b, w, s.lay.head), "\n")
	lines := append(head, "")[:s.lay.head]
	if s.lay.text > 0 {
		lines = append(lines, strings.Split(s.ed.View(), "\n")...)
	}
	if n := r.h - 2 - s.lay.head - s.lay.text; n > 0 {
		lines = append(lines, s.itemLines(*b, w, n)...)
	}
	return kit.PaneWith(sign(b.Kind)+" "+b.Name().String(), label, kit.Indent(strings.Join(lines, "\n"), 1), r.w, r.h, s.focus == onEditor, st)
}

// settings is a line on how the block stands in the context, and for shots a
// second one on which they are. Where there is no room for the labels, the
// values stand alone.
func (s *Screen) settings(b session.Block, w, rows int) string {
	line := s.settingsLine(b, true)
	if kit.Width(line) > w {
		line = s.settingsLine(b, false)
	}
	line = kit.Fit(line, w)
	if !holds(b.Kind) {
		return line
	}
	second := kit.Fit(s.itemSettings(b), w)
	if rows < 2 {
		return second
	}
	return line + "\n" + second
}

func (s *Screen) settingsLine(b session.Block, labels bool) string {
	st := s.d.Styles
	var parts []string
	pair := func(label, value string) {
		v := s.say(st.Text, value)
		if labels {
			v = s.say(st.Faint, label+" ") + v
		}
		parts = append(parts, v)
	}
	if b.Off {
		parts = append(parts, s.say(st.Warn, "off"))
	}
	if b.Title != "" {
		parts = append(parts, s.say(st.Block(s.at), string(b.Kind)))
	}
	switch b.Kind {
	case session.KindTools, session.KindSchema, session.KindGrammar:
		if why := session.BesideFault(b.Kind, b.Text); why != "" {
			parts = append(parts, s.say(st.Bad, "! "+why))
		} else {
			pair("sent", cond(b.Text.Blank(), "nothing yet", "beside the messages, as it is"))
		}
	case session.KindTurns:
		pair("role", "as its lines say")
	case session.KindPrefill:
		pair("role", "assistant")
	default:
		pair("role", string(b.Role))
	}
	if b.Kind == session.KindShots {
		pair("layout", layoutName(b.Layout))
	}
	if b.Item != "" {
		pair("item", "own template")
	}
	if wrapNote(b) == "" {
		pair("wrapper", wrapName(b, labels))
	}
	if !labels {
		return strings.Join(parts, s.say(st.Faint, " · "))
	}
	return strings.Join(parts, "  ")
}

func wrapName(b session.Block, labels bool) string {
	switch {
	case b.Wrap == "" || b.Wrap == session.WrapNone:
		return cond(labels, "none", "no wrapper")
	case b.Wrap == session.WrapXML && !holds(b.Kind):
		return "xml <" + text.Head(rawOf(session.Tag(b)), 24).String() + ">"
	}
	return string(b.Wrap)
}

func cond(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func layoutName(l session.Layout) string {
	if l == session.LayoutTurns {
		return "chat turns"
	}
	return "inline"
}

// proofPane is the exact context of the case in hand.
func (s *Screen) proofPane(r rect) string {
	if r.w <= 0 || r.h <= 0 {
		return ""
	}
	t := s.d.Table
	title := "Proof, no case"
	if n := len(t.Cases); n > 0 {
		title = "Proof of " + text.Head(t.Case().Name, 24).String()
	}
	label := ""
	for _, l := range s.proofLabels() {
		label = l
		if text.Of(title).Width()+text.Of(l).Width()+5 <= r.w-4 {
			break
		}
	}
	body := s.pager.View()
	if !s.proof.there {
		body = "\n  " + s.say(s.d.Styles.Faint, "making the proof …")
	}
	return kit.PaneWith(title, label, body, r.w, r.h, s.focus == onProof, s.d.Styles)
}

// proofLabels are what the proof's frame may say, the longest first.
func (s *Screen) proofLabels() []string {
	t := s.d.Table
	var where string
	if n := len(t.Cases); n > 0 {
		where = kit.Thousands(t.CaseAt()+1) + " of " + kit.Thousands(n)
	}
	if s.proof.late {
		return []string{"soon up to date …", "…"}
	}
	total := s.total()
	order := ""
	if o := s.proof.p.Order; !o.AsIs() {
		order = o.String()
	}
	return []string{
		kit.Join(" · ", where, order, total, s.findCount()), kit.Join(" · ", where, total, s.findCount()), kit.Join(" · ", where, total),
		kit.Join(" · ", where, s.findCount()), where, "",
	}
}

// total is "1,204 tokens, estimate".
func (s *Screen) total() string {
	c := s.facts.count
	if !s.facts.there || c.Source == "" {
		return "counting …"
	}
	said := kit.Thousands(c.Total) + " tokens, " + c.Source
	if s.stale() {
		said += " …"
	}
	return said
}

func (s *Screen) findCount() string {
	switch n := len(s.facts.finds); {
	case !s.facts.there:
		return ""
	case n == 0 && s.facts.silent > 0:
		return fmt.Sprintf("%d silenced", s.facts.silent)
	case n == 0:
		return "no finding"
	case n == 1:
		return "1 finding"
	default:
		return fmt.Sprintf("%d findings", n)
	}
}

// strip is the last line: what stands in the way of keeping the work, else the
// first finding, else that there is none.
func (s *Screen) strip(w int) string {
	st := s.d.Styles
	if s.keep.err != nil {
		return kit.Fit(s.say(st.Bad, " ! The draft can't be kept: ")+s.say(st.Text, s.keep.err.Error()), w)
	}
	if s.d.Table.Elsewhere {
		return kit.Fit(s.say(st.Warn, " ◆ It is being edited in another window; ")+s.say(st.Text, "S keeps what you write here as a variant of its own"), w)
	}
	if !s.facts.there {
		return kit.Fit(s.say(st.Faint, " … reading the proof"), w)
	}
	n := len(s.facts.finds)
	if n == 0 {
		return kit.Fit(s.say(st.Good, " ✓ ")+s.say(st.Faint, s.nothing()), w)
	}
	f := s.facts.finds[0]
	keys := s.say(st.Key, " .") + s.say(st.KeyLabel, " go ") + s.say(st.Key, " f") + s.say(st.KeyLabel, cond(n == 1, " read ", fmt.Sprintf(" all %d ", n)))
	if s.focus == onEditor {
		keys = s.say(st.KeyLabel, cond(n == 1, "", fmt.Sprintf(" 1 of %d ", n)))
	}
	room := max(0, w-kit.Width(keys)-3)
	mark, look := severity(f.Severity, st.Bad, st.Warn, st.Info)
	return s.say(look, " "+mark+" ") + kit.Fit(s.paint(cut(s.stale(), st.Faint, st.Text), text.Of(f.Message).Truncate(room)), room) + keys
}

// nothing says that lint found nothing that is not known of.
func (s *Screen) nothing() string {
	switch n := s.facts.silent; n {
	case 0:
		return "nothing found"
	case 1:
		return "nothing found but what was silenced (1): Proof shows it"
	default:
		return fmt.Sprintf("nothing found but what was silenced (%d): Proof shows them", n)
	}
}

func cut(yes bool, a, b lipgloss.Style) lipgloss.Style {
	if yes {
		return a
	}
	return b
}

// severity is a sign and a colour.
func severity(v lint.Severity, bad, warn, info lipgloss.Style) (string, lipgloss.Style) {
	switch v {
	case lint.Error:
		return "!", bad
	case lint.Warning:
		return "▪", warn
	}
	return "·", info
}
