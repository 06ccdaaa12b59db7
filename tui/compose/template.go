package compose

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"galley/session"
	"galley/session/text"
	"galley/tui/kit"
)

// itemForm is the form on how one shot or resource is written inline.
type itemForm struct {
	s             *Screen
	block         session.Block
	d             *sheet
	item, between *field
}

// writeItems opens the form.
func (s *Screen) writeItems() tea.Cmd {
	at := s.shotsAt()
	b := s.blocks()[at]
	f := &itemForm{s: s, block: b, d: &sheet{st: s.d.Styles, title: "How one " + word(b.Kind) + " is written"}}
	var names []string
	for _, n := range b.Kind.ItemNames() {
		names = append(names, "{{"+n+"}}")
	}
	f.item = f.d.text("template", strings.Join(names, " ")+"; lines left empty go", b.Item, "the wrapper's own way: "+wrapName(b, true))
	between := ""
	if b.Between != nil {
		between = escape(*b.Between)
	}
	f.between = f.d.line("between two", `\n line feed, \t tab; empty: the wrapper's own, \0 nothing at all`, between, "the wrapper's own", nil)
	f.d.means, f.d.check = f.means, func() (*field, error) { _, bad, err := f.read(); return bad, err }
	f.d.done = func() tea.Cmd {
		x, _, _ := f.read()
		return s.change("how a "+word(b.Kind)+" is written", func(c *session.Content) { c.Blocks[at].Item, c.Blocks[at].Between = x.Item, x.Between })
	}
	f.d.focus(0)
	return kit.Open(f.d)
}

// nothing is how a separator of no bytes is written.
const nothing = `\0`

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", nothing, "")

func escape(t text.Raw) string {
	if t == "" {
		return nothing
	}
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(bytesOf(t))
}

func (f *itemForm) read() (b session.Block, bad *field, err error) {
	b = f.block
	b.Item, b.Between = f.item.ed.Value(), nil
	if v := bytesOf(f.between.in.Value()); v != "" {
		x := rawOf(unescape.Replace(v))
		b.Between = &x
	}
	switch {
	case !b.Item.Valid():
		return b, f.item, errors.New("the template is not UTF-8")
	case b.Between != nil && !b.Between.Valid():
		return b, f.between, errors.New("what stands between is not UTF-8")
	}
	return b, nil, nil
}

// means shows the first two items as they would be sent.
func (f *itemForm) means(w, rows int) []string {
	st := f.s.d.Styles
	b, _, err := f.read()
	if err != nil {
		return nil
	}
	c := f.s.d.Table.Case()
	items, _ := session.Choose(b, c)
	b.Off, b.Text, b.Layout, b.Order = false, "", session.LayoutInline, ""
	if b.Pick == nil || b.Pick.How != session.PickColumn {
		b = only(b, items, 2)
	}
	p := session.Compose(session.Content{Blocks: []session.Block{b}}, c, session.Order{})
	if len(p.Messages) == 0 || len(items) == 0 {
		return []string{f.s.say(st.Faint, "The block holds nothing yet that could be shown.")}
	}
	page := kit.NewPager(st)
	page.SetFocus(false)
	page.Resize(w, rows)
	var doc kit.Doc
	for _, sp := range p.Spans {
		doc = append(doc, kit.Segment{Text: p.Messages[sp.Message].Content[sp.Start:sp.End], Style: partStyle(sp.Part, st)})
	}
	page.SetDoc(doc)
	n := min(rows, page.Rows())
	return strings.Split(page.View(), "\n")[:n]
}

// only is a block with the first of some items alone.
func only(b session.Block, items []int, n int) session.Block {
	b = session.Content{Blocks: []session.Block{b}}.Clone().Blocks[0]
	items = items[:min(n, len(items))]
	var shots []session.Shot
	var resources []session.Resource
	for _, i := range items {
		if b.Kind == session.KindResources {
			resources = append(resources, b.Resources[i])
		} else {
			shots = append(shots, b.Shots[i])
		}
	}
	b.Shots, b.Resources, b.Pick = shots, resources, nil
	return b
}
