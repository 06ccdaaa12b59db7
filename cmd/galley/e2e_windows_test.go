//go:build e2e

package main

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Two workbenches on one file. What the first has in hand is not offered to the
// second as if its process had died, and not written over by it; when the first is
// killed it is found by the next.
func TestE2ETwoWindows(t *testing.T) {
	bin := builtBinary(t)
	one, two := start(t, 160, 45), start(t, 80, 24)
	db := filepath.Join(one.dir, "d.db")
	one.line("%s demo --at %s", bin, db)
	one.wait("Library", "triage", "60 cases")
	one.keys("M-2")
	one.wait("Blocks", "Rules")
	one.keys("Down", "Enter", "C-End")
	one.run("send-keys", "-l", "--", " Quittung.")
	one.wait("Quittung.", "unsaved")
	time.Sleep(2 * time.Second) // until it is journaled

	two.line("%s %s", bin, db)
	two.wait("Library", "triage")
	two.keys("M-2")
	two.wait("Blocks", "being edited in another window")
	two.keys("Down", "Enter", "C-End")
	two.run("send-keys", "-l", "--", " Beleg.")
	two.wait("The draft can't be kept: it is being edited in another window")
	two.keys("Escape")
	two.wait("enter edit")
	two.leave()

	if err := syscall.Kill(one.child(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	two.line("clear; %s %s", bin, db)
	two.wait("Unsaved work was found", "Quittung.")
}
