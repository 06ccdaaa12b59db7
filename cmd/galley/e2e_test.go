//go:build e2e || llama

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tmux is the real binary in a real terminal of w by h cells.
type tmux struct {
	t      *testing.T
	socket string
	dir    string
}

// builtBinary builds the program once per test run.
func builtBinary(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "galley")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// start opens a terminal with a shell in it; the program is started by Line, so
// that what it leaves behind can be seen.
func start(t *testing.T, w, h int) *tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is not installed; .ci/run installs it")
	}
	dir := t.TempDir()
	x := &tmux{t: t, dir: dir, socket: filepath.Join(dir, "tmux")}
	cmd := exec.Command("tmux", "-S", x.socket, "-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), "bash --norc --noprofile")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "PS1=$ ", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "GALLEY_CONFIG=", "GALLEY_WORKSPACE=", "HISTFILE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", x.socket, "kill-server").Run()
		for range 100 { // what ran in it may still be closing its files
			if exec.Command("pgrep", "-f", dir).Run() != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	})
	x.run("set-option", "-g", "remain-on-exit", "on")
	return x
}

func (x *tmux) run(args ...string) string {
	x.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Fatalf("tmux %s: %v\n%s", args[0], err, out)
	}
	return string(out)
}

// keys presses keys as tmux names them.
func (x *tmux) keys(keys ...string) {
	x.t.Helper()
	x.run(append([]string{"send-keys", "--"}, keys...)...)
}

// line types a line for the shell.
func (x *tmux) line(format string, args ...any) {
	x.t.Helper()
	x.run("send-keys", "-l", "--", fmt.Sprintf(format, args...))
	x.keys("Enter")
}

func (x *tmux) screen() string { x.t.Helper(); return x.run("capture-pane", "-p") }

// wait waits until the screen holds all the words.
func (x *tmux) wait(words ...string) string {
	x.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		s := x.screen()
		missing := ""
		for _, w := range words {
			if !strings.Contains(s, w) {
				missing = w
				break
			}
		}
		if missing == "" {
			return s
		}
		if time.Now().After(deadline) {
			x.t.Fatalf("the screen never showed %q:\n%s", missing, s)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// leave quits the workbench and waits until the shell has its terminal back.
func (x *tmux) leave() {
	x.t.Helper()
	x.keys("q")
	deadline := time.Now().Add(10 * time.Second)
	for strings.TrimSpace(x.run("display-message", "-p", "#{alternate_on}")) != "0" {
		if time.Now().After(deadline) {
			x.t.Fatalf("q did not quit:\n%s", x.screen())
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// The main job on the real terminal, at the smallest and at a large size.
func TestE2EJob(t *testing.T) {
	bin := builtBinary(t)
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			x := start(t, size[0], size[1])
			x.line("%s demo --at $PWD/d.db", bin)
			x.wait("Library", "triage", "60 cases")
			x.keys("M-2")
			x.wait("Blocks", "Rules", "tokenizer")
			x.keys("Down", "Enter", "C-End")
			x.run("send-keys", "-l", "--", " Quittung.")
			x.wait("Quittung.", "unsaved")
			x.keys("Escape")
			x.wait("enter edit")
			x.keys("M-3")
			x.wait("messages", "Rules")
			x.keys("M-4")
			x.wait("right", "done")
			x.keys("n")
			x.wait("variants") // enter is kept until the cost is known
			x.keys("Enter")
			x.wait("192 cells · 192 done")
			x.keys("?")
			x.wait("Variants side by side.")
			x.keys("Escape")
			x.wait("? help", "192 done")
			x.leave()
			x.line("echo status=$?")
			s := x.wait("status=0")
			if strings.Contains(s, "Library") {
				t.Errorf("the screen was not given back:\n%s", s)
			}
		})
	}
}

// However the workbench ends, the terminal is left as it was: echo on, lines
// cooked, no alternate screen.
func TestE2ETerminalAfterSignals(t *testing.T) {
	bin := builtBinary(t)
	for _, c := range []struct {
		signal string
		status int
	}{{"TERM", 143}, {"HUP", 129}, {"INT", 130}, {"QUIT", 131}, {"ABRT", 134}} {
		t.Run(c.signal, func(t *testing.T) {
			x := start(t, 80, 24)
			x.line("stty -g > before; %s demo --at $PWD/d.db; echo status=$?; stty -g > after", bin)
			x.wait("Library", "triage", "? help")
			x.keys("M-2", "Down", "Enter", "C-End")
			x.run("send-keys", "-l", "--", " unsavedwords")
			x.wait("unsavedwords")
			out, err := exec.Command("pkill", "-"+c.signal, "-f", bin+" demo").CombinedOutput()
			if err != nil {
				t.Fatalf("pkill: %v\n%s", err, out)
			}
			x.wait(fmt.Sprintf("status=%d", c.status))
			x.line("cmp before after && echo same=$(echo yes)")
			s := x.wait("same=yes")
			if strings.Contains(s, "Library") {
				t.Errorf("the alternate screen is still on:\n%s", s)
			}
			if f := strings.TrimSpace(x.run("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}")); f != "0 0 1" {
				t.Errorf("alternate screen, mouse, cursor are %q; want 0 0 1", f)
			}
			x.line("%s $PWD/d.db", bin)
			x.wait("triage")
			x.keys("M-2", "Down", "Enter", "C-End")
			x.wait("unsavedwords")
		})
	}
}

// A stop from outside gives the terminal back; fg draws the screen again.
func TestE2EStopAndContinue(t *testing.T) {
	bin := builtBinary(t)
	x := start(t, 80, 24)
	x.line("%s demo --at $PWD/d.db", bin)
	x.wait("Library", "? help")
	x.keys("C-z")
	x.wait("Stopped")
	x.line("fg")
	x.wait("Library", "? help")
	x.leave()
	x.line("echo status=$?")
	x.wait("status=0")
}

// Below the smallest size one line says so; made larger, the screen is whole.
func TestE2EResize(t *testing.T) {
	bin := builtBinary(t)
	x := start(t, 120, 36)
	x.line("%s demo --at $PWD/d.db", bin)
	x.wait("Library", "? help")
	for _, size := range [][2]int{{30, 8}, {200, 60}, {41, 11}, {20, 5}, {80, 24}} {
		x.run("resize-window", "-x", strconv.Itoa(size[0]), "-y", strconv.Itoa(size[1]))
		if size[0] < 40 {
			x.wait("Galley needs")
		} else {
			x.wait("Library", "help")
		}
	}
	x.wait("triage", "? help")
}

// A terminal that can't draw gets no workbench, but the way without one.
func TestE2EDumb(t *testing.T) {
	bin := builtBinary(t)
	x := start(t, 120, 24)
	x.line("%s init $PWD/d.db; TERM=dumb %s $PWD/d.db; echo status=$?", bin, bin)
	x.wait("TERM is dumb", "galley list prompts", "status=2")
	x.line("clear; env -u TERM %s $PWD/d.db; echo again=$?", bin)
	x.wait("TERM is not set", "again=2")
}
