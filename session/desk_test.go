package session_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"galley/session"
	"galley/session/text"
)

func oneBlock(s text.Raw) session.Content {
	return session.Content{Params: session.DefaultParams(), Blocks: []session.Block{{
		UID: "a", Text: s, Shots: []session.Shot{{UID: "s", Input: "in", Tags: []text.Raw{"t"}}},
	}}}
}

func textOf(d *session.Desk) string { return string(d.Content().Blocks[0].Text) }

// The model of a desk is every state that an undo can go back to, and where in
// it we are.
func TestDeskAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := session.NewDesk(oneBlock(""))
		states, whats := []string{""}, []string{}
		at, last, version := 0, "", d.Version()
		changed := func() {
			if d.Version() <= version {
				t.Fatalf("version %d after %d", d.Version(), version)
			}
			version = d.Version()
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				if got := textOf(d); got != states[at] {
					t.Fatalf("the desk holds %q, want %q", got, states[at])
				}
			},
			"edit": func(t *rapid.T) {
				key := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "key")
				s := rapid.StringN(0, 3, -1).Draw(t, "text")
				d.Edit("edit "+key+s, key, func(c *session.Content) { c.Blocks[0].Text = text.Raw(s) })
				changed()
				if key != "" && key == last { // goes on typing
					states[at] = s
				} else {
					states, whats = append(states[:at+1], s), append(whats[:at], "edit "+key+s)
					at++
				}
				last = key
			},
			"undo": func(t *rapid.T) {
				what := d.Undo()
				last = ""
				if at == 0 {
					if what != "" {
						t.Fatalf("nothing to undo, and %q was", what)
					}
					return
				}
				at--
				changed()
				if what != whats[at] {
					t.Fatalf("undid %q, want %q", what, whats[at])
				}
			},
			"redo": func(t *rapid.T) {
				what := d.Redo()
				if at == len(states)-1 {
					if what != "" {
						t.Fatalf("nothing to redo, and %q was", what)
					}
					return
				}
				last = ""
				changed()
				if what != whats[at] {
					t.Fatalf("redid %q, want %q", what, whats[at])
				}
				at++
			},
		})
	})
}

func TestDeskSharesNothing(t *testing.T) {
	c := oneBlock("before")
	d := session.NewDesk(c)
	want := c.Clone()
	spoil := func(c session.Content) {
		c.Blocks[0].Text = "spoilt"
		c.Blocks[0].Shots[0].Input = "spoilt"
		c.Blocks[0].Shots[0].Tags[0] = "spoilt"
		*c.Params.Temperature = 9
	}
	check := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, d.Content()); diff != "" {
			t.Fatalf("%s the content on the desk was changed from outside:\n%s", when, diff)
		}
	}
	spoil(c)
	check("through what it was made of,")

	var kept *session.Content
	shots := []session.Shot{{UID: "z", Input: "mine", Tags: []text.Raw{"t"}}}
	d.Edit("shots", "", func(c *session.Content) { kept, c.Blocks[0].Shots = c, shots })
	want.Blocks[0].Shots = session.CloneShots(shots)
	spoil(*kept)
	shots[0].Input = "spoilt"
	check("through what an edit kept or brought,")

	d.Edit("spoil", "", spoilIn(spoil))
	if d.Undo() == "" {
		t.Fatal("nothing to undo")
	}
	check("through a later edit,")
}

func spoilIn(spoil func(session.Content)) func(*session.Content) {
	return func(c *session.Content) { spoil(*c) }
}

func TestDeskTypingIsOneStep(t *testing.T) {
	d := session.NewDesk(oneBlock(""))
	write := func(key, s string) {
		d.Edit("typing", key, func(c *session.Content) { c.Blocks[0].Text += text.Raw(s) })
	}
	for _, s := range []string{"a", "b", "c"} {
		write("block 1", s)
	}
	write("", "|")
	write("block 1", "d")
	write("block 1", "e")
	var got []string
	for {
		got = append(got, textOf(d))
		if d.Undo() == "" {
			break
		}
	}
	if want := []string{"abc|de", "abc|", "abc", ""}; !slices.Equal(got, want) {
		t.Errorf("undo went through %q, want %q", got, want)
	}
	// Typing on after an undo and a redo begins a step of its own.
	d.Redo()
	write("block 1", "x")
	if d.Undo(); textOf(d) != "abc" {
		t.Errorf("one undo after the redo gives %q", textOf(d))
	}
}

func TestDeskForgetsTheOldest(t *testing.T) {
	d := session.NewDesk(oneBlock("0"))
	for i := range 1200 {
		d.Edit("edit", "", func(c *session.Content) { c.Blocks[0].Text = text.Raw(fmt.Sprint(i + 1)) })
	}
	n := 0
	for d.Undo() != "" {
		n++
	}
	if n != 1000 || textOf(d) != "200" {
		t.Errorf("%d steps back lead to %s, want 1000 and 200", n, textOf(d))
	}
}
