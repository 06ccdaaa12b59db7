package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"galley/session"
	"galley/store"
)

// A draft that a process has in hand is nobody else's for as long as that process
// lives, and is found when it was killed.
func TestADraftOfALivingProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sleep here")
	}
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "w.db")
	if err := fillNew(ctx, config{}, path); err != nil {
		t.Fatal(err)
	}
	child := exec.Command("sleep", "300")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() { _ = child.Process.Kill(); _ = child.Wait() }
	t.Cleanup(end)
	name := strings.TrimSpace(fmt.Sprintf("%s %d word %s", machine(), child.Process.Pid, beganAt(child.Process.Pid)))

	first, err := store.Open(ctx, path, store.Options{Owner: name})
	if err != nil {
		t.Fatal(err)
	}
	ref := session.VariantRef{Prompt: "triage", Variant: "five-shot"}
	v, err := first.Variant(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	c := v.Revision.Content.Clone()
	c.Blocks[0].Text += " And more."
	if err := first.PutDraft(ctx, session.Draft{VariantID: v.ID, BaseID: v.Revision.ID, Content: c}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	look := func() (session.Laid, session.VariantRef) {
		st, err := store.Open(ctx, path, store.Options{Gone: ownerGone, Owner: ownerName(), Lives: ownerLives})
		if err != nil {
			t.Fatal(err)
		}
		d, err := wire(config{}, st, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := d.close(); err != nil {
				t.Error(err)
			}
		}()
		l, err := d.load(ctx, ref)
		if err != nil {
			t.Fatal(err)
		}
		return l, d.start(ctx)
	}
	if ownerGone(name) || runtime.GOOS == "linux" && !ownerLives(name) {
		t.Errorf("%q lives: gone %v, lives %v", name, ownerGone(name), ownerLives(name))
	}
	if l, _ := look(); l.Draft != nil || !l.Elsewhere {
		t.Errorf("while its process lives: %+v, elsewhere %v", l.Draft, l.Elsewhere)
	}
	end()
	if !ownerGone(name) || ownerLives(name) {
		t.Errorf("%q was killed: gone %v, lives %v", name, ownerGone(name), ownerLives(name))
	}
	if l, at := look(); l.Draft == nil || l.Draft.Left || l.Elsewhere || at != ref {
		t.Errorf("when its process was killed: %+v, elsewhere %v, begins with %s", l.Draft, l.Elsewhere, at)
	}
}

// The number of a process says nothing by itself: another may have it by now.
func TestOwnersOfANumber(t *testing.T) {
	me := ownerName()
	if ownerGone(me) || beganAt(os.Getpid()) != "" && !ownerLives(me) {
		t.Errorf("%q is this process", me)
	}
	if beganAt(os.Getpid()) == "" {
		t.Skip("this system does not tell when a process began")
	}
	other := fmt.Sprintf("%s %d word 00000000", machine(), os.Getpid())
	if !ownerGone(other) || ownerLives(other) {
		t.Errorf("%q began at another time", other)
	}
	for _, name := range []string{"", "elsewhere/pid 1 word 00000000", machine(), machine() + " x", machine() + " -1"} {
		if ownerGone(name) || ownerLives(name) {
			t.Errorf("%q can't be told", name)
		}
	}
	old := fmt.Sprintf("%s %d word", machine(), os.Getpid())
	if ownerGone(old) || ownerLives(old) {
		t.Errorf("%q does not say when it began", old)
	}
}
