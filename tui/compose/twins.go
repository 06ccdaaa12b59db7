package compose

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

// twinned comes when the twins of a variant were made, or were there already.
type twinned struct {
	names []string // of those that were made
	ids   []int64  // of all that are to stand side by side
	err   error
}

func (s *Screen) whyTwins() string {
	if why := s.whyTable(); why != "" {
		return why
	}
	if s.d.Variants == nil || s.d.SaveAll == nil {
		return "variants can't be made here"
	}
	for _, b := range s.blocks() {
		if !b.Off && wrapNote(b) == "" {
			return ""
		}
	}
	return "no block that is on has a wrapper"
}

// twins makes the content's twins in XML, in Markdown and in JSON as variants of
// their own. One that there is already, to the byte, is not made again.
func (s *Screen) twins() tea.Cmd {
	if err := s.unsendable(); err != nil {
		return kit.Fail(err)
	}
	t := s.d.Table
	s.gen++
	s.asked = s.gen
	prompt, v, c := t.Prompt.ID, t.Variant, t.Desk.Content()
	return s.ask(s.gen, func(ctx context.Context) tea.Msg {
		have, err := s.d.Variants(ctx, prompt)
		if err != nil {
			return twinned{err: err}
		}
		out, list := missingTwins(v, c, have)
		if len(list) == 0 {
			return out
		}
		made, err := s.d.SaveAll(ctx, prompt, list)
		if err != nil {
			return twinned{err: err}
		}
		for _, x := range made {
			out.ids, out.names = append(out.ids, x.ID), append(out.names, x.Name.String())
		}
		return out
	})
}

// missingTwins are the twins of a variant's content that no variant is yet; out says
// which are to stand side by side of those that there are.
func missingTwins(v session.VariantInfo, c session.Content, have []session.VariantInfo) (out twinned, list []session.NewVariant) {
	if c.Hash() == v.Revision.Hash {
		out.ids = append(out.ids, v.ID)
	}
	taken := slices.Clone(have)
	for _, w := range []session.Wrap{session.WrapXML, session.WrapMarkdown, session.WrapJSON} {
		twin := c.Twin(w)
		hash := twin.Hash()
		if i := slices.IndexFunc(have, func(x session.VariantInfo) bool { return x.Revision.Hash == hash }); i >= 0 {
			if !slices.Contains(out.ids, have[i].ID) {
				out.ids = append(out.ids, have[i].ID)
			}
			continue
		}
		name := freeName(bytesOf(v.Name)+"-"+string(w), taken)
		taken = append(taken, session.VariantInfo{Variant: session.Variant{Name: rawOf(name)}})
		list = append(list, session.NewVariant{Name: name, Content: twin, Intent: rawOf(fmt.Sprintf("twin of %s in %s", v.Name, w))})
	}
	return out, list
}

// freeName is a name that no variant has: with a number where it must be.
func freeName(name string, have []session.VariantInfo) string {
	taken := func(n string) bool {
		return slices.ContainsFunc(have, func(x session.VariantInfo) bool { return strings.EqualFold(bytesOf(x.Name), n) })
	}
	out := name
	for i := 2; taken(out); i++ {
		out = fmt.Sprintf("%s-%d", name, i)
	}
	return out
}

// offerTwins says what was made, and offers to run them side by side.
func (s *Screen) offerTwins(msg twinned) tea.Cmd {
	if msg.err != nil {
		return kit.Fail(msg.err)
	}
	said := "All three were there already. "
	if n := len(msg.names); n > 0 {
		said = fmt.Sprintf("Made %s; in Library u takes %s back. ", strings.Join(msg.names, ", "), cond(n == 1, "it", "them"))
	}
	return kit.Open(&kit.Confirm{
		Styles: s.d.Styles, Question: "Twins in XML, Markdown and JSON", YesLabel: "to Bench",
		Detail: text.Of(said + "The words are the same, only what stands around them differs: model families differ in which they follow best. Choose cases and models in Bench to run them side by side."),
		Yes:    func() tea.Cmd { return func() tea.Msg { return kit.Goto{Screen: "bench", Arg: msg.ids} } },
	})
}

// scaffold offers the texts to begin from.
func (s *Screen) scaffold() tea.Cmd {
	all := session.Scaffolds()
	choices := make([]kit.Choice, len(all))
	for i, x := range all {
		choices[i] = kit.Choice{Key: fmt.Sprint(i + 1), Label: text.Of(fmt.Sprintf("%-16s %s", strings.ReplaceAll(x.Name, "-", " "), x.Help)), Long: text.Show(x.Block.Text)}
	}
	return kit.Open(&kit.Menu{Styles: s.d.Styles, Heading: "Add a scaffold: words to edit", Choices: choices, Done: func(i int) tea.Cmd {
		b := all[i].Block
		b.UID = s.d.UID()
		at := min(s.at+1, len(s.blocks()))
		s.at = at
		return tea.Batch(s.change("adding the scaffold "+all[i].Name, func(c *session.Content) { c.Blocks = slices.Insert(c.Blocks, at, b) }),
			kit.Say("Added "+name(b)+": enter edits it, u takes it back"))
	}})
}
