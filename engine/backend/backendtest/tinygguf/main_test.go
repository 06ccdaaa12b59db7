package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The same flags give the same bytes, and templates differ in nothing but what
// they say.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	o := options{vocab: 512, layers: 1, ff: 64, ctx: 2048, mix: 0.06, seed: 1}
	files := map[string][]byte{}
	for name, like := range map[string]string{"chatml": "chatml", "chatml again": "chatml", "llama3": "llama3", "opinionated": "opinionated"} {
		path := filepath.Join(dir, name)
		if err := write(path, "tiny", templates[like], o); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(b, []byte("GGUF\x03\x00\x00\x00")) || len(b)%align != 0 {
			t.Errorf("%s is no GGUF file of version 3: %q, %d bytes", name, b[:8], len(b))
		}
		files[name] = b
	}
	if !bytes.Equal(files["chatml"], files["chatml again"]) {
		t.Error("the same options give other bytes")
	}
	for _, name := range []string{"llama3", "opinionated"} {
		tail := 4096
		if !bytes.Contains(files[name], []byte(templates[name].jinja)) {
			t.Errorf("%s does not hold its template", name)
		}
		if !bytes.Equal(files[name][len(files[name])-tail:], files["chatml"][len(files["chatml"])-tail:]) {
			t.Errorf("%s has other weights", name)
		}
	}
}

// Text goes into the vocabulary's pieces and comes back whole.
func TestPieces(t *testing.T) {
	for _, s := range []string{"", "One two  three.", "12345 äöü\n\n x", "  leading", "a\tb"} {
		back := ""
		for _, p := range pieces(s) {
			back += p
		}
		if back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	}
}
