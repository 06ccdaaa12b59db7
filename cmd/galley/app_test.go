package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galley/session"
	"galley/store"
	"galley/tui"
	"galley/tui/tuitest"
)

// sampleDesk makes the sample workspace and opens it: a real file, the real
// runner, the embedded backend.
func sampleDesk(t *testing.T) *desk {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	if err := fillNew(context.Background(), config{}, path); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(context.Background(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := wire(config{}, st, wordDelay)
	if err != nil {
		t.Fatal(err)
	}
	d.seed = func() uint64 { return 42 }
	return d
}

// atDesk runs f with the real program on the sample, in virtual time.
func atDesk(t *testing.T, w, h int, f func(d *desk, p *tuitest.Program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := sampleDesk(t)
		face, err := d.face(context.Background(), opening{judge: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		p := tuitest.Start(t, tui.NewSafe(tui.New(face)), w, h)
		defer func() { // also when f gave up: a bubble must be left empty
			if err := p.Quit(); err != nil {
				t.Error(err)
			}
			if err := d.close(); err != nil {
				t.Error(err)
			}
		}()
		f(d, p)
	})
}

// golden compares a screen with the file of that name, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	tuitest.GoldenFile(t, filepath.Join("testdata", "golden", name+".txt"), got+"\n")
}

func TestGoldenStations(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {160, 45}} {
		atDesk(t, size[0], size[1], func(_ *desk, p *tuitest.Program) {
			for i, name := range []string{"library", "compose", "proof", "bench", "shots"} {
				p.Keys(fmt.Sprintf("alt+%d", i+1))
				golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.Screen())
			}
		})
	}
}

// onReply lays a variant of the reply prompt on the table: the prompt that has
// verdicts, notes and a suite.
func onReply(p *tuitest.Program) {
	p.Keys("alt+1", "home", "down", "down", "enter", "enter")
}

// later is a second on: verdict keys count again.
func later(p *tuitest.Program) {
	time.Sleep(time.Second)
	p.Settle()
}

func TestGoldenJudging(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {160, 45}} {
		atDesk(t, size[0], size[1], func(_ *desk, p *tuitest.Program) {
			shot := func(name string) { golden(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), p.Screen()) }
			onReply(p)
			p.Keys("alt+6")
			shot("judge")
			p.Keys("enter")
			later(p)
			shot("judge-duel")
			for range 20 {
				p.Keys("1")
				later(p)
			}
			shot("judge-end")
			p.Keys("alt+7")
			shot("suite")
			p.Keys("p", "down")
			shot("suite-sources")
			p.Keys("enter")
			later(p)
			shot("suite-proposals")
			p.Keys("alt+8")
			later(p)
			shot("read")
		})
	}
}

// The capture in the README is this screen.
func TestGoldenReadme(t *testing.T) {
	atDesk(t, 100, 30, func(_ *desk, p *tuitest.Program) {
		p.Keys("alt+2", "down", "down")
		golden(t, "readme-100x30", p.Screen())
	})
}

// The main job from the keyboard alone: lay a variant on the table, change a
// word, read it in the proof, save it, run it beside another.
func TestJobFromTheKeyboard(t *testing.T) {
	atDesk(t, 160, 45, func(d *desk, p *tuitest.Program) {
		ctx := context.Background()
		p.Keys("alt+2", "down", "enter")
		p.Keys("ctrl+end")
		p.Type(" Zweifelsfall.")
		p.Keys("esc")
		if s := p.Screen(); !strings.Contains(s, "Zweifelsfall.") || !strings.Contains(s, "(edited)") {
			t.Fatalf("what was typed is not on the screen:\n%s", s)
		}
		p.Keys("alt+3")
		if s := p.Screen(); !strings.Contains(s, "Zweifelsfall.") {
			t.Fatalf("the proof does not hold what was typed:\n%s", s)
		}
		v, err := d.store.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: onTableNow(t, p)})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := d.store.Draft(ctx, v.ID)
		if err != nil || draft == nil {
			t.Fatalf("no draft was journaled: %v, %v", draft, err)
		}
		p.Keys("alt+2", "ctrl+s")
		p.Type("name the doubtful case")
		p.Keys("enter")
		after, err := d.store.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: string(v.Name)})
		if err != nil {
			t.Fatal(err)
		}
		if after.Revision.Number != v.Revision.Number+1 || after.Revision.Intent != "name the doubtful case" {
			t.Fatalf("saving made revision %d %q of %d\n%s", after.Revision.Number, after.Revision.Intent, v.Revision.Number, p.Screen())
		}
		if s := p.Screen(); strings.Contains(s, "(edited)") {
			t.Errorf("saved, and still marked as edited:\n%s", s)
		}
	})
}

// onTableNow reads the variant's name out of the station bar.
func onTableNow(t *testing.T, p *tuitest.Program) string {
	t.Helper()
	_, rest, ok := strings.Cut(p.Rows()[0], "triage/")
	if !ok {
		t.Fatalf("the bar names no variant: %s", p.Rows()[0])
	}
	return strings.FieldsFunc(rest, func(r rune) bool { return r == '@' || r == ' ' })[0]
}

func TestTooSmall(t *testing.T) {
	atDesk(t, 39, 9, func(_ *desk, p *tuitest.Program) {
		if s := p.Screen(); !strings.Contains(s, "Galley needs 40×10") {
			t.Errorf("got:\n%s", s)
		}
	})
}
