package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Paths of the config never depend on the folder where a workspace lies.
func TestConfigPlace(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	at := t.TempDir()
	c := config{path: filepath.Join(at, "config.toml")}
	for _, tt := range []struct {
		path    string
		program bool
		want    string
	}{
		{"", false, ""},
		{filepath.Join(at, "m.gguf"), false, filepath.Join(at, "m.gguf")},
		{"~/m.gguf", false, filepath.Join(home, "m.gguf")},
		{"models/m.gguf", false, filepath.Join(at, "models", "m.gguf")},
		{"m.gguf", false, filepath.Join(at, "m.gguf")},
		{"llama-server", true, "llama-server"},
		{"./llama-server", true, filepath.Join(at, "llama-server")},
		{"~/bin/llama-server", true, filepath.Join(home, "bin", "llama-server")},
		{"; touch x", false, filepath.Join(at, "; touch x")},
	} {
		if got := c.place(tt.path, tt.program); got != tt.want {
			t.Errorf("%q is %q, want %q", tt.path, got, tt.want)
		}
	}
}
