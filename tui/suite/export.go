package suite

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// exported is what an export wrote.
type exported struct {
	target Target
	done   Exported
	suite  session.Suite
	page   *kit.Pager
}

type (
	targetsMsg struct {
		suite session.Suite
		all   []Target
		err   error
	}
	exportedMsg struct {
		suite  session.Suite
		target Target
		path   string
		done   Exported
		err    error
	}
)

// openExport asks what the suite in hand can be written as.
func (s *Screen) openExport() tea.Cmd {
	x, ok := s.suite()
	d := s.deps
	if !ok || d.Targets == nil {
		return nil
	}
	if (s.mode == modeResults || s.mode == modeNear) && s.res != nil {
		x = s.res.suite
	}
	return s.ask(askTargets, func(ctx context.Context) tea.Msg {
		all, err := d.Targets(ctx, x.ID)
		return targetsMsg{x, all, err}
	})
}

func (s *Screen) onTargets(m targetsMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if len(m.all) == 0 {
		return kit.Say("there is nothing this suite can be written as")
	}
	menu := &kit.Menu{Styles: s.deps.Styles, Heading: "Export as"}
	for _, t := range m.all {
		of := text.Of("of the prompt")
		if t.Suite {
			of = text.Of("of the suite")
		}
		menu.Choices = append(menu.Choices, kit.Choice{Label: text.Of(t.Name), Note: of, Long: text.Of(t.Help)})
	}
	menu.Done = func(i int) tea.Cmd { return s.askPath(m.suite, m.all[i], m.all[i].Path, "") }
	return kit.Open(menu)
}

// askPath asks where to write.
func (s *Screen) askPath(x session.Suite, t Target, path, why string) tea.Cmd {
	label := "Where? All of it is written, or nothing."
	if why != "" {
		label = "Nothing was written: " + why + ". Where else?"
	}
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Export " + t.Name, Label: label, Value: text.Raw(path),
		Check: func(r text.Raw) string {
			if strings.TrimSpace(r.String()) == "" {
				return "a path is needed"
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd { return s.export(x, t, bytesOf(r), false) },
	})
}

func (s *Screen) export(x session.Suite, t Target, path string, replace bool) tea.Cmd {
	d := s.deps
	if d.Export == nil {
		return kit.Say("files can't be written here")
	}
	return s.ask(askExport, func(ctx context.Context) tea.Msg {
		done, err := d.Export(ctx, x.ID, t.Name, path, replace)
		return exportedMsg{x, t, path, done, err}
	})
}

func (s *Screen) onExported(m exportedMsg) tea.Cmd {
	switch {
	case m.err == nil:
	case errors.Is(m.err, fs.ErrExist):
		return kit.Open(&kit.Confirm{
			Styles: s.deps.Styles, Question: "Replace what is there?", YesLabel: "replace", Danger: true,
			Detail: text.Of(m.path + " is there already. It is replaced when all of the new one is written."),
			Yes:    func() tea.Cmd { return s.export(m.suite, m.target, m.path, true) },
			No:     func() tea.Cmd { return s.askPath(m.suite, m.target, m.path, "") },
		})
	default: // the path that was typed is not lost
		return s.askPath(m.suite, m.target, m.path, text.Of(m.err.Error()).OneLine().String())
	}
	e := &exported{target: m.target, done: m.done, suite: m.suite, page: kit.NewPager(s.deps.Styles)}
	s.exported, s.mode = e, modeExported
	e.restyle(s)
	e.resize(s)
	said := "written: " + text.Of(m.done.Path).String()
	if n := len(m.done.Notes); n > 0 {
		said += "; " + kit.Plural(n, "thing", "things") + " it can't say"
	}
	return kit.Say(said)
}

// command is the line that checks what was written, "" where no command does.
func (e *exported) command() string {
	if e.target.Name != "folder" {
		return ""
	}
	return "galley check " + quoted(e.done.Path)
}

// quoted is a path as a shell takes it.
func quoted(p string) string {
	plain := strings.IndexFunc(p, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+=:@%,", r))
	}) < 0
	if plain && p != "" && !strings.HasPrefix(p, "-") {
		return p
	}
	if strings.HasPrefix(p, "-") {
		p = "./" + p
	}
	return "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
}

func (e *exported) restyle(s *Screen) {
	st := s.deps.Styles
	e.page.SetStyles(st)
	var doc kit.Doc
	for i, n := range e.done.Notes {
		doc = append(doc, kit.Segment{ID: i, Text: text.Raw("△ " + n), Style: st.Text, GutterStyle: st.Warn, Break: true})
	}
	e.page.SetDoc(doc)
}

func (e *exported) resize(s *Screen) {
	e.page.Resize(max(0, s.w-2), max(0, s.h-len(e.head(s))))
}

// head says what was written, and what to put in CI.
func (e *exported) head(s *Screen) []string {
	st := s.deps.Styles
	w := s.w
	fit := func(v string) string { return kit.Fit(" "+v, w) }
	facts := kit.Plural(e.done.Files, "file", "files") + ", " + kit.Plural(e.done.Bytes, "byte", "bytes")
	lines := []string{fit(st.Good.Render("✓ written ") + s.show(st.Strong, text.Of(e.done.Path).OneLine()) + st.Dim.Render("  "+facts))}
	airy := s.h >= 14
	gap := func() {
		if airy {
			lines = append(lines, kit.Fit("", w))
		}
	}
	if cmd := e.command(); cmd != "" {
		gap()
		if airy {
			lines = append(lines, fit(st.Dim.Render("In CI, with no workspace:")))
		}
		lines = append(lines, fit("  "+s.show(st.Accent, text.Of(cmd).OneLine())+st.Faint.Render("   y copies it")))
		if airy {
			lines = append(lines, fit(st.Dim.Render(longest(w-1,
				"Exit 1: a case fails. 3: not all could be asked. Nothing evaluated is never 0.",
				"Exit 1: a case fails. 3: not all could be asked."))))
		}
	}
	gap()
	n := len(e.done.Notes)
	switch {
	case n > 0:
		lines = append(lines, fit(st.Warn.Render(sentence(kit.Plural(n, "thing", "things")+" that "+e.target.Name+" can't say"))))
	default:
		lines = append(lines, fit(st.Dim.Render("It says everything that is in the suite.")))
	}
	gap()
	return lines
}

func (s *Screen) viewExported() string {
	e := s.exported
	parts := []string{strings.Join(e.head(s), "\n")}
	if len(e.done.Notes) > 0 && s.h > len(e.head(s)) {
		parts = append(parts, e.page.View())
	}
	return kit.Fill(kit.Stack(parts...), s.w, s.h)
}

func (s *Screen) copyCommand() tea.Cmd {
	cmd := s.exported.command()
	return tea.Batch(kit.ToClipboard(text.Raw(cmd)), kit.Say("sent to the terminal's clipboard: "+text.Of(cmd).String()))
}

func (s *Screen) updateExported(msg tea.Msg) tea.Cmd {
	e := s.exported
	if m, ok := msg.(tea.MouseMsg); ok {
		msg = kit.Shift(m, 0, len(e.head(s)))
	}
	e.page.Update(msg)
	return nil
}
