//go:build e2e

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

// binary builds the program once per test run.
func binary(t *testing.T) string {
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
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "PS1=$ ", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "GALLEY_CONFIG=", "GALLEY_WORKSPACE=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", x.socket, "kill-server").Run() })
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
	deadline := time.Now().Add(20 * time.Second)
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
