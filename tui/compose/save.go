package compose

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// save asks for a line of intent and makes a revision.
func (s *Screen) save() tea.Cmd {
	t := s.d.Table
	if err := s.unsendable(); err != nil {
		return kit.Fail(err)
	}
	if !t.Dirty() {
		return kit.Say(fmt.Sprintf("Nothing changed since @%d", t.Variant.Revision.Number))
	}
	return s.intent(fmt.Sprintf("Save as %s@%d", t.Variant.Name, t.Variant.Head+1), func(why text.Raw) tea.Cmd {
		id, base := t.Variant.ID, t.Base()
		return s.store(false, func(ctx context.Context, c session.Content) (session.VariantInfo, error) {
			return s.d.Save(ctx, id, base, c, bytesOf(why))
		})
	})
}

// intent asks for one line on why something is saved.
func (s *Screen) intent(heading string, done func(text.Raw) tea.Cmd) tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: heading, Label: "What changed, and why? One line, for whoever reads the history.", Placeholder: "tie rules before the labels",
		Check: func(r text.Raw) string {
			if !r.Valid() {
				return "is not UTF-8"
			}
			return ""
		},
		Done: done,
	})
}

func (s *Screen) saveAs() tea.Cmd {
	if err := s.unsendable(); err != nil {
		return kit.Fail(err)
	}
	t := s.d.Table
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Save as a new variant of " + t.Prompt.Name.String(),
		Label: "A name for this wording. Letters, digits and - _ . without spaces.", Value: t.Variant.Name + "-2",
		Check: func(r text.Raw) string {
			if err := session.CheckName("variant", bytesOf(r)); err != nil {
				return err.Error()
			}
			if r == t.Variant.Name {
				return "that is the variant on the table; ctrl+s saves it"
			}
			return ""
		},
		Done: func(name text.Raw) tea.Cmd {
			return s.intent("Save as "+name.String(), func(why text.Raw) tea.Cmd {
				id := t.Prompt.ID
				return s.store(true, func(ctx context.Context, c session.Content) (session.VariantInfo, error) {
					return s.d.SaveAs(ctx, id, bytesOf(name), c, bytesOf(why))
				})
			})
		},
	})
}

// unsendable says what of the content can't stand in a request.
func (s *Screen) unsendable() error {
	if bad := s.d.Table.Desk.Content().Invalid(); bad != "" {
		return errors.New(text.Head(rawOf(bad), 80).String() + " holds bytes that are not UTF-8: they are marked in its text, and no model can be sent them")
	}
	return nil
}

// store saves outside of Update. It waits for drafts that are being written, and
// those that were asked for before are left out.
func (s *Screen) store(as bool, save func(ctx context.Context, c session.Content) (session.VariantInfo, error)) tea.Cmd {
	t := s.d.Table
	if t.Desk == nil {
		return nil
	}
	desk, version, c, old := t.Desk, t.Desk.Version(), t.Desk.Content(), t.Variant
	s.keep.seq++
	seq, pen, steps := s.keep.seq, s.keep.pen, s.steps(as) // the steps go with the content to a new variant
	return s.ask(0, func(ctx context.Context) tea.Msg {
		out := saved{version: version, desk: desk, as: as}
		out.err = pen.write(seq, func() error {
			var err error
			if out.info, err = save(ctx, c); err != nil {
				return err
			}
			out.same = !as && out.info.Revision.Number == old.Revision.Number
			return s.d.DropDraft(ctx, old.ID)
		})
		if out.err == nil {
			out.err = pen.steps(seq, steps.of(ctx, out.info.ID))
		}
		return out
	})
}

func (s *Screen) onSaved(msg saved) tea.Cmd {
	if msg.info.ID == 0 && msg.err == nil {
		return nil
	}
	if msg.err != nil {
		return kit.Fail(msg.err)
	}
	t := s.d.Table
	if t.Desk == msg.desk {
		t.Saved(msg.info)
		if s.desk == msg.desk {
			s.keep.stored, s.keep.loose = msg.version, false
			s.keep.err = nil
		}
	}
	ref := fmt.Sprintf("%s/%s@%d", t.Prompt.Name, msg.info.Name, msg.info.Revision.Number)
	switch {
	case msg.same:
		return kit.Say("Nothing to save: the content is " + ref)
	case msg.as:
		return kit.Say("Saved as the new variant " + ref + ", which is on the table now")
	}
	return kit.Say("Saved " + ref)
}
