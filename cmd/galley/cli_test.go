package main

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"galley/session/text"
)

// Every command has a name of its own and says in one line what it does.
func TestCommands(t *testing.T) {
	var walk func(path string, cmds []*cobra.Command)
	walk = func(path string, cmds []*cobra.Command) {
		seen := map[string]bool{}
		for _, c := range cmds {
			name := path + " " + c.Name()
			if seen[c.Name()] {
				t.Errorf("%s is there twice", name)
			}
			seen[c.Name()] = true
			if c.Short == "" || strings.Contains(c.Short, "\n") || strings.HasSuffix(c.Short, ".") || len(c.Short) > 110 {
				t.Errorf("%s: %q is no line of help", name, c.Short)
			}
			if c.RunE == nil || c.Args == nil {
				t.Errorf("%s does nothing, or takes any arguments", name)
			}
			walk(name, c.Commands())
		}
	}
	walk("galley", commands(&globals{}))
}

// Every page is a topic, and every topic has a page without marks that a
// terminal's reader stumbles over.
func TestTopics(t *testing.T) {
	files, err := docs.ReadDir("docs")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, f := range files {
		pages = append(pages, strings.TrimSuffix(f.Name(), ".md"))
	}
	names := topicNames()
	slices.Sort(names)
	if !slices.Equal(pages, names) {
		t.Errorf("pages %v, topics %v", pages, names)
	}
	for _, name := range names {
		page, err := docs.ReadFile("docs/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		plain := plainPage(string(page))
		if strings.ContainsAny(plain, "`") || strings.Contains(plain, "\n#  ") {
			t.Errorf("%s keeps marks of Markdown", name)
		}
		for i, line := range strings.Split(plain, "\n") {
			if text.Of(line).Width() > 120 {
				t.Errorf("%s:%d is longer than 120 cells", name, i+1)
			}
		}
	}
}

// JSON holds nothing that a terminal obeys or hides, and gives back the text.
func TestEncodeJSON(t *testing.T) {
	in := "a\x00\x1b[31m\x7f\u0080\u009b31m\u202e\u2066\ufeff\u200e\u061c<&>\"\\\u2028é😀\n"
	b, err := encodeJSON(map[string]string{in: in}, "")
	if err != nil {
		t.Fatal(err)
	}
	if i := bytes.IndexFunc(b[:len(b)-1], func(r rune) bool {
		return r < 0x20 || r >= 0x7f && r <= 0x9f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0x200e || r == 0x61c
	}); i >= 0 {
		t.Errorf("byte %d of %q", i, b)
	}
	var out map[string]string
	if err := json.Unmarshal(b, &out); err != nil || out[in] != in {
		t.Errorf("got %q back (%v)", out, err)
	}
	if !bytes.Contains(b, []byte("<&>")) || !bytes.Contains(b, []byte("é😀")) {
		t.Errorf("%s escapes what needs none", b)
	}
}

// Columns stand under each other however wide their characters are.
func TestTable(t *testing.T) {
	var out bytes.Buffer
	g := &globals{out: &out, err: io.Discard}
	tab := newTable("NAME", "N", "TEXT").numbers(1)
	tab.row(text.Raw("日本"), 7, text.Raw("two\nlines"))
	tab.row(text.Raw("a"), 1234, text.Raw("x\x1b[0m"))
	tab.print(g)
	want := "NAME     N  TEXT\n日本     7  two⏎lines\na     1234  x␛[0m\n"
	if out.String() != want {
		t.Errorf("got\n%s want\n%s", out.String(), want)
	}
}

// The exact bytes go out with --raw only.
func TestText(t *testing.T) {
	for _, raw := range []bool{false, true} {
		var out bytes.Buffer
		g := &globals{out: &out, raw: raw}
		g.text("a\x1b[2J\xff")
		want := "a␛[2J⟨xFF⟩\n"
		if raw {
			want = "a\x1b[2J\xff"
		}
		if out.String() != want {
			t.Errorf("raw %v: got %q, want %q", raw, out.String(), want)
		}
	}
}
