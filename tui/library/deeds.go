package library

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// Actions lists the keys.
func (s *Screen) Actions() []kit.Action {
	enter := "open"
	if s.focus == onPrompts && !s.finding {
		enter = "variants"
	}
	noun := "prompt"
	if s.focus == onVariants {
		noun = "variant"
	}
	acts := []kit.Action{
		{ID: "library.open", Key: kit.Bind(enter, "enter"), Do: s.enter, Why: s.without, Show: true,
			Long: "Go from a prompt to its variants, and from a variant to Compose with it on the table."},
		{ID: "library.new", Key: kit.Bind("new "+noun, "n"), Do: s.create, Why: s.whyNew, Show: true,
			Long: "Make a prompt, or a variant of the prompt with the cursor: whichever list has focus."},
		{ID: "library.find", Key: kit.Bind("filter", "/"), Do: s.find, Why: s.without, Show: true,
			Long: "Show only the prompts and variants whose names hold some letters."},
		{ID: "library.waits", Key: kit.Bind("what waits", "w"), Do: s.toWaits, Why: s.whyWaits, Show: true,
			Long: "Go to what of this prompt waits for you: duels to judge, notes without a failure mode, suites not checked since a save."},
		{ID: "library.copy", Key: kit.Bind("duplicate", "d"), Do: s.duplicate, Why: s.whyNot, Show: true,
			Long: "Copy the prompt with its variants, cases and shots, or the variant's newest revision."},
		{ID: "library.rename", Key: kit.Bind("rename", "r"), Do: s.rename, Why: s.whyNot, Show: true,
			Long: "Give the prompt or variant with the cursor another name; its runs stay its own."},
		{ID: "library.delete", Key: kit.Bind("delete", "x", "delete"), Do: s.remove, Why: s.whyNot, Show: true,
			Long: "Delete the prompt or variant with the cursor. Outputs keep the context they answered, and u brings it back."},
		{ID: "library.undo", Key: kit.Bind("undo", "u"), Do: s.undo, Show: true,
			Long: "Take back the last edit of the workspace, whichever it was."},
		{ID: "library.cases", Key: kit.Bind("cases", "c"), Do: s.toCases, Why: s.whyCases, Show: true,
			Long: "Open the cases of the prompt with the cursor: a grid to add, edit, tag, split, import and bind them."},
		{ID: "library.revisions", Key: kit.Bind("revisions", "v"), Do: s.toRevisions, Why: s.whyRevisions, Show: s.focus == onVariants,
			Long: "Open the saved revisions of the variant with the cursor: a tree with what came of each, what changed, and to go on from one."},
		{ID: "library.pane", Key: kit.Bind("other list", "tab", "shift+tab"), Do: s.swap, Why: s.without, Show: true,
			Long: "Move between the list of prompts and the list of variants."},
		{ID: "library.right", Key: kit.Bind("to variants", "right", "l"), Do: s.toRight, Why: s.without,
			Long: "Move to the list of variants."},
		{ID: "library.left", Key: kit.Bind("to prompts", "left", "h"), Do: s.toLeft,
			Long: "Move to the list of prompts."},
		{ID: "library.reload", Key: kit.Bind("read again", "R"), Do: s.reload,
			Long: "Read the workspace anew."},
	}
	for i := range acts { // while letters are typed they are no keys
		acts[i].Show = acts[i].Show && (!s.finding || acts[i].ID == "library.open")
	}
	return acts
}

// Help explains what has focus.
func (s *Screen) Help() string {
	if s.finding {
		return "Type some letters of a prompt's or a variant's name; they need not stand together. ↑ and ↓ choose, enter goes there, esc goes back."
	}
	if s.focus == onVariants {
		return "The variants of a prompt: its wordings, each with the number of its newest revision, the reason it was saved for, and whether unsaved work on it is kept as a draft. " +
			"◆ marks the one on the table, which Compose, Proof and Bench work on. Below stand the blocks of the variant with the cursor."
	}
	return "The prompts of this workspace. A prompt is a named job: its variants are the wordings you try, its cases are what they are tried on, its shots are the worked examples they may show.\n\n" +
		"↑ and ↓ choose, enter goes to the variants, and from there to Compose with the variant on the table: ◆ at the foot says which that is. " +
		"Work goes from left to right: write it in Compose, read the exact context in Proof, run it beside others in Bench. " +
		"What then waits for you stands below, each after the station where it is done; w goes there."
}

// without says why nothing can be done where there is no prompt.
func (s *Screen) without() string {
	if len(s.prompts) == 0 {
		return "there is no prompt yet"
	}
	return ""
}

func (s *Screen) whyNew() string {
	switch {
	case s.finding:
		return "esc ends the filter first"
	case s.focus == onVariants && s.prompt() == nil:
		return "no prompt is chosen"
	}
	return ""
}

func (s *Screen) whyNot() string {
	switch {
	case s.finding:
		return "esc ends the filter first"
	case s.prompt() == nil:
		return "there is no prompt yet"
	case s.focus == onVariants && s.variant() == nil:
		return "there is no variant yet"
	}
	return ""
}

func (s *Screen) swap() tea.Cmd {
	if s.focus == onPrompts {
		return s.toRight()
	}
	return s.toLeft()
}

func (s *Screen) toRight() tea.Cmd {
	if s.finding {
		return nil
	}
	s.setFocus(onVariants)
	return nil
}

func (s *Screen) toLeft() tea.Cmd {
	s.setFocus(onPrompts)
	return nil
}

func (s *Screen) enter() tea.Cmd {
	switch {
	case s.finding:
		return s.found()
	case s.focus == onPrompts:
		return s.toRight()
	}
	if v := s.variant(); v != nil {
		return s.lift(*v)
	}
	return nil
}

// lift lays a variant on the table and goes to Compose. What lies there already
// is not read anew: its unsaved work is newer than the store's.
func (s *Screen) lift(v session.VariantInfo) tea.Cmd {
	if t := s.d.Table; t.Open() && t.Variant.ID == v.ID {
		return tea.Batch(kit.Say(s.openSaid()), goCompose)
	}
	ref := v.Ref()
	ref.Revision = 0
	return s.fetchLaid(ref, toCompose)
}

// fetchLaid brings a variant to lie on the table, and then goes to a station.
func (s *Screen) fetchLaid(ref session.VariantRef, then kit.Goto) tea.Cmd {
	s.gen++
	s.openGen, s.then = s.gen, then
	s.opening = ref.Variant
	load := s.ask(s.gen, func(ctx context.Context) tea.Msg {
		laid, err := s.d.Load(ctx, ref)
		return gotLaid{laid, err}
	})
	if s.d.Flush != nil {
		if flush := s.d.Flush(); flush != nil {
			return tea.Sequence(flush, load)
		}
	}
	return load
}

var toCompose = kit.Goto{Screen: "compose"}

func (s *Screen) whyCases() string {
	switch {
	case s.finding:
		return "esc ends the filter first"
	case s.prompt() == nil:
		return "there is no prompt yet"
	}
	return ""
}

// toCases opens the page of the prompt's cases.
func (s *Screen) toCases() tea.Cmd {
	p := *s.prompt()
	return func() tea.Msg { return kit.Goto{Screen: "cases", Arg: p} }
}

func (s *Screen) whyRevisions() string {
	if why := s.whyCases(); why != "" {
		return why
	}
	if s.variant() == nil {
		return "there is no variant yet"
	}
	return ""
}

// toRevisions opens the page of the variant's revisions.
func (s *Screen) toRevisions() tea.Cmd {
	ref := s.variant().Ref()
	return func() tea.Msg { return kit.Goto{Screen: "revisions", Arg: ref} }
}

func goCompose() tea.Msg { return toCompose }

func (s *Screen) laid(msg gotLaid) tea.Cmd {
	s.opening = ""
	if msg.err != nil {
		return kit.Fail(msg.err)
	}
	s.d.Table.Lay(msg.laid)
	then := s.then
	return tea.Batch(kit.Say(s.openSaid()), func() tea.Msg { return then })
}

func (s *Screen) openSaid() string {
	t := s.d.Table
	said := t.Prompt.Name.String() + "/" + t.Variant.Name.String()
	if t.Dirty() {
		return said + " is on the table with its draft"
	}
	return fmt.Sprintf("%s@%d is on the table", said, t.Variant.Revision.Number)
}

// find opens the search.
func (s *Screen) find() tea.Cmd {
	s.finding = true
	s.setFocus(onPrompts)
	s.left.SetFilter("")
	s.fill()
	s.left.StartFilter()
	return s.fetchAll()
}

func (s *Screen) stopFinding() {
	e, ok := s.left.Selected()
	s.finding = false
	s.left.SetFilter("")
	s.fill()
	if !ok {
		return
	}
	for i := range s.prompts {
		if s.prompts[i].ID == e.prompt.ID {
			s.left.SetCursor(i)
		}
	}
	s.fillRight()
}

// found goes to what the search has under its cursor.
func (s *Screen) found() tea.Cmd {
	e, ok := s.left.Selected()
	if !ok {
		return nil
	}
	s.stopFinding()
	if e.variant == nil {
		return s.moved()
	}
	v := *e.variant
	for i, x := range s.variants() {
		if x.ID == v.ID {
			s.right.SetRow(i)
		}
	}
	s.setFocus(onVariants)
	return s.lift(v)
}

// nameTrouble says what is wrong with a name, beside the field that holds it.
func nameTrouble(name string, err error) string {
	if whole := strings.Join(strings.Fields(name), "-"); whole != name && whole != "" {
		return "a name has no spaces: " + whole + " would do"
	}
	var e *session.NameError
	if errors.As(err, &e) {
		return "the name " + e.Why
	}
	return err.Error()
}

// name asks for the name of a prompt or variant. taken are the names that are
// in use.
func (s *Screen) name(heading, label, noun string, value text.Raw, taken func(text.Raw) bool, done func(name string) tea.Cmd) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: heading, Label: label, Value: value,
		Check: func(r text.Raw) string {
			if err := session.CheckName(noun, string(r)); err != nil {
				return nameTrouble(string(r), err)
			}
			if r != value && taken(r) {
				return fmt.Sprintf("there is a %s of that name already", noun)
			}
			return ""
		},
		Done: func(r text.Raw) tea.Cmd { return done(string(r)) },
	})
}

const nameRule = "Letters, digits and - _ . without spaces."

func (s *Screen) promptTaken(r text.Raw) bool {
	for _, p := range s.prompts {
		if p.Name == r {
			return true
		}
	}
	return false
}

func (s *Screen) variantTaken(r text.Raw) bool {
	for _, v := range s.variants() {
		if v.Name == r {
			return true
		}
	}
	return false
}

// run does a deed outside of Update. want is where the cursor goes after it,
// then what changes on the table.
func (s *Screen) run(said string, want goal, then func(), deed func(ctx context.Context) error) tea.Cmd {
	return s.ask(0, func(ctx context.Context) tea.Msg {
		return gotDone{said: said, want: want, then: then, err: deed(ctx)}
	})
}

func (s *Screen) done(msg gotDone) tea.Cmd {
	if msg.err != nil {
		return kit.Fail(msg.err)
	}
	if msg.then != nil {
		msg.then()
	}
	if msg.want.prompt != "" {
		s.want = msg.want
	}
	if msg.lay.Variant != "" { // what lay on the table is not what one works on now
		return tea.Batch(s.reload(), s.fetchLaid(msg.lay, toCompose))
	}
	return tea.Batch(kit.Say(msg.said), s.reload())
}

func (s *Screen) create() tea.Cmd {
	if s.focus == onPrompts || len(s.prompts) == 0 {
		return s.name("New prompt", "A name for the job, such as triage. "+nameRule, "prompt", "", s.promptTaken,
			func(n string) tea.Cmd {
				return s.ask(0, func(ctx context.Context) tea.Msg {
					ref, err := s.d.CreatePrompt(ctx, n)
					return gotDone{said: "Made prompt " + n, want: goal{prompt: text.Raw(n)}, lay: ref, err: err}
				})
			})
	}
	p := *s.prompt()
	return s.name("New variant of "+p.Name.String(), "A name for this wording, such as five-shot. "+nameRule, "variant", "", s.variantTaken,
		func(n string) tea.Cmd {
			return s.run("Made variant "+n, goal{prompt: p.Name, variant: text.Raw(n)}, nil, func(ctx context.Context) error { return s.d.CreateVariant(ctx, p.ID, n) })
		})
}

func (s *Screen) rename() tea.Cmd {
	p := *s.prompt()
	if s.focus == onPrompts {
		return s.name("Rename "+p.Name.String(), nameRule, "prompt", p.Name, s.promptTaken, func(n string) tea.Cmd {
			return s.run("Renamed to "+n, goal{prompt: text.Raw(n)}, func() { s.renamed(p.ID, 0, n) },
				func(ctx context.Context) error { return s.d.RenamePrompt(ctx, p.ID, n) })
		})
	}
	v := *s.variant()
	return s.name("Rename "+v.Name.String(), nameRule, "variant", v.Name, s.variantTaken, func(n string) tea.Cmd {
		return s.run("Renamed to "+n, goal{prompt: p.Name, variant: text.Raw(n)}, func() { s.renamed(p.ID, v.ID, n) },
			func(ctx context.Context) error { return s.d.RenameVariant(ctx, v.ID, n) })
	})
}

// renamed tells the table; variant 0 is the prompt itself.
func (s *Screen) renamed(prompt, variant int64, name string) {
	t := s.d.Table
	switch {
	case !t.Open() || t.Prompt.ID != prompt:
		return
	case variant == 0:
		t.Prompt.Name, t.Variant.Prompt = text.Raw(name), text.Raw(name)
	case t.Variant.ID == variant:
		t.Variant.Name = text.Raw(name)
	}
	t.Touch()
}

func (s *Screen) duplicate() tea.Cmd {
	p := *s.prompt()
	if s.focus == onPrompts {
		return s.name("Duplicate "+p.Name.String(), "A name for the copy. It gets the variants, cases and shots, and no runs.", "prompt", p.Name+"-2", s.promptTaken,
			func(n string) tea.Cmd {
				return s.run("Copied to "+n, goal{prompt: text.Raw(n)}, nil, func(ctx context.Context) error { return s.d.CopyPrompt(ctx, p.ID, n) })
			})
	}
	v := *s.variant()
	return s.name("Duplicate "+v.Name.String(), "A name for the copy, which begins with the newest revision.", "variant", v.Name+"-2", s.variantTaken,
		func(n string) tea.Cmd {
			return s.run("Copied to "+n, goal{prompt: p.Name, variant: text.Raw(n)}, nil, func(ctx context.Context) error { return s.d.CopyVariant(ctx, v.ID, n) })
		})
}

const stays = "Outputs stay, each with the exact context it answered. u brings it back."

func (s *Screen) remove() tea.Cmd {
	p := *s.prompt()
	if s.focus == onPrompts {
		what := fmt.Sprintf("%s with %s, %s and %s go. ", p.Name, count(p.Variants, "variant"), count(p.Cases, "case"), count(p.Shots, "shot"))
		return s.confirm("Delete this prompt?", what+stays, "Deleted prompt "+p.Name.String(), goal{}, func() { s.gone(p.ID, 0) },
			func(ctx context.Context) error { return s.d.DeletePrompt(ctx, p.ID) })
	}
	v := *s.variant()
	what := fmt.Sprintf("%s with %s goes. ", v.Name, count(v.Head, "revision"))
	return s.confirm("Delete this variant?", what+stays, "Deleted variant "+v.Name.String(), goal{}, func() { s.gone(p.ID, v.ID) },
		func(ctx context.Context) error { return s.d.DeleteVariant(ctx, v.ID) })
}

func (s *Screen) confirm(question, detail, said string, want goal, then func(), deed func(ctx context.Context) error) tea.Cmd {
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: question, Detail: text.Of(detail), YesLabel: "delete",
		Yes: func() tea.Cmd { return s.run(said+" (u brings it back)", want, then, deed) },
	})
}

// gone clears the table when what lay there was deleted.
func (s *Screen) gone(prompt, variant int64) {
	t := s.d.Table
	if t.Open() && t.Prompt.ID == prompt && (variant == 0 || t.Variant.ID == variant) {
		t.Clear()
	}
}

// undo takes the last edit of the workspace back, and then looks for what lies
// on the table: the edit may have been of it.
func (s *Screen) undo() tea.Cmd {
	var prompt, variant int64
	if t := s.d.Table; t.Open() {
		prompt, variant = t.Prompt.ID, t.Variant.ID
	}
	return s.ask(0, func(ctx context.Context) tea.Msg {
		e, err := session.Undone(s.d.Undo(ctx))
		if err != nil {
			return gotUndone{err: err}
		}
		out := gotUndone{said: e.TookBack(), variant: variant}
		if variant != 0 {
			out.laid, out.there = s.lookup(ctx, prompt, variant)
		}
		return out
	})
}

// lookup loads a variant by its key, whatever its name is by now.
func (s *Screen) lookup(ctx context.Context, prompt, variant int64) (session.Laid, bool) {
	list, err := s.d.Variants(ctx, prompt)
	if err != nil {
		return session.Laid{}, false
	}
	for _, v := range list {
		if v.ID == variant {
			ref := v.Ref()
			ref.Revision = 0
			l, err := s.d.Load(ctx, ref)
			return l, err == nil
		}
	}
	return session.Laid{}, false
}

// undone brings the table up to date with what was taken back. Unsaved work
// stays on it, under the variant's name of now.
func (s *Screen) undone(msg gotUndone) tea.Cmd {
	if msg.err != nil {
		return kit.Fail(msg.err)
	}
	t := s.d.Table
	switch {
	case msg.variant == 0 || !t.Open() || t.Variant.ID != msg.variant:
	case !msg.there:
		if !t.Dirty() {
			t.Clear()
		}
	case !t.Dirty():
		t.Lay(msg.laid)
	default:
		t.Prompt, t.Variant.Name, t.Variant.Prompt = msg.laid.Prompt, msg.laid.Variant.Name, msg.laid.Variant.Prompt
		t.Cases, t.Shots = msg.laid.Cases, msg.laid.Shots
		t.Touch()
	}
	return tea.Batch(kit.Say(msg.said), s.reload())
}
