package session

import (
	"fmt"
	"strings"

	"galley/session/text"
)

// diffItems compares what two blocks hold: shots, then resources. Those of which
// nothing became are left out.
func diffItems(a, b Block) []ItemDiff {
	out := diffList(len(a.Shots), len(b.Shots),
		func(i int) itemView { return viewShot(a.Shots[i]) }, func(j int) itemView { return viewShot(b.Shots[j]) })
	for _, d := range diffList(len(a.Resources), len(b.Resources),
		func(i int) itemView { return viewResource(a.Resources[i]) }, func(j int) itemView { return viewResource(b.Resources[j]) }) {
		d.Resource = true
		out = append(out, d)
	}
	return out
}

// itemView is a shot or resource as it is compared.
type itemView struct {
	uid   string
	name  text.Raw
	words text.Raw
	parts []FieldDiff // From is the value
}

func viewShot(s Shot) itemView {
	v := itemView{uid: s.UID, name: s.Name, words: "in: " + s.Input + "\nout: " + s.Output}
	if s.Input == "" {
		v.words = "out: " + s.Output
	}
	var calls strings.Builder
	for _, c := range s.Calls {
		fmt.Fprintf(&calls, "%s(%s) → %s\n", string(c.Name), string(c.Arguments), string(c.Result))
	}
	if calls.Len() > 0 {
		v.words += "\ncalls: " + text.Raw(calls.String())
	}
	v.part("name", s.Name)
	v.part("input", s.Input)
	v.part("output", s.Output)
	v.part("calls", text.Raw(calls.String()))
	v.part("tags", JoinTags(s.Tags))
	v.part("pinned", text.Raw(or(string(s.Pin), "no")))
	v.part("switched", text.Raw(onOff(s.Off)))
	return v
}

func viewResource(r Resource) itemView {
	v := itemView{uid: r.UID, name: r.Name, words: r.Text}
	v.part("name", r.Name)
	v.part("source", r.Source)
	v.part("place", text.Raw(fmt.Sprint(r.Place)))
	v.part("text", r.Text)
	v.part("tags", JoinTags(r.Tags))
	v.part("switched", text.Raw(onOff(r.Off)))
	return v
}

func (v *itemView) part(name string, t text.Raw) {
	v.parts = append(v.parts, FieldDiff{Name: name, From: &t})
}

// diffList compares two lists of items, each found again by its uid, else by its
// words.
func diffList(n, m int, a, b func(i int) itemView) []ItemDiff {
	va, vb := make([]itemView, n), make([]itemView, m)
	for i := range va {
		va[i] = a(i)
	}
	for j := range vb {
		vb[j] = b(j)
	}
	p := newPairs(n, m)
	p.match(func(i int) string { return va[i].uid }, func(j int) string { return vb[j].uid })
	p.match(func(i int) string { return string(va[i].words) }, func(j int) string { return string(vb[j].words) })
	moved := strayed(p.to)
	var out []ItemDiff
	for i, v := range va {
		if p.freeA(i) {
			out = append(out, ItemDiff{A: i, B: -1, Name: v.name, Was: v.words})
		}
	}
	for j, v := range vb {
		i := p.from[j]
		if i < 0 {
			out = append(out, ItemDiff{A: -1, B: j, Name: v.name, Is: v.words})
			continue
		}
		d := ItemDiff{A: i, B: j, Name: v.name, Moved: moved[i], Was: va[i].words, Is: v.words}
		var f fields
		for k, x := range va[i].parts {
			f.add(x.Name, x.From, v.parts[k].From)
		}
		if d.Fields = f; d.Moved || len(f) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// pickWords says how a block chooses: "nearest, 3, compared with question, sorted last".
func pickWords(p *Pick) string {
	if p == nil {
		return string(PickAll)
	}
	parts := []string{or(string(p.How), string(PickAll))}
	add := func(yes bool, format string, a ...any) {
		if yes {
			parts = append(parts, fmt.Sprintf(format, a...))
		}
	}
	add(p.N > 0, "%d", p.N)
	add(p.Bank, "of all in the bank")
	add(p.By != "", "by %s", p.By)
	add(p.Seed > 0, "seed %d", p.Seed)
	add(p.Query != "", "compared with %s", p.Query)
	add(p.Column != "", "column %s", p.Column)
	add(p.Sort != "", "sorted %s", p.Sort)
	add(p.Limit > 0, "at most %d bytes", p.Limit)
	add(p.Cut, "cut to fit")
	return strings.Join(parts, ", ")
}
