//go:build e2e

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"galley/session"
	"galley/store"
)

// child is the process that runs in the shell of the terminal.
func (x *tmux) child() int {
	x.t.Helper()
	shell := strings.TrimSpace(x.run("display-message", "-p", "#{pane_pid}"))
	out, err := exec.Command("pgrep", "-P", shell).Output()
	if err != nil {
		x.t.Fatalf("nothing runs in the shell: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		x.t.Fatal(err)
	}
	return pid
}

// The program is killed while somebody works in Compose. What was typed is offered
// back with a diff by the next one, which swallows no key that was meant for what it
// covers, and undo goes on where it was.
func TestE2EKilledInCompose(t *testing.T) {
	bin := builtBinary(t)
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			x := start(t, size[0], size[1])
			x.line("%s demo --at $PWD/d.db", bin)
			x.wait("Library", "triage", "60 cases")
			x.keys("M-2")
			x.wait("Blocks", "Rules")
			x.keys("Down", "Enter", "C-End")
			x.run("send-keys", "-l", "--", " Quittung.")
			x.wait("Quittung.", "unsaved")
			x.keys("Escape")
			time.Sleep(100 * time.Millisecond) // escape alone, not with what follows
			x.keys("Space")
			x.wait("off")
			time.Sleep(2 * time.Second) // a kill costs at most the last second
			if err := syscall.Kill(x.child(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
			x.line("reset; clear; %s $PWD/d.db", bin)
			x.wait("Library", "triage", "60 cases")
			x.keys("M-2")
			x.wait("Unsaved work was found", "keep it", "found")
			time.Sleep(600 * time.Millisecond)
			x.keys("k")
			x.wait("The found work is kept")
			x.keys("u")
			x.wait("Took back: switching off")
			x.keys("u")
			x.wait("Took back: typing in")
			x.keys("C-r")
			x.wait("Made again: typing in")
			x.keys("C-r")
			x.wait("Made again: switching off")
			x.leave()
			x.line("clear; %s $PWD/d.db", bin)
			x.wait("Library", "draft")
			x.keys("M-2")
			x.wait("Blocks", "unsaved", "off")
			if s := x.screen(); strings.Contains(s, "Unsaved work was found") {
				t.Errorf("work that was left as it should is asked about:\n%s", s)
			}
			x.leave()
		})
	}
}

// A block goes through $EDITOR and back on a real terminal, line ends and all.
func TestE2EEditor(t *testing.T) {
	bin := builtBinary(t)
	x := start(t, 100, 30)
	script := filepath.Join(x.dir, "ed.sh")
	if err := os.WriteFile(script, []byte("printf 'one\\r\\ntwo\\r\\n\\tthree' >\"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	x.line("export EDITOR='sh %s'; %s demo --at $PWD/d.db", script, bin)
	x.wait("Library", "triage", "60 cases")
	x.keys("M-2")
	x.wait("Blocks", "Rules")
	x.keys("Down", "E")
	x.wait("three", "unsaved")
	x.keys("q")
	x.wait("$")
	st, err := store.Open(context.Background(), filepath.Join(x.dir, "d.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	drafts, err := st.Drafts(context.Background())
	if err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	has := func(b session.Block) bool { return b.Text == "one\r\ntwo\r\n\tthree" }
	found := false
	for _, b := range drafts[0].Content.Blocks {
		found = found || has(b)
	}
	if !found || !drafts[0].Left {
		t.Errorf("the draft is %+v", drafts[0].Content.Blocks)
	}
}
