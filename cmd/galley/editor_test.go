package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"galley/session/text"
)

// editorScript makes a program that does something to the file it is given.
func editorScript(t *testing.T, does string) []string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	path := filepath.Join(t.TempDir(), "my editor.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+does+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", path}
}

// edit is a text through a real program and back.
func edit(t *testing.T, before text.Raw, words []string) (after text.Raw, changed bool, err error) {
	t.Helper()
	f, err := newEditFile(before)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.remove)
	if info, err := os.Stat(f.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	return f.read(f.command(words).Run())
}

// What an editor does not touch comes back byte for byte: line ends of either kind
// and mixed, a last line feed or none, tabs, control characters.
func TestEditorKeepsBytes(t *testing.T) {
	for _, before := range []text.Raw{
		"", "\n", "\r\n", "one", "one\n", "one\r\ntwo\r\n", "one\r\ntwo", "one\ntwo\r\nthree\n\n\n", "\ttab\x1b[31m\x00\u202e 日本\r", "\ufeffmark\n",
	} {
		after, changed, err := edit(t, before, editorScript(t, "cat \"$1\" >/dev/null"))
		if err != nil || changed || after != before {
			t.Errorf("%q was looked at and is %q, changed %v, %v", before, after, changed, err)
		}
		after, changed, err = edit(t, before, editorScript(t, `printf 'new\r\n' >>"$1"`))
		if want := before + "new\r\n"; err != nil || !changed || after != want {
			t.Errorf("%q with a line more is %q, want %q, %v", before, after, want, err)
		}
	}
	after, _, err := edit(t, "a\r\nb\r\n", editorScript(t, `printf 'a\r\nb' >"$1.new"; mv "$1.new" "$1"`)) // as editors write
	if err != nil || after != "a\r\nb" {
		t.Errorf("a file that was replaced is read as %q, %v", after, err)
	}
}

func TestEditorThatFails(t *testing.T) {
	_, changed, err := edit(t, "text", editorScript(t, "exit 3"))
	if changed || err == nil || !strings.Contains(err.Error(), "the editor failed") {
		t.Errorf("%v, %v", changed, err)
	}
	_, changed, err = edit(t, "text", editorScript(t, `echo more >>"$1"; exit 1`))
	if changed || err == nil || !strings.Contains(err.Error(), "what you wrote is in") {
		t.Fatalf("%v, %v", changed, err)
	}
	path := err.Error()[strings.Index(err.Error(), "what you wrote is in ")+len("what you wrote is in "):]
	if data, rerr := os.ReadFile(path); rerr != nil || string(data) != "textmore\n" {
		t.Errorf("what was written is not where it is said to be: %q, %v", data, rerr)
	}
	if _, _, err = edit(t, "text", editorScript(t, `rm "$1"`)); err == nil {
		t.Error("a file that is gone is no error")
	}
	if _, changed, err = edit(t, "text", editorScript(t, `printf '\377' >"$1"`)); err == nil || changed || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("bytes that are no text: %v, %v", changed, err)
	}
}

// The editor gets what a terminal program needs, and no key of a backend.
func TestEditorSeesNoKeys(t *testing.T) {
	t.Setenv("SECRET_API_KEY", "sk-hidden")
	after, _, err := edit(t, "", editorScript(t, `env >"$1"`))
	if err != nil || strings.Contains(string(after), "sk-hidden") || !strings.Contains(string(after), "PATH=") {
		t.Errorf("the editor sees\n%s\n%v", fmt.Sprint(after), err)
	}
}
