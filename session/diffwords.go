package session

import (
	"fmt"
	"strings"

	"galley/session/text"
)

// DiffSection is a part of a comparison of two contents as it is read: a heading
// and, where words differ, the words of both.
type DiffSection struct {
	Head string // shown text: `Rules: wrapper none → xml`
	A, B text.Raw
	Kind text.DiffKind // Del and Ins of what only one content has, else Same
}

// Summary says in a few words what became of a content: "Rules changed, Shots added".
func (d ContentDiff) Summary() string {
	var parts []string
	for _, b := range d.Blocks {
		if !b.Same() {
			parts = append(parts, blockName(b.Block())+" "+b.became())
		}
	}
	if len(d.Params) > 0 {
		names := make([]string, len(d.Params))
		for i, p := range d.Params {
			names[i] = p.Name
		}
		parts = append(parts, strings.Join(names, " and ")+" changed")
	}
	if len(parts) == 0 {
		return "nothing changed"
	}
	return strings.Join(parts, ", ")
}

// became is one word for what became of a block.
func (d BlockDiff) became() string {
	switch {
	case d.Added():
		return "added"
	case d.Removed():
		return "removed"
	case len(d.Items) == 0 && len(d.Fields) == 1 && d.Fields[0].Name == "switched":
		return "switched " + string(*d.Fields[0].To)
	case len(d.Items) == 0 && len(d.Fields) == 0:
		return "moved"
	}
	return "changed"
}

func blockName(b Block) string { return text.Head(b.Name(), 40).String() }

// Sections are what differs, to be read from above: parameters, then each block
// that is not the same, with its shots and resources behind it.
func (d ContentDiff) Sections() []DiffSection {
	var out []DiffSection
	if len(d.Params) > 0 {
		out = append(out, DiffSection{Head: "parameters: " + fieldWords(d.Params)})
	}
	for _, b := range d.Blocks {
		if !b.Same() {
			out = append(out, b.sections()...)
		}
	}
	return out
}

func (d BlockDiff) sections() []DiffSection {
	name := blockName(d.Block())
	if k := string(d.Block().Kind); name != k {
		name += " (" + k + ")"
	}
	if d.Added() || d.Removed() {
		return []DiffSection{d.whole(name)}
	}
	var notes []string
	s := DiffSection{}
	if d.Moved {
		notes = append(notes, fmt.Sprintf("moved from %d to %d", d.A+1, d.B+1))
	}
	var small []FieldDiff
	out := []DiffSection{{}}
	for _, f := range d.Fields {
		switch f.Name {
		case "text":
			s.A, s.B = valueOf(f.From), valueOf(f.To)
		case "item", "between":
			out = append(out, DiffSection{Head: name + ", " + itemField[f.Name], A: valueOf(f.From), B: valueOf(f.To)})
		default:
			small = append(small, f)
		}
	}
	if len(small) > 0 {
		notes = append(notes, fieldWords(small))
	}
	for _, i := range d.Items {
		out = append(out, i.section(name))
	}
	s.Head = name
	if len(notes) > 0 {
		s.Head += ": " + strings.Join(notes, ", ")
	}
	if len(notes) == 0 && s.A == s.B && len(out) > 1 {
		return out[1:]
	}
	out[0] = s
	return out
}

var itemField = map[string]string{"item": "how one is written", "between": "between two"}

// whole is a block that only one of the contents has.
func (d BlockDiff) whole(name string) DiffSection {
	b := d.Block()
	words := string(b.Text)
	for _, x := range b.Shots {
		words += "\n" + string(viewShot(x).words)
	}
	for _, x := range b.Resources {
		words += "\n" + string(x.Name)
	}
	words = strings.TrimPrefix(words, "\n")
	if b.Off {
		name += ", off"
	}
	if d.Added() {
		return DiffSection{Head: name + ": added", B: text.Raw(words), Kind: text.Ins}
	}
	return DiffSection{Head: name + ": removed", A: text.Raw(words), Kind: text.Del}
}

func (d ItemDiff) section(block string) DiffSection {
	noun := "shot "
	if d.Resource {
		noun = "resource "
	}
	head := block + ", " + noun + text.Head(d.Name, 40).String() + ": "
	switch {
	case d.A < 0:
		return DiffSection{Head: head + "added", B: d.Is, Kind: text.Ins}
	case d.B < 0:
		return DiffSection{Head: head + "removed", A: d.Was, Kind: text.Del}
	}
	var notes []string
	if d.Moved {
		notes = append(notes, fmt.Sprintf("moved from %d to %d", d.A+1, d.B+1))
	}
	var small []FieldDiff
	s := DiffSection{}
	for _, f := range d.Fields {
		switch f.Name {
		case "input", "output", "calls", "text":
			s.A, s.B = d.Was, d.Is
		default:
			small = append(small, f)
		}
	}
	if len(small) > 0 {
		notes = append(notes, fieldWords(small))
	}
	if s.A != s.B {
		notes = append(notes, "other words")
	}
	s.Head = head + strings.Join(notes, ", ")
	return s
}

// fieldWords is "wrapper none → xml, off → on".
func fieldWords(list []FieldDiff) string {
	value := func(t *text.Raw) string {
		switch {
		case t == nil:
			return "unset"
		case *t == "":
			return "nothing"
		}
		return text.Head(*t, 40).String()
	}
	parts := make([]string, len(list))
	for i, f := range list {
		name := f.Name + " "
		if f.Name == "switched" {
			name = ""
		}
		parts[i] = name + value(f.From) + " → " + value(f.To)
	}
	return strings.Join(parts, ", ")
}
