package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"galley/session"
	"galley/tui/tuitest"
)

// sees fails where the screen lacks words.
func sees(t *testing.T, p *tuitest.Program, words ...string) {
	t.Helper()
	s := p.Screen()
	for _, w := range words {
		if !strings.Contains(s, w) {
			t.Fatalf("the screen lacks %q:\n%s", w, s)
		}
	}
}

// The bank by keyboard: a shot is written, pinned, put into the variant on the table
// and taken back; each is in the workspace before it is on the screen.
func TestShotsFromTheKeyboard(t *testing.T) {
	atDesk(t, 120, 36, func(d *desk, p *tuitest.Program) {
		ctx := context.Background()
		p.Keys("alt+5")
		sees(t, p, "Bank of triage", "24 shots", "Mix", "Shot s01")
		p.Keys("a")
		p.Type("Where does the parcel stay?")
		p.Keys("tab")
		p.Type("shipping")
		p.Keys("ctrl+s")
		p.Keys("p")
		p.Keys("+")
		sees(t, p, "25 shots", "Shot s25", "⇤ first")
		prompt, err := d.store.Prompt(ctx, "triage")
		if err != nil {
			t.Fatal(err)
		}
		x, err := d.store.Shot(ctx, prompt.ID, "s25")
		if err != nil || x.Output != "shipping" || x.Pin != session.PinFirst {
			t.Fatalf("kept %+v, %v", x, err)
		}
		v, err := d.store.Variant(ctx, session.VariantRef{Prompt: "triage", Variant: "twelve-shot"})
		if err != nil {
			t.Fatal(err)
		}
		draft, err := d.store.Draft(ctx, v.ID)
		if err != nil || draft == nil || !strings.Contains(string(draft.Content.JSON()), "Where does the parcel stay?") {
			t.Fatalf("the variant's draft does not hold the shot: %v", err)
		}
		p.Keys("u", "u")
		if _, err := d.store.Shot(ctx, prompt.ID, "s25"); err == nil {
			t.Error("undo left the shot in the bank")
		}
	})
}

// A small study from the first key to its report, on the real runner; and its run
// stands in Bench.
func TestStudyFromTheKeyboard(t *testing.T) {
	atDesk(t, 120, 36, func(d *desk, p *tuitest.Program) {
		ctx := context.Background()
		p.Keys("alt+5", "s")
		sees(t, p, "No study of triage yet")
		p.Keys("n", "right", "right", "down", "down", "down", "space", "ctrl+a")
		sees(t, p, "how many does it take")
		p.Keys("esc", "up", "space", "ctrl+a")
		p.Type("0,5,12")
		p.Keys("enter")
		time.Sleep(5 * time.Second)
		p.Settle()
		sees(t, p, "0, 5, 12", "requests", "free")
		p.Keys("enter")
		for range 60 {
			time.Sleep(10 * time.Second)
			p.Settle()
			if strings.Contains(p.Screen(), "✓ done") {
				break
			}
		}
		sees(t, p, "✓ done", "how many shots")
		p.Keys("enter")
		sees(t, p, "tokens in", "48")
		all, err := d.store.Studies(ctx, 0)
		if err != nil || len(all) != 1 || all[0].Kind != "sweep" || len(all[0].Runs) != 1 {
			t.Fatalf("kept %+v, %v", all, err)
		}
		p.Keys("b")
		sees(t, p, "144 cells")
	})
}
