package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"galley/store/exchange"
)

// deadPID is the number of a process that has ended.
func deadPID(t *testing.T) int {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^$")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	if !processGone(c.Process.Pid) {
		t.Skip("here nobody can tell that a process is gone")
	}
	return c.Process.Pid
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	there, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range there {
		out = append(out, e.Name())
	}
	return out
}

// What an export that was killed left beside its target goes with the next one;
// what belongs to somebody else, or may be in use, stays.
func TestExportAfterKill(t *testing.T) {
	dead := deadPID(t)
	top := t.TempDir()
	dir := filepath.Join(top, "tone")
	files := []exchange.File{{Path: "suite.yaml", Data: []byte("new\n")}, {Path: "prompts/v.json", Data: []byte("{}\n")}}
	earlier := []exchange.File{{Path: "suite.yaml", Data: []byte("old\n")}, {Path: "mine.txt", Data: []byte("mine\n")}}
	of := func(path, side string, pid int) string { return besideAll(path, side) + fmt.Sprintf("%d-abcd", pid) }
	for _, p := range []string{of(dir, sideNew, dead), of(dir, sideOld, dead)} {
		if err := writeFolder(p, earlier); err != nil {
			t.Fatal(err)
		}
	}
	stay := []string{of(dir, sideNew, os.Getpid()), of(filepath.Join(top, "other"), sideNew, dead), filepath.Join(top, ".galley-0123abcd-0000")}
	for _, p := range stay {
		if err := os.Mkdir(p, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// Killed between its two moves: the earlier export is back, and still asked about.
	if err := putFolder(dir, files, false); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Fatalf("error %v", err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"mine.txt", "suite.yaml"}) {
		t.Errorf("put back: %q", got)
	}
	// Killed after them: what was put beside the earlier export comes along.
	if err := writeFolder(of(dir, sideOld, dead), []exchange.File{{Path: "suite.yaml"}, {Path: "more.txt"}, {Path: "prompts/w.json"}}); err != nil {
		t.Fatal(err)
	}
	if err := putFolder(dir, files, true); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"mine.txt", "more.txt", "prompts", "suite.yaml"}) {
		t.Errorf("after the export: %q", got)
	}
	want := []string{"tone"}
	for _, p := range stay {
		want = append(want, filepath.Base(p))
	}
	slices.Sort(want)
	if got := names(t, top); !slices.Equal(got, want) {
		t.Errorf("beside it: %q, want %q", got, want)
	}
	file := filepath.Join(top, "j.xml")
	if err := os.WriteFile(of(file, sideNew, dead), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := putFile(file, []byte("whole"), false); err != nil {
		t.Fatal(err)
	}
	if got := names(t, top); len(got) != len(want)+1 {
		t.Errorf("beside a file: %q", got)
	}
}
