//go:build e2e

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// From a verdict to a red check, by keyboard alone: ten duels, three assertions, a
// check, a worse wording, the check again, the folder for CI.
func TestE2EVerdictToRedCheck(t *testing.T) {
	bin := builtBinary(t)
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			x := start(t, size[0], size[1])
			x.line("%s demo --at $PWD/d.db", bin)
			x.wait("Library", "reply", "? help")
			x.keys("Home", "Down", "Down", "Enter")
			x.wait("steps", "enter open")
			x.keys("Down", "Enter")
			x.wait("Blocks", "Examples")
			judgeTen(x)
			x.keys("M-7")
			x.wait("honest", "6 assertions")
			x.keys("c")
			x.wait("Check honest", "free")
			x.keys("Enter")
			x.wait("24 of 24 pass")
			x.keys("p")
			x.wait("Propose from", "promises more")
			x.keys("Down", "Enter")
			x.wait("Proposed from")
			x.keys("Space", "Down", "Space", "Down", "Space", "Enter")
			x.wait("9 assertions")
			x.keys("M-2")
			x.wait("Examples")
			x.keys("Home", "Down", "Down", "Space", "C-s")
			x.wait("Save as warm@2")
			x.run("send-keys", "-l", "--", "no examples any more")
			x.keys("Enter")
			x.wait("@2")
			x.keys("M-7")
			x.wait("9 assertions")
			x.keys("c")
			x.wait("Check honest", "@2›", "free")
			x.keys("Enter")
			s := x.wait("Newly failing", "0 of 24 pass")
			if first := strings.Index(s, "Failing ·"); first >= 0 && first < strings.Index(s, "Newly failing") {
				t.Errorf("what newly fails does not stand first:\n%s", s)
			}
			x.keys("x")
			x.wait("Export as", "folder")
			x.keys("Enter")
			x.wait("Where?")
			x.keys("Enter")
			x.wait("written", "galley check")
			x.leave()
			x.line("clear; %s check evals/reply-honest --variants warm; echo status=$?", bin)
			x.wait("0 of 24 passed", "status=1")
		})
	}
}

// judgeTen decides the first ten duels of a sitting, always for the left.
func judgeTen(x *tmux) {
	x.t.Helper()
	x.keys("M-6")
	x.wait("begin")
	x.keys("Enter")
	for i := range 10 {
		x.wait(fmt.Sprintf("%d of 20", i+1))
		time.Sleep(500 * time.Millisecond) // verdict keys count after 0.4 s
		x.keys("1")
	}
	x.wait("11 of 20")
}
