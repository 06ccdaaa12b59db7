package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"galley/session/text"
	"galley/tui/compose"
)

// editorWords is the user's editor as a program and its arguments: the config's,
// $VISUAL, $EDITOR, in that order. Words are split at spaces, without a shell.
func editorWords(configured string) ([]string, error) {
	for _, s := range []string{configured, os.Getenv("VISUAL"), os.Getenv("EDITOR")} {
		if w := strings.Fields(s); len(w) > 0 {
			return w, nil
		}
	}
	return nil, errors.New(`no editor is known; set $EDITOR, or editor = "…" in the config`)
}

// editFile is a text in a file of its own, in a folder of its own that only the
// user can read.
type editFile struct {
	dir, path string
	before    text.Raw
}

func newEditFile(t text.Raw) (*editFile, error) {
	dir, err := os.MkdirTemp("", "galley-")
	if err != nil {
		return nil, err
	}
	e := &editFile{dir: dir, path: filepath.Join(dir, "block.txt"), before: t}
	if err := os.WriteFile(e.path, []byte(t), 0o600); err != nil {
		e.remove()
		return nil, err
	}
	return e, nil
}

// command is the editor on the file. It gets an environment without keys.
func (e *editFile) command(words []string) *exec.Cmd {
	c := exec.Command(words[0], append(words[1:], e.path)...)
	c.Env = childEnv()
	return c
}

// read returns the text as it was left. On an error the file is kept, and the
// error names it.
func (e *editFile) read(failed error) (t text.Raw, changed bool, err error) {
	data, rerr := os.ReadFile(e.path)
	switch {
	case rerr != nil:
		e.remove()
		return "", false, fmt.Errorf("the editor took the file away: %s", reason(rerr))
	case failed != nil && text.Raw(data) != e.before:
		return "", false, fmt.Errorf("the editor failed (%s); nothing was changed, what you wrote is in %s", text.Raw(failed.Error()), text.Raw(e.path))
	case failed != nil:
		e.remove()
		return "", false, fmt.Errorf("the editor failed: %s", text.Raw(failed.Error()))
	case !utf8.Valid(data):
		return "", false, fmt.Errorf("the text is not UTF-8; nothing was changed, what you wrote is in %s", text.Raw(e.path))
	}
	e.remove()
	return text.Raw(data), text.Raw(data) != e.before, nil
}

func (e *editFile) remove() { _ = os.RemoveAll(e.dir) }

// childEnv is the environment of programs that we start: what a terminal program
// needs, and no key.
func childEnv() []string {
	var out []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case name == "PATH", name == "HOME", name == "USER", name == "LOGNAME", name == "SHELL", name == "TERM",
			name == "COLORTERM", name == "LANG", name == "TMPDIR", name == "DISPLAY", name == "WAYLAND_DISPLAY",
			name == "NO_COLOR", strings.HasPrefix(name, "LC_"), strings.HasPrefix(name, "XDG_"):
			out = append(out, kv)
		}
	}
	return out
}

// editor opens the user's editor on a block's text.
func (d *desk) editor(t text.Raw, tag string) tea.Cmd {
	return d.edited(t, func(after text.Raw, changed bool, err error) tea.Msg {
		return compose.Edited{Tag: tag, Text: after, Changed: changed, Err: err}
	})
}

// edited opens the user's editor on a text, the screen given back meanwhile. home
// makes the message that brings what was left there.
func (d *desk) edited(t text.Raw, home func(after text.Raw, changed bool, err error) tea.Msg) tea.Cmd {
	fail := func(err error) tea.Cmd { return func() tea.Msg { return home("", false, err) } }
	words, err := editorWords(d.config.Editor)
	if err != nil {
		return fail(err)
	}
	// A file in a folder of our own, made before the screen is given away.
	f, err := newEditFile(t)
	if err != nil {
		return fail(err)
	}
	return tea.ExecProcess(f.command(words), func(failed error) tea.Msg { return home(f.read(failed)) })
}
