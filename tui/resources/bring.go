package resources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// bringing is files that were cut and are not imported yet, or a source of the bank
// that is cut anew.
type bringing struct {
	s       *Screen
	what    Bring
	brought Brought
	err     error
	sheet   kit.Sheet
}

// bring asks for a file or folder and looks into it.
func (s *Screen) bring() tea.Cmd {
	return kit.Open(&kit.Prompt{
		Styles: s.d.Styles, Heading: "Import resources", Label: "The path of a file, or of a folder with all below it.", Placeholder: "docs",
		Check: func(v text.Raw) string {
			if v.Blank() {
				return "name a file or folder"
			}
			return ""
		},
		Done: func(v text.Raw) tea.Cmd { return s.look(Bring{Path: strings.TrimSpace(string(v))}) },
	})
}

func (s *Screen) whySplit() string {
	if why := s.whyBanked(); why != "" {
		return why
	}
	if r := s.row(); r.item >= 0 && s.of[r.item].Source == "" {
		return "it came from no file: enter edits it"
	}
	return ""
}

// splitAnew cuts the source in hand otherwise.
func (s *Screen) splitAnew() tea.Cmd {
	r := s.row()
	name := r.source
	if r.item >= 0 {
		name = s.of[r.item].Source
	}
	return s.look(Bring{Source: name})
}

// look cuts and changes nothing.
func (s *Screen) look(b Bring) tea.Cmd {
	s.busy = "reading …"
	bring, id := s.d.Bring, s.prompt
	return s.ask(0, func(ctx context.Context) tea.Msg {
		got, err := bring(ctx, id, b, true)
		return gotLook{b, got, err}
	})
}

func (s *Screen) looked(m gotLook) tea.Cmd {
	s.busy = ""
	if m.err != nil && s.file == nil {
		return kit.Fail(m.err)
	}
	s.file = &bringing{s: s, what: m.what, brought: m.brought, err: m.err}
	return nil
}

func (b *bringing) whyTake() string {
	switch {
	case b.s.busy != "":
		return b.s.busy
	case b.err != nil:
		return "it can't be cut this way"
	}
	return ""
}

// take writes the pieces, as one edit.
func (b *bringing) take() tea.Cmd {
	s, what := b.s, b.what
	return s.deed("importing …", func(ctx context.Context, id int64) (string, int64, error) {
		got, err := s.d.Bring(ctx, id, what, false)
		n := 0
		for _, x := range got.Sources {
			n += x.Pieces
		}
		return kit.Plural(n, "text", "texts") + " of " + kit.Plural(len(got.Sources), "file", "files") + "; + puts them into the variant, u takes them back", 0, err
	})
}

// turn goes on to the next way to cut.
func (b *bringing) turn() tea.Cmd {
	all := append([]session.SplitHow{""}, session.SplitHows()...)
	w := b.what
	w.How = all[(slices.Index(all, w.How)+1)%len(all)]
	w.Words, w.Again = 0, 0
	return b.s.look(w)
}

// resize makes the pieces longer or shorter.
func (b *bringing) resize(by int) tea.Cmd {
	w := b.what
	if w.Words == 0 {
		w.Words = session.DefaultWords
	}
	w.Words = max(25, w.Words+by)
	w.Again = min(w.Again, w.Words/2)
	return b.s.look(w)
}

func (b *bringing) whySize() string {
	switch {
	case b.s.busy != "":
		return b.s.busy
	case b.what.How == session.SplitWhole:
		return "whole texts have no size: s cuts otherwise"
	}
	return ""
}

// overlap lets a piece repeat more of the one before: none, a tenth, a fifth.
func (b *bringing) overlap() tea.Cmd {
	w := b.what
	words := w.Words
	if words == 0 {
		words = session.DefaultWords
	}
	switch w.Again {
	case 0:
		w.Again = words / 10
	case words / 10:
		w.Again = words / 5
	default:
		w.Again = 0
	}
	return b.s.look(w)
}

func (b *bringing) whyOverlap() string {
	if why := b.whySize(); why != "" {
		return why
	}
	if b.what.How != session.SplitWords {
		return "pieces overlap where they are cut by words: s goes on to that"
	}
	return ""
}

func (b *bringing) leave() tea.Cmd {
	b.s.file = nil
	return nil
}

// cutBy says how it is cut.
func (b *bringing) cutBy() string {
	said := "Markdown at its headings, other text in pieces of about " + fmt.Sprint(session.DefaultWords) + " words"
	if b.what.How != "" {
		said = b.what.How.Help()
	}
	switch {
	case b.what.How == session.SplitWords:
		said = fmt.Sprintf("pieces of %d words at most", max(b.what.Words, session.DefaultWords*asInt(b.what.Words == 0)))
	case b.what.Words > 0:
		said += fmt.Sprintf(", %d words at most", b.what.Words)
	}
	if b.what.Again > 0 {
		said += fmt.Sprintf(", %d of them repeated", b.what.Again)
	}
	return said
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// view shows what the pieces would be.
func (b *bringing) view() string {
	s, st := b.s, b.s.d.Styles
	b.sheet.Begin(s.w, s.h, st)
	w := b.sheet.Room()
	b.sheet.Para(text.Of("cut: "+b.cutBy()), st.Strong)
	pieces, tokens, gone := 0, 0, 0
	for _, x := range b.brought.Sources {
		pieces, tokens, gone = pieces+x.Pieces, tokens+x.Tokens, gone+x.Gone
	}
	if b.err != nil {
		b.sheet.Para(text.Of("! "+b.err.Error()).OneLine(), st.Bad)
	} else {
		said := fmt.Sprintf("%s, about %s. Nothing is changed yet: enter keeps them, s cuts otherwise.", kit.Plural(pieces, "piece", "pieces"), kit.Plural(tokens, "token", "tokens"))
		if gone > 0 {
			said += fmt.Sprintf(" They take the place of %s, with their marks.", kit.Plural(gone, "piece", "pieces"))
		}
		b.sheet.Para(text.Of(said), st.Dim)
	}
	b.sheet.Put("")
	for _, x := range b.brought.Sources {
		facts := text.Of(fmt.Sprintf("%s, about %s", kit.Plural(x.Pieces, "piece", "pieces"), kit.Plural(x.Tokens, "token", "tokens")))
		if x.Same > 0 {
			facts = facts.Append(text.Of(fmt.Sprintf(", %d as before", x.Same)))
		}
		room := max(6, min(48, w-facts.Width()-2))
		b.sheet.Pair(text.Head(x.Name, room).OneLine(), room+2, s.paint(st.Dim, facts.Truncate(max(1, w-room-2))))
	}
	b.sheet.Warn(b.brought.Left)
	b.sheet.Sample(len(b.brought.Sample), func(i int) string {
		return s.say(st.Faint, fmt.Sprintf("%2d ", i+1)) + s.paint(st.Text, text.Head(b.brought.Sample[i].Text, max(1, w-3)).OneLine())
	})
	title := "Import " + text.Raw(b.what.Path).String()
	if b.what.Source != "" {
		title = "Cut " + text.Head(b.what.Source, 48).OneLine().String() + " anew"
	}
	return b.sheet.Pane(title, s.busy)
}
