package suite

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// writing is an assertion as it is being written.
type writing struct {
	in    *kit.Input
	suite int64
	from  mode               // where it was opened, and esc goes back to
	old   *session.Assertion // the one that is edited, nil: a new one
	a     session.Assertion
	err   error  // of what is typed
	bad   error  // of holding it against what was judged
	of    string // the words that the proposal is of
	p     Proposal
	known bool
	rows  *rows
	kinds []session.KindInfo // that what is typed may become
	busy  bool               // it is being kept
	w, h  int
}

type triedMsg struct {
	of  string
	p   Proposal
	err error
}

// openWrite opens the field, for a new assertion or for one that is edited.
func (s *Screen) openWrite(suite int64, old *session.Assertion) tea.Cmd {
	from := s.mode
	if from != modeSources && from != modePropose {
		from = modeSuites
	}
	w := &writing{in: kit.NewInput(s.deps.Styles), suite: suite, from: from, old: old, rows: newRows(s.deps.Styles)}
	w.in.SetPlaceholder("icontains: refund")
	if old != nil {
		w.in.SetValue(text.Raw(old.Spec()))
	}
	s.write, s.mode = w, modeWrite
	w.parse()
	s.placeWrite()
	return s.try()
}

func (s *Screen) addByHand() tea.Cmd {
	if x, ok := s.suite(); ok {
		return s.openWrite(x.ID, nil)
	}
	return s.create(func(id int64) tea.Cmd { return s.openWrite(id, nil) })
}

func (s *Screen) editInHand() tea.Cmd {
	a, ok := s.assertion()
	if !ok {
		return nil
	}
	return s.openWrite(s.suiteID(), &a)
}

// parse reads the field.
func (w *writing) parse() {
	v := w.in.Value()
	w.a, w.err = session.ParseAssertion(bytesOf(v))
	w.kinds = fitting(bytesOf(v))
	if w.old != nil { // what the words do not say stays as it is
		o := *w.old
		w.a.ID, w.a.UID, w.a.SuiteID, w.a.CaseID, w.a.CaseName = o.ID, o.UID, o.SuiteID, o.CaseID, o.CaseName
		w.a.Weight, w.a.Metric, w.a.Origin, w.a.CreatedMS = o.Weight, o.Metric, o.Origin, o.CreatedMS
	} else {
		w.a.Origin = "written by hand"
	}
}

// typedKind is the kind that is being typed, and whether its name has ended.
func typedKind(v string) (name string, ended bool) {
	v = strings.TrimLeft(v, " ")
	if rest, ok := strings.CutPrefix(v, "not-"); ok {
		v = rest
	} else if rest, ok := strings.CutPrefix(v, "not "); ok {
		v = strings.TrimLeft(rest, " ")
	} else if turning(v) {
		return "", false
	}
	end := strings.IndexFunc(v, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })
	if end < 0 {
		return v, false
	}
	return v[:end], true
}

// turning reports whether all that is typed is the beginning of not-.
func turning(v string) bool {
	v = strings.TrimLeft(v, " ")
	return v != "" && strings.HasPrefix("not-", v)
}

// fitting lists the kinds whose name begins as the one being typed, or else holds
// it.
func fitting(v string) []session.KindInfo {
	name, ended := typedKind(v)
	var begin, hold []session.KindInfo
	for _, k := range session.AssertKinds() {
		kind := string(k.Kind)
		switch {
		case kind == name:
			return []session.KindInfo{k}
		case ended:
		case strings.HasPrefix(kind, name):
			begin = append(begin, k)
		case strings.Contains(kind, name):
			hold = append(hold, k)
		}
	}
	return append(begin, hold...)
}

// noComplete says why no kind can be written out, or "".
func (s *Screen) noComplete() string {
	w := s.write
	if w == nil {
		return "no assertion is being written"
	}
	if _, ended := typedKind(bytesOf(w.in.Value())); ended || len(w.kinds) == 0 {
		return "the kind stands already"
	}
	return ""
}

// named reports whether the kind that is typed is one.
func (w *writing) named() bool {
	name, _ := typedKind(bytesOf(w.in.Value()))
	return len(w.kinds) == 1 && string(w.kinds[0].Kind) == name
}

// complete writes the first kind that fits out, up to where its argument begins.
func (s *Screen) complete() tea.Cmd {
	w := s.write
	v := bytesOf(w.in.Value())
	name, _ := typedKind(v)
	if s.noComplete() != "" {
		return nil
	}
	if turning(v) {
		w.in.SetValue("not-")
		w.parse()
		return s.try()
	}
	head := strings.TrimSuffix(v, name)
	k := w.kinds[0]
	tail := ": "
	switch k.Takes {
	case session.TakesNothing:
		tail = ""
	case session.TakesPath:
		tail = " ."
	}
	w.in.SetValue(text.Raw(head + string(k.Kind) + tail))
	w.parse()
	return s.try()
}

// pause is how long the keys are still before what is typed is tried.
const pause = 150 * time.Millisecond

// try holds what is typed against everything that was judged, once the keys have
// been still for a moment.
func (s *Screen) try() tea.Cmd {
	w := s.write
	if w == nil || s.deps.Try == nil {
		return nil
	}
	w.known, w.bad = false, nil
	if w.err != nil {
		s.forget(askTry)
		return nil
	}
	try, prompt, a := s.deps.Try, s.prompt, w.a
	of := a.Spec()
	return s.ask(askTry, func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		if ctx.Err() != nil {
			return nil
		}
		p, err := try(ctx, prompt, a)
		return triedMsg{of, p, err}
	})
}

func (s *Screen) onTried(m triedMsg) {
	w := s.write
	if w == nil || w.err != nil || w.a.Spec() != m.of {
		return
	}
	w.of, w.bad, w.known = m.of, m.err, m.err == nil
	if m.err == nil {
		w.p = m.p
		w.rows.set(m.p.Rows, session.ProposeFrom{})
		w.rows.moot = m.p.Good+m.p.Bad == 0
	}
}

// noKeep says why what is typed can't be kept, or "".
func (s *Screen) noKeep() string {
	w := s.write
	switch {
	case w == nil:
		return "nothing is being written"
	case strings.TrimSpace(w.in.Value().String()) == "":
		return "first write an assertion: icontains: refund"
	case w.err != nil:
		return w.err.Error()
	case w.bad != nil:
		return w.bad.Error()
	case w.busy:
		return "it is being kept"
	}
	return ""
}

type writtenMsg struct {
	said string
	err  error
}

// keepWritten stores what is typed.
func (s *Screen) keepWritten() tea.Cmd {
	w, d := s.write, s.deps
	if why := s.noKeep(); why != "" {
		return func() tea.Msg { return kit.Toast{Text: why, Bad: true} }
	}
	w.busy = true
	a, old, suite := w.a, w.old, w.suite
	n := len(s.suiteOf(suite).Assertions) + 1
	return s.ask(askKeep, func(ctx context.Context) tea.Msg {
		if old != nil {
			return writtenMsg{"kept: " + line(a).String(), d.Change(ctx, a)}
		}
		_, err := d.Keep(ctx, suite, []session.Assertion{a})
		return writtenMsg{keptSaid(1, n), err}
	})
}

// keptSaid says that assertions were kept, and aloud when they are too few.
func keptSaid(kept, all int) string {
	if all < session.MinAssertions {
		return few(all)
	}
	return kit.Plural(kept, "assertion", "assertions") + " kept, " + kit.Thousands(all) + " in all. c checks them."
}

func (s *Screen) onWritten(m writtenMsg) tea.Cmd {
	if s.write != nil {
		s.write.busy = false
	}
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if s.mode == modeWrite {
		s.leaveWrite()
		s.setSide(s.onRight || s.mode == modeSuites)
	}
	return tea.Batch(kit.Say(m.said), s.load())
}

func (s *Screen) leaveWrite() {
	s.forget(askTry)
	if s.write != nil {
		s.write, s.mode = nil, s.write.from
	}
}

// suiteOf is a suite by its number.
func (s *Screen) suiteOf(id int64) session.Suite {
	for _, x := range s.suites {
		if x.ID == id {
			return x
		}
	}
	return session.Suite{ID: id}
}

func (s *Screen) updateWrite(msg tea.Msg) tea.Cmd {
	w := s.write
	if m, ok := msg.(tea.KeyPressMsg); ok {
		switch m.String() {
		case "esc":
			s.leaveWrite()
			return nil
		case "enter":
			return s.keepWritten()
		case "tab":
			return s.complete()
		case "up", "down", "pgup", "pgdown":
			w.rows.update(msg)
			return nil
		}
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		at := m.Mouse()
		switch top := writeTop; {
		case at.Y == 1:
			msg = kit.Shift(m, 3, 1)
		case at.Y >= top:
			w.rows.update(kit.Shift(m, 0, top))
			return nil
		default:
			return nil
		}
	}
	changed, cmd := w.in.Update(msg)
	if !changed {
		return cmd
	}
	w.busy = false
	w.parse()
	return tea.Batch(cmd, s.try())
}

// writeTop is the row at which the judged outputs begin: the title, the field,
// what it means, how it stands, a rule.
const writeTop = 5

func (s *Screen) placeWrite() {
	w := s.write
	w.w, w.h = s.w, s.h
	w.in.Resize(max(1, s.w-4))
	w.rows.resize(s.w, max(0, s.h-writeTop))
}

func (w *writing) cursor() *tea.Cursor {
	return moved(w.in.Cursor(), rect{x: 3, y: min(1, max(0, w.h-1))})
}

// viewWrite draws the field, what it means, and how it stands.
func (s *Screen) viewWrite() string {
	w, st := s.write, s.deps.Styles
	title := "A new assertion for "
	if w.old != nil {
		title = "An assertion of "
	}
	x := s.suiteOf(w.suite)
	head := " " + st.Strong.Render(title) + s.show(st.Accent.Bold(true), text.Show(x.Name).OneLine())
	field := " " + st.Key.Render("›") + " " + w.in.View()
	means, how := s.meaning()
	room := max(0, s.h-writeTop)
	body := ""
	switch {
	case room == 0:
	case w.known:
		body = w.rows.view()
	case w.err != nil && !w.named():
		body = s.kindList(s.w, room)
	case w.err != nil:
		body = s.kindHelp(s.w, room)
	case w.bad == nil:
		body = s.note(s.w, room, "Holding it against what was judged…")
	default:
		body = s.kindHelp(s.w, room)
	}
	return kit.Fill(strings.Join([]string{kit.Fit(head, s.w), kit.Fit(field, s.w), kit.Fit(means, s.w), kit.Fit(how, s.w), s.rule(s.w), body}, "\n"), s.w, s.h)
}

// meaning is what is typed in words, and how it stands.
func (s *Screen) meaning() (means, how string) {
	w, st := s.write, s.deps.Styles
	switch {
	case w.in.Value() == "":
		return " " + say(st.Dim, "A kind: what it is held against. not- turns it round, tab writes a kind out."), ""
	case w.err != nil && turning(bytesOf(w.in.Value())):
		return " " + say(st.Dim, "not- turns a kind round: what it demands is forbidden."), ""
	case w.err != nil && len(w.kinds) == 0:
		return " " + say(st.Warn, "! there is no such kind"), ""
	case w.err != nil && !w.named():
		return " " + say(st.Dim, "Which kind? ") + st.Key.Render("tab") + say(st.Dim, " writes "+string(w.kinds[0].Kind)+" out"), ""
	case w.err != nil:
		return " " + s.show(st.Warn, text.Of("! "+w.err.Error()).OneLine()), ""
	case w.bad != nil:
		return " " + s.show(st.Strong, line(w.a)), " " + s.show(st.Bad, text.Of("! "+w.bad.Error()).OneLine())
	}
	means = " " + s.show(st.Strong, line(w.a))
	if len(w.kinds) == 1 {
		means += st.Faint.Render("  " + text.Of(w.kinds[0].Help).OneLine().String())
	}
	if !w.known {
		return means, ""
	}
	v, style := summary(w.p, st)
	return means, " " + s.show(style, text.Of(v).OneLine())
}

// kindList lists the kinds that what is typed may become.
func (s *Screen) kindList(w, h int) string {
	st := s.deps.Styles
	var lines []string
	kinds := s.write.kinds
	if len(kinds) == 0 {
		kinds = session.AssertKinds()
	}
	for i, k := range kinds {
		name := kit.Fit(st.Key.Render(string(k.Kind)), 16)
		if i == 0 && len(s.write.kinds) > 0 && s.write.in.Value() != "" {
			name = kit.Fit(st.BadgeHot.Render(string(k.Kind)), 16)
		}
		lines = append(lines, kit.Fit("   "+name+" "+say(st.Dim, k.Help), w))
	}
	if len(lines) > h && h > 0 {
		more := len(lines) - h + 1
		lines = append(lines[:h-1], st.Faint.Render("   … and "+kit.Plural(more, "other kind", "other kinds")+": type to narrow"))
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}

// kindHelp explains the kind that is being written, by its own examples.
func (s *Screen) kindHelp(w, h int) string {
	st := s.deps.Styles
	if len(s.write.kinds) == 0 {
		return s.kindList(w, h)
	}
	k := s.write.kinds[0]
	room := max(1, w-6)
	lines := []string{
		"   " + st.Key.Render(string(k.Kind)), "   " + say(st.Text, k.Help), "",
		"   " + say(st.Dim, "written ") + s.show(st.Accent, text.Of(k.Good.Assertion.Spec()).Truncate(room-8)),
	}
	ex := func(sign string, style func(...string) string, r session.Result) {
		v := text.Head(r.Output.Whole(), room-12).OneLine()
		if v.Empty() {
			v = text.Of("an answer that is " + string(r.Output.Status))
		}
		lines = append(lines, "   "+style(sign)+" "+s.show(st.Dim, v))
	}
	if k.Takes != session.TakesCeiling {
		ex("✓ passes", st.Good.Render, k.Good.Result)
		ex("✗ fails ", st.Bad.Render, k.Bad.Result)
	}
	for i := range lines {
		lines[i] = kit.Fit(lines[i], w)
	}
	return kit.Fill(strings.Join(lines, "\n"), w, h)
}
