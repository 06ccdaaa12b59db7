package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// intern is the page of the intern test: a student of the field gets this context and
// nothing else.
type intern struct {
	s     *Screen
	of    int64 // the variant
	notes []InternNote
	known bool
	err   error
	at    int // the question in hand, from 0
	ed    *kit.Editor
	write bool
	w, h  int
}

// lead is where an answer leads.
type lead struct{ key, label, long string }

var leads = [session.InternQuestions]lead{
	{"s", "split the prompt", "Copy the prompt, to cut both down to one job each."},
	{"a", "add a resource", "Go to Compose at a new block of resources."},
	{"e", "template a part", "Go to Compose at the longest block, to make a variable of what repeats."},
	{"r", "read the failures", "Read the answers of this variant that are wrong."},
}

type internMsg struct {
	of    int64
	notes []InternNote
	err   error
}

type internKept struct{ err error }

// openIntern opens the test.
func (s *Screen) openIntern() tea.Cmd {
	in := &intern{s: s, of: s.deps.Table.Variant.ID, ed: kit.NewEditor(s.deps.Styles)}
	in.ed.SetKnown(func(string) bool { return true })
	in.ed.SetPlaceholder("what a student of the field would say")
	s.openLeaf(in)
	return in.load()
}

func (in *intern) load() tea.Cmd {
	s, of := in.s, in.of
	if s.deps.Interns == nil {
		in.known = true
		return nil
	}
	return s.ask(askIntern, func(ctx context.Context) tea.Msg {
		notes, err := s.deps.Interns(ctx, of)
		return internMsg{of, notes, err}
	})
}

// gotIntern takes in what was answered.
func (s *Screen) gotIntern(m internMsg) tea.Cmd {
	if in, ok := s.leaf.(*intern); ok && in.of == m.of {
		in.notes, in.err, in.known = m.notes, m.err, true
	}
	return nil
}

func (s *Screen) internWritten(m internKept) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	if in, ok := s.leaf.(*intern); ok {
		return tea.Batch(in.load(), kit.Say("kept with "+revisionName(s.deps.Table)))
	}
	return nil
}

// now is the answer to a question about the revision that lies here, and before are
// those about others.
func (in *intern) now(q int) (now InternNote, before []InternNote) {
	id := in.s.deps.Table.Variant.Revision.ID
	for _, n := range in.notes {
		if n.Question != q+1 {
			continue
		}
		if n.RevisionID == id {
			now = n
		} else {
			before = append(before, n)
		}
	}
	slices.SortStableFunc(before, func(a, b InternNote) int { return b.Revision - a.Revision })
	return now, before
}

func (in *intern) title() string { return "Intern test" }

func (in *intern) help() string {
	return "Would a student of the field succeed with this context and nothing else? The four questions find out where a prompt lacks something, and each answer leads somewhere: " +
		"where they could not, the task may be too much for one prompt; where they lack knowledge, a resource has it; where they would need long, a part can be a template; " +
		"and where they would do it and the model does not, the failures are to be read.\n\nenter writes an answer, ctrl+s keeps it with the revision. Later revisions show what was answered before."
}

func (in *intern) typing() bool { return in.write }

func (in *intern) wants(msg tea.KeyPressMsg) bool { return in.write && in.ed.Wants(msg) }

func (in *intern) restyle() { in.ed.SetStyles(in.s.deps.Styles) }

func (in *intern) actions() []kit.Action {
	on := func() string {
		switch {
		case in.s == nil:
			return "the intern test is not open"
		case in.write:
			return "an answer is being written: ctrl+s keeps it"
		}
		return ""
	}
	kept := func() string {
		if why := on(); why != "" {
			return why
		}
		if in.s.deps.PutIntern == nil {
			return "answers can't be kept here"
		}
		return ""
	}
	writing := func() string {
		if !in.write {
			return "no answer is being written: enter begins one"
		}
		return ""
	}
	out := []kit.Action{
		act("intern.write", "answer", "Write an answer to the question in hand.", true, kept, in.begin, "enter"),
		act("intern.keep", "keep", "Keep what is written with the revision.", true, writing, in.keep, "ctrl+s"),
		act("intern.leave", "back", "Go back to the proof; what is being written is not kept.", true, func() string {
			if in.s == nil {
				return "the intern test is not open"
			}
			return ""
		}, in.leave, "esc"),
	}
	do := [session.InternQuestions]func() tea.Cmd{in.split, in.resource, in.template, in.failures}
	for i, l := range leads {
		out = append(out, act("intern."+[]string{"split", "resource", "template", "failures"}[i], l.label, l.long, true, on, do[i], l.key))
	}
	return append(out,
		act("intern.down", "next question", "Take the next question in hand.", false, on, func() tea.Cmd { return in.step(1) }, "down", "j"),
		act("intern.up", "question before", "Take the question before in hand.", false, on, func() tea.Cmd { return in.step(-1) }, "up", "k"),
	)
}

func (in *intern) step(by int) tea.Cmd {
	in.at = max(0, min(in.at+by, session.InternQuestions-1))
	return nil
}

func (in *intern) leave() tea.Cmd {
	if in.write {
		in.write = false
		in.resize(in.w, in.h)
		return nil
	}
	return in.s.closeLeaf()
}

func (in *intern) begin() tea.Cmd {
	n, _ := in.now(in.at)
	in.ed.SetValue(n.Text)
	in.write = true
	in.resize(in.w, in.h)
	return nil
}

// keep keeps the answer with the revision.
func (in *intern) keep() tea.Cmd {
	s := in.s
	a := session.InternAnswer{RevisionID: s.deps.Table.Variant.Revision.ID, Question: in.at + 1, Text: in.ed.Value()}
	if a.Text.Blank() {
		a.Text = ""
	}
	in.write = false
	in.resize(in.w, in.h)
	put := s.deps.PutIntern
	return s.ask(askKeep, func(ctx context.Context) tea.Msg { return internKept{put(ctx, a)} })
}

// split copies the prompt, so that each copy can do one of its jobs.
func (in *intern) split() tea.Cmd {
	s, t := in.s, in.s.deps.Table
	if s.deps.Split == nil {
		return kit.Say("prompts can't be copied here")
	}
	prompt, variant := t.Prompt.ID, string(t.Variant.Name)
	return kit.Open(&kit.Prompt{
		Styles: s.deps.Styles, Heading: "Split the prompt", Label: "A name for the second prompt: a copy of this one, with its cases and shots. Take out of each what the other does.",
		Value: t.Prompt.Name + "-2",
		Check: func(v text.Raw) string {
			if err := session.CheckName("prompt", string(v)); err != nil {
				return err.Error()
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd {
			return s.ask(askKeep, func(ctx context.Context) tea.Msg {
				ref, err := s.deps.Split(ctx, prompt, variant, string(v))
				return splitMsg{ref, err}
			})
		},
	})
}

type splitMsg struct {
	ref session.VariantRef
	err error
}

func (s *Screen) wasSplit(m splitMsg) tea.Cmd {
	if m.err != nil {
		return kit.Fail(m.err)
	}
	s.leaf = nil
	s.place()
	return tea.Batch(func() tea.Msg { return kit.Goto{Screen: "compose", Arg: m.ref} }, kit.Say("this is the copy: take out of it what the other does"))
}

// resource goes to Compose at a new block of resources.
func (in *intern) resource() tea.Cmd {
	return func() tea.Msg { return kit.Goto{Screen: "compose", Arg: session.KindResources} }
}

// template goes to Compose at the block with the most to say.
func (in *intern) template() tea.Cmd {
	at, most := 0, -1
	for i, b := range in.s.deps.Table.Desk.Content().Blocks {
		if !b.Off && !b.Kind.Beside() && b.Kind != session.KindInput && len(b.Text) > most {
			at, most = i, len(b.Text)
		}
	}
	return tea.Batch(func() tea.Msg { return kit.Goto{Screen: "compose", Arg: at} }, kit.Say("put {{name}} where a part changes from case to case"))
}

type failuresMsg struct {
	ids []int64
	err error
}

// failures goes to Read, with the wrong answers of the variant.
func (in *intern) failures() tea.Cmd {
	s, t := in.s, in.s.deps.Table
	if s.deps.Failures == nil {
		return kit.Say("answers can't be read here")
	}
	prompt, variant := t.Prompt.ID, string(t.Variant.Name)
	return s.ask(askKeep, func(ctx context.Context) tea.Msg {
		ids, err := s.deps.Failures(ctx, prompt, variant)
		return failuresMsg{ids, err}
	})
}

func (s *Screen) gotFailures(m failuresMsg) tea.Cmd {
	switch {
	case m.err != nil:
		return kit.Fail(m.err)
	case len(m.ids) == 0:
		return kit.Say("no answer of this variant is known to be wrong: run it in Bench, or label answers in Read")
	}
	return func() tea.Msg {
		return kit.Goto{Screen: "read", Arg: session.ReadQuery{PromptID: s.deps.Table.Prompt.ID, CellIDs: m.ids}}
	}
}

func (in *intern) update(msg tea.Msg) tea.Cmd {
	if in.write {
		_, cmd := in.ed.Update(msg)
		return cmd
	}
	if m, ok := msg.(tea.MouseWheelMsg); ok {
		if m.Button == tea.MouseWheelUp {
			return in.step(-1)
		}
		return in.step(1)
	}
	return nil
}

func (in *intern) edRows() int { return max(1, min(8, in.h/3)) }

func (in *intern) resize(w, h int) {
	in.w, in.h = w, h
	in.ed.Resize(max(1, min(w-4, measure+6)), in.edRows())
}

func (in *intern) cursor() *tea.Cursor {
	if !in.write {
		return nil
	}
	c := in.ed.Cursor()
	if c != nil {
		c.X += 2
		c.Y += in.h - in.edRows()
	}
	return c
}

func (in *intern) view() string {
	s, st, t := in.s, in.s.deps.Styles, in.s.deps.Table
	title := " " + st.Title.Render("The intern test")
	about := text.Of(t.Prompt.Name.String() + "/" + revisionName(t)).Truncate(max(0, in.w-kit.Width(title)-3))
	head := []string{kit.Fit(title+kit.FitRight(kit.Render(about, st.Faint, st.Mark)+" ", max(0, in.w-kit.Width(title))), in.w)}
	if in.h >= 12 {
		head = append(head, kit.Rule(in.w, st))
	}
	if in.h < 6 {
		return kit.Fill(strings.Join(head[:1], "\n"), in.w, in.h)
	}
	switch {
	case in.err != nil:
		return kit.Fill(strings.Join(head, "\n")+"\n"+s.note(rect{w: in.w, h: in.h - len(head)}, "The answers can't be read.", in.err.Error()), in.w, in.h)
	case !in.known:
		return kit.Fill(strings.Join(head, "\n")+"\n"+kit.Centre(st.Faint.Render("reading…"), in.w, in.h-len(head)), in.w, in.h)
	}
	body, keep := in.lines()
	room := in.h - len(head)
	var foot []string
	if in.write {
		room -= in.edRows() + 1
		label := text.Of(fmt.Sprintf(" answer %d · ctrl+s keeps it with @%d, esc leaves it ", in.at+1, t.Variant.Revision.Number)).Truncate(max(0, in.w-4))
		foot = append(foot, kit.Rule(2, st)+kit.Render(label, st.Dim, st.Mark)+kit.Rule(in.w-2-label.Width(), st))
		foot = append(foot, strings.Split(kit.Fill(kit.Indent(in.ed.View(), 2), in.w, in.edRows()), "\n")...)
	}
	top := 0
	if len(body) > room {
		top = max(0, min(keep-1, len(body)-room))
	}
	body = body[top:min(len(body), top+max(0, room))]
	for len(body) < room {
		body = append(body, "")
	}
	return kit.Fill(strings.Join(append(append(head, body...), foot...), "\n"), in.w, in.h)
}

// lines are the four questions with their answers, and the row of the one in hand.
func (in *intern) lines() (out []string, keep int) {
	st, t, w := in.s.deps.Styles, in.s.deps.Table, min(in.w-6, measure+6)
	add := func(lead string, words text.Shown, style lipgloss.Style) {
		for n, l := range words.Wrap(max(8, w)) {
			if n > 0 {
				lead = strings.Repeat(" ", kit.Width(lead))
			}
			out = append(out, lead+kit.Render(l, style, st.Mark))
		}
	}
	if in.h >= 16 {
		add("  ", text.Of("Give a student of the field this context and nothing else."), st.Dim)
		out = append(out, "")
	}
	if t.Dirty() {
		add(" "+st.Warn.Render("▪")+" ", text.Of(fmt.Sprintf("What lies here was changed since @%d; an answer is kept with @%d. Save in Compose (alt+2) to answer about the new words.", t.Variant.Revision.Number, t.Variant.Revision.Number)), st.Warn)
		out = append(out, "")
	}
	for q, words := range session.InternTest() {
		sign, style := " ", st.Text
		if q == in.at {
			sign, style, keep = st.Accent.Render("▸"), st.Strong, len(out)
		}
		add(fmt.Sprintf(" %s %s ", sign, st.Dim.Render(fmt.Sprint(q+1))), text.Of(words), style)
		now, before := in.now(q)
		if now.Text != "" {
			add("     ", text.Show(now.Text), st.Text)
			add("     ", text.Of(asked(now)), st.Faint)
		}
		for i, b := range before {
			if q != in.at && (i > 0 || now.Text != "") {
				break
			}
			add("     ", text.Show(b.Text), st.Dim)
			add("     ", text.Of(asked(b)), st.Faint)
		}
		if now.Text == "" && len(before) == 0 {
			add("     ", text.Of("not answered"), st.Faint)
		}
		out = append(out, "     "+st.Key.Render(leads[q].key)+" "+st.KeyLabel.Render(leads[q].label))
		if in.h >= 20 {
			out = append(out, "")
		}
	}
	return out, keep
}

// asked says of which revision a question was asked, when, and by whom it was
// answered.
func asked(n InternNote) string {
	out := fmt.Sprintf("asked of @%d", n.Revision)
	if n.UpdatedMS > 0 {
		out += ", " + kit.When(n.UpdatedMS, clock())
	}
	if n.By != "" {
		out += ", " + text.Show(n.By).OneLine().Truncate(20).String()
	}
	return out
}

// clock is the time that a person's clock shows.
var clock = time.Now
