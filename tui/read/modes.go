package read

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/themes"
	"galley/tui/kit"
)

// modes is the page where notes are put under failure modes.
type modes struct {
	s      *Screen
	prompt int64
	list   []session.FailureMode
	notes  []session.Note // of the prompt, the newest first
	loaded bool
	err    error

	groups  *kit.List[group]
	rows    *kit.List[session.Note] // of the group with the cursor
	onNotes bool                    // the keys go to the notes
	counts  map[int64][]ModeCount
	trouble map[int64]error
	table   bool // the counts alone are shown on the right
	top     int  // rows of them that are above
	hidden  int  // and below, as drawn last

	lay modesLayout
}

// group is a failure mode, or the notes under none.
type group struct {
	mode  session.FailureMode // ID 0: under none
	notes int
}

type (
	gotModes struct {
		prompt int64
		list   []session.FailureMode
		notes  []session.Note
		err    error
	}
	gotCounts struct {
		mode   int64
		counts []ModeCount
		err    error
	}
	// changedModes comes when modes or where notes stand were changed on disk.
	changedModes struct {
		said string
		goTo int64 // the mode that the cursor goes to, 0: it stays
		err  error
	}
)

func newModes(s *Screen) modes {
	m := modes{s: s, counts: map[int64][]ModeCount{}, trouble: map[int64]error{}}
	m.groups = kit.NewList(s.deps.Styles, func(g group) kit.Row { return s.modes.groupRow(g) })
	m.rows = kit.NewList(s.deps.Styles, func(n session.Note) kit.Row { return s.modes.noteRow(n) })
	m.rows.SetEmpty("No note stands here.")
	m.focus(false)
	return m
}

func (m *modes) restyle(st *themes.Styles) {
	m.groups.SetStyles(st)
	m.rows.SetStyles(st)
}

func (m *modes) focus(notes bool) {
	m.onNotes = notes
	m.groups.SetFocus(!notes)
	m.rows.SetFocus(notes)
}

// nameOf is the name of a mode, as far as it is known.
func (m *modes) nameOf(id int64) text.Shown {
	for _, x := range m.list {
		if x.ID == id {
			return text.Show(x.Name).OneLine()
		}
	}
	return text.Of("a failure mode")
}

// promptHere is the prompt whose notes the page is of.
func (s *Screen) promptHere() int64 {
	switch r := s.current(); {
	case s.q.PromptID != 0:
		return s.q.PromptID
	case r != nil:
		return r.PromptID
	case s.deps.Table.Open():
		return s.deps.Table.Prompt.ID
	}
	return 0
}

func (s *Screen) whyModes() string {
	switch {
	case s.deps.Modes == nil || s.deps.Notes == nil:
		return "failure modes can't be read here"
	case s.promptHere() == 0:
		return "failure modes are a prompt's own: lay one on the table, or filter by one"
	}
	return s.busy
}

func (s *Screen) toModes() tea.Cmd {
	m := &s.modes
	if id := s.promptHere(); id != m.prompt {
		m.prompt, m.list, m.notes, m.loaded = id, nil, nil, false
		m.fill(0)
	}
	s.page, s.five = onModes, nil
	m.table, m.top = false, 0
	m.focus(false)
	return m.load()
}

func (m *modes) load() tea.Cmd {
	list, notes, id := m.s.deps.Modes, m.s.deps.Notes, m.prompt
	m.counts, m.trouble = map[int64][]ModeCount{}, map[int64]error{}
	return m.s.ask(askModes, func(ctx context.Context) tea.Msg {
		out := gotModes{prompt: id}
		if out.list, out.err = list(ctx, id); out.err == nil {
			out.notes, out.err = notes(ctx, id)
		}
		return out
	})
}

func (m *modes) have(g gotModes) tea.Cmd {
	if g.prompt != m.prompt {
		return nil
	}
	m.loaded, m.err = true, g.err
	if g.err != nil {
		return nil
	}
	at := m.mode().ID
	m.list, m.notes = g.list, slices.Clone(g.notes)
	slices.SortStableFunc(m.notes, func(a, b session.Note) int { return int(min(1, max(-1, b.CreatedMS-a.CreatedMS))) })
	m.fill(at)
	return m.moved()
}

// fill gives the lists their rows; the cursor goes to a mode.
func (m *modes) fill(at int64) {
	n := map[int64]int{}
	for _, x := range m.notes {
		n[x.ModeID]++
	}
	items := []group{{notes: n[0]}}
	cur := 0
	for _, x := range m.list {
		if x.ID == at {
			cur = len(items)
		}
		items = append(items, group{x, n[x.ID]})
	}
	m.groups.SetItems(items)
	m.groups.SetCursor(cur)
	m.fillNotes()
}

func (m *modes) fillNotes() {
	id := m.mode().ID
	var rows []session.Note
	for _, n := range m.notes {
		if n.ModeID == id {
			rows = append(rows, n)
		}
	}
	m.rows.SetItems(rows)
}

// mode is the mode with the cursor; its ID is 0 on the notes under none.
func (m *modes) mode() session.FailureMode {
	g, _ := m.groups.Selected()
	return g.mode
}

// moved follows the cursor of the groups, and counts where it stands.
func (m *modes) moved() tea.Cmd {
	m.fillNotes()
	m.rows.SetCursor(min(max(0, m.rows.Cursor()), len(m.rows.Items())-1))
	m.top = 0
	id, load := m.mode().ID, m.s.deps.Counts
	if _, known := m.counts[id]; id == 0 || known || load == nil {
		return nil
	}
	return m.s.ask(askCounts, func(ctx context.Context) tea.Msg {
		c, err := load(ctx, id)
		return gotCounts{id, c, err}
	})
}

func (m *modes) haveCounts(g gotCounts) {
	if g.err != nil {
		m.trouble[g.mode] = g.err
		return
	}
	delete(m.trouble, g.mode)
	m.counts[g.mode] = g.counts
}

func (m *modes) changed(c changedModes) tea.Cmd {
	m.s.busy = ""
	if c.err != nil {
		return kit.Fail(c.err)
	}
	if c.goTo != 0 { // the cursor is put there when the lists have come
		m.list = append(m.list, session.FailureMode{ID: c.goTo})
		m.fill(c.goTo)
	}
	return tea.Batch(kit.Say(c.said), m.load(), m.s.again())
}

// do changes something on disk.
func (m *modes) do(said string, f func(ctx context.Context) (goTo int64, err error)) tea.Cmd {
	m.s.busy = "the last change is still being written"
	return m.s.ask(askDeed, func(ctx context.Context) tea.Msg {
		at, err := f(ctx)
		return changedModes{said, at, err}
	})
}

func (m *modes) update(msg tea.Msg) tea.Cmd {
	switch x := msg.(type) {
	case tea.KeyPressMsg:
		switch k := x.String(); {
		case m.scrolls():
			page := max(1, m.lay.counts.h-2)
			by := map[string]int{"up": -1, "k": -1, "down": 1, "j": 1, "pgup": -page, "pgdown": page, "space": page, "home": -1 << 20, "end": 1 << 20}[k]
			m.top = max(0, min(m.top+by, m.top+m.hidden))
			return nil
		case k == "/" || k == "esc": // the lists have no filter here
			return nil
		case m.onNotes:
			m.rows.Update(x)
			return nil
		}
		if m.groups.Update(x) {
			return m.moved()
		}
	case tea.MouseMsg:
		return m.mouse(x)
	}
	return nil
}

// scrolls reports whether the keys move the counts.
func (m *modes) scrolls() bool { return m.onNotes && m.table }

func (m *modes) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	switch l := m.lay; {
	case l.groups.has(at.X, at.Y):
		if click {
			m.focus(false)
		}
		if m.groups.Update(kit.Shift(msg, l.groups.x, l.groups.y)) {
			return m.moved()
		}
	case l.notes.has(at.X, at.Y):
		if click {
			m.focus(true)
		}
		m.rows.Update(kit.Shift(msg, l.notes.x, l.notes.y))
	}
	return nil
}

func (m *modes) whyNote() string {
	switch _, ok := m.rows.Selected(); {
	case m.s.busy != "":
		return m.s.busy
	case !ok:
		return "there is no note here"
	}
	return ""
}

func (m *modes) whyMode() string {
	switch {
	case m.s.busy != "":
		return m.s.busy
	case m.mode().ID == 0:
		return "choose a failure mode first"
	}
	return ""
}

// enter goes from a mode to its notes, and asks where a note belongs.
func (m *modes) enter() tea.Cmd {
	if !m.onNotes {
		m.focus(true)
		return nil
	}
	n, ok := m.rows.Selected()
	if !ok {
		return nil
	}
	menu := &kit.Menu{Styles: m.s.styles(), Heading: "Under which failure mode?"}
	menu.Choices = append(menu.Choices, kit.Choice{Label: text.Of("a new one …"), Long: text.Show(n.Text).OneLine().Truncate(200)})
	for i, x := range m.list {
		if x.ID == n.ModeID {
			menu.Start = i + 1
		}
		menu.Choices = append(menu.Choices, kit.Choice{Label: text.Show(x.Name).OneLine(), Note: text.Of(count(x.Notes, "note")), Long: menu.Choices[0].Long})
	}
	if n.ModeID != 0 {
		menu.Choices = append(menu.Choices, kit.Choice{Label: text.Of("none"), Long: menu.Choices[0].Long})
	} else if len(m.list) > 0 {
		menu.Start = 1
	}
	menu.Done = func(i int) tea.Cmd {
		switch {
		case i == 0:
			return m.create(n.ID)
		case i > len(m.list):
			return m.put(n.ID, 0, "under no failure mode")
		}
		return m.put(n.ID, m.list[i-1].ID, "put under "+text.Show(m.list[i-1].Name).OneLine().Truncate(40).String())
	}
	return kit.Open(menu)
}

func (m *modes) put(note, mode int64, said string) tea.Cmd {
	set := m.s.deps.SetMode
	return m.do(said, func(ctx context.Context) (int64, error) { return 0, set(ctx, note, mode) })
}

// nameMode asks for the name of a mode.
func (m *modes) nameMode(heading string, value text.Raw, done func(name string) tea.Cmd) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: m.s.styles(), Heading: heading, Label: "A way to fail in a few words, such as: promises what we can't keep.", Value: value,
		Check: func(v text.Raw) string {
			switch {
			case trim(v) == "":
				return "it needs a name"
			case text.Show(v).Marked() > 0:
				return "it holds a character that can't be seen"
			case v != value && slices.ContainsFunc(m.list, func(x session.FailureMode) bool { return x.Name == v }):
				return "there is one of that name already"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd { return done(v.String()) },
	})
}

// create makes a mode, and puts a note under it where note is not 0.
func (m *modes) create(note int64) tea.Cmd {
	add, set, prompt := m.s.deps.NewMode, m.s.deps.SetMode, m.prompt
	return m.nameMode("New failure mode", "", func(name string) tea.Cmd {
		said := "made " + name
		if note != 0 {
			said = "put under " + name
		}
		return m.do(said, func(ctx context.Context) (int64, error) {
			x, err := add(ctx, prompt, name)
			if err != nil || note == 0 {
				return x.ID, err
			}
			return 0, set(ctx, note, x.ID) // the cursor stays with the notes that wait
		})
	})
}

func (m *modes) rename() tea.Cmd {
	x, set := m.mode(), m.s.deps.RenameMode
	return m.nameMode("Rename this failure mode", x.Name, func(name string) tea.Cmd {
		return m.do("renamed to "+name, func(ctx context.Context) (int64, error) { return 0, set(ctx, x.ID, name) })
	})
}

func (m *modes) remove() tea.Cmd {
	x, drop := m.mode(), m.s.deps.DeleteMode
	g, _ := m.groups.Selected()
	detail := "No note stands under it."
	if g.notes > 0 {
		detail = fmt.Sprintf("Its %s stay, and stand under none again.", count(g.notes, "note"))
	}
	if g.notes == 1 {
		detail = "Its note stays, and stands under none again."
	}
	name := text.Show(x.Name).OneLine().Truncate(40).String()
	return kit.Open(&kit.Confirm{
		Styles: m.s.styles(), Question: "Delete " + name + "?", Detail: text.Of(detail + " u brings it back."), YesLabel: "delete",
		Yes: func() tea.Cmd {
			return m.do("deleted "+name+" (u brings it back)", func(ctx context.Context) (int64, error) { return 0, drop(ctx, x.ID) })
		},
	})
}

func (m *modes) propose() tea.Cmd {
	from := session.ProposeFrom{PromptID: m.prompt, ModeID: m.mode().ID}
	return func() tea.Msg { return kit.Goto{Screen: "suite", Arg: from} }
}

// read goes to the outputs of what has the cursor: a note's one, a mode's all.
func (m *modes) read() tea.Cmd {
	q := session.ReadQuery{PromptID: m.prompt, ModeID: m.mode().ID, Noted: m.mode().ID == 0}
	if n, ok := m.rows.Selected(); ok && m.onNotes {
		q = session.ReadQuery{PromptID: m.prompt, CellIDs: []int64{n.CellID}}
	}
	m.s.page = onOutput
	return m.s.choose(q)
}
