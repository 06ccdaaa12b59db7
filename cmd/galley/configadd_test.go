package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const foundLines = "# Ollama 0.17.4, found on this machine\n[backends.near]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:1/v1\"\n"

func TestAddBackend(t *testing.T) {
	for name, c := range map[string]struct {
		old  string // "-" there is no file
		want string // "-" refused, the file as it was
	}{
		"no file":        {"-", foundLines},
		"an empty one":   {"", foundLines},
		"comments stay":  {"# mine\ntheme = \"galley\"   # dark\n\n\n", "# mine\ntheme = \"galley\"   # dark\n\n\n\n" + foundLines},
		"no line feed":   {"budget_usd = 1", "budget_usd = 1\n\n" + foundLines},
		"after a table":  {"[backends.lab]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:2/v1\"\n", "[backends.lab]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:2/v1\"\n\n" + foundLines},
		"line ends":      {"theme = \"galley\"\r\n", "theme = \"galley\"\r\n\r\n" + strings.ReplaceAll(foundLines, "\n", "\r\n")},
		"it is there":    {"[backends.near]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:2/v1\"\n", "-"},
		"in braces":      {"backends = { lab = { kind = \"openai\", base_url = \"http://127.0.0.1:2/v1\" } }\n", "-"},
		"broken already": {"theme = \n", "-"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "galley", "config.toml")
			if c.old != "-" {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(c.old), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			b, err := addBackend(path, "near", foundLines)
			got, rerr := os.ReadFile(path)
			if rerr != nil {
				t.Fatal(rerr)
			}
			if c.want == "-" {
				if err == nil || code(err) != exitUsage || !strings.Contains(err.Error(), foundLines) {
					t.Errorf("refused with %v", err)
				}
				if string(got) != c.old {
					t.Errorf("and yet the file is\n%s", got)
				}
				return
			}
			if err != nil || b.Name != "near" || b.BaseURL != "http://127.0.0.1:1/v1" {
				t.Fatalf("%+v, %v", b, err)
			}
			if string(got) != c.want {
				t.Errorf("the file is\n%q, not\n%q", got, c.want)
			}
			if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
				t.Errorf("its mode is %v, %v", fi.Mode(), err)
			}
			left, err := os.ReadDir(filepath.Dir(path))
			if err != nil || len(left) != 1 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// A link to the config stays a link: it is the file behind it that grows.
func TestAddBackendThroughALink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "dotfiles.toml"), filepath.Join(dir, "config.toml")
	if err := os.WriteFile(file, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if _, err := addBackend(link, "near", foundLines); err != nil {
		t.Fatal(err)
	}
	if fi, err := os.Lstat(link); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", fi.Mode(), err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != "# mine\n\n"+foundLines {
		t.Errorf("%q, %v", got, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := addBackend(link, "near", foundLines); err == nil {
		t.Error("a link to nothing was written to")
	}
}
